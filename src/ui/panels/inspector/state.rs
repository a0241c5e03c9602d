//! What the inspector shows and lights; everything follows from the frame, the selection and the
//! pointer.

use core::ops::Range;
use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;

use crate::engine::seam::FrameView;
use crate::ui::byte_map::{ByteMap, Node, NodeId};
use crate::ui::components::Mapped;

/// What is selected: a field by its place, and by its path, so that the next frame can show the
/// same field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    pub(super) revision: u64,
    pub(super) node: NodeId,
    pub(super) path: Vec<String>,
}

/// What the pointer is on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hover {
    pub(super) node: Option<NodeId>,
    pub(super) bytes: Range<usize>,
}

/// The state of the inspector; everything else follows from it and the frame.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) mapped: Memo<Arc<Mapped>>,
    pub(super) folded_paths: RwSignal<BTreeSet<Vec<String>>>,
    pub(super) folded: Memo<BTreeSet<NodeId>>,
    pub(super) shown: Memo<Vec<NodeId>>,
    pub(super) selection: RwSignal<Option<Selection>>,
    pub(super) selected: Memo<Option<NodeId>>,
    pub(super) hover: RwSignal<Option<Hover>>,
    pub(super) secrets: RwSignal<bool>,
}

impl State {
    pub(super) fn new(frame: Signal<Option<Arc<FrameView>>>) -> Self {
        let mapped = Memo::new(move |_| {
            frame.with(|frame| {
                Arc::new(frame.as_ref().map_or_else(Mapped::default, |frame| Mapped {
                    revision: frame.row.id.0 + 1,
                    bytes: frame.bytes.clone(),
                    map: Arc::new(ByteMap::new(&frame.tree)),
                }))
            })
        });
        let folded_paths = RwSignal::new(BTreeSet::<Vec<String>>::new());
        let folded = Memo::new(move |_| {
            let mapped = mapped.get();
            folded_paths.with(|paths| {
                let fold = |path: &Vec<String>| {
                    mapped
                        .map
                        .find(&path.iter().map(String::as_str).collect::<Vec<_>>())
                };
                paths.iter().filter_map(fold).collect()
            })
        });
        let shown = Memo::new(move |_| folded.with(|folded| mapped.get().map.unfolded(folded)));
        let selection = RwSignal::new(None::<Selection>);
        let selected = Memo::new(move |_| {
            let mapped = mapped.get();
            selection.with(|selection| {
                let selection = selection.as_ref()?;
                if selection.revision == mapped.revision {
                    return Some(selection.node);
                }
                mapped.map.find(
                    &selection
                        .path
                        .iter()
                        .map(String::as_str)
                        .collect::<Vec<_>>(),
                )
            })
        });
        Self {
            mapped,
            folded_paths,
            folded,
            shown,
            selection,
            selected,
            hover: RwSignal::new(None),
            secrets: RwSignal::new(false),
        }
    }

    pub(super) fn node(self, id: NodeId) -> Option<Node> {
        self.mapped.with(|mapped| mapped.map.node(id).cloned())
    }

    /// What the detail is about: what the pointer is on, else what is selected.
    pub(super) fn active(self) -> Option<NodeId> {
        match self.hover.get() {
            Some(hover) => hover.node,
            None => self.selected.get(),
        }
    }

    pub(super) fn lit(self) -> Option<Range<usize>> {
        if let Some(hover) = self.hover.get() {
            return Some(hover.bytes);
        }
        let id = self.selected.get()?;
        self.mapped
            .with(|mapped| mapped.map.node(id).map(|node| node.bytes.clone()))
    }

    pub(super) fn select(self, id: NodeId) {
        let mapped = self.mapped.get_untracked();
        let path = mapped.map.path(id).into_iter().map(str::to_owned).collect();
        // What is selected must be seen: unfold what is above it.
        let above: Vec<Vec<String>> = mapped
            .map
            .ancestors(id)
            .map(|id| mapped.map.path(id).into_iter().map(str::to_owned).collect())
            .collect();
        if self
            .folded_paths
            .with_untracked(|folded| above.iter().any(|path| folded.contains(path)))
        {
            self.folded_paths
                .update(|folded| folded.retain(|path| !above.contains(path)));
        }
        self.selection.set(Some(Selection {
            revision: mapped.revision,
            node: id,
            path,
        }));
    }

    pub(super) fn fold(self, id: NodeId, fold: bool) {
        let mapped = self.mapped.get_untracked();
        let path: Vec<String> = mapped.map.path(id).into_iter().map(str::to_owned).collect();
        self.folded_paths.update(|folded| {
            if fold {
                folded.insert(path);
            } else {
                folded.remove(&path);
            }
        });
    }

    pub(super) fn hover_byte(self, byte: Option<usize>) {
        let mapped = self.mapped.get_untracked();
        self.hover.set(byte.map(|byte| {
            let node = mapped.map.deepest_at(byte);
            let bytes = node
                .and_then(|id| mapped.map.node(id))
                .map_or(byte..byte + 1, |node| node.bytes.clone());
            Hover { node, bytes }
        }));
    }
}

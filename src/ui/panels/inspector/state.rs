//! What the inspector shows and lights; everything follows from the frame, the selection and the
//! pointer.

use core::ops::Range;
use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;

use crate::engine::seam::FrameView;
use crate::ui::actions::focus;
use crate::ui::byte_map::{ByteMap, Node, NodeId};
use crate::ui::components::{Mapped, Pick};

/// What is selected: a field by its place, and by its path, so that the next frame can show the
/// same field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    pub(super) revision: u64,
    pub(super) node: NodeId,
    pub(super) path: Vec<String>,
}

/// What the pointer is on, in one frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hover {
    pub(super) revision: u64,
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
    /// Bytes selected one by one, and not as a field.
    pub(super) span: RwSignal<Option<Span>>,
    /// The byte to scroll to.
    pub(super) reveal: RwSignal<Option<usize>>,
}

/// Bytes of one frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) revision: u64,
    pub(super) bytes: Range<usize>,
}

/// What tells one frame from another, of whichever device, and is not 0.
fn revision(frame: &FrameView) -> u64 {
    let (id, at) = (frame.row.id.0, frame.row.at.0 as u64);
    (at.rotate_left(24) ^ id).saturating_add(1)
}

impl State {
    pub(super) fn new(frame: Signal<Option<Arc<FrameView>>>) -> Self {
        let mapped = Memo::new(move |_| {
            frame.with(|frame| {
                Arc::new(frame.as_ref().map_or_else(Mapped::default, |frame| Mapped {
                    revision: revision(frame),
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
            span: RwSignal::new(None),
            reveal: RwSignal::new(None),
        }
    }

    /// The bytes selected one by one in this very frame.
    pub(super) fn chosen(self) -> Option<Range<usize>> {
        let revision = self.mapped.with(|mapped| mapped.revision);
        self.span.with(|span| {
            span.as_ref()
                .filter(|span| span.revision == revision)
                .map(|span| span.bytes.clone())
        })
    }

    /// The bytes in hand: those selected one by one, else those of the field.
    pub(super) fn bytes(self) -> Option<Range<usize>> {
        self.chosen().or_else(|| {
            let id = self.selected.get()?;
            self.mapped
                .with(|mapped| mapped.map.node(id).map(|node| node.bytes.clone()))
        })
    }

    /// Takes what the user does in the bytes.
    pub(super) fn pick(self, pick: Pick) {
        let mapped = self.mapped.get_untracked();
        let choose = |byte: usize| {
            self.span.set(None);
            self.hover.set(None);
            if let Some(id) = mapped.map.deepest_at(byte) {
                self.select(id);
            }
        };
        match pick {
            Pick::Choose(byte) | Pick::Enter(byte) => choose(byte),
            Pick::Move(byte) => {
                self.span.set(Some(Span {
                    revision: mapped.revision,
                    bytes: byte..byte + 1,
                }));
                self.reveal.set(Some(byte));
                self.hover_byte(Some(byte));
            }
            Pick::Extend { from, to } => {
                self.span.set(Some(Span {
                    revision: mapped.revision,
                    bytes: from.min(to)..from.max(to) + 1,
                }));
                self.reveal.set(Some(to));
                self.hover.set(None);
            }
            Pick::Up => {
                self.hover.set(None);
                if self.span.with_untracked(Option::is_some) {
                    self.span.set(None);
                    return;
                }
                let above = self
                    .selected
                    .get_untracked()
                    .and_then(|id| mapped.map.ancestors(id).next());
                match above {
                    Some(above) => self.select(above),
                    None => focus("#field-tree"),
                }
            }
        }
    }

    pub(super) fn node(self, id: NodeId) -> Option<Node> {
        self.mapped.with(|mapped| mapped.map.node(id).cloned())
    }

    /// What the pointer, or the byte cursor, is on in this very frame.
    fn hovered(self) -> Option<Hover> {
        let revision = self.mapped.with(|mapped| mapped.revision);
        self.hover.get().filter(|hover| hover.revision == revision)
    }

    /// What the detail is about: what the pointer is on, else what is selected.
    pub(super) fn active(self) -> Option<NodeId> {
        match self.hovered() {
            Some(hover) => hover.node,
            None => self.selected.get(),
        }
    }

    pub(super) fn lit(self) -> Option<Range<usize>> {
        if let Some(hover) = self.hovered() {
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
        self.span.set(None);
        self.reveal
            .set(mapped.map.node(id).map(|node| node.bytes.start));
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
            Hover {
                revision: mapped.revision,
                node,
                bytes,
            }
        }));
    }
}

//! The field tree: foldable, by mouse and by keys.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::state::{Hover, State};
use crate::engine::seam::BitRange;
use crate::ui::actions::focus;
use crate::ui::byte_map::{Node, NodeId};
use crate::ui::components::{SeverityMark, VirtualRows, kind_name, live, severity_name};
use crate::ui::console::use_console;
use crate::ui::i18n::{Language, words};

const ROW_HEIGHT: u32 = 22;

#[component]
pub(super) fn Tree(state: State) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<Div>::new();
    let total = Memo::new(move |_| state.shown.with(Vec::len));
    // Folding moves rows: every row after it shows something else.
    let revision = Memo::new(move |before: Option<&u64>| {
        state.shown.track();
        state.mapped.track();
        before.copied().unwrap_or_default() + 1
    });
    let reveal = Memo::new(move |_| {
        let id = state.selected.get()?;
        state.shown.with(|shown| shown.binary_search(&id).ok())
    });
    let on_key = move |event: KeyboardEvent| {
        let shown = state.shown.get_untracked();
        let selected = state.selected.get_untracked();
        let index = selected.and_then(|id| shown.binary_search(&id).ok());
        let mapped = state.mapped.get_untracked();
        let branch = selected.is_some_and(|id| mapped.map.is_branch(id));
        let folded =
            selected.is_some_and(|id| state.folded.with_untracked(|folded| folded.contains(&id)));
        let target = match (event.key().as_str(), index, selected) {
            ("ArrowDown", Some(index), _) => shown.get(index + 1).copied(),
            ("ArrowUp", Some(index), _) => index.checked_sub(1).and_then(|i| shown.get(i).copied()),
            ("ArrowDown" | "Home", _, _) => shown.first().copied(),
            ("ArrowUp" | "End", _, _) => shown.last().copied(),
            ("ArrowRight", _, Some(id)) if branch && folded => {
                state.fold(id, false);
                Some(id)
            }
            ("ArrowRight", Some(index), Some(_)) if branch => shown.get(index + 1).copied(),
            ("ArrowLeft", _, Some(id)) if branch && !folded => {
                state.fold(id, true);
                Some(id)
            }
            ("ArrowLeft", _, Some(id)) => mapped.map.ancestors(id).next(),
            ("Escape", _, _) => {
                focus(&format!("#{}", console.log_id()));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(id) = target {
            state.select(id);
        }
    };
    let row = move |index: usize| {
        let id = state
            .shown
            .with_untracked(|shown| shown.get(index).copied());
        id.and_then(|id| {
            state
                .mapped
                .get_untracked()
                .map
                .node(id)
                .cloned()
                .map(|node| (id, node))
        })
        .map(|(id, node)| view! { <TreeRow state=state id=id node=node /> })
    };
    view! {
        <VirtualRows
            node=node
            class="field-tree"
            total=total
            row_height=ROW_HEIGHT
            revision=revision
            reveal=reveal
            row=row
            attr:id="field-tree"
            attr:data-testid="field-tree"
            attr:role="tree"
            attr:tabindex="0"
            attr:aria-label=live(move || console.say(words::FIELDS))
            attr:aria-activedescendant=live(move || state.selected.get().map(tree_element))
            on:keydown=on_key
            on:pointerleave=move |_| state.hover.set(None)
        />
    }
}

fn tree_element(id: NodeId) -> String {
    format!("field-{id}")
}

#[component]
fn TreeRow(state: State, id: NodeId, node: Node) -> impl IntoView {
    let console = use_console();
    let severity = node.severity();
    let (branch, folded) = (
        state.mapped.get_untracked().map.is_branch(id),
        state.folded.with_untracked(|folded| folded.contains(&id)),
    );
    let bytes = node.bytes.clone();
    let (english, chinese) = (
        node.value.clone(),
        node.value_in(Language::Chinese).to_owned(),
    );
    let named = node.clone();
    let hover = Hover {
        revision: state.mapped.with_untracked(|mapped| mapped.revision),
        node: Some(id),
        bytes: bytes.clone(),
    };
    let byte = node.bits.and_then(|bits| {
        state
            .mapped
            .with_untracked(|m| m.bytes.get(bytes.start).map(|byte| (bits, *byte)))
    });
    view! {
        <div
            class="field-row"
            role="treeitem"
            id=tree_element(id)
            data-testid="field"
            data-name=node.name.clone()
            data-start=bytes.start.to_string()
            data-end=bytes.end.to_string()
            data-kind=kind_name(node.kind)
            data-severity=severity.map(severity_name)
            data-lit=live(move || (state.active() == Some(id)).then_some(""))
            attr:aria-level=(node.depth + 1).to_string()
            aria-expanded=branch.then(|| (!folded).to_string())
            aria-selected=live(move || (state.selected.get() == Some(id)).to_string())
            style=("--level", node.depth.to_string())
            on:pointerenter=move |_| state.hover.set(Some(hover.clone()))
            on:click=move |_| state.select(id)
        >
            <span
                class="field-fold"
                aria-hidden="true"
                on:click=move |event| {
                    if branch {
                        event.stop_propagation();
                        state.fold(id, !folded);
                    }
                }
            >
                {branch.then_some(if folded { "▸" } else { "▾" })}
            </span>
            <span class="field-kind" aria-hidden="true"></span>
            <span class="field-name">
                {live(move || named.name_in(console.language.get()).to_owned())}
            </span>
            {byte.map(|(bits, byte)| view! { <Bits bits=bits byte=byte /> })}
            <span class="field-value" data-testid="field-value">
                {live(move || match console.language.get() {
                    Language::English => english.clone(),
                    Language::Chinese => chinese.clone(),
                })}
            </span>
            {severity.map(|severity| view! { <SeverityMark severity=severity /> })}
        </div>
    }
    .into_any()
}

/// The eight bits of a byte, with those of the field marked.
#[component]
fn Bits(bits: BitRange, byte: u8) -> impl IntoView {
    let cells = (0..8_u8)
        .rev()
        .map(|bit| {
            let set = byte >> bit & 1 == 1;
            let inside = (bits.low..=bits.high).contains(&bit);
            view! {
                <span
                    class="bit"
                    data-inside=inside.then_some("")
                    data-set=set.then_some("")
                ></span>
            }
        })
        .collect_view();
    view! {
        <span class="bits" data-testid="bits" data-byte=format!("{byte:08b}") aria-hidden="true">
            {cells}
        </span>
    }
}

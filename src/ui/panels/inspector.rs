//! The inspector: one frame as fields and as bytes, each lighting the other, through all layers.

use core::ops::Range;
use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::browser::clipboard;
use crate::engine::seam::{
    BitRange, Direction, FieldKind, FrameView, LogEntry, Notice, Outcome, Severity, Text,
};
use crate::ui::byte_map::{ByteMap, Node, NodeId};
use crate::ui::components::{
    Axis, FindingList, HexView, Mapped, SeverityMark, Splitter, VirtualRows, kind_name,
    observe_size, severity_name,
};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{hex, indent_json, size, time_of_day};
use crate::ui::i18n::{Phrase, words};

const ROW_HEIGHT: u32 = 22;
/// From this width on, the bytes stand sixteen in a row.
const WIDE: f64 = 860.0;

/// What is selected: a field by its place, and by its path, so that the next frame can show the
/// same field.
#[derive(Clone, Debug, PartialEq)]
struct Selection {
    revision: u64,
    node: NodeId,
    path: Vec<String>,
}

/// What the pointer is on.
#[derive(Clone, Debug, PartialEq)]
struct Hover {
    node: Option<NodeId>,
    bytes: Range<usize>,
}

/// The state of the inspector; everything else follows from it and the frame.
#[derive(Clone, Copy)]
struct State {
    mapped: Memo<Arc<Mapped>>,
    folded_paths: RwSignal<BTreeSet<Vec<String>>>,
    folded: Memo<BTreeSet<NodeId>>,
    shown: Memo<Vec<NodeId>>,
    selection: RwSignal<Option<Selection>>,
    selected: Memo<Option<NodeId>>,
    hover: RwSignal<Option<Hover>>,
    secrets: RwSignal<bool>,
}

impl State {
    fn new(frame: RwSignal<Option<Arc<FrameView>>>) -> Self {
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

    fn node(self, id: NodeId) -> Option<Node> {
        self.mapped.with(|mapped| mapped.map.node(id).cloned())
    }

    /// What the detail is about: what the pointer is on, else what is selected.
    fn active(self) -> Option<NodeId> {
        match self.hover.get() {
            Some(hover) => hover.node,
            None => self.selected.get(),
        }
    }

    fn lit(self) -> Option<Range<usize>> {
        if let Some(hover) = self.hover.get() {
            return Some(hover.bytes);
        }
        let id = self.selected.get()?;
        self.mapped
            .with(|mapped| mapped.map.node(id).map(|node| node.bytes.clone()))
    }

    fn select(self, id: NodeId) {
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

    fn fold(self, id: NodeId, fold: bool) {
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

    fn hover_byte(self, byte: Option<usize>) {
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

/// The panel.
#[component]
pub fn Inspector() -> impl IntoView {
    let console = use_console();
    let frame = console.device.frame;
    let state = State::new(frame);
    let is_empty = Memo::new(move |_| frame.with(Option::is_none));
    view! {
        <section
            class="panel inspector"
            id="inspector"
            data-testid="inspector"
            data-part="inspector"
            data-frame=move || frame.with(|frame| frame.as_ref().map(|f| f.row.id.0.to_string()))
            aria-labelledby="inspector-heading"
        >
            <div class="panel-title inspector-bar">
                <h2 id="inspector-heading">{move || console.say(words::INSPECTOR)}</h2>
                <Title frame=frame />
            </div>
            {move || {
                if is_empty.get() {
                    view! {
                        <p class="empty" data-testid="inspector-empty">
                            {move || {
                                let gone = console.device.selected.get().is_some();
                                console
                                    .say(
                                        if gone {
                                            words::INSPECTOR_GONE
                                        } else {
                                            words::INSPECTOR_EMPTY
                                        },
                                    )
                            }}
                        </p>
                    }
                        .into_any()
                } else {
                    view! {
                        <Reading frame=frame />
                        <Views state=state frame=frame />
                        <Detail state=state />
                    }
                        .into_any()
                }
            }}
        </section>
    }
    .into_any()
}

/// Packet, QoS, size, direction and time in one line.
#[component]
fn Title(frame: RwSignal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let facts = move || {
        frame.with(|frame| {
            let row = &frame.as_ref()?.row;
            let time = time_of_day(row.at, console.utc_offset_minutes);
            Some(match &row.entry {
                LogEntry::Frame {
                    packet,
                    size: bytes,
                    qos,
                    ..
                } => {
                    let qos = qos
                        .map(|qos| format!("  QoS {}", qos as u8))
                        .unwrap_or_default();
                    let bytes = size(u64::from(*bytes));
                    (
                        Some((packet.clone(), row.direction)),
                        format!("{qos}  {bytes}  {time}"),
                    )
                }
                LogEntry::Malformed { size: bytes } => {
                    let name = console.say(words::MALFORMED_ENTRY).to_owned();
                    (
                        Some((name, row.direction)),
                        format!("  {}  {time}", size(u64::from(*bytes))),
                    )
                }
                LogEntry::Link => (None, format!("{}  {time}", console.say(words::LINK_ENTRY))),
            })
        })
    };
    view! {
        <span class="inspector-title" data-testid="inspector-title">
            {move || {
                facts()
                    .map(|(packet, rest)| {
                        view! {
                            {packet
                                .map(|(name, direction)| {
                                    let (arrow, attribute) = match direction {
                                        Direction::Up => ("↑", "up"),
                                        Direction::Down => ("↓", "down"),
                                    };
                                    view! {
                                        <span class="inspector-arrow" data-direction=attribute>
                                            {arrow}
                                        </span>
                                        <strong>{name}</strong>
                                    }
                                })}
                            <span class="inspector-facts">{rest}</span>
                        }
                    })
            }}
        </span>
    }
}

/// The platform's reading: summary, outcome, members, findings.
#[component]
fn Reading(frame: RwSignal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let summary =
        move || frame.with(|frame| frame.as_ref().map(|frame| console.tell(&frame.row.summary)));
    let topic = move || {
        frame.with(|frame| match frame.as_ref().map(|frame| &frame.row.entry) {
            Some(LogEntry::Frame { topic, .. }) if !topic.is_empty() => Some(topic.clone()),
            _ => None,
        })
    };
    let outcome = Memo::new(move |_| {
        frame.with(|frame| frame.as_ref().and_then(|frame| frame.outcome.clone()))
    });
    let members = move || {
        frame.with(|frame| {
            frame
                .as_ref()
                .map(|frame| frame.members.clone())
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| {
                    view! {
                        <span class="member" data-testid="member" data-name=name.clone()>
                            <span class="member-name">{name.clone()}</span>
                            <span class="member-value">{value}</span>
                        </span>
                    }
                })
                .collect_view()
        })
    };
    let findings = Memo::new(move |_| {
        frame.with(|frame| {
            frame
                .as_ref()
                .map(|frame| frame.findings.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <div class="reading" role="group" aria-label=move || console.say(words::READING)>
            <p class="reading-summary">
                {summary}
                {move || topic().map(|topic| view! { <code class="reading-topic">{topic}</code> })}
            </p>
            {move || outcome.get().map(|outcome| view! { <OutcomeLine outcome=outcome /> })}
            <div class="members">{members}</div>
            <FindingList id="inspector-findings" findings=findings />
        </div>
    }
    .into_any()
}

#[component]
fn OutcomeLine(outcome: Outcome) -> impl IntoView {
    let console = use_console();
    let Outcome {
        success,
        interim,
        code,
        name,
        advice,
    } = outcome;
    view! {
        <p
            class="outcome"
            data-testid="outcome"
            data-success=success.to_string()
            data-interim=interim.to_string()
            data-code=code.clone()
        >
            <strong>{format!("{code} {name}")}</strong>
            " "
            {move || console.tell(&advice)}
        </p>
    }
}

/// Fields and bytes side by side.
#[component]
fn Views(state: State, frame: RwSignal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let view = RwSignal::new(PayloadView::Bytes);
    let node = NodeRef::<Div>::new();
    let box_size = observe_size(node);
    let per_row = Memo::new(move |_| if box_size.get().width >= WIDE { 16 } else { 8 });
    let lit = Signal::derive(move || state.lit());
    let reveal_byte = Memo::new(move |_| {
        let id = state.selected.get()?;
        state
            .mapped
            .with(|mapped| mapped.map.node(id).map(|node| node.bytes.start))
    });
    let has_bytes = Memo::new(move |_| state.mapped.with(|mapped| !mapped.bytes.is_empty()));
    let has_secrets = Memo::new(move |_| {
        state.mapped.with(|m| {
            m.map
                .nodes()
                .iter()
                .any(|node| node.kind == FieldKind::Secret)
        })
    });
    let tree_width = Signal::derive(move || {
        console
            .settings
            .with(|settings| settings.tree_width)
            .unwrap_or_else(|| {
                document()
                    .get_element_by_id("field-tree")
                    .map_or(200.0, |tree| f64::from(tree.client_width()))
            })
    });
    view! {
        <div
            class="views"
            node_ref=node
            style=(
                "--tree-chosen",
                move || {
                    console
                        .settings
                        .with(|settings| settings.tree_width)
                        .map(|width| format!("{width}px"))
                        .unwrap_or_default()
                },
            )
        >
            <div class="view-head">
                <h3>{move || console.say(words::FIELDS)}</h3>
                <span class="top-bar-space"></span>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="reveal-bytes"
                    hidden=move || !has_secrets.get()
                    aria-pressed=move || state.secrets.get().to_string()
                    on:click=move |_| state.secrets.update(|secrets| *secrets = !*secrets)
                >
                    {move || {
                        console
                            .say(
                                if state.secrets.get() {
                                    words::CONCEAL_BYTES
                                } else {
                                    words::REVEAL_BYTES
                                },
                            )
                    }}
                </button>
                <PayloadViewChoice view=view />
            </div>
            <Tree state=state />
            <Splitter
                axis=Axis::Horizontal
                towards=1.0
                label=Signal::derive(move || console.say(words::RESIZE_TREE).to_owned())
                class="splitter-tree"
                min=120.0
                max=900.0
                size=tree_width
                on_move=move |width: f64| {
                    console.settings.update(|settings| settings.tree_width = Some(width.round()));
                }
                on_reset=move |()| console.settings.update(|settings| settings.tree_width = None)
            />
            {move || match (has_bytes.get(), view.get()) {
                (false, _) => {
                    view! { <p class="empty">{move || console.say(words::BYTES_NONE)}</p> }
                        .into_any()
                }
                (true, PayloadView::Bytes) => {
                    view! {
                        <HexView
                            id="hex"
                            label=Signal::derive(move || console.say(words::BYTES).to_owned())
                            mapped=state.mapped
                            per_row=per_row
                            lit=lit
                            reveal=reveal_byte
                            secrets=state.secrets
                            on_hover=move |byte| state.hover_byte(byte)
                            on_pick=move |byte: usize| {
                                let id = state
                                    .mapped
                                    .with_untracked(|mapped| mapped.map.deepest_at(byte));
                                if let Some(id) = id {
                                    state.select(id);
                                }
                            }
                        />
                    }
                        .into_any()
                }
                (true, PayloadView::Text) => {
                    view! { <PayloadText frame=frame indent=false /> }.into_any()
                }
                (true, PayloadView::Json) => {
                    view! { <PayloadText frame=frame indent=true /> }.into_any()
                }
            }}
        </div>
    }
    .into_any()
}

/// How the right-hand side shows the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PayloadView {
    /// All bytes of the frame.
    Bytes,
    /// The payload as text.
    Text,
    /// The payload as JSON, indented.
    Json,
}

#[component]
fn PayloadViewChoice(view: RwSignal<PayloadView>) -> impl IntoView {
    let console = use_console();
    let option = move |this: PayloadView, id: &'static str, phrase: Phrase| {
        view! {
            <button
                type="button"
                class="button-quiet"
                data-testid=id
                aria-pressed=move || (view.get() == this).to_string()
                on:click=move |_| view.set(this)
            >
                {move || console.say(phrase)}
            </button>
        }
    };
    view! {
        <span class="view-choice" role="group" aria-label=move || console.say(words::VIEW)>
            {option(PayloadView::Bytes, "show-bytes", words::VIEW_BYTES)}
            {option(PayloadView::Text, "show-text", words::VIEW_TEXT)}
            {option(PayloadView::Json, "show-json", words::VIEW_JSON)}
        </span>
    }
}

/// The payload as text, or its JSON indented with every token as it was written.
#[component]
fn PayloadText(frame: RwSignal<Option<Arc<FrameView>>>, indent: bool) -> impl IntoView {
    let console = use_console();
    let payload = move || {
        frame.with(|frame| {
            let frame = frame.as_ref()?;
            let (start, end) = frame.payload?;
            frame.bytes.get(start..end).map(Bytes::copy_from_slice)
        })
    };
    // The text, and what is to be said about it.
    let shown = Memo::new(move |_| {
        let Some(payload) = payload() else {
            return (String::new(), Some((words::VIEW_NO_PAYLOAD, 0)));
        };
        let (text, note) = match core::str::from_utf8(&payload) {
            Ok(text) => (text.to_owned(), None),
            Err(error) => {
                let text = String::from_utf8_lossy(&payload).replace('\u{fffd}', "·");
                (text, Some((words::VIEW_NOT_UTF8, error.valid_up_to())))
            }
        };
        if !indent {
            return (text, note);
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => (indent_json(&text), note),
            Err(_) => (text, note.or(Some((words::VIEW_NOT_JSON, 0)))),
        }
    });
    view! {
        <div class="payload-view">
            {move || {
                let (phrase, byte) = shown.with(|(_, note)| *note)?;
                let words = console.fill(phrase, &[&byte.to_string()]);
                Some(view! { <p class="field-note" data-testid="payload-note">{words}</p> })
            }}
            <pre class="payload-text" data-testid="payload-text" tabindex="0">
                {move || shown.with(|(text, _)| text.clone())}
            </pre>
        </div>
    }
    .into_any()
}

#[component]
fn Tree(state: State) -> impl IntoView {
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
                if let Some(log) = document().get_element_by_id("log") {
                    use wasm_bindgen::JsCast as _;
                    if let Ok(log) = log.dyn_into::<web_sys::HtmlElement>() {
                        let _ = log.focus();
                    }
                }
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
            attr:aria-label=move || console.say(words::FIELDS)
            attr:aria-activedescendant=move || state.selected.get().map(tree_element)
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
    let severity = node.severity();
    let (branch, folded) = (
        state.mapped.get_untracked().map.is_branch(id),
        state.folded.with_untracked(|folded| folded.contains(&id)),
    );
    let bytes = node.bytes.clone();
    let hover = Hover {
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
            data-lit=move || (state.active() == Some(id)).then_some("")
            attr:aria-level=(node.depth + 1).to_string()
            aria-expanded=branch.then(|| (!folded).to_string())
            aria-selected=move || (state.selected.get() == Some(id)).to_string()
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
            <span class="field-name">{node.name.clone()}</span>
            {byte.map(|(bits, byte)| view! { <Bits bits=bits byte=byte /> })}
            <span class="field-value" data-testid="field-value">
                {node.value.clone()}
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

/// A byte in binary, with the digits of the field marked.
fn binary(bits: BitRange, byte: u8) -> impl IntoView {
    let digits = format!("{byte:08b}");
    let mark = |at: u8| usize::from(7_u8.saturating_sub(at));
    let (from, to) = (mark(bits.high), (mark(bits.low) + 1).max(mark(bits.high)));
    let part = |range: Range<usize>| digits.get(range).unwrap_or_default().to_owned();
    view! {
        <span class="detail-bits">{part(0..from)} <b>{part(from..to)}</b> {part(to..8)}</span>
    }
}

const fn kind_phrase(kind: FieldKind) -> Phrase {
    match kind {
        FieldKind::Group => words::KIND_GROUP,
        FieldKind::Header => words::KIND_HEADER,
        FieldKind::Length => words::KIND_LENGTH,
        FieldKind::Identifier => words::KIND_IDENTIFIER,
        FieldKind::Property => words::KIND_PROPERTY,
        FieldKind::Text => words::KIND_TEXT,
        FieldKind::Payload => words::KIND_PAYLOAD,
        FieldKind::Secret => words::KIND_SECRET,
        FieldKind::Gap => words::KIND_GAP,
        FieldKind::Fault => words::KIND_FAULT,
    }
}

fn range_words(console: Console, bytes: &Range<usize>) -> String {
    match bytes.end.saturating_sub(bytes.start) {
        0 => console.say(words::DETAIL_NO_BYTES).to_owned(),
        1 => console.fill(words::DETAIL_RANGE_ONE, &[&bytes.start.to_string()]),
        count => console.fill(
            words::DETAIL_RANGE,
            &[
                &bytes.start.to_string(),
                &(bytes.end - 1).to_string(),
                &count.to_string(),
            ],
        ),
    }
}

/// Everything about the one field in hand. Its place and height stay, whatever it shows.
#[component]
fn Detail(state: State) -> impl IntoView {
    let console = use_console();
    let active = Memo::new(move |_| {
        state
            .active()
            .and_then(|id| state.node(id).map(|node| (id, node)))
    });
    let copy = move |text: String| {
        clipboard::write_text(&text);
        console.notify(Notice {
            severity: Severity::Info,
            text: Text::new(words::COPIED.en, words::COPIED.zh),
        });
    };
    let masked = move |node: &Node| node.kind == FieldKind::Secret && !state.secrets.get();
    // The pointer leaves the field on its way to the buttons, so they act on what is selected.
    let selected_node = move || state.selected.get_untracked().and_then(|id| state.node(id));
    let copy_hex = move |_| {
        if let Some(node) = selected_node() {
            let bytes = state
                .mapped
                .with_untracked(|m| visible_bytes(m, &node, state.secrets.get_untracked()));
            copy(hex(&bytes));
        }
    };
    let copy_value = move |_| {
        if let Some(node) = selected_node() {
            copy(node.value);
        }
    };
    let nothing = move || state.selected.get().is_none().then_some("true");
    view! {
        <div
            class="detail"
            data-testid="field-detail"
            role="group"
            aria-label=move || {
                active.with(|active| active.as_ref().map(|(_, node)| node.name.clone()))
            }
        >
            {move || match active.get() {
                None => {
                    view! { <p class="empty">{move || console.say(words::DETAIL_EMPTY)}</p> }
                        .into_any()
                }
                Some((id, node)) => {
                    let path = state.mapped.with_untracked(|m| m.map.path(id).join(" › "));
                    let value = if masked(&node) {
                        console.say(words::SECRET_MASKED).to_owned()
                    } else {
                        node.value.clone()
                    };
                    let bits = node
                        .bits
                        .map(|bits| {
                            if bits.high == bits.low {
                                console.fill(words::DETAIL_BIT, &[&bits.high.to_string()])
                            } else {
                                let (high, low) = (bits.high.to_string(), bits.low.to_string());
                                console.fill(words::DETAIL_BITS, &[&high, &low])
                            }
                        });
                    let byte = state.mapped.with_untracked(|m| m.bytes.get(node.bytes.start).copied());
                    let digits = node.bits.zip(byte).map(|(bits, byte)| binary(bits, byte));
                    let notes = node
                        .notes
                        .iter()
                        .map(|note| {
                            view! {
                                <li
                                    class="finding"
                                    data-testid="note"
                                    data-severity=severity_name(note.severity)
                                >
                                    <SeverityMark severity=note.severity />
                                    <span class="finding-text" lang="en">
                                        {note.text.to_string()}
                                    </span>
                                    <span class="finding-rule">{note.rule.to_string()}</span>
                                </li>
                            }
                        })
                        .collect_view();
                    view! {
                        <p class="detail-name" data-testid="detail-name" title=path>
                            <span class="field-kind" data-kind=kind_name(node.kind)></span>
                            <strong>{node.name.clone()}</strong>
                            <span class="detail-kind">{console.say(kind_phrase(node.kind))}</span>
                        </p>
                        <p class="detail-value" data-testid="detail-value">
                            {value}
                        </p>
                        <p class="detail-facts">
                            <span
                                data-testid="detail-range"
                                data-start=node.bytes.start.to_string()
                                data-end=node.bytes.end.to_string()
                            >
                                {range_words(console, &node.bytes)}
                            </span>
                            {bits
                                .map(|bits| {
                                    view! {
                                        <span data-testid="detail-bits">{bits}</span>
                                        {digits}
                                    }
                                })}
                            {(!node.reference.is_empty())
                                .then(|| {
                                    view! {
                                        <span data-testid="detail-reference">
                                            {node.reference.clone()}
                                        </span>
                                    }
                                })}
                        </p>
                        <ul class="finding-list">{notes}</ul>
                    }
                        .into_any()
                }
            }}
            <div class="detail-actions">
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="copy-hex"
                    aria-disabled=nothing
                    on:click=copy_hex
                >
                    {move || console.say(words::COPY_HEX)}
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="copy-value"
                    aria-disabled=nothing
                    on:click=copy_value
                >
                    {move || console.say(words::COPY_VALUE)}
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// The bytes of a field, with zeros where a secret is that is not shown.
fn visible_bytes(mapped: &Mapped, node: &Node, secrets: bool) -> Bytes {
    let end = node.bytes.end.min(mapped.bytes.len());
    let start = node.bytes.start.min(end);
    let bytes = mapped.bytes.slice(start..end);
    if secrets {
        return bytes;
    }
    bytes
        .iter()
        .zip(start..)
        .map(|(byte, at)| {
            if mapped.map.kind_at(at) == FieldKind::Secret {
                0
            } else {
                *byte
            }
        })
        .collect()
}

//! The log: rows of one height, of which the engine sends those in view. The document holds as
//! many row slots as fit, and an update rewrites only the cells that changed.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::engine::seam::{Direction, FrameId, LogEntry, LogRow, LogView};
use crate::ui::components::{SeverityMark, live, observe_size, part, severity_name};
use crate::ui::console::use_console;
use crate::ui::format::{date, grouped, micros, size, time_of_day};
use crate::ui::i18n::words;
use crate::ui::settings::NarrowView;
use crate::ui::viewport::Viewport;

const ROW_HEIGHT: u32 = 24;
/// Rows asked for beyond those in view, on either side, so that scrolling finds some there.
const OVERSCAN: u64 = 16;
/// Browsers limit the height of an element (about 16 million pixels in the strictest); the log
/// keeps far fewer rows than that.
const MAX_ROWS: u64 = 16_000_000 / ROW_HEIGHT as u64;

/// The panel.
#[component]
pub fn LogPanel() -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let node = NodeRef::<Div>::new();
    let content = NodeRef::<Div>::new();
    let box_size = observe_size(node);
    let scroll_top = RwSignal::new(0.0_f64);
    let follow = RwSignal::new(true);

    let total = Memo::new(move |_| device.log.with(|log| log.total.min(MAX_ROWS)));
    let dropped = Memo::new(move |_| device.log.with(|log| log.dropped));
    let viewport = move || Viewport {
        row_height: ROW_HEIGHT,
        height: box_size.get().height,
        scroll_top: scroll_top.get(),
    };
    let still = move || Viewport {
        row_height: ROW_HEIGHT,
        height: box_size.get_untracked().height,
        scroll_top: scroll_top.get_untracked(),
    };

    // What the engine is asked for: as few questions as possible while scrolling, so the window
    // moves in steps of half the overscan.
    let wanted = Memo::new(move |_| {
        let viewport = viewport();
        let capacity = viewport.capacity();
        if follow.get() {
            LogView {
                follow: true,
                start: 0,
                count: capacity,
            }
        } else {
            let step = OVERSCAN / 2;
            let start = viewport.visible(total.get()).start.saturating_sub(OVERSCAN) / step * step;
            LogView {
                follow: false,
                start,
                count: capacity + 3 * OVERSCAN as u32,
            }
        }
    });
    Effect::new(move |_| {
        let mut view = wanted.get();
        view.count = view.count.min(LogView::MAX_COUNT);
        console.show_rows(view);
    });

    // The height of all rows and the scroll position are set together, so that a scroll event
    // never sees one without the other.
    Effect::new(move |before: Option<u64>| {
        let (total, dropped) = (total.get(), dropped.get());
        let following = follow.get();
        let height = box_size.get().height;
        let (Some(node), Some(content)) = (node.get(), content.get()) else {
            return dropped;
        };
        let all = Viewport {
            row_height: ROW_HEIGHT,
            height,
            scroll_top: 0.0,
        }
        .content_height(total);
        let _ = web_sys::HtmlElement::style(&content).set_property("height", &format!("{all}px"));
        if following {
            node.set_scroll_top(i32::MAX);
            scroll_top.set(f64::from(node.scroll_top()));
        } else if let Some(gone) = before.and_then(|before| dropped.checked_sub(before))
            && gone > 0
        {
            // Rows left at the top: stay on the rows that the reader looks at.
            let shift = gone as f64 * f64::from(ROW_HEIGHT);
            let top = (f64::from(node.scroll_top()) - shift).max(0.0);
            node.set_scroll_top(top as i32);
            scroll_top.set(top);
        }
        dropped
    });

    let on_scroll = move |_| {
        let Some(element) = node.get_untracked() else {
            return;
        };
        let top = f64::from(element.scroll_top());
        let before = scroll_top.get_untracked();
        scroll_top.set(top);
        let at_end = still().at_end(total.get_untracked());
        if at_end {
            follow.set(true);
        } else if top < before {
            follow.set(false);
        }
    };

    let slots = Memo::new(move |_| u64::from(wanted.get().count));
    let start = Memo::new(move |_| device.log.with(|log| log.start));
    let newer = Memo::new(move |_| {
        let total = total.get();
        if follow.get() {
            0
        } else {
            total - viewport().visible(total).end.min(total)
        }
    });

    let to_end = move || {
        follow.set(true);
        if let Some(element) = node.get_untracked() {
            element.set_scroll_top(i32::MAX);
        }
    };
    let reveal = move |position: u64| {
        if let (Some(top), Some(element)) = (still().scroll_to(position), node.get_untracked()) {
            if top < still().scroll_top {
                follow.set(false);
            }
            element.set_scroll_top(top as i32);
        }
    };
    // Numbers of rows follow one another, so position and number differ by a constant.
    let first_kept = move || {
        device.log.with_untracked(|log| {
            log.rows
                .first()
                .map(|row| row.id.0.saturating_sub(log.start))
        })
    };
    let on_key = move |event: KeyboardEvent| {
        let Some(first) = first_kept() else { return };
        let Some(last) = total.get_untracked().checked_sub(1) else {
            return;
        };
        let page = u64::from(still().capacity().saturating_sub(2)).max(1);
        let at = device
            .selected
            .get_untracked()
            .map(|id| id.0.saturating_sub(first).min(last));
        let visible = still().visible(last + 1);
        let next = match (event.key().as_str(), at) {
            ("ArrowDown", Some(at)) => at + 1,
            ("ArrowUp", Some(at)) => at.saturating_sub(1),
            ("PageDown", Some(at)) => at + page,
            ("PageUp", Some(at)) => at.saturating_sub(page),
            ("ArrowDown" | "PageDown", None) => visible.start,
            ("ArrowUp" | "PageUp", None) | ("End", _) => last,
            ("Home", _) => 0,
            ("Enter", Some(_)) => {
                event.prevent_default();
                console.narrow.set(NarrowView::Inspector);
                focus("field-tree");
                return;
            }
            ("Escape", Some(_)) => {
                console.select(None);
                return;
            }
            _ => return,
        }
        .min(last);
        event.prevent_default();
        console.select(Some(FrameId(first + next)));
        reveal(next);
    };
    let active = move || {
        let selected = device.selected.get()?;
        device
            .log
            .with(|log| log.rows.iter().any(|row| row.id == selected))
            .then(|| row_element(selected))
    };
    let is_empty = move || total.get() == 0;

    view! {
        <section
            class="panel log-panel"
            id="log-panel"
            data-testid="log-panel"
            data-part="log"
            aria-labelledby="log-title"
        >
            <div class="panel-title log-bar">
                <h2 id="log-title">{live(move || console.say(words::LOG))}</h2>
                <span
                    class="log-total"
                    data-testid="log-total"
                    data-count=live(move || total.get().to_string())
                >
                    {live(move || console.fill(words::LOG_TOTAL, &[&grouped(total.get())]))}
                </span>
                <span
                    class="log-dropped"
                    data-testid="log-dropped"
                    data-count=live(move || dropped.get().to_string())
                    hidden=live(move || dropped.get() == 0)
                >
                    {live(move || console.fill(words::LOG_DROPPED, &[&grouped(dropped.get())]))}
                </span>
                <span class="top-bar-space"></span>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="log-follow"
                    aria-pressed=live(move || follow.get().to_string())
                    on:click=move |_| if follow.get_untracked() { follow.set(false) } else { to_end() }
                >
                    {live(move || console.say(words::LOG_FOLLOW))}
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="log-clear"
                    on:click=move |_| console.clear_log()
                >
                    {live(move || console.say(words::LOG_CLEAR))}
                </button>
            </div>
            <div
                class="log"
                id="log"
                role="grid"
                tabindex="0"
                data-testid="log"
                aria-label=live(move || console.say(words::LOG_HELP))
                aria-rowcount=live(move || (total.get() + 1).to_string())
                aria-activedescendant=active
                on:keydown=on_key
            >
                <div class="log-head" role="rowgroup">
                    <div class="log-row" role="row" aria-rowindex="1">
                        <Column class="log-time" phrase=words::COLUMN_TIME />
                        <span class="log-arrow" role="columnheader" aria-hidden="true"></span>
                        <Column class="log-packet" phrase=words::COLUMN_PACKET />
                        <Column class="log-summary" phrase=words::COLUMN_SUMMARY />
                        <Column class="log-size" phrase=words::COLUMN_SIZE />
                        <Column class="log-rtt" phrase=words::COLUMN_RTT />
                        <span class="log-mark" role="columnheader" aria-hidden="true"></span>
                    </div>
                </div>
                <div
                    class="log-scroll"
                    role="rowgroup"
                    node_ref=node
                    on:scroll=on_scroll
                >
                    <div class="log-content" role="presentation" node_ref=content>
                        <div
                            class="log-layer"
                            role="presentation"
                            style:transform=live(move || {
                                format!("translateY({}px)", start.get() * u64::from(ROW_HEIGHT))
                            })
                        >
                            <For
                                each=move || 0..slots.get()
                                key=|slot| *slot
                                children=|number| view! { <RowSlot number=number as usize /> }
                            />
                        </div>
                    </div>
                </div>
                <p class="empty log-empty" hidden=live(move || !is_empty())>
                    {live(move || console.say(words::LOG_EMPTY))}
                </p>
            </div>
            <button
                type="button"
                class="log-newer"
                data-testid="log-newer"
                hidden=live(move || newer.get() == 0)
                on:click=move |_| to_end()
            >
                {live(move || console.fill(words::LOG_NEWER, &[&grouped(newer.get())]))}
            </button>
        </section>
    }
    .into_any()
}

/// Whether the window is so narrow that one part of the page shows at a time, as the style sheet
/// decides it.
fn one_part_fits() -> bool {
    window()
        .inner_width()
        .ok()
        .and_then(|width| width.as_f64())
        .is_some_and(|width| width < 900.0)
}

fn row_element(id: FrameId) -> String {
    format!("row-{}", id.0)
}

/// Moves the focus to an element of the page.
fn focus(id: &str) {
    use wasm_bindgen::JsCast as _;
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

#[component]
fn Column(class: &'static str, phrase: crate::ui::i18n::Phrase) -> impl IntoView {
    let console = use_console();
    view! {
        <span class=class role="columnheader">
            {live(move || console.say(phrase))}
        </span>
    }
}

const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

/// What the packet column says: the packet's name, and for a PUBLISH its flags.
fn packet_text(entry: &LogEntry) -> Option<String> {
    let LogEntry::Frame {
        packet,
        qos,
        dup,
        retain,
        ..
    } = entry
    else {
        return None;
    };
    let mut text = packet.clone();
    if let Some(qos) = qos {
        text.push_str(
            [" q0", " q1", " q2"]
                .get(*qos as usize)
                .copied()
                .unwrap_or_default(),
        );
    }
    if *dup {
        text.push_str(" dup");
    }
    if *retain {
        text.push_str(" ret");
    }
    Some(text)
}

/// The summary without the packet's name in front, which has its own column.
fn summary_of(row: &LogRow, summary: &str) -> String {
    let LogEntry::Frame { packet, .. } = &row.entry else {
        return summary.to_owned();
    };
    summary
        .strip_prefix(packet.as_str())
        .unwrap_or(summary)
        .trim_start_matches([' ', '·'])
        .to_owned()
}

/// One row's place in the document; which row of the log it shows changes.
#[component]
fn RowSlot(number: usize) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let offset = console.utc_offset_minutes;
    let row = Memo::new(move |_| device.log.with(|log| log.rows.get(number).cloned()));
    let position = Memo::new(move |_| device.log.with(|log| log.start) + number as u64);
    // A cell of an empty slot is empty; the slot is hidden anyway.
    let cell = move |read: fn(&LogRow) -> Option<String>| {
        live(move || row.with(|row| row.as_ref().and_then(read)))
    };
    let time = move |text: fn(crate::engine::seam::UnixMillis, i32) -> String| {
        live(move || row.with(|row| row.as_ref().map(|row| text(row.at, offset))))
    };
    let is_selected = move || {
        let selected = device.selected.get();
        row.with(|row| row.as_ref().is_some_and(|row| Some(row.id) == selected))
    };
    let packet = move || {
        row.with(|row| {
            row.as_ref().map(|row| match &row.entry {
                LogEntry::Frame { .. } => packet_text(&row.entry).unwrap_or_default(),
                LogEntry::Malformed { .. } => console.say(words::MALFORMED_ENTRY).to_owned(),
                LogEntry::Link => console.say(words::LINK_ENTRY).to_owned(),
            })
        })
    };
    let summary = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .map(|row| summary_of(row, &console.tell(&row.summary)))
        })
        .unwrap_or_default()
    });
    // A summary that names the topic itself stands alone.
    let topic = Memo::new(move |_| {
        row.with(|row| match row.as_ref().map(|row| &row.entry) {
            Some(LogEntry::Frame { topic, .. })
                if !summary.with(|summary| summary.contains(topic.as_str())) =>
            {
                topic.clone()
            }
            _ => String::new(),
        })
    });
    let full = move || topic.with(|topic| format!("{} {topic}", summary.get()).trim().to_owned());
    let severity = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.severity)));
    let arrow = move || {
        row.with(|row| {
            row.as_ref().map(|row| match (&row.entry, row.direction) {
                (LogEntry::Link, _) => "·",
                (_, Direction::Up) => "↑",
                (_, Direction::Down) => "↓",
            })
        })
    };
    let arrow_words = move || {
        row.with(|row| {
            row.as_ref().map(|row| match (&row.entry, row.direction) {
                (LogEntry::Link, _) => console.say(words::LINK_ENTRY),
                (_, Direction::Up) => console.say(words::DIRECTION_UP),
                (_, Direction::Down) => console.say(words::DIRECTION_DOWN),
            })
        })
    };
    view! {
        <div
            class="log-row"
            role="row"
            id=cell(|row| Some(row_element(row.id)))
            hidden=live(move || row.with(Option::is_none))
            data-testid=live(move || row.with(|row| row.as_ref().map(|_| "log-row")))
            data-frame=cell(|row| Some(row.id.0.to_string()))
            data-entry=live(move || {
                row.with(|row| {
                    row.as_ref()
                        .map(|row| match row.entry {
                            LogEntry::Frame { .. } => "frame",
                            LogEntry::Malformed { .. } => "malformed",
                            LogEntry::Link => "link",
                        })
                })
            })
            data-packet=cell(|row| match &row.entry {
                LogEntry::Frame { packet, .. } => Some(packet.clone()),
                _ => None,
            })
            data-topic=cell(|row| match &row.entry {
                LogEntry::Frame { topic, .. } if !topic.is_empty() => Some(topic.clone()),
                _ => None,
            })
            data-direction=cell(|row| Some(direction_name(row.direction).to_owned()))
            data-severity=live(move || severity.get().map(severity_name))
            aria-rowindex=live(move || (position.get() + 2).to_string())
            aria-selected=live(move || is_selected().to_string())
            on:click=move |_| {
                if let Some(id) = row.with_untracked(|row| row.as_ref().map(|row| row.id)) {
                    if one_part_fits() {
                        console.inspect(id);
                    } else {
                        console.select(Some(id));
                    }
                }
            }
        >
            <span class="log-time" role="gridcell" data-testid="log-time" title=time(date)>
                {time(time_of_day)}
            </span>
            <span class="log-arrow" role="gridcell" aria-label=arrow_words>
                {arrow}
            </span>
            <span class="log-packet" role="gridcell" data-testid="log-packet">
                {packet}
            </span>
            <span class="log-summary" role="gridcell" data-testid="log-summary" title=full>
                <span class="log-reading">{summary}</span>
                <span class="log-topic" hidden=live(move || topic.with(String::is_empty))>
                    {topic}
                </span>
            </span>
            <span class="log-size" role="gridcell" data-testid="log-size">
                {cell(|row| match &row.entry {
                    LogEntry::Frame { size: bytes, .. } | LogEntry::Malformed { size: bytes } => {
                        Some(size(u64::from(*bytes)))
                    }
                    LogEntry::Link => None,
                })}
            </span>
            <span class="log-rtt" role="gridcell" data-testid="log-rtt">
                {cell(|row| row.rtt_micros.map(micros))}
            </span>
            <span class="log-mark" role="gridcell">
                {part(move || severity.get().map(|severity| view! { <SeverityMark severity=severity /> }))}
            </span>
        </div>
    }
}

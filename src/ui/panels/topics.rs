//! The topic tree: every level with its counts, its rate and its last value. A click filters the
//! log.

use std::collections::BTreeSet;

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use crate::engine::seam::{Jump, TopicId, TopicRow, TopicsView};
use crate::ui::components::{live, observe_size, part};
use crate::ui::console::use_console;
use crate::ui::format::{decimal, grouped, time_of_day};
use crate::ui::i18n::words;
use crate::ui::panels::registry::TOPICS;
use crate::ui::settings::NarrowView;
use crate::ui::viewport::Viewport;

const ROW_HEIGHT: u32 = 24;

fn row_element(id: TopicId) -> String {
    format!("topic-{}", id.0)
}

/// Messages a second, with one digit after the point below ten.
fn rate(milli: u64) -> String {
    match milli {
        0 => "0".to_owned(),
        1..10_000 => decimal(milli as f64 / 1000.0, 1),
        _ => grouped(milli / 1000),
    }
}

/// The panel.
#[component]
pub fn Topics() -> impl IntoView {
    let console = use_console();
    let looking = console.device.looking;
    let node = NodeRef::<Div>::new();
    let size = observe_size(node);
    let scroll_top = RwSignal::new(0.0_f64);
    // What the user unfolded and folded; the rest is as the engine thinks best.
    let open = RwSignal::new(BTreeSet::<TopicId>::new());
    let folded = RwSignal::new(BTreeSet::<TopicId>::new());
    let active = RwSignal::new(None::<TopicId>);
    let topics = looking.topics;
    let shown = Memo::new(move |_| {
        console
            .settings
            .with(|settings| settings.dock_panel == TOPICS && !settings.dock_folded)
    });
    let total = Memo::new(move |_| topics.with(|topics| topics.total));
    let viewport = move || Viewport {
        row_height: ROW_HEIGHT,
        height: size.get().height,
        scroll_top: scroll_top.get(),
    };
    let wanted = Memo::new(move |_| {
        let viewport = viewport();
        TopicsView {
            open: open.with(|open| open.iter().copied().collect()),
            folded: folded.with(|folded| folded.iter().copied().collect()),
            start: viewport.visible(u64::from(u32::MAX)).start as u32,
            count: (viewport.capacity() + 1).min(TopicsView::MAX_COUNT),
        }
    });
    Effect::new(move |_| console.show_topics(shown.get().then(|| wanted.get())));
    on_cleanup(move || console.show_topics(None));

    let start = Memo::new(move |_| topics.with(|topics| topics.start));
    let slots = Memo::new(move |_| wanted.with(|view| view.count));
    let toggle = move |row: &TopicRow| {
        let (from, to) = if row.open {
            (open, folded)
        } else {
            (folded, open)
        };
        from.update(|ids| {
            ids.remove(&row.id);
        });
        to.update(|ids| {
            ids.insert(row.id);
        });
    };
    let filter = move |row: &TopicRow| {
        console.set_filter(row.filter.clone());
        console.narrow.set(NarrowView::Log);
    };
    let on_key = move |event: KeyboardEvent| {
        let rows = topics.get_untracked();
        let at = active
            .get_untracked()
            .and_then(|id| rows.rows.iter().position(|row| row.id == id));
        let row = at.and_then(|at| rows.rows.get(at));
        let next = match (event.key().as_str(), at, row) {
            ("ArrowDown", Some(at), _) => at + 1,
            ("ArrowUp", Some(at), _) => at.saturating_sub(1),
            ("ArrowDown" | "ArrowUp" | "Home", None, _) | ("Home", _, _) => 0,
            ("End", _, _) => rows.rows.len().saturating_sub(1),
            ("ArrowRight", _, Some(row)) if row.children > 0 && !row.open => {
                event.prevent_default();
                return toggle(row);
            }
            ("ArrowLeft", _, Some(row)) if row.open => {
                event.prevent_default();
                return toggle(row);
            }
            ("Enter", _, Some(row)) => {
                event.prevent_default();
                return filter(row);
            }
            _ => return,
        };
        event.prevent_default();
        let next = next.min(rows.rows.len().saturating_sub(1));
        active.set(rows.rows.get(next).map(|row| row.id));
        if let Some(element) = node.get_untracked() {
            let place = u64::from(rows.start) + next as u64;
            if let Some(top) = viewport().scroll_to(place) {
                element.set_scroll_top(top as i32);
            }
        }
    };
    view! {
        <div class="topics">
            <p class="topics-bar">
                <span data-testid="topics-count" data-count=live(move || topics.with(|t| t.topics).to_string())>
                    {live(move || {
                        let count = topics.with(|t| u64::from(t.topics));
                        let phrase = match count {
                            1 => words::TOPICS_COUNT_ONE,
                            _ => words::TOPICS_COUNT,
                        };
                        console.fill(phrase, &[&grouped(count)])
                    })}
                </span>
                <span class="log-dropped" hidden=live(move || topics.with(|t| t.unlisted == 0))>
                    {live(move || {
                        console.fill(words::TOPICS_UNLISTED, &[&grouped(topics.with(|t| t.unlisted))])
                    })}
                </span>
            </p>
            <div
                class="topics-grid"
                role="treegrid"
                tabindex="0"
                data-testid="topic-tree"
                aria-label=live(move || console.say(words::TOPICS_HELP))
                aria-rowcount=live(move || (total.get() + 1).to_string())
                aria-activedescendant=live(move || active.get().map(row_element))
                on:keydown=on_key
            >
                <div class="topics-head" role="rowgroup">
                    <div class="topic-row" role="row" aria-rowindex="1">
                        <span class="topic-level" role="columnheader">
                            {live(move || console.say(words::TOPIC))}
                        </span>
                        <span
                            class="topic-number"
                            role="columnheader"
                            aria-label=live(move || console.say(words::TOPIC_UP))
                        >
                            "↑"
                        </span>
                        <span
                            class="topic-number"
                            role="columnheader"
                            aria-label=live(move || console.say(words::TOPIC_DOWN))
                        >
                            "↓"
                        </span>
                        <span class="topic-number" role="columnheader">
                            {live(move || console.say(words::TOPIC_RATE))}
                        </span>
                        <span class="topic-last" role="columnheader">
                            {live(move || console.say(words::TOPIC_LAST))}
                        </span>
                        <span class="topic-time" role="columnheader">
                            {live(move || console.say(words::COLUMN_TIME))}
                        </span>
                    </div>
                </div>
                <div
                    class="topics-scroll"
                    role="rowgroup"
                    node_ref=node
                    on:scroll=move |_| {
                        if let Some(element) = node.get_untracked() {
                            scroll_top.set(f64::from(element.scroll_top()));
                        }
                    }
                >
                    <div
                        class="virtual-rows-content"
                        role="presentation"
                        style:height=live(move || {
                            format!("{}px", u64::from(total.get()) * u64::from(ROW_HEIGHT))
                        })
                    >
                        <div
                            class="virtual-rows-layer"
                            role="presentation"
                            style:transform=live(move || {
                                format!("translateY({}px)", u64::from(start.get()) * u64::from(ROW_HEIGHT))
                            })
                        >
                            <For
                                each=move || 0..slots.get() as usize
                                key=|slot| *slot
                                children=move |number| {
                                    let row = Memo::new(move |_| {
                                        topics.with(|topics| topics.rows.get(number).cloned())
                                    });
                                    view! {
                                        <Row
                                            number=number
                                            row=row
                                            active=active
                                            on_toggle=Callback::new(move |row: TopicRow| toggle(&row))
                                            on_choose=Callback::new(move |row: TopicRow| {
                                                active.set(Some(row.id));
                                                filter(&row);
                                            })
                                        />
                                    }
                                }
                            />
                        </div>
                    </div>
                </div>
                <p class="empty" hidden=live(move || total.get() > 0)>
                    {live(move || console.say(words::TOPICS_EMPTY))}
                </p>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Row(
    number: usize,
    row: Memo<Option<TopicRow>>,
    active: RwSignal<Option<TopicId>>,
    on_toggle: Callback<TopicRow>,
    on_choose: Callback<TopicRow>,
) -> impl IntoView {
    let console = use_console();
    let topics = console.device.looking.topics;
    let offset = console.utc_offset_minutes;
    let cell =
        move |read: fn(&TopicRow) -> String| live(move || row.with(|row| row.as_ref().map(read)));
    let known =
        Memo::new(move |_| row.with(|row| row.as_ref().map(|row| (row.children > 0, row.open))));
    view! {
        <div
            class="topic-row"
            role="row"
            id=live(move || row.with(|row| row.as_ref().map(|row| row_element(row.id))))
            hidden=live(move || row.with(Option::is_none))
            data-testid=live(move || row.with(|row| row.as_ref().map(|_| "topic-row")))
            data-topic=cell(|row| row.topic.clone())
            data-count=cell(|row| row.up.saturating_add(row.down).to_string())
            aria-rowindex=live(move || (topics.with(|t| t.start as usize) + number + 2).to_string())
            attr:aria-level=cell(|row| (row.depth + 1).to_string())
            aria-expanded=live(move || {
                known.get().and_then(|(inner, open)| inner.then(|| open.to_string()))
            })
            aria-selected=live(move || {
                row.with(|row| row.as_ref().is_some_and(|row| active.get() == Some(row.id))).to_string()
            })
            on:click=move |_| {
                if let Some(row) = row.get_untracked() {
                    on_choose.run(row);
                }
            }
            title=cell(|row| row.topic.clone())
        >
            <span
                class="topic-level"
                role="gridcell"
                style:padding-inline-start=live(move || {
                    let depth = row.with(|row| row.as_ref().map_or(0, |row| row.depth));
                    format!("{}px", depth * 14)
                })
            >
                {part(move || {
                    known
                        .get()
                        .filter(|(inner, _)| *inner)
                        .map(|(_, open)| {
                            view! {
                                <button
                                    type="button"
                                    class="topic-twisty"
                                    tabindex="-1"
                                    data-testid="topic-toggle"
                                    aria-label=live(move || {
                                        console.say(if open { words::TOPIC_CLOSE } else { words::TOPIC_OPEN })
                                    })
                                    on:click=move |event| {
                                        event.stop_propagation();
                                        if let Some(row) = row.get_untracked() {
                                            on_toggle.run(row);
                                        }
                                    }
                                >
                                    {if open { "▾" } else { "▸" }}
                                </button>
                            }
                        })
                })}
                {live(move || {
                    row.with(|row| {
                        row.as_ref()
                            .map(|row| {
                                if row.level.is_empty() {
                                    console.say(words::TOPIC_EMPTY_LEVEL).to_owned()
                                } else {
                                    row.level.clone()
                                }
                            })
                    })
                })}
            </span>
            <span class="topic-number" role="gridcell">{cell(|row| grouped(row.up))}</span>
            <span class="topic-number" role="gridcell">{cell(|row| grouped(row.down))}</span>
            <span class="topic-number" role="gridcell">{cell(|row| rate(row.rate_milli))}</span>
            <span class="topic-last" role="gridcell" data-testid="topic-last">
                {cell(|row| row.last.as_ref().map(|last| last.preview.clone()).unwrap_or_default())}
            </span>
            <span class="topic-time" role="gridcell">
                {part(move || {
                    row.with(|row| row.as_ref().and_then(|row| row.last.as_ref().map(|l| (l.frame, l.at))))
                        .map(|(frame, at)| {
                            view! {
                                <button
                                    type="button"
                                    class="topic-jump"
                                    tabindex="-1"
                                    data-testid="topic-jump"
                                    title=live(move || console.say(words::TOPIC_JUMP))
                                    on:click=move |event| {
                                        event.stop_propagation();
                                        console.jump(Jump::Frame(frame));
                                    }
                                >
                                    {time_of_day(at, offset)}
                                </button>
                            }
                        })
                })}
            </span>
        </div>
    }
    .into_any()
}

//! The log: rows of one height, of which the engine sends those in view. The document holds as
//! many row slots as fit, and an update rewrites only what changed of each.

mod bar;
mod filter;
mod row;

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, MouseEvent};

use crate::engine::seam::{ConnectionState, FrameId, Jump, LogView, Passing};
use crate::ui::components::{live, observe_size};
use crate::ui::console::{Console, use_console};
use crate::ui::format::grouped;
use crate::ui::i18n::words;
use crate::ui::looking::Place;
use crate::ui::settings::NarrowView;
use crate::ui::viewport::Viewport;
use bar::{Bar, Following, Tools};
use filter::FilterField;
use row::{RowSlot, frame_at};

const ROW_HEIGHT: u32 = 24;
/// Rows asked for beyond those in view, on either side, so that scrolling finds some there.
const OVERSCAN: u64 = 16;
/// Browsers limit the height of an element (about 16 million pixels in the strictest); the log
/// keeps far fewer rows than that.
const MAX_ROWS: u64 = 16_000_000 / ROW_HEIGHT as u64;

/// Which of the two logs that can be in view at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// That of the device with the panels.
    Main,
    /// That of another device, beside it.
    Beside,
}

impl Side {
    /// The `id` of an element that both logs have.
    fn id(self, name: &str) -> String {
        match self {
            Self::Main => name.to_owned(),
            Self::Beside => format!("{name}-beside"),
        }
    }
}

/// The panel, of the device that the context is about.
#[component]
pub fn LogPanel(side: Side) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let node = NodeRef::<Div>::new();
    let content = NodeRef::<Div>::new();
    let box_size = observe_size(node);
    let scroll_top = RwSignal::new(0.0_f64);
    // Where it was left, when another device was in view meanwhile.
    let place: Place = device.looking.place.get_value();
    let follow = RwSignal::new(place.is_none());

    let tools = RwSignal::new(false);

    let total = Memo::new(move |_| device.log.with(|log| log.total.min(MAX_ROWS)));
    let top = Memo::new(move |_| device.log.with(|log| log.top));
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
            let step = OVERSCAN as i64 / 2;
            let first = viewport.visible(total.get()).start as i64;
            // Counted from where rows keep their place: the question stays the same while older
            // rows are dropped and the list is scrolled along with them.
            let start = (top.get_untracked() + first - OVERSCAN as i64).div_euclid(step) * step;
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
    Effect::new(move |before: Option<(i64, f64)>| {
        let (total, top) = (total.get(), top.get());
        let following = follow.get();
        let height = box_size.get().height;
        let all = Viewport {
            row_height: ROW_HEIGHT,
            height,
            scroll_top: 0.0,
        }
        .content_height(total);
        let (Some(node), Some(content)) = (node.get(), content.get()) else {
            return (top, all);
        };
        let _ = web_sys::HtmlElement::style(&content).set_property("height", &format!("{all}px"));
        if following {
            let all_before = before.map_or(all, |(_, all)| all);
            // Scrolling lays out what was written so far: after the rows, it is done once.
            queue_microtask(move || {
                // A jump in the same update leads elsewhere.
                if follow.try_get_untracked() != Some(true) {
                    return;
                }
                // The reader has scrolled up, of which the browser is yet to tell. A box that became
                // taller is no reader: it moves no further than the old rows need.
                let left_at = scroll_top.try_get_untracked().unwrap_or_default();
                let end = (all_before.min(all) - f64::from(node.client_height())).max(0.0);
                if f64::from(node.scroll_top()) + 1.0 < left_at.min(end) {
                    return;
                }
                node.set_scroll_top(i32::MAX);
                let _ = scroll_top.try_set(f64::from(node.scroll_top()));
            });
        } else if let (None, Some((ordinal, within))) = (before, place) {
            let left_at = (ordinal - top).max(0) as f64 * f64::from(ROW_HEIGHT) + within;
            node.set_scroll_top(left_at as i32);
            scroll_top.set(f64::from(node.scroll_top()));
        } else if let Some((before, _)) = before
            && before != top
        {
            // Rows left at the top, or were found there: stay on those that the reader looks at.
            let shift = (top - before) as f64 * f64::from(ROW_HEIGHT);
            let new_top = (f64::from(node.scroll_top()) - shift).max(0.0);
            node.set_scroll_top(new_top as i32);
            scroll_top.set(f64::from(node.scroll_top()));
        }
        (top, all)
    });

    Effect::new(move |_| {
        let scrolled = scroll_top.get();
        let row = (scrolled / f64::from(ROW_HEIGHT)).floor();
        let within = scrolled - row * f64::from(ROW_HEIGHT);
        let first = top.get() + row as i64;
        device
            .looking
            .place
            .set_value((!follow.get()).then_some((first, within)));
    });

    let on_scroll = move |_| {
        let Some(element) = node.get_untracked() else {
            return;
        };
        let top = f64::from(element.scroll_top());
        let before = scroll_top.get_untracked();
        scroll_top.set(top);
        // The box may be taller by now than anybody was told.
        let now = Viewport {
            height: f64::from(element.client_height()),
            ..still()
        };
        if now.at_end(total.get_untracked()) {
            follow.set(true);
        } else if top < before {
            follow.set(false);
        }
    };

    let slots = Memo::new(move |_| u64::from(wanted.get().count));
    let start = Memo::new(move |_| device.log.with(|log| (log.start - log.top).max(0)));
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
    // Scrolls as little as needed; to the middle when the row is far away.
    let reveal = move |ordinal: i64| {
        let place = (ordinal - top.get_untracked()).max(0) as u64;
        let (viewport, Some(element)) = (still(), node.get_untracked()) else {
            return;
        };
        let Some(near) = viewport.scroll_to(place) else {
            return;
        };
        let is_far = (near - viewport.scroll_top).abs() > viewport.height;
        let middle = (viewport.height - f64::from(ROW_HEIGHT)) / 2.0;
        let target = if is_far {
            (place as f64 * f64::from(ROW_HEIGHT) - middle).max(0.0)
        } else {
            near
        };
        if target < viewport.scroll_top {
            follow.set(false);
        }
        element.set_scroll_top(target as i32);
        scroll_top.set(f64::from(element.scroll_top()));
    };
    // A jump leads there once.
    Effect::new(move |_| {
        if let Some(ordinal) = device
            .looking
            .jumped
            .get()
            .and_then(|jumped| jumped.ordinal)
        {
            reveal(ordinal);
        }
    });
    let go_to = move |ordinal: i64| {
        let here = device.log.with_untracked(|log| {
            let place = usize::try_from(ordinal - log.start).ok()?;
            log.rows.get(place).map(|row| row.id)
        });
        match here {
            Some(id) => {
                console.select(Some(id));
                reveal(ordinal);
            }
            None => console.jump(Jump::Ordinal(ordinal)),
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let top = top.get_untracked();
        let last = top + total.get_untracked() as i64 - 1;
        let page = i64::from(still().capacity().saturating_sub(2)).max(1);
        let at = device.log.with_untracked(|log| {
            let selected = device.selected.get_untracked()?;
            let here = log.rows.iter().position(|row| row.id == selected);
            here.map(|place| log.start + place as i64).or(log.selected)
        });
        let selected = device.selected.get_untracked();
        let first_visible = top + still().visible(total.get_untracked()).start as i64;
        let next = match (event.key().as_str(), at) {
            ("ArrowDown", Some(at)) => at + 1,
            ("ArrowUp", Some(at)) => at - 1,
            ("PageDown", Some(at)) => at + page,
            ("PageUp", Some(at)) => at - page,
            ("ArrowDown" | "PageDown", None) => first_visible,
            ("ArrowUp" | "PageUp", None) | ("End", _) => last,
            ("Home", _) => top,
            ("Enter", _) if selected.is_some() => {
                event.prevent_default();
                console
                    .settings
                    .update(|settings| settings.inspector_folded = false);
                console.narrow.set(NarrowView::Inspector);
                request_animation_frame(|| focus("field-tree"));
                return;
            }
            ("Escape", _) if selected.is_some() => {
                console.select(None);
                return;
            }
            (key @ ("m" | "n" | "N" | "p" | "/"), _) => {
                // Some of them mean something else to the page.
                event.prevent_default();
                match key {
                    "m" => selected.into_iter().for_each(|at| console.toggle_mark(at)),
                    "n" => console.jump(Jump::NextMark),
                    "N" => console.jump(Jump::PreviousMark),
                    "p" => console.toggle_pause(),
                    _ => focus(&side.id("log-filter")),
                }
                return;
            }
            _ => return,
        };
        if last < top {
            return;
        }
        event.prevent_default();
        go_to(next.clamp(top, last));
    };
    let on_click = move |event: MouseEvent| {
        let Some(id) = frame_at(&event) else { return };
        if one_part_fits() {
            console.inspect(id);
        } else {
            console.select(Some(id));
        }
    };
    let active = move || {
        let selected = device.selected.get()?;
        device
            .log
            .with(|log| log.rows.iter().any(|row| row.id == selected))
            .then(|| row_element(side, selected))
    };
    let is_empty = move || total.get() == 0;
    let following = Following {
        on: follow,
        resume: Callback::new(move |()| to_end()),
    };
    let nothing = move || {
        let log = device.log.get();
        if log.kept > 0 && log.unsearched > 0 {
            words::LOG_NONE_YET
        } else if log.kept > 0 {
            words::LOG_NONE_PASSES
        } else if device.state() == ConnectionState::Offline {
            words::LOG_EMPTY
        } else {
            words::LOG_CLEARED
        }
    };

    view! {
        <section
            class="panel log-panel"
            id=side.id("log-panel")
            data-testid="log-panel"
            data-part="log"
            aria-labelledby=side.id("log-title")
        >
            <Bar side=side following=following tools=tools />
            <Tools side=side open=tools />
            <FilterField side=side on_filter=Callback::new(move |()| to_end()) />
            <div
                class="log"
                id=side.id("log")
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
                    // What scrolls can be reached without a pointer; its keys are those of the grid.
                    tabindex="0"
                    node_ref=node
                    on:scroll=on_scroll
                >
                    <div class="log-content" role="presentation" node_ref=content>
                        <div
                            class="log-layer"
                            role="presentation"
                            style:transform=live(move || {
                                format!("translateY({}px)", start.get() * i64::from(ROW_HEIGHT))
                            })
                            on:click=on_click
                        >
                            <For
                                each=move || 0..slots.get()
                                key=|slot| *slot
                                children=move |number| view! { <RowSlot side=side number=number as usize /> }
                            />
                        </div>
                    </div>
                </div>
                <p class="empty log-empty" hidden=live(move || !is_empty())>
                    {live(move || console.say(nothing()))}
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
            <p
                class="log-passing"
                data-testid="log-passing"
                hidden=live(move || newer.get() > 0 || console.passing.get().is_none())
            >
                {live(move || console.passing.get().map(|passing| passing_words(console, passing)))}
            </p>
        </section>
    }
    .into_any()
}

fn passing_words(console: Console, passing: Passing) -> String {
    let every = passing.every.as_secs().to_string();
    let per_second = grouped(u64::from(passing.per_second));
    console.fill(words::LOG_PASSING, &[&per_second, &every])
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

fn row_element(side: Side, id: FrameId) -> String {
    side.id(&format!("row-{}", id.0))
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

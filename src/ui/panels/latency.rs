//! How long answers took, for each kind of request: classes side by side, of which each is about a
//! fifth longer than the one before.

use leptos::html::Div;
use leptos::prelude::*;

use crate::engine::seam::{Direction, LatencyClass, LatencyView};
use crate::ui::components::{live, part};
use crate::ui::console::use_console;
use crate::ui::format::{grouped, micros};
use crate::ui::i18n::words;
use crate::ui::panels::charts::arrow;
use crate::ui::ticks::{self, Step};

/// Which kind of request: who asks, what it is called, and how many before it are called so.
type Kind = (Direction, String, usize);

fn is_called(latency: &LatencyView, initiator: Direction, label: &str) -> bool {
    latency.initiator == initiator && latency.label.en == label
}

fn kinds(latencies: &[LatencyView]) -> Vec<Kind> {
    let kind = |(index, latency): (usize, &LatencyView)| {
        let (initiator, label) = (latency.initiator, latency.label.en.to_string());
        let before = latencies.iter().take(index);
        let alike = before
            .filter(|other| is_called(other, initiator, &label))
            .count();
        (initiator, label, alike)
    };
    latencies.iter().enumerate().map(kind).collect()
}

/// The part of the panel.
#[component]
pub fn Latencies() -> impl IntoView {
    let console = use_console();
    let charts = console.device.looking.charts;
    let shown = Memo::new(move |_| charts.with(|charts| kinds(&charts.latencies)));
    view! {
        <div class="charts-latencies" role="group" tabindex="0" aria-label=live(move || console.say(words::LATENCIES))>
            <h3 class="section-title">{live(move || console.say(words::LATENCIES))}</h3>
            <p class="field-note" hidden=live(move || shown.with(|shown| !shown.is_empty()))>
                {live(move || console.say(words::LATENCIES_EMPTY))}
            </p>
            // A cursor stays where it is while answers come, so the parts are kept and not drawn anew.
            <For
                each=move || shown.get()
                key=|kind| kind.clone()
                children=move |(initiator, label, alike)| {
                    let latency = Memo::new(move |_| {
                        charts.with(|charts| {
                            charts
                                .latencies
                                .iter()
                                .filter(|latency| is_called(latency, initiator, &label))
                                .nth(alike)
                                .cloned()
                        })
                    });
                    view! { <Latency latency=latency /> }
                }
            />
        </div>
    }
    .into_any()
}

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

/// The bars, each as high as its part of the highest.
fn bars(classes: &[LatencyClass]) -> AnyView {
    let most = highest(classes).max(1) as f64;
    classes
        .iter()
        .map(|class| {
            // One answer among a million is seen as well.
            let least = if class.count > 0 { 0.04 } else { 0.0 };
            let height = percent((class.count as f64 / most).max(least));
            view! { <span class="latency-bar" style:height=height></span> }
        })
        .collect_view()
        .into_any()
}

fn highest(classes: &[LatencyClass]) -> u64 {
    classes.iter().map(|class| class.count).max().unwrap_or(0)
}

/// The lower end of an axis.
fn lowest(from_micros: u64) -> String {
    match from_micros {
        0 => "0".to_owned(),
        from => micros(from),
    }
}

/// Both bounds and round latencies between them.
fn axis(classes: &[LatencyClass]) -> AnyView {
    let ends = classes.first().zip(classes.last()).map(|(first, last)| {
        view! {
            <span class="latency-mark" data-end="from">{lowest(first.from_micros)}</span>
            <span class="latency-mark" data-end="to">{micros(last.to_micros)}</span>
        }
    });
    let marks = ticks::latency_marks(classes)
        .into_iter()
        .map(|(latency, place)| {
            view! {
                <span class="latency-mark" style:left=percent(place)>{micros(latency)}</span>
            }
        })
        .collect_view();
    view! {
        {ends}
        {marks}
    }
    .into_any()
}

/// How long one kind of request took.
#[component]
fn Latency(latency: Memo<Option<LatencyView>>) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<Div>::new();
    // The bar under the pointer, and the class that the keyboard's cursor is in by its lower bound:
    // others may come before it.
    let pointer = RwSignal::new(None::<usize>);
    let kept = RwSignal::new(None::<u64>);
    let is_told = RwSignal::new(false);
    let classes = Memo::new(move |_| {
        latency.with(|latency| {
            let classes = latency.as_ref().map(|latency| latency.classes.clone());
            classes.unwrap_or_default()
        })
    });
    let place = Memo::new(move |_| {
        let (pointer, kept) = (pointer.get(), kept.get());
        classes.with(|classes| match (pointer, kept) {
            (Some(index), _) => Some(index.min(classes.len().checked_sub(1)?)),
            (None, Some(from)) => {
                let after = classes.partition_point(|class| class.from_micros <= from);
                (!classes.is_empty()).then(|| after.saturating_sub(1))
            }
            (None, None) => None,
        })
    });
    let told = move || {
        let class = classes.with(|classes| classes.get(place.get()?).copied())?;
        let (from, to) = (micros(class.from_micros), micros(class.to_micros));
        let count = grouped(class.count);
        Some(if from == to {
            console.fill(words::LATENCY_CLASS_BELOW, &[&from, &count])
        } else {
            console.fill(words::LATENCY_CLASS, &[&from, &to, &count])
        })
    };
    let name = move || {
        latency.with(|latency| {
            let latency = latency.as_ref()?;
            let label = console.tell(&latency.label);
            Some(format!("{} {label}", arrow(latency.initiator)))
        })
    };
    let figures = move || {
        latency.with(|latency| {
            let latency = latency.as_ref()?;
            let (count, p50, p99, max) = (
                grouped(latency.count),
                micros(latency.p50_micros),
                micros(latency.p99_micros),
                micros(latency.max_micros),
            );
            Some(console.fill(words::LATENCY_FIGURES, &[&count, &p50, &p99, &max]))
        })
    };
    let described = move || Some(format!("{}: {}", name()?, figures()?));
    let line = move |of: fn(&LatencyView) -> u64| {
        live(move || {
            latency.with(|latency| {
                percent(latency.as_ref().map_or(0.0, |latency| {
                    ticks::place_of(&latency.classes, of(latency))
                }))
            })
        })
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let count = classes.with_untracked(Vec::len);
        let Some(step) = ticks::step(&event.key(), place.get_untracked(), count) else {
            return;
        };
        event.prevent_default();
        pointer.set(None);
        kept.set(match step {
            Step::To(index) => {
                classes.with_untracked(|classes| classes.get(index).map(|class| class.from_micros))
            }
            Step::Away => None,
        });
        is_told.set(step != Step::Away);
    };
    let on_move = move |event: web_sys::PointerEvent| {
        let Some(element) = node.get_untracked() else {
            return;
        };
        let (x, width) = (
            f64::from(event.offset_x()),
            f64::from(element.client_width()),
        );
        pointer.set(ticks::bar_under(x, width, classes.with_untracked(Vec::len)));
    };
    view! {
        <div
            class="latency"
            data-testid="latency"
            data-label=live(move || latency.with(|l| l.as_ref().map(|l| l.label.en.to_string())))
            data-count=live(move || latency.with(|l| l.as_ref().map(|l| l.count.to_string())))
        >
            <p class="latency-head">
                <strong class="latency-name">{live(name)}</strong>
                <span class="latency-class" data-testid="latency-class">
                    {live(move || {
                        told().unwrap_or_else(|| console.say(words::LATENCY_LINES).to_owned())
                    })}
                </span>
                <span class="latency-figures">{live(figures)}</span>
            </p>
            <div class="latency-plot">
                <span class="latency-counts" aria-hidden="true">
                    <span>{live(move || grouped(classes.with(|classes| highest(classes))))}</span>
                    <span>"0"</span>
                </span>
                <div
                    class="latency-bars"
                    // Arrow keys are its own, not a screen reader's.
                    role="application"
                    tabindex="0"
                    data-testid="latency-bars"
                    aria-label=live(described)
                    node_ref=node
                    on:keydown=on_key
                    on:blur=move |_| {
                        kept.set(None);
                        is_told.set(false);
                    }
                    on:pointermove=on_move
                    on:pointerleave=move |_| pointer.set(None)
                >
                    {part(move || classes.with(|classes| bars(classes)))}
                    <span class="latency-line" data-of="p50" style:left=line(|l| l.p50_micros)></span>
                    <span class="latency-line" data-of="p99" style:left=line(|l| l.p99_micros)></span>
                    <span
                        class="latency-hair"
                        hidden=live(move || place.get().is_none())
                        style:left=live(move || {
                            let bars = classes.with(Vec::len).max(1) as f64;
                            percent((place.get().unwrap_or(0) as f64 + 0.5) / bars)
                        })
                    ></span>
                </div>
                <div class="latency-axis" aria-hidden="true">
                    {part(move || classes.with(|classes| axis(classes)))}
                </div>
            </div>
            <span class="visually-hidden" role="status">
                {live(move || is_told.get().then(told).flatten())}
            </span>
        </div>
    }
    .into_any()
}

//! Numbers as pictures: values over time, and how long answers took. The engine has made the
//! columns; here they are drawn.

use std::fmt::Write as _;

use leptos::html::Div;
use leptos::prelude::*;

use crate::engine::seam::{
    ChartLine, ChartView, Direction, Jump, LatencyView, SeriesId, SeriesInfo,
};
use crate::ui::components::{live, observe_size, part};
use crate::ui::console::use_console;
use crate::ui::format::{grouped, micros, time_of_day};
use crate::ui::i18n::{Phrase, words};
use crate::ui::panels::registry::CHARTS;

/// How far back a picture may reach.
const SPANS: [(&str, Option<u64>, Phrase); 4] = [
    ("all", None, words::CHART_ALL),
    ("hour", Some(3_600_000), words::CHART_HOUR),
    ("minutes", Some(600_000), words::CHART_MINUTES),
    ("minute", Some(60_000), words::CHART_MINUTE),
];

const fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "↑",
        Direction::Down => "↓",
    }
}

/// A value with at most seven digits that say something.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e9).contains(&size) {
        return format!("{value:.4e}");
    }
    let digits = if size >= 1000.0 { 2 } else { 5 };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Radius of the dot that stands for a single value, in CSS pixels.
const DOT: f64 = 3.0;

/// The line as an SVG path in a box of `width` by `height`.
fn path(line: &ChartLine, height: f64) -> String {
    let span = line.max - line.min;
    let y = |value: f64| {
        let part = if span > 0.0 {
            (value - line.min) / span
        } else {
            0.5
        };
        // Room for the stroke at the edges.
        2.0 + (1.0 - part) * (height - 4.0)
    };
    let mut text = String::new();
    for (index, column) in line.columns.iter().enumerate() {
        let x = f64::from(column.column) + 0.5;
        let command = if index == 0 { 'M' } else { 'L' };
        // A dot at the edge would be cut in half.
        let x = if line.columns.len() == 1 {
            x.max(DOT)
        } else {
            x
        };
        // Writing to a string does not fail.
        let _ = write!(text, "{command}{x:.1} {:.1}", y(column.first));
        if column.min < column.max {
            let (low, high, last) = (y(column.min), y(column.max), y(column.last));
            let _ = write!(text, "V{low:.1}V{high:.1}V{last:.1}");
        }
    }
    // A single value is a dot: a line of no length with round ends.
    if line.columns.len() == 1 {
        text.push_str("h0.01");
    }
    text
}

/// The panel.
#[component]
pub fn Charts() -> impl IntoView {
    let console = use_console();
    let charts = console.device.looking.charts;
    let node = NodeRef::<Div>::new();
    let size = observe_size(node);
    let chosen = RwSignal::new(Vec::<SeriesId>::new());
    let span = RwSignal::new(0_usize);
    let shown = Memo::new(move |_| {
        console
            .settings
            .with(|settings| settings.dock_panel == CHARTS && !settings.dock_folded)
    });
    let wanted = Memo::new(move |_| ChartView {
        series: chosen.get(),
        columns: (size.get().width as u32).clamp(2, ChartView::MAX_COLUMNS),
        span_ms: SPANS.get(span.get()).and_then(|(_, span, _)| *span),
    });
    Effect::new(move |_| console.show_charts(shown.get().then(|| wanted.get())));
    on_cleanup(move || console.show_charts(None));

    let series = Memo::new(move |_| charts.with(|charts| charts.series.clone()));
    let listed = Memo::new(move |_| {
        series.with(|series| series.iter().map(|info| info.id).collect::<Vec<_>>())
    });
    let lines = Memo::new(move |_| charts.with(|charts| charts.lines.clone()));
    let drawn =
        move |id: SeriesId| lines.with(|lines| lines.iter().position(|line| line.series == id));
    let toggle = move |id: SeriesId| {
        let now: Vec<SeriesId> =
            lines.with_untracked(|lines| lines.iter().map(|line| line.series).collect());
        chosen.set(if now.contains(&id) {
            now.into_iter().filter(|known| *known != id).collect()
        } else {
            let mut more = now;
            more.push(id);
            let excess = more.len().saturating_sub(ChartView::MAX_LINES);
            more.drain(..excess);
            more
        });
    };
    let described = move || {
        lines.with(|lines| {
            let name = |line: &ChartLine| {
                series.with(|series| {
                    let info = series.iter().find(|info| info.id == line.series)?;
                    let values = [
                        info.name.clone(),
                        info.count.to_string(),
                        number(line.min),
                        number(line.max),
                        number(info.last),
                    ];
                    let values: Vec<&str> = values.iter().map(String::as_str).collect();
                    Some(console.fill(words::CHART_DESCRIBED, &values))
                })
            };
            lines.iter().filter_map(name).collect::<Vec<_>>().join("; ")
        })
    };
    // A picture without lines has a name too.
    let description = move || {
        let described = described();
        if described.is_empty() {
            console.say(words::CHARTS).to_owned()
        } else {
            described
        }
    };
    let on_click = move |event: web_sys::MouseEvent| {
        let x = f64::from(event.offset_x());
        let nearest = lines.with_untracked(|lines| {
            let columns = lines.iter().flat_map(|line| &line.columns);
            columns
                .min_by(|a, b| {
                    let far = |column: u32| (f64::from(column) - x).abs();
                    far(a.column).total_cmp(&far(b.column))
                })
                .map(|column| column.frame)
        });
        if let Some(frame) = nearest {
            console.jump(Jump::Frame(frame));
        }
    };
    let offset = console.utc_offset_minutes;
    let edge = move |right: bool| {
        charts.with(|charts| {
            let at = if right { charts.to } else { charts.from };
            (!charts.lines.is_empty()).then(|| time_of_day(at, offset))
        })
    };
    view! {
        <div class="charts">
            <div class="charts-list" role="group" aria-label=live(move || console.say(words::CHART_SERIES))>
                <p class="empty" hidden=live(move || !listed.with(Vec::is_empty))>
                    {live(move || console.say(words::CHART_EMPTY))}
                </p>
                <For
                    each=move || listed.get()
                    key=|id| *id
                    children=move |id| {
                        let info = Memo::new(move |_| {
                            series.with(|series| series.iter().find(|info| info.id == id).cloned())
                        });
                        view! { <Series info=info place=live(move || drawn(id)) on_toggle=Callback::new(move |()| toggle(id)) /> }
                    }
                />
                <p class="field-note" hidden=live(move || charts.with(|c| c.unlisted == 0))>
                    {live(move || {
                        console.fill(words::CHART_UNLISTED, &[&grouped(charts.with(|c| c.unlisted))])
                    })}
                </p>
            </div>
            <div class="charts-picture">
                <div class="charts-bar">
                    <select
                        class="input charts-span"
                        data-testid="chart-span"
                        aria-label=live(move || console.say(words::CHART_SPAN))
                        on:change=move |event| {
                            let key = event_target_value(&event);
                            span.set(SPANS.iter().position(|(known, ..)| *known == key).unwrap_or(0));
                        }
                    >
                        {SPANS
                            .iter()
                            .map(|(key, _, phrase)| {
                                view! {
                                    <option value=*key>{live(move || console.say(*phrase))}</option>
                                }
                            })
                            .collect_view()}
                    </select>
                    <span class="charts-unread" hidden=live(move || charts.with(|c| c.unread == 0))>
                        {live(move || {
                            console.fill(words::CHART_UNREAD, &[&grouped(charts.with(|c| c.unread))])
                        })}
                    </span>
                </div>
                <div
                    class="charts-box"
                    role="img"
                    data-testid="chart"
                    data-lines=live(move || lines.with(Vec::len).to_string())
                    aria-label=description
                    node_ref=node
                    on:click=on_click
                >
                    {part(move || {
                        let box_size = size.get();
                        lines
                            .get()
                            .into_iter()
                            .enumerate()
                            .map(|(index, line)| {
                                view! {
                                    <svg
                                        class="charts-line"
                                        data-line=index.to_string()
                                        data-dot=(line.columns.len() == 1).then_some("")
                                        aria-hidden="true"
                                        width=box_size.width.to_string()
                                        height=box_size.height.to_string()
                                    >
                                        <path d=path(&line, box_size.height) />
                                    </svg>
                                }
                            })
                            .collect_view()
                    })}
                    <span class="charts-max">
                        {live(move || lines.with(|lines| match lines.as_slice() {
                            [line] => number(line.max),
                            _ => String::new(),
                        }))}
                    </span>
                    <span class="charts-min">
                        {live(move || lines.with(|lines| match lines.as_slice() {
                            // A line without height has its one value above it.
                            [line] if line.min < line.max => number(line.min),
                            _ => String::new(),
                        }))}
                    </span>
                </div>
                <div class="charts-axis">
                    <span>{live(move || edge(false))}</span>
                    <span hidden=live(move || lines.with(|lines| lines.len() < 2))>
                        {live(move || console.say(words::CHART_SCALES))}
                    </span>
                    <span>{live(move || edge(true))}</span>
                </div>
            </div>
            <div class="charts-latencies" role="group" tabindex="0" aria-label=live(move || console.say(words::LATENCIES))>
                <h3 class="section-title">{live(move || console.say(words::LATENCIES))}</h3>
                <p class="field-note" hidden=live(move || charts.with(|c| !c.latencies.is_empty()))>
                    {live(move || console.say(words::LATENCIES_EMPTY))}
                </p>
                {part(move || {
                    let latencies = charts.with(|charts| charts.latencies.clone());
                    latencies
                        .into_iter()
                        .map(|latency| view! { <Latency latency=latency /> })
                        .collect_view()
                })}
            </div>
        </div>
    }
    .into_any()
}

/// One number that can be drawn: its name, its newest value, and whether it is drawn.
#[component]
fn Series(
    info: Memo<Option<SeriesInfo>>,
    place: Signal<Option<usize>>,
    on_toggle: Callback<()>,
) -> impl IntoView {
    let name = move || {
        info.with(|info| {
            let info = info.as_ref()?;
            Some(format!("{} {}", arrow(info.direction), info.name))
        })
    };
    view! {
        <button
            type="button"
            class="charts-series"
            data-testid="chart-series"
            data-name=live(move || info.with(|info| info.as_ref().map(|info| info.name.clone())))
            data-count=live(move || info.with(|info| info.as_ref().map(|info| info.count.to_string())))
            data-line=live(move || place.get().map(|place| place.to_string()))
            aria-pressed=live(move || place.get().is_some().to_string())
            title=live(name)
            on:click=move |_| on_toggle.run(())
        >
            <span class="charts-key" aria-hidden="true"></span>
            <span class="charts-name">{live(name)}</span>
            <span class="charts-value">
                {live(move || info.with(|info| info.as_ref().map(|info| number(info.last))))}
            </span>
        </button>
    }
    .into_any()
}

/// How long one kind of request took.
#[component]
fn Latency(latency: LatencyView) -> impl IntoView {
    let console = use_console();
    let most = latency
        .classes
        .iter()
        .map(|class| class.count)
        .max()
        .unwrap_or(1)
        .max(1);
    let (count, p50, p99, max) = (
        grouped(latency.count),
        micros(latency.p50_micros),
        micros(latency.p99_micros),
        micros(latency.max_micros),
    );
    let label = latency.label.clone();
    let figures = live(move || console.fill(words::LATENCY_FIGURES, &[&count, &p50, &p99, &max]));
    let bars = latency
        .classes
        .iter()
        .map(|class| {
            let height = (class.count as f64 / most as f64 * 100.0).max(if class.count > 0 {
                4.0
            } else {
                0.0
            });
            let title = format!(
                "{}–{}: {}",
                micros(class.from_micros),
                micros(class.to_micros),
                grouped(class.count)
            );
            view! {
                <span class="latency-bar" title=title style:height=format!("{height:.0}%")></span>
            }
        })
        .collect_view();
    view! {
        <div class="latency" data-testid="latency" data-label=latency.label.en.to_string() data-count=latency.count.to_string()>
            <p class="latency-head">
                <strong>
                    {arrow(latency.initiator)} " " {live(move || console.tell(&label))}
                </strong>
                <span class="latency-figures">{figures}</span>
            </p>
            <div class="latency-bars" role="img" aria-label=figures>
                {bars}
            </div>
        </div>
    }
    .into_any()
}

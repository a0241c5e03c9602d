//! Numbers as pictures: values over time, and beside them how long answers took. The engine has made
//! the columns; here they are drawn and read off.

use std::fmt::Write as _;

use leptos::html::Div;
use leptos::prelude::*;

use crate::engine::seam::{
    ChartColumn, ChartLine, ChartView, Direction, Jump, SeriesId, SeriesInfo, UnixMillis,
};
use crate::ui::components::{live, observe_size, part};
use crate::ui::console::use_console;
use crate::ui::format::{date, grouped, marked, number, second_of_day, time_of_day};
use crate::ui::i18n::{Phrase, words};
use crate::ui::panels::latency::Latencies;
use crate::ui::panels::registry::CHARTS;
use crate::ui::ticks::{self, Columns, Moments, Reading, Scale, Step};

/// How far back a picture may reach.
const SPANS: [(&str, Option<u64>, Phrase); 4] = [
    ("all", None, words::CHART_ALL),
    ("hour", Some(3_600_000), words::CHART_HOUR),
    ("minutes", Some(600_000), words::CHART_MINUTES),
    ("minute", Some(60_000), words::CHART_MINUTE),
];

/// Which way a message goes.
pub(super) const fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "↑",
        Direction::Down => "↓",
    }
}

/// Radius of the dot that stands for a single value, in CSS pixels.
const DOT: f64 = 3.0;

/// How wide the label of a moment is at most, with room beside it, in CSS pixels.
const MOMENT: f64 = 140.0;

/// How far down a value is in a picture of this height.
fn y_of(scale: &Scale, value: f64, height: f64) -> f64 {
    // Room for the stroke at the edges.
    2.0 + (1.0 - scale.part(value)) * (height - 4.0)
}

/// The line as an SVG path in a picture of this height.
fn path(line: &ChartLine, scale: &Scale, columns: Columns, height: f64) -> String {
    let y = |value: f64| y_of(scale, value, height);
    let mut text = String::new();
    for (index, column) in line.columns.iter().enumerate() {
        let x = columns.x(f64::from(column.column));
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

/// Lines across the picture at heights, and short ones at its foot.
fn grid(heights: &[f64], moments: &[f64], width: f64, height: f64) -> String {
    let mut text = String::new();
    // In the middle of a pixel a line is as thin as it can be.
    let sharp = |at: f64| at.floor() + 0.5;
    for y in heights {
        let _ = write!(text, "M0 {:.1}H{width:.1}", sharp(*y));
    }
    for x in moments {
        let _ = write!(text, "M{:.1} {height:.1}v-5", sharp(*x));
    }
    text
}

/// Where the label of a moment begins: in the middle under it, but within the picture.
fn under(x: f64, label: &str) -> String {
    let wide = label.chars().count();
    let half = wide as f64 / 2.0;
    format!("clamp(0px, calc({x:.1}px - {half}ch), calc(100% - {wide}ch))")
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
    let columns = Memo::new(move |_| Columns::across(size.get().width, ChartView::MAX_COLUMNS));
    let wanted = Memo::new(move |_| ChartView {
        series: chosen.get(),
        columns: columns.get().count,
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
            format!("{described}. {}", console.say(words::CHART_HELP))
        }
    };
    let offset = console.utc_offset_minutes;

    // One line has an axis of round values; several have each their own scale.
    let scales = Memo::new(move |_| {
        lines.with(|lines| match lines.as_slice() {
            [line] => vec![Scale::round(line.min, line.max)],
            lines => lines
                .iter()
                .map(|line| Scale::tight(line.min, line.max))
                .collect(),
        })
    });
    let values = Memo::new(move |_| {
        let height = size.get().height;
        scales.with(|scales| {
            let mut values = Vec::new();
            for scale in scales {
                for value in &scale.marks {
                    values.push((y_of(scale, *value, height), marked(*value, scale.step)));
                }
            }
            values
        })
    });
    let moments = Memo::new(move |_| {
        let columns = columns.get();
        let most = (columns.width / MOMENT).clamp(1.0, 8.0) as usize;
        charts.with(|charts| {
            if charts.lines.is_empty() {
                return Vec::new();
            }
            let Moments { step, at } = ticks::moments(charts.from, charts.to, most, offset);
            let label = |at: UnixMillis| match step {
                ..1000 => time_of_day(at, offset),
                1000..ticks::DAY => second_of_day(at, offset),
                _ => date(at, offset),
            };
            let x = |at: UnixMillis| columns.x_of(at, charts.from, charts.to);
            at.into_iter()
                .map(|at| (x(at), label(at)))
                .collect::<Vec<_>>()
        })
    });

    // The pointer is at a place, the keyboard's cursor at a moment, which moves as values come.
    let pointer = RwSignal::new(None::<f64>);
    let kept = RwSignal::new(None::<UnixMillis>);
    let told = RwSignal::new(None::<Reading>);
    let reading = Memo::new(move |_| {
        let (pointer, kept) = (pointer.get(), kept.get());
        lines.with(|lines| {
            let column = match (pointer, kept) {
                (Some(x), _) => ticks::nearest(lines, columns.get().under(x)),
                (None, Some(at)) => ticks::nearest_moment(lines, at),
                (None, None) => None,
            };
            ticks::reading(lines, column?)
        })
    });
    let name_of = move |id: SeriesId| {
        series.with(|series| {
            let info = series.iter().find(|info| info.id == id);
            info.map_or_else(String::new, |info| {
                format!("{} {}", arrow(info.direction), info.name)
            })
        })
    };
    let value_of = move |column: Option<ChartColumn>| match column {
        Some(column) if column.min < column.max => {
            let (min, max) = (number(column.min), number(column.max));
            console.fill(words::CHART_COLUMN, &[&min, &max, &grouped(column.count)])
        }
        Some(column) => number(column.last),
        None => "–".to_owned(),
    };
    // The names and values of a reading, in the order of the lines.
    let read = move |reading: &Reading| {
        lines.with(|lines| {
            let values = lines.iter().zip(&reading.values);
            values
                .map(|(line, value)| (name_of(line.series), value_of(*value)))
                .collect::<Vec<_>>()
        })
    };
    let moment = move |reading: &Reading| {
        let time = time_of_day(reading.at, offset);
        let days = charts.with(|charts| [charts.from, charts.to].map(|at| date(at, offset)));
        match days {
            [from, to] if from == to => time,
            _ => format!("{} {time}", date(reading.at, offset)),
        }
    };
    let said = move || {
        told.with(|told| {
            let told = told.as_ref()?;
            let values = read(told);
            let values = values.iter().map(|(name, value)| format!("{name} {value}"));
            let all = std::iter::once(moment(told)).chain(values);
            Some(all.collect::<Vec<_>>().join(", "))
        })
    };
    // Without a cursor, between which values each line runs: an axis says it of a single one.
    let rest = move || {
        let spread = |line: &ChartLine| {
            let (min, max) = (number(line.min), number(line.max));
            let values = console.fill(words::CHART_SPREAD, &[&min, &max]);
            (name_of(line.series), values)
        };
        let spreads = lines.with(|lines| match lines.as_slice() {
            [] | [_] => Vec::new(),
            lines => lines.iter().map(spread).collect(),
        });
        let note = (!spreads.is_empty()).then(|| console.say(words::CHART_SCALES));
        view! {
            <span class="charts-scales" hidden=note.is_none()>{note}</span>
            {readings(spreads)}
        }
    };
    let show_row = move || {
        if let Some(frame) = reading.with_untracked(|at| at.as_ref().map(|at| at.frame)) {
            console.jump(Jump::Frame(frame));
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        if event.key() == "Enter" {
            event.prevent_default();
            return show_row();
        }
        let places = lines.with_untracked(|lines| ticks::places(lines));
        let at = reading.with_untracked(|at| at.as_ref().map(|at| at.column));
        let at = at.and_then(|column| places.binary_search(&column).ok());
        let Some(step) = ticks::step(&event.key(), at, places.len()) else {
            return;
        };
        event.prevent_default();
        let next = match step {
            Step::To(index) => places
                .get(index)
                .and_then(|column| lines.with_untracked(|lines| ticks::reading(lines, *column))),
            Step::Away => None,
        };
        pointer.set(None);
        kept.set(next.as_ref().map(|next| next.at));
        told.set(next);
    };
    let on_click = move |event: web_sys::MouseEvent| {
        pointer.set(Some(f64::from(event.offset_x())));
        show_row();
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
                    <p class="charts-readout" data-testid="chart-readout">
                        {part(move || match reading.get() {
                            Some(reading) => {
                                view! {
                                    <span class="charts-at" data-testid="chart-at">
                                        {moment(&reading)}
                                    </span>
                                    {readings(read(&reading))}
                                }
                                    .into_any()
                            }
                            None => rest().into_any(),
                        })}
                    </p>
                    <span class="charts-unread" hidden=live(move || charts.with(|c| c.unread == 0))>
                        {live(move || {
                            console.fill(words::CHART_UNREAD, &[&grouped(charts.with(|c| c.unread))])
                        })}
                    </span>
                </div>
                <div class="charts-plot">
                    <div
                        class="charts-marks"
                        aria-hidden="true"
                        style:width=live(move || {
                            let wide = |(_, label): &(f64, String)| label.chars().count();
                            format!("{}ch", values.with(|values| values.iter().map(wide).max().unwrap_or(0)))
                        })
                    >
                        {part(move || {
                            values
                                .get()
                                .into_iter()
                                .map(|(y, label)| {
                                    view! {
                                        <span class="charts-mark" style:top=format!("{y:.1}px")>{label}</span>
                                    }
                                })
                                .collect_view()
                        })}
                    </div>
                    <div
                        class="charts-box"
                        // Arrow keys are its own, not a screen reader's.
                        role="application"
                        tabindex="0"
                        data-testid="chart"
                        data-lines=live(move || lines.with(Vec::len).to_string())
                        aria-label=description
                        node_ref=node
                        on:click=on_click
                        on:keydown=on_key
                        on:blur=move |_| {
                            kept.set(None);
                            told.set(None);
                        }
                        on:pointermove=move |event: web_sys::PointerEvent| {
                            pointer.set(Some(f64::from(event.offset_x())));
                        }
                        on:pointerleave=move |_| pointer.set(None)
                    >
                        {part(move || {
                            let box_size = size.get();
                            let heights: Vec<f64> =
                                values.with(|values| values.iter().map(|(y, _)| *y).collect());
                            let feet: Vec<f64> =
                                moments.with(|moments| moments.iter().map(|(x, _)| *x).collect());
                            view! {
                                <svg
                                    class="charts-grid"
                                    aria-hidden="true"
                                    width=box_size.width.to_string()
                                    height=box_size.height.to_string()
                                >
                                    <path d=grid(&heights, &feet, box_size.width, box_size.height) />
                                </svg>
                            }
                        })}
                        {part(move || {
                            let (box_size, columns) = (size.get(), columns.get());
                            lines
                                .get()
                                .into_iter()
                                .zip(scales.get())
                                .enumerate()
                                .map(|(index, (line, scale))| {
                                    view! {
                                        <svg
                                            class="charts-line"
                                            data-line=index.to_string()
                                            data-dot=(line.columns.len() == 1).then_some("")
                                            aria-hidden="true"
                                            width=box_size.width.to_string()
                                            height=box_size.height.to_string()
                                        >
                                            <path d=path(&line, &scale, columns, box_size.height) />
                                        </svg>
                                    }
                                })
                                .collect_view()
                        })}
                        <span
                            class="charts-hair"
                            hidden=live(move || reading.with(Option::is_none))
                            style:left=live(move || {
                                let column = reading.with(|at| at.as_ref().map_or(0, |at| at.column));
                                format!("{:.1}px", columns.get().x(f64::from(column)))
                            })
                        ></span>
                    </div>
                    <div class="charts-axis" aria-hidden="true">
                        {part(move || {
                            moments
                                .get()
                                .into_iter()
                                .map(|(x, label)| {
                                    let left = under(x, &label);
                                    view! {
                                        <span class="charts-moment" style:left=left>{label}</span>
                                    }
                                })
                                .collect_view()
                        })}
                    </div>
                </div>
                <span class="visually-hidden" role="status" data-testid="chart-said">
                    {live(said)}
                </span>
            </div>
            <Latencies />
        </div>
    }
    .into_any()
}

/// What each line says, in the order of the lines.
fn readings(read: Vec<(String, String)>) -> AnyView {
    read.into_iter()
        .enumerate()
        .map(|(index, (name, value))| {
            view! {
                <span class="charts-reading" data-testid="chart-reading" data-line=index.to_string()>
                    <span class="charts-key" aria-hidden="true"></span>
                    <span class="charts-name">{name}</span>
                    <span class="charts-value">{value}</span>
                </span>
            }
        })
        .collect_view()
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

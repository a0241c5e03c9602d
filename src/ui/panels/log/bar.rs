//! The log's title row, and the tools that unfold under it: jump to a time, marks, limits.

use leptos::prelude::*;

use super::Side;
use crate::engine::seam::{ExportFormat, Jump, LogLimits, UnixMillis};
use crate::ui::components::{Choose, Progress, live};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{grouped, size};
use crate::ui::i18n::words;

/// What the title row needs of the list.
#[derive(Clone, Copy)]
pub struct Following {
    /// Whether the newest rows are shown.
    pub on: RwSignal<bool>,
    /// Goes to the newest rows.
    pub resume: Callback<()>,
}

/// The title row.
#[component]
pub fn Bar(side: Side, following: Following, tools: RwSignal<bool>) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let count = move |read: fn(&crate::engine::seam::LogWindow) -> u64| {
        Memo::new(move |_| device.log.with(|log| read(log)))
    };
    let total = count(|log| log.total);
    let kept = count(|log| log.kept);
    let dropped = count(|log| log.dropped);
    let held = count(|log| log.held);
    let unsearched = count(|log| log.unsearched);
    let name = Memo::new(move |_| console.title());
    let totals = move || {
        if unsearched.get() > 0 {
            let searched = grouped(kept.get().saturating_sub(unsearched.get()));
            let values = [&grouped(total.get()), &searched, &grouped(kept.get())];
            return console.fill(words::LOG_SEARCHING, &values.map(String::as_str));
        }
        if total.get() == kept.get() {
            let phrase = match total.get() {
                1 => words::LOG_TOTAL_ONE,
                _ => words::LOG_TOTAL,
            };
            return console.fill(phrase, &[&grouped(total.get())]);
        }
        console.fill(
            words::LOG_MATCHING,
            &[&grouped(total.get()), &grouped(kept.get())],
        )
    };
    view! {
        <div class="panel-title log-bar">
            <h2 id=side.id("log-title") class="log-title">
                {live(move || match side {
                    Side::Main => console.say(words::LOG).to_owned(),
                    Side::Beside => console.fill(words::BESIDE, &[&name.get()]),
                })}
            </h2>
            <span
                class="log-total"
                data-testid="log-total"
                data-count=live(move || total.get().to_string())
                data-kept=live(move || kept.get().to_string())
                data-searching=live(move || (unsearched.get() > 0).to_string())
                title=live(move || {
                    let bytes = size(device.log.with(|log| log.bytes));
                    console.fill(words::LOG_KEPT, &[&grouped(kept.get()), &bytes])
                })
            >
                {live(totals)}
            </span>
            <span
                class="log-dropped"
                data-testid="log-dropped"
                data-count=live(move || dropped.get().to_string())
                hidden=live(move || dropped.get() == 0)
            >
                {live(move || console.fill(words::LOG_DROPPED, &[&grouped(dropped.get())]))}
            </span>
            <span
                class="log-held"
                data-testid="log-held"
                data-count=live(move || held.get().to_string())
                hidden=live(move || held.get() == 0)
            >
                {live(move || console.fill(words::LOG_HELD, &[&grouped(held.get())]))}
            </span>
            <span class="top-bar-space"></span>
            <button
                type="button"
                class="button-quiet"
                data-testid="log-pause"
                aria-pressed=live(move || device.looking.paused.get().to_string())
                title=live(move || console.say(words::LOG_PAUSE_HELP))
                on:click=move |_| console.toggle_pause()
            >
                {live(move || console.say(words::LOG_PAUSE))}
            </button>
            <button
                type="button"
                class="button-quiet"
                data-testid="log-follow"
                aria-pressed=live(move || following.on.get().to_string())
                title=live(move || console.say(words::LOG_FOLLOW_HELP))
                on:click=move |_| {
                    if following.on.get_untracked() {
                        following.on.set(false);
                    } else {
                        following.resume.run(());
                    }
                }
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
            <button
                type="button"
                class="button-quiet"
                data-testid="log-tools"
                aria-expanded=live(move || tools.get().to_string())
                aria-controls=side.id("log-tools")
                on:click=move |_| tools.update(|open| *open = !*open)
            >
                {live(move || console.say(words::LOG_TOOLS))}
            </button>
            {(side == Side::Beside)
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button-quiet"
                            data-testid="beside-go"
                            title=live(move || console.say(words::BESIDE_GO))
                            on:click=move |_| console.show_device_panels(device.id)
                        >
                            <span class="log-go-words">
                                {live(move || console.say(words::BESIDE_GO))}
                            </span>
                            <span class="log-go-sign" aria-hidden="true">"→"</span>
                        </button>
                        <button
                            type="button"
                            class="button-quiet"
                            data-testid="beside-close"
                            aria-label=live(move || console.say(words::BESIDE_CLOSE))
                            title=live(move || console.say(words::BESIDE_CLOSE))
                            on:click=move |_| {
                                console.set_beside(None);
                                super::focus("log");
                            }
                        >
                            "×"
                        </button>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The tools under the title row.
#[component]
pub fn Tools(side: Side, open: RwSignal<bool>) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let time = RwSignal::new(String::new());
    let marks = Memo::new(move |_| device.log.with(|log| log.marks));
    let go = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(at) = time.with_untracked(|text| time_typed(console, text)) {
            console.jump(Jump::Time(at));
        }
    };
    let limit = move |read: fn(&LogLimits) -> u32, set: fn(&mut LogLimits, u32)| {
        move |event: web_sys::Event| {
            let field: web_sys::HtmlInputElement = event_target(&event);
            if let Ok(value) = field.value().parse() {
                let mut limits = console.limits();
                set(&mut limits, value);
                console.set_limits(limits);
            }
            // What cannot be had would stay written where the nearest that can is what was before.
            field.set_value(&read(&console.limits()).to_string());
        }
    };
    let set_rows = limit(|limits| limits.rows, |limits, value| limits.rows = value);
    let set_mebibytes = limit(
        |limits| limits.mebibytes,
        |limits, value| limits.mebibytes = value,
    );
    let limits = move || {
        console.settings.track();
        console.limits()
    };
    view! {
        <div class="log-tools" id=side.id("log-tools") hidden=live(move || !open.get())>
            <form class="log-tool" on:submit=go>
                <label class="log-tool-label" for=side.id("log-time")>
                    {live(move || console.say(words::LOG_TIME))}
                </label>
                <input
                    type="text"
                    class="input log-time-input"
                    id=side.id("log-time")
                    data-testid="log-time-input"
                    placeholder="10:32:07"
                    spellcheck="false"
                    autocomplete="off"
                    prop:value=time
                    aria-invalid=live(move || {
                        time.with(|text| !text.is_empty() && millis_of_day(text).is_none()).to_string()
                    })
                    on:input=move |event| time.set(event_target_value(&event))
                />
                <button type="submit" class="button-quiet" data-testid="log-time-go">
                    {live(move || console.say(words::LOG_GO))}
                </button>
            </form>
            <div class="log-tool" role="group" aria-label=live(move || console.say(words::LOG_MARKS))>
                <span class="log-tool-label" data-testid="log-marks" data-count=live(move || marks.get().to_string())>
                    {live(move || console.fill(words::LOG_MARKED, &[&marks.get().to_string()]))}
                </span>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="log-mark"
                    disabled=live(move || device.selected.get().is_none())
                    on:click=move |_| {
                        if let Some(frame) = device.selected.get_untracked() {
                            console.toggle_mark(frame);
                        }
                    }
                >
                    {live(move || console.say(words::LOG_MARK))}
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="log-mark-previous"
                    disabled=live(move || marks.get() == 0)
                    aria-label=live(move || console.say(words::LOG_MARK_PREVIOUS))
                    on:click=move |_| console.jump(Jump::PreviousMark)
                >
                    "↑"
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="log-mark-next"
                    disabled=live(move || marks.get() == 0)
                    aria-label=live(move || console.say(words::LOG_MARK_NEXT))
                    on:click=move |_| console.jump(Jump::NextMark)
                >
                    "↓"
                </button>
            </div>
            <div class="log-tool" role="group" aria-label=live(move || console.say(words::LOG_LIMITS))>
                <label class="log-tool-label" for=side.id("log-limit-rows")>
                    {live(move || console.say(words::LOG_LIMIT_ROWS))}
                </label>
                <input
                    type="number"
                    class="input log-limit-input"
                    id=side.id("log-limit-rows")
                    data-testid="log-limit-rows"
                    min=LogLimits::ROWS.0.to_string()
                    max=LogLimits::ROWS.1.to_string()
                    prop:value=live(move || limits().rows.to_string())
                    on:change=set_rows
                />
                <label class="log-tool-label" for=side.id("log-limit-bytes")>
                    "MiB"
                </label>
                <input
                    type="number"
                    class="input log-limit-input"
                    id=side.id("log-limit-bytes")
                    data-testid="log-limit-bytes"
                    min=LogLimits::MEBIBYTES.0.to_string()
                    max=LogLimits::MEBIBYTES.1.to_string()
                    prop:value=live(move || limits().mebibytes.to_string())
                    on:change=set_mebibytes
                />
                <span
                    class="log-tool-label"
                    data-testid="engine-memory"
                    data-bytes=live(move || console.engine_memory.get().to_string())
                    hidden=live(move || console.engine_memory.get() == 0)
                >
                    {live(move || {
                        console.fill(words::ENGINE_MEMORY, &[&size(console.engine_memory.get())])
                    })}
                </span>
            </div>
            <ExportTool side=side />
        </div>
    }
    .into_any()
}

/// The log as a file: in which form, how far it is, and giving it up.
#[component]
fn ExportTool(side: Side) -> impl IntoView {
    let console = use_console();
    let running = console.device.looking.export;
    let format = RwSignal::new(ExportFormat::default());
    let secrets = RwSignal::new(false);
    let empty = Memo::new(move |_| console.device.log.with(|log| log.kept == 0));
    let name = |format: ExportFormat| match format {
        ExportFormat::Pcap => "pcap",
        ExportFormat::JsonLines => "json",
    };
    let formats = Signal::derive(move || {
        vec![
            (
                "pcap".to_owned(),
                console.say(words::LOG_EXPORT_PCAP).to_owned(),
            ),
            (
                "json".to_owned(),
                console.say(words::LOG_EXPORT_LINES).to_owned(),
            ),
        ]
    });
    let progress = move || {
        running.get().map(|(done, total)| {
            console.fill(words::LOG_EXPORTING, &[&grouped(done), &grouped(total)])
        })
    };
    view! {
        <div class="log-tool" role="group" aria-label=live(move || console.say(words::LOG_EXPORT))>
            <Choose
                id=side.id("log-export-format")
                label=Signal::derive(move || console.say(words::LOG_EXPORT_FORMAT).to_owned())
                options=formats
                value=Signal::derive(move || name(format.get()).to_owned())
                on_change=move |chosen: String| {
                    let all = [ExportFormat::Pcap, ExportFormat::JsonLines];
                    let found = all.into_iter().find(|format| name(*format) == chosen);
                    format.set(found.unwrap_or_default());
                }
            />
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="log-export-secrets"
                    prop:checked=secrets
                    on:change=move |event| secrets.set(event_target_checked(&event))
                />
                {live(move || console.say(words::LOG_EXPORT_SECRETS))}
            </label>
            <button
                type="button"
                class="button-quiet"
                id=side.id("log-export")
                data-testid="log-export"
                title=live(move || console.say(words::LOG_EXPORT_HELP))
                aria-disabled=live(move || {
                    (empty.get() || running.with(Option::is_some)).then_some("true")
                })
                on:click=move |_| {
                    if !empty.get_untracked() && running.with_untracked(Option::is_none) {
                        console.export_log(format.get_untracked(), secrets.get_untracked());
                    }
                }
            >
                {live(move || console.say(words::LOG_EXPORT))}
            </button>
            <Progress
                id="log-exporting"
                label=words::LOG_EXPORT
                done=running
                text=Signal::derive(progress)
                on_cancel=Callback::new(move |()| console.cancel_export())
                then=format!("#{}", side.id("log-export"))
            />
        </div>
    }
    .into_any()
}

/// Milliseconds since midnight in `10:32`, `10:32:07` or `10:32:07.418`.
fn millis_of_day(text: &str) -> Option<i64> {
    let mut parts = text.trim().split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let in_range = (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0.0..60.0).contains(&seconds)
        && parts.next().is_none();
    in_range.then(|| hours * 3_600_000 + minutes * 60_000 + (seconds * 1000.0).round() as i64)
}

/// The moment meant by a time of day: on the day of the row in view, in the reader's time zone.
fn time_typed(console: Console, text: &str) -> Option<UnixMillis> {
    const DAY: i64 = 86_400_000;
    let of_day = millis_of_day(text)?;
    let shown = console
        .device
        .log
        .with_untracked(|log| log.rows.first().map(|row| row.at))?;
    let offset = i64::from(console.utc_offset_minutes) * 60_000;
    let midnight = (shown.0 + offset).div_euclid(DAY) * DAY - offset;
    Some(UnixMillis(midnight + of_day))
}

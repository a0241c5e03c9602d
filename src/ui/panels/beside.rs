//! The newest rows of another device's log, beside the log of the device in view.

use leptos::prelude::*;

use crate::engine::seam::{Direction, LogEntry, LogRow};
use crate::ui::components::{SeverityMark, live, part};
use crate::ui::console::{Device, use_console};
use crate::ui::format::time_of_day;
use crate::ui::i18n::words;

/// How many rows are shown.
const ROWS: u32 = 60;

/// The panel; nothing where no device stands beside.
#[component]
pub fn Beside() -> impl IntoView {
    let console = use_console();
    part(move || {
        let id = console.beside.get()?;
        let device = console.device_of(id)?;
        console.of(device).watch(ROWS);
        Some(view! { <Panel device=device /> })
    })
}

#[component]
fn Panel(device: Device) -> impl IntoView {
    let console = use_console();
    let name = Memo::new(move |_| {
        let catalogue = console.catalogue.get();
        device.workspace.with(|w| w.title(&catalogue))
    });
    let rows = Memo::new(move |_| device.log.with(|log| log.rows.len()));
    let title = live(move || console.fill(words::BESIDE, &[&name.get()]));
    view! {
        <section class="panel beside" data-testid="beside" aria-label=title>
            <div class="panel-title">
                <h2 class="beside-title">{title}</h2>
                <span class="top-bar-space"></span>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="beside-go"
                    on:click=move |_| console.show_device_panels(device.id)
                >
                    {live(move || console.say(words::BESIDE_GO))}
                </button>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="beside-close"
                    aria-label=live(move || console.say(words::BESIDE_CLOSE))
                    title=live(move || console.say(words::BESIDE_CLOSE))
                    on:click=move |_| console.set_beside(None)
                >
                    "×"
                </button>
            </div>
            // Newest first, so that they are in view without scrolling.
            <ol class="beside-rows" tabindex="0" aria-label=title>
                <For
                    each=move || device.log.with(|log| log.rows.iter().rev().cloned().collect::<Vec<_>>())
                    key=|row| row.id.0
                    children=move |row| view! { <Row row=row /> }
                />
            </ol>
            <p class="empty" hidden=live(move || rows.get() > 0)>
                {live(move || console.say(words::BESIDE_EMPTY))}
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Row(row: LogRow) -> impl IntoView {
    let console = use_console();
    let (arrow, direction, who) = match (&row.entry, row.direction) {
        (LogEntry::Link, _) => ("·", "link", words::LINK_ENTRY),
        (_, Direction::Up) => ("↑", "up", words::DIRECTION_UP),
        (_, Direction::Down) => ("↓", "down", words::DIRECTION_DOWN),
    };
    let packet = match &row.entry {
        LogEntry::Frame { packet, .. } => packet.clone(),
        LogEntry::Malformed { .. } | LogEntry::Link => String::new(),
    };
    let severity = row.severity;
    // The packet's name stands before it already.
    let summary = {
        let (summary, packet) = (row.summary.clone(), packet.clone());
        live(move || {
            let told = console.tell(&summary);
            let rest = told.strip_prefix(packet.as_str()).unwrap_or(&told);
            rest.trim_start_matches([' ', '·']).to_owned()
        })
    };
    view! {
        <li class="beside-row" data-testid="beside-row">
            <span class="log-time">{time_of_day(row.at, console.utc_offset_minutes)}</span>
            <span
                class="log-arrow"
                data-direction=direction
                role="img"
                aria-label=live(move || console.say(who))
            >
                {arrow}
            </span>
            <span class="log-packet">{packet}</span>
            <span class="beside-summary">{summary}</span>
            {severity.map(|severity| view! { <SeverityMark severity=severity /> })}
        </li>
    }
    .into_any()
}

//! The packets that were read, and the bytes that are none.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::KeyboardEvent;

use crate::engine::seam::{DecodedRow, Direction, FrameId, LogEntry};
use crate::ui::components::{SeverityMark, VirtualRows, live, severity_name};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{place_in, size};
use crate::ui::i18n::{Language, words};
use crate::ui::settings::NarrowView;

const ROW_HEIGHT: u32 = 24;

/// The list.
#[component]
pub(super) fn Rows() -> impl IntoView {
    let console = use_console();
    let decoding = console.decoding;
    let node = NodeRef::<Div>::new();
    let total = Memo::new(move |_| {
        decoding
            .decoded
            .with(|decoded| decoded.as_ref().map_or(0, |decoded| decoded.rows.len()))
    });
    let revision = Memo::new(move |_| {
        let number = decoding
            .decoded
            .with(|decoded| decoded.as_ref().map_or(0, |decoded| decoded.number));
        number << 1 | u64::from(console.language.get() == Language::Chinese)
    });
    let index_of = move |id: Option<FrameId>| {
        let id = id?;
        decoding.decoded.with_untracked(|decoded| {
            let rows = &decoded.as_ref()?.rows;
            rows.binary_search_by_key(&id, |row| row.row.id).ok()
        })
    };
    let reveal = Memo::new(move |_| index_of(decoding.selected.get()));
    let at = move |index: usize| {
        decoding
            .decoded
            .with_untracked(|decoded| decoded.as_ref()?.rows.get(index).cloned())
    };
    let on_key = move |event: KeyboardEvent| {
        let count = total.get_untracked();
        let Some(last) = count.checked_sub(1) else {
            return;
        };
        let now = index_of(decoding.selected.get_untracked());
        let next = match (event.key().as_str(), now) {
            ("ArrowDown", Some(now)) => (now + 1).min(last),
            ("ArrowUp", Some(now)) => now.saturating_sub(1),
            ("PageDown", Some(now)) => (now + 8).min(last),
            ("PageUp", Some(now)) => now.saturating_sub(8),
            ("ArrowDown" | "Home" | "PageDown", _) => 0,
            ("ArrowUp" | "End" | "PageUp", _) => last,
            ("Enter", Some(now)) => {
                event.prevent_default();
                if let Some(row) = at(now) {
                    go_to(console, &row);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(row) = at(next) {
            console.inspect_decoded(row.row.id);
        }
    };
    let row = move |index: usize| at(index).map(|row| view! { <Row row=row /> });
    view! {
        <VirtualRows
            node=node
            class="decode-rows"
            total=total
            row_height=ROW_HEIGHT
            revision=revision
            reveal=reveal
            row=row
            attr:id="decode-rows"
            attr:data-testid="decode-rows"
            attr:role="listbox"
            attr:tabindex="0"
            attr:aria-label=live(move || console.say(words::DECODE_ROWS))
            attr:aria-activedescendant=live(move || {
                decoding.selected.get().map(|id| format!("decoded-{}", id.0))
            })
            on:keydown=on_key
        />
    }
}

/// Puts the cursor of the text where the packet goes wrong, or where it begins.
fn go_to(console: Console, row: &DecodedRow) {
    let place = row
        .fault
        .as_ref()
        .and_then(|fault| fault.place)
        .or(row.place);
    let Some(place) = place else { return };
    let at = console
        .decoding
        .text
        .with_untracked(|text| place_in(text, place));
    let area = document()
        .get_element_by_id("decode-text")
        .and_then(|area| area.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
    if let Some(area) = area {
        // A selection beyond the end is cut by the browser.
        let _ = area.focus();
        let _ = area.set_selection_range(at, at + 2);
    }
}

#[component]
fn Row(row: DecodedRow) -> impl IntoView {
    let console = use_console();
    let decoding = console.decoding;
    let id = row.row.id;
    let (arrow, direction) = match row.row.direction {
        Direction::Up => ("↑", "up"),
        Direction::Down => ("↓", "down"),
    };
    let (packet, bytes) = match &row.row.entry {
        LogEntry::Frame { packet, size, .. } if !packet.is_empty() => (packet.clone(), *size),
        LogEntry::Frame { size, .. } | LogEntry::Malformed { size } => {
            (console.say(words::MALFORMED_ENTRY).to_owned(), *size)
        }
        LogEntry::Link => (String::new(), 0),
    };
    let place = match row.place {
        Some((line, _)) => console.fill(words::DECODE_LINE, &[&line.to_string()]),
        None => console.fill(words::DECODE_BYTE, &[&row.start.to_string()]),
    };
    let fault = row.fault.as_ref().map(|fault| {
        let offset = fault.offset.to_string();
        let expected = console.tell(&fault.expected);
        match fault.place {
            Some((line, column)) => console.fill(
                words::DECODE_FAULT_PLACE,
                &[&offset, &line.to_string(), &column.to_string(), &expected],
            ),
            None => console.fill(words::DECODE_FAULT, &[&offset, &expected]),
        }
    });
    let fault_offset = row.fault.as_ref().map(|fault| fault.offset.to_string());
    let title = row
        .fault
        .as_ref()
        .zip(fault.as_ref())
        .map(|(told, fault)| format!("{}: {fault} {}", told.field, told.rule));
    let summary = fault.unwrap_or_else(|| console.tell(&row.row.summary));
    let severity = row.row.severity;
    let again = row.clone();
    view! {
        <div
            class="decode-row"
            role="option"
            id=format!("decoded-{}", id.0)
            data-testid="decode-row"
            data-packet=packet.clone()
            data-direction=direction
            data-severity=severity.map(severity_name)
            data-fault=fault_offset
            aria-selected=live(move || (decoding.selected.get() == Some(id)).to_string())
            on:click=move |_| {
                console.inspect_decoded(id);
                console.narrow.set(NarrowView::Inspector);
            }
            on:dblclick=move |_| go_to(console, &again)
        >
            <span class="decode-place">{place}</span>
            <span class="log-arrow" aria-hidden="true">{arrow}</span>
            <span class="log-packet">{packet.clone()}</span>
            <span class="decode-summary" title=title.unwrap_or_else(|| summary.clone())>{summary.clone()}</span>
            <span class="log-size">{size(u64::from(bytes))}</span>
            <span class="log-mark">
                {severity.map(|severity| view! { <SeverityMark severity=severity /> })}
            </span>
        </div>
    }
    .into_any()
}

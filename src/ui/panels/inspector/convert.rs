//! The selected bytes as numbers, times and text.

use leptos::prelude::*;

use super::state::State;
use crate::ui::components::{live, part};
use crate::ui::console::use_console;
use crate::ui::convert::conversions;
use crate::ui::i18n::words;

/// The most bytes that are looked at.
const MOST: usize = 256;

/// A table that can be folded away.
#[component]
pub(super) fn Converter(state: State) -> impl IntoView {
    let console = use_console();
    let bytes = Memo::new(move |_| {
        let range = state.bytes()?;
        state.mapped.with(|mapped| {
            let end = range.end.min(range.start + MOST).min(mapped.bytes.len());
            let start = range.start.min(end);
            // A secret is not read aloud as numbers either.
            let hidden = !state.secrets.get()
                && (start..end)
                    .any(|at| mapped.map.kind_at(at) == crate::engine::seam::FieldKind::Secret);
            (!hidden).then(|| mapped.bytes.slice(start..end))
        })
    });
    let summary = move || match state.bytes() {
        Some(range) if !range.is_empty() => console.fill(
            words::CONVERTER_OF,
            &[
                &range.start.to_string(),
                &(range.end - 1).to_string(),
                &range.len().to_string(),
            ],
        ),
        _ => console.say(words::CONVERTER_NONE).to_owned(),
    };
    view! {
        <details
            class="converter"
            data-testid="converter"
            open=console.settings.with_untracked(|settings| settings.converter)
            on:toggle=move |event| {
                use wasm_bindgen::JsCast as _;
                let open = event
                    .target()
                    .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                    .is_some_and(|details| details.has_attribute("open"));
                if console.settings.with_untracked(|settings| settings.converter) != open {
                    console.settings.update(|settings| settings.converter = open);
                }
            }
        >
            <summary>
                {live(move || console.say(words::CONVERTER))}
                <span class="field-note" data-testid="converter-bytes">{live(summary)}</span>
            </summary>
            <div
                class="converter-table"
                role="table"
                tabindex="0"
                aria-label=live(move || console.say(words::CONVERTER))>
                <div role="row" class="converter-row">
                    <span role="columnheader"></span>
                    <span role="columnheader">{live(move || console.say(words::CONVERTER_BIG))}</span>
                    <span role="columnheader">{live(move || console.say(words::CONVERTER_LITTLE))}</span>
                </div>
                {part(move || {
                    bytes
                        .get()
                        .map(|bytes| conversions(&bytes, console.utc_offset_minutes))
                        .unwrap_or_default()
                        .into_iter()
                        .map(|conversion| {
                            let cell = |text: Option<String>| text.unwrap_or_else(|| "—".to_owned());
                            let name = match conversion.name {
                                "time s" => console.say(words::CONVERTER_SECONDS),
                                "time ms" => console.say(words::CONVERTER_MILLIS),
                                name => name,
                            };
                            view! {
                                <div role="row" class="converter-row" data-testid="conversion" data-name=conversion.name>
                                    <span role="rowheader">{name}</span>
                                    <span role="cell" class="mono">{cell(conversion.big)}</span>
                                    <span role="cell" class="mono">{cell(conversion.little)}</span>
                                </div>
                            }
                        })
                        .collect_view()
                })}
            </div>
        </details>
    }
    .into_any()
}

//! The same reading as every platform wants it, side by side.

use leptos::prelude::*;

use super::registry::COMPARE;
use crate::engine::seam::CompareRow;
use crate::ui::components::{FindingList, live, part};
use crate::ui::console::use_console;
use crate::ui::format::{hex, size};
use crate::ui::i18n::words;
use crate::ui::readings;

/// What stands there on a first visit.
const EXAMPLE: &str = "temperature=22.5\nhumidity=41\n";

/// The panel.
#[component]
pub fn Compare() -> impl IntoView {
    let console = use_console();
    let text = RwSignal::new(EXAMPLE.to_owned());
    let parsed = Memo::new(move |_| text.with(|text| readings::parse(text)));
    // Identities count as well: topics are made of them.
    let identity = Memo::new(move |_| {
        console
            .device
            .workspace
            .with(|w| (w.profile.dialect.clone(), w.profile.identity.clone()))
    });
    // What was compared for another device is nothing for this one.
    console.comparison.set(None);
    let shown = Memo::new(move |_| {
        console
            .settings
            .with(|settings| settings.dock_panel == COMPARE && !settings.dock_folded)
    });
    Effect::new(move |_| {
        identity.track();
        if !shown.get() {
            return;
        }
        if let Ok(readings) = parsed.get() {
            console.compare(readings);
        }
    });
    let rows = Memo::new(move |_| {
        console.comparison.with(|comparison| {
            comparison
                .as_ref()
                .map(|comparison| comparison.rows.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <div class="compare">
            <div class="compare-source">
                <label class="field-label" for="compare-readings">
                    {live(move || console.say(words::COMPARE_READINGS))}
                </label>
                <textarea
                    class="input"
                    data-mono=""
                    id="compare-readings"
                    data-testid="compare-readings"
                    spellcheck="false"
                    autocomplete="off"
                    aria-invalid=live(move || parsed.with(Result::is_err).then_some("true"))
                    aria-describedby="compare-help"
                    prop:value=live(move || text.get())
                    on:input=move |event| text.set(event_target_value(&event))
                ></textarea>
                <p class="field-note" id="compare-help" role="status" data-testid="compare-help">
                    {live(move || match parsed.get() {
                        Ok(_) => console.say(words::COMPARE_HELP).to_owned(),
                        Err(line) => console.fill(words::COMPARE_WRONG, &[&line.to_string()]),
                    })}
                </p>
            </div>
            <div class="compare-rows" data-testid="compare-rows">
                {part(move || {
                    let rows = rows.get();
                    if rows.is_empty() {
                        let words = live(move || console.say(words::COMPARE_EMPTY));
                        return view! { <p class="empty">{words}</p> }.into_any();
                    }
                    rows.into_iter()
                        .enumerate()
                        .map(|(index, row)| view! { <Row index=index row=row /> })
                        .collect_view()
                        .into_any()
                })}
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Row(index: usize, row: CompareRow) -> impl IntoView {
    let console = use_console();
    let CompareRow {
        dialect,
        publication,
        size: bytes,
        findings,
    } = row;
    let name = {
        let dialect = dialect.clone();
        live(move || {
            console.catalogue.with(|catalogue| {
                catalogue
                    .iter()
                    .find(|known| known.id == dialect)
                    .map(|known| console.tell(&known.name))
                    .unwrap_or_default()
            })
        })
    };
    let here = {
        let dialect = dialect.clone();
        move || {
            console
                .device
                .workspace
                .with(|w| w.profile.dialect == dialect)
        }
    };
    let copy = move |text: String| console.copy(&text);
    let body = match publication {
        None => view! { <p class="empty">{live(move || console.say(words::COMPARE_NOTHING))}</p> }
            .into_any(),
        Some(publication) => {
            let topic = publication.topic.clone();
            let payload = core::str::from_utf8(&publication.payload)
                .ok()
                .filter(|text| !text.contains(|c: char| c.is_control() && !c.is_whitespace()))
                .map_or_else(|| hex(&publication.payload), str::to_owned);
            let (copied_topic, copied_payload) = (topic.clone(), payload.clone());
            let facts = format!("QoS {}  {}", publication.qos as u8, size(u64::from(bytes)));
            view! {
                <p class="compare-topic">
                    <code data-testid="compare-topic">{topic}</code>
                    <span class="field-note">{facts}</span>
                </p>
                <pre class="compare-payload" data-testid="compare-payload" tabindex="0">{payload}</pre>
                <p class="compare-actions">
                    <button
                        type="button"
                        class="button-quiet"
                        on:click=move |_| copy(copied_topic.clone())
                    >
                        {live(move || console.say(words::COPY_TOPIC))}
                    </button>
                    <button
                        type="button"
                        class="button-quiet"
                        on:click=move |_| copy(copied_payload.clone())
                    >
                        {live(move || console.say(words::COPY_PAYLOAD))}
                    </button>
                </p>
            }
                .into_any()
        }
    };
    view! {
        <section class="compare-row" data-testid="compare-row" data-dialect=dialect.0.to_string()>
            <h3 class="section-title">
                {name}
                {part(move || {
                    here()
                        .then(|| view! { <span class="badge">{console.say(words::COMPARE_HERE)}</span> })
                })}
            </h3>
            {body}
            <FindingList id=format!("compare-findings-{index}") findings=findings />
        </section>
    }
    .into_any()
}

//! What is different from the message before on the same topic.

use std::sync::Arc;

use leptos::prelude::*;

use super::payload::seen;
use super::state::State;
use crate::engine::seam::{Field, FrameView, conceal};
use crate::ui::components::{live, part};
use crate::ui::console::use_console;
use crate::ui::diff;
use crate::ui::format::time_of_day;
use crate::ui::i18n::words;

/// A payload without its secrets. The spans count from the start of its frame, of which it is what
/// comes last.
fn concealed(tree: &[Field], payload: &[u8]) -> Vec<u8> {
    let end = tree.iter().map(|field| field.end).max().unwrap_or_default();
    let start = end.saturating_sub(payload.len());
    let mut bytes = vec![0; start];
    bytes.extend_from_slice(payload);
    conceal(tree, &mut bytes);
    bytes.split_off(start)
}

/// The list of changes.
#[component]
pub(super) fn Changes(state: State, frame: Signal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let changes = Memo::new(move |_| {
        let language = console.language.get();
        frame.with(|frame| {
            let frame = frame.as_ref()?;
            let previous = frame.previous.as_ref()?;
            Some(diff::changes(&previous.tree, &frame.tree, language))
        })
    });
    let payload = Memo::new(move |_| {
        frame.with(|frame| {
            let frame = frame.as_ref()?;
            let previous = frame.previous.as_ref()?;
            let (start, end) = frame.payload?;
            let secrets = state.secrets.get();
            let before = if secrets {
                previous.payload.to_vec()
            } else {
                concealed(&previous.tree, &previous.payload)
            };
            diff::changed_bytes(&before, seen(frame, secrets).get(start..end)?)
        })
    });
    let before = move || {
        frame.with(|frame| {
            let previous = frame.as_ref()?.previous.as_ref()?;
            Some((previous.id, previous.at))
        })
    };
    let value = |text: Option<String>| text.unwrap_or_else(|| "—".to_owned());
    view! {
        <div class="payload-view changes" data-testid="changes">
            {part(move || match before() {
                None => {
                    view! { <p class="empty">{live(move || console.say(words::CHANGES_NONE_BEFORE))}</p> }
                        .into_any()
                }
                Some((id, at)) => {
                    let time = time_of_day(at, console.utc_offset_minutes);
                    view! {
                        <p class="field-note">
                            {console.fill(words::CHANGES_AGAINST, &[&time])}
                            {(!console.decoding.inspected.get())
                                .then(|| {
                                    view! {
                                        <button
                                            type="button"
                                            class="button-quiet"
                                            data-testid="changes-previous"
                                            on:click=move |_| console.of_inspected().inspect(id)
                                        >
                                            {console.say(words::CHANGES_SHOW)}
                                        </button>
                                    }
                                })}
                        </p>
                    }
                        .into_any()
                }
            })}
            <table class="changes-table" hidden=live(move || changes.with(|c| c.as_ref().is_none_or(Vec::is_empty)))>
                <thead>
                    <tr>
                        <th scope="col">{live(move || console.say(words::CHANGES_FIELD))}</th>
                        <th scope="col">{live(move || console.say(words::CHANGES_BEFORE))}</th>
                        <th scope="col">{live(move || console.say(words::CHANGES_NOW))}</th>
                    </tr>
                </thead>
                <tbody>
                    {part(move || {
                        changes
                            .get()
                            .unwrap_or_default()
                            .into_iter()
                            .map(|change| {
                                let at = change.bytes;
                                view! {
                                    <tr data-testid="change" data-path=change.path.clone()>
                                        <td>
                                            <button
                                                type="button"
                                                class="change-field"
                                                aria-disabled=at.is_none().then_some("true")
                                                on:click=move |_| {
                                                    if let Some((start, _)) = at {
                                                        let id = state
                                                            .mapped
                                                            .with_untracked(|m| m.map.deepest_at(start));
                                                        if let Some(id) = id {
                                                            state.select(id);
                                                        }
                                                    }
                                                }
                                            >
                                                {change.shown.clone()}
                                            </button>
                                        </td>
                                        <td class="mono">{value(change.before)}</td>
                                        <td class="mono">{value(change.after)}</td>
                                    </tr>
                                }
                            })
                            .collect_view()
                    })}
                </tbody>
            </table>
            {part(move || {
                let compared = before().is_some();
                compared
                    .then(|| match payload.get() {
                        None => {
                            view! {
                                <p class="field-note" data-testid="payload-same">
                                    {console.say(words::CHANGES_SAME_PAYLOAD)}
                                </p>
                            }
                                .into_any()
                        }
                        Some((start, old, new)) => {
                            view! {
                                <p class="field-note" data-testid="payload-changed" data-byte=start.to_string()>
                                    {console.fill(words::CHANGES_BYTES, &[&start.to_string()])}
                                </p>
                                <pre class="payload-text">
                                    <del>{format!("- {old}\n")}</del>
                                    <ins>{format!("+ {new}")}</ins>
                                </pre>
                            }
                                .into_any()
                        }
                    })
            })}
        </div>
    }
    .into_any()
}

//! The filter: a text field whose completions teach its language.

use leptos::ev::MouseEvent;
use leptos::html::Input;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::Side;
use crate::engine::seam::Completion;
use crate::ui::components::{live, part};
use crate::ui::console::use_console;
use crate::ui::format::grouped;
use crate::ui::i18n::words;

fn option_id(side: Side, index: usize) -> String {
    side.id(&format!("log-completion-{index}"))
}

/// Replaces a range of UTF-16 units. Returns the text, and where the cursor is then.
fn replaced(text: &str, completion: &Completion) -> (String, u32) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let (start, end) = (completion.start as usize, completion.end as usize);
    let mut all: Vec<u16> = units.iter().copied().take(start).collect();
    all.extend(completion.insert.encode_utf16());
    let cursor = all.len();
    all.extend(units.iter().skip(end.max(start)));
    (String::from_utf16_lossy(&all), cursor as u32)
}

/// The field with its list. `on_filter` is called when another filter was typed.
#[component]
pub fn FilterField(side: Side, on_filter: Callback<()>) -> impl IntoView {
    let console = use_console();
    let looking = console.device.looking;
    let input = NodeRef::<Input>::new();
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(None::<usize>);
    let completions = Memo::new(move |_| looking.filter.with(|view| view.completions.clone()));
    let error = Memo::new(move |_| looking.filter.with(|view| view.error.clone()));
    let listed = Memo::new(move |_| open.get() && completions.with(|list| !list.is_empty()));
    // What is half typed is not wrong yet: the list says how it may go on.
    let told = Memo::new(move |_| error.get().filter(|_| !listed.get()));

    let cursor = move || {
        input
            .get_untracked()
            .and_then(|field| field.selection_end().ok().flatten())
            .unwrap_or_default()
    };
    let typed = move || {
        let Some(field) = input.get_untracked() else {
            return;
        };
        chosen.set(None);
        open.set(true);
        let changed = looking.text.with_untracked(|text| *text != field.value());
        console.type_filter(field.value(), cursor());
        if changed {
            on_filter.run(());
        }
    };
    let replace = move |text: String, at: u32| {
        let Some(field) = input.get_untracked() else {
            return;
        };
        field.set_value(&text);
        let _ = field.set_selection_range(at, at);
        let _ = field.focus();
        typed();
    };
    let accept = move |index: usize| {
        let found = completions.with_untracked(|list| list.get(index).cloned());
        if let Some(completion) = found {
            let (text, at) = looking
                .text
                .with_untracked(|text| replaced(text, &completion));
            replace(text, at);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let count = completions.with_untracked(Vec::len);
        let is_listed = listed.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if !is_listed => typed(),
            "ArrowDown" => chosen.update(|at| *at = Some(at.map_or(0, |at| (at + 1) % count))),
            "ArrowUp" if is_listed => {
                chosen.update(|at| {
                    *at = Some(at.map_or(count - 1, |at| (at + count - 1) % count));
                });
            }
            "Enter" | "Tab" if is_listed && chosen.get_untracked().is_some() => {
                if let Some(index) = chosen.get_untracked() {
                    accept(index);
                }
            }
            "Enter" => open.set(false),
            "Escape" if is_listed => open.set(false),
            "Escape" if looking.text.with_untracked(|text| !text.is_empty()) => {
                replace(String::new(), 0);
                open.set(false);
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    // The place of an error is selected by a click on its words.
    let show_place = move |_: MouseEvent| {
        if let (Some(error), Some(field)) = (told.get_untracked(), input.get_untracked()) {
            let _ = field.focus();
            let _ = field.set_selection_range(error.start, error.end);
        }
    };
    view! {
        <div class="log-filter">
            <input
                type="text"
                id=side.id("log-filter")
                class="input log-filter-input"
                role="combobox"
                data-testid="log-filter"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                node_ref=input
                prop:value=looking.text
                placeholder=live(move || console.say(words::LOG_FILTER_EXAMPLE))
                aria-label=live(move || console.say(words::LOG_FILTER))
                aria-autocomplete="list"
                aria-controls=side.id("log-completions")
                aria-expanded=live(move || listed.get().to_string())
                aria-activedescendant=live(move || {
                    chosen.get().filter(|_| listed.get()).map(|index| option_id(side, index))
                })
                aria-invalid=live(move || told.with(Option::is_some).to_string())
                aria-describedby=side.id("log-filter-error")
                on:input=move |_| typed()
                on:focus=move |_| typed()
                on:click=move |_| typed()
                on:blur=move |_| open.set(false)
                on:keydown=on_key
            />
            <button
                type="button"
                class="button-quiet log-filter-clear"
                data-testid="log-filter-clear"
                hidden=live(move || looking.text.with(String::is_empty))
                aria-label=live(move || console.say(words::LOG_FILTER_CLEAR))
                on:click=move |_| replace(String::new(), 0)
            >
                "×"
            </button>
            <ul
                class="log-completions"
                id=side.id("log-completions")
                role="listbox"
                data-testid="log-completions"
                aria-label=live(move || console.say(words::LOG_FILTER_OFFERS))
                hidden=live(move || !listed.get())
            >
                {part(move || {
                    completions
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(index, completion)| {
                            let help = completion.help.clone();
                            view! {
                                <li
                                    class="log-completion"
                                    role="option"
                                    id=option_id(side, index)
                                    data-testid="log-completion"
                                    data-insert=completion.insert.clone()
                                    aria-selected=live(move || {
                                        (chosen.get() == Some(index)).to_string()
                                    })
                                    // Before the field loses the focus.
                                    on:mousedown=move |event| {
                                        event.prevent_default();
                                        accept(index);
                                    }
                                >
                                    <code class="log-completion-insert">
                                        {completion.insert.clone()}
                                    </code>
                                    <span class="log-completion-help">
                                        {live(move || console.tell(&help))}
                                    </span>
                                    <span
                                        class="log-completion-count"
                                        data-testid="log-completion-count"
                                        title=live(move || {
                                            let most = grouped(u64::from(Completion::COUNTED));
                                            console.fill(words::LOG_FILTER_COUNT, &[&most])
                                        })
                                    >
                                        {completion.count.map(|count| grouped(u64::from(count)))}
                                    </span>
                                    <code class="log-completion-example">
                                        {completion.example.clone()}
                                    </code>
                                </li>
                            }
                        })
                        .collect_view()
                })}
            </ul>
            <p
                class="log-filter-error"
                id=side.id("log-filter-error")
                role="status"
                data-testid="log-filter-error"
                data-start=live(move || told.get().map(|error| error.start.to_string()))
                hidden=live(move || told.with(Option::is_none))
                on:click=show_place
            >
                {live(move || {
                    told.get()
                        .map(|error| {
                            let place = (error.start + 1).to_string();
                            console.fill(words::LOG_FILTER_ERROR, &[&place, &console.tell(&error.text)])
                        })
                })}
            </p>
        </div>
    }
    .into_any()
}

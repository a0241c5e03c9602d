//! History and templates in the composer: one click, or one key, brings a message back.

use leptos::prelude::*;

use crate::browser::clock;
use crate::engine::seam::{Notice, Severity, Text};
use crate::ui::components::{live, part};
use crate::ui::console::{Console, use_console};
use crate::ui::format::{date, time_of_day};
use crate::ui::i18n::words;
use crate::ui::library::Kept;
use crate::ui::near::stay_near;

/// Puts a message back into the composer.
pub(super) fn load(console: Console, kept: &Kept) -> bool {
    let Some(declaration) = console.device.declaration.get_untracked() else {
        return false;
    };
    let mut loaded = false;
    console
        .device
        .workspace
        .update(|w| loaded = kept.load(&mut w.composer, &declaration));
    if !loaded {
        console.notify(Notice {
            severity: Severity::Warning,
            text: Text::new(
                words::LIBRARY_OTHER_PLATFORM.en,
                words::LIBRARY_OTHER_PLATFORM.zh,
            ),
        });
    }
    loaded
}

/// Brings back the template of that number, counted from 0.
pub(in crate::ui) fn load_template(console: Console, index: usize) -> bool {
    let template = console
        .device
        .workspace
        .with_untracked(|w| w.library.templates.get(index).cloned());
    template.is_some_and(|template| load(console, &template.kept))
}

/// Remembers what is being sent.
pub(super) fn remember(console: Console) {
    let Some(declaration) = console.device.declaration.get_untracked() else {
        return;
    };
    console.device.workspace.update(|w| {
        if let Some(kept) = Kept::of(&w.composer, &declaration) {
            w.library.remember(clock::unix_millis(), kept);
        }
    });
}

/// The lists; `on_done` is told when a message was brought back.
#[component]
pub(super) fn LibraryView(#[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let (name, folder) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let library = Memo::new(move |_| device.workspace.with(|w| w.library.clone()));
    let nameless = Memo::new(move |_| name.with(|name| name.trim().is_empty()));
    let save = move |_| {
        let Some(declaration) = device.declaration.get_untracked() else {
            return;
        };
        let (name_text, folder_text) = (name.get_untracked(), folder.get_untracked());
        let mut saved = false;
        device.workspace.update(|w| {
            if let Some(kept) = Kept::of(&w.composer, &declaration) {
                saved = w.library.save(&name_text, &folder_text, kept);
            }
        });
        if saved {
            name.set(String::new());
        }
    };
    let bring = move |kept: &Kept| {
        if load(console, kept) {
            // The lists close with it.
            let open = "[data-testid=library-open]";
            stay_near(open, open);
            on_done.run(());
        }
    };
    view! {
        <div class="library" data-testid="library">
            <div class="library-save">
                <input
                    class="input"
                    type="text"
                    data-testid="template-name"
                    aria-label=live(move || console.say(words::TEMPLATE_NAME))
                    placeholder=live(move || console.say(words::TEMPLATE_NAME))
                    autocomplete="off"
                    prop:value=live(move || name.get())
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <input
                    class="input"
                    type="text"
                    data-testid="template-folder"
                    aria-label=live(move || console.say(words::TEMPLATE_FOLDER))
                    placeholder=live(move || console.say(words::TEMPLATE_FOLDER))
                    autocomplete="off"
                    list="template-folders"
                    prop:value=live(move || folder.get())
                    on:input=move |event| folder.set(event_target_value(&event))
                />
                <datalist id="template-folders">
                    {part(move || {
                        library
                            .with(|library| {
                                library
                                    .folders()
                                    .into_iter()
                                    .map(|folder| view! { <option value=folder.to_owned()></option> })
                                    .collect_view()
                            })
                    })}
                </datalist>
                <button
                    type="button"
                    class="button"
                    data-testid="template-save"
                    aria-disabled=live(move || nameless.get().then_some("true"))
                    title=live(move || console.say(words::TEMPLATE_SAVE_HELP))
                    on:click=save
                >
                    {live(move || console.say(words::TEMPLATE_SAVE))}
                </button>
            </div>
            <h3 class="section-title">{live(move || console.say(words::TEMPLATES))}</h3>
            {part(move || {
                let templates = library.with(|library| library.templates.clone());
                let (declaration, language) = (device.declaration.get(), console.language.get());
                if templates.is_empty() {
                    let words = console.say(words::TEMPLATES_EMPTY);
                    return view! { <p class="field-note">{words}</p> }.into_any();
                }
                let mut last = String::new();
                templates
                    .into_iter()
                    .enumerate()
                    .map(|(index, template)| {
                        let heading = (template.folder != last).then(|| template.folder.clone());
                        last.clone_from(&template.folder);
                        let key = (index < 9).then(|| (index + 1).to_string());
                        let line = template.kept.line(declaration.as_deref(), language);
                        let kept = template.kept;
                        let gone = console.fill(words::TEMPLATE_REMOVE, &[&template.name]);
                        view! {
                            {heading
                                .filter(|folder| !folder.is_empty())
                                .map(|folder| view! { <p class="library-folder">{folder}</p> })}
                            <div class="library-row" data-testid="template" data-name=template.name.clone()>
                                <button
                                    type="button"
                                    class="library-load"
                                    data-testid="template-load"
                                    title=line.clone()
                                    on:click=move |_| bring(&kept)
                                >
                                    <span class="library-key">{key}</span>
                                    <strong>{template.name.clone()}</strong>
                                    <span class="library-line">{line.clone()}</span>
                                </button>
                                <button
                                    type="button"
                                    class="button-quiet"
                                    data-testid="template-remove"
                                    aria-label=gone
                                    on:click=move |_| {
                                        stay_near(
                                            "[data-testid=template-remove]",
                                            "[data-testid=template-name]",
                                        );
                                        device.workspace.update(|w| w.library.remove(index));
                                    }
                                >
                                    "×"
                                </button>
                            </div>
                        }
                    })
                    .collect_view()
                    .into_any()
            })}
            <h3 class="section-title">{live(move || console.say(words::HISTORY))}</h3>
            {part(move || {
                let history = library.with(|library| library.history.clone());
                let (declaration, language) = (device.declaration.get(), console.language.get());
                if history.is_empty() {
                    let words = console.say(words::HISTORY_EMPTY);
                    return view! { <p class="field-note">{words}</p> }.into_any();
                }
                let offset = console.utc_offset_minutes;
                history
                    .into_iter()
                    .map(|sent| {
                        let time = format!("{} {}", date(sent.at, offset), time_of_day(sent.at, offset));
                        let line = sent.kept.line(declaration.as_deref(), language);
                        let kept = sent.kept;
                        view! {
                            <div class="library-row" data-testid="history-row">
                                <button
                                    type="button"
                                    class="library-load"
                                    data-testid="history-load"
                                    title=time
                                    on:click=move |_| bring(&kept)
                                >
                                    <span class="library-line">{line}</span>
                                </button>
                            </div>
                        }
                    })
                    .collect_view()
                    .into_any()
            })}
        </div>
    }
    .into_any()
}

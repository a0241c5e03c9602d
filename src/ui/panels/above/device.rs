//! Questions about a device: its name, whether it goes, what of it goes into a file.

use leptos::html;
use leptos::prelude::*;

use super::{PageDialog, close};
use crate::engine::seam::DeviceId;
use crate::ui::components::{Progress, live};
use crate::ui::console::{Dialog, use_console};
use crate::ui::format::grouped;
use crate::ui::i18n::words;

/// A name for a device.
#[component]
pub fn Rename(id: DeviceId) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<html::Dialog>::new();
    let input = NodeRef::<html::Input>::new();
    let name = console
        .device_of(id)
        .map(|device| device.workspace.with_untracked(|w| w.profile.name.clone()))
        .unwrap_or_default();
    let save = move || {
        if let Some(input) = input.get_untracked() {
            console.rename_device(id, &input.value());
        }
        close(node);
    };
    view! {
        <PageDialog id="rename" dialog=Dialog::Rename(id) title=words::DEVICE_RENAME node=node>
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    save();
                }
            >
                <div class="field">
                    <label class="field-label" for="device-name">
                        {live(move || console.say(words::DEVICE_NAME))}
                    </label>
                    <input
                        class="input"
                        type="text"
                        id="device-name"
                        data-testid="device-name"
                        maxlength="64"
                        autocomplete="off"
                        spellcheck="false"
                        autofocus
                        aria-describedby="device-name-help"
                        node_ref=input
                        prop:value=name
                    />
                    <span class="field-note" id="device-name-help">
                        {live(move || console.say(words::DEVICE_NAME_HELP))}
                    </span>
                </div>
                <div class="form-actions">
                    <button type="button" class="button" on:click=move |_| close(node)>
                        {live(move || console.say(words::CANCEL))}
                    </button>
                    <button type="submit" class="button button-primary" data-testid="rename-save">
                        {live(move || console.say(words::DEVICE_SAVE))}
                    </button>
                </div>
            </form>
        </PageDialog>
    }
}

/// Whether a device is to go.
#[component]
pub fn Delete(id: DeviceId) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<html::Dialog>::new();
    let title = console
        .device_of(id)
        .map(|device| untrack(|| console.of(device).title()))
        .unwrap_or_default();
    view! {
        <PageDialog id="delete" dialog=Dialog::Delete(id) title=words::DEVICE_DELETE node=node>
            <p>{live(move || console.fill(words::DELETE_ASK, &[&title]))}</p>
            <p class="field-note">{live(move || console.say(words::DELETE_HELP))}</p>
            <div class="form-actions">
                <button type="button" class="button" autofocus on:click=move |_| close(node)>
                    {live(move || console.say(words::CANCEL))}
                </button>
                <button
                    type="button"
                    class="button button-danger"
                    data-testid="delete-confirm"
                    on:click=move |_| {
                        close(node);
                        console.delete_device(id);
                    }
                >
                    {live(move || console.say(words::DELETE))}
                </button>
            </div>
        </PageDialog>
    }
}

/// What goes into a file.
#[component]
pub fn Export(id: Option<DeviceId>) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<html::Dialog>::new();
    let secrets = RwSignal::new(false);
    let title = if id.is_some() {
        words::DEVICE_EXPORT
    } else {
        words::DEVICE_EXPORT_ALL
    };
    view! {
        <PageDialog id="export" dialog=Dialog::Export(id) title=title node=node>
            <p>{live(move || console.say(words::EXPORT_HELP))}</p>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="export-secrets"
                    aria-describedby="export-secrets-help"
                    prop:checked=live(move || secrets.get())
                    on:change=move |event| secrets.set(event_target_checked(&event))
                />
                <span>{live(move || console.say(words::EXPORT_SECRETS))}</span>
            </label>
            <p class="field-note" id="export-secrets-help">
                {live(move || console.say(words::EXPORT_SECRETS_HELP))}
            </p>
            <div class="form-actions">
                <button type="button" class="button" on:click=move |_| close(node)>
                    {live(move || console.say(words::CANCEL))}
                </button>
                <button
                    type="button"
                    class="button button-primary"
                    data-testid="export-save"
                    on:click=move |_| {
                        console.export_devices(id, secrets.get_untracked());
                        close(node);
                    }
                >
                    {live(move || console.say(words::EXPORT))}
                </button>
            </div>
        </PageDialog>
    }
}

/// How far the import of a file is. Closed, it is given up.
#[component]
pub fn Importing() -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<html::Dialog>::new();
    let importing = console.importing;
    view! {
        <PageDialog id="importing" dialog=Dialog::Importing title=words::IMPORTING node=node>
            <Progress
                id="import-progress"
                label=words::IMPORTING
                done=Signal::derive(move || Some(importing.get()))
                text=Signal::derive(move || {
                    let (done, total) = importing.get();
                    Some(console.fill(words::IMPORTING_COUNT, &[&grouped(done), &grouped(total)]))
                })
                on_cancel=Callback::new(move |()| close(node))
            />
        </PageDialog>
    }
}

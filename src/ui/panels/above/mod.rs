//! What lies above the page, one at a time: palette, shortcut sheet, questions about devices.

mod device;
mod palette;
mod shortcuts;

use leptos::html;
use leptos::prelude::*;

use crate::ui::components::{Modal, part};
use crate::ui::console::{Dialog, use_console};
use crate::ui::i18n::Phrase;

/// Whichever is open.
#[component]
pub fn Above() -> impl IntoView {
    let console = use_console();
    part(move || {
        console.dialog.get().map(|dialog| match dialog {
            Dialog::Palette => view! { <palette::Palette /> }.into_any(),
            Dialog::Shortcuts => view! { <shortcuts::Shortcuts /> }.into_any(),
            Dialog::Rename(id) => view! { <device::Rename id=id /> }.into_any(),
            Dialog::Delete(id) => view! { <device::Delete id=id /> }.into_any(),
            Dialog::Importing => view! { <device::Importing /> }.into_any(),
            Dialog::Export(id) => view! { <device::Export id=id /> }.into_any(),
        })
    })
}

/// A dialog of the page: closed, it is gone.
#[component]
fn PageDialog(
    id: &'static str,
    dialog: Dialog,
    title: Phrase,
    node: NodeRef<html::Dialog>,
    children: Children,
) -> impl IntoView {
    let console = use_console();
    view! {
        <Modal
            id=id
            title=Signal::derive(move || console.say(title).to_owned())
            node=node
            on_close=Callback::new(move |()| console.close_dialog(dialog))
        >
            {children()}
        </Modal>
    }
}

/// Closes at once, so that the focus is back before anything else happens.
fn close(node: NodeRef<html::Dialog>) {
    if let Some(dialog) = node.get_untracked() {
        dialog.close();
    }
}

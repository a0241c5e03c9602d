//! Another device's log, beside the log of the device in view.

use leptos::prelude::*;

use super::log::{LogPanel, Side};
use crate::ui::console::use_console;

/// The panel; nothing where no device stands beside.
#[component]
pub fn Beside() -> impl IntoView {
    let console = use_console();
    // Drawn anew for another device: no panel ever changes its device.
    view! {
        <For
            each=move || console.beside.get().and_then(|id| console.device_of(id))
            key=|device| device.id
            children=move |device| {
                provide_context(console.of(device));
                view! {
                    <div class="beside" data-testid="beside">
                        <LogPanel side=Side::Beside />
                    </div>
                }
            }
        />
    }
}

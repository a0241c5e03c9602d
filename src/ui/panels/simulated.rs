//! What panels of the simulated platform share: they are there while it is the target, and offer to
//! choose it where it is not; and a choice among kinds of messages.

use leptos::prelude::*;

use crate::engine::seam::{Declaration, MessageKind, Target};
use crate::ui::components::{live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

/// A panel that needs the simulated platform. Without it, `reason` says what the panel would show,
/// in an element whose test id is `empty`.
#[component]
pub fn OnlySimulated(
    reason: Phrase,
    empty: &'static str,
    /// Draws the panel.
    draw: fn() -> AnyView,
) -> impl IntoView {
    let console = use_console();
    let device = console.device;
    let simulated = Memo::new(move |_| {
        device
            .workspace
            .with(|w| w.profile.target == Target::Simulated)
    });
    part(move || {
        if simulated.get() {
            return draw();
        }
        view! {
            <div class="empty" data-testid=empty>
                <p>{live(move || console.say(reason))}</p>
                <button
                    type="button"
                    class="button"
                    on:click=move |_| console.choose_target(Target::Simulated)
                >
                    {live(move || console.say(words::CLOUD_CHOOSE_SIMULATED))}
                </button>
            </div>
        }
        .into_any()
    })
}

/// A choice among the kinds of messages that the platform declares.
#[derive(Clone, Copy)]
pub struct KindChoice {
    /// The kind chosen, else the first; `None` where the platform has none of them.
    pub kind: Memo<Option<MessageKind>>,
    /// Key and name of each.
    pub options: Signal<Vec<(String, String)>>,
    /// The key chosen.
    pub chosen: RwSignal<Option<String>>,
}

impl KindChoice {
    /// The key of the kind chosen, or nothing.
    pub fn key(self) -> String {
        self.kind.with(|kind| {
            kind.as_ref()
                .map(|kind| kind.key.to_string())
                .unwrap_or_default()
        })
    }
}

/// A choice among those kinds that `list` picks.
pub fn choose_kind(list: fn(&Declaration) -> Vec<MessageKind>) -> KindChoice {
    let console = use_console();
    let device = console.device;
    let chosen = RwSignal::new(None::<String>);
    let kinds = Memo::new(move |_| {
        device
            .declaration
            .with(|known| known.as_ref().map(|known| list(known)).unwrap_or_default())
    });
    let kind = Memo::new(move |_| {
        kinds.with(|kinds| {
            let wanted = chosen.get();
            kinds
                .iter()
                .find(|kind| Some(kind.key.as_ref()) == wanted.as_deref())
                .or_else(|| kinds.first())
                .cloned()
        })
    });
    let options = Signal::derive(move || {
        kinds.with(|kinds| {
            kinds
                .iter()
                .map(|kind| (kind.key.to_string(), console.tell(&kind.label)))
                .collect()
        })
    });
    KindChoice {
        kind,
        options,
        chosen,
    }
}

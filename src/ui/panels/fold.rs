//! The button that folds a part of the page away.

use leptos::prelude::*;

use crate::ui::components::live;
use crate::ui::console::use_console;
use crate::ui::i18n::Phrase;
use crate::ui::settings::Settings;

/// How one part folds.
pub(super) struct Folding {
    /// `data-testid` and class of its button.
    pub(super) id: &'static str,
    /// What pressing does, while the part is unfolded and while it is folded.
    pub(super) name: [Phrase; 2],
    /// Where the part goes, and where it comes from.
    pub(super) sign: [&'static str; 2],
    /// The setting that remembers it.
    pub(super) folded: fn(&mut Settings) -> &mut bool,
    /// The same, to look at.
    pub(super) is_folded: fn(&Settings) -> bool,
}

/// The button.
pub(super) fn fold_button(folding: &'static Folding) -> AnyView {
    let console = use_console();
    let folded = Memo::new(move |_| console.settings.with(folding.is_folded));
    let [fold, unfold] = folding.name;
    let [away, back] = folding.sign;
    view! {
        <button
            type="button"
            class=format!("button-quiet {}", folding.id)
            data-testid=folding.id
            aria-expanded=live(move || (!folded.get()).to_string())
            aria-label=live(move || console.say(if folded.get() { unfold } else { fold }))
            on:click=move |_| {
                console
                    .settings
                    .update(|settings| {
                        let folded = (folding.folded)(settings);
                        *folded = !*folded;
                    });
            }
        >
            {live(move || if folded.get() { back } else { away })}
        </button>
    }
    .into_any()
}

//! Where the focus goes when what has it goes away: a browser leaves it nowhere, and who has no
//! pointer starts again at the top of the page.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::browser::clock;
use crate::engine::seam::UnixMillis;

/// How long what was done may take, in milliseconds: in a flood the engine answers after two seconds.
const PATIENCE: u64 = 3_000;

/// What has the focus, and what gets it next.
struct Near {
    held: HtmlElement,
    /// Which of the buttons it is.
    place: usize,
    buttons: String,
    then: String,
}

/// To be called by what may take the element in focus away, at once or when the engine has
/// answered. The focus then goes to the same button of the next row, else of the row before, else
/// to the first that can be seen of `then`. `buttons` selects the button in every row.
pub fn stay_near(buttons: &str, then: &str) {
    let Some(held) = active() else { return };
    let place = shown(buttons).iter().position(|button| *button == held);
    let near = Near {
        held,
        place: place.unwrap_or_default(),
        buttons: buttons.to_owned(),
        then: then.to_owned(),
    };
    watch(near, clock::unix_millis());
}

/// Looks once in every frame, since what gets the focus may go away too: a row that changed is
/// drawn anew. Ends as soon as the user puts the focus elsewhere.
fn watch(mut near: Near, since: UnixMillis) {
    if clock::unix_millis().0.abs_diff(since.0) > PATIENCE {
        return;
    }
    request_animation_frame(move || {
        let active = active();
        if active.as_ref().is_some_and(|active| *active != near.held) {
            return;
        }
        let stays = is_shown(&near.held);
        if stays && active.is_none() {
            return;
        }
        if !stays && let Some(next) = near.next() {
            let _ = next.focus();
            near.held = next;
        }
        watch(near, since);
    });
}

impl Near {
    fn next(&self) -> Option<HtmlElement> {
        let buttons = shown(&self.buttons);
        let button = buttons.get(self.place).or_else(|| buttons.last()).cloned();
        button.or_else(|| shown(&self.then).into_iter().next())
    }
}

/// What has the focus; nothing where that is the page as a whole.
fn active() -> Option<HtmlElement> {
    let active: HtmlElement = document().active_element()?.dyn_into().ok()?;
    (document().body().as_ref() != Some(&active)).then_some(active)
}

fn is_shown(element: &HtmlElement) -> bool {
    element.is_connected() && element.offset_width() > 0
}

/// Everything that matches and can be seen.
fn shown(selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = document().query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into::<HtmlElement>().ok())
        .filter(is_shown)
        .collect()
}

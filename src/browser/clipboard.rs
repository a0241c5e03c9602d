//! The clipboard, for writing only.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Clipboard, HtmlTextAreaElement};

/// Puts `text` on the clipboard and calls `done` with whether it is there now: the browser may
/// refuse, for example where the page has lost the focus. Works only in answer to a click or a key.
pub fn write_text(text: &str, done: impl FnOnce(bool) + 'static) {
    let navigator = web_sys::window().map(|window| window.navigator());
    let clipboard = navigator
        .and_then(|navigator| js_sys::Reflect::get(&navigator, &"clipboard".into()).ok())
        .filter(|clipboard| !clipboard.is_undefined());
    match clipboard {
        Some(clipboard) => {
            let written = clipboard.unchecked_into::<Clipboard>().write_text(text);
            spawn_local(async move { done(JsFuture::from(written).await.is_ok()) });
        }
        // A page that came over http from another machine has none.
        None => done(copy_selection(text).unwrap_or(false)),
    }
}

/// The older way: a selected text, and the command that copies what is selected.
fn copy_selection(text: &str) -> Result<bool, JsValue> {
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    let command: js_sys::Function =
        js_sys::Reflect::get(&document, &"execCommand".into())?.dyn_into()?;
    let focused = document.active_element();
    // Nothing outside an open dialog can be selected.
    let above = focused.as_ref().and_then(|at| at.closest("dialog").ok()?);
    let place = match above {
        Some(dialog) => dialog,
        None => document.body().ok_or(JsValue::NULL)?.into(),
    };
    let area: HtmlTextAreaElement = document.create_element("textarea")?.unchecked_into();
    area.set_value(text);
    area.set_attribute("aria-hidden", "true")?;
    area.set_class_name("visually-hidden");
    place.append_child(&area)?;
    area.select();
    let copied = command.call1(&document, &"copy".into());
    area.remove();
    if let Some(focused) = focused.and_then(|at| at.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Where the user was.
        let _ = focused.focus();
    }
    Ok(copied?.is_truthy())
}

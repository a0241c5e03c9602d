//! Files: one that the user gets, one that the user gives.

use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlInputElement, Url};

/// Why a file could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Larger than was asked for.
    #[error("the file has {bytes} bytes, too many")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The browser could not read it.
    #[error("the browser could not read the file")]
    Unreadable,
}

/// Gives the user a text file under this name. The browser may ask where to put it, or refuse
/// without telling.
pub fn download(name: &str, text: &str) {
    // Nothing can be done where the browser lacks any of these.
    let _ = try_download(name, text);
}

fn try_download(name: &str, text: &str) -> Result<(), JsValue> {
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The click has started the download, which holds the content by itself.
    Url::revoke_object_url(&url)
}

/// Lets the user choose a file, and calls `done` with its text, taken as UTF-8; never when the
/// user chooses none. Works only in answer to a click or a key.
pub fn choose(max_bytes: usize, done: impl Fn(Result<String, FileError>) + 'static) {
    let input = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("input").ok());
    let Some(input) = input else { return };
    let input: HtmlInputElement = input.unchecked_into();
    input.set_type("file");
    input.set_accept(".json,application/json");
    // Tests drive the chooser through this.
    let _ = input.set_attribute("data-testid", "file");
    let chosen = input.clone();
    let on_change = Closure::once_into_js(move || {
        let file = chosen.files().and_then(|files| files.get(0));
        chosen.remove();
        let Some(file) = file else { return };
        let bytes = file.size() as usize;
        if bytes > max_bytes {
            done(Err(FileError::TooLarge { bytes }));
            return;
        }
        let text = file.text();
        wasm_bindgen_futures::spawn_local(async move {
            let read = wasm_bindgen_futures::JsFuture::from(text).await;
            let read = read.ok().and_then(|text| text.as_string());
            done(read.ok_or(FileError::Unreadable));
        });
    });
    input.set_onchange(Some(on_change.unchecked_ref()));
    // In the document for as long as the chooser is open: some browsers drop it otherwise.
    input.set_hidden(true);
    if let Some(body) = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.body())
    {
        // A choice that was given up leaves its element behind; there is at most one.
        if let Ok(Some(old)) = body.query_selector("input[type=file][data-testid=file]") {
            old.remove();
        }
        let _ = body.append_child(&input);
    }
    input.click();
}

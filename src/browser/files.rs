//! Files, on the user's own machine: one that the user gets, one that the user chooses or drops on
//! the page, read whole.

use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, BlobPropertyBag, DragEvent, Event, File, FileList, HtmlAnchorElement, HtmlInputElement,
    Url,
};

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
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    // Nothing can be done where the browser lacks any of these.
    let _ = try_download(name, "application/json", &parts);
}

/// Gives the user a file of bytes under this name, likewise.
pub fn download_bytes(name: &str, parts: &[bytes::Bytes]) {
    let parts: js_sys::Array = parts
        .iter()
        .map(|part| JsValue::from(js_sys::Uint8Array::from(part.as_ref())))
        .collect();
    let _ = try_download(name, "application/octet-stream", &parts);
}

fn try_download(name: &str, kind: &str, parts: &js_sys::Array) -> Result<(), JsValue> {
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_str_sequence_and_options(parts, &options)?;
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

/// A file's name and its bytes; no bytes when it is too large or cannot be read.
pub type Read = (String, Option<Vec<u8>>);

/// The file that was dropped, if one was; `done` gets it once it is read.
pub fn read_dropped(event: &DragEvent, most: f64, done: impl FnOnce(Read) + 'static) -> bool {
    let files = event.data_transfer().and_then(|data| data.files());
    read_first(files, most, done)
}

/// The file that was chosen in an `<input type="file">`.
pub fn read_chosen(event: &Event, most: f64, done: impl FnOnce(Read) + 'static) -> bool {
    let input = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return false };
    let found = read_first(input.files(), most, done);
    // The same file can be chosen again.
    input.set_value("");
    found
}

/// Whether what is dragged holds files, so that the page may take it.
pub fn holds_files(event: &DragEvent) -> bool {
    event
        .data_transfer()
        .is_some_and(|data| data.types().includes(&JsValue::from_str("Files"), 0))
}

fn read_first(files: Option<FileList>, most: f64, done: impl FnOnce(Read) + 'static) -> bool {
    let Some(file) = files.and_then(|files| files.get(0)) else {
        return false;
    };
    read(&file, most, done);
    true
}

fn read(file: &File, most: f64, done: impl FnOnce(Read) + 'static) {
    let name = file.name();
    if file.size() > most {
        done((name, None));
        return;
    }
    let promise = file.array_buffer();
    wasm_bindgen_futures::spawn_local(async move {
        let bytes = wasm_bindgen_futures::JsFuture::from(promise)
            .await
            .ok()
            .map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec());
        done((name, bytes));
    });
}

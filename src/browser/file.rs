//! Files that the user drops on the page or chooses: read whole, on the user's own machine.

use wasm_bindgen::prelude::*;
use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement};

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

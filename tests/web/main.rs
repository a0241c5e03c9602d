//! What only a browser can show, in headless Chromium: `make test-browser`.
#![cfg(target_arch = "wasm32")]

mod link;
mod rows;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

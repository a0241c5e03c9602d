//! What only a browser can show, in headless Chromium: `make test-browser`.
#![cfg(target_arch = "wasm32")]

mod link;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

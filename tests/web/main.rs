//! What only a browser can show, and what must hold there too, in headless Chromium: `make test-browser`.
#![cfg(target_arch = "wasm32")]

mod link;
#[path = "../mqtt_properties.rs"]
mod mqtt_properties;
#[path = "../mqtt_vectors.rs"]
mod mqtt_vectors;
mod rows;
mod storage;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

//! The parts that the page's program is loaded in: first what its start needs, then the rest.

use gloo_events::EventListener;
use wasm_bindgen::JsCast as _;
use web_sys::EventTarget;

/// What the page's start script says to the window once the rest is there.
const WHOLE: &str = "whole";

/// Calls `then` once, when the whole program is there. It is never called before this returns.
pub fn when_whole(then: impl FnOnce() + 'static) {
    let target: EventTarget = js_sys::global().unchecked_into();
    EventListener::once(&target, WHOLE, move |_| then()).forget();
}

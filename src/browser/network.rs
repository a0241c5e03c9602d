//! Whether the browser believes that it has a network. The page is told in every browser, a worker
//! in most: both listen, and hearing it twice does no harm.

use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, EventTarget};

/// Whether there is a network now, as far as the browser knows. For a worker.
pub fn is_online() -> bool {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    scope.navigator().on_line()
}

/// Calls `changed` for as long as the worker or the page lives, whenever the network comes or goes.
pub fn watch(changed: impl Fn(bool) + 'static) {
    let changed = std::rc::Rc::new(changed);
    let target: EventTarget = js_sys::global().unchecked_into();
    for (name, online) in [("online", true), ("offline", false)] {
        let changed = changed.clone();
        gloo_events::EventListener::new(&target, name, move |_| changed(online)).forget();
    }
}

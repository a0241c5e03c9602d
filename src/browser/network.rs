//! Whether the browser believes that it has a network. It says so in a worker, too.

use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, EventTarget};

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Whether there is a network now, as far as the browser knows.
pub fn is_online() -> bool {
    scope().navigator().on_line()
}

/// Calls `changed` for as long as the worker lives, whenever the network comes or goes.
pub fn watch(changed: impl Fn(bool) + 'static) {
    let changed = std::rc::Rc::new(changed);
    let target: EventTarget = scope().into();
    for (name, online) in [("online", true), ("offline", false)] {
        let changed = changed.clone();
        gloo_events::EventListener::new(&target, name, move |_| changed(online)).forget();
    }
}

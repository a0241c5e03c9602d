//! The size of an element, followed.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::ResizeObserver;

/// Width and height of an element's content, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

struct Observed {
    observer: ResizeObserver,
    _on_resize: Closure<dyn FnMut()>,
}

impl Drop for Observed {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Follows the size of `node` for as long as the calling component lives.
pub fn observe_size(node: NodeRef<Div>) -> ReadSignal<Size> {
    let (size, set_size) = signal(Size::default());
    let observed = StoredValue::new_local(None::<Observed>);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let watched = element.clone();
        let on_resize = Closure::<dyn FnMut()>::new(move || {
            let now = Size {
                width: f64::from(watched.client_width()),
                height: f64::from(watched.client_height()),
            };
            if size.try_get_untracked().is_some_and(|before| before != now) {
                let _ = set_size.try_set(now);
            }
        });
        // Every browser that runs WebAssembly modules of this age has it.
        if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            observer.observe(&element);
            observed.set_value(Some(Observed {
                observer,
                _on_resize: on_resize,
            }));
        }
    });
    size
}

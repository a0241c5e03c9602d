//! Values and parts that follow the state, each of one type whatever the closure: a closure of its
//! own type brings its own copy of the code that draws it, which is most of a page's size.

use std::sync::{Arc, Mutex};

use leptos::prelude::*;
use leptos::tachys::reactive_graph::SharedReactiveFunction;

/// A text or an attribute that follows what `read` reads.
pub fn live<T: Send + Sync + 'static>(read: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    Signal::derive(read)
}

/// A part of the page that is drawn anew when what `draw` reads changes.
pub fn part<V: IntoView + 'static>(
    mut draw: impl FnMut() -> V + Send + 'static,
) -> SharedReactiveFunction<AnyView> {
    Arc::new(Mutex::new(move || draw().into_any()))
}

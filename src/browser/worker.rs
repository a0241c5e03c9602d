//! The page's end of the engine's worker.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker};

use crate::engine::seam::{self, Command, Text, Update};

/// What the worker tells the page.
#[derive(Debug)]
pub enum WorkerEvent {
    /// An update.
    Update(Box<Update>),
    /// The engine stopped: the text of its panic, or why it could not be loaded. Nothing more
    /// will come.
    Failed(Text),
}

/// What the engine said before somebody listens; `None` from then on.
type Held = Rc<RefCell<Option<Vec<JsValue>>>>;

/// A running engine. Dropping it ends the worker.
pub struct EngineWorker {
    worker: Worker,
    on_event: Rc<dyn Fn(WorkerEvent)>,
    held: Held,
    // Both are called by the browser for as long as the worker lives.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl EngineWorker {
    /// Starts the engine's worker; `on_event` is called for everything it says, but for updates not
    /// before [`listen`](Self::listen): reading them is no part of a page's start.
    ///
    /// # Errors
    /// The browser's own words when it makes no worker.
    pub fn start(on_event: impl Fn(WorkerEvent) + 'static) -> Result<Self, Text> {
        let worker = Worker::new(&engine_url()).map_err(|error| describe(&error))?;
        let on_event: Rc<dyn Fn(WorkerEvent)> = Rc::new(on_event);
        let held: Held = Rc::new(RefCell::new(Some(Vec::new())));
        let on_message = {
            let (on_event, held) = (on_event.clone(), held.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let data = event.data();
                // A text is the engine's failure.
                if !data.is_string()
                    && let Some(held) = held.borrow_mut().as_mut()
                {
                    held.push(data);
                    return;
                }
                hear(&*on_event, &data);
            })
        };
        let on_error = {
            let on_event = on_event.clone();
            Closure::<dyn FnMut(Event)>::new(move |event: Event| {
                event.prevent_default();
                let text = event
                    .dyn_ref::<ErrorEvent>()
                    .map(ErrorEvent::message)
                    .unwrap_or_default();
                on_event(WorkerEvent::Failed(or_not_loaded(text)));
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            on_event,
            held,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Hands over every update from now on, and those that came before.
    pub fn listen(&self) {
        let held = self.held.take();
        for data in held.into_iter().flatten() {
            hear(&*self.on_event, &data);
        }
    }

    /// Sends a command. Commands sent before the engine has loaded wait for it in order.
    pub fn send(&self, command: &Command) {
        let bytes = Uint8Array::from(seam::encode(command).as_slice());
        // Posting bytes to a worker cannot fail: they are always cloneable.
        let _ = self.worker.post_message(&bytes);
    }
}

impl Drop for EngineWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

// Apart from what holds messages back, which a start does.
#[inline(never)]
fn hear(on_event: &dyn Fn(WorkerEvent), data: &JsValue) {
    on_event(read_message(data));
}

fn read_message(data: &JsValue) -> WorkerEvent {
    if let Some(text) = data.as_string() {
        // A panic, which is told as it is.
        return WorkerEvent::Failed(Text::same(text));
    }
    let Some(array) = data.dyn_ref::<Uint8Array>() else {
        return WorkerEvent::Failed(Text::new(
            "the engine sent something unreadable",
            "引擎发来的内容无法解析",
        ));
    };
    match seam::decode::<Update>(&array.to_vec()) {
        Ok(update) => WorkerEvent::Update(Box::new(update)),
        Err(error) => WorkerEvent::Failed(error.text()),
    }
}

/// An error inside the worker comes with a message; a script that could not be loaded is a bare
/// event, without even an empty one.
fn or_not_loaded(text: String) -> Text {
    if text.is_empty() {
        Text::new("the engine's files could not be loaded", "引擎文件无法加载")
    } else {
        Text::same(text)
    }
}

/// The worker's files carry no hash in their names, so the page names the version that it was
/// built with: a cached old engine must not meet a new page.
fn engine_url() -> String {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| {
            document
                .query_selector("meta[name=engine-url]")
                .ok()
                .flatten()
        })
        .and_then(|meta| meta.get_attribute("content"))
        .unwrap_or_else(|| "./engine_loader.js".to_owned())
}

fn describe(error: &JsValue) -> Text {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || Text::new("the browser made no worker", "浏览器未能创建 Worker"),
        |e| Text::same(e.message()),
    )
}

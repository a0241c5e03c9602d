//! The adapters that hold browser callbacks, in a real browser: what they own is given back.

use std::cell::RefCell;
use std::rc::Rc;

use device_console::browser::worker::{EngineWorker, WorkerEvent};
use device_console::transport::LinkEvent;
use device_console::transport::web_socket::WebSocketLink;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// A port that nothing listens on and that browsers do not refuse by themselves.
const NOBODY: &str = "ws://127.0.0.1:9/";
const CLOSED_PORT: &str = "ws://127.0.0.1:1884/";

async fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        TimeoutFuture::new(10).await;
    }
    panic!("it did not happen within five seconds");
}

#[wasm_bindgen_test]
async fn a_socket_that_cannot_be_opened_reports_its_close_and_no_more() {
    let events = Rc::new(RefCell::new(Vec::new()));
    let link = WebSocketLink::open(CLOSED_PORT, "mqtt", {
        let events = events.clone();
        move |event| events.borrow_mut().push(event)
    })
    .expect("the browser makes the socket");
    until(|| !events.borrow().is_empty()).await;
    let found = events.borrow().clone();
    assert!(
        matches!(found.as_slice(), [LinkEvent::Closed { code: 1006, .. }]),
        "{found:?}"
    );
    drop(link);
}

#[wasm_bindgen_test]
async fn a_hundred_reconnects_give_every_handler_back() {
    let witness = Rc::new(());
    for _ in 0..100 {
        let held = witness.clone();
        let link = WebSocketLink::open(CLOSED_PORT, "mqtt", move |_| {
            // Moved into the handlers, so it lives exactly as long as they do.
            let _ = &held;
        });
        drop(link);
    }
    assert_eq!(Rc::strong_count(&witness), 1);
}

#[wasm_bindgen_test]
async fn a_dropped_link_says_nothing_any_more() {
    let events = Rc::new(RefCell::new(0));
    let link = WebSocketLink::open(CLOSED_PORT, "mqtt", {
        let events = events.clone();
        move |_| *events.borrow_mut() += 1
    });
    drop(link);
    TimeoutFuture::new(300).await;
    assert_eq!(*events.borrow(), 0);
}

#[wasm_bindgen_test]
fn what_the_browser_refuses_outright_is_an_error_and_no_exception() {
    for (url, sub_protocol) in [("http://[", "mqtt"), (NOBODY, "not a token")] {
        assert!(
            WebSocketLink::open(url, sub_protocol, |_| ()).is_err(),
            "{url} {sub_protocol}"
        );
    }
}

/// A worker made from this script instead of the engine.
fn engine_double(script: &str) {
    let document = web_sys::window().unwrap().document().unwrap();
    let meta = document
        .query_selector("meta[name=engine-url]")
        .unwrap()
        .unwrap_or_else(|| {
            let meta = document.create_element("meta").unwrap();
            meta.set_attribute("name", "engine-url").unwrap();
            document.head().unwrap().append_child(&meta).unwrap();
            meta
        });
    let encoded = String::from(js_sys::encode_uri_component(script));
    meta.set_attribute("content", &format!("data:text/javascript,{encoded}"))
        .unwrap();
}

fn start() -> (EngineWorker, Rc<RefCell<Vec<String>>>) {
    let events = Rc::new(RefCell::new(Vec::new()));
    let worker = EngineWorker::start({
        let events = events.clone();
        move |event| {
            events.borrow_mut().push(match event {
                WorkerEvent::Update(update) => format!("update {}", update.number),
                WorkerEvent::Failed(text) => text.en.into_owned(),
            });
        }
    })
    .expect("a worker");
    (worker, events)
}

#[wasm_bindgen_test]
async fn a_worker_answers_until_it_is_dropped() {
    // An empty update with number 1, as the seam encodes it.
    let update = device_console::engine::seam::encode(&device_console::engine::seam::Update {
        number: 1,
        ..Default::default()
    });
    engine_double(&format!(
        "onmessage = () => postMessage(new Uint8Array({update:?}))",
    ));
    let (worker, events) = start();
    worker.listen();
    let command = device_console::engine::seam::Command::Taken { update: 0 };
    worker.send(&command);
    until(|| events.borrow().len() == 1).await;
    assert_eq!(events.borrow()[0], "update 1");
    worker.send(&command);
    drop(worker);
    TimeoutFuture::new(200).await;
    assert_eq!(
        events.borrow().len(),
        1,
        "nothing comes from an ended worker"
    );
}

#[wasm_bindgen_test]
async fn updates_wait_in_order_until_somebody_listens_and_a_failure_does_not() {
    let update = |number| {
        device_console::engine::seam::encode(&device_console::engine::seam::Update {
            number,
            ..Default::default()
        })
    };
    let (first, second) = (update(1), update(2));
    engine_double(&format!(
        "for (const bytes of [{first:?}, {second:?}]) postMessage(new Uint8Array(bytes));
        postMessage('panicked at codec')",
    ));
    let (worker, events) = start();
    until(|| !events.borrow().is_empty()).await;
    assert_eq!(*events.borrow(), ["panicked at codec"]);
    worker.listen();
    assert_eq!(
        *events.borrow(),
        ["panicked at codec", "update 1", "update 2"]
    );
}

#[wasm_bindgen_test]
async fn a_worker_that_panics_throws_or_babbles_is_reported() {
    for (script, expected) in [
        ("postMessage('panicked at codec')", "panicked at codec"),
        ("throw new Error('broken')", "broken"),
        ("postMessage(new Uint8Array([255]))", "reload"),
        ("postMessage({})", "unreadable"),
    ] {
        engine_double(script);
        let (worker, events) = start();
        worker.listen();
        until(|| !events.borrow().is_empty()).await;
        let text = events.borrow()[0].clone();
        assert!(text.contains(expected), "{script}: {text}");
    }
}

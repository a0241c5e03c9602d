//! The browser's storage of sessions, and who may use it.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use device_console::browser::session_locks::SessionLocks;
use device_console::browser::session_store::SessionStore;
use device_console::engine::{Batch, Claim, StoreError, StoreKey};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;

/// A place for an answer that comes later.
struct Answer<T>(Rc<RefCell<Option<T>>>);

impl<T: 'static> Answer<T> {
    fn new() -> (Self, impl FnOnce(T) + 'static) {
        let place = Rc::new(RefCell::new(None));
        let answered = place.clone();
        (Self(place), move |answer| {
            *answered.borrow_mut() = Some(answer);
        })
    }

    async fn wait(self) -> T {
        loop {
            if let Some(answer) = self.0.borrow_mut().take() {
                return answer;
            }
            TimeoutFuture::new(5).await;
        }
    }
}

fn key(digit: char) -> StoreKey {
    StoreKey::parse(&digit.to_string().repeat(64)).expect("a digest")
}

async fn store(store: &SessionStore, key: &StoreKey, batch: Batch) -> Result<(), StoreError> {
    let (answer, done) = Answer::new();
    store.store(key, batch, done);
    answer.wait().await
}

async fn load(store: &SessionStore, key: &StoreKey) -> Vec<Bytes> {
    let (answer, done) = Answer::new();
    store.load(key, done);
    answer.wait().await.expect("the storage answers")
}

async fn claim(locks: &SessionLocks, key: &StoreKey, take_over: bool) -> (Claim, Answer<()>) {
    let (answer, done) = Answer::new();
    let (lost, losing) = Answer::new();
    locks.claim(key, take_over, done, move || losing(()));
    (answer.wait().await, lost)
}

fn record(number: u64, text: &'static str) -> Batch {
    Batch {
        put: vec![(number, Bytes::from_static(text.as_bytes()))],
        strict: number == 0,
        ..Batch::default()
    }
}

#[wasm_bindgen_test]
async fn records_come_back_in_order_and_a_database_that_was_closed_is_opened_again() {
    let (storage, key) = (SessionStore::default(), key('1'));
    for (number, text) in [(12, "twelve"), (0, "head"), (9, "nine")] {
        assert_eq!(store(&storage, &key, record(number, text)).await, Ok(()));
    }
    assert_eq!(load(&storage, &key).await, ["head", "nine", "twelve"]);

    // The user clears the data of the site: the browser asks everybody to let go, and removes it.
    let (gone, done) = Answer::new();
    let factory = web_sys::window().expect("a window").indexed_db();
    let factory = factory.expect("allowed").expect("there");
    let request = factory.delete_database("device-console").expect("allowed");
    let done = wasm_bindgen::closure::Closure::once_into_js(move || done(()));
    request.set_onsuccess(Some(done.unchecked_ref()));
    gone.wait().await;
    assert_eq!(store(&storage, &key, record(0, "anew")).await, Ok(()));
    assert_eq!(load(&storage, &key).await, ["anew"]);
}

#[wasm_bindgen_test]
async fn a_session_has_one_owner_until_it_is_given_back_or_taken() {
    let key = key('2');
    let (one, other) = (SessionLocks::default(), SessionLocks::default());
    let (claimed, lost) = claim(&one, &key, false).await;
    assert_eq!(claimed, Claim::Granted);
    assert_eq!(claim(&one, &key, false).await.0, Claim::Granted, "its own");
    assert_eq!(claim(&other, &key, false).await.0, Claim::Held);
    let (claimed, _) = claim(&other, &key, true).await;
    assert_eq!(claimed, Claim::Granted);
    lost.wait().await;
    assert_eq!(claim(&one, &key, false).await.0, Claim::Held);
    other.release(&key);
    assert_eq!(claim(&one, &key, false).await.0, Claim::Granted);
    one.release(&key);
}

#[wasm_bindgen_test]
async fn what_somebody_has_is_not_discarded() {
    let (storage, key) = (SessionStore::default(), key('3'));
    let (one, other) = (SessionLocks::default(), SessionLocks::default());
    assert_eq!(store(&storage, &key, record(1, "kept")).await, Ok(()));
    assert_eq!(claim(&one, &key, false).await.0, Claim::Granted);
    storage.discard(&other, &key);
    TimeoutFuture::new(200).await;
    assert_eq!(load(&storage, &key).await, ["kept"]);
    one.release(&key);
    // The browser takes a turn to give it back, and what is not free then is left alone.
    TimeoutFuture::new(200).await;
    storage.discard(&other, &key);
    TimeoutFuture::new(500).await;
    assert_eq!(load(&storage, &key).await, Vec::<Bytes>::new());
}

#[wasm_bindgen_test]
async fn records_that_nobody_ever_read_are_tidied_away() {
    let (storage, old, used) = (SessionStore::default(), key('4'), key('5'));
    let locks = SessionLocks::default();
    assert_eq!(store(&storage, &old, record(1, "old")).await, Ok(()));
    assert_eq!(store(&storage, &used, record(1, "used")).await, Ok(()));
    assert_eq!(load(&storage, &used).await, ["used"]);
    storage.tidy(&locks);
    // Reading marks a session as used, so that is done once.
    TimeoutFuture::new(500).await;
    assert_eq!(load(&storage, &old).await, Vec::<Bytes>::new());
    assert_eq!(load(&storage, &used).await, ["used"]);
}

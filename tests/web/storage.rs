//! The browser's storage of sessions, and who may use it.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use device_console::browser::session_leases::SessionLeases;
use device_console::browser::session_locks::SessionLocks;
use device_console::browser::session_owners::SessionOwners;
use device_console::browser::session_store::{SessionStore, Written};
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

async fn store(store: &SessionStore, key: &StoreKey, batch: Batch) -> Result<Written, StoreError> {
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
        assert_eq!(
            store(&storage, &key, record(number, text)).await,
            Ok(Written::Stored)
        );
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
    assert_eq!(
        store(&storage, &key, record(0, "anew")).await,
        Ok(Written::Stored)
    );
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
    let [one, other] = [(); 2].map(|()| SessionOwners::new(storage.clone()));
    assert_eq!(
        store(&storage, &key, record(1, "kept")).await,
        Ok(Written::Stored)
    );
    let (answer, done) = Answer::new();
    one.claim(&key, false, done, || ());
    assert_eq!(answer.wait().await, Claim::Granted);
    other.discard(&key);
    TimeoutFuture::new(200).await;
    assert_eq!(load(&storage, &key).await, ["kept"]);
    one.release(&key);
    // The browser takes a turn to give it back, and what is not free then is left alone.
    TimeoutFuture::new(200).await;
    other.discard(&key);
    TimeoutFuture::new(500).await;
    assert_eq!(load(&storage, &key).await, Vec::<Bytes>::new());
}

#[wasm_bindgen_test]
async fn records_that_nobody_ever_read_are_tidied_away() {
    let (storage, old, used) = (SessionStore::default(), key('4'), key('5'));
    let stored = Ok(Written::Stored);
    assert_eq!(store(&storage, &old, record(1, "old")).await, stored);
    assert_eq!(store(&storage, &used, record(1, "used")).await, stored);
    assert_eq!(load(&storage, &used).await, ["used"]);
    SessionOwners::new(storage.clone()).tidy();
    // Reading marks a session as used, so that is done once.
    TimeoutFuture::new(500).await;
    assert_eq!(load(&storage, &old).await, Vec::<Bytes>::new());
    assert_eq!(load(&storage, &used).await, ["used"]);
}

#[wasm_bindgen_test]
async fn whoever_was_taken_over_writes_nothing_before_it_hears_of_that() {
    let key = key('6');
    let [early, late] = [(); 2].map(|()| SessionStore::default());
    let [first, second] = [&early, &late].map(|store| SessionOwners::new(store.clone()));
    let (answer, done) = Answer::new();
    first.claim(&key, false, done, || ());
    assert_eq!(answer.wait().await, Claim::Granted);
    assert_eq!(
        store(&early, &key, record(1, "early")).await,
        Ok(Written::Stored)
    );
    // Asked for in one breath, so that the first writes before any news can reach it.
    let (answer, done) = Answer::new();
    let (lost, _losing) = Answer::<()>::new();
    let refused = Rc::new(RefCell::new(None));
    let (writing, noted, written) = (early.clone(), refused.clone(), key.clone());
    second.claim(
        &key,
        true,
        move |claim| {
            writing.store(&written, record(2, "too late"), move |outcome| {
                *noted.borrow_mut() = Some(outcome);
            });
            done(claim);
        },
        || (),
    );
    drop(lost);
    assert_eq!(answer.wait().await, Claim::Granted);
    assert_eq!(load(&late, &key).await, ["early"]);
    assert_eq!(refused.take(), Some(Ok(Written::Refused)));
    assert_eq!(
        store(&late, &key, record(2, "late")).await,
        Ok(Written::Stored)
    );
    assert_eq!(load(&late, &key).await, ["early", "late"]);
}

#[wasm_bindgen_test]
async fn a_write_that_fails_half_way_leaves_nothing_of_itself() {
    let (storage, key) = (SessionStore::default(), key('7'));
    assert_eq!(
        store(&storage, &key, record(1, "before")).await,
        Ok(Written::Stored)
    );
    // The storage fails at the second of two records, as it does when the quota is used up.
    let failing = js_sys::Function::new_with_args(
        "",
        "const put = IDBObjectStore.prototype.put;
         let left = 1;
         IDBObjectStore.prototype.put = function (...values) {
             if (left-- > 0) return put.apply(this, values);
             IDBObjectStore.prototype.put = put;
             throw new DOMException('full', 'QuotaExceededError');
         };",
    );
    failing
        .call0(&wasm_bindgen::JsValue::UNDEFINED)
        .expect("it is replaced");
    let batch = Batch {
        clear: true,
        put: vec![
            (2, Bytes::from_static(b"half")),
            (3, Bytes::from_static(b"of it")),
        ],
        ..Batch::default()
    };
    let outcome = store(&storage, &key, batch).await;
    assert_eq!(outcome, Err(StoreError::Refused));
    assert_eq!(load(&storage, &key).await, ["before"]);
    assert_eq!(
        store(&storage, &key, record(2, "after")).await,
        Ok(Written::Stored)
    );
    assert_eq!(load(&storage, &key).await, ["before", "after"]);
}

async fn lease(leases: &SessionLeases, key: &StoreKey, take_over: bool) -> (Claim, Answer<()>) {
    let (answer, done) = Answer::new();
    let (lost, losing) = Answer::new();
    leases.claim(key, take_over, done, move || losing(()));
    (answer.wait().await, lost)
}

#[wasm_bindgen_test]
async fn without_locks_an_owner_says_again_and_again_that_it_is_there() {
    let key = key('8');
    let [first, second] = [(); 2].map(|()| SessionLeases::new(SessionStore::default()));
    let (claimed, lost) = lease(&first, &key, false).await;
    assert_eq!(claimed, Claim::Granted);
    assert_eq!(
        lease(&first, &key, false).await.0,
        Claim::Granted,
        "its own"
    );
    assert_eq!(lease(&second, &key, false).await.0, Claim::Held);
    assert_eq!(lease(&second, &key, true).await.0, Claim::Granted);
    drop(lost);
    second.release(&key);
    assert_eq!(lease(&first, &key, false).await.0, Claim::Granted);
    first.release(&key);
}

#[wasm_bindgen_test]
async fn without_locks_who_was_taken_over_hears_of_it_and_who_is_gone_is_succeeded() {
    let key = key('9');
    let [first, second] = [(); 2].map(|()| SessionLeases::new(SessionStore::default()));
    let (claimed, lost) = lease(&first, &key, false).await;
    assert_eq!(claimed, Claim::Granted);
    assert_eq!(lease(&second, &key, true).await.0, Claim::Granted);
    lost.wait().await;
    // One that was killed gives nothing back: it only says nothing any more.
    let storage = SessionStore::default();
    let (answer, done) = Answer::new();
    storage.own(&key, |_| true, done);
    assert!(matches!(answer.wait().await, Ok((true, Some(_)))));
    drop(storage);
    assert_eq!(lease(&first, &key, false).await.0, Claim::Granted);
    first.release(&key);
}

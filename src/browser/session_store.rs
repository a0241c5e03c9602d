//! MQTT sessions in IndexedDB: numbered records under one key for each session. IndexedDB is the
//! one storage that a worker has and that changes several records as one.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    DedicatedWorkerGlobalScope, EventTarget, IdbDatabase, IdbKeyRange, IdbObjectStore,
    IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use crate::engine::{Batch, StoreError, StoreKey};

/// The database, and its one object store.
const DATABASE: &str = "device-console";
const SESSIONS: &str = "sessions";

type Job = Box<dyn FnOnce(Result<&IdbDatabase, StoreError>)>;

enum State {
    Closed,
    Opening(Vec<Job>),
    Open(IdbDatabase),
}

/// The storage. The database is opened when it is first needed.
pub struct SessionStore {
    state: Rc<RefCell<State>>,
}

impl Default for SessionStore {
    fn default() -> Self {
        Self {
            state: Rc::new(RefCell::new(State::Closed)),
        }
    }
}

impl SessionStore {
    /// Reads every record under `key`, in the order of their numbers. `done` is called from a later
    /// turn of the event loop.
    pub fn load(
        &self,
        key: &StoreKey,
        done: impl FnOnce(Result<Vec<Bytes>, StoreError>) + 'static,
    ) {
        let key = key.as_str().to_owned();
        self.with_database(Box::new(move |database| {
            let request =
                database.and_then(|database| read(database, &key).map_err(|_| StoreError::Refused));
            match request {
                Ok(request) => {
                    let target: EventTarget = request.clone().into();
                    once(&target, "success", &["error"], move |succeeded| {
                        done(if succeeded {
                            Ok(records(&request))
                        } else {
                            Err(StoreError::Refused)
                        });
                    });
                }
                Err(error) => later(move || done(Err(error))),
            }
        }));
    }

    /// Changes the records under `key`. `done` is called from a later turn of the event loop, when
    /// all of it is stored or none.
    pub fn store(
        &self,
        key: &StoreKey,
        batch: Batch,
        done: impl FnOnce(Result<(), StoreError>) + 'static,
    ) {
        let key = key.as_str().to_owned();
        self.with_database(Box::new(move |database| {
            let transaction = database.and_then(|database| {
                write(database, &key, &batch).map_err(|_| StoreError::Refused)
            });
            match transaction {
                Ok(transaction) => {
                    let target: EventTarget = transaction.into();
                    once(&target, "complete", &["abort"], move |succeeded| {
                        done(succeeded.then_some(()).ok_or(StoreError::Refused));
                    });
                }
                Err(error) => later(move || done(Err(error))),
            }
        }));
    }

    fn with_database(&self, job: Job) {
        let mut state = self.state.borrow_mut();
        match &mut *state {
            State::Open(database) => {
                let database = database.clone();
                drop(state);
                job(Ok(&database));
            }
            State::Opening(jobs) => jobs.push(job),
            State::Closed => match open() {
                Some(request) => {
                    *state = State::Opening(vec![job]);
                    drop(state);
                    self.await_database(request);
                }
                None => {
                    drop(state);
                    job(Err(StoreError::Unavailable));
                }
            },
        }
    }

    fn await_database(&self, request: IdbOpenDbRequest) {
        let target: EventTarget = request.clone().into();
        let upgraded = request.clone();
        // Fires only where the database is new, and then before the end.
        let upgrade = EventListener::once(&target, "upgradeneeded", move |_| {
            if let Some(database) = database_of(&upgraded) {
                // A failure makes the request fail, which is told below.
                let _ = database.create_object_store(SESSIONS);
            }
        });
        let state = self.state.clone();
        once(
            &target,
            "success",
            &["error", "blocked"],
            move |succeeded| {
                drop(upgrade);
                let database = database_of(&request).filter(|_| succeeded);
                let new = database.clone().map_or(State::Closed, State::Open);
                let State::Opening(jobs) = state.replace(new) else {
                    return;
                };
                for job in jobs {
                    job(database.as_ref().ok_or(StoreError::Unavailable));
                }
            },
        );
    }
}

fn open() -> Option<IdbOpenDbRequest> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let factory = scope.indexed_db().ok()??;
    factory.open_with_u32(DATABASE, 1).ok()
}

fn database_of(request: &IdbOpenDbRequest) -> Option<IdbDatabase> {
    request.result().ok()?.dyn_into().ok()
}

/// The key of one record: fixed width, so that the order of keys is that of numbers.
fn record_key(key: &str, number: u64) -> JsValue {
    JsValue::from_str(&format!("{key}/{number:020}"))
}

fn range(key: &str) -> Result<IdbKeyRange, JsValue> {
    IdbKeyRange::bound(&record_key(key, 0), &record_key(key, u64::MAX))
}

fn read(database: &IdbDatabase, key: &str) -> Result<IdbRequest, JsValue> {
    let transaction = database.transaction_with_str(SESSIONS)?;
    let range = range(key)?;
    transaction
        .object_store(SESSIONS)?
        .get_all_with_key(range.as_ref())
}

fn records(request: &IdbRequest) -> Vec<Bytes> {
    let Ok(Ok(array)) = request.result().map(JsValue::dyn_into::<Array>) else {
        return Vec::new();
    };
    array
        .iter()
        .filter_map(|value| value.dyn_into::<Uint8Array>().ok())
        .map(|record| Bytes::from(record.to_vec()))
        .collect()
}

fn write(database: &IdbDatabase, key: &str, batch: &Batch) -> Result<IdbTransaction, JsValue> {
    let mode = IdbTransactionMode::Readwrite;
    let transaction = database.transaction_with_str_and_mode(SESSIONS, mode)?;
    let sessions: IdbObjectStore = transaction.object_store(SESSIONS)?;
    if batch.clear {
        let range = range(key)?;
        sessions.delete(range.as_ref())?;
    }
    for number in &batch.delete {
        sessions.delete(&record_key(key, *number))?;
    }
    for (number, record) in &batch.put {
        let bytes = Uint8Array::from(record.as_ref());
        sessions.put_with_key(&bytes, &record_key(key, *number))?;
    }
    Ok(transaction)
}

/// Calls `done` with whether the good event came first, once.
fn once(
    target: &EventTarget,
    good: &'static str,
    bad: &[&'static str],
    done: impl FnOnce(bool) + 'static,
) {
    let done = Rc::new(RefCell::new(Some(done)));
    let listeners = Rc::new(RefCell::new(Vec::new()));
    let names = core::iter::once((good, true)).chain(bad.iter().map(|name| (*name, false)));
    for (name, succeeded) in names {
        let (done, all) = (done.clone(), listeners.clone());
        let listener = EventListener::new(target, name, move |_| {
            // All of them go with the first; this one when it has returned.
            let finished = all.take();
            let done = done.take();
            if let Some(done) = done {
                done(succeeded);
            }
            drop(finished);
        });
        listeners.borrow_mut().push(listener);
    }
}

/// Calls `done` from a later turn of the event loop, as every other answer comes.
fn later(done: impl FnOnce() + 'static) {
    Timeout::new(0, done).forget();
}

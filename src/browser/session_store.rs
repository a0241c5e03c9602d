//! MQTT sessions in IndexedDB: numbered records under one key for each session, and when each key
//! was last used. IndexedDB is the one storage that a worker has and that changes several records as
//! one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    DedicatedWorkerGlobalScope, EventTarget, IdbDatabase, IdbKeyRange, IdbObjectStore,
    IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::clock;
use super::session_locks::SessionLocks;
use crate::engine::{Batch, StoreError, StoreKey, outlived};
use crate::time::UnixMillis;

/// The database, and its one object store.
const DATABASE: &str = "device-console";
const SESSIONS: &str = "sessions";
/// Before a key, where it says when that was last used.
const USED: &str = "used/";

type Job = Box<dyn FnOnce(Result<&IdbDatabase, StoreError>)>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = IdbDatabase)]
    type Database;

    /// With options, which `web-sys` counts as unstable.
    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn transaction_with_options(
        this: &Database,
        store_names: &str,
        mode: IdbTransactionMode,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

enum State {
    Closed,
    Opening(Vec<Job>),
    Open(IdbDatabase),
}

/// The storage. The database is opened when it is first needed, and again when the browser closed
/// it.
#[derive(Clone)]
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
        let key = key.clone();
        let state = self.state.clone();
        self.with_database(Box::new(move |database| {
            let request = database.and_then(|database| {
                read(database, &key).map_err(|_| {
                    // A database that the browser closed is opened anew by the next.
                    *state.borrow_mut() = State::Closed;
                    StoreError::Refused
                })
            });
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
        let key = key.clone();
        let state = self.state.clone();
        self.with_database(Box::new(move |database| {
            let transaction = database.and_then(|database| {
                write(database, &key, &batch).map_err(|_| {
                    *state.borrow_mut() = State::Closed;
                    StoreError::Refused
                })
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

    /// Removes every record under `key`, if nobody has it.
    pub fn discard(&self, locks: &SessionLocks, key: &StoreKey) {
        let (store, discarded) = (self.clone(), key.clone());
        locks.if_free(key, move || {
            Promise::new(&mut |resolve, _reject| store.remove(&discarded, resolve))
        });
    }

    fn remove(&self, key: &StoreKey, resolve: Function) {
        let key = key.clone();
        self.with_database(Box::new(move |database| {
            let settle = move || drop(resolve.call0(&JsValue::UNDEFINED));
            match database.map(|database| erase(database, &key)) {
                Ok(Ok(transaction)) => {
                    let target: EventTarget = transaction.into();
                    once(&target, "complete", &["abort"], move |_| settle());
                }
                _ => settle(),
            }
        }));
    }

    /// Forgets what nobody will want again, as [`outlived`] says. Called once, early.
    pub fn tidy(&self, locks: &SessionLocks) {
        let (store, locks) = (self.clone(), locks.clone());
        self.with_database(Box::new(move |database| {
            let Ok(Ok((keys, used))) = database.map(known) else {
                return;
            };
            let target: EventTarget = used.clone().into();
            // The second of two requests of one transaction is answered last.
            once(&target, "success", &["error"], move |succeeded| {
                if succeeded {
                    for key in outlived(sessions(&keys, &used), clock::now().unix) {
                        store.discard(&locks, &key);
                    }
                }
            });
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
                if let Some(database) = &database {
                    watch(database, &state);
                }
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

/// Lets go of a database that the browser closes, such as when the user clears the site's data, or
/// that another version of this page wants to change.
fn watch(database: &IdbDatabase, state: &Rc<RefCell<State>>) {
    let target: EventTarget = database.clone().into();
    for name in ["close", "versionchange"] {
        let (state, database) = (state.clone(), database.clone());
        // It lives as long as the database does.
        EventListener::new(&target, name, move |_| {
            database.close();
            *state.borrow_mut() = State::Closed;
        })
        .forget();
    }
}

fn used_key(key: &StoreKey) -> JsValue {
    JsValue::from_str(&format!("{USED}{}", key.as_str()))
}

fn read(database: &IdbDatabase, key: &StoreKey) -> Result<IdbRequest, JsValue> {
    let mode = IdbTransactionMode::Readwrite;
    let transaction = database.transaction_with_str_and_mode(SESSIONS, mode)?;
    let sessions = transaction.object_store(SESSIONS)?;
    let now = JsValue::from_f64(clock::now().unix.0 as f64);
    sessions.put_with_key(&now, &used_key(key))?;
    sessions.get_all_with_key(range(key.as_str())?.as_ref())
}

fn erase(database: &IdbDatabase, key: &StoreKey) -> Result<IdbTransaction, JsValue> {
    let mode = IdbTransactionMode::Readwrite;
    let transaction = database.transaction_with_str_and_mode(SESSIONS, mode)?;
    let sessions = transaction.object_store(SESSIONS)?;
    sessions.delete(range(key.as_str())?.as_ref())?;
    sessions.delete(&used_key(key))?;
    Ok(transaction)
}

/// Asks for the keys of everything, and for the times of use in the order of their keys.
fn known(database: &IdbDatabase) -> Result<(IdbRequest, IdbRequest), JsValue> {
    let sessions = database
        .transaction_with_str(SESSIONS)?
        .object_store(SESSIONS)?;
    let keys = sessions.get_all_keys()?;
    let range = IdbKeyRange::bound(&USED.into(), &format!("{USED}~").into())?;
    Ok((keys, sessions.get_all_with_key(range.as_ref())?))
}

/// Each session that has records, with when it was last used, if that is known.
fn sessions(keys: &IdbRequest, used: &IdbRequest) -> Vec<(StoreKey, Option<UnixMillis>)> {
    let list = |request: &IdbRequest| {
        let array: Option<Array> = request.result().ok().and_then(|it| it.dyn_into().ok());
        array.unwrap_or_default()
    };
    let mut times = list(used)
        .iter()
        .filter_map(|time| time.as_f64())
        .collect::<Vec<_>>()
        .into_iter();
    let mut found = BTreeMap::new();
    for key in list(keys).iter().filter_map(|key| key.as_string()) {
        if let Some(key) = key.strip_prefix(USED) {
            // A time that is no number would shift the rest; none such is ever written.
            let time = times.next().map(|time| UnixMillis(time as i64));
            if let Some(key) = StoreKey::parse(key) {
                found.insert(key, time);
            }
        } else if let Some(key) = key.split('/').next().and_then(StoreKey::parse) {
            found.entry(key).or_insert(None);
        }
    }
    found.into_iter().collect()
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

fn write(database: &IdbDatabase, key: &StoreKey, batch: &Batch) -> Result<IdbTransaction, JsValue> {
    let options = Object::new();
    let durability = if batch.strict { "strict" } else { "default" };
    Reflect::set(&options, &"durability".into(), &durability.into())?;
    let transaction = database
        .unchecked_ref::<Database>()
        .transaction_with_options(SESSIONS, IdbTransactionMode::Readwrite, &options)?;
    if let Err(error) = fill(&transaction, key.as_str(), batch) {
        // Half of a batch would be worse than none of it.
        let _ = transaction.abort();
        return Err(error);
    }
    Ok(transaction)
}

fn fill(transaction: &IdbTransaction, key: &str, batch: &Batch) -> Result<(), JsValue> {
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
    Ok(())
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

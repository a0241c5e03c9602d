//! MQTT sessions in IndexedDB: numbered records under one key for each session, and when each key
//! was last used. IndexedDB is the one storage that a worker has and that changes several records as
//! one.
//!
//! Beside the records of a key stands who owns it. Every write asks for that in the transaction that
//! writes, so that a worker whose session another has taken writes nothing any more, from the moment
//! at which the other stands there: before it has heard of it, however late it hears.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use bytes::Bytes;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    DedicatedWorkerGlobalScope, EventTarget, IdbDatabase, IdbKeyRange, IdbObjectStore,
    IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::{clock, random};
use crate::engine::{Batch, StoreError, StoreKey};
use crate::time::UnixMillis;

/// The database, and its one object store.
const DATABASE: &str = "device-console";
const SESSIONS: &str = "sessions";
/// Before a key, where it says when that was last used.
const USED: &str = "used/";
/// Before a key, where it says who owns that.
const OWNER: &str = "owner/";

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

/// Who owns a key, and how often it has said so since it came to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    name: Rc<str>,
    said: u64,
}

impl Owner {
    fn read(value: &JsValue) -> Option<Self> {
        let text = value.as_string()?;
        let (name, said) = text.split_once('/')?;
        let said = said.parse().ok()?;
        let name = name.into();
        Some(Self { name, said })
    }

    fn value(&self) -> JsValue {
        JsValue::from_str(&format!("{}/{}", self.name, self.said))
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it is stored.
    Stored,
    /// None of it: another worker owns the key.
    Refused,
}

/// The storage. The database is opened when it is first needed, and again when the browser closed
/// it.
#[derive(Clone)]
pub struct SessionStore {
    state: Rc<RefCell<State>>,
    /// What this worker is called where it owns a key.
    name: Rc<str>,
    /// Keys that it could not be marked as the owner of: nothing is written there, since the name
    /// that stands there is another's.
    unmarked: Rc<RefCell<HashSet<StoreKey>>>,
}

impl Default for SessionStore {
    fn default() -> Self {
        Self {
            state: Rc::new(RefCell::new(State::Closed)),
            name: new_name(),
            unmarked: Rc::default(),
        }
    }
}

fn new_name() -> Rc<str> {
    // Not padded: what a start does must not hang on a number that was drawn.
    format!("{:x}", random::u64()).into()
}

impl SessionStore {
    /// The same storage for somebody else in this worker, who owns nothing of what this one owns.
    #[must_use]
    pub fn of_another(&self) -> Self {
        Self {
            state: self.state.clone(),
            name: new_name(),
            unmarked: Rc::default(),
        }
    }

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

    /// Changes the records under `key`, unless another worker owns it. `done` is called from a later
    /// turn of the event loop, when all of it is stored or none.
    pub fn store(
        &self,
        key: &StoreKey,
        batch: Batch,
        done: impl FnOnce(Result<Written, StoreError>) + 'static,
    ) {
        if self.unmarked.borrow().contains(key) {
            return later(move || done(Err(StoreError::Refused)));
        }
        let durability = if batch.strict { "strict" } else { "default" };
        let (owned, name) = (key.clone(), self.name.clone());
        let fill = move |sessions: &IdbObjectStore, owner: Option<Owner>| {
            if owner.is_some_and(|owner| owner.name != name) {
                return Ok(Written::Refused);
            }
            fill(sessions, owned.as_str(), &batch).map(|()| Written::Stored)
        };
        self.with_owner(key, durability, fill, done);
    }

    /// Makes this worker the owner of `key`, if `may` agrees to whom it owns now. `done` is told
    /// whether, and who that was.
    pub fn own(
        &self,
        key: &StoreKey,
        may: impl FnOnce(Option<&Owner>) -> bool + 'static,
        done: impl FnOnce(Result<(bool, Option<Owner>), StoreError>) + 'static,
    ) {
        let (owned, name) = (key.clone(), self.name.clone());
        let take = move |sessions: &IdbObjectStore, owner: Option<Owner>| {
            let is_own = owner.as_ref().is_some_and(|owner| owner.name == name);
            let may = is_own || may(owner.as_ref());
            if may {
                let said = owner.as_ref().map_or(0, |owner| owner.said) + 1;
                let value = Owner { name, said }.value();
                sessions.put_with_key(&value, &owner_key(&owned))?;
            }
            Ok((may, owner))
        };
        let (unmarked, key_of_mark) = (self.unmarked.clone(), key.clone());
        self.with_owner(key, "relaxed", take, move |outcome| {
            match &outcome {
                Err(_) => drop(unmarked.borrow_mut().insert(key_of_mark)),
                Ok(_) => drop(unmarked.borrow_mut().remove(&key_of_mark)),
            }
            done(outcome);
        });
    }

    /// Gives up what this worker owns.
    pub fn disown(&self, key: &StoreKey) {
        let (owned, name) = (key.clone(), self.name.clone());
        let leave = move |sessions: &IdbObjectStore, owner: Option<Owner>| {
            if owner.is_some_and(|owner| owner.name == name) {
                sessions.delete(&owner_key(&owned))?;
            }
            Ok(())
        };
        // What is still there afterwards is taken for one who has gone.
        self.with_owner(key, "relaxed", leave, |_| ());
    }

    /// One transaction that begins with who owns `key`: `change` makes its changes and says what
    /// they come to. All of them are stored, or none and `done` gets the error.
    fn with_owner<T: 'static>(
        &self,
        key: &StoreKey,
        durability: &'static str,
        change: impl FnOnce(&IdbObjectStore, Option<Owner>) -> Result<T, JsValue> + 'static,
        done: impl FnOnce(Result<T, StoreError>) + 'static,
    ) {
        let key = key.clone();
        let state = self.state.clone();
        self.with_database(Box::new(move |database| {
            let begun = database.and_then(|database| {
                begin(database, &key, durability).map_err(|_| {
                    *state.borrow_mut() = State::Closed;
                    StoreError::Refused
                })
            });
            let (transaction, sessions, owner) = match begun {
                Ok(begun) => begun,
                Err(error) => return later(move || done(Err(error))),
            };
            let outcome = Rc::new(Cell::new(None));
            let (changing, changed) = (transaction.clone(), outcome.clone());
            let target: EventTarget = owner.clone().into();
            once(&target, "success", &["error"], move |succeeded| {
                if !succeeded {
                    return;
                }
                let owner = owner.result().ok().and_then(|it| Owner::read(&it));
                match change(&sessions, owner) {
                    Ok(comes_to) => changed.set(Some(comes_to)),
                    // Half of a batch would be worse than none of it.
                    Err(_) => drop(changing.abort()),
                }
            });
            let target: EventTarget = transaction.into();
            once(&target, "complete", &["abort"], move |succeeded| {
                let outcome = outcome.take().filter(|_| succeeded);
                done(outcome.ok_or(StoreError::Refused));
            });
        }));
    }

    /// Removes every record under `key`, and settles the promise then.
    pub fn remove(&self, key: &StoreKey, resolve: Function) {
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

    /// Every session that has records, with when it was last used, if that is known.
    pub fn sessions(&self, done: impl FnOnce(Vec<(StoreKey, Option<UnixMillis>)>) + 'static) {
        self.with_database(Box::new(move |database| {
            let Ok(Ok((keys, used))) = database.map(known) else {
                return;
            };
            let target: EventTarget = used.clone().into();
            // The second of two requests of one transaction is answered last.
            once(&target, "success", &["error"], move |succeeded| {
                if succeeded {
                    done(sessions(&keys, &used));
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

fn owner_key(key: &StoreKey) -> JsValue {
    JsValue::from_str(&format!("{OWNER}{}", key.as_str()))
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
    sessions.delete(&owner_key(key))?;
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

/// A transaction that asks who owns `key`.
fn begin(
    database: &IdbDatabase,
    key: &StoreKey,
    durability: &str,
) -> Result<(IdbTransaction, IdbObjectStore, IdbRequest), JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &durability.into())?;
    let transaction = database
        .unchecked_ref::<Database>()
        .transaction_with_options(SESSIONS, IdbTransactionMode::Readwrite, &options)?;
    let sessions = transaction.object_store(SESSIONS)?;
    let owner = sessions.get(&owner_key(key))?;
    Ok((transaction, sessions, owner))
}

fn fill(sessions: &IdbObjectStore, key: &str, batch: &Batch) -> Result<(), JsValue> {
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

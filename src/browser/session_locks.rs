//! Who uses which stored session, among all tabs, windows and workers of this site: a Web Lock for
//! each. The browser gives a lock back by itself when the one who has it ends, however it ends.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::engine::{Claim, StoreKey};

/// A page that was just closed or reloaded takes a moment to end its worker.
const WAIT_MILLIS: u32 = 1_500;

#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        callback: &Function,
    ) -> Result<Promise, JsValue>;
}

/// The locks that this worker has: for each the number of its claim, and what gives it back.
#[derive(Clone, Default)]
pub struct SessionLocks {
    held: Rc<RefCell<HashMap<StoreKey, (u64, Function)>>>,
    claims: Rc<Cell<u64>>,
}

impl SessionLocks {
    /// Whether the browser has locks for this page: not where it was loaded over http from another
    /// machine.
    pub fn are_there() -> bool {
        manager().is_some()
    }

    /// Asks for a key. `done` is called once, from a later turn of the event loop; `lost` when
    /// another took the key afterwards.
    pub fn claim(
        &self,
        key: &StoreKey,
        take_over: bool,
        done: impl FnOnce(Claim) + 'static,
        lost: impl FnOnce() + 'static,
    ) {
        let Some(locks) = manager() else {
            Timeout::new(0, move || done(Claim::Unknown)).forget();
            return;
        };
        if self.held.borrow().contains_key(key) {
            Timeout::new(0, move || done(Claim::Granted)).forget();
            return;
        }
        let number = self.claims.get() + 1;
        self.claims.set(number);
        let done = Rc::new(Cell::new(Some(done)));
        let options = Object::new();
        let give_up = abort_controller();
        if take_over {
            set(&options, "steal", &JsValue::TRUE);
        } else if let Some((_, signal)) = &give_up {
            set(&options, "signal", signal);
        }
        let granted = {
            let (held, key, done) = (self.held.clone(), key.clone(), done.clone());
            Closure::once_into_js(move |_lock: JsValue| {
                Timeout::new(0, move || {
                    if let Some(done) = done.take() {
                        done(Claim::Granted);
                    }
                })
                .forget();
                // The lock is ours until this is resolved.
                Promise::new(&mut |resolve, _reject| {
                    held.borrow_mut().insert(key.clone(), (number, resolve));
                })
            })
        };
        let Ok(request) = locks.request(&name(key), &options, granted.unchecked_ref()) else {
            Timeout::new(0, move || {
                if let Some(done) = done.take() {
                    done(Claim::Unknown);
                }
            })
            .forget();
            return;
        };
        if !take_over {
            let (held, key) = (self.held.clone(), key.clone());
            Timeout::new(WAIT_MILLIS, move || {
                if !held.borrow().contains_key(&key)
                    && let Some((controller, _)) = give_up
                {
                    abort(&controller);
                }
            })
            .forget();
        }
        let (held, key) = (self.held.clone(), key.clone());
        spawn_local(async move {
            if JsFuture::from(request).await.is_ok() {
                // Given back by ourselves.
                return;
            }
            // What is called here may come back to the locks. A lock that was let go and claimed
            // anew meanwhile is another.
            let was_held = {
                let mut held = held.borrow_mut();
                let is_this = held.get(&key).is_some_and(|(held, _)| *held == number);
                is_this && held.remove(&key).is_some()
            };
            if was_held {
                lost();
            } else if let Some(done) = done.take() {
                done(Claim::Held);
            }
        });
    }

    /// Gives a key back.
    pub fn release(&self, key: &StoreKey) {
        if let Some((_, resolve)) = self.held.borrow_mut().remove(key) {
            // It cannot fail: it only settles a promise.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }

    /// Runs `task` if nobody has this key, this worker included, and keeps others from it until
    /// the promise that `task` returns is settled. Where the browser has no locks nothing happens.
    pub fn if_free(&self, key: &StoreKey, task: impl FnOnce() -> Promise + 'static) {
        let Some(locks) = manager() else {
            return;
        };
        let options = Object::new();
        set(&options, "ifAvailable", &JsValue::TRUE);
        let callback = Closure::once_into_js(move |lock: JsValue| {
            if lock.is_null() {
                Promise::resolve(&JsValue::UNDEFINED)
            } else {
                task()
            }
        });
        // Without an answer nothing is done, which is what is wanted then.
        let _ = locks.request(&name(key), &options, callback.unchecked_ref());
    }
}

fn name(key: &StoreKey) -> String {
    format!("device-console/session/{}", key.as_str())
}

/// Pages that were not loaded over https or from this machine have none.
fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}

/// An AbortController and its signal.
fn abort_controller() -> Option<(JsValue, JsValue)> {
    let class = Reflect::get(&js_sys::global(), &"AbortController".into()).ok()?;
    let class: Function = class.dyn_into().ok()?;
    let controller = Reflect::construct(&class, &js_sys::Array::new()).ok()?;
    let signal = Reflect::get(&controller, &"signal".into()).ok()?;
    Some((controller, signal))
}

fn abort(controller: &JsValue) {
    let method = Reflect::get(controller, &"abort".into());
    if let Ok(Ok(method)) = method.map(JsValue::dyn_into::<Function>) {
        let _ = method.call0(controller);
    }
}

fn set(object: &Object, key: &str, value: &JsValue) {
    // A plain object takes every property.
    let _ = Reflect::set(object, &key.into(), value);
}

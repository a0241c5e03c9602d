//! Who uses which stored session, where the browser has no locks: whoever owns it in the storage says
//! so again every second, and has gone when it has said nothing for three.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};

use super::session_store::{Owner, SessionStore};
use crate::engine::{Claim, StoreKey};

/// How often an owner says that it is there.
const BEAT_MILLIS: u32 = 1_000;
/// One who has said nothing for so long has gone: a page that was closed, reloaded or killed.
const LEASE_MILLIS: u32 = 3_000;

/// The sessions that this worker has, each with what says so again and again.
#[derive(Clone)]
pub struct SessionLeases {
    store: SessionStore,
    held: Rc<RefCell<HashMap<StoreKey, Interval>>>,
}

impl SessionLeases {
    /// Leases in this storage.
    pub fn new(store: SessionStore) -> Self {
        Self {
            store,
            held: Rc::default(),
        }
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
        let (leases, claimed) = (self.clone(), key.clone());
        let may = move |owner: Option<&Owner>| owner.is_none() || take_over;
        self.store.own(key, may, move |outcome| match outcome {
            Err(_) => done(Claim::Unknown),
            Ok((true, _)) => leases.granted(&claimed, done, lost),
            Ok((false, seen)) => {
                Timeout::new(LEASE_MILLIS, move || {
                    leases.claim_of(&claimed, seen, done, lost);
                })
                .forget();
            }
        });
    }

    /// Asks for a key again whose owner may have gone.
    fn claim_of(
        &self,
        key: &StoreKey,
        seen: Option<Owner>,
        done: impl FnOnce(Claim) + 'static,
        lost: impl FnOnce() + 'static,
    ) {
        let (leases, claimed) = (self.clone(), key.clone());
        let may = move |owner: Option<&Owner>| owner.is_none() || owner == seen.as_ref();
        self.store.own(key, may, move |outcome| match outcome {
            Err(_) => done(Claim::Unknown),
            Ok((true, _)) => leases.granted(&claimed, done, lost),
            Ok((false, _)) => done(Claim::Held),
        });
    }

    fn granted(
        &self,
        key: &StoreKey,
        done: impl FnOnce(Claim) + 'static,
        lost: impl FnOnce() + 'static,
    ) {
        let (leases, beating) = (self.clone(), key.clone());
        let lost = Rc::new(RefCell::new(Some(lost)));
        let beat = Interval::new(BEAT_MILLIS, move || {
            let (leases, key, lost) = (leases.clone(), beating.clone(), lost.clone());
            let own = |owner: Option<&Owner>| owner.is_none();
            leases.store.clone().own(&beating, own, move |outcome| {
                if !matches!(outcome, Ok((false, _)))
                    || leases.held.borrow_mut().remove(&key).is_none()
                {
                    return;
                }
                if let Some(lost) = lost.take() {
                    lost();
                }
            });
        });
        self.held.borrow_mut().insert(key.clone(), beat);
        done(Claim::Granted);
    }

    /// Gives a key back.
    pub fn release(&self, key: &StoreKey) {
        if self.held.borrow_mut().remove(key).is_some() {
            self.store.disown(key);
        }
    }

    /// Runs `task` if nobody has this key, this worker included: who asks goes by a name of its
    /// own, so that it does not pass for the worker's session, nor that for it.
    pub fn if_free(&self, key: &StoreKey, task: impl FnOnce() + 'static) {
        let other = Self::new(self.store.of_another());
        let (leases, wanted) = (other.clone(), key.clone());
        let done = move |claim| {
            if claim == Claim::Granted {
                task();
                leases.release(&wanted);
            }
        };
        other.claim(key, false, done, || ());
    }
}

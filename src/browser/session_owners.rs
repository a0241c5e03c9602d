//! Who uses which stored session, among all tabs, windows and workers of this site: a Web Lock where
//! the browser has them, else a lease, and in either case the name that stands in the storage, which
//! every write asks for.

use js_sys::Promise;

use super::clock;
use super::session_leases::SessionLeases;
use super::session_locks::SessionLocks;
use super::session_store::SessionStore;
use crate::engine::{Claim, StoreKey, outlived};

/// The sessions that this worker has.
#[derive(Clone)]
pub struct SessionOwners {
    store: SessionStore,
    means: Means,
}

#[derive(Clone)]
enum Means {
    Locks(SessionLocks),
    Leases(SessionLeases),
}

impl SessionOwners {
    /// Owners of what this storage holds.
    pub fn new(store: SessionStore) -> Self {
        let means = if SessionLocks::are_there() {
            Means::Locks(SessionLocks::default())
        } else {
            Means::Leases(SessionLeases::new(store.clone()))
        };
        Self { store, means }
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
        match &self.means {
            Means::Leases(leases) => leases.claim(key, take_over, done, lost),
            Means::Locks(locks) => {
                let (store, owned) = (self.store.clone(), key.clone());
                let mark = move |claim| match claim {
                    // Whoever stands there has lost the lock. Where this name cannot be put there
                    // instead, the session goes on and is not stored.
                    Claim::Granted => store.own(&owned, |_| true, move |_| done(claim)),
                    _ => done(claim),
                };
                locks.claim(key, take_over, mark, lost);
            }
        }
    }

    /// Gives a key back, or what is left of it when another has taken it.
    pub fn release(&self, key: &StoreKey) {
        match &self.means {
            Means::Locks(locks) => locks.release(key),
            Means::Leases(leases) => leases.release(key),
        }
    }

    /// Removes every record under `key`, if nobody has it.
    pub fn discard(&self, key: &StoreKey) {
        let (store, discarded) = (self.store.clone(), key.clone());
        let remove =
            move || Promise::new(&mut |resolve, _reject| store.remove(&discarded, resolve));
        match &self.means {
            Means::Locks(locks) => locks.if_free(key, remove),
            Means::Leases(leases) => leases.if_free(key, move || drop(remove())),
        }
    }

    /// Forgets what nobody will want again, as [`outlived`] says. Called once, early.
    pub fn tidy(&self) {
        let owners = self.clone();
        self.store.sessions(move |sessions| {
            for key in outlived(sessions, clock::now().unix) {
                owners.discard(&key);
            }
        });
    }
}

//! The worker's end: reads the clock, owns the sockets and the timer, and drives the engine.
//!
//! Every entry (command, socket event, timer) is one input to the engine, followed by draining
//! what it wants done, posting at most one update, and arming one timer.

use std::cell::RefCell;
use std::collections::HashMap;

use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::session_owners::SessionOwners;
use super::session_store::{SessionStore, Written};
use super::{clock, network, random};
use crate::engine::pace::Pace;
use crate::engine::seam::{self, Command};
use crate::engine::{Claim, Effect, Engine, LinkId, StoreError, StoreKey, StoreTicket};
use crate::time::{Instant, Now};
use crate::transport::LinkEvent;
use crate::transport::web_socket::WebSocketLink;

thread_local! {
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

struct Host {
    scope: DedicatedWorkerGlobalScope,
    /// When the last input came: both clocks are read once for each, which takes as long as a good
    /// part of the rest.
    now: Now,
    engine: Engine,
    links: HashMap<LinkId, WebSocketLink>,
    store: SessionStore,
    owners: SessionOwners,
    timer: Option<(Instant, Timeout)>,
    /// When the page is told what is new.
    pace: Pace,
    /// What is stored and nobody wants any more was looked for. That is no part of a start, which
    /// ends before the page takes its first update.
    tidied: bool,
}

/// Starts the engine in this worker and serves the page until the worker is ended.
pub fn run() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    report_panics(scope.clone());
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let Some(array) = event.data().dyn_ref::<Uint8Array>().map(Uint8Array::to_vec) else {
            return;
        };
        match seam::decode::<Command>(&array) {
            Ok(command) => input(|host| {
                if matches!(command, Command::Taken { .. }) {
                    if !std::mem::replace(&mut host.tidied, true) {
                        host.owners.tidy();
                    }
                    host.pace.handle_taken(host.now.instant);
                } else {
                    host.pace.handle_awaited();
                }
                host.measure_links();
                host.engine.handle_command(host.now, command);
            }),
            // A page of another version: it must learn that, whatever it meant.
            Err(error) => input(|host| host.fail(&error.to_string())),
        }
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The handler lives as long as the worker does.
    on_message.forget();
    let store = SessionStore::default();
    HOST.with_borrow_mut(|host| {
        let now = clock::now();
        *host = Some(Host {
            scope,
            now,
            engine: Engine::new(now),
            links: HashMap::new(),
            owners: SessionOwners::new(store.clone()),
            store,
            timer: None,
            pace: Pace::default(),
            tidied: false,
        });
    });
    network::watch(|online| input(|host| host.engine.handle_network(host.now, online)));
    input(|host| {
        host.engine.handle_entropy(random::bytes());
        let online = network::is_online();
        host.engine.handle_network(host.now, online);
    });
}

/// A panic ends a wasm module for good: tell the page, which offers a restart.
fn report_panics(scope: DedicatedWorkerGlobalScope) {
    struct MainThread(DedicatedWorkerGlobalScope);
    // SAFETY: wasm32 without threads has one thread; the hook runs on it.
    unsafe impl Send for MainThread {}
    unsafe impl Sync for MainThread {}
    impl MainThread {
        fn post(&self, text: &str) {
            let _ = self.0.post_message(&JsValue::from_str(text));
        }
    }
    let scope = MainThread(scope);
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        scope.post(&info.to_string());
    }));
}

fn input(handle: impl FnOnce(&mut Host)) {
    HOST.with(|cell| {
        // Nothing here calls back into `input`; the borrow can only be stuck after a panic, which
        // the page has been told about already.
        let Ok(mut guard) = cell.try_borrow_mut() else {
            return;
        };
        if let Some(host) = guard.as_mut() {
            host.now = clock::now();
            handle(host);
            host.settle();
        }
    });
}

impl Host {
    fn settle(&mut self) {
        while let Some(effect) = self.engine.poll_effect() {
            self.carry_out(effect);
        }
        let news = self.tell();
        self.arm(news);
    }

    /// Tells the page what is new. Returns when there may be more, by the passing of time alone.
    fn tell(&mut self) -> Option<Instant> {
        let now = self.now;
        if let Some(next) = self.pace.next()
            && now.instant < next
        {
            return Some(next);
        }
        if let Some(update) = self.engine.poll_update(now) {
            // A search and the reading of a paste go on without a pause.
            let is_searching = |device: &seam::DeviceUpdate| {
                device.log.as_ref().is_some_and(|log| log.unsearched > 0)
            };
            let goes_on = update.devices.iter().any(is_searching)
                || matches!(update.decoding, Some(seam::Decoding::Underway(_)));
            let update = seam::Update {
                memory_bytes: memory_bytes(),
                passing: self.pace.handle_told(now.instant, goes_on),
                ..update
            };
            let bytes = Uint8Array::from(seam::encode(&update).as_slice());
            let transfer = js_sys::Array::of1(&bytes.buffer());
            let _ = self.scope.post_message_with_transfer(&bytes, &transfer);
        }
        // Never before it may be told: a timer would only fire to be armed again.
        let telling = self.engine.poll_telling();
        telling.map(|at| self.pace.next().map_or(at, |next| at.max(next)))
    }

    /// Arms the timer for the engine's next deadline, or for `news` if that is earlier. Deadlines
    /// mostly move away, with every message, and arming anew costs more than a message does: a
    /// timer that is armed for earlier stays, and finds out when it fires.
    fn arm(&mut self, news: Option<Instant>) {
        let Some(deadline) = self.engine.poll_timeout().into_iter().chain(news).min() else {
            self.timer = None;
            return;
        };
        if self
            .timer
            .as_ref()
            .is_some_and(|(armed, _)| *armed <= deadline)
        {
            return;
        }
        let wait = deadline - clock::now().instant;
        // One more millisecond: a timer that fires early would only be armed again.
        let millis = u32::try_from(wait.as_millis())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        // The browser's timers are signed 32-bit.
        let timeout = Timeout::new(millis.min(i32::MAX as u32), || {
            input(|host| {
                host.timer = None;
                host.measure_links();
                host.engine.handle_timeout(host.now);
            });
        });
        self.timer = Some((deadline, timeout));
    }

    // Apart, since a start has no effects.
    #[inline(never)]
    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::OpenLink {
                link,
                url,
                sub_protocol,
            } => {
                let opened = WebSocketLink::open(&url, &sub_protocol, move |event| {
                    link_input(link, event);
                });
                match opened {
                    Ok(socket) => drop(self.links.insert(link, socket)),
                    Err(error) => self.engine.handle_link_rejected(self.now, link, &error),
                }
            }
            Effect::Send { link, bytes } => {
                if let Some(socket) = self.links.get(&link) {
                    socket.send(&bytes);
                }
            }
            Effect::Claim {
                ticket,
                key,
                take_over,
            } => {
                let (claimed, lost) = (key.clone(), key.clone());
                self.owners.claim(
                    &key,
                    take_over,
                    move |claim| {
                        input(|host| {
                            let now = host.now;
                            let used = host.engine.handle_claimed(now, ticket, &claimed, claim);
                            if claim == Claim::Granted && !used {
                                host.owners.release(&claimed);
                            }
                        });
                    },
                    move || input(|host| host.engine.handle_claim_lost(host.now, &lost)),
                );
            }
            Effect::Release { key } => self.owners.release(&key),
            Effect::Discard { key } => self.owners.discard(&key),
            Effect::CloseLink { link } => drop(self.links.remove(&link)),
            Effect::Load { ticket, key } => self.store.load(&key, move |records| {
                input(|host| host.engine.handle_loaded(host.now, ticket, records));
            }),
            Effect::Store { ticket, key, batch } => {
                let stored = key.clone();
                self.store.store(&key, batch, move |written| {
                    input(|host| host.written(ticket, &stored, written));
                });
            }
        }
    }

    /// The storage has answered a write.
    fn written(
        &mut self,
        ticket: StoreTicket,
        key: &StoreKey,
        written: Result<Written, StoreError>,
    ) {
        let now = self.now;
        match written {
            Ok(Written::Stored) => self.engine.handle_stored(now, ticket, Ok(())),
            Err(error) => self.engine.handle_stored(now, ticket, Err(error)),
            Ok(Written::Refused) => {
                self.owners.release(key);
                self.engine.handle_claim_lost(now, key);
                // Nobody waits for it any longer.
                let refused = Err(StoreError::Refused);
                self.engine.handle_stored(now, ticket, refused);
            }
        }
    }

    /// Tells the engine how much each socket has not passed on.
    fn measure_links(&mut self) {
        for (link, socket) in &self.links {
            let bytes = usize::try_from(socket.buffered()).unwrap_or(usize::MAX);
            self.engine.handle_backlog(*link, bytes);
        }
    }

    fn fail(&self, text: &str) {
        let _ = self.scope.post_message(&JsValue::from_str(text));
    }
}

/// The size of the engine's memory, in bytes: it grows and never shrinks.
fn memory_bytes() -> u64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    u64::from(buffer.byte_length())
}

fn link_input(link: LinkId, event: LinkEvent) {
    input(|host| {
        match event {
            LinkEvent::Message(_) | LinkEvent::Text(_) => {
                host.pace.handle_message();
            }
            LinkEvent::Opened { .. } => host.pace.handle_awaited(),
            LinkEvent::Closed { .. } => {
                host.links.remove(&link);
                host.pace.handle_awaited();
            }
        }
        host.measure_links();
        host.engine.handle_link(host.now, link, event);
    });
}

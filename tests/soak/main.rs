//! One session for a long time over a real socket to a real Mosquitto, with a connection that is cut
//! again and again: every message comes in order, and neither memory nor state grows.
//!
//! `SOAK_SECONDS` says for how long.

// The clock is the real one: a real broker is on the other side.
#![allow(clippy::disallowed_methods)]

#[allow(dead_code)]
#[path = "../chaos/broker.rs"]
mod broker;
#[allow(dead_code)]
#[path = "../chaos/device.rs"]
mod device;
#[path = "../chaos/promises.rs"]
mod promises;
#[allow(dead_code)]
#[path = "../chaos/proxy.rs"]
mod proxy;
#[path = "../chaos/tools.rs"]
mod tools;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use broker::Mosquitto;
use device::Device;
use device_console::mqtt::{ProtocolVersion, QoS};
use proxy::{Cut, Proxy};
use tools::{PATIENCE, Random, setting};

/// Counts the bytes that are in use, whoever uses them.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is done by the system's allocator; only a number is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Messages that the session may have on its way.
const AHEAD: usize = 40;

/// The numbers of one QoS, which come back in order.
#[derive(Default)]
struct Numbers {
    next: u64,
    repeated: u64,
}

impl Numbers {
    fn take(&mut self, qos: QoS, number: u64) {
        if number == self.next {
            self.next += 1;
        } else if number < self.next && qos == QoS::AtLeastOnce {
            self.repeated += 1;
        } else if number > self.next && qos == QoS::AtMostOnce {
            // What a cut took with it.
            self.next = number + 1;
        } else {
            panic!("{qos:?}: {number} came, expected was {}", self.next);
        }
    }
}

fn soak(version: ProtocolVersion, seconds: u64) {
    let seed = setting("SOAK_SEED", 20_261_123);
    let broker = Mosquitto::start(&format!("soak-{version:?}"));
    let mut random = Random::new(seed);
    let mut below = move |bound: u64| usize::try_from(random.below(bound)).expect("small");
    let proxy = Proxy::start(
        broker.port,
        Box::new(move || Cut {
            up: Some(300 + below(20_000)),
            down: Some(300 + below(20_000)),
        }),
    );
    let mut device = Device::new(version, "soak", "soak/#", proxy.port);
    let numbers: Rc<RefCell<[Numbers; 3]>> = Rc::default();
    device.watch({
        let numbers = numbers.clone();
        move |message| {
            let text = std::str::from_utf8(&message.payload).expect("digits");
            let number = text.trim_start().parse().expect("digits");
            let of = &mut numbers.borrow_mut()[usize::from(message.qos.bits())];
            of.take(message.qos, number);
        }
    });

    let duration = Duration::from_secs(seconds);
    let start = Instant::now();
    let mut published = [0_u64; 3];
    // The most that was in use in the second fifth of the time, and in the last one.
    let (mut early, mut late) = (0, 0);
    let mut turns = 0_u64;
    while start.elapsed() < duration {
        if !device.is_linked() {
            device.connect();
        }
        device.read(4_096);
        while device.is_subscribed() && device.session.outgoing().count() < AHEAD {
            for qos in QoS::ALL {
                let number = &mut published[usize::from(qos.bits())];
                if qos != QoS::AtMostOnce || device.session.is_connected() {
                    let payload = format!("{number:>60}");
                    device.publish(&format!("soak/{}", qos.bits()), qos, &payload);
                    *number += 1;
                }
            }
        }
        turns += 1;
        if turns.is_multiple_of(16) {
            let session = &device.session;
            let outgoing = session.outgoing().count();
            assert!(outgoing <= AHEAD + 1, "{outgoing} messages are kept");
            assert!(session.packet_ids_in_use() <= AHEAD + 2);
            // Mosquitto has 20 messages in flight to a client.
            let received = session.snapshot().received.len();
            assert!(received <= 20, "{received} identifiers are kept");
            let in_use = IN_USE.load(Ordering::Relaxed);
            match start.elapsed().as_secs_f64() / duration.as_secs_f64() {
                0.2..0.4 => early = early.max(in_use),
                0.8.. => late = late.max(in_use),
                _ => {}
            }
        }
    }

    // The rest, without a cut.
    proxy.plan(Cut::default);
    let start = Instant::now();
    let is_done = |device: &Device| {
        let numbers = numbers.borrow();
        let came = (1..3).all(|qos| numbers[qos].next == published[qos]);
        came && device.session.outgoing().count() == 0
            && device.session.snapshot().received.is_empty()
    };
    while !is_done(&device) {
        assert!(start.elapsed() < PATIENCE, "not everything came");
        if !device.is_linked() {
            device.connect();
        }
        device.read(4_096);
    }
    assert_eq!(device.session.packet_ids_in_use(), 0);
    let reconnects = proxy.connections();
    let repeated = numbers.borrow()[1].repeated;
    println!(
        "{version:?}: {seconds} s, {published:?} messages of QoS 0, 1, 2, {reconnects} connections, \
         {repeated} repetitions of QoS 1, in use {early} bytes early and {late} late"
    );
    assert!(published[2] > 100 && reconnects > 10, "too little happened");
    assert!(
        late * 5 <= early * 6,
        "memory grew from {early} to {late} bytes"
    );
}

#[test]
fn a_session_holds_for_as_long_as_asked_and_does_not_grow() {
    let seconds = u64::try_from(setting("SOAK_SECONDS", 6)).expect("a number");
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V5_0] {
        soak(version, seconds.div_ceil(2));
    }
}

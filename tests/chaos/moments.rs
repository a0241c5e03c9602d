//! The broker is killed at any moment, in the middle of everything, behind a [`Barrier`].

use std::time::{Duration, Instant};

use device_console::mqtt::{ProtocolVersion, QoS};

use crate::barrier::Barrier;
use crate::broker::Mosquitto;
use crate::device::Device;
use crate::kills::assert_counts;
use crate::tools::{PATIENCE, Random, setting};

/// Lets devices go on until all are through, killing the broker now and then.
fn survive(version: ProtocolVersion, name: &str) {
    let kills = setting("CHAOS_KILLS", 8);
    let messages = setting("CHAOS_MESSAGES", 60);
    let seed = setting("CHAOS_SEED", 20_261_122);
    println!("{name}: {kills} kills, {messages} messages of each QoS each way, CHAOS_SEED={seed}");
    let mut random = Random::new(seed);
    let broker = Mosquitto::start(name);
    broker.send_witness();
    broker.save();
    let barrier = Barrier::start(broker, |broker| broker.port, version, name);
    let mut device = Device::new(version, "device", "down/#", barrier.port);
    let mut other = Device::new(version, "other", "nothing/#", barrier.port);
    let start = Instant::now();
    while !device.is_subscribed() || !other.is_subscribed() {
        assert!(start.elapsed() < PATIENCE, "no subscription");
        for device in [&mut device, &mut other] {
            if !device.is_linked() {
                device.connect();
            }
            device.read(4_096);
        }
    }

    let (mut published, mut killed, mut in_flight) = (0, 0, 0);
    // At which message the broker is killed: anywhere, in order.
    let mut kills_at: Vec<_> = (0..kills)
        .map(|_| usize::try_from(random.below(messages as u64)).expect("small"))
        .collect();
    kills_at.sort_unstable();
    let mut kills_at = kills_at.into_iter().peekable();
    let mut progress = (Instant::now(), usize::MAX);
    loop {
        let left = 4 * (messages - published)
            + device.session.outgoing().count()
            + other.session.outgoing().count()
            + 2 * messages
            - device.received.len().min(2 * messages);
        if left == 0 && device.session.snapshot().received.is_empty() {
            break;
        }
        if left != progress.1 {
            progress = (Instant::now(), left);
        }
        assert!(progress.0.elapsed() < PATIENCE, "{left} are left for ever");
        for device in [&mut device, &mut other] {
            if !device.is_linked() {
                device.connect();
            }
            device.read(usize::try_from(1 + random.below(400)).expect("small"));
        }
        // A little ahead of the broker, so that something is always under way.
        if published < messages && device.session.outgoing().count() < 8 {
            device.publish("up/t", QoS::AtLeastOnce, &format!("q1-{published}"));
            device.publish("up/t", QoS::ExactlyOnce, &format!("q2-{published}"));
            other.publish("down/t", QoS::AtLeastOnce, &format!("q1-{published}"));
            other.publish("down/t", QoS::ExactlyOnce, &format!("q2-{published}"));
            published += 1;
        }
        while kills_at.next_if(|at| *at < published).is_some() {
            in_flight += device.session.in_flight() + other.session.in_flight();
            // Somewhere within what the last bytes set going.
            std::thread::sleep(Duration::from_micros(random.below(4_000)));
            barrier.shared.kill_and_restart();
            killed += 1;
            if killed % 3 == 0 {
                barrier.shared.trace.note("the device crashes");
                device.crash();
            }
        }
    }
    assert_eq!(killed, kills);
    assert!(in_flight > kills, "too little was in flight at the kills");
    assert_counts("down", &device.received, messages);
    assert_eq!(device.session.packet_ids_in_use(), 0);
    let broker = barrier.shared.broker.lock().expect("no panic");
    assert_counts("up", &broker.collect(2 * messages), messages);
    println!("{name}: {in_flight} messages were in flight at the kills");
}

#[test]
fn a_broker_that_is_killed_at_any_moment_loses_and_doubles_nothing_in_3_1_1() {
    survive(ProtocolVersion::V3_1_1, "any-moment-v3_1_1");
}

#[test]
fn a_broker_that_is_killed_at_any_moment_loses_and_doubles_nothing_in_5_0() {
    survive(ProtocolVersion::V5_0, "any-moment-v5_0");
}

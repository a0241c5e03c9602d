//! The connection is cut after every single byte of a dialogue, in either direction.

use std::time::Instant;

use device_console::mqtt::{ProtocolVersion, QoS};

use crate::broker::{Follower, Mosquitto};
use crate::device::Device;
use crate::proxy::{Cut, Proxy};
use crate::tools::{PATIENCE, Random, setting};

/// Subscribes, publishes one message of each QoS to itself, and lets go of everything.
fn converse(device: &mut Device, topic: &str) {
    let start = Instant::now();
    let mut is_published = false;
    while !is_published
        || device.session.outgoing().count() > 0
        || device.received.len() < 2
        || !device.session.snapshot().received.is_empty()
        || !device.is_subscribed()
    {
        let session = &device.session;
        assert!(
            start.elapsed() < PATIENCE,
            "{topic}: the dialogue does not end: {:?}, {:?}",
            device.received,
            session.snapshot()
        );
        if !device.is_linked() {
            device.connect();
        }
        if !is_published && device.is_subscribed() {
            is_published = true;
            device.publish(topic, QoS::AtLeastOnce, "q1");
            device.publish(topic, QoS::ExactlyOnce, "q2");
        }
        device.read(4_096);
    }
    assert_eq!(device.session.packet_ids_in_use(), 0, "{topic}");
}

/// Cuts the first connection of a device after `offset` bytes, and says whether it came to that.
fn cut_once(
    version: ProtocolVersion,
    proxy: &Proxy,
    direction: &str,
    offset: usize,
) -> (String, bool) {
    let name = format!("{version:?}-{direction}-{offset}");
    let topic = format!("cut/{name}");
    let mut first = Some(match direction {
        "up" => Cut {
            up: Some(offset),
            down: None,
        },
        _ => Cut {
            up: None,
            down: Some(offset),
        },
    });
    proxy.plan(move || first.take().unwrap_or_default());
    let before = proxy.cuts();
    let mut device = Device::new(version, &name, &topic, proxy.port);
    converse(&mut device, &topic);
    assert_eq!(
        device.received.get("q2"),
        Some(&1),
        "{name}: {:?}",
        device.received
    );
    assert!(device.received["q1"] >= 1, "{name}");
    (topic, proxy.cuts() > before)
}

fn at_every_byte(version: ProtocolVersion) {
    let broker = Mosquitto::start(&format!("cuts-{version:?}"));
    let witness = Follower::start(&broker, "cut/#");
    let proxy = Proxy::start(broker.port, Box::new(Cut::default));
    let mut topics = Vec::new();
    for direction in ["up", "down"] {
        for offset in 0.. {
            let (topic, was_cut) = cut_once(version, &proxy, direction, offset);
            topics.push(topic);
            if !was_cut {
                break;
            }
        }
    }
    println!("{version:?}: cut at {} places", topics.len() - 2);
    assert!(topics.len() > 150, "the dialogue is longer than that");
    broker.publish_now("cut/end", "end", &[]);
    let counts = witness.until("cut/end end");
    for topic in topics {
        let count = |payload: &str| {
            let line = format!("{topic} {payload}");
            counts.get(&line).copied().unwrap_or(0)
        };
        assert!(count("q1") >= 1, "{topic}: the broker never got q1");
        assert_eq!(count("q2"), 1, "{topic}: the broker got q2 so often");
    }
}

#[test]
fn a_connection_that_is_cut_at_any_byte_loses_and_doubles_nothing_in_3_1_1() {
    at_every_byte(ProtocolVersion::V3_1_1);
}

#[test]
fn a_connection_that_is_cut_at_any_byte_loses_and_doubles_nothing_in_5_0() {
    at_every_byte(ProtocolVersion::V5_0);
}

/// Both directions, again and again, anywhere: a dialogue that gets through only in pieces.
fn again_and_again(version: ProtocolVersion) {
    let seed = setting("CHAOS_SEED", 20_261_121);
    let dialogues = setting("CHAOS_MESSAGES", 40);
    println!("{version:?}: {dialogues} dialogues, CHAOS_SEED={seed}");
    let broker = Mosquitto::start(&format!("pieces-{version:?}"));
    let witness = Follower::start(&broker, "cut/#");
    let mut random = Random::new(seed);
    let proxy = Proxy::start(broker.port, Box::new(Cut::default));
    for number in 0..dialogues {
        let mut own = Random::new(usize::try_from(random.below(u64::MAX >> 1)).expect("64 bits"));
        let mut cuts = 0_u64;
        proxy.plan(move || {
            cuts += 1;
            // Longer from time to time, or a dialogue that needs more never ends.
            let mut below = |bound: u64| usize::try_from(own.below(bound + 20 * cuts)).ok();
            Cut {
                up: below(160),
                down: below(120),
            }
        });
        let name = format!("{version:?}-{number}");
        let topic = format!("cut/{name}");
        let mut device = Device::new(version, &name, &topic, proxy.port);
        converse(&mut device, &topic);
        assert_eq!(device.received.get("q2"), Some(&1), "{name}");
    }
    assert!(proxy.cuts() > dialogues, "too few cuts to prove anything");
    broker.publish_now("cut/end", "end", &[]);
    let counts = witness.until("cut/end end");
    for number in 0..dialogues {
        let count = |payload: &str| {
            let line = format!("cut/{version:?}-{number} {payload}");
            counts.get(&line).copied().unwrap_or(0)
        };
        assert!(count("q1") >= 1, "{number}: the broker never got q1");
        assert_eq!(count("q2"), 1, "{number}: the broker got q2 so often");
    }
}

#[test]
fn a_dialogue_in_pieces_loses_and_doubles_nothing_in_3_1_1() {
    again_and_again(ProtocolVersion::V3_1_1);
}

#[test]
fn a_dialogue_in_pieces_loses_and_doubles_nothing_in_5_0() {
    again_and_again(ProtocolVersion::V5_0);
}

//! Message ordering (3.1.1 §4.6; 5.0 §4.6) and packet identifiers (§2.2.1).

use std::collections::BTreeSet;

use device_console::mqtt::{Packet, QoS};
use device_console::session::{Config, Event, Publication};

use crate::support::*;

#[test]
fn messages_of_one_topic_keep_their_order_through_a_narrow_window() {
    let mut config = Config::new(V3_1_1, "device");
    config.limits.in_flight = 2;
    let mut world = World::connected(config);
    let witness = world.add(Config::new(V3_1_1, "witness"));
    world.connect(witness);
    world.subscribe(witness, "#", QoS::ExactlyOnce);
    world.take_events(witness);
    let mut expected = Vec::new();
    for number in 0..50 {
        let qos = if number % 3 == 0 {
            QoS::ExactlyOnce
        } else {
            QoS::AtLeastOnce
        };
        let session = &mut world.clients[0].session;
        let message = Publication::new("t", format!("{number}"), qos);
        session.publish(world.now, message).expect("accepted");
        expected.push(format!("{number}"));
    }
    world.drive();
    assert_eq!(world.take_payloads(witness), expected);
}

#[test]
fn no_identifier_is_given_twice_at_one_time() {
    let mut config = Config::new(V3_1_1, "device");
    config.limits.in_flight = u16::MAX;
    config.limits.queued_messages = 100_000;
    let mut bare = Bare::connected(config);
    for _ in 0..65_534 {
        bare.publish(Publication::new("t", "", QoS::AtLeastOnce));
    }
    let mut seen = BTreeSet::new();
    while let Some(frame) = bare.sent() {
        let Packet::Publish(publish) = decode(V3_1_1, &frame) else {
            panic!("not PUBLISH")
        };
        assert!(
            seen.insert(publish.packet_id),
            "{:?} twice",
            publish.packet_id
        );
    }
    assert_eq!(seen.len(), 65_534);
}

#[test]
fn events_are_in_the_order_of_cause_and_effect() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    // Two QoS 1 messages in one piece.
    bare.server(&[0x32, 5, 0, 1, b't', 0, 1, 0x32, 5, 0, 1, b't', 0, 2]);
    let shape: Vec<_> = bare
        .events
        .iter()
        .map(|event| match event {
            Event::Received(_) => 'R',
            Event::Message(_) => 'M',
            Event::Sent(_) => 'S',
            _ => '?',
        })
        .collect();
    assert_eq!(shape, ['R', 'M', 'S', 'R', 'M', 'S']);
}

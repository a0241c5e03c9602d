//! Message ordering (3.1.1 §4.6; 5.0 §4.6) and packet identifiers (§2.2.1).

use std::collections::BTreeSet;

use device_console::mqtt::{Packet, PacketId, QoS};
use device_console::session::{Config, Event, Publication, Subscription};

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

    // One was never given, and one becomes free: all others are stepped over.
    bare.server(&[0x40, 2, 0x9c, 0x40]);
    for (expected, qos) in [(65_535, QoS::AtLeastOnce), (0x9c40, QoS::ExactlyOnce)] {
        bare.publish(Publication::new("t", "", qos));
        let frame = bare.sent().expect("it is sent");
        let Packet::Publish(publish) = decode(V3_1_1, &frame) else {
            panic!("not PUBLISH")
        };
        assert_eq!(publish.packet_id.map(PacketId::get), Some(expected));
    }
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

#[test]
fn acknowledgements_go_out_in_the_order_of_arrival() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    let mut bytes = Vec::new();
    for (first, packet_id) in [(0x32, 7), (0x34, 3), (0x32, 5), (0x34, 1)] {
        bytes.extend_from_slice(&[first, 5, 0, 1, b't', 0, packet_id]);
    }
    bare.server(&bytes);
    let sent: Vec<_> = std::iter::from_fn(|| bare.sent())
        .map(|f| (f[0], f[3]))
        .collect();
    assert_eq!(sent, [(0x40, 7), (0x50, 3), (0x40, 5), (0x50, 1)]);
}

#[test]
fn subscribing_and_publishing_never_share_an_identifier() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    let wanted = vec![Subscription::new("t", QoS::AtLeastOnce)];
    bare.session.subscribe(bare.now, wanted).expect("accepted");
    bare.session
        .unsubscribe(bare.now, &["u".into()])
        .expect("accepted");
    bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
    let ids: BTreeSet<_> = std::iter::from_fn(|| bare.sent())
        .map(|frame| match decode(V3_1_1, &frame) {
            Packet::Publish(publish) => publish.packet_id,
            Packet::Subscribe(subscribe) => Some(subscribe.packet_id),
            Packet::Unsubscribe(unsubscribe) => Some(unsubscribe.packet_id),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.len(), 4);
}

//! SUBSCRIBE and UNSUBSCRIBE (3.1.1 §3.8 to §3.11; 5.0 the same, with options and identifiers).

use device_console::mqtt::{Packet, PacketType, QoS, ReasonCode};
use device_console::session::{
    Config, Ending, Event, ProtocolViolation, Publication, RetainHandling, Subscription,
    SubscriptionState,
};

use crate::support::*;

fn state(world: &World, filter: &str) -> Option<SubscriptionState> {
    let all = world.clients[0].session.subscriptions();
    all.iter()
        .find(|s| s.subscription.filter == filter)
        .map(|s| s.state)
}

#[test]
fn suback_grants_each_filter_in_order() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = World::connected(Config::new(version, "device"));
        world.take_events(0);
        let wanted = vec![
            Subscription::new("a", QoS::AtMostOnce),
            Subscription::new("b/+", QoS::AtLeastOnce),
            Subscription::new("c/#", QoS::ExactlyOnce),
        ];
        let session = &mut world.clients[0].session;
        session.subscribe(world.now, wanted).expect("accepted");
        assert_eq!(session.subscriptions()[0].state, SubscriptionState::Pending);
        world.drive();
        let results = world
            .take_events(0)
            .into_iter()
            .find_map(|event| match event {
                Event::SubscribeAcknowledged { results, .. } => Some(results),
                _ => None,
            });
        let results = results.expect("SUBACK");
        let found: Vec<_> = results
            .iter()
            .map(|r| (r.filter.as_str(), r.granted))
            .collect();
        assert_eq!(
            found,
            [
                ("a", Ok(QoS::AtMostOnce)),
                ("b/+", Ok(QoS::AtLeastOnce)),
                ("c/#", Ok(QoS::ExactlyOnce))
            ]
        );
        assert_eq!(
            state(&world, "b/+"),
            Some(SubscriptionState::Granted(QoS::AtLeastOnce))
        );
        assert_eq!(world.clients[0].session.packet_ids_in_use(), 0);
    }
}

#[test]
fn a_refused_filter_is_told_apart_from_granted_ones() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    let wanted = vec![
        Subscription::new("a", QoS::AtLeastOnce),
        Subscription::new("b", QoS::AtLeastOnce),
    ];
    bare.session.subscribe(bare.now, wanted).expect("accepted");
    bare.drain();
    bare.server(&[0x90, 4, 0, 1, 0x80, 0x00]);
    let states: Vec<_> = bare
        .session
        .subscriptions()
        .iter()
        .map(|s| s.state)
        .collect();
    assert_eq!(
        states,
        [
            SubscriptionState::Refused(ReasonCode(0x80)),
            SubscriptionState::Granted(QoS::AtMostOnce)
        ]
    );
}

#[test]
fn suback_with_another_number_of_codes_is_a_protocol_error() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    bare.session
        .subscribe(bare.now, vec![Subscription::new("a", QoS::AtLeastOnce)])
        .expect("accepted");
    bare.server(&[0x90, 4, 0, 1, 0, 0]);
    assert_eq!(
        bare.ending(),
        &Ending::ProtocolError(ProtocolViolation::CodeCount {
            packet: PacketType::SubAck,
            expected: 1,
            found: 2
        })
    );
}

#[test]
fn many_filters_are_split_over_packets_of_bounded_size() {
    let mut config = Config::new(V3_1_1, "device");
    config.limits.filters_per_packet = 4;
    let mut world = World::connected(config);
    world.take_events(0);
    let wanted = (0..10)
        .map(|n| Subscription::new(format!("t/{n}"), QoS::AtMostOnce))
        .collect();
    world.clients[0]
        .session
        .subscribe(world.now, wanted)
        .expect("accepted");
    world.drive();
    assert_eq!(
        sent_types(&world.take_events(0)),
        [PacketType::Subscribe; 3]
    );
    assert!(
        world.clients[0]
            .session
            .subscriptions()
            .iter()
            .all(|s| matches!(s.state, SubscriptionState::Granted(_)))
    );
}

#[test]
fn unsubscribe_ends_delivery_and_forgets_the_filter() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = World::connected(Config::new(version, "device"));
        world.subscribe(0, "t", QoS::AtMostOnce);
        world.take_events(0);
        let session = &mut world.clients[0].session;
        session
            .unsubscribe(world.now, &["t".into(), "never".into()])
            .expect("accepted");
        world.drive();
        let results = world
            .take_events(0)
            .into_iter()
            .find_map(|event| match event {
                Event::UnsubscribeAcknowledged { results, .. } => Some(results),
                _ => None,
            });
        let second = if version == V5_0 {
            ReasonCode::NO_SUBSCRIPTION_EXISTED
        } else {
            ReasonCode::SUCCESS
        };
        assert_eq!(
            results.expect("UNSUBACK"),
            [
                ("t".to_owned(), ReasonCode::SUCCESS),
                ("never".to_owned(), second)
            ]
        );
        world
            .broker
            .publish(world.now, Publication::new("t", "x", QoS::AtMostOnce));
        world.drive();
        assert_eq!(world.take_messages(0).len(), 0);
        assert_eq!(world.clients[0].session.subscriptions().len(), 0);
    }
}

#[test]
fn unsubscribe_that_was_not_answered_is_sent_again_to_a_server_that_remembers() {
    let mut config = Config::new(V3_1_1, "device");
    config.clean_start = false;
    let mut bare = Bare::connected(config);
    bare.session
        .subscribe(bare.now, vec![Subscription::new("t", QoS::AtMostOnce)])
        .expect("accepted");
    bare.server(&[0x90, 3, 0, 1, 0]);
    bare.session
        .unsubscribe(bare.now, &["t".into()])
        .expect("accepted");
    bare.close();
    bare.open();
    bare.drain();
    bare.sent_types();
    bare.server(&[0x20, 2, 1, 0]);
    assert_eq!(bare.sent_types(), [PacketType::Unsubscribe]);
    bare.server(&[0xB0, 2, 0, 3]);
    assert_eq!(bare.session.subscriptions().len(), 0);
}

#[test]
fn options_and_identifiers_travel_in_5_0() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    let wanted = Subscription {
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::Never,
        identifier: Some(300),
        ..Subscription::new("t", QoS::AtLeastOnce)
    };
    let other = Subscription {
        identifier: Some(7),
        ..Subscription::new("u", QoS::AtLeastOnce)
    };
    bare.session
        .subscribe(bare.now, vec![wanted, other])
        .expect("accepted");
    bare.drain();
    let frame = bare.sent().expect("SUBSCRIBE");
    let Packet::Subscribe(subscribe) = decode(V5_0, &frame) else {
        panic!("not SUBSCRIBE")
    };
    assert_eq!(subscribe.properties.subscription_identifier(), Some(300));
    // Options: retain handling 2, retain as published, no local, QoS 1.
    assert_eq!(frame.last(), Some(&0b0010_1101));
    assert_eq!(
        subscribe.subscriptions.iter().count(),
        1,
        "an identifier is for a whole packet"
    );
    assert_eq!(bare.sent_types(), [PacketType::Subscribe]);
}

#[test]
fn identifiers_come_back_with_the_message() {
    let mut world = World::connected(Config::new(V5_0, "device"));
    for (filter, identifier) in [("t/#", 5), ("t/+", 6)] {
        let wanted = Subscription::new(filter, QoS::AtMostOnce);
        world.subscribe_with(
            0,
            Subscription {
                identifier: Some(identifier),
                ..wanted
            },
        );
    }
    world.take_events(0);
    world
        .broker
        .publish(world.now, Publication::new("t/x", "", QoS::AtMostOnce));
    world.drive();
    let messages = world.take_messages(0);
    assert_eq!(
        messages.len(),
        1,
        "one message for overlapping subscriptions"
    );
    let mut found = messages[0]
        .publication
        .properties
        .subscription_identifiers
        .clone();
    found.sort_unstable();
    assert_eq!(found, [5, 6]);
}

#[test]
fn no_local_keeps_the_clients_own_messages_away() {
    let mut world = World::connected(Config::new(V5_0, "device"));
    let wanted = Subscription::new("t", QoS::AtMostOnce);
    world.subscribe_with(
        0,
        Subscription {
            no_local: true,
            ..wanted
        },
    );
    world.take_events(0);
    world.publish(0, Publication::new("t", "own", QoS::AtMostOnce));
    world
        .broker
        .publish(world.now, Publication::new("t", "other", QoS::AtMostOnce));
    world.drive();
    assert_eq!(world.take_payloads(0), ["other"]);
}

#[test]
fn shared_subscriptions_take_turns() {
    let mut world = World::connected(Config::new(V5_0, "device-1"));
    let second = world.add(Config::new(V5_0, "device-2"));
    world.connect(second);
    for client in [0, second] {
        world.subscribe(client, "$share/group/t", QoS::AtMostOnce);
        world.take_events(client);
    }
    for number in 0..4 {
        let message = Publication::new("t", format!("{number}"), QoS::AtMostOnce);
        world.broker.publish(world.now, message);
    }
    world.drive();
    assert_eq!(world.take_payloads(0), ["0", "2"]);
    assert_eq!(world.take_payloads(second), ["1", "3"]);
}

#[test]
fn retained_messages_come_upon_subscribing_as_retain_handling_says() {
    let cases = [
        (RetainHandling::Always, [1, 1]),
        (RetainHandling::IfNew, [1, 0]),
        (RetainHandling::Never, [0, 0]),
    ];
    for (retain_handling, expected) in cases {
        let mut world = World::connected(Config::new(V5_0, "device"));
        let retained = Publication {
            retain: true,
            ..Publication::new("t", "x", QoS::AtLeastOnce)
        };
        world.broker.publish(world.now, retained);
        let wanted = Subscription::new("t", QoS::AtMostOnce);
        for count in expected {
            world.take_events(0);
            world.subscribe_with(
                0,
                Subscription {
                    retain_handling,
                    ..wanted.clone()
                },
            );
            let messages = world.take_messages(0);
            assert_eq!(messages.len(), count, "{retain_handling:?}");
            assert!(messages.iter().all(|message| message.publication.retain));
        }
    }
}

#[test]
fn an_empty_retained_message_clears_the_topic() {
    let mut world = World::connected(Config::new(V3_1_1, "device"));
    for payload in ["x", ""] {
        let message = Publication::new("t", payload, QoS::AtMostOnce);
        world.publish(
            0,
            Publication {
                retain: true,
                ..message
            },
        );
    }
    world.subscribe(0, "#", QoS::AtMostOnce);
    assert_eq!(world.take_messages(0).len(), 0);
}

#[test]
fn wildcards_do_not_reach_topics_that_begin_with_a_dollar() {
    let mut world = World::connected(Config::new(V3_1_1, "device"));
    world.subscribe(0, "#", QoS::AtMostOnce);
    world.subscribe(0, "+/x", QoS::AtMostOnce);
    world.take_events(0);
    world
        .broker
        .publish(world.now, Publication::new("$SYS/x", "", QoS::AtMostOnce));
    world.drive();
    assert_eq!(world.take_messages(0).len(), 0);
    world.subscribe(0, "$SYS/#", QoS::AtMostOnce);
    world
        .broker
        .publish(world.now, Publication::new("$SYS/x", "", QoS::AtMostOnce));
    world.drive();
    assert_eq!(world.take_messages(0).len(), 1);
}

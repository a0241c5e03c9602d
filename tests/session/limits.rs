//! Bounds: maximum packet size both ways, maximum QoS, retain and subscription features
//! (5.0 §3.1.2.11.4, §3.2.2.3).

use device_console::mqtt::{Packet, PacketType, QoS, ReasonCode, Violation};
use device_console::session::{
    Abandonment, Config, Ending, Event, Feature, ProtocolViolation, Publication, SessionError,
    Subscription,
};
use device_console::sim::BrokerConfig;

use crate::support::*;

fn world(rules: BrokerConfig) -> World {
    let mut world = World::new(rules);
    world.add(Config::new(V5_0, "device"));
    world.connect(0);
    world
}

#[test]
fn a_packet_above_the_servers_maximum_is_never_sent() {
    let mut world = world(BrokerConfig {
        maximum_packet_size: 100,
        ..BrokerConfig::default()
    });
    let session = &mut world.clients[0].session;
    for qos in QoS::ALL {
        let result = session.publish(world.now, Publication::new("t", vec![0; 100], qos));
        assert!(
            matches!(result, Err(SessionError::PacketTooLarge { limit: 100, .. })),
            "{qos:?}"
        );
    }
    world.drive();
    assert!(world.clients[0].session.is_connected());
}

#[test]
fn a_queued_message_that_turns_out_too_large_is_given_up_and_the_next_goes_on() {
    let mut world = World::new(BrokerConfig {
        maximum_packet_size: 100,
        ..BrokerConfig::default()
    });
    world.add(Config::new(V5_0, "device"));
    let large = world.publish(0, Publication::new("t", vec![0; 200], QoS::AtLeastOnce));
    let small = world.publish(0, Publication::new("t", "x", QoS::AtLeastOnce));
    world.connect(0);
    let told: Vec<_> = world
        .take_events(0)
        .into_iter()
        .filter_map(|event| match event {
            Event::PublishAbandoned {
                token,
                cause: Abandonment::NotAllowed(SessionError::PacketTooLarge { .. }),
            } => Some((token, false)),
            Event::PublishAcknowledged { token, .. } => Some((token, true)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(large, false), (small, true)]);
    assert_eq!(world.clients[0].session.packet_ids_in_use(), 0);
}

#[test]
fn the_session_announces_its_own_maximum_and_refuses_more_before_reading_it() {
    let mut config = Config::new(V5_0, "device");
    config.properties.maximum_packet_size = Some(64);
    let mut bare = Bare::opened(config);
    let frame = bare.sent().expect("CONNECT");
    let Packet::Connect(connect) = decode(V5_0, &frame) else {
        panic!("not CONNECT")
    };
    assert_eq!(connect.properties.maximum_packet_size(), Some(64));
    bare.server(connack(V5_0));
    bare.server(&[0x30, 63]);
    let Ending::Malformed(error) = bare.ending() else {
        panic!("{:?}", bare.ending())
    };
    assert_eq!(error.kind, Violation::PacketTooLarge);
    assert_eq!(bare.sent().as_deref(), Some(&[0xE0, 1, 0x95][..]));
}

#[test]
fn the_broker_keeps_from_a_client_what_is_too_large_for_it() {
    let mut world = World::new(BrokerConfig::default());
    let mut config = Config::new(V5_0, "device");
    config.properties.maximum_packet_size = Some(64);
    world.add(config);
    world.connect(0);
    world.subscribe(0, "#", QoS::ExactlyOnce);
    world.take_events(0);
    for qos in QoS::ALL {
        world
            .broker
            .publish(world.now, Publication::new("t", vec![0; 100], qos));
        world
            .broker
            .publish(world.now, Publication::new("t", "x", qos));
    }
    world.drive();
    assert_eq!(world.take_payloads(0), ["x"; 3]);
    assert_eq!(world.broker.pending("device"), 0);
}

#[test]
fn what_the_server_does_not_support_is_refused_before_sending() {
    let mut world = world(BrokerConfig {
        maximum_qos: QoS::AtMostOnce,
        retain_available: false,
        wildcard_subscription_available: false,
        subscription_identifier_available: false,
        shared_subscription_available: false,
        ..BrokerConfig::default()
    });
    let session = &mut world.clients[0].session;
    let qos_1 = Publication::new("t", "x", QoS::AtLeastOnce);
    assert_eq!(
        session.publish(world.now, qos_1),
        Err(SessionError::QoSNotSupported {
            asked: QoS::AtLeastOnce,
            maximum: QoS::AtMostOnce
        })
    );
    let retained = Publication {
        retain: true,
        ..Publication::new("t", "x", QoS::AtMostOnce)
    };
    assert_eq!(
        session.publish(world.now, retained),
        Err(SessionError::NotSupported(Feature::Retain))
    );
    let plain = Subscription::new("t", QoS::AtMostOnce);
    let cases = [
        (
            Subscription::new("t/+", QoS::AtMostOnce),
            Feature::WildcardSubscription,
        ),
        (
            Subscription::new("$share/g/t", QoS::AtMostOnce),
            Feature::SharedSubscription,
        ),
        (
            Subscription {
                identifier: Some(1),
                ..plain.clone()
            },
            Feature::SubscriptionIdentifier,
        ),
    ];
    for (subscription, feature) in cases {
        assert_eq!(
            session.subscribe(world.now, vec![subscription]),
            Err(SessionError::NotSupported(feature))
        );
    }
    session
        .subscribe(world.now, vec![plain])
        .expect("a plain subscription");
}

#[test]
fn names_and_filters_that_no_packet_may_carry_are_refused_with_the_place() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    for name in ["", "a/+", "a/#", "nul\0"] {
        let result = bare
            .session
            .publish(bare.now, Publication::new(name, "", QoS::AtMostOnce));
        assert!(
            matches!(result, Err(SessionError::TopicName { .. })),
            "{name:?}: {result:?}"
        );
    }
    for filter in ["", "a+", "#/a", "a/b#"] {
        let wanted = Subscription::new(filter, QoS::AtMostOnce);
        let result = bare.session.subscribe(bare.now, vec![wanted]);
        assert!(
            matches!(result, Err(SessionError::TopicFilter { .. })),
            "{filter:?}: {result:?}"
        );
        let result = bare.session.unsubscribe(bare.now, &[filter.to_owned()]);
        assert!(
            matches!(result, Err(SessionError::TopicFilter { .. })),
            "{filter:?}: {result:?}"
        );
    }
    assert_eq!(
        bare.session.subscribe(bare.now, Vec::new()),
        Err(SessionError::NoFilter)
    );
    bare.drain();
    assert_eq!(bare.sent(), None);
}

#[test]
fn a_client_never_sends_a_subscription_identifier_with_a_message() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    for qos in QoS::ALL {
        // As when a received message is published again.
        let mut message = Publication::new("t", "x", qos);
        message.properties.subscription_identifiers = vec![7];
        bare.publish(message);
        let frame = bare.sent().expect("PUBLISH");
        let Packet::Publish(publish) = decode(V5_0, &frame) else {
            panic!("not PUBLISH")
        };
        assert_eq!(publish.properties.subscription_identifier(), None);
    }
}

#[test]
fn problem_information_that_was_not_wanted_is_a_protocol_error() {
    // A reason string "x"; SUBACK, UNSUBACK and the acknowledgements of messages, and AUTH.
    let cases: [(&[u8], _); 7] = [
        (&[0x40, 8, 0, 1, 0, 4, 0x1F, 0, 1, b'x'], PacketType::PubAck),
        (&[0x50, 8, 0, 1, 0, 4, 0x1F, 0, 1, b'x'], PacketType::PubRec),
        (&[0x62, 8, 0, 1, 0, 4, 0x1F, 0, 1, b'x'], PacketType::PubRel),
        (
            &[0x70, 8, 0, 1, 0, 4, 0x1F, 0, 1, b'x'],
            PacketType::PubComp,
        ),
        (&[0x90, 8, 0, 1, 4, 0x1F, 0, 1, b'x', 0], PacketType::SubAck),
        // A user property, "" = "".
        (
            &[0xB0, 9, 0, 1, 5, 0x26, 0, 0, 0, 0, 0],
            PacketType::UnsubAck,
        ),
        (
            &[0xF0, 10, 0x18, 8, 0x15, 0, 1, b'm', 0x1F, 0, 1, b'x'],
            PacketType::Auth,
        ),
    ];
    for (packet, kind) in cases {
        let mut config = Config::new(V5_0, "device");
        config.properties.request_problem_information = Some(false);
        let mut bare = Bare::connected(config);
        bare.server(packet);
        let expected = ProtocolViolation::UnwantedProblemInformation(kind);
        assert_eq!(bare.ending(), &Ending::ProtocolError(expected));
        assert_eq!(bare.sent().as_deref(), Some(&[0xE0, 1, 0x82][..]));

        // Who has not asked to be spared may be told.
        let mut bare = Bare::connected(Config::new(V5_0, "device"));
        bare.server(packet);
        let told = bare.events.iter().any(|event| {
            matches!(event, Event::Ended(ended)
                if ended.ending == Ending::ProtocolError(expected))
        });
        assert!(!told, "{kind:?}");
    }
}

#[test]
fn problem_information_in_connack_publish_and_disconnect_is_always_allowed() {
    let mut config = Config::new(V5_0, "device");
    config.properties.request_problem_information = Some(false);
    let mut bare = Bare::opened(config);
    bare.server(&[0x20, 7, 0, 0, 4, 0x1F, 0, 1, b'x']);
    bare.server(&[0x30, 9, 0, 1, b't', 5, 0x26, 0, 0, 0, 0]);
    assert!(bare.session.is_connected());
    assert!(
        bare.events
            .iter()
            .any(|event| matches!(event, Event::Message(_)))
    );
    bare.server(&[0xE0, 6, 0x8B, 4, 0x1F, 0, 1, b'x']);
    assert!(matches!(bare.ending(), Ending::ServerDisconnected { .. }));
}

#[test]
fn what_a_client_answers_carries_no_property_that_could_make_it_too_large() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.sent();
    // The server takes packets of 20 bytes at most.
    bare.server(&[0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, 20]);
    bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
    bare.sent();
    // PUBREC for it; then a message of QoS 1, one of QoS 2 and PUBREL for that.
    bare.server(&[0x50, 2, 0, 1]);
    bare.server(&[0x32, 6, 0, 1, b't', 0, 8, 0]);
    bare.server(&[0x34, 6, 0, 1, b't', 0, 9, 0]);
    bare.server(&[0x62, 2, 0, 9]);
    let goodbye = ReasonCode::NORMAL_DISCONNECTION;
    bare.session.disconnect(bare.now, goodbye);
    bare.drain();
    let mut kinds = Vec::new();
    while let Some(frame) = bare.sent() {
        let packet = decode(V5_0, &frame);
        kinds.push(packet.packet_type());
        let properties = match packet {
            Packet::PubAck(packet) => packet.properties,
            Packet::PubRec(packet) => packet.properties,
            Packet::PubRel(packet) => packet.properties,
            Packet::PubComp(packet) => packet.properties,
            Packet::Disconnect(packet) => packet.properties,
            other => panic!("{other:?}"),
        };
        assert!(properties.is_empty(), "{kinds:?}");
    }
    assert_eq!(
        kinds,
        [
            PacketType::PubRel,
            PacketType::PubAck,
            PacketType::PubRec,
            PacketType::PubComp,
            PacketType::Disconnect
        ]
    );
}

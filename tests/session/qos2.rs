//! QoS 2 in both directions (3.1.1 §4.3.3; 5.0 §4.3.3).

use device_console::mqtt::{PacketType, ProtocolVersion, QoS, ReasonCode};
use device_console::session::{Abandonment, Config, Ending, Event, ProtocolViolation, Publication};

use crate::support::*;

fn lasting(version: ProtocolVersion) -> Config {
    let mut config = Config::new(version, "device");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    config
}

fn session_present(version: ProtocolVersion) -> &'static [u8] {
    match version {
        V5_0 => &[0x20, 3, 1, 0, 0],
        _ => &[0x20, 2, 1, 0],
    }
}

/// PUBLISH of QoS 2 from the server: topic `t`, packet identifier 9, payload `x`.
fn publish_9(version: ProtocolVersion, dup: bool) -> Vec<u8> {
    let first = if dup { 0x3C } else { 0x34 };
    match version {
        V5_0 => vec![first, 7, 0, 1, b't', 0, 9, 0, b'x'],
        _ => vec![first, 6, 0, 1, b't', 0, 9, b'x'],
    }
}

#[test]
fn a_message_goes_through_all_four_packets() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut bare = Bare::connected(Config::new(version, "device"));
        let token = bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
        bare.server(&[0x50, 2, 0, 1]);
        assert_eq!(bare.sent_types(), [PacketType::Publish, PacketType::PubRel]);
        assert_eq!(bare.session.in_flight(), 1);
        bare.server(&[0x70, 2, 0, 1]);
        assert!(bare.events.iter().any(
            |event| matches!(event, Event::PublishAcknowledged { token: t, .. } if *t == token)
        ));
        assert_eq!(bare.session.in_flight(), 0);
        assert_eq!(bare.session.packet_ids_in_use(), 0);
    }
}

#[test]
fn between_two_sessions_each_message_arrives_once() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = World::connected(Config::new(version, "device"));
        let witness = world.add(Config::new(version, "witness"));
        world.connect(witness);
        world.subscribe(witness, "t/#", QoS::ExactlyOnce);
        for payload in ["a", "b", "c"] {
            world.publish(0, Publication::new("t/x", payload, QoS::ExactlyOnce));
        }
        assert_eq!(world.take_payloads(witness), ["a", "b", "c"]);
        assert_eq!(world.broker.pending("witness"), 0);
    }
}

#[test]
fn a_received_message_that_comes_again_is_acknowledged_and_not_delivered() {
    for version in [V3_1_1, V5_0] {
        let mut bare = Bare::connected(lasting(version));
        bare.server(&publish_9(version, false));
        bare.close();
        bare.open();
        bare.sent_types();
        bare.server(session_present(version));
        bare.server(&publish_9(version, true));
        bare.server(&publish_9(version, true));
        assert_eq!(bare.sent_types(), [PacketType::PubRec; 2]);
        let delivered = bare
            .events
            .iter()
            .filter(|e| matches!(e, Event::Message(_)))
            .count();
        let suppressed = bare
            .events
            .iter()
            .filter(|e| matches!(e, Event::DuplicateSuppressed { .. }))
            .count();
        assert_eq!((delivered, suppressed), (1, 2));
        bare.server(&[0x62, 2, 0, 9]);
        assert_eq!(bare.sent().as_deref(), Some(&[0x70, 2, 0, 9][..]));
        // The identifier is free again: the same bytes are a new message now.
        bare.server(&publish_9(version, false));
        let delivered = bare
            .events
            .iter()
            .filter(|e| matches!(e, Event::Message(_)))
            .count();
        assert_eq!(delivered, 2);
    }
}

#[test]
fn pubrel_is_resumed_in_the_order_of_the_pubrecs() {
    let mut bare = Bare::connected(lasting(V3_1_1));
    for payload in ["a", "b", "c"] {
        bare.publish(Publication::new("t", payload, QoS::ExactlyOnce));
    }
    bare.server(&[0x50, 2, 0, 3]);
    bare.server(&[0x50, 2, 0, 1]);
    bare.close();
    bare.sent_types();
    bare.open();
    bare.sent_types();
    bare.server(session_present(V3_1_1));
    let resent: Vec<_> = std::iter::from_fn(|| bare.sent())
        .map(|f| f[..4].to_vec())
        .collect();
    // PUBREL 3, PUBREL 1, PUBLISH 2 with DUP (remaining length 6, topic `t`).
    assert_eq!(resent, [[0x62, 2, 0, 3], [0x62, 2, 0, 1], [0x3C, 6, 0, 1]]);
}

#[test]
fn pubrec_that_comes_again_is_answered_again() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
    bare.server(&[0x50, 2, 0, 1]);
    bare.server(&[0x50, 2, 0, 1]);
    assert_eq!(
        bare.sent_types(),
        [PacketType::Publish, PacketType::PubRel, PacketType::PubRel]
    );
    bare.server(&[0x70, 2, 0, 1]);
    assert_eq!(bare.session.packet_ids_in_use(), 0);
}

#[test]
fn a_refusing_pubrec_ends_the_flow_without_pubrel() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    let token = bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
    bare.server(&[0x50, 3, 0, 1, 0x87]);
    assert_eq!(bare.sent_types(), [PacketType::Publish]);
    assert!(bare.events.iter().any(|event| matches!(
        event,
        Event::PublishAcknowledged { token: t, reason, .. }
            if *t == token && reason.code == ReasonCode::NOT_AUTHORIZED
    )));
    assert_eq!(bare.session.packet_ids_in_use(), 0);
}

#[test]
fn the_payload_is_let_go_once_the_server_has_the_message() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    bare.publish(Publication::new("t", vec![7; 1_000], QoS::ExactlyOnce));
    bare.server(&[0x50, 2, 0, 1]);
    let kept: Vec<_> = bare
        .session
        .outgoing()
        .map(|o| o.publication.payload.len())
        .collect();
    assert_eq!(kept, [0]);
}

#[test]
fn a_session_that_the_server_forgot_never_delivers_twice() {
    let mut bare = Bare::connected(lasting(V3_1_1));
    let unknown = bare.publish(Publication::new("t", "a", QoS::ExactlyOnce));
    let taken_over = bare.publish(Publication::new("t", "b", QoS::ExactlyOnce));
    bare.server(&[0x50, 2, 0, 2]);
    bare.close();
    let queued = bare.publish(Publication::new("t", "c", QoS::ExactlyOnce));
    bare.open();
    bare.sent_types();
    bare.events.clear();
    bare.server(connack(V3_1_1));
    assert_eq!(
        bare.sent_types(),
        [PacketType::Publish],
        "only the one that was never sent"
    );
    let told: Vec<_> = bare
        .events
        .iter()
        .filter_map(|event| match event {
            Event::PublishAbandoned {
                token,
                cause: Abandonment::Unknown,
            } => Some((*token, false)),
            Event::PublishAcknowledged { token, .. } => Some((*token, true)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(unknown, false), (taken_over, true)]);
    assert_eq!(
        bare.session.outgoing().map(|o| o.token).collect::<Vec<_>>(),
        [queued]
    );
}

#[test]
fn the_flow_survives_the_page() {
    let mut bare = Bare::connected(lasting(V5_0));
    bare.publish(Publication::new("t", "a", QoS::ExactlyOnce));
    bare.publish(Publication::new("t", "b", QoS::ExactlyOnce));
    bare.server(&[0x50, 2, 0, 1]);
    bare.server(&publish_9(V5_0, false));
    let stored = serde_json::to_string(&bare.session.snapshot()).expect("plain data");

    let snapshot = serde_json::from_str(&stored).expect("what was stored");
    let mut reloaded = Bare::opened(lasting(V5_0));
    reloaded.session = device_console::session::Session::restore(lasting(V5_0), snapshot);
    reloaded.open();
    reloaded.sent_types();
    reloaded.server(session_present(V5_0));
    reloaded.server(&publish_9(V5_0, true));
    assert_eq!(
        reloaded.sent_types(),
        [PacketType::PubRel, PacketType::Publish, PacketType::PubRec]
    );
    assert!(
        !reloaded
            .events
            .iter()
            .any(|event| matches!(event, Event::Message(_)))
    );
    reloaded.server(&[0x70, 2, 0, 1]);
    reloaded.server(&[0x50, 2, 0, 2]);
    reloaded.server(&[0x70, 2, 0, 2]);
    assert_eq!(reloaded.session.in_flight(), 0);
    assert_eq!(reloaded.session.packet_ids_in_use(), 0);
}

#[test]
fn an_acknowledgement_of_the_other_qos_is_a_protocol_error() {
    for (qos, packet) in [
        (QoS::ExactlyOnce, [0x40, 2, 0, 1]),
        (QoS::ExactlyOnce, [0x70, 2, 0, 1]),
        (QoS::AtLeastOnce, [0x70, 2, 0, 1]),
    ] {
        let mut bare = Bare::connected(Config::new(V5_0, "device"));
        bare.publish(Publication::new("t", "x", qos));
        bare.sent_types();
        bare.server(&packet);
        assert!(matches!(
            bare.ending(),
            Ending::ProtocolError(ProtocolViolation::WrongAcknowledgement { .. })
        ));
        assert_eq!(bare.sent().as_deref(), Some(&[0xE0, 1, 0x82][..]));
    }
}

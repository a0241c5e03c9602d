//! QoS 1 (3.1.1 §4.3.2, §4.4; 5.0 §4.3.2, §4.4).

use device_console::mqtt::{Packet, PacketType, QoS, ReasonCode};
use device_console::session::{Config, Event, Publication, SessionError};

use crate::support::*;

fn lasting(version: device_console::mqtt::ProtocolVersion) -> Config {
    let mut config = Config::new(version, "device");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    config
}

#[test]
fn a_message_is_kept_until_puback_and_then_let_go() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut bare = Bare::connected(Config::new(version, "device"));
        let token = bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
        let frame = bare.sent().expect("PUBLISH");
        let Packet::Publish(publish) = decode(version, &frame) else {
            panic!("not PUBLISH")
        };
        assert!(!publish.dup);
        let packet_id = publish.packet_id.expect("a packet identifier");
        assert_eq!(bare.session.in_flight(), 1);
        bare.advance(secs(2));
        bare.server(&[0x40, 2, 0, 1]);
        let acknowledged = bare.events.iter().find_map(|event| match event {
            Event::PublishAcknowledged {
                token,
                packet_id,
                latency,
                reason,
            } => Some((*token, *packet_id, *latency, reason.code)),
            _ => None,
        });
        assert_eq!(
            acknowledged,
            Some((token, packet_id, secs(2), ReasonCode::SUCCESS))
        );
        assert_eq!(bare.session.in_flight(), 0);
        assert_eq!(bare.session.packet_ids_in_use(), 0);
    }
}

#[test]
fn an_unacknowledged_message_is_sent_again_with_dup_under_its_identifier() {
    for version in [V3_1_1, V5_0] {
        let mut bare = Bare::connected(lasting(version));
        for payload in ["a", "b", "c"] {
            bare.publish(Publication::new("t", payload, QoS::AtLeastOnce));
        }
        bare.sent_types();
        bare.server(&[0x40, 2, 0, 2]);
        bare.close();
        bare.open();
        bare.sent_types();
        bare.server(match version {
            V5_0 => &[0x20, 3, 1, 0, 0],
            _ => &[0x20, 2, 1, 0],
        });
        let resent: Vec<_> = std::iter::from_fn(|| bare.sent())
            .map(|frame| match decode(version, &frame) {
                Packet::Publish(p) => (p.dup, p.packet_id.map(|id| id.get()), p.payload.to_vec()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            resent,
            [
                (true, Some(1), b"a".to_vec()),
                (true, Some(3), b"c".to_vec())
            ],
            "in the original order, and only what was not acknowledged"
        );
    }
}

#[test]
fn nothing_is_sent_again_while_the_connection_holds() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    bare.sent_types();
    for _ in 0..100 {
        bare.advance(secs(60));
        bare.server(&[0xD0, 0]);
    }
    assert!(
        bare.sent_types()
            .iter()
            .all(|sent| *sent == PacketType::PingReq)
    );
}

#[test]
fn messages_published_without_a_connection_are_sent_with_the_next_in_order() {
    let mut world = World::connected(lasting(V3_1_1));
    let witness = world.add(Config::new(V3_1_1, "witness"));
    world.connect(witness);
    world.subscribe(witness, "t", QoS::AtLeastOnce);
    world.cut(0);
    for payload in ["a", "b", "c"] {
        world.publish(0, Publication::new("t", payload, QoS::AtLeastOnce));
    }
    assert_eq!(world.take_payloads(witness), Vec::<String>::new());
    world.connect(0);
    assert_eq!(world.take_payloads(witness), ["a", "b", "c"]);
    assert_eq!(world.clients[0].session.in_flight(), 0);
}

#[test]
fn a_received_message_is_delivered_and_then_acknowledged() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut bare = Bare::connected(Config::new(version, "device"));
        let publish: &[u8] = match version {
            V5_0 => &[0x32, 7, 0, 1, b't', 0, 9, 0, b'x'],
            _ => &[0x32, 6, 0, 1, b't', 0, 9, b'x'],
        };
        bare.server(publish);
        assert_eq!(bare.sent().as_deref(), Some(&[0x40, 2, 0, 9][..]));
        let [Event::Received(_), Event::Message(message), Event::Sent(_)] = &bare.events[..] else {
            panic!("{:?}", bare.events)
        };
        assert_eq!(payload(message), "x");
        assert_eq!(message.packet_id.map(|id| id.get()), Some(9));
    }
}

#[test]
fn a_refused_message_ends_its_flow_with_the_reason() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    let token = bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    // Reason code 0x97 with reason string "no".
    bare.server(&[0x40, 9, 0, 1, 0x97, 5, 0x1F, 0, 2, b'n', b'o']);
    let reason = bare.events.iter().find_map(|event| match event {
        Event::PublishAcknowledged {
            token: found,
            reason,
            ..
        } if *found == token => Some(reason),
        _ => None,
    });
    let reason = reason.expect("the end of the flow");
    assert_eq!(
        (reason.code, reason.text.as_deref()),
        (ReasonCode::QUOTA_EXCEEDED, Some("no"))
    );
    assert_eq!(bare.session.packet_ids_in_use(), 0);
}

#[test]
fn the_queue_says_when_it_is_full_and_takes_nothing_then() {
    let mut config = Config::new(V3_1_1, "device");
    config.limits.queued_messages = 2;
    let mut bare = Bare::opened(config);
    let message = Publication::new("t", "x", QoS::AtLeastOnce);
    bare.publish(message.clone());
    bare.publish(message.clone());
    assert_eq!(
        bare.session.publish(bare.now, message.clone()),
        Err(SessionError::QueueFull {
            messages: 2,
            bytes: 4
        })
    );
    bare.server(connack(V3_1_1));
    bare.server(&[0x40, 2, 0, 1]);
    bare.publish(message);
}

#[test]
fn the_queue_is_bounded_in_bytes_as_well() {
    let mut config = Config::new(V3_1_1, "device");
    config.limits.queued_bytes = 100;
    let mut bare = Bare::opened(config);
    bare.publish(Publication::new("t", vec![0; 60], QoS::AtLeastOnce));
    let second = Publication::new("t", vec![0; 60], QoS::ExactlyOnce);
    assert_eq!(
        bare.session.publish(bare.now, second),
        Err(SessionError::QueueFull {
            messages: 1,
            bytes: 61
        })
    );
}

#[test]
fn a_repeated_message_of_qos_1_is_a_new_one_once_it_was_acknowledged() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    for first in [0x32, 0x3A] {
        bare.server(&[first, 7, 0, 1, b't', 0, 9, 0, b'x']);
    }
    assert_eq!(bare.sent_types(), [PacketType::PubAck; 2]);
    assert_eq!(
        bare.events
            .iter()
            .filter(|e| matches!(e, Event::Message(_)))
            .count(),
        2
    );
}

#[test]
fn a_refused_message_is_never_sent_again() {
    for (qos, refusal) in [
        (QoS::AtLeastOnce, [0x40, 3, 0, 1, 0x97]),
        (QoS::ExactlyOnce, [0x50, 3, 0, 1, 0x97]),
    ] {
        let mut bare = Bare::connected(lasting(V5_0));
        bare.publish(Publication::new("t", "x", qos));
        bare.server(&refusal);
        bare.close();
        bare.open();
        bare.sent_types();
        bare.server(&[0x20, 3, 1, 0, 0]);
        assert_eq!(bare.sent(), None);
    }
}

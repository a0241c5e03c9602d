//! CONNECT and its answer (3.1.1 §3.1, §3.2; 5.0 §3.1, §3.2).

use device_console::mqtt::{Packet, PacketType, ReasonCode};
use device_console::session::{Ending, Event, LinkStage, Secret, SessionError};
use device_console::sim::{Broker, BrokerConfig, Output};
use device_console::time::Instant;

use crate::support::*;
use device_console::mqtt::QoS;
use device_console::session::{Config, Publication};

#[test]
fn connect_is_the_first_packet_and_carries_the_configuration() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut config = Config::new(version, "device-1");
        config.user_name = Some("user".into());
        config.password = Some(Secret::new("secret"));
        config.keep_alive_secs = 77;
        config.clean_start = false;
        let mut bare = Bare::opened(config);
        let frame = bare.sent().expect("CONNECT");
        let Packet::Connect(connect) = decode(version, &frame) else {
            panic!("not CONNECT")
        };
        assert_eq!(connect.client_id, "device-1");
        assert_eq!(connect.user_name, Some("user"));
        assert_eq!(connect.password, Some(&b"secret"[..]));
        assert_eq!(connect.keep_alive_secs, 77);
        assert!(!connect.clean_start);
        assert_eq!(
            bare.sent(),
            None,
            "nothing may follow CONNECT before CONNACK"
        );
        assert!(!bare.session.is_connected());
    }
}

#[test]
fn connack_completes_the_connection_in_every_version_and_any_chunking() {
    for version in [V3_1, V3_1_1, V5_0] {
        for piece in [1, 3, usize::MAX] {
            let mut world = World::new(BrokerConfig::default());
            world.piece = piece;
            world.add(Config::new(version, "device"));
            world.connect(0);
            assert!(
                world.clients[0].session.is_connected(),
                "{version} in pieces of {piece}"
            );
            let events = world.take_events(0);
            let [
                Event::Sent(_),
                Event::Received(_),
                Event::Connected(connected),
            ] = &events[..]
            else {
                panic!("{events:?}")
            };
            assert!(!connected.session_present);
            assert_eq!(connected.keep_alive_secs, 60);
        }
    }
}

#[test]
fn a_refusal_gives_the_code_as_sent_and_as_5_0_names_it() {
    let cases: [(_, &[u8], _, _); 6] = [
        (
            V3_1,
            &[0x20, 2, 0, 1],
            0x01,
            ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
        ),
        (
            V3_1_1,
            &[0x20, 2, 0, 2],
            0x02,
            ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
        ),
        (
            V3_1_1,
            &[0x20, 2, 0, 3],
            0x03,
            ReasonCode::SERVER_UNAVAILABLE,
        ),
        (
            V3_1_1,
            &[0x20, 2, 0, 4],
            0x04,
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        ),
        (V3_1_1, &[0x20, 2, 0, 5], 0x05, ReasonCode::NOT_AUTHORIZED),
        (V5_0, &[0x20, 3, 0, 0x8A, 0], 0x8A, ReasonCode::BANNED),
    ];
    for (version, connack, raw, code) in cases {
        let mut bare = Bare::opened(Config::new(version, "device"));
        bare.server(connack);
        let Ending::Refused(refusal) = bare.ending() else {
            panic!("{:?}", bare.ending())
        };
        assert_eq!((refusal.code, refusal.reason.code), (ReasonCode(raw), code));
        assert_eq!(bare.ended().stage, LinkStage::Handshake);
        assert_eq!(
            bare.session.poll_timeout(),
            None,
            "nothing is left to wait for"
        );
    }
}

#[test]
fn a_silent_server_is_given_up_after_the_connect_timeout() {
    let mut bare = Bare::opened(Config::new(V3_1_1, "device"));
    bare.advance(secs(9));
    assert!(
        !bare
            .events
            .iter()
            .any(|event| matches!(event, Event::Ended(_)))
    );
    bare.advance(secs(1));
    assert_eq!(bare.ending(), &Ending::ConnAckTimeout);
    assert_eq!(bare.ended().after, secs(10));
}

#[test]
fn a_link_closed_before_connack_ends_in_the_handshake_and_only_once() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.close();
    bare.close();
    assert_eq!(bare.ending(), &Ending::LinkClosed);
    assert_eq!(bare.ended().stage, LinkStage::Handshake);
}

#[test]
fn the_server_assigns_a_client_identifier_and_the_next_connect_uses_it() {
    let mut config = Config::new(V5_0, "");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    let mut world = World::connected(config);
    let assigned = |world: &mut World| {
        let events = world.take_events(0);
        let connected = events.into_iter().find_map(|event| match event {
            Event::Connected(connected) => Some(connected),
            _ => None,
        });
        connected.expect("connected")
    };
    let first = assigned(&mut world);
    assert!(first.client_id_assigned && !first.client_id.is_empty());
    world.cut(0);
    world.connect(0);
    let second = assigned(&mut world);
    assert_eq!(second.client_id, first.client_id);
    assert!(!second.client_id_assigned && second.session_present);
}

#[test]
fn a_configuration_that_cannot_be_encoded_ends_with_the_rule_it_breaks() {
    let mut config = Config::new(V3_1_1, "device");
    config.password = Some(Secret::new("alone"));
    let bare = Bare::opened(config);
    assert!(matches!(
        bare.ending(),
        Ending::BadConfig(SessionError::Encode(_))
    ));
}

#[test]
fn disconnect_says_goodbye_and_ends() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut bare = Bare::connected(Config::new(version, "device"));
        bare.session
            .disconnect(bare.now, ReasonCode::NORMAL_DISCONNECTION);
        bare.drain();
        assert_eq!(bare.sent().as_deref(), Some(&[0xE0, 0x00][..]));
        assert_eq!(bare.ending(), &Ending::Requested);
        bare.session
            .disconnect(bare.now, ReasonCode::NORMAL_DISCONNECTION);
        bare.drain();
        assert_eq!(
            bare.sent(),
            None,
            "nothing follows DISCONNECT [MQTT-3.14.4-1]"
        );
    }
}

#[test]
fn a_server_disconnect_is_reported_with_its_reason_and_reference() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    // Reason code 0x9D, reason string "go", server reference "b".
    bare.server(&[0xE0, 11, 0x9D, 9, 0x1F, 0, 2, b'g', b'o', 0x1C, 0, 1, b'b']);
    let Ending::ServerDisconnected {
        reason,
        server_reference,
    } = bare.ending()
    else {
        panic!("{:?}", bare.ending())
    };
    assert_eq!(reason.code, ReasonCode::SERVER_MOVED);
    assert_eq!(reason.text.as_deref(), Some("go"));
    assert_eq!(server_reference.as_deref(), Some("b"));
    assert_eq!(bare.sent(), None, "DISCONNECT is not answered");
}

#[test]
fn a_qos_0_message_needs_a_connection() {
    let mut bare = Bare::opened(Config::new(V3_1_1, "device"));
    let message = Publication::new("t", "x", QoS::AtMostOnce);
    assert_eq!(
        bare.session.publish(bare.now, message.clone()),
        Err(SessionError::NotConnected)
    );
    bare.server(connack(V3_1_1));
    bare.sent_types();
    bare.publish(message);
    assert_eq!(bare.sent_types(), [PacketType::Publish]);
}

#[test]
fn the_password_never_shows() {
    let mut config = Config::new(V5_0, "device");
    config.user_name = Some("user".into());
    config.password = Some(Secret::new("hunter2"));
    let session = device_console::session::Session::new(config.clone());
    let shown = format!("{config:?} {session:?} {:?}", session.snapshot());
    assert!(shown.contains("user") && !shown.contains("hunter2"));
    // The bytes of the password as `Debug` of a list.
    assert!(!shown.contains("104, 117, 110"));
}

#[test]
fn a_second_connect_ends_the_connection() {
    for version in [V3_1, V3_1_1, V5_0] {
        let now = now_at(Instant::from_millis(1_000));
        let mut broker = Broker::new(BrokerConfig::default());
        let link = broker.open(now);
        let mut bare = Bare::opened(Config::new(version, "device"));
        let connect = bare.sent().expect("CONNECT");
        broker.handle_bytes(now, link, &connect);
        broker.handle_bytes(now, link, &connect);
        let outputs: Vec<_> = std::iter::from_fn(|| broker.poll_output()).collect();
        assert!(
            matches!(outputs.last(), Some(Output::Close(id)) if *id == link),
            "{version:?}: {outputs:?}"
        );
        let told = outputs.iter().any(
            |output| matches!(output, Output::Transmit(_, frame) if frame[..] == [0xE0, 1, 0x82]),
        );
        assert_eq!(told, version == V5_0);
    }
}

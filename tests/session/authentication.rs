//! Enhanced authentication (5.0 §4.12), with SCRAM-SHA-256 against the simulated broker.

use device_console::mqtt::{Packet, PacketType, QoS, ReasonCode};
use device_console::session::auth::{AuthenticationError, ScramSha256};
use device_console::session::{
    Config, Ending, Event, Feature, ProtocolViolation, Publication, Secret, SessionError,
    Subscription,
};
use device_console::sim::{BrokerConfig, ScramCredentials};

use crate::support::*;

fn world(password: &'static str) -> World {
    let mut world = World::new(BrokerConfig {
        scram: Some(ScramCredentials {
            user_name: "user".into(),
            password: Secret::new("pencil"),
            salt: b"salt".to_vec(),
            iterations: 4_096,
        }),
        ..BrokerConfig::default()
    });
    world.add(Config::new(V5_0, "device"));
    world.clients[0]
        .session
        .authenticate_with(scram(password, 1));
    world.connect(0);
    world
}

fn scram(password: &'static str, nonce: u8) -> Box<ScramSha256> {
    Box::new(ScramSha256::new("user", Secret::new(password), [nonce; 18]))
}

#[test]
fn both_sides_prove_that_they_know_the_password() {
    let mut world = world("pencil");
    assert!(world.clients[0].session.is_connected());
    let events = world.take_events(0);
    assert_eq!(sent_types(&events), [PacketType::Connect, PacketType::Auth]);
    assert_eq!(
        received_types(&events),
        [PacketType::Auth, PacketType::ConnAck]
    );
}

#[test]
fn a_wrong_password_is_refused() {
    let mut world = world("pen");
    let refused = world
        .take_events(0)
        .into_iter()
        .find_map(|event| match event {
            Event::Ended(ended) => match ended.ending {
                Ending::Refused(refusal) => Some(refusal.code),
                other => panic!("{other:?}"),
            },
            _ => None,
        });
    assert_eq!(refused, Some(ReasonCode::NOT_AUTHORIZED));
}

#[test]
fn a_server_without_the_method_says_so() {
    let mut world = World::new(BrokerConfig::default());
    world.add(Config::new(V5_0, "device"));
    world.clients[0]
        .session
        .authenticate_with(scram("pencil", 1));
    world.connect(0);
    assert!(world.take_events(0).iter().any(|event| matches!(
        event,
        Event::Ended(ended) if matches!(
            &ended.ending,
            Ending::Refused(refusal) if refusal.code == ReasonCode::BAD_AUTHENTICATION_METHOD
        )
    )));
}

#[test]
fn a_server_that_accepts_without_proof_is_not_trusted() {
    let connack = |with_method: bool| {
        let mut packet = vec![0x20, 3, 0, 0, 0];
        if with_method {
            packet = vec![0x20, 19, 0, 0, 16, 0x15, 0, 13];
            packet.extend_from_slice(b"SCRAM-SHA-256");
        }
        packet
    };
    let cases = [
        (
            false,
            Ending::ProtocolError(ProtocolViolation::UnexpectedAuthentication),
        ),
        (
            true,
            Ending::AuthenticationFailed(AuthenticationError::OutOfTurn),
        ),
    ];
    for (with_method, expected) in cases {
        let mut bare = Bare::opened(Config::new(V5_0, "device"));
        bare.close();
        bare.events.clear();
        bare.session.authenticate_with(scram("pencil", 1));
        bare.open();
        bare.server(&connack(with_method));
        assert_eq!(bare.ending(), &expected);
    }
}

#[test]
fn a_method_that_nobody_asked_for_is_a_protocol_error() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.server(&[0x20, 7, 0, 0, 4, 0x15, 0, 1, b'x']);
    assert_eq!(
        bare.ending(),
        &Ending::ProtocolError(ProtocolViolation::UnexpectedAuthentication)
    );
}

#[test]
fn during_the_exchange_nothing_but_auth_is_sent() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.close();
    bare.session.authenticate_with(scram("pencil", 1));
    bare.open();
    assert_eq!(bare.sent_types().last(), Some(&PacketType::Connect));
    bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    let wanted = vec![Subscription::new("t", QoS::AtLeastOnce)];
    bare.session.subscribe(bare.now, wanted).expect("accepted");
    bare.drain();
    assert_eq!(bare.sent(), None);
}

#[test]
fn a_connection_can_be_authenticated_again() {
    let mut world = world("pencil");
    world.take_events(0);
    world.clients[0]
        .session
        .reauthenticate(world.now, scram("pencil", 2))
        .expect("accepted");
    world.drive();
    let events = world.take_events(0);
    assert_eq!(sent_types(&events), [PacketType::Auth; 2]);
    assert!(events.contains(&Event::Reauthenticated));
    assert!(world.clients[0].session.is_connected());
    // The handshake timer is off again.
    world.advance(secs(3_600));
    assert!(world.clients[0].session.is_connected());
}

#[test]
fn a_failed_re_authentication_ends_the_connection() {
    let mut world = world("pencil");
    world.clients[0]
        .session
        .reauthenticate(world.now, scram("pen", 2))
        .expect("accepted");
    world.drive();
    assert!(!world.is_linked(0));
}

#[test]
fn auth_that_nobody_asked_for_is_a_protocol_error() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    // AUTH, continue authentication, method "x".
    bare.server(&[0xF0, 6, 0x18, 4, 0x15, 0, 1, b'x']);
    assert_eq!(
        bare.ending(),
        &Ending::ProtocolError(ProtocolViolation::UnexpectedAuthentication)
    );
}

#[test]
fn re_authentication_needs_a_connection_made_with_the_method() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    assert_eq!(
        bare.session.reauthenticate(bare.now, scram("pencil", 1)),
        Err(SessionError::NotSupported(Feature::EnhancedAuthentication))
    );
}

#[test]
fn a_silent_server_during_authentication_is_given_up() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.close();
    bare.events.clear();
    bare.session.authenticate_with(scram("pencil", 1));
    bare.open();
    bare.advance(secs(10));
    assert_eq!(bare.ending(), &Ending::ConnAckTimeout);
}

#[test]
fn auth_of_the_client_has_the_method_and_its_data_alone() {
    let mut world = world("pencil");
    let again = scram("pencil", 2);
    let session = &mut world.clients[0].session;
    session.reauthenticate(world.now, again).expect("accepted");
    world.drive();
    let sent: Vec<_> = world
        .take_events(0)
        .into_iter()
        .filter_map(|event| match event {
            Event::Sent(frame) if packet_type(&frame) == PacketType::Auth => Some(frame),
            _ => None,
        })
        .collect();
    // The first authentication, and the two of the second.
    assert_eq!(sent.len(), 3);
    for frame in sent {
        let Packet::Auth(auth) = decode(V5_0, &frame) else {
            panic!("not AUTH")
        };
        assert_eq!(
            auth.properties.authentication_method(),
            Some("SCRAM-SHA-256")
        );
        assert_eq!(auth.properties.reason_string(), None);
        assert_eq!(auth.properties.user_properties().count(), 0);
    }
}

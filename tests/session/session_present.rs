//! Session present, and what becomes of the state (3.1.1 §3.2.2.2; 5.0 §3.2.2.1.1).

use device_console::mqtt::{PacketType, ProtocolVersion, QoS};
use device_console::session::{Config, Ending, Event, ProtocolViolation, Publication, Session};

use crate::support::*;

fn lasting(version: ProtocolVersion) -> Config {
    let mut config = Config::new(version, "device");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    config
}

fn present(version: ProtocolVersion) -> &'static [u8] {
    match version {
        V5_0 => &[0x20, 3, 1, 0, 0],
        _ => &[0x20, 2, 1, 0],
    }
}

#[test]
fn session_present_after_a_clean_start_is_a_protocol_error() {
    for version in [V3_1_1, V5_0] {
        let mut bare = Bare::opened(Config::new(version, "device"));
        bare.server(present(version));
        assert_eq!(
            bare.ending(),
            &Ending::ProtocolError(ProtocolViolation::SessionPresentAfterCleanStart)
        );
    }
}

#[test]
fn a_session_that_only_the_server_knows_is_closed_in_5_0_unless_adopted() {
    let mut bare = Bare::opened(lasting(V5_0));
    bare.server(present(V5_0));
    assert_eq!(
        bare.ending(),
        &Ending::ProtocolError(ProtocolViolation::UnknownSession)
    );

    let mut bare = Bare::opened(Config {
        adopt_unknown_session: true,
        ..lasting(V5_0)
    });
    bare.server(present(V5_0));
    assert!(bare.session.is_connected());

    let mut bare = Bare::opened(lasting(V3_1_1));
    bare.server(present(V3_1_1));
    assert!(bare.session.is_connected(), "3.1.1 leaves it to the client");
}

#[test]
fn with_the_session_present_subscriptions_are_not_sent_again() {
    for version in [V3_1_1, V5_0] {
        let mut world = World::connected(lasting(version));
        world.subscribe(0, "t", QoS::AtLeastOnce);
        world.cut(0);
        world.broker.publish(
            world.now,
            Publication::new("t", "while away", QoS::AtLeastOnce),
        );
        world.take_events(0);
        world.connect(0);
        let events = world.take_events(0);
        assert!(!sent_types(&events).contains(&PacketType::Subscribe));
        assert_eq!(events.into_iter().filter_map(message).count(), 1);
    }
}

#[test]
fn without_it_every_wanted_subscription_is_restored() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = World::connected(lasting(version));
        world.subscribe(0, "a", QoS::AtLeastOnce);
        world.subscribe(0, "b/#", QoS::AtMostOnce);
        world.broker.forget(world.now);
        world.drive();
        assert!(!world.is_linked(0));
        world.take_events(0);
        world.connect(0);
        let events = world.take_events(0);
        assert!(
            events
                .iter()
                .any(|event| matches!(event, Event::SessionLost { .. }))
        );
        world
            .broker
            .publish(world.now, Publication::new("a", "1", QoS::AtLeastOnce));
        world
            .broker
            .publish(world.now, Publication::new("b/c", "2", QoS::AtLeastOnce));
        world.drive();
        assert_eq!(world.take_payloads(0), ["1", "2"]);
    }
}

#[test]
fn qos_1_in_flight_is_published_anew_when_the_server_forgot() {
    let mut bare = Bare::connected(lasting(V3_1_1));
    bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    bare.sent_types();
    bare.close();
    bare.open();
    bare.sent_types();
    bare.events.clear();
    bare.server(connack(V3_1_1));
    assert!(bare.events.contains(&Event::SessionLost { republished: 1 }));
    let frame = bare.sent().expect("PUBLISH");
    // Without DUP, under the next identifier.
    assert_eq!(&frame[..], &[0x32, 6, 0, 1, b't', 0, 2, b'x']);
    bare.server(&[0x40, 2, 0, 2]);
    assert_eq!(bare.session.packet_ids_in_use(), 0);
}

#[test]
fn received_identifiers_are_forgotten_with_the_session() {
    let mut bare = Bare::connected(lasting(V3_1_1));
    let publish = [0x34, 6, 0, 1, b't', 0, 9, b'x'];
    bare.server(&publish);
    bare.close();
    bare.open();
    bare.server(connack(V3_1_1));
    bare.server(&publish);
    let delivered = bare
        .events
        .iter()
        .filter(|e| matches!(e, Event::Message(_)))
        .count();
    assert_eq!(delivered, 2, "the same identifier is another message now");
}

#[test]
fn the_first_connection_does_not_report_a_lost_session() {
    let mut world = World::connected(lasting(V5_0));
    let events = world.take_events(0);
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::SessionLost { .. }))
    );
}

#[test]
fn another_client_identifier_is_another_session() {
    let mut bare = Bare::connected(lasting(V3_1_1));
    bare.publish(Publication::new("t", "in flight", QoS::ExactlyOnce));
    bare.sent_types();
    bare.close();
    bare.publish(Publication::new("t", "queued", QoS::ExactlyOnce));
    let mut other = lasting(V3_1_1);
    other.client_id = "other".into();
    bare.session.reconfigure(other).expect("no link");
    bare.open();
    bare.sent_types();
    bare.server(connack(V3_1_1));
    let frame = bare.sent().expect("PUBLISH");
    assert!(frame.ends_with(b"queued"));
    assert_eq!(
        bare.sent(),
        None,
        "what was in flight belongs to the other session"
    );
}

#[test]
fn a_session_is_taken_over_by_the_same_client_identifier() {
    for version in [V3_1_1, V5_0] {
        let mut world = World::connected(Config::new(version, "device"));
        let second = world.add(Config::new(version, "device"));
        world.connect(second);
        assert!(!world.is_linked(0) && world.is_linked(second));
        let ending = world
            .take_events(0)
            .into_iter()
            .find_map(|event| match event {
                Event::Ended(ended) => Some(ended.ending),
                _ => None,
            });
        match ending.expect("the first one ended") {
            Ending::ServerDisconnected { reason, .. } => {
                assert_eq!((version, reason.code.0), (V5_0, 0x8E));
            }
            Ending::LinkClosed => assert_eq!(version, V3_1_1),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_session_whose_connack_was_lost_is_this_clients_own() {
    for version in [V3_1_1, V5_0] {
        let mut bare = Bare::opened(lasting(version));
        // The server made the session, and its CONNACK got lost.
        bare.close();
        bare.open();
        bare.events.clear();
        bare.server(present(version));
        assert!(bare.session.is_connected(), "{:?}", bare.events);

        // The same, when the page died in between.
        let mut bare = Bare::opened(lasting(version));
        let snapshot = bare.session.snapshot();
        bare.session = Session::restore(lasting(version), snapshot);
        bare.open();
        bare.server(present(version));
        assert!(bare.session.is_connected());
    }
}

#[test]
fn a_refused_connect_makes_no_session() {
    let mut bare = Bare::opened(lasting(V5_0));
    // Server busy.
    bare.server(&[0x20, 3, 0, 0x89, 0]);
    bare.close();
    bare.events.clear();
    bare.open();
    bare.server(present(V5_0));
    assert_eq!(
        bare.ending(),
        &Ending::ProtocolError(ProtocolViolation::UnknownSession)
    );
}

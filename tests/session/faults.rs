//! Misfortunes on demand, and how the session takes each one.

use device_console::mqtt::{PacketType, QoS, ReasonCode};
use device_console::session::{Config, Ending, Event, Publication, SubscriptionState};
use device_console::sim::Fault;

use crate::support::*;

fn ending(world: &mut World) -> Option<Ending> {
    world
        .take_events(0)
        .into_iter()
        .find_map(|event| match event {
            Event::Ended(ended) => Some(ended.ending),
            _ => None,
        })
}

#[test]
fn a_lost_puback_leaves_the_message_open_until_the_next_connection() {
    for version in [V3_1_1, V5_0] {
        let mut config = Config::new(version, "device");
        config.clean_start = false;
        config.properties.session_expiry_secs = Some(3_600);
        let mut world = World::connected(config);
        world.broker.arm(Fault::Drop(PacketType::PubAck));
        world.publish(0, Publication::new("t", "x", QoS::AtLeastOnce));
        assert_eq!(world.clients[0].session.in_flight(), 1);
        world.cut(0);
        world.connect(0);
        assert_eq!(world.clients[0].session.in_flight(), 0);
        assert_eq!(world.broker.armed(), []);
    }
}

#[test]
fn a_repeated_qos_2_publish_is_delivered_once() {
    let mut world = World::connected(Config::new(V3_1_1, "device"));
    world.subscribe(0, "t", QoS::ExactlyOnce);
    world.take_events(0);
    world.broker.arm(Fault::Duplicate(PacketType::Publish));
    world
        .broker
        .publish(world.now, Publication::new("t", "x", QoS::ExactlyOnce));
    world.drive();
    assert_eq!(world.take_payloads(0), ["x"]);
    assert_eq!(world.broker.pending("device"), 0);
}

#[test]
fn an_answer_that_is_late_is_measured_as_late() {
    let mut world = World::connected(Config::new(V3_1_1, "device"));
    world.take_events(0);
    world.broker.arm(Fault::Delay(PacketType::PubAck, secs(3)));
    world.publish(0, Publication::new("t", "x", QoS::AtLeastOnce));
    world.advance(secs(5));
    let latency = world
        .take_events(0)
        .into_iter()
        .find_map(|event| match event {
            Event::PublishAcknowledged { latency, .. } => Some(latency),
            _ => None,
        });
    assert_eq!(latency, Some(secs(3)));
}

#[test]
fn a_wrong_packet_identifier_is_reported_and_closes_nothing() {
    let mut world = World::connected(Config::new(V3_1_1, "device"));
    world.take_events(0);
    world.broker.arm(Fault::WrongPacketId(PacketType::PubAck));
    world.publish(0, Publication::new("t", "x", QoS::AtLeastOnce));
    assert!(world.take_events(0).iter().any(|event| matches!(
        event,
        Event::StrayAcknowledgement { packet: PacketType::PubAck, packet_id }
            if packet_id.get() == 1_001
    )));
    assert_eq!(world.clients[0].session.in_flight(), 1);
    assert!(world.is_linked(0));
}

#[test]
fn a_refused_connect_gives_each_versions_word_for_it() {
    for (version, code) in [(V3_1, 4), (V3_1_1, 4), (V5_0, 0x86)] {
        let mut world = World::new(Default::default());
        world.add(Config::new(version, "device"));
        world
            .broker
            .arm(Fault::RefuseConnect(ReasonCode::BAD_USER_NAME_OR_PASSWORD));
        world.connect(0);
        let Some(Ending::Refused(refusal)) = ending(&mut world) else {
            panic!("not refused")
        };
        assert_eq!(refusal.code, ReasonCode(code));
        assert_eq!(refusal.reason.code, ReasonCode::BAD_USER_NAME_OR_PASSWORD);
    }
}

#[test]
fn an_ignored_connect_is_given_up() {
    let mut world = World::new(Default::default());
    world.add(Config::new(V3_1_1, "device"));
    world.broker.arm(Fault::IgnoreConnect);
    world.connect(0);
    world.advance(secs(10));
    assert_eq!(ending(&mut world), Some(Ending::ConnAckTimeout));
    world.connect(0);
    assert!(world.clients[0].session.is_connected());
}

#[test]
fn a_refused_publish_ends_its_flow_in_5_0() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut world = World::connected(Config::new(V5_0, "device"));
        world.take_events(0);
        world
            .broker
            .arm(Fault::RefusePublish(ReasonCode::QUOTA_EXCEEDED));
        world.publish(0, Publication::new("t", "x", qos));
        assert!(world.take_events(0).iter().any(|event| matches!(
            event,
            Event::PublishAcknowledged { reason, .. }
                if reason.code == ReasonCode::QUOTA_EXCEEDED
        )));
        assert_eq!(world.clients[0].session.packet_ids_in_use(), 0);
    }
}

#[test]
fn a_refused_subscription_is_shown_as_refused() {
    for (version, code) in [(V3_1_1, 0x80), (V5_0, 0x87)] {
        let mut world = World::connected(Config::new(version, "device"));
        world
            .broker
            .arm(Fault::RefuseSubscribe(ReasonCode::NOT_AUTHORIZED));
        world.subscribe(0, "t", QoS::AtLeastOnce);
        let all = world.clients[0].session.subscriptions();
        assert_eq!(all[0].state, SubscriptionState::Refused(ReasonCode(code)));
    }
}

#[test]
fn a_server_that_closes_upon_publish_says_why_in_5_0_alone() {
    for version in [V3_1_1, V5_0] {
        let mut world = World::connected(Config::new(version, "device"));
        world.take_events(0);
        world
            .broker
            .arm(Fault::CloseUponPublish(ReasonCode::MESSAGE_RATE_TOO_HIGH));
        world.publish(0, Publication::new("t", "x", QoS::AtMostOnce));
        match ending(&mut world).expect("the link ended") {
            Ending::LinkClosed => assert_eq!(version, V3_1_1),
            Ending::ServerDisconnected { reason, .. } => {
                assert_eq!(
                    (version, reason.code),
                    (V5_0, ReasonCode::MESSAGE_RATE_TOO_HIGH)
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn garbage_behind_a_packet_is_kept_and_ends_the_link() {
    let mut world = World::connected(Config::new(V5_0, "device"));
    world.take_events(0);
    world.broker.arm(Fault::Garbage(PacketType::PubAck));
    world.publish(0, Publication::new("t", "x", QoS::AtLeastOnce));
    let events = world.take_events(0);
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::PublishAcknowledged { .. }))
    );
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::Malformed { bytes, .. } if bytes[0] == 0))
    );
    assert!(!world.is_linked(0));
}

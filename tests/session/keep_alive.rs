//! Keep alive (3.1.1 §3.1.2.10; 5.0 §3.1.2.10, §3.2.2.3.14).

use std::time::Duration;

use device_console::mqtt::{PacketType, QoS};
use device_console::session::{Config, Ending, Event, Publication};
use device_console::sim::BrokerConfig;

use crate::support::*;

const PINGRESP: &[u8] = &[0xD0, 0x00];

fn config(keep_alive_secs: u16) -> Config {
    Config {
        keep_alive_secs,
        ..Config::new(V3_1_1, "device")
    }
}

#[test]
fn pingreq_is_sent_when_nothing_was_sent_for_the_interval() {
    let mut bare = Bare::connected(config(20));
    bare.advance(Duration::from_millis(19_999));
    assert_eq!(bare.sent(), None);
    bare.advance(Duration::from_millis(1));
    assert_eq!(bare.sent_types(), [PacketType::PingReq]);
    bare.advance(Duration::from_millis(250));
    bare.server(PINGRESP);
    let answered = bare.events.iter().find_map(|event| match event {
        Event::PingAnswered { rtt } => Some(*rtt),
        _ => None,
    });
    assert_eq!(answered, Some(Duration::from_millis(250)));
    bare.advance(Duration::from_millis(19_749));
    assert_eq!(bare.sent(), None);
    bare.advance(Duration::from_millis(1));
    assert_eq!(bare.sent_types(), [PacketType::PingReq]);
}

#[test]
fn any_packet_sent_and_answered_puts_pingreq_off() {
    let mut bare = Bare::connected(config(20));
    for round in 1..=5_u8 {
        bare.advance(secs(15));
        bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
        bare.server(&[0x40, 2, 0, round]);
        assert_eq!(bare.sent_types(), [PacketType::Publish]);
    }
}

#[test]
fn a_server_that_only_listens_is_asked_for_a_sign_of_life() {
    let mut bare = Bare::connected(config(20));
    let mut pings = 0;
    for _ in 0..10 {
        bare.advance(secs(5));
        bare.publish(Publication::new("t", "x", QoS::AtMostOnce));
        pings += bare
            .sent_types()
            .iter()
            .filter(|sent| **sent == PacketType::PingReq)
            .count();
        if pings > 0 {
            break;
        }
    }
    assert_eq!(pings, 1, "nothing was received for an interval");
    bare.advance(secs(10));
    assert!(matches!(bare.ending(), Ending::KeepAliveLost { .. }));
}

#[test]
fn silence_after_pingreq_ends_the_connection() {
    let mut bare = Bare::connected(config(20));
    bare.advance(secs(30));
    let silent_for = secs(30);
    assert_eq!(bare.ending(), &Ending::KeepAliveLost { silent_for });
    assert_eq!(bare.sent_types(), [PacketType::PingReq]);
}

#[test]
fn any_packet_received_after_pingreq_is_a_sign_of_life() {
    let mut bare = Bare::connected(config(60));
    bare.advance(secs(60));
    for _ in 0..4 {
        bare.advance(secs(9));
        bare.server(&[0x30, 3, 0, 1, b't']);
    }
    assert!(
        !bare
            .events
            .iter()
            .any(|event| matches!(event, Event::Ended(_)))
    );
    bare.advance(secs(10));
    assert!(matches!(bare.ending(), Ending::KeepAliveLost { .. }));
}

#[test]
fn zero_turns_keep_alive_off() {
    let mut bare = Bare::connected(config(0));
    assert_eq!(bare.session.poll_timeout(), None);
    bare.advance(secs(86_400));
    assert_eq!(bare.sent(), None);
}

#[test]
fn the_server_keep_alive_replaces_the_clients() {
    let mut world = World::new(BrokerConfig {
        server_keep_alive: Some(5),
        ..BrokerConfig::default()
    });
    world.add(Config::new(V5_0, "device"));
    world.connect(0);
    let events = world.take_events(0);
    assert!(events.iter().any(|event| matches!(
        event,
        Event::Connected(connected)
            if connected.keep_alive_secs == 5 && connected.keep_alive_from_server
    )));
    world.advance(secs(21));
    let pings = sent_types(&world.take_events(0));
    assert_eq!(pings, [PacketType::PingReq; 4]);
}

#[test]
fn a_connection_holds_for_hours_with_nothing_but_pings() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = World::connected(Config::new(version, "device"));
        world.take_events(0);
        world.advance(secs(6 * 3_600));
        let events = world.take_events(0);
        assert_eq!(sent_types(&events).len(), 6 * 60);
        assert_eq!(received_types(&events), [PacketType::PingResp; 6 * 60]);
        assert!(world.clients[0].session.is_connected());
    }
}

#[test]
fn waking_from_sleep_asks_once_more_before_giving_up() {
    let mut bare = Bare::connected(config(20));
    bare.advance(secs(20));
    assert_eq!(bare.sent_types(), [PacketType::PingReq]);
    // The machine sleeps for an hour; then the late timer fires.
    bare.now = now_at(bare.now.instant + secs(3_600));
    bare.session.handle_timeout(bare.now);
    bare.drain();
    assert!(bare.events.iter().any(|event| matches!(
        event,
        Event::Woke { late_by } if *late_by == secs(3_590)
    )));
    assert_eq!(bare.sent_types(), [PacketType::PingReq]);
    bare.server(PINGRESP);
    bare.advance(secs(19));
    assert!(
        !bare
            .events
            .iter()
            .any(|event| matches!(event, Event::Ended(_)))
    );
}

#[test]
fn waking_to_a_dead_connection_is_noticed_within_the_ping_timeout() {
    let mut bare = Bare::connected(config(20));
    bare.advance(secs(20));
    bare.now = now_at(bare.now.instant + secs(3_600));
    bare.session.handle_timeout(bare.now);
    bare.advance(secs(10));
    assert!(matches!(bare.ending(), Ending::KeepAliveLost { .. }));
}

#[test]
fn the_broker_drops_a_client_that_is_silent_for_one_and_a_half_intervals() {
    let mut world = World::connected(config(20));
    world.cut_silently(0);
    assert!(world.broker.is_connected("device"));
    world.advance(Duration::from_millis(29_999));
    assert!(world.broker.is_connected("device"));
    world.advance(Duration::from_millis(1));
    assert!(!world.broker.is_connected("device"));
}

#[test]
fn deadlines_of_one_instant_end_the_link_once_and_send_nothing_after() {
    let mut bare = Bare::connected(config(10));
    bare.advance(secs(20));
    assert!(matches!(bare.ending(), Ending::KeepAliveLost { .. }));
    assert_eq!(bare.sent_types(), [PacketType::PingReq]);
}

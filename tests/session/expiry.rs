//! Message expiry (5.0 §3.3.2.3.3) and session expiry (5.0 §3.1.2.11.2).

use device_console::mqtt::{Packet, QoS};
use device_console::session::{Abandonment, Config, Event, Publication};

use crate::support::*;

fn lasting(expiry_secs: u32) -> Config {
    let mut config = Config::new(V5_0, "device");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(expiry_secs);
    config
}

fn expiring(secs: u32) -> Publication {
    let mut message = Publication::new("t", "x", QoS::AtLeastOnce);
    message.properties.message_expiry_secs = Some(secs);
    message
}

#[test]
fn a_queued_message_expires_without_a_connection() {
    let mut bare = Bare::opened(lasting(3_600));
    bare.close();
    let short = bare.publish(expiring(30));
    let long = bare.publish(expiring(60));
    bare.advance(secs(30));
    let told: Vec<_> = bare
        .events
        .iter()
        .filter_map(|event| match event {
            Event::PublishAbandoned {
                token,
                cause: Abandonment::Expired,
            } => Some(*token),
            _ => None,
        })
        .collect();
    assert_eq!(told, [short]);
    assert_eq!(
        bare.session.outgoing().map(|o| o.token).collect::<Vec<_>>(),
        [long]
    );
}

#[test]
fn a_message_that_waited_is_sent_with_what_is_left() {
    let mut bare = Bare::opened(lasting(3_600));
    bare.close();
    bare.publish(expiring(60));
    bare.advance(secs(45));
    bare.open();
    bare.sent_types();
    bare.server(connack(V5_0));
    let frame = bare.sent().expect("PUBLISH");
    let Packet::Publish(publish) = decode(V5_0, &frame) else {
        panic!("not PUBLISH")
    };
    assert_eq!(publish.properties.message_expiry_interval(), Some(15));
}

#[test]
fn a_message_in_flight_is_sent_again_even_when_its_time_is_over() {
    let mut bare = Bare::connected(lasting(3_600));
    bare.publish(expiring(10));
    bare.sent_types();
    bare.close();
    bare.advance(secs(60));
    bare.open();
    bare.sent_types();
    bare.server(&[0x20, 3, 1, 0, 0]);
    let frame = bare.sent().expect("PUBLISH [MQTT-4.4.0-1]");
    let Packet::Publish(publish) = decode(V5_0, &frame) else {
        panic!("not PUBLISH")
    };
    assert!(publish.dup);
    assert_eq!(publish.properties.message_expiry_interval(), Some(1));
}

#[test]
fn below_5_0_nothing_expires() {
    let mut config = Config::new(V3_1_1, "device");
    config.clean_start = false;
    let mut bare = Bare::opened(config);
    bare.close();
    bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    assert_eq!(bare.session.poll_timeout(), None);
}

#[test]
fn the_broker_forgets_the_session_when_its_expiry_interval_is_over() {
    for (absent_secs, present) in [(99, true), (100, false)] {
        let mut world = World::connected(lasting(100));
        world.subscribe(0, "t", QoS::AtLeastOnce);
        world.cut(0);
        world.advance(secs(absent_secs));
        world
            .broker
            .publish(world.now, Publication::new("t", "kept", QoS::AtLeastOnce));
        world.take_events(0);
        world.connect(0);
        let events = world.take_events(0);
        let found = events.iter().find_map(|event| match event {
            Event::Connected(connected) => Some(connected.session_present),
            _ => None,
        });
        assert_eq!(found, Some(present), "after {absent_secs} s");
        let messages = events.into_iter().filter_map(message).count();
        assert_eq!(messages, usize::from(present));
    }
}

#[test]
fn the_broker_passes_on_what_is_left_of_the_interval() {
    let mut world = World::connected(lasting(3_600));
    world.subscribe(0, "t", QoS::AtLeastOnce);
    world.cut(0);
    world.broker.publish(world.now, expiring(60));
    world.broker.publish(world.now, expiring(20));
    world.advance(secs(40));
    world.connect(0);
    let messages = world.take_messages(0);
    let left: Vec<_> = messages
        .iter()
        .map(|m| m.publication.properties.message_expiry_secs)
        .collect();
    assert_eq!(left, [Some(20)]);
}

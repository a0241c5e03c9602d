//! Will messages (3.1.1 §3.1.2.5; 5.0 §3.1.2.5, §3.1.3.2).

use device_console::mqtt::{ProtocolVersion, QoS, ReasonCode};
use device_console::session::{Config, Will};

use crate::support::*;

fn with_will(version: ProtocolVersion) -> Config {
    let mut config = Config::new(version, "device");
    config.will = Some(Will::new("will", "gone", QoS::AtLeastOnce));
    config
}

fn world(config: Config) -> World {
    let mut world = World::connected(config);
    let witness = world.add(Config::new(V5_0, "witness"));
    world.connect(witness);
    world.subscribe(witness, "will", QoS::ExactlyOnce);
    world.take_events(witness);
    world
}

#[test]
fn a_lost_connection_publishes_the_will() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = world(with_will(version));
        world.cut(0);
        assert_eq!(world.take_payloads(1), ["gone"]);
    }
}

#[test]
fn a_goodbye_does_not() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = world(with_will(version));
        let session = &mut world.clients[0].session;
        session.disconnect(world.now, ReasonCode::NORMAL_DISCONNECTION);
        world.drive();
        assert_eq!(world.take_payloads(1), Vec::<String>::new());
    }
}

#[test]
fn a_goodbye_with_will_does_in_every_version() {
    for version in [V3_1, V3_1_1, V5_0] {
        let mut world = world(with_will(version));
        let session = &mut world.clients[0].session;
        session.disconnect(world.now, ReasonCode::DISCONNECT_WITH_WILL);
        world.drive();
        assert_eq!(world.take_payloads(1), ["gone"], "{version}");
    }
}

#[test]
fn the_will_delay_gives_time_to_come_back() {
    for (absent_secs, expected) in [(9, 0), (10, 1)] {
        let mut config = with_will(V5_0);
        config.clean_start = false;
        config.properties.session_expiry_secs = Some(3_600);
        if let Some(will) = &mut config.will {
            will.delay_secs = Some(10);
        }
        let mut world = world(config);
        world.cut(0);
        world.advance(secs(absent_secs));
        world.connect(0);
        world.advance(secs(60));
        assert_eq!(
            world.take_payloads(1).len(),
            expected,
            "after {absent_secs} s"
        );
    }
}

#[test]
fn the_wills_properties_arrive_with_it() {
    let mut config = with_will(V5_0);
    if let Some(will) = &mut config.will {
        will.properties.content_type = Some("text/plain".into());
        will.properties.user_properties = vec![("a".into(), "b".into())];
    }
    let mut world = world(config);
    world.cut(0);
    let messages = world.take_messages(1);
    let properties = &messages[0].publication.properties;
    assert_eq!(properties.content_type.as_deref(), Some("text/plain"));
    assert_eq!(
        properties.user_properties,
        [("a".to_owned(), "b".to_owned())]
    );
}

//! Topic aliases both ways (5.0 §3.3.2.3.4).

use device_console::mqtt::{Packet, QoS};
use device_console::session::{Config, Ending, ProtocolViolation, Publication};
use device_console::sim::BrokerConfig;

use crate::support::*;

fn device() -> Config {
    let mut config = Config::new(V5_0, "device");
    config.limits.topic_aliases = 2;
    config.properties.topic_alias_maximum = Some(4);
    config
}

/// Topic name and alias of the next PUBLISH sent.
fn naming(bare: &mut Bare) -> (String, Option<u16>) {
    let frame = bare.sent().expect("PUBLISH");
    let Packet::Publish(publish) = decode(V5_0, &frame) else {
        panic!("not PUBLISH")
    };
    (
        publish.topic.as_str().to_owned(),
        publish.properties.topic_alias(),
    )
}

#[test]
fn aliases_are_introduced_with_the_name_and_used_without_it() {
    let mut bare = Bare::opened(device());
    bare.sent_types();
    // CONNACK with topic alias maximum 9: the session's own bound is 2.
    bare.server(&[0x20, 6, 0, 0, 3, 0x22, 0, 9]);
    for (topic, qos, expected) in [
        ("a", QoS::AtMostOnce, ("a", Some(1))),
        ("a", QoS::AtLeastOnce, ("", Some(1))),
        ("b", QoS::AtLeastOnce, ("b", Some(2))),
        ("c", QoS::AtMostOnce, ("c", None)),
        ("b", QoS::AtMostOnce, ("", Some(2))),
    ] {
        bare.publish(Publication::new(topic, "x", qos));
        let (name, alias) = naming(&mut bare);
        assert_eq!((name.as_str(), alias), expected);
    }
}

#[test]
fn without_the_servers_leave_no_alias_is_used() {
    let mut bare = Bare::connected(device());
    for _ in 0..2 {
        bare.publish(Publication::new("a", "x", QoS::AtMostOnce));
        assert_eq!(naming(&mut bare), ("a".to_owned(), None));
    }
}

#[test]
fn aliases_do_not_survive_the_connection() {
    let mut config = device();
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    let mut bare = Bare::opened(config);
    bare.server(&[0x20, 6, 0, 0, 3, 0x22, 0, 9]);
    bare.sent_types();
    bare.publish(Publication::new("a", "x", QoS::AtLeastOnce));
    assert_eq!(naming(&mut bare), ("a".to_owned(), Some(1)));
    bare.publish(Publication::new("a", "y", QoS::AtLeastOnce));
    assert_eq!(naming(&mut bare), (String::new(), Some(1)));
    bare.close();
    bare.open();
    bare.sent_types();
    bare.server(&[0x20, 6, 1, 0, 3, 0x22, 0, 9]);
    assert_eq!(
        naming(&mut bare),
        ("a".to_owned(), Some(1)),
        "sent again with its name"
    );
    assert_eq!(naming(&mut bare), (String::new(), Some(1)));
}

#[test]
fn the_servers_aliases_are_resolved() {
    let rules = BrokerConfig {
        topic_aliases: 4,
        ..BrokerConfig::default()
    };
    let mut world = World::new(rules);
    world.add(device());
    world.connect(0);
    world.subscribe(0, "#", QoS::AtMostOnce);
    world.take_events(0);
    for topic in ["a/long/topic", "b", "a/long/topic"] {
        world
            .broker
            .publish(world.now, Publication::new(topic, "x", QoS::AtMostOnce));
    }
    world.drive();
    let messages = world.take_messages(0);
    let found: Vec<_> = messages
        .iter()
        .map(|m| (m.publication.topic.as_str(), m.topic_alias))
        .collect();
    assert_eq!(
        found,
        [
            ("a/long/topic", Some(1)),
            ("b", Some(2)),
            ("a/long/topic", Some(1))
        ]
    );
}

#[test]
fn an_alias_that_is_too_large_or_unknown_ends_the_connection() {
    let cases: [(&[u8], _, u8); 2] = [
        (
            &[0x30, 7, 0, 1, b't', 3, 0x23, 0, 5],
            ProtocolViolation::TopicAliasTooLarge {
                alias: 5,
                maximum: 4,
            },
            0x94,
        ),
        (
            &[0x30, 6, 0, 0, 3, 0x23, 0, 4],
            ProtocolViolation::TopicAliasUnknown { alias: 4 },
            0x82,
        ),
    ];
    for (publish, violation, code) in cases {
        let mut bare = Bare::connected(device());
        bare.server(publish);
        assert_eq!(bare.ending(), &Ending::ProtocolError(violation));
        assert_eq!(bare.sent().as_deref(), Some(&[0xE0, 1, code][..]));
    }
}

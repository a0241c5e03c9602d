//! Flow control (5.0 §4.9).

use device_console::mqtt::{PacketType, QoS};
use device_console::session::{Config, Ending, ProtocolViolation, Publication, Subscription};

use crate::support::*;

/// CONNACK with receive maximum 2.
const CONNACK_2: &[u8] = &[0x20, 6, 0, 0, 3, 0x21, 0, 2];

#[test]
fn no_more_than_the_servers_receive_maximum_is_in_flight() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.sent_types();
    for qos in [
        QoS::AtLeastOnce,
        QoS::ExactlyOnce,
        QoS::AtLeastOnce,
        QoS::AtLeastOnce,
    ] {
        bare.publish(Publication::new("t", "x", qos));
    }
    bare.server(CONNACK_2);
    assert_eq!(bare.sent_types(), [PacketType::Publish; 2]);
    // QoS 0 does not count.
    bare.publish(Publication::new("t", "x", QoS::AtMostOnce));
    assert_eq!(bare.sent_types(), [PacketType::Publish]);
    // PUBREC frees nothing, PUBCOMP and PUBACK do.
    bare.server(&[0x50, 2, 0, 2]);
    assert_eq!(bare.sent_types(), [PacketType::PubRel]);
    bare.server(&[0x70, 2, 0, 2]);
    assert_eq!(bare.sent_types(), [PacketType::Publish]);
    bare.server(&[0x40, 2, 0, 1]);
    assert_eq!(bare.sent_types(), [PacketType::Publish]);
}

#[test]
fn a_refusing_pubrec_frees_its_place() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.sent_types();
    for _ in 0..3 {
        bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
    }
    bare.server(CONNACK_2);
    bare.sent_types();
    bare.server(&[0x50, 3, 0, 1, 0x80]);
    assert_eq!(bare.sent_types(), [PacketType::Publish]);
}

#[test]
fn what_is_sent_again_counts_on_the_new_connection_too() {
    let mut config = Config::new(V5_0, "device");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    let mut bare = Bare::connected(config);
    for _ in 0..5 {
        bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    }
    assert_eq!(bare.sent_types(), [PacketType::Publish; 5]);
    bare.close();
    bare.open();
    bare.sent_types();
    // Session present, receive maximum 2.
    bare.server(&[0x20, 6, 1, 0, 3, 0x21, 0, 2]);
    for packet_id in 1..=5 {
        let expected = if packet_id == 1 {
            2
        } else {
            usize::from(packet_id < 5)
        };
        assert_eq!(
            bare.sent_types().len(),
            expected,
            "before PUBACK {packet_id}"
        );
        bare.server(&[0x40, 2, 0, packet_id]);
    }
    assert_eq!(bare.session.in_flight(), 0);
}

#[test]
fn a_resumed_pubrel_never_lifts_the_quota_above_the_maximum() {
    let mut config = Config::new(V5_0, "device");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    let mut bare = Bare::connected(config);
    bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
    bare.server(&[0x50, 2, 0, 1]);
    bare.close();
    bare.open();
    bare.server(&[0x20, 6, 1, 0, 3, 0x21, 0, 2]);
    bare.server(&[0x70, 2, 0, 1]);
    bare.sent_types();
    for _ in 0..4 {
        bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    }
    assert_eq!(bare.sent_types(), [PacketType::Publish; 2]);
}

#[test]
fn a_server_that_exceeds_the_clients_receive_maximum_is_cut_off() {
    let mut config = Config::new(V5_0, "device");
    config.properties.receive_maximum = Some(2);
    let mut bare = Bare::connected(config);
    for packet_id in 1..=3 {
        bare.server(&[0x34, 6, 0, 1, b't', 0, packet_id, 0]);
    }
    assert_eq!(
        bare.ending(),
        &Ending::ProtocolError(ProtocolViolation::ReceiveMaximumExceeded { maximum: 2 })
    );
    assert_eq!(
        bare.sent_types(),
        [
            PacketType::PubRec,
            PacketType::PubRec,
            PacketType::Disconnect
        ]
    );
}

#[test]
fn the_broker_keeps_to_the_clients_receive_maximum() {
    let mut config = Config::new(V5_0, "device");
    config.properties.receive_maximum = Some(1);
    let mut world = World::connected(config);
    world.subscribe(0, "t", QoS::ExactlyOnce);
    world.take_events(0);
    for number in 0..20 {
        let message = Publication::new("t", format!("{number}"), QoS::ExactlyOnce);
        world.broker.publish(world.now, message);
    }
    world.drive();
    assert_eq!(world.take_payloads(0).len(), 20);
    assert!(world.clients[0].session.is_connected());
}

#[test]
fn a_resumed_pubrel_takes_its_place_among_the_unacknowledged() {
    let mut config = Config::new(V5_0, "device");
    config.clean_start = false;
    config.properties.session_expiry_secs = Some(3_600);
    let mut bare = Bare::connected(config);
    bare.publish(Publication::new("t", "x", QoS::ExactlyOnce));
    bare.server(&[0x50, 2, 0, 1]);
    bare.close();
    bare.publish(Publication::new("t", "y", QoS::AtLeastOnce));
    bare.publish(Publication::new("t", "z", QoS::AtLeastOnce));
    bare.open();
    bare.sent_types();
    bare.server(&[0x20, 6, 1, 0, 3, 0x21, 0, 2]);
    assert_eq!(bare.sent_types(), [PacketType::PubRel, PacketType::Publish]);
    bare.server(&[0x70, 2, 0, 1]);
    assert_eq!(bare.sent_types(), [PacketType::Publish]);
}

#[test]
fn with_nothing_left_everything_but_publish_goes_on() {
    let mut bare = Bare::opened(Config::new(V5_0, "device"));
    bare.server(CONNACK_2);
    bare.sent_types();
    for _ in 0..3 {
        bare.publish(Publication::new("t", "x", QoS::AtLeastOnce));
    }
    assert_eq!(bare.sent_types(), [PacketType::Publish; 2]);
    bare.server(&[0x32, 6, 0, 1, b't', 0, 9, 0]);
    let wanted = vec![Subscription::new("t", QoS::AtLeastOnce)];
    bare.session.subscribe(bare.now, wanted).expect("accepted");
    bare.advance(secs(60));
    assert_eq!(
        bare.sent_types(),
        [
            PacketType::PubAck,
            PacketType::Subscribe,
            PacketType::PingReq
        ]
    );
}

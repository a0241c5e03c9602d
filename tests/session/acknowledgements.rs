//! Acknowledgements that belong to nothing (5.0 §4.3.3, §2.4).

use device_console::mqtt::PacketType;
use device_console::session::{Config, Event};

use crate::support::*;

#[test]
fn stray_acknowledgements_are_reported_and_answered_where_the_peer_waits() {
    let cases: [(_, &[u8], _, &[u8]); 8] = [
        (V3_1_1, &[0x40, 2, 0, 7], PacketType::PubAck, &[]),
        (
            V3_1_1,
            &[0x50, 2, 0, 7],
            PacketType::PubRec,
            &[0x62, 2, 0, 7],
        ),
        (
            V5_0,
            &[0x50, 2, 0, 7],
            PacketType::PubRec,
            &[0x62, 3, 0, 7, 0x92],
        ),
        (V5_0, &[0x50, 3, 0, 7, 0x80], PacketType::PubRec, &[]),
        (V3_1_1, &[0x70, 2, 0, 7], PacketType::PubComp, &[]),
        (V5_0, &[0x70, 3, 0, 7, 0x92], PacketType::PubComp, &[]),
        (V3_1_1, &[0x90, 3, 0, 7, 0], PacketType::SubAck, &[]),
        (V3_1_1, &[0xB0, 2, 0, 7], PacketType::UnsubAck, &[]),
    ];
    for (version, packet, kind, answer) in cases {
        let mut bare = Bare::connected(Config::new(version, "device"));
        bare.server(packet);
        assert!(bare.session.is_connected());
        assert!(bare.events.iter().any(|event| matches!(
            event,
            Event::StrayAcknowledgement { packet, packet_id } if *packet == kind
                && packet_id.get() == 7
        )));
        assert_eq!(bare.sent().unwrap_or_default(), answer);
    }
}

#[test]
fn pubrel_for_an_unknown_identifier_is_completed() {
    for (version, answer) in [
        (V3_1_1, &[0x70, 2, 0, 7][..]),
        (V5_0, &[0x70, 3, 0, 7, 0x92][..]),
    ] {
        let mut bare = Bare::connected(Config::new(version, "device"));
        bare.server(&[0x62, 2, 0, 7]);
        assert_eq!(bare.sent().unwrap_or_default(), answer);
    }
}

//! What a server must not send (3.1.1 §4.8; 5.0 §4.13): the connection ends, nothing is lost, and
//! 5.0 is told why.

use device_console::mqtt::{PacketType, ReasonCode, Violation};
use device_console::session::{Config, Ending, Event, LinkStage, ProtocolViolation};

use crate::support::*;

#[test]
fn a_malformed_packet_is_kept_from_its_first_byte_with_the_fault() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    // A good PINGRESP, then PUBLISH with QoS 3, then more.
    bare.server(&[0xD0, 0, 0x36, 3, 0, 1, b't', 0xD0, 0]);
    let events = &bare.events;
    let malformed = events.iter().find_map(|event| match event {
        Event::Malformed { bytes, error } => Some((bytes.clone(), *error)),
        _ => None,
    });
    let (bytes, error) = malformed.expect("a malformed packet");
    assert_eq!(bytes, &[0x36, 3, 0, 1, b't'][..]);
    assert_eq!((error.kind, error.offset), (Violation::QoS, 0));
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::Unread(rest) if rest[..] == [0xD0, 0]))
    );
    assert_eq!(bare.ending(), &Ending::Malformed(error));
    assert_eq!(
        bare.sent().as_deref(),
        Some(&[0xE0, 1, 0x81][..]),
        "DISCONNECT says why"
    );
}

#[test]
fn a_malformed_packet_in_3_x_ends_the_link_without_disconnect() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    bare.server(&[0x36, 3, 0, 1, b't']);
    assert!(matches!(bare.ending(), Ending::Malformed(_)));
    assert_eq!(
        bare.sent(),
        None,
        "DISCONNECT would make the server drop the will"
    );
}

#[test]
fn a_remaining_length_that_does_not_end_is_shown_from_its_packets_start() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    bare.server(&[0x30, 0xFF]);
    bare.server(&[0xFF, 0xFF, 0xFF, 1]);
    let shown = bare.events.iter().find_map(|event| match event {
        Event::Malformed { bytes, .. } => Some(bytes.to_vec()),
        _ => None,
    });
    assert_eq!(shown, Some(vec![0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1]));
}

#[test]
fn before_connack_nothing_else_may_come() {
    for (version, packet, kind) in [
        (V3_1_1, &[0xD0, 0][..], PacketType::PingResp),
        (V3_1_1, &[0x30, 3, 0, 1, b't'][..], PacketType::Publish),
        (V5_0, &[0xE0, 1, 0x80][..], PacketType::Disconnect),
    ] {
        let mut bare = Bare::opened(Config::new(version, "device"));
        bare.sent_types();
        bare.server(packet);
        assert_eq!(
            bare.ending(),
            &Ending::ProtocolError(ProtocolViolation::BeforeConnAck(kind))
        );
        assert_eq!(bare.ended().stage, LinkStage::Handshake);
        assert_eq!(bare.sent(), None, "there is no connection to disconnect");
    }
}

#[test]
fn packets_that_only_a_client_sends_are_a_protocol_error() {
    let cases: [(_, &[u8], _); 7] = [
        (V5_0, &[0xC0, 0], PacketType::PingReq),
        (
            V5_0,
            &[0x82, 7, 0, 1, 0, 0, 1, b't', 0],
            PacketType::Subscribe,
        ),
        (
            V5_0,
            &[0xA2, 6, 0, 1, 0, 0, 1, b't'],
            PacketType::Unsubscribe,
        ),
        (V5_0, &[0x20, 3, 0, 0, 0], PacketType::ConnAck),
        (V3_1_1, &[0xE0, 0], PacketType::Disconnect),
        (V3_1_1, &[0xC0, 0], PacketType::PingReq),
        (V3_1_1, &[0x20, 2, 0, 0], PacketType::ConnAck),
    ];
    for (version, packet, kind) in cases {
        let mut bare = Bare::connected(Config::new(version, "device"));
        bare.server(packet);
        assert_eq!(
            bare.ending(),
            &Ending::ProtocolError(ProtocolViolation::Unexpected(kind))
        );
        let expected = (version == V5_0).then_some(&[0xE0, 1, 0x82][..]);
        assert_eq!(bare.sent().as_deref(), expected);
    }
}

#[test]
fn bytes_after_the_end_change_nothing() {
    let mut bare = Bare::connected(Config::new(V5_0, "device"));
    bare.session
        .disconnect(bare.now, ReasonCode::NORMAL_DISCONNECTION);
    bare.drain();
    bare.sent_types();
    bare.server(&[0x32, 7, 0, 1, b't', 0, 9, 0, b'x']);
    assert_eq!(bare.sent(), None);
    assert!(
        !bare
            .events
            .iter()
            .any(|event| matches!(event, Event::Message(_)))
    );
    assert!(
        bare.events
            .iter()
            .any(|event| matches!(event, Event::Unread(_)))
    );
}

#[test]
fn a_link_that_opens_again_reads_from_a_clean_start() {
    let mut bare = Bare::connected(Config::new(V3_1_1, "device"));
    bare.server(&[0x30, 100, 0]);
    bare.close();
    bare.open();
    bare.server(connack(V3_1_1));
    assert!(
        bare.session.is_connected(),
        "half a packet of the old link is forgotten"
    );
}

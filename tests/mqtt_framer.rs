//! The framer: limits, borders of the remaining length, and what it holds.

use device_console::mqtt::{FrameDecoder, Packet, ProtocolVersion, Publish, TopicName, Violation};

#[test]
fn a_packet_above_the_maximum_is_refused_before_its_body_is_kept() {
    // 0xFF 0xFF 0xFF 0x7F announces 256 MiB, of which nothing arrives.
    for maximum in [10, 1 << 20] {
        let mut decoder = FrameDecoder::new(maximum);
        let mut chunk: &[u8] = &[0x30, 0xFF, 0xFF, 0xFF, 0x7F];
        let error = decoder.next_frame(&mut chunk).expect_err("too large");
        assert_eq!(error.kind, Violation::PacketTooLarge);
        assert_eq!((error.offset, error.field), (1, "Remaining Length"));
        assert_eq!(error.reason_code(), 0x95);
        assert_eq!(decoder.held(), 0);
    }
}

#[test]
fn a_packet_of_exactly_the_maximum_is_taken() {
    let mut decoder = FrameDecoder::new(5);
    let mut chunk: &[u8] = &[0x30, 3, 0, 1, b'a'];
    assert_eq!(
        decoder.next_frame(&mut chunk),
        Ok(Some(&[0x30, 3, 0, 1, b'a'][..]))
    );
    let mut chunk: &[u8] = &[0x30, 4, 0, 1, b'a', b'b'];
    assert_eq!(
        decoder.next_frame(&mut chunk).expect_err("one more").kind,
        Violation::PacketTooLarge
    );
}

#[test]
fn after_a_fault_every_call_gives_the_same_error() {
    let mut decoder = FrameDecoder::default();
    let mut chunk: &[u8] = &[0x30, 0x80, 0x80, 0x80, 0x80, 0x01, 0xC0, 0x00];
    let error = decoder
        .next_frame(&mut chunk)
        .expect_err("a length that does not end");
    assert_eq!(error.kind, Violation::VariableByteIntegerTooLong);
    assert_eq!(decoder.next_frame(&mut chunk), Err(error));
    assert_eq!(decoder.next_frame(&mut &[0xC0, 0x00][..]), Err(error));
}

#[test]
fn a_large_announcement_costs_no_memory_before_the_bytes_arrive() {
    let mut decoder = FrameDecoder::default();
    let mut chunk: &[u8] = &[0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0x00];
    assert_eq!(decoder.next_frame(&mut chunk), Ok(None));
    assert_eq!(decoder.held(), 6);
}

#[test]
fn a_frame_inside_one_chunk_is_not_copied() {
    let stream = [0xC0, 0x00, 0x30, 3, 0, 1, b'a'];
    let mut decoder = FrameDecoder::default();
    let mut chunk = &stream[..];
    let mut at = 0;
    while let Some(frame) = decoder.next_frame(&mut chunk).expect("frames") {
        assert!(std::ptr::eq(frame.as_ptr(), &stream[at]));
        at += frame.len();
    }
    assert_eq!(at, stream.len());
}

#[test]
fn every_border_of_the_remaining_length_is_written_and_read() {
    let topic = TopicName::new("a").expect("a topic name");
    for remaining in [3, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
        let payload = vec![7; remaining - 3];
        let packet = Packet::from(Publish::new(topic, &payload));
        let mut frame = Vec::new();
        packet
            .encode(ProtocolVersion::V3_1_1, &mut frame)
            .expect("a packet");
        let digits = match remaining {
            0..128 => 1,
            128..16_384 => 2,
            16_384..2_097_152 => 3,
            _ => 4,
        };
        assert_eq!(frame.len(), 1 + digits + remaining);
        assert_eq!(
            packet.encoded_length(ProtocolVersion::V3_1_1),
            Ok(frame.len())
        );
        assert_eq!(Packet::decode(ProtocolVersion::V3_1_1, &frame), Ok(packet));
        let mut decoder = FrameDecoder::default();
        assert_eq!(decoder.next_frame(&mut &frame[..]), Ok(Some(&frame[..])));
    }
}

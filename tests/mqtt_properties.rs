//! What holds for every packet and for any bytes, natively and, as part of `tests/web/`, in a
//! browser.

mod common;

use common::{any_packet, versions};
use device_console::mqtt::{
    Dissection, Field, FrameDecoder, Packet, ProtocolVersion, Summary, TopicFilter, TopicName,
    plausible_versions,
};
use proptest::{collection::vec, prelude::*};

/// Bytes that look like packets more often than random ones: a frame with a few bytes changed,
/// its length bytes among them.
fn damaged_frames() -> impl Strategy<Value = (ProtocolVersion, Vec<u8>)> {
    let edits = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let cut = prop_oneof![3 => Just(None), 1 => any::<prop::sample::Index>().prop_map(Some)];
    (any_packet(), versions(), any::<bool>(), edits, cut).prop_map(
        |(packet, other, same, edits, cut)| {
            let mut frame = packet.frame();
            frame.truncate(400);
            for (index, byte) in edits {
                let at = index.index(frame.len());
                frame[at] = byte;
            }
            if let Some(cut) = cut {
                frame.truncate(cut.index(frame.len() + 1));
            }
            (if same { packet.version } else { other }, frame)
        },
    )
}

/// Spans lie within `start..end`, are in order, do not overlap, and leave no byte out; bits of one
/// byte go from high to low.
fn assert_tiles(fields: &[Field], start: usize, end: usize) -> Result<(), TestCaseError> {
    let mut at = start;
    let mut last_bits: Option<(usize, u8)> = None;
    for field in fields {
        prop_assert!(field.start <= field.end, "{field:?}");
        match (field.bits, last_bits) {
            (Some(bits), Some((byte, low))) if byte == field.start => {
                prop_assert_eq!(bits.high + 1, low, "{:?}", field);
            }
            (Some(bits), _) => {
                prop_assert_eq!(bits.high, 7, "{:?}", field);
                prop_assert_eq!(field.start, at);
            }
            (None, _) => prop_assert_eq!(field.start, at, "{:?}", field),
        }
        if let Some(bits) = field.bits {
            prop_assert!(bits.high >= bits.low && bits.high < 8);
            prop_assert_eq!(field.end, field.start + 1);
            last_bits = Some((field.start, bits.low));
        }
        at = field.end;
        if !field.children.is_empty() {
            assert_tiles(&field.children, field.start, field.end)?;
        }
    }
    if let Some((byte, low)) = last_bits
        && byte + 1 == end
    {
        prop_assert_eq!(low, 0);
    }
    prop_assert_eq!(at, end);
    Ok(())
}

/// What must hold for any bytes, whatever they are.
fn assert_total(version: ProtocolVersion, bytes: &[u8]) -> Result<(), TestCaseError> {
    let decoded = Packet::decode(version, bytes);
    let dissection = Dissection::of(version, bytes);
    prop_assert_eq!(dissection.faults().first().copied(), decoded.err());
    for fault in dissection.faults() {
        prop_assert!(fault.offset <= bytes.len(), "{fault:?}");
        prop_assert!(!fault.statement().is_empty());
    }
    let tree = dissection.tree(bytes);
    assert_tiles(&tree, 0, bytes.len())?;
    if !dissection.faults().is_empty() {
        prop_assert!(tree.iter().any(has_fault), "no fault in {tree:?}");
    }
    prop_assert!(!Summary::of(version, bytes).to_string().is_empty());
    if let Ok(packet) = decoded {
        let mut encoded = Vec::new();
        prop_assert_eq!(packet.encode(version, &mut encoded), Ok(()));
        prop_assert_eq!(Packet::decode(version, &encoded), Ok(packet));
    }
    Ok(())
}

fn has_fault(field: &Field) -> bool {
    field
        .notes
        .iter()
        .any(|note| note.severity == device_console::mqtt::Severity::Error)
        || field.children.iter().any(has_fault)
}

fn all_frames(stream: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut points: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    points.extend([0, stream.len()]);
    points.sort_unstable();
    let mut decoder = FrameDecoder::default();
    let mut frames = Vec::new();
    for pair in points.windows(2) {
        let mut chunk = &stream[pair[0]..pair[1]];
        while let Some(frame) = decoder.next_frame(&mut chunk).expect("a stream of frames") {
            frames.push(frame.to_vec());
        }
        assert!(chunk.is_empty());
    }
    assert_eq!(decoder.held(), 0);
    frames
}

/// Fewer cases in a browser, where nothing can be written down for the next run either.
fn config() -> ProptestConfig {
    if cfg!(target_arch = "wasm32") {
        ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(100)
        }
    } else {
        ProptestConfig::with_cases(600)
    }
}

proptest! {
    #![proptest_config(config())]

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn a_packet_survives_encoding_and_decoding(packet in any_packet()) {
        let frame = packet.frame();
        packet.with(|packet_| {
            let decoded = Packet::decode(packet.version, &frame);
            prop_assert_eq!(decoded, Ok(packet_));
            prop_assert_eq!(packet_.encoded_length(packet.version), Ok(frame.len()));
            let mut again = Vec::new();
            prop_assert_eq!(decoded.map(|it| it.encode(packet.version, &mut again)), Ok(Ok(())));
            prop_assert_eq!(&again, &frame);
            Ok(())
        })?;
        assert_total(packet.version, &frame)?;
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn damaged_frames_are_decoded_or_refused_alike_by_both_readings(
        (version, frame) in damaged_frames(),
    ) {
        assert_total(version, &frame)?;
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn any_bytes_are_decoded_or_refused_alike_by_both_readings(
        version in versions(),
        bytes in vec(any::<u8>(), 0..120),
    ) {
        assert_total(version, &bytes)?;
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn no_prefix_of_a_frame_is_a_packet(packet in any_packet(), cut in any::<prop::sample::Index>()) {
        let frame = packet.frame();
        let cut = cut.index(frame.len());
        prop_assert!(Packet::decode(packet.version, &frame[..cut]).is_err());
        let mut decoder = FrameDecoder::default();
        prop_assert_eq!(decoder.next_frame(&mut &frame[..cut]), Ok(None));
        prop_assert_eq!(decoder.held(), cut);
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn frames_do_not_depend_on_chunking(
        packets in vec(any_packet(), 1..6),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let frames: Vec<_> = packets.iter().map(common::OwnedPacket::frame).collect();
        prop_assert_eq!(all_frames(&frames.concat(), &cuts), frames);
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn the_framer_holds_no_more_than_the_maximum(
        bytes in vec(any::<u8>(), 0..400),
        maximum in 2..100_usize,
        chunk in 1..20_usize,
    ) {
        let mut decoder = FrameDecoder::new(maximum);
        'stream: for mut chunk in bytes.chunks(chunk) {
            loop {
                match decoder.next_frame(&mut chunk) {
                    Ok(Some(frame)) => prop_assert!(frame.len() <= maximum),
                    Ok(None) => break,
                    Err(error) => {
                        prop_assert_eq!(decoder.next_frame(&mut chunk), Err(error));
                        break 'stream;
                    }
                }
            }
            prop_assert!(decoder.held() < maximum.max(5));
        }
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn the_version_of_a_packet_is_among_the_plausible_ones(packet in any_packet()) {
        let frame = packet.frame();
        prop_assert!(plausible_versions([&frame[..]]).contains(&packet.version));
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn a_filter_without_wildcards_matches_its_own_name_alone(
        name in common::topic_names(),
        other in common::topic_names(),
    ) {
        let filter = TopicFilter::for_version(ProtocolVersion::V3_1_1, &name).expect("a filter");
        prop_assume!(filter.shared().is_none());
        prop_assert!(filter.matches(TopicName::new(&name).expect("a name")));
        prop_assert_eq!(filter.matches(TopicName::new(&other).expect("a name")), name == other);
    }
}

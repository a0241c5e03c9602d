//! What must hold for any bytes: the bodies of the fuzz targets, and of the test that runs them
//! over their seeds with any compiler. The first byte chooses what the target varies.

#![allow(dead_code)] // Each target uses its part.

use device_console::mqtt::{
    Dissection, Field, FrameDecoder, Packet, ProtocolVersion, Summary, plausible_versions,
};

/// The version that the first byte chooses, and the rest.
fn version_and_frame(data: &[u8]) -> Option<(ProtocolVersion, &[u8])> {
    let (&first, frame) = data.split_first()?;
    let version = ProtocolVersion::ALL.get(usize::from(first) % 3)?;
    Some((*version, frame))
}

/// Decoding never panics, and what it returns can be read to its end.
pub fn decode(data: &[u8]) {
    let Some((version, frame)) = version_and_frame(data) else {
        return;
    };
    match Packet::decode(version, frame) {
        // Walks through every property, filter and code.
        Ok(packet) => assert!(!format!("{packet:?}").is_empty()),
        Err(error) => {
            assert!(error.offset <= frame.len(), "{error:?}");
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Frames and faults do not depend on how the stream is cut, and little is held.
pub fn framer(data: &[u8]) {
    let [cut, maximum, stream @ ..] = data else {
        return;
    };
    let maximum = usize::from(*maximum) * 4;
    let collect = |chunk_size: usize| {
        let mut decoder = FrameDecoder::new(maximum);
        let mut frames = Vec::new();
        for mut chunk in stream.chunks(chunk_size) {
            loop {
                match decoder.next_frame(&mut chunk) {
                    Ok(Some(frame)) => frames.push(frame.to_vec()),
                    Ok(None) => break,
                    Err(error) => return (frames, Some(error)),
                }
            }
            assert!(decoder.held() <= maximum.max(5));
        }
        (frames, None)
    };
    let whole = collect(stream.len().max(1));
    assert_eq!(whole, collect(usize::from(*cut).max(1)));
    assert!(whole.0.iter().all(|frame| frame.len() <= maximum));
}

/// The dissection agrees with decoding, and its tree covers the frame.
pub fn dissect(data: &[u8]) {
    let Some((version, frame)) = version_and_frame(data) else {
        return;
    };
    let dissection = Dissection::of(version, frame);
    let decoded = Packet::decode(version, frame);
    assert_eq!(dissection.faults().first().copied(), decoded.err());
    tiles(&dissection.tree(frame), 0, frame.len());
    assert!(!Summary::of(version, frame).to_string().is_empty());
    assert!(!plausible_versions([frame]).is_empty());
}

/// Every byte is covered once at each level; parts of a byte go from bit 7 to bit 0.
fn tiles(fields: &[Field], start: usize, end: usize) {
    let mut at = start;
    for field in fields {
        let continues = field.bits.is_some_and(|bits| bits.high < 7);
        assert_eq!(
            field.start,
            if continues { at - 1 } else { at },
            "{field:?}"
        );
        at = field.end;
        if !field.children.is_empty() {
            tiles(&field.children, field.start, field.end);
        }
    }
    assert_eq!(at, end);
}

/// What decodes can be encoded, and is then the same packet and the same bytes again.
pub fn reencode(data: &[u8]) {
    let Some((version, frame)) = version_and_frame(data) else {
        return;
    };
    let Ok(packet) = Packet::decode(version, frame) else {
        return;
    };
    let mut encoded = Vec::new();
    packet
        .encode(version, &mut encoded)
        .expect("what was decoded can be encoded");
    assert!(
        encoded.len() <= frame.len(),
        "the canonical form is the shortest"
    );
    assert_eq!(packet.encoded_length(version), Ok(encoded.len()));
    let again = Packet::decode(version, &encoded).expect("what was encoded can be decoded");
    assert_eq!(again, packet);
    let mut once_more = Vec::new();
    again
        .encode(version, &mut once_more)
        .expect("what was decoded can be encoded");
    assert_eq!(once_more, encoded);
}

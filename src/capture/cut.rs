//! From a byte stream of unknown worth to control packets: whole ones, cut ones, and what is none.
//!
//! A connection gives up at the first byte that fits no packet. Here the reader wants to know what
//! comes after it, so reading goes on at the next place where packets begin.

use core::ops::Range;

use super::paste::Stream;
use crate::mqtt::{Packet, ProtocolVersion};

/// How far from a fault the next packet is looked for, in bytes.
const SEARCH: usize = 64 << 10;

/// What a run of bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// As many bytes as its remaining length says, without a fault in at least one version.
    Whole,
    /// As many bytes as its remaining length says, with a fault in every version.
    Faulty,
    /// It ends before its remaining length is reached: with the stream, or with the line of the
    /// text, behind which another packet begins.
    Short {
        /// How many bytes its remaining length asks for in all; `None` when that is cut itself.
        wanted: Option<usize>,
    },
    /// No packet begins here.
    Noise,
}

/// A run of bytes of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Which bytes.
    pub range: Range<usize>,
    /// What they are.
    pub cut: Cut,
}

/// How many bytes of the stream are in packets without a fault.
pub fn clean_bytes(stream: &Stream) -> usize {
    pieces(stream)
        .filter(|piece| piece.cut == Cut::Whole)
        .map(|piece| piece.range.len())
        .sum()
}

/// The pieces of a stream, which cover it from its start without a gap.
pub fn pieces(stream: &Stream) -> impl Iterator<Item = Piece> {
    let mut cutter = Cutter::default();
    core::iter::from_fn(move || cutter.next(stream))
}

/// Cuts one stream piece by piece, so that a long one can be left and taken up again.
#[derive(Clone, Debug, Default)]
pub struct Cutter {
    at: usize,
    /// A search that found nothing need not be made again from the next byte on.
    searched: usize,
    /// What was met behind a run of noise.
    held: Option<Piece>,
}

impl Cutter {
    /// How many bytes of the stream were cut.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next piece of the stream, which must be the same in each call; `None` at its end.
    pub fn next(&mut self, stream: &Stream) -> Option<Piece> {
        let mut piece = self.held.take().or_else(|| self.step(stream))?;
        while piece.cut == Cut::Noise {
            let Some(next) = self.step(stream) else { break };
            if next.cut != Cut::Noise {
                self.held = Some(next);
                break;
            }
            piece.range.end = next.range.end;
        }
        Some(piece)
    }

    fn step(&mut self, stream: &Stream) -> Option<Piece> {
        let bytes = stream.bytes.as_slice();
        let at = self.at;
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let searched = &mut self.searched;
        let (end, cut) = match head(rest) {
            Head::Frame(length) => {
                let frame = rest.get(..length).unwrap_or_default();
                let (clean, end) = (is_clean(frame), at + length);
                // A payload may be anything, also the beginning of the next line's packet.
                let swallows =
                    clean && !goes_on(bytes, end) && stream.breaks.binary_search(&end).is_err();
                match line_start(stream, at, end).filter(|_| swallows) {
                    Some(line) => (
                        line,
                        Cut::Short {
                            wanted: Some(length),
                        },
                    ),
                    None if clean => (end, Cut::Whole),
                    None => faulty(stream, at, length, searched),
                }
            }
            Head::Short(wanted) => match line_start(stream, at, bytes.len()) {
                Some(line) => (line, Cut::Short { wanted }),
                None => match search(bytes, at, searched) {
                    Some(next) => (next, Cut::Noise),
                    None => (bytes.len(), Cut::Short { wanted }),
                },
            },
            Head::None => {
                let next =
                    line_start(stream, at, bytes.len()).or_else(|| search(bytes, at, searched));
                (next.unwrap_or(bytes.len()), Cut::Noise)
            }
        };
        self.at = end.max(at + 1).min(bytes.len());
        Some(Piece {
            range: at..self.at,
            cut,
        })
    }
}

/// A frame that decodes in no version: what its length says, unless a packet begins at a line
/// inside it, or none begins behind it.
fn faulty(stream: &Stream, at: usize, length: usize, searched: &mut usize) -> (usize, Cut) {
    let bytes = stream.bytes.as_slice();
    let end = at + length;
    if let Some(line) = line_start(stream, at, end) {
        let wanted = Some(length);
        return (line, Cut::Short { wanted });
    }
    // Type 0 is no packet, and 15 only in 5.0: neither tells a length that is worth much.
    let typed = !matches!(bytes.get(at).map(|first| first >> 4), Some(0));
    if goes_on(bytes, end) && typed {
        return (end, Cut::Faulty);
    }
    match search(bytes, at, searched) {
        Some(next) => (next, Cut::Noise),
        None if typed => (end, Cut::Faulty),
        None => (bytes.len(), Cut::Noise),
    }
}

/// Whether a packet without a fault, or the end, is at `end`.
fn goes_on(bytes: &[u8], end: usize) -> bool {
    end >= bytes.len() || bytes.get(end..).is_some_and(starts_clean)
}

/// What the first bytes say about the frame.
enum Head {
    Frame(usize),
    Short(Option<usize>),
    None,
}

fn head(bytes: &[u8]) -> Head {
    match wanted(bytes) {
        Some(length) if length <= bytes.len() => Head::Frame(length),
        Some(length) => Head::Short(Some(length)),
        // The remaining length has four bytes at most.
        None if bytes.len() >= 5 => Head::None,
        None => Head::Short(None),
    }
}

/// How long the frame would be, fixed header included.
fn wanted(bytes: &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().skip(1).take(4).enumerate() {
        value |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return value.checked_add(index + 2);
        }
    }
    None
}

/// Whether the frame has no fault in at least one version.
fn is_clean(frame: &[u8]) -> bool {
    ProtocolVersion::ALL
        .into_iter()
        .any(|version| Packet::decode(version, frame).is_ok())
}

/// Whether a whole packet without a fault is here.
fn starts_clean(bytes: &[u8]) -> bool {
    match head(bytes) {
        Head::Frame(length) => bytes.get(..length).is_some_and(is_clean),
        Head::Short(_) | Head::None => false,
    }
}

/// Whether packets begin here: one without a fault, and another or the end behind it.
fn begins(bytes: &[u8]) -> bool {
    let Head::Frame(length) = head(bytes) else {
        return false;
    };
    let (frame, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
    if !is_clean(frame) {
        return false;
    }
    match head(rest) {
        Head::Frame(next) => rest.get(..next).is_some_and(is_clean),
        Head::Short(_) => rest.is_empty(),
        Head::None => false,
    }
}

/// The first line that begins inside a run with a packet of its own.
fn line_start(stream: &Stream, at: usize, end: usize) -> Option<usize> {
    let from = stream.breaks.partition_point(|line| *line <= at);
    stream
        .breaks
        .get(from..)
        .unwrap_or_default()
        .iter()
        .copied()
        .take_while(|line| *line < end)
        .take(64)
        .find(|line| stream.bytes.get(*line..).is_some_and(starts_clean))
}

/// The next place behind `at` where packets begin. `searched` keeps where an earlier search ended
/// in vain.
fn search(bytes: &[u8], at: usize, searched: &mut usize) -> Option<usize> {
    let from = (at + 1).max(*searched);
    let until = bytes.len().min(at.saturating_add(SEARCH));
    let found = (from..until).find(|next| bytes.get(*next..).is_some_and(begins));
    if found.is_none() {
        *searched = until.max(*searched);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISH: &[u8] = b"\x30\x0a\x00\x03a/bhello";
    const CONNACK: &[u8] = &[0x20, 0x02, 0x00, 0x00];
    const PINGREQ: &[u8] = &[0xC0, 0x00];

    fn stream(parts: &[&[u8]]) -> Stream {
        Stream::binary(parts.concat())
    }

    fn cuts(stream: &Stream) -> Vec<(Range<usize>, Cut)> {
        pieces(stream)
            .map(|piece| (piece.range, piece.cut))
            .collect()
    }

    #[test]
    fn packets_that_follow_each_other_are_told_apart() {
        assert_eq!(
            cuts(&stream(&[CONNACK, PUBLISH, PINGREQ])),
            [
                (0..4, Cut::Whole),
                (4..16, Cut::Whole),
                (16..18, Cut::Whole)
            ]
        );
        assert_eq!(cuts(&stream(&[])), []);
    }

    #[test]
    fn noise_before_and_between_packets_is_one_piece() {
        assert_eq!(
            cuts(&stream(&[b"\x00\xff\x00", PUBLISH, CONNACK])),
            [
                (0..3, Cut::Noise),
                (3..15, Cut::Whole),
                (15..19, Cut::Whole)
            ]
        );
        assert_eq!(
            cuts(&stream(&[PUBLISH, b"\x00\x00\x00\x00\x00\x00", CONNACK])),
            [
                (0..12, Cut::Whole),
                (12..18, Cut::Noise),
                (18..22, Cut::Whole)
            ]
        );
    }

    #[test]
    fn the_end_of_a_stream_says_how_much_is_missing() {
        let all = PUBLISH.len();
        for length in 2..all {
            let cut = stream(&[CONNACK, &PUBLISH[..length]]);
            assert_eq!(
                cuts(&cut)[1],
                (4..4 + length, Cut::Short { wanted: Some(all) }),
                "{length}"
            );
        }
        assert_eq!(
            cuts(&stream(&[CONNACK, &[0x30]]))[1],
            (4..5, Cut::Short { wanted: None })
        );
    }

    #[test]
    fn a_line_that_was_cut_does_not_swallow_the_next() {
        let mut cut = stream(&[&PUBLISH[..9], CONNACK, PINGREQ]);
        cut.breaks = vec![9];
        assert_eq!(
            cuts(&cut),
            [
                (0..9, Cut::Short { wanted: Some(12) }),
                (9..13, Cut::Whole),
                (13..15, Cut::Whole)
            ]
        );
    }

    #[test]
    fn a_fault_inside_a_packet_keeps_its_length() {
        // The topic has a wildcard: a fault in every version.
        let bad = b"\x30\x05\x00\x01#hi";
        assert_eq!(
            cuts(&stream(&[bad, CONNACK])),
            [(0..7, Cut::Faulty), (7..11, Cut::Whole)]
        );
        assert_eq!(cuts(&stream(&[bad])), [(0..7, Cut::Faulty)]);
    }

    proptest::proptest! {
        #[test]
        fn pieces_cover_any_bytes_without_gap(
            bytes: Vec<u8>,
            breaks in proptest::collection::vec(0_usize..200, 0..8),
        ) {
            let mut breaks: Vec<usize> =
                breaks.into_iter().filter(|at| *at < bytes.len()).collect();
            breaks.sort_unstable();
            breaks.dedup();
            let stream = Stream { bytes, breaks, ..Stream::default() };
            let mut at = 0;
            for piece in pieces(&stream) {
                proptest::prop_assert_eq!(piece.range.start, at);
                proptest::prop_assert!(piece.range.end > at);
                at = piece.range.end;
            }
            proptest::prop_assert_eq!(at, stream.bytes.len());
        }
    }
}

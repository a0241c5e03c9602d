//! From a byte stream, cut anywhere, to whole frames.

use super::{DecodeError, ProtocolVersion, Violation, writer::MAX_VARIABLE_BYTE_INTEGER};

/// The largest packet that exists: a byte, a four-byte remaining length, and what it announces.
const LARGEST: usize = 5 + MAX_VARIABLE_BYTE_INTEGER as usize;

/// Cuts a byte stream into frames: bytes in any chunking go in, whole frames come out.
///
/// A frame that lies in one chunk is borrowed from it; only a frame that is cut by the end of a
/// chunk is copied, so at most one incomplete packet is held. The maximum packet size is enforced
/// as soon as the remaining length is known, before any of the body is kept.
///
/// ```
/// # use device_console::mqtt::FrameDecoder;
/// let mut decoder = FrameDecoder::new(1024);
/// let mut types = Vec::new();
/// for mut chunk in [&[0xC0][..], &[0x00, 0xD0, 0x00]] {
///     while let Some(frame) = decoder.next_frame(&mut chunk)? {
///         types.push(frame[0] >> 4);
///     }
/// }
/// assert_eq!(types, [12, 13]);
/// # Ok::<(), device_console::mqtt::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FrameDecoder {
    /// The beginning of a frame, or, until the next call, one whole frame that was cut.
    held: Vec<u8>,
    /// Whether `held` was given out as a frame.
    given: bool,
    maximum_packet_size: usize,
    failed: Option<DecodeError>,
}

/// What the first bytes of a frame say about its length.
enum Header {
    /// The whole frame has this many bytes.
    Length(usize),
    /// The remaining length is not complete yet.
    Incomplete,
    /// The remaining length does not end with its fourth byte.
    TooLong,
}

#[inline(always)]
fn header(bytes: &[u8]) -> Header {
    match *bytes {
        [_, a, ..] if a < 0x80 => Header::Length(2 + usize::from(a)),
        [_, a, b, ..] if b < 0x80 => Header::Length(3 + digits([a, b, 0, 0])),
        [_, a, b, c, ..] if c < 0x80 => Header::Length(4 + digits([a, b, c, 0])),
        [_, a, b, c, d, ..] if d < 0x80 => Header::Length(5 + digits([a, b, c, d])),
        [_, _, _, _, _, ..] => Header::TooLong,
        _ => Header::Incomplete,
    }
}

/// The value of a Variable Byte Integer, least significant digit first.
#[inline(always)]
fn digits(bytes: [u8; 4]) -> usize {
    bytes
        .iter()
        .rev()
        .fold(0, |value, byte| value << 7 | usize::from(byte & 0x7F))
}

impl Default for FrameDecoder {
    /// Without a limit but the protocol's own, 268 435 460 bytes.
    fn default() -> Self {
        Self::new(LARGEST)
    }
}

impl FrameDecoder {
    /// A decoder that refuses packets of more than so many bytes, fixed header included.
    pub const fn new(maximum_packet_size: usize) -> Self {
        Self {
            held: Vec::new(),
            given: false,
            maximum_packet_size,
            failed: None,
        }
    }

    /// Sets the largest packet, in bytes, that is accepted from now on.
    pub const fn set_maximum_packet_size(&mut self, maximum_packet_size: usize) {
        self.maximum_packet_size = maximum_packet_size;
    }

    /// The beginning of a packet that is not whole yet, or whose header was refused. What follows
    /// it is still in the chunk.
    pub fn held_bytes(&self) -> &[u8] {
        if self.given { &[] } else { &self.held }
    }

    /// How many bytes of an incomplete packet are held.
    pub const fn held(&self) -> usize {
        if self.given { 0 } else { self.held.len() }
    }

    /// Takes bytes from the front of `chunk` and returns the next whole frame; `None` when the
    /// chunk is used up. Call it until then before the next chunk.
    ///
    /// # Errors
    /// A packet larger than the maximum, or a remaining length that does not end. The stream
    /// cannot be read on from there: every later call returns the same error.
    #[inline(always)]
    pub fn next_frame<'a, 'c: 'a>(
        &'a mut self,
        chunk: &mut &'c [u8],
    ) -> Result<Option<&'a [u8]>, DecodeError> {
        if self.held.is_empty()
            && self.failed.is_none()
            && let Header::Length(length) = header(chunk)
            && length <= self.maximum_packet_size
            && let Some((frame, rest)) = chunk.split_at_checked(length)
        {
            *chunk = rest;
            return Ok(Some(frame));
        }
        self.next_cut_frame(chunk)
    }

    /// A frame that this chunk does not hold whole, or a fault.
    fn next_cut_frame<'a, 'c: 'a>(
        &'a mut self,
        chunk: &mut &'c [u8],
    ) -> Result<Option<&'a [u8]>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.given {
            self.held.clear();
            self.given = false;
            // The frame that follows may lie whole in this chunk.
            return self.next_frame(chunk);
        }
        loop {
            let wanted = match header(if self.held.is_empty() {
                chunk
            } else {
                &self.held
            }) {
                Header::Length(length) if length > self.maximum_packet_size => {
                    return Err(self.fail(Violation::PacketTooLarge));
                }
                Header::Length(length) => length,
                // One byte more, and look again.
                Header::Incomplete => self.held.len() + 1,
                Header::TooLong => return Err(self.fail(Violation::VariableByteIntegerTooLong)),
            };
            let missing = wanted.saturating_sub(self.held.len());
            if missing == 0 {
                self.given = true;
                return Ok(Some(&self.held));
            }
            if chunk.is_empty() {
                return Ok(None);
            }
            let (taken, rest) = chunk.split_at(missing.min(chunk.len()));
            self.held.extend_from_slice(taken);
            *chunk = rest;
        }
    }

    #[cold]
    fn fail(&mut self, kind: Violation) -> DecodeError {
        let error = DecodeError {
            kind,
            offset: 1,
            field: "Remaining Length",
            version: ProtocolVersion::V5_0,
        };
        self.failed = Some(error);
        error
    }
}

//! Writing fields into the caller's buffer. What is written was checked and measured before.

use core::mem::MaybeUninit;

use super::{EncodeError, TopicFilter, Violation, text};

/// The largest Variable Byte Integer, and so the largest remaining length.
pub(crate) const MAX_VARIABLE_BYTE_INTEGER: u32 = 268_435_455;

/// How many bytes a Variable Byte Integer takes.
#[inline]
pub(crate) const fn variable_byte_integer_length(value: u32) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

/// The unwritten rest of one packet's place in the caller's buffer. The place has the size that was
/// computed before, so nothing grows while fields are written.
pub(crate) struct Writer<'b> {
    slots: &'b mut [MaybeUninit<u8>],
}

/// Makes room for `length` bytes at the end of `out` and has them written.
#[inline(always)]
pub(crate) fn append(out: &mut Vec<u8>, length: usize, write: impl FnOnce(&mut Writer<'_>)) {
    out.reserve(length);
    let before = out.len();
    let slots = out.spare_capacity_mut().get_mut(..length);
    let mut writer = Writer {
        slots: slots.unwrap_or_default(),
    };
    write(&mut writer);
    let left = writer.slots.len();
    debug_assert_eq!(left, 0, "a packet has the length that was computed");
    // SAFETY: `reserve` made room for `length` bytes, and the writer, which takes slots from the
    // front and fills what it takes before it returns, has filled all but the last `left`.
    unsafe { out.set_len(before + (length - left)) };
}

impl<'b> Writer<'b> {
    /// As many bytes as `N` says, which the compiler turns into a move or two.
    #[inline(always)]
    pub(crate) fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        let slots = self.claim(N);
        if slots.len() == N {
            slots.write_copy_of_slice(&bytes);
        }
    }

    /// Bytes of any length. Short ones are copied from both ends, with the middle twice: that is
    /// done before a call of the platform's copy has begun.
    #[inline(always)]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let slots = self.claim(bytes.len());
        if slots.len() != bytes.len() {
            return;
        }
        let length = bytes.len();
        if length > 64 {
            slots.write_copy_of_slice(bytes);
        } else if length >= 32 {
            copy_ends::<32>(slots, bytes);
        } else if length >= 16 {
            copy_ends::<16>(slots, bytes);
        } else if length >= 8 {
            copy_ends::<8>(slots, bytes);
        } else if length >= 4 {
            copy_ends::<4>(slots, bytes);
        } else {
            for (slot, &byte) in slots.iter_mut().zip(bytes) {
                slot.write(byte);
            }
        }
    }

    /// Has a function write that is not inlined: lending it this writer would keep it in memory.
    #[inline(always)]
    pub(crate) fn pass_to(&mut self, write: impl FnOnce(Self) -> Self) {
        let slots = core::mem::take(&mut self.slots);
        *self = write(Self { slots });
    }

    /// The next `length` slots, each of which the caller fills; none if there are not that many.
    #[inline(always)]
    fn claim(&mut self, length: usize) -> &'b mut [MaybeUninit<u8>] {
        match core::mem::take(&mut self.slots).split_at_mut_checked(length) {
            Some((claimed, rest)) => {
                self.slots = rest;
                claimed
            }
            None => {
                debug_assert!(false, "a packet has the length that was computed");
                &mut []
            }
        }
    }

    #[inline(always)]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.array([byte]);
    }

    #[inline(always)]
    pub(crate) fn two_byte_integer(&mut self, value: u16) {
        self.array(value.to_be_bytes());
    }

    /// The first byte and the remaining length.
    #[inline(always)]
    pub(crate) fn fixed_header(&mut self, first: u8, remaining: u32) {
        match remaining {
            0..0x80 => self.array([first, remaining as u8]),
            0x80..0x4000 => self.array([first, remaining as u8 | 0x80, (remaining >> 7) as u8]),
            _ => {
                self.byte(first);
                self.variable_byte_integer(remaining);
            }
        }
    }

    /// The same and a text with its length, in as few pieces as that takes.
    #[inline(always)]
    pub(crate) fn fixed_header_and_text(&mut self, first: u8, remaining: u32, text: &str) {
        let [high, low] = (text.len() as u16).to_be_bytes();
        match remaining {
            0..0x80 => self.array([first, remaining as u8, high, low]),
            0x80..0x4000 => {
                let (low_digit, high_digit) = (remaining as u8 | 0x80, (remaining >> 7) as u8);
                self.array([first, low_digit, high_digit, high, low]);
            }
            _ => {
                self.byte(first);
                self.variable_byte_integer(remaining);
                self.array([high, low]);
            }
        }
        self.put(text.as_bytes());
    }

    #[inline(always)]
    pub(crate) fn variable_byte_integer(&mut self, value: u32) {
        let digit = |shift: u32| (value >> shift) as u8 | 0x80;
        match variable_byte_integer_length(value) {
            1 => self.array([value as u8]),
            2 => self.array([digit(0), (value >> 7) as u8]),
            3 => self.array([digit(0), digit(7), (value >> 14) as u8]),
            _ => self.array([digit(0), digit(7), digit(14), (value >> 21) as u8]),
        }
    }

    /// Two length bytes and the bytes, of which there are at most 65 535.
    #[inline(always)]
    pub(crate) fn data(&mut self, bytes: &[u8]) {
        self.two_byte_integer(bytes.len() as u16);
        self.put(bytes);
    }
}

/// Copies the first and the last `N` bytes, which are all when there are `N` to `2 * N`.
#[inline(always)]
fn copy_ends<const N: usize>(slots: &mut [MaybeUninit<u8>], bytes: &[u8]) {
    if let (Some(slots), Some(bytes)) = (slots.first_chunk_mut::<N>(), bytes.first_chunk::<N>()) {
        slots.write_copy_of_slice(bytes);
    }
    if let (Some(slots), Some(bytes)) = (slots.last_chunk_mut::<N>(), bytes.last_chunk::<N>()) {
        slots.write_copy_of_slice(bytes);
    }
}

/// The bytes that [`Writer::data`] will write for this text.
#[inline]
pub(crate) fn check_text(text: &str, field: &'static str) -> Result<usize, EncodeError> {
    if text::has_null(text) {
        return Err(EncodeError {
            kind: Violation::NullCharacter,
            field,
        });
    }
    check_data(text.as_bytes(), field)
}

/// The bytes that [`Writer::data`] will write for these bytes.
#[inline]
pub(crate) fn check_data(bytes: &[u8], field: &'static str) -> Result<usize, EncodeError> {
    if bytes.len() > text::MAX_LENGTH {
        return Err(EncodeError {
            kind: Violation::TooLong,
            field,
        });
    }
    Ok(2 + bytes.len())
}

/// The bytes for a topic filter, which a 5.0 packet must follow the rules of shares in.
pub(crate) fn check_filter(
    version: super::ProtocolVersion,
    filter: TopicFilter<'_>,
) -> Result<usize, EncodeError> {
    match TopicFilter::for_version(version, filter.as_str()) {
        Ok(_) => Ok(2 + filter.as_str().len()),
        Err(error) => Err(EncodeError {
            kind: error.kind,
            field: "Topic Filter",
        }),
    }
}

//! Writing fields into the caller's buffer. What is written was checked and measured before.

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

#[inline]
pub(crate) fn put_variable_byte_integer(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Two length bytes and the bytes, of which there are at most 65 535.
#[inline]
pub(crate) fn put_data(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// The bytes that [`put_data`] will write for this text.
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

/// The bytes that [`put_data`] will write for these bytes.
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

//! UTF-8 Encoded Strings: what text a packet may carry.

use super::Violation;

/// The longest text or binary data that a two-byte length can announce.
pub(crate) const MAX_LENGTH: usize = u16::MAX as usize;

/// Text as packets carry it: well-formed UTF-8 without U+0000.
///
/// # Errors
/// The rule broken, and the index of the first byte that breaks it.
#[inline(always)]
pub(crate) fn check(bytes: &[u8]) -> Result<&str, (Violation, usize)> {
    match plain::<1>(bytes) {
        Some(text) => Ok(text),
        None => check_beyond_ascii(bytes),
    }
}

/// Text without `+` and `#`.
///
/// # Errors
/// The rule broken, and the index of the first byte that breaks it; wildcards are looked for last.
#[inline(always)]
pub(crate) fn check_without_wildcards(bytes: &[u8]) -> Result<&str, (Violation, usize)> {
    match plain_name(bytes) {
        Some(text) => Ok(text),
        None => check_topic(bytes),
    }
}

/// The text, if it is ASCII and all of it lies above both wildcards, as nearly everything does
/// that topic names are made of: one comparison sees that. It is `None` for some good names, those
/// with `$` or a space among them, which are to be looked at again.
#[inline(always)]
pub(crate) fn plain_name(bytes: &[u8]) -> Option<&str> {
    plain::<{ b'+' + 1 }>(bytes)
}

#[cold]
fn check_beyond_ascii(bytes: &[u8]) -> Result<&str, (Violation, usize)> {
    match core::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => Ok(text),
        _ => Err(explain(bytes)),
    }
}

#[inline(never)]
fn check_topic(bytes: &[u8]) -> Result<&str, (Violation, usize)> {
    let text = check(bytes)?;
    match wildcards(bytes).next() {
        None => Ok(text),
        Some(at) => Err((Violation::WildcardInTopicName, at)),
    }
}

/// Where `+` and `#` stand.
#[inline(always)]
pub(crate) fn wildcards(bytes: &[u8]) -> impl Iterator<Item = usize> {
    // They are 0x2B and 0x23, one bit apart.
    bytes
        .iter()
        .enumerate()
        .filter_map(|(at, &byte)| (byte & !0x08 == b'#').then_some(at))
}

/// Whether the text contains U+0000.
#[inline]
pub(crate) fn has_null(text: &str) -> bool {
    plain::<1>(text.as_bytes()).is_none() && text.as_bytes().contains(&0)
}

/// The text, if all its bytes are ASCII and `LOWEST` or above. Nearly all text in packets is, and
/// this looks at each byte once, eight at a time.
#[inline(always)]
fn plain<const LOWEST: u8>(bytes: &[u8]) -> Option<&str> {
    let mut suspect = 0;
    let (words, _) = bytes.as_chunks();
    for word in words {
        suspect |= suspects::<LOWEST>(u64::from_le_bytes(*word));
    }
    suspect |= match (
        bytes.last_chunk::<8>(),
        bytes.first_chunk::<4>(),
        bytes.last_chunk::<4>(),
    ) {
        // The bytes behind the last whole word, with some that were seen.
        (Some(last), ..) => suspects::<LOWEST>(u64::from_le_bytes(*last)),
        (None, Some(first), Some(last)) => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            suspects::<LOWEST>(u64::from(first) << 32 | u64::from(last))
        }
        _ => {
            // At most three bytes; what fills the word up is no suspect.
            let word = bytes
                .iter()
                .fold(repeat(b'a'), |word, &byte| word << 8 | u64::from(byte));
            suspects::<LOWEST>(word)
        }
    };
    // SAFETY: no byte is 0x80 or above, and ASCII is UTF-8.
    (suspect & repeat(0x80) == 0).then(|| unsafe { core::str::from_utf8_unchecked(bytes) })
}

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// A high bit is set if any of eight bytes is beyond ASCII or below `LOWEST`: that one cannot be
/// lowered so far without borrowing. If none is, none borrows, and no high bit is set.
#[inline(always)]
const fn suspects<const LOWEST: u8>(word: u64) -> u64 {
    word | word.wrapping_sub(repeat(LOWEST))
}

/// The first fault of a text that has one: U+0000 or ill-formed UTF-8, whichever comes first.
#[cold]
fn explain(bytes: &[u8]) -> (Violation, usize) {
    let null = bytes.iter().position(|&byte| byte == 0);
    let valid = match core::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) => error.valid_up_to(),
    };
    match null {
        Some(at) if at < valid => (Violation::NullCharacter, at),
        _ => {
            // ED A0..BF xx is how a surrogate would look; Rust refuses it as ill-formed.
            let surrogate = matches!(bytes.get(valid..), Some([0xED, 0xA0..=0xBF, ..]));
            let kind = if surrogate {
                Violation::Surrogate
            } else {
                Violation::IllFormedUtf8
            };
            (kind, valid)
        }
    }
}

//! UTF-8 Encoded Strings: what text a packet may carry.

use super::Violation;

/// The longest text or binary data that a two-byte length can announce.
pub(crate) const MAX_LENGTH: usize = u16::MAX as usize;

/// Text as packets carry it: well-formed UTF-8 without U+0000.
///
/// # Errors
/// The rule broken, and the index of the first byte that breaks it.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Result<&str, (Violation, usize)> {
    match core::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => Ok(text),
        _ => Err(explain(bytes)),
    }
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

//! Bytes written as hexadecimal digits.

/// The bytes that `text` names: pairs of hexadecimal digits, blanks between them as one likes.
///
/// # Errors
/// The character offset of the first character that does not fit; the length if a digit is
/// missing at the end.
pub fn from_hex(text: &str) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut high: Option<u32> = None;
    for (offset, character) in text.char_indices() {
        if character.is_ascii_whitespace() || matches!(character, ':' | '-' | ',') {
            continue;
        }
        let digit = character.to_digit(16).ok_or(offset)?;
        high = match high {
            None => Some(digit),
            Some(first) => {
                out.push(u8::try_from(first * 16 + digit).unwrap_or(u8::MAX));
                None
            }
        };
    }
    if high.is_some() {
        return Err(text.len());
    }
    Ok(out)
}

/// Lower-case hexadecimal digits without blanks.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first bytes as hexadecimal pairs, for a row of the inspector.
pub(crate) fn hex_preview(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes
        .iter()
        .take(32)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let more = if bytes.len() > 32 { " …" } else { "" };
    format!("{}{more} ({} B)", shown.join(" "), bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_reads_what_people_paste() {
        assert_eq!(from_hex("01 03:0a-FF"), Ok(vec![1, 3, 10, 255]));
        assert_eq!(from_hex(""), Ok(vec![]));
        assert_eq!(from_hex("0g"), Err(1));
        assert_eq!(from_hex("012"), Err(3));
        assert_eq!(to_hex(&[0, 255]), "00ff");
    }
}

//! Bytes as programs write them: arrays of numbers, and strings with escapes.

use super::{Collector, Paste, character, digit, lines};
use crate::platform::Text;
use crate::platform::text;

/// Every brace group of numbers, or every bracket group where there is no brace, is one stream.
/// Comments are skipped; characters and strings count as their bytes.
pub(super) fn array(source: &str) -> Paste {
    let mut out = Collector::default();
    let (open, close) = if source.contains('{') {
        (b'{', b'}')
    } else if source.contains('[') {
        (b'[', b']')
    } else {
        (0, 0)
    };
    let mut inside = open == 0;
    let (mut groups, mut strange, mut commas) = (0_usize, 0_usize, 0_usize);
    let bytes = source.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = source.get(at..).unwrap_or_default();
        if rest.starts_with("//") || rest.starts_with('#') {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if byte == open && open != 0 {
            inside = true;
            groups += 1;
            out.stream(None);
            at += 1;
        } else if byte == close && close != 0 {
            inside = false;
            at += 1;
        } else if !inside {
            at += character(source, at).len_utf8();
        } else if byte == b'"' {
            at = string(source, at + 1, b'"', &mut out, &mut strange);
        } else if byte == b'\'' {
            at = string(source, at + 1, b'\'', &mut out, &mut strange);
        } else if byte.is_ascii_digit() || byte == b'-' {
            let word: usize = rest
                .bytes()
                .skip(1)
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                .count()
                + 1;
            match number(rest.get(..word).unwrap_or_default()) {
                Some(byte) => out.byte(byte, at),
                None => {
                    strange += 1;
                    out.error(
                        at,
                        text!(
                            "'{}' is no byte; expected a number from 0 to 255, such as 0x30",
                            "“{}”不是字节，应为 0 到 255 的数，如 0x30",
                            rest.get(..word).unwrap_or_default()
                        ),
                    );
                }
            }
            at += word;
        } else {
            commas += usize::from(byte == b',');
            if byte == b'\n' {
                out.line();
            }
            let found = character(source, at);
            if !found.is_whitespace() && !",;()\\".contains(found) {
                strange += 1;
                let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                out.error(
                    at,
                    text!(
                        "'{}' is no number; expected a byte such as 0x30, 48 or '0'",
                        "“{}”不是数字，应为 0x30、48 或 '0' 这样的字节",
                        if word.is_empty() {
                            found.to_string()
                        } else {
                            word.clone()
                        }
                    ),
                );
                at += word.len().max(found.len_utf8());
            } else {
                at += found.len_utf8();
            }
        }
    }
    let listed = groups > 0 || commas > 1;
    out.finish(match (listed, strange) {
        (true, 0) => 98,
        (true, _) => 40,
        (false, _) => 0,
    })
}

/// One byte as C, Rust, Python and Go write it.
fn number(word: &str) -> Option<u8> {
    let (negative, word) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let lower = word.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else {
        (10, lower.as_str())
    };
    // Suffixes such as 48u, 0x30U, 48u8; of a hexadecimal number only what is no digit.
    let digits = digits
        .strip_suffix("u8")
        .unwrap_or(digits)
        .trim_end_matches(['u', 'l']);
    let value = i32::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    match value {
        0..=255 => u8::try_from(value).ok(),
        -128..=-1 => i8::try_from(value).ok().map(i8::cast_unsigned),
        _ => None,
    }
}

/// Strings with escapes: what stands in double quotes, or, without quotes, each line as it is.
/// Adjacent strings are one stream, as in C.
pub(super) fn escaped(source: &str) -> Paste {
    let mut out = Collector::default();
    let mut strange = 0_usize;
    let escapes = source.matches("\\x").count();
    if source.contains('"') || source.contains("b'") {
        let bytes = source.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    out.line();
                    at = string(source, at + 1, b'"', &mut out, &mut strange);
                }
                b'\'' if at > 0 && bytes.get(at - 1) == Some(&b'b') => {
                    out.line();
                    at = string(source, at + 1, b'\'', &mut out, &mut strange);
                }
                b'\\' | b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                _ => {
                    out.stream(None);
                    at += character(source, at).len_utf8();
                }
            }
        }
    } else {
        for (start, line) in lines(source) {
            out.line();
            let mut at = 0;
            while at < line.len() {
                at = one(line, at, start, &mut out, &mut strange);
            }
        }
    }
    out.finish(match (escapes, strange) {
        (0, _) => 0,
        (_, 0) => 97,
        _ => 40,
    })
}

/// Reads a string from behind its opening quote; returns the place behind its closing quote.
fn string(
    source: &str,
    mut at: usize,
    quote: u8,
    out: &mut Collector,
    strange: &mut usize,
) -> usize {
    while let Some(&byte) = source.as_bytes().get(at) {
        if byte == quote {
            return at + 1;
        }
        at = one(source, at, 0, out, strange);
    }
    *strange += 1;
    out.error(
        source.len(),
        Text::new(
            "the string does not end: a closing quote was expected",
            "字符串未结束：缺少结束引号",
        ),
    );
    at
}

/// One character or escape; returns the place behind it. `start` is where `source` begins in the
/// whole text.
fn one(source: &str, at: usize, start: usize, out: &mut Collector, strange: &mut usize) -> usize {
    let bytes = source.as_bytes();
    let plain = character(source, at);
    if plain != '\\' {
        let mut encoded = [0; 4];
        for byte in plain.encode_utf8(&mut encoded).bytes() {
            out.byte(byte, start + at);
        }
        return at + plain.len_utf8();
    }
    let value = |at: usize| bytes.get(at).copied().and_then(digit);
    let octal = |at: usize| value(at).filter(|digit| *digit < 8);
    let (byte, length) = match bytes.get(at + 1) {
        Some(b'x' | b'X') => match (value(at + 2), value(at + 3)) {
            (Some(high), Some(low)) => (high << 4 | low, 4),
            (Some(low), None) => (low, 3),
            _ => {
                *strange += 1;
                out.error(
                    start + at,
                    Text::new(
                        "two hexadecimal digits were expected after \\x",
                        "\\x 之后应有两个十六进制数字",
                    ),
                );
                return at + 2;
            }
        },
        Some(b'0'..=b'7') => {
            let mut byte = 0_u8;
            let mut length = 1;
            while let Some(digit) = octal(at + length).filter(|_| length <= 3) {
                byte = byte.wrapping_mul(8).wrapping_add(digit);
                length += 1;
            }
            (byte, length)
        }
        Some(b'n') => (b'\n', 2),
        Some(b'r') => (b'\r', 2),
        Some(b't') => (b'\t', 2),
        Some(b'a') => (7, 2),
        Some(b'b') => (8, 2),
        Some(b'v') => (11, 2),
        Some(b'f') => (12, 2),
        Some(b'e') => (27, 2),
        Some(b'\n') => return at + 2,
        Some(&other @ (b'\\' | b'"' | b'\'' | b'?')) => (other, 2),
        _ => {
            *strange += 1;
            out.error(
                start + at,
                Text::new(
                    "an escape such as \\x30, \\n or \\\\ was expected",
                    "此处应为转义序列，如 \\x30、\\n 或 \\\\",
                ),
            );
            return at + 1;
        }
    };
    out.byte(byte, start + at);
    at + length
}

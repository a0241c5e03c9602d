//! Hexadecimal digits and base64.

use super::{Collector, Paste, character, digit, lines};
use crate::platform::Text;
use crate::platform::text;

/// Digits in pairs. Between bytes: blanks, commas, semicolons, colons, hyphens and bars, and `0x`
/// or `\x` in front of a byte.
pub(super) fn hex(text: &str) -> Paste {
    let mut out = Collector::default();
    let mut strange = 0_usize;
    for (start, line) in lines(text) {
        out.line();
        let bytes = line.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let next = bytes.get(at + 1).copied();
            let prefix = matches!(
                (byte, next),
                (b'0' | b'\\', Some(b'x' | b'X')) if bytes.get(at + 2).copied().and_then(digit).is_some()
            );
            if prefix {
                at += 2;
                // As C prints it, a byte may have one digit; elsewhere it has two.
                if let Some(low) = bytes.get(at).copied().and_then(digit)
                    && bytes.get(at + 1).copied().and_then(digit).is_none()
                {
                    out.byte(low, start + at);
                    at += 1;
                }
                continue;
            }
            match (digit(byte), next.and_then(digit)) {
                (Some(high), Some(low)) => {
                    out.byte(high << 4 | low, start + at);
                    at += 2;
                }
                (Some(_), None) => {
                    strange += 1;
                    out.strange(
                        text,
                        start + at..start + at + 1,
                        Text::new(
                            "half a byte: a second hexadecimal digit was expected here",
                            "只有半个字节：此处应有第二个十六进制数字",
                        ),
                        not_hex,
                    );
                    at += 1;
                }
                (None, _) => {
                    let found = character(line, at);
                    if !found.is_whitespace() && !",;:-|_\"'".contains(found) {
                        strange += 1;
                        out.strange(
                            text,
                            start + at..start + at + found.len_utf8(),
                            text!(
                                "'{found}' is no hexadecimal digit; expected 0-9 or A-F",
                                "“{found}”不是十六进制数字，应为 0-9 或 A-F"
                            ),
                            not_hex,
                        );
                    }
                    at += found.len_utf8();
                }
            }
        }
    }
    out.finish(match strange {
        0 => 95,
        1..=3 => 20,
        _ => 5,
    })
}

fn not_hex(found: &str, count: usize) -> Text {
    text!(
        "'{found}' ({count} characters) is no hexadecimal; expected pairs of 0-9 or A-F",
        "“{found}”（{count} 个字符）不是十六进制，应为成对的 0-9 或 A-F"
    )
}

fn not_base64(found: &str, count: usize) -> Text {
    text!(
        "'{found}' ({count} characters) is no base64; expected A-Z, a-z, 0-9, + or /",
        "“{found}”（{count} 个字符）不是 base64，应为 A-Z、a-z、0-9、+ 或 /"
    )
}

/// Each line is a stream of its own, unless the lines are those of one text that was wrapped.
pub(super) fn base64(text: &str) -> Paste {
    let mut out = Collector::default();
    let mut strange = 0_usize;
    let mut width = None;
    let mut bits = Bits::default();
    for (start, line) in lines(text) {
        let trimmed = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        let body = trimmed
            .find(";base64,")
            .filter(|_| trimmed.starts_with("data:"))
            .map_or(0, |comma| comma + ";base64,".len());
        let body_text = trimmed
            .get(body..)
            .unwrap_or_default()
            .trim_matches(['"', '\'']);
        if body_text.is_empty() {
            width = None;
            continue;
        }
        // Wrapped text has lines of one length, a multiple of four, without padding but at the end.
        let wrapped = width.is_some_and(|width: usize| body_text.len() <= width);
        if !wrapped {
            strange += bits.end(&mut out);
            out.stream(None);
        }
        let quoted = trimmed
            .get(body..)
            .is_some_and(|rest| rest.starts_with(['"', '\'']));
        let from = from + body + usize::from(quoted);
        for (offset, character) in body_text.char_indices() {
            let value = match character {
                'A'..='Z' => u32::from(character) - u32::from('A'),
                'a'..='z' => u32::from(character) - u32::from('a') + 26,
                '0'..='9' => u32::from(character) - u32::from('0') + 52,
                '+' | '-' => 62,
                '/' | '_' => 63,
                '=' => {
                    bits.padding += 1;
                    continue;
                }
                _ if character.is_whitespace() => continue,
                _ => {
                    strange += 1;
                    out.strange(
                        text,
                        from + offset..from + offset + character.len_utf8(),
                        text!(
                            "'{character}' is no base64 character; expected A-Z, a-z, 0-9, + or /",
                            "“{character}”不是 base64 字符，应为 A-Z、a-z、0-9、+ 或 /"
                        ),
                        not_base64,
                    );
                    continue;
                }
            };
            if bits.padding > 0 {
                strange += 1;
                out.error(
                    from + offset,
                    Text::new(
                        "more characters after the padding; expected the end",
                        "填充符“=”之后还有字符，此处应结束",
                    ),
                );
                bits = Bits::default();
            }
            bits.add(value, from + offset, &mut out);
        }
        let whole =
            body_text.len() >= 40 && body_text.len().is_multiple_of(4) && !body_text.ends_with('=');
        width = match (whole, width) {
            (true, Some(width)) if body_text.len() == width => Some(width),
            (true, None) => Some(body_text.len()),
            _ => None,
        };
    }
    strange += bits.end(&mut out);
    out.finish(if strange == 0 { 60 } else { 0 })
}

/// Base64 digits on their way to bytes.
#[derive(Default)]
struct Bits {
    held: u32,
    count: u32,
    padding: usize,
    last: usize,
}

impl Bits {
    fn add(&mut self, value: u32, at: usize, out: &mut Collector) {
        self.last = at;
        self.held = (self.held << 6 | value) & 0xFFFF;
        self.count += 6;
        if self.count >= 8 {
            self.count -= 8;
            let byte = u8::try_from(self.held >> self.count & 0xFF).unwrap_or(0);
            out.byte(byte, at);
        }
    }

    /// The end of a text: returns how many things were wrong with it.
    fn end(&mut self, out: &mut Collector) -> usize {
        let Self { count, last, .. } = core::mem::take(self);
        // Six bits left over are one digit, which is no byte.
        if count != 6 {
            return 0;
        }
        out.error(
            last,
            Text::new(
                "one base64 character is left over: the text is cut, or a character is missing",
                "末尾多出一个 base64 字符：文本被截断或缺少字符",
            ),
        );
        1
    }
}

//! Dumps with an offset in front of each line.

use super::{Collector, Paste, digit, lines};
use crate::mqtt::Severity;
use crate::platform::Text;
use crate::platform::text;

/// The most bytes that a `*` for repeated lines may stand for.
const MAX_REPEAT: usize = 1 << 20;

/// One line of a dump.
struct Line<'a> {
    start: usize,
    offset: usize,
    /// Where the bytes begin in `text`.
    body: usize,
    /// Whether a colon ends the offset, as `xxd` writes it.
    colon: bool,
    text: &'a str,
}

enum Row<'a> {
    Dump(Line<'a>),
    /// Lines like the one before, up to the next offset.
    Repeat,
    Other(usize),
}

pub(super) fn read(text: &str) -> Paste {
    let rows: Vec<Row<'_>> = lines(text)
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(start, line)| row(start, line))
        .collect();
    let dumps = rows
        .iter()
        .filter(|row| matches!(row, Row::Dump(_)))
        .count();
    let mut out = Collector::default();
    let mut expected: Option<usize> = None;
    let mut before: Vec<u8> = Vec::new();
    let mut repeat = false;
    let mut jumps = 0_usize;
    for (index, this) in rows.iter().enumerate() {
        let line = match this {
            Row::Dump(line) => line,
            Row::Repeat => {
                repeat = true;
                continue;
            }
            Row::Other(at) => {
                out.problem(
                    Severity::Warning,
                    *at,
                    Text::new(
                        "no line of a dump: an offset of at least four digits was expected; skipped",
                        "不是转储行：行首应为至少四位的偏移；已跳过",
                    ),
                );
                continue;
            }
        };
        // A dump that starts over is the next packet's.
        if line.offset == 0 {
            out.stream(None);
            expected = Some(0);
        }
        let known = *expected.get_or_insert(line.offset);
        if repeat && line.offset > known && line.offset - known <= MAX_REPEAT && !before.is_empty()
        {
            let missing = line.offset - known;
            for byte in before.iter().copied().cycle().take(missing) {
                out.byte(byte, line.start);
            }
            expected = Some(line.offset);
        }
        repeat = false;
        let known = expected.unwrap_or(line.offset);
        if line.offset != known {
            jumps += 1;
            out.error(
                line.start,
                text!(
                    "the offset is 0x{:x} where 0x{known:x} was expected: bytes are missing or doubled",
                    "偏移为 0x{:x}，此处应为 0x{known:x}：有字节缺失或重复",
                    line.offset
                ),
            );
        }
        let width = rows
            .get(index + 1..)
            .unwrap_or_default()
            .iter()
            .find_map(|row| match row {
                Row::Dump(next) => Some(next.offset.checked_sub(line.offset)),
                _ => None,
            })
            .flatten()
            .filter(|width| (1..=64).contains(width));
        let bytes = bytes_of(line, width);
        out.line();
        before.clear();
        for (byte, at) in &bytes {
            out.byte(*byte, *at);
            before.push(*byte);
        }
        expected = Some(line.offset + bytes.len());
    }
    let fit = match (dumps, rows.len()) {
        (0, _) | (_, 0) => 0,
        (dumps, all) => u8::try_from(dumps * 100 / all).unwrap_or(100),
    };
    out.finish(if jumps > 0 { fit / 2 } else { fit })
}

fn row(start: usize, text: &str) -> Row<'_> {
    let indent = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    if trimmed == "*" {
        return Row::Repeat;
    }
    let bytes = trimmed.as_bytes();
    let prefix = if trimmed.starts_with("0x") || trimmed.starts_with("0X") {
        2
    } else {
        0
    };
    let digits = bytes
        .iter()
        .skip(prefix)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let after = bytes.get(prefix + digits).copied();
    let colon = after == Some(b':');
    let ends = matches!(after, None | Some(b' ' | b'\t')) || colon;
    let offset = trimmed
        .get(prefix..prefix + digits)
        .and_then(|digits| usize::from_str_radix(digits, 16).ok());
    match offset {
        Some(offset) if ends && (4..=16).contains(&digits) => Row::Dump(Line {
            start,
            offset,
            body: indent + prefix + digits + usize::from(colon),
            colon,
            text,
        }),
        _ => Row::Other(start),
    }
}

/// The bytes of a line with their places. `width` is how many there must be, where the next line
/// tells.
fn bytes_of(line: &Line<'_>, width: Option<usize>) -> Vec<(u8, usize)> {
    let limit = width.unwrap_or(16);
    let text = line.text.as_bytes();
    // `hexdump` and `od -x` without further options print words in the order of the machine.
    let words = !line.colon
        && line
            .text
            .get(line.body..)
            .unwrap_or_default()
            .split_ascii_whitespace()
            .take(8)
            .all(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let wanted = if words {
        limit.next_multiple_of(2)
    } else {
        limit
    };
    let mut out = Vec::with_capacity(wanted);
    let mut at = line.body;
    let mut gap = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b' ' || byte == b'\t' {
            gap += if byte == b'\t' { 2 } else { 1 };
            at += 1;
            continue;
        }
        // Two blanks stand in the middle of a full line; elsewhere they end the bytes.
        let middle = out.len() == 8 && gap == 2 && limit > 8;
        let ends = gap >= 2 && !out.is_empty() && !middle && !words;
        if ends || out.len() >= wanted {
            break;
        }
        let pair = digit(byte).zip(text.get(at + 1).copied().and_then(digit));
        let Some((high, low)) = pair else { break };
        out.push((high << 4 | low, line.start + at));
        at += 2;
        gap = 0;
    }
    if words {
        for pair in out.chunks_exact_mut(2) {
            pair.reverse();
        }
    }
    out.truncate(limit);
    out
}

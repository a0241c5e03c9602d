//! Lines of a serial log or of a modem's AT commands: bytes among times, tags and other words.
//!
//! In each line the longest run of hexadecimal is taken. An AT command that announces how many
//! bytes follow is held to that, and its direction is known; elsewhere words such as `TX` and `<-`
//! tell the direction.

use super::{Collector, Paste, digit, lines};
use crate::mqtt::Severity;
use crate::platform::Direction;
use crate::platform::text;

/// Bytes that an AT command or an unsolicited result announced.
struct Announced {
    direction: Direction,
    length: usize,
    taken: usize,
    at: usize,
}

pub(super) fn read(source: &str) -> Paste {
    let mut out = Collector::default();
    let mut announced: Option<Announced> = None;
    let (mut marked, mut spoken, mut taken) = (0_usize, 0_usize, 0_usize);
    for (start, line) in lines(source) {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(command) = command(line) {
            settle(&mut out, announced.take());
            spoken += 1;
            turn(&mut out, Some(command.direction));
            let found = command.data(line);
            for (byte, at) in &found {
                out.byte(*byte, start + at);
            }
            taken += usize::from(!found.is_empty());
            if let Some(length) = command.length {
                let open = Announced {
                    direction: command.direction,
                    length,
                    taken: found.len(),
                    at: start,
                };
                // A result that hands the bytes over in quotes or after a comma is complete.
                if found.is_empty() || found.len() < length {
                    announced = Some(open);
                } else {
                    settle(&mut out, Some(open));
                }
            }
            continue;
        }
        let found = match &announced {
            Some(open) if !is_chatter(line) => {
                raw_or_run(line, open.length - open.taken.min(open.length))
            }
            _ => run(line),
        };
        if found.is_empty() {
            continue;
        }
        let told = announced
            .as_ref()
            .map(|open| open.direction)
            .or_else(|| direction(line, found.first().map_or(0, |(_, at)| *at)));
        marked += usize::from(told.is_some());
        taken += 1;
        turn(&mut out, told);
        for (byte, at) in &found {
            out.byte(*byte, start + at);
        }
        if let Some(mut open) = announced.take() {
            open.taken += found.len();
            if open.taken < open.length {
                announced = Some(open);
            } else {
                settle(&mut out, Some(open));
            }
        }
    }
    settle(&mut out, announced);
    let fit = match (spoken + marked, taken) {
        (_, 0) => 0,
        (0, _) => 10,
        _ => 96,
    };
    out.finish(fit)
}

/// The next bytes go this way: another direction is another stream.
fn turn(out: &mut Collector, direction: Option<Direction>) {
    if out.open.direction == direction {
        out.line();
    } else {
        out.stream(direction);
    }
}

/// Whether as many bytes came as were announced.
fn settle(out: &mut Collector, announced: Option<Announced>) {
    if let Some(Announced {
        length, taken, at, ..
    }) = announced
        && taken != length
    {
        out.problem(
            Severity::Warning,
            at,
            text!(
                "this line announces {length} bytes, {taken} were found",
                "该行声明 {length} 字节，实际找到 {taken} 字节"
            ),
        );
    }
}

/// A line in which a modem speaks or is spoken to.
struct Command<'a> {
    direction: Direction,
    /// How many bytes it announces.
    length: Option<usize>,
    /// Where its arguments begin in the line.
    arguments: usize,
    name: &'a str,
}

/// Commands that send bytes, and results that hand received bytes over.
const SENDS: [&str; 9] = [
    "SEND",
    "SOST",
    "SOSD",
    "SOWR",
    "TCPSND",
    "SOCKWRITE",
    "SOWRITE",
    "WRITE",
    "NMGS",
];
const RECEIVES: [&str; 9] = [
    "IPD", "RECEIVE", "QIURC", "QIRD", "USORD", "NSORF", "NSONMI", "RECV", "MIPURC",
];

fn command(line: &str) -> Option<Command<'_>> {
    let upper = line.to_ascii_uppercase();
    let at = upper.find("AT+").or_else(|| upper.find("AT#"));
    let plus = upper.find('+');
    let from = at.map(|at| at + 3).or(plus.map(|plus| plus + 1))?;
    let name_length = upper
        .get(from..)?
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let name = line.get(from..from + name_length)?;
    let known = upper.get(from..from + name_length)?;
    let direction = if at.is_some() && SENDS.iter().any(|word| known.contains(word)) {
        Direction::Up
    } else if RECEIVES.iter().any(|word| known.contains(word)) {
        Direction::Down
    } else {
        return None;
    };
    let arguments = from + name_length + 1;
    let mut command = Command {
        direction,
        length: None,
        arguments: arguments.min(line.len()),
        name,
    };
    command.length = command.announced(line);
    Some(command)
}

impl Command<'_> {
    /// The number of bytes: the last argument that is a small decimal number. Of a result such as
    /// `+IPD,0,4:…`, what stands before the colon.
    fn announced(&self, line: &str) -> Option<usize> {
        let arguments = line.get(self.arguments..)?;
        let head = match (self.direction, self.name.eq_ignore_ascii_case("IPD")) {
            (Direction::Down, true) => arguments.split(':').next()?,
            _ => arguments,
        };
        let all: Vec<usize> = head
            .split([',', ':', ' '])
            .map(str::trim)
            .filter(|field| !field.is_empty() && field.len() <= 5)
            .filter_map(|field| field.parse::<usize>().ok())
            .filter(|length| *length > 0)
            .collect();
        // With the bytes on the same line, the number that agrees with them.
        let found = self.data(line).len();
        if found > 0 && all.contains(&found) {
            return Some(found);
        }
        all.last().copied()
    }

    /// The bytes on the line itself: its longest argument of hexadecimal digits, or what follows
    /// the colon as text with escapes.
    fn data(&self, line: &str) -> Vec<(u8, usize)> {
        let arguments = line.get(self.arguments..).unwrap_or_default();
        let mut best: Vec<(u8, usize)> = Vec::new();
        let mut at = self.arguments;
        for field in arguments.split_inclusive([',', ':', '"', '>']) {
            let word = field.trim_end_matches([',', ':', '"', '>']);
            // A short decimal number that is not quoted is a link, a port or a length.
            let number = word.trim().len() <= 5
                && word.trim().bytes().all(|byte| byte.is_ascii_digit())
                && !field.ends_with('"');
            let found = run_in(word, at, true);
            if !number && found.len() > best.len() {
                best = found;
            }
            at += field.len();
        }
        best
    }
}

/// What modems say between bytes.
fn is_chatter(line: &str) -> bool {
    let word = line
        .trim()
        .trim_start_matches('>')
        .trim()
        .to_ascii_uppercase();
    word.is_empty()
        || [
            "OK",
            "ERROR",
            "SEND OK",
            "SEND FAIL",
            "DATA ACCEPT",
            "CONNECT",
        ]
        .iter()
        .any(|said| word.starts_with(said))
        || word.starts_with("RECV ")
        || word.starts_with("BUSY")
}

/// Announced bytes: hexadecimal, or exactly so many characters as they are.
fn raw_or_run(line: &str, wanted: usize) -> Vec<(u8, usize)> {
    let prompt = line.len() - line.trim_start_matches(['>', ' ']).len();
    let body = line.get(prompt..).unwrap_or_default();
    let found = run_in(body, prompt, true);
    if found.len() == wanted || body.len() != wanted {
        return found;
    }
    body.bytes().zip(prompt..).collect()
}

/// The longest run of hexadecimal in a line, with its places.
fn run(line: &str) -> Vec<(u8, usize)> {
    let mut found = run_in(line, 0, false);
    // A length in front of the bytes it counts: `TX 12 30 0a …`.
    if let Some(&(_, at)) = found.first()
        && let Some(count) = line
            .get(at..at + 2)
            .and_then(|two| two.parse::<usize>().ok())
        && found.len() > 2
        && count == found.len() - 1
    {
        found.remove(0);
    }
    found
}

/// The longest run in a part of a line that begins at `offset`. `trusted`: bytes are known to be
/// there, so that a lonely pair of digits counts.
fn run_in(part: &str, offset: usize, trusted: bool) -> Vec<(u8, usize)> {
    let mut best: Vec<(u8, usize)> = Vec::new();
    let mut this: Vec<(u8, usize)> = Vec::new();
    let mut decimal = true;
    let mut best_decimal = true;
    let close = |this: &mut Vec<(u8, usize)>,
                 decimal: &mut bool,
                 best: &mut Vec<_>,
                 best_decimal: &mut bool| {
        if this.len() > best.len() {
            *best = core::mem::take(this);
            *best_decimal = *decimal;
        }
        this.clear();
        *decimal = true;
    };
    let mut at = 0;
    for word in part.split_inclusive([' ', '\t', ',', ';']) {
        let body = word.trim_end_matches([' ', '\t', ',', ';']);
        let trimmed = body.trim_matches(['[', ']', '(', ')', '{', '}', '<', '>', '"', '\'']);
        let inner = at + body.find(trimmed).unwrap_or(0);
        match pairs(trimmed) {
            Some(bytes) if !bytes.is_empty() => {
                // One word of decimal digits is rather a number or a time than bytes.
                decimal &= trimmed.bytes().all(|byte| byte.is_ascii_digit())
                    && (bytes.len() > 1 || body == trimmed);
                decimal &= this.is_empty();
                this.extend(
                    bytes
                        .into_iter()
                        .map(|(byte, at)| (byte, offset + inner + at)),
                );
                if body != trimmed && body.ends_with([']', ')', '}', '>']) {
                    close(&mut this, &mut decimal, &mut best, &mut best_decimal);
                }
            }
            Some(_) => {}
            None => close(&mut this, &mut decimal, &mut best, &mut best_decimal),
        }
        at += word.len();
    }
    close(&mut this, &mut decimal, &mut best, &mut best_decimal);
    if !trusted && (best.len() < 2 || (best_decimal && best.len() < 8)) {
        return Vec::new();
    }
    best
}

/// A word as bytes: `30`, `0x30`, `300a00`, `\x30\x0a`, `30:0a:00:03`. `None` when it is something
/// else; nothing for an empty word.
fn pairs(word: &str) -> Option<Vec<(u8, usize)>> {
    let bytes = word.as_bytes();
    let mut out = Vec::with_capacity(bytes.len() / 2);
    let mut at = 0;
    let mut joints = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        if matches!((byte, next), (b'0' | b'\\', Some(b'x' | b'X'))) {
            at += 2;
            continue;
        }
        if matches!(byte, b':' | b'-') && !out.is_empty() {
            joints += 1;
            at += 1;
            continue;
        }
        let high = digit(byte)?;
        let low = next.and_then(digit)?;
        out.push((high << 4 | low, at));
        at += 2;
    }
    // A time of day has two joints; bytes have one between every two of them.
    if joints > 0 && (out.len() < 4 || joints != out.len() - 1) {
        return None;
    }
    Some(out)
}

/// Which way a line's bytes went, from the words in front of them.
fn direction(line: &str, bytes_at: usize) -> Option<Direction> {
    let head = line.get(..bytes_at).unwrap_or(line).to_ascii_lowercase();
    for (signs, direction) in [
        (["->", ">>", "=>", "→", "↑"], Direction::Up),
        (["<-", "<<", "<=", "←", "↓"], Direction::Down),
    ] {
        if signs.iter().any(|sign| head.contains(sign)) {
            return Some(direction);
        }
    }
    let mut words = head.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| match word {
        "tx" | "send" | "sent" | "sending" | "out" | "up" | "write" | "wr" | "发送" | "上行" => {
            Some(Direction::Up)
        }
        "rx" | "recv" | "receive" | "received" | "in" | "down" | "read" | "rd" | "接收"
        | "下行" => Some(Direction::Down),
        _ => None,
    })
}

//! Lines of a serial log or of a modem's AT commands: bytes among times, tags and other words.
//!
//! In each line the longest run of hexadecimal is taken. An AT command that announces how many
//! bytes follow is held to that, and its direction is known; elsewhere words such as `TX` and `<-`
//! tell the direction. Times in brackets and the tags of serial assistants are no bytes; a tag that
//! stands alone holds for the lines that follow it. Modems that speak MQTT themselves are heard by
//! [`super::modem`].

use super::modem::{self, Modem};
use super::{Collector, Paste, Stream, digit, lines};
use crate::capture::cut;
use crate::mqtt::Severity;
use crate::platform::Direction;
use crate::platform::text;

/// From so many bytes on, an argument that is hexadecimal is rather bytes than a figure.
const FIGURES: usize = 16;

/// Bytes that an AT command or an unsolicited result announced.
struct Announced {
    direction: Direction,
    length: usize,
    taken: usize,
    at: usize,
}

pub(super) fn read(source: &str) -> Paste {
    let mut out = Collector::default();
    let mut modem = Modem::default();
    let mut announced: Option<Announced> = None;
    let mut held: Option<Held> = None;
    let (mut marked, mut spoken, mut taken) = (0_usize, 0_usize, 0_usize);
    for (line_start, line) in lines(source) {
        let head = Head::of(line);
        let body = line.get(head.at..head.end).unwrap_or_default();
        let start = line_start + head.at;
        if head.is_timed || head.held.is_some() {
            held = head.held;
        }
        if body.trim().is_empty() {
            continue;
        }
        let said = modem::Line {
            source,
            start: line_start,
            at: start,
            body,
            told: held.map(|held| held.direction),
        };
        match modem.line(&mut out, said) {
            modem::Heard::Nothing => {}
            modem::Heard::Spoken => {
                settle(&mut out, announced.take());
                spoken += 1;
                continue;
            }
            modem::Heard::Text => continue,
        }
        if let Some(command) = command(body) {
            settle(&mut out, announced.take());
            spoken += 1;
            turn(&mut out, Some(command.direction));
            let found = command.data(body);
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
        if announced.is_none()
            && let Some(tag) = tag(body)
        {
            held = Some(tag);
            continue;
        }
        let found = match (&announced, held) {
            (Some(open), _) if !is_chatter(body) => {
                raw_or_run(body, open.length - open.taken.min(open.length))
            }
            (None, Some(held)) => run_held(body, held),
            _ => run(body),
        };
        if found.is_empty() || (announced.is_none() && is_figures(body, &found)) {
            continue;
        }
        let told = announced
            .as_ref()
            .map(|open| open.direction)
            .or(head.held.map(|held| held.direction))
            .or_else(|| direction(body, found.first().map_or(0, |(_, at)| *at)))
            .or(held.map(|held| held.direction));
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
    modem.finish(&mut out);
    taken += modem.made;
    let fit = match (spoken + marked, taken) {
        (_, 0) => 0,
        (0, _) => 10,
        _ => 96,
    };
    out.finish(fit)
}

/// Whether some line is such as only a log has: a modem's command or result at its beginning, or
/// the tag of a serial assistant.
pub(super) fn is_certain(source: &str) -> bool {
    lines(source).any(|(_, line)| {
        let head = Head::of(line);
        let body = line.get(head.at..head.end).unwrap_or_default();
        head.held.is_some() || modem::is_spoken(body)
    })
}

/// A direction that a tag told, for its own line and those that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    direction: Direction,
    shows: Shows,
}

/// How the bytes behind a tag are shown, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Hex,
    Text,
    Either,
}

/// What stands in front of a line's bytes or words: the time in brackets, and the tag of a serial
/// assistant, such as `收←◆` or `# RECV HEX>`.
struct Head {
    /// Where it ends, and the line begins.
    at: usize,
    /// Where the line ends: the mark that some assistants put behind what was sent is no part of it.
    end: usize,
    is_timed: bool,
    /// What the assistant's tag says.
    held: Option<Held>,
}

impl Head {
    fn of(line: &str) -> Self {
        let end = match line.trim_end().strip_suffix('□') {
            Some(sent) => sent.trim_end().len(),
            None => line.len(),
        };
        let line = line.get(..end).unwrap_or(line);
        let timed = behind_time(line);
        let at = timed.unwrap_or(0);
        let rest = line.get(at..).unwrap_or_default();
        let lead = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let tagged = arrow_tag(rest).or_else(|| hash_tag(rest));
        Self {
            at: match tagged {
                Some((length, _)) => at + lead + length,
                None => at,
            },
            end,
            is_timed: timed.is_some(),
            held: tagged.map(|(_, held)| held),
        }
    }
}

/// Where a line goes on behind a time in brackets.
fn behind_time(line: &str) -> Option<usize> {
    let rest = line.trim_start();
    let inside = rest.strip_prefix('[').or_else(|| rest.strip_prefix('【'))?;
    let close = inside.find([']', '】'])?;
    if !is_time(inside.get(..close)?) {
        return None;
    }
    let bracket = inside.get(close..)?.chars().next()?.len_utf8();
    Some(line.len() - inside.len() + close + bracket)
}

/// Whether it is a time of day, with a date or without: `10:00:01.123`, `2024-01-01 10:00:01`.
fn is_time(text: &str) -> bool {
    let text = text.trim();
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, time.trim()),
        None => ("", text),
    };
    let is_number = |part: &str, digits: core::ops::RangeInclusive<usize>| {
        digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_date = date.is_empty()
        || (date.split(['-', '/', '.']).count() >= 2
            && date
                .split(['-', '/', '.'])
                .all(|part| is_number(part, 1..=4)));
    let mut parts = time.split([':', '.', ',']);
    let is_clock = (0..3).all(|_| parts.next().is_some_and(|part| is_number(part, 1..=2)));
    let is_fraction = parts.next().is_none_or(|part| is_number(part, 3..=9));
    is_date && is_clock && is_fraction && parts.next().is_none() && time.matches(':').count() >= 2
}

/// The tag of SSCOM and its like, `收←◆` and `发→◇`: how long it is, and what it says.
fn arrow_tag(line: &str) -> Option<(usize, Held)> {
    let (direction, rest) = match line.strip_prefix('收') {
        Some(rest) => (Direction::Down, rest),
        None => (Direction::Up, line.strip_prefix('发')?),
    };
    let body = rest.trim_start_matches(['←', '→', '◆', '◇', ':', '：', '>', ']', '】', ' ']);
    (body.len() < rest.len() || rest.is_empty()).then_some((
        line.len() - body.len(),
        Held {
            direction,
            shows: Shows::Either,
        },
    ))
}

/// The tag of NetAssist and its like, `# RECV HEX>`.
fn hash_tag(line: &str) -> Option<(usize, Held)> {
    let rest = line.strip_prefix('#')?;
    let words = rest.find(['<', '>']).unwrap_or(rest.len());
    let held = tag_words(rest.get(..words)?, true)?;
    let body = rest.get(words..)?.trim_start_matches(['<', '>', ' ']);
    Some((line.len() - body.len(), held))
}

/// A line that tells a direction and nothing else, such as `TX:`, for the lines that follow.
fn tag(body: &str) -> Option<Held> {
    let ends = body.trim_end().ends_with([':', '：', '>']);
    (!is_chatter(body) || ends)
        .then(|| tag_words(body, ends))
        .flatten()
}

/// Words that tell a direction and perhaps how the bytes are shown; where `counted`, also how many
/// there are.
fn tag_words(text: &str, counted: bool) -> Option<Held> {
    let mut direction = None;
    let mut shows = Shows::Either;
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_ascii_lowercase();
        match word.as_str() {
            "" | "data" | "数据" => {}
            "hex" | "十六进制" => shows = Shows::Hex,
            "ascii" | "text" | "文本" => shows = Shows::Text,
            "bytes" | "byte" | "字节" | "len" | "length" | "长度" if counted => {}
            number if counted && number.bytes().all(|byte| byte.is_ascii_digit()) => {}
            _ => direction = Some(plain_direction(&word)?),
        }
    }
    direction.map(|direction| Held { direction, shows })
}

/// Whether what looks like bytes in a modem's command or result is rather its figures, such as a
/// signal's strength or a cell's number: it is short and there is no packet in it.
fn is_figures(body: &str, found: &[(u8, usize)]) -> bool {
    if found.len() >= FIGURES || !modem::is_spoken(body) {
        return false;
    }
    let bytes = found.iter().map(|(byte, _)| *byte).collect();
    cut::clean_bytes(&Stream::binary(bytes)) == 0
}

/// Bytes of a line under a tag: where the tag or the look of the line says that it is all
/// hexadecimal, also few of them.
fn run_held(body: &str, held: Held) -> Vec<(u8, usize)> {
    let mut words = body.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let is_all = match held.shows {
        Shows::Hex => words.all(|word| pairs(word).is_some()),
        Shows::Either => words.all(|word| word.len() == 2 && pairs(word).is_some()),
        Shows::Text => false,
    };
    if is_all {
        run_in(body, 0, true)
    } else {
        run(body)
    }
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

/// The longest run of bytes among the arguments of a command, which begin here.
pub(super) fn longest_argument(line: &str, arguments: usize) -> Vec<(u8, usize)> {
    let command = Command {
        direction: Direction::Up,
        length: None,
        arguments,
        name: "",
    };
    command.data(line)
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
            None => {
                close(&mut this, &mut decimal, &mut best, &mut best_decimal);
                // Behind `TX:` the first byte may stand without a blank.
                if let Some((tag, bytes)) = glued(trimmed) {
                    decimal = false;
                    this.extend(
                        bytes
                            .into_iter()
                            .map(|(byte, at)| (byte, offset + inner + tag + at)),
                    );
                }
            }
        }
        at += word.len();
    }
    close(&mut this, &mut decimal, &mut best, &mut best_decimal);
    if !trusted && (best.len() < 2 || (best_decimal && best.len() < 8)) {
        return Vec::new();
    }
    best
}

/// The bytes of a word behind a direction and a colon, and where they begin.
fn glued(word: &str) -> Option<(usize, Vec<(u8, usize)>)> {
    let (colon, sign) = word
        .char_indices()
        .find(|(_, sign)| matches!(sign, ':' | '：' | '>' | '◆' | '◇' | ']'))?;
    let said = word.get(..colon)?;
    let said = said
        .rsplit(|c: char| !c.is_alphanumeric())
        .find(|part| !part.is_empty())?;
    plain_direction(&said.to_ascii_lowercase())?;
    let from = colon + sign.len_utf8();
    let bytes = pairs(word.get(from..)?)?;
    (!bytes.is_empty()).then_some((from, bytes))
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
    words.find_map(|word| plain_direction(word).or_else(|| loose_direction(word)))
}

/// The direction that a word in lower case tells wherever it stands. What the side that writes the
/// log sends is up, as if it were the device; a serial assistant on a PC is such a side.
fn plain_direction(word: &str) -> Option<Direction> {
    match word {
        "tx" | "send" | "sent" | "sending" | "发送" | "上行" | "发" => Some(Direction::Up),
        "rx" | "recv" | "receive" | "received" | "接收" | "下行" | "收" | "收到" => {
            Some(Direction::Down)
        }
        _ => None,
    }
}

/// The direction that a word may tell in front of bytes.
fn loose_direction(word: &str) -> Option<Direction> {
    match word {
        "out" | "up" | "write" | "wr" => Some(Direction::Up),
        "in" | "down" | "read" | "rd" => Some(Direction::Down),
        _ => None,
    }
}

/// Whether a word tells a direction.
pub(super) fn says_direction(word: &str) -> bool {
    plain_direction(&word.to_ascii_lowercase()).is_some()
}

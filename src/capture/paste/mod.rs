//! From pasted text to byte streams: hexadecimal, hexdumps, source code, escaped strings, base64,
//! and the logs of a serial port or a modem.
//!
//! Every byte keeps its place in the text, so that a fault in a packet can be shown where it was
//! pasted. Nothing is dropped in silence: what does not fit the format is a [`Problem`].

mod encoded;
mod hexdump;
mod literal;
mod log;
mod modem;

use serde::{Deserialize, Serialize};

use super::cut;
use crate::mqtt::Severity;
use crate::platform::{Direction, Text};

/// The most text that is read, in bytes.
pub const MAX_TEXT: usize = 8 << 20;
/// How much of a long text decides which format it is.
const SAMPLE: usize = 64 << 10;
/// As few bytes as this make packets by chance, in a text that has none.
const CHANCE: usize = 8;
/// The most characters of a problem that are quoted.
const MAX_QUOTED: usize = 32;
/// The most problems that are told.
const MAX_PROBLEMS: usize = 50;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Hexadecimal digits, with or without separators and `0x`.
    Hex,
    /// A dump with an offset in front of each line: `xxd`, `hexdump`, `od`, Wireshark.
    Hexdump,
    /// Numbers in the braces of C, or the brackets of most other languages.
    Array,
    /// Text with escapes such as `\x30`, in quotes or not.
    Escaped,
    /// Base64, both alphabets, with or without padding.
    Base64,
    /// Lines of a serial log or of AT commands, with bytes among other words.
    Log,
    /// The bytes of a file as they are.
    Binary,
}

impl Format {
    /// Every format of text, the likeliest first.
    pub const TEXT: [Self; 6] = [
        Self::Hex,
        Self::Hexdump,
        Self::Array,
        Self::Escaped,
        Self::Base64,
        Self::Log,
    ];
}

/// Bytes that went one way without a break.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// For each byte, where in the text it is written, in bytes from its start. Empty for a file.
    pub places: Vec<u32>,
    /// Bytes with which a line of the text begins: a packet may have been cut short before them.
    pub breaks: Vec<usize>,
    /// Which way they went, where the text says so.
    pub direction: Option<Direction>,
    /// Set where the text has no bytes but says what they were made from.
    pub made: Option<Made>,
}

/// Where a packet comes from that was on no wire: a modem that speaks MQTT itself is told topic and
/// payload, and the PUBLISH of 3.1.1 that carries them was made from that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The command or result, such as `AT+QMTPUB` or `+QMTRECV`.
    pub from: String,
    /// Where it stands, in bytes from the start of the text.
    pub at: usize,
    /// Whether it tells the QoS.
    pub is_qos_told: bool,
}

impl Stream {
    /// A file.
    pub fn binary(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// Where in the text the byte is written; for one past the last byte, behind the last.
    pub fn place(&self, byte: usize) -> Option<usize> {
        match self.places.get(byte) {
            Some(place) => usize::try_from(*place).ok(),
            None => self
                .places
                .last()
                .and_then(|last| usize::try_from(*last).ok())
                .map(|last| last + 1),
        }
    }
}

/// Something in the text that does not fit its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How serious it is.
    pub severity: Severity,
    /// Where, in bytes from the start of the text.
    pub at: usize,
    /// What is there, and what was expected.
    pub text: Text,
}

/// A text that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paste {
    /// The byte streams, in the order of the text.
    pub streams: Vec<Stream>,
    /// What did not fit.
    pub problems: Vec<Problem>,
    /// How many problems there were, told or not.
    pub problem_count: usize,
    /// How well the text fits the format, 0 to 100.
    pub fit: u8,
}

impl Paste {
    /// How many bytes were read.
    pub fn len(&self) -> usize {
        self.streams.iter().map(|stream| stream.bytes.len()).sum()
    }

    /// Whether no byte was read.
    pub fn is_empty(&self) -> bool {
        self.streams.iter().all(|stream| stream.bytes.is_empty())
    }
}

/// Collects what a reader finds.
#[derive(Default)]
struct Collector {
    paste: Paste,
    open: Stream,
    /// The characters that fit nothing and were met last, one after the other: where in the text,
    /// and whether the problem was told.
    strange: Option<(core::ops::Range<usize>, bool)>,
}

impl Collector {
    fn byte(&mut self, byte: u8, at: usize) {
        self.open.bytes.push(byte);
        self.open.places.push(u32::try_from(at).unwrap_or(u32::MAX));
    }

    /// A new line begins with the next byte.
    fn line(&mut self) {
        let at = self.open.bytes.len();
        if at > 0 && self.open.breaks.last() != Some(&at) {
            self.open.breaks.push(at);
        }
    }

    /// The next byte belongs to another stream.
    fn stream(&mut self, direction: Option<Direction>) {
        self.close();
        self.open.direction = direction;
    }

    fn close(&mut self) {
        let mut stream = core::mem::take(&mut self.open);
        if !stream.bytes.is_empty() {
            let end = stream.bytes.len();
            stream.breaks.retain(|at| *at < end);
            self.paste.streams.push(stream);
        }
    }

    fn problem(&mut self, severity: Severity, at: usize, text: Text) {
        self.paste.problem_count += 1;
        if self.paste.problems.len() < MAX_PROBLEMS {
            self.paste.problems.push(Problem { severity, at, text });
        }
    }

    fn error(&mut self, at: usize, text: Text) {
        self.problem(Severity::Error, at, text);
    }

    /// A character of `text` at this range fits nothing. One that follows another belongs to the
    /// same problem: a word is told once, in the words of `many`.
    fn strange(
        &mut self,
        text: &str,
        range: core::ops::Range<usize>,
        one: Text,
        many: fn(&str, usize) -> Text,
    ) {
        match &mut self.strange {
            Some((run, told)) if run.end == range.start => {
                run.end = range.end;
                let found = text.get(run.clone()).unwrap_or_default();
                if let (true, Some(problem)) = (*told, self.paste.problems.last_mut()) {
                    let head: String = found.chars().take(MAX_QUOTED).collect();
                    let cut = if head.len() < found.len() { "…" } else { "" };
                    problem.text = many(&format!("{head}{cut}"), found.chars().count());
                }
            }
            _ => {
                let told = self.paste.problems.len() < MAX_PROBLEMS;
                self.error(range.start, one);
                self.strange = Some((range, told));
            }
        }
    }

    fn finish(mut self, fit: u8) -> Paste {
        self.close();
        self.paste.fit = fit;
        self.paste
    }
}

/// Reads a text in this format. Total: what does not fit is a problem, never a refusal.
pub fn read(format: Format, text: &str) -> Paste {
    match format {
        Format::Hex => encoded::hex(text),
        Format::Base64 => encoded::base64(text),
        Format::Hexdump => hexdump::read(text),
        Format::Array => literal::array(text),
        Format::Escaped => literal::escaped(text),
        Format::Log => log::read(text),
        Format::Binary => Paste {
            streams: vec![Stream::binary(text.as_bytes().to_vec())],
            fit: 100,
            ..Paste::default()
        },
    }
}

/// The format in which most of the text makes packets; between equals, the one that the text fits
/// best. A text with lines such as only a log has is one, unless another format makes real packets
/// of most of what it reads there: quoted arguments and times can look like bytes.
pub fn guess(text: &str) -> Format {
    let sample = sample(text);
    let score = |format: Format| {
        let paste = read(format, sample);
        let clean: usize = paste.streams.iter().map(cut::clean_bytes).sum();
        let fit = if paste.is_empty() { 0 } else { paste.fit };
        ((clean, fit), paste.len())
    };
    let is_certain = log::is_certain(sample);
    let mut best = if is_certain {
        (Format::Log, score(Format::Log).0)
    } else {
        (Format::Hex, (0, 0))
    };
    for format in Format::TEXT {
        let (score, bytes) = score(format);
        let is_chance = score.0 < CHANCE || score.0 < bytes / 2;
        // Plain hexadecimal would read the digits of tags and times as well.
        if is_certain && (is_chance || format == Format::Hex) {
            continue;
        }
        if score > best.1 {
            best = (format, score);
        }
    }
    best.0
}

/// The beginning of a text, up to the end of a line where there is one.
fn sample(text: &str) -> &str {
    if text.len() <= SAMPLE {
        return text;
    }
    let mut end = SAMPLE;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or(text);
    match head.rfind('\n') {
        Some(line) => head.get(..line).unwrap_or(head),
        None => head,
    }
}

/// Finds the line and the column of places in a text.
#[derive(Clone, Debug)]
pub struct Places {
    text: String,
    lines: Vec<usize>,
}

impl Places {
    /// Over this text.
    pub fn new(text: String) -> Self {
        let lines = lines(&text).map(|(start, _)| start).collect();
        Self { text, lines }
    }

    /// The line and the column, both counted from 1, columns in characters.
    pub fn find(&self, at: usize) -> (u32, u32) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..at).unwrap_or_default();
        let column = before.chars().count() + 1;
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }
}

/// The lines of a text with the place where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// The value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The character at a place, for a message.
fn character(text: &str, at: usize) -> char {
    text.get(at..)
        .and_then(|rest| rest.chars().next())
        .unwrap_or(' ')
}

#[cfg(test)]
mod tests;

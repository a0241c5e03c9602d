//! Takes MQTT byte streams apart on the command line; made for firmware tests and for pipes.
//!
//! ```text
//! cargo run --release --example inspect -- [--mqtt 3.1|3.1.1|5.0|auto] [--json] [--base64]
//! ```
//!
//! Each input line is one byte stream in one direction: hexadecimal, with or without spaces, `0x`,
//! commas, colons and dashes, or base64. Each line gives a readable tree, or with `--json` one JSON
//! object:
//!
//! ```text
//! {"frames": [{"packet", "version", "start", "end", "fields", "fault"}], "rest", "reencoded"}
//! ```
//!
//! `start` and `end` of a frame count from the start of the line's bytes; those of a field, and the
//! offset of a fault, from the start of its frame. `rest` counts the bytes of an incomplete last
//! packet, and `reencoded` is every frame that decoded, encoded again.
//!
//! A line that cannot be read gives an object without frames that says why in `error`, so that the
//! objects stay in step with the lines.
//!
//! Exit status: 0 when every line was clean, 1 when any had a fault, 2 for unreadable input.

use std::{
    fmt::Write as _,
    io::{self, BufRead, Write},
    process::ExitCode,
};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use device_console::mqtt::{
    DecodeError, Dissection, Field, FrameDecoder, Packet, ProtocolVersion, plausible_versions,
};
use serde_json::{Value, json};

/// With or without `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const USAGE: &str = "usage: inspect [--mqtt 3.1|3.1.1|5.0|auto] [--json] [--base64]
reads one byte stream per line from standard input";

struct Options {
    /// `None`: decided anew for each line.
    version: Option<ProtocolVersion>,
    json: bool,
    base64: bool,
    help: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        version: None,
        json: false,
        base64: false,
        help: false,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.json = true,
            "--base64" => options.base64 = true,
            "--help" | "-h" => options.help = true,
            "--mqtt" => {
                let version = arguments.next().unwrap_or_default();
                options.version = match version.as_str() {
                    "auto" => None,
                    _ => Some(
                        ProtocolVersion::ALL
                            .into_iter()
                            .find(|known| known.as_str() == version)
                            .ok_or_else(|| format!("{version:?} is no version of MQTT"))?,
                    ),
                };
            }
            _ => return Err(format!("unknown argument {argument:?}")),
        }
    }
    Ok(options)
}

/// Bytes from hexadecimal digits; spaces, commas, colons, dashes and `0x` are skipped.
fn parse_hex(line: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(line.len() / 2);
    let separators = |character: char| character.is_whitespace() || ",:;-".contains(character);
    // No digit is an x, so `0x` begins a word wherever it stands.
    let spaced = line.replace("0x", " 0x").replace("0X", " 0x");
    for word in spaced.split(separators).filter(|word| !word.is_empty()) {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        if digits.is_empty() {
            return Err("no digits follow 0x".to_owned());
        }
        if let Some(bad) = digits.chars().find(|digit| !digit.is_ascii_hexdigit()) {
            return Err(format!("{bad:?} is no hexadecimal digit"));
        }
        // `0x3` is one byte, as C prints it; elsewhere bytes have two digits.
        if digits.len() == 1 && digits.len() < word.len() {
            bytes.push(u8::from_str_radix(digits, 16).map_err(|error| error.to_string())?);
            continue;
        }
        if !digits.len().is_multiple_of(2) {
            return Err(format!("{word:?} has an odd number of hexadecimal digits"));
        }
        for at in (0..digits.len()).step_by(2) {
            let byte = u8::from_str_radix(&digits[at..at + 2], 16);
            bytes.push(byte.map_err(|error| error.to_string())?);
        }
    }
    Ok(bytes)
}

/// What is in one line.
struct Stream<'a> {
    bytes: &'a [u8],
    /// Where each frame starts and ends.
    frames: Vec<(usize, usize)>,
    /// Bytes of an incomplete last packet.
    rest: usize,
}

impl<'a> Stream<'a> {
    fn cut(bytes: &'a [u8]) -> Self {
        let mut decoder = FrameDecoder::default();
        let mut unread = bytes;
        let mut frames = Vec::new();
        let mut at = 0;
        loop {
            match decoder.next_frame(&mut unread) {
                Ok(Some(frame)) => {
                    frames.push((at, at + frame.len()));
                    at += frame.len();
                }
                Ok(None) => {
                    return Self {
                        bytes,
                        frames,
                        rest: bytes.len() - at,
                    };
                }
                Err(_) => {
                    // No frame can be found from here on; the rest is shown with its fault.
                    frames.push((at, bytes.len()));
                    return Self {
                        bytes,
                        frames,
                        rest: 0,
                    };
                }
            }
        }
    }

    fn frames(&self) -> impl Iterator<Item = &'a [u8]> + Clone {
        let bytes = self.bytes;
        self.frames
            .clone()
            .into_iter()
            .map(move |(start, end)| &bytes[start..end])
    }
}

fn field_json(field: &Field) -> Value {
    json!({
        "name": field.name,
        "start": field.start,
        "end": field.end,
        "bits": field.bits.map(|bits| [bits.high, bits.low]),
        "value": field.value,
        "children": field.children.iter().map(field_json).collect::<Vec<_>>(),
    })
}

fn fault_json(fault: &DecodeError) -> Value {
    json!({
        "offset": fault.offset,
        "field": fault.field,
        "kind": fault.kind.name(),
        "statement": fault.statement(),
        "reason_code": fault.reason_code(),
    })
}

fn write_field(out: &mut String, field: &Field, depth: usize) {
    let range = match field.bits {
        Some(bits) if bits.high == bits.low => format!("{} bit {}", field.start, bits.high),
        Some(bits) => format!("{} bits {}-{}", field.start, bits.high, bits.low),
        None => format!("{}..{}", field.start, field.end),
    };
    let _ = write!(
        out,
        "  {range:<14}{:indent$}{}",
        "",
        field.name,
        indent = depth * 2
    );
    if !field.value.is_empty() {
        let _ = write!(out, ": {}", field.value.escape_debug());
    }
    out.push('\n');
    for note in &field.notes {
        let _ = writeln!(
            out,
            "  {:<14}{:indent$}^ {:?}: {} [{}]",
            "",
            "",
            note.severity,
            note.text,
            note.rule,
            indent = depth * 2
        );
    }
    for child in &field.children {
        write_field(out, child, depth + 1);
    }
}

/// Writes what is in one line, and says whether it had a fault.
fn inspect(bytes: &[u8], options: &Options, out: &mut String) -> bool {
    let stream = Stream::cut(bytes);
    let plausible = match options.version {
        Some(version) => vec![version],
        None => plausible_versions(stream.frames()),
    };
    let version = plausible
        .first()
        .copied()
        .unwrap_or(ProtocolVersion::V3_1_1);
    let mut reencoded = Vec::new();
    let mut fault = false;
    let mut frames = Vec::new();
    if !options.json && plausible.len() > 1 && !stream.frames.is_empty() {
        let others: Vec<_> = plausible[1..]
            .iter()
            .map(|version| version.as_str())
            .collect();
        let _ = writeln!(
            out,
            "read as MQTT {version}; also plausible: {}",
            others.join(", ")
        );
    }
    for (frame, &(start, end)) in stream.frames().zip(&stream.frames) {
        let dissection = Dissection::of(version, frame);
        let packet = dissection.packet_type().map(|packet| packet.name());
        let tree = dissection.tree(frame);
        let first_fault = dissection.faults().first();
        fault |= first_fault.is_some();
        if let Ok(packet) = Packet::decode(version, frame) {
            // What decodes also encodes.
            let _ = packet.encode(version, &mut reencoded);
        }
        if options.json {
            frames.push(json!({
                "packet": packet,
                "version": version.as_str(),
                "start": start,
                "end": end,
                "fields": tree.iter().map(field_json).collect::<Vec<_>>(),
                "fault": first_fault.map(fault_json),
            }));
        } else {
            let name = packet.unwrap_or("reserved packet type");
            let _ = writeln!(out, "{name}, MQTT {version}, bytes {start}..{end}");
            for field in &tree {
                write_field(out, field, 0);
            }
            for fault in dissection.faults() {
                let _ = writeln!(
                    out,
                    "  fault: {fault}, reason code 0x{:02X}",
                    fault.reason_code()
                );
            }
        }
    }
    if options.json {
        let hex: String = reencoded.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = json!({ "frames": frames, "rest": stream.rest, "reencoded": hex });
        // Some readers take these for the end of a line; they can only be within a string.
        let line = line
            .to_string()
            .replace('\u{85}', "\\u0085")
            .replace('\u{2028}', "\\u2028")
            .replace('\u{2029}', "\\u2029");
        let _ = writeln!(out, "{line}");
    } else if stream.rest > 0 {
        let _ = writeln!(out, "{} bytes of an incomplete packet", stream.rest);
    }
    fault
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if options.help {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let mut status = 0;
    let mut stdout = io::stdout().lock();
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let bytes = line.map_err(|error| error.to_string()).and_then(|line| {
            if options.base64 {
                let text: String = line.split_whitespace().collect();
                BASE64.decode(text).map_err(|error| error.to_string())
            } else {
                parse_hex(&line)
            }
        });
        match bytes {
            Ok(bytes) => {
                let mut out = String::new();
                if inspect(&bytes, &options, &mut out) {
                    status = status.max(1);
                }
                if stdout.write_all(out.as_bytes()).is_err() {
                    // Nobody reads on, as when piped into `head`.
                    return ExitCode::from(status);
                }
            }
            Err(problem) => {
                eprintln!("line {}: {problem}", number + 1);
                status = 2;
                let empty = json!({
                    "frames": [], "rest": 0, "reencoded": "", "error": problem,
                });
                if options.json && writeln!(stdout, "{empty}").is_err() {
                    return ExitCode::from(status);
                }
            }
        }
    }
    ExitCode::from(status)
}

//! Frames out of the console: as a packet capture that network analysers read, or as lines of
//! JSON.
//!
//! A capture holds each connection as a TCP stream between two made-up hosts, the device at
//! 192.0.2.1 and port 1883 of 192.0.2.2 (RFC 5737's addresses for documentation), so that an
//! analyser dissects it as MQTT without being told. TCP's own packets were never seen and are not
//! made up beyond what carries the bytes.

use core::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::platform::Direction;
use crate::platform::calendar::DateTime;
use crate::time::UnixMillis;

/// A form of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportFormat {
    /// A capture in the classic libpcap format, link type 101 (raw IP).
    #[default]
    Pcap,
    /// One JSON object on each line.
    JsonLines,
}

/// One row of the log, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportRow<'a> {
    /// A control packet, or bytes that should have been one.
    Frame {
        /// When it passed.
        at: UnixMillis,
        /// Which way.
        direction: Direction,
        /// Whether it opens a connection: CONNECT.
        opens: bool,
        /// The packet's name; `None` for bytes that are no packet.
        packet: Option<&'static str>,
        /// The topic of a PUBLISH.
        topic: Option<&'a str>,
        /// What the log's row says, in English.
        summary: &'a str,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// Something that happened to the link; it has no place in a capture.
    Link {
        /// When.
        at: UnixMillis,
        /// What.
        text: &'a str,
    },
}

/// Link type of a packet that starts with its IP header.
const LINKTYPE_RAW: u32 = 101;
/// Bytes of IPv4 and TCP headers without options.
const HEADERS: usize = 40;
/// The most bytes of a frame in one TCP segment: an IPv4 packet has at most 65,535.
const SEGMENT: usize = 65_535 - HEADERS;
/// The client's first port; each connection takes the next.
const FIRST_PORT: u16 = 49_152;
const MQTT_PORT: u16 = 1883;
const DEVICE: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];

/// Writes rows one after the other.
#[derive(Clone, Debug)]
pub struct Exporter {
    format: ExportFormat,
    port: u16,
    /// The next sequence number of each side: the device's, the server's.
    next: [u32; 2],
    has_started: bool,
}

impl Exporter {
    /// A writer of this format.
    pub const fn new(format: ExportFormat) -> Self {
        Self {
            format,
            port: FIRST_PORT,
            next: [1, 1],
            has_started: false,
        }
    }

    /// What a file starts with.
    pub fn start(&self) -> Vec<u8> {
        match self.format {
            ExportFormat::JsonLines => Vec::new(),
            ExportFormat::Pcap => {
                let mut out = Vec::new();
                // Microseconds, version 2.4, UTC, whole packets.
                out.extend(0xa1b2_c3d4_u32.to_le_bytes());
                out.extend(2_u16.to_le_bytes());
                out.extend(4_u16.to_le_bytes());
                out.extend([0; 8]);
                out.extend(262_144_u32.to_le_bytes());
                out.extend(LINKTYPE_RAW.to_le_bytes());
                out
            }
        }
    }

    /// Writes a row.
    pub fn write(&mut self, row: &ExportRow<'_>, out: &mut Vec<u8>) {
        match self.format {
            ExportFormat::JsonLines => write_line(row, out),
            ExportFormat::Pcap => self.write_packets(row, out),
        }
    }

    fn write_packets(&mut self, row: &ExportRow<'_>, out: &mut Vec<u8>) {
        let ExportRow::Frame {
            at,
            direction,
            opens,
            bytes,
            ..
        } = row
        else {
            return;
        };
        if *opens && self.has_started {
            self.port = self.port.checked_add(1).unwrap_or(FIRST_PORT);
            self.next = [1, 1];
        }
        self.has_started = true;
        for segment in bytes.chunks(SEGMENT) {
            self.write_segment(*at, *direction, segment, out);
        }
    }

    fn write_segment(
        &mut self,
        at: UnixMillis,
        direction: Direction,
        segment: &[u8],
        out: &mut Vec<u8>,
    ) {
        let [device, server] = self.next;
        let length = u32::try_from(segment.len()).unwrap_or(u32::MAX);
        let (from, to, ports, sequence, acknowledged) = match direction {
            Direction::Up => {
                self.next = [device.wrapping_add(length), server];
                (DEVICE, SERVER, (self.port, MQTT_PORT), device, server)
            }
            Direction::Down => {
                self.next = [device, server.wrapping_add(length)];
                (SERVER, DEVICE, (MQTT_PORT, self.port), server, device)
            }
        };
        let total = HEADERS.saturating_add(segment.len());
        let mut ip = Vec::with_capacity(20);
        ip.extend([0x45, 0]);
        ip.extend(u16::try_from(total).unwrap_or(u16::MAX).to_be_bytes());
        // No identification, never in fragments, time to live, TCP, then the checksum.
        ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        ip.extend(from);
        ip.extend(to);
        put_checksum(&mut ip, 10, 0);
        let mut tcp = Vec::with_capacity(total);
        tcp.extend(ports.0.to_be_bytes());
        tcp.extend(ports.1.to_be_bytes());
        tcp.extend(sequence.to_be_bytes());
        tcp.extend(acknowledged.to_be_bytes());
        // Five words of header, PSH and ACK, a window, the checksum, nothing urgent.
        tcp.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(segment);
        let tcp_length = u32::try_from(tcp.len()).unwrap_or(u32::MAX);
        let pseudo = sum(&from)
            .saturating_add(sum(&to))
            .saturating_add(6)
            .saturating_add(tcp_length);
        put_checksum(&mut tcp, 16, pseudo);

        let millis = at.0.max(0);
        let seconds = u32::try_from(millis.div_euclid(1000)).unwrap_or(u32::MAX);
        let micros = u32::try_from(millis.rem_euclid(1000).saturating_mul(1000)).unwrap_or(0);
        let size = u32::try_from(total).unwrap_or(u32::MAX).to_le_bytes();
        out.extend(seconds.to_le_bytes());
        out.extend(micros.to_le_bytes());
        out.extend(size);
        out.extend(size);
        out.extend(ip);
        out.extend(tcp);
    }
}

/// The sum of 16-bit words, RFC 1071, not folded yet.
fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(2).fold(0, |sum, pair| {
        let high = pair.first().copied().unwrap_or_default();
        let low = pair.get(1).copied().unwrap_or_default();
        sum.saturating_add(u32::from(u16::from_be_bytes([high, low])))
    })
}

/// Puts the checksum of a header whose field for it holds zeros at `place`.
fn put_checksum(header: &mut [u8], place: usize, pseudo: u32) {
    let mut folded = sum(header).saturating_add(pseudo);
    while folded > 0xffff {
        folded = (folded & 0xffff).saturating_add(folded >> 16);
    }
    let checksum = (!u16::try_from(folded).unwrap_or_default()).to_be_bytes();
    if let Some(field) = header.get_mut(place..place.saturating_add(2)) {
        field.copy_from_slice(&checksum);
    }
}

/// What a line holds, in this order.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

fn write_line(row: &ExportRow<'_>, out: &mut Vec<u8>) {
    let line = match row {
        ExportRow::Frame {
            at,
            direction,
            packet,
            topic,
            summary,
            bytes,
            ..
        } => Line {
            time: time(*at),
            direction: Some(match direction {
                Direction::Up => "up",
                Direction::Down => "down",
            }),
            packet: *packet,
            topic: *topic,
            summary,
            bytes: Some(hex(bytes)),
        },
        ExportRow::Link { at, text } => Line {
            time: time(*at),
            direction: None,
            packet: None,
            topic: None,
            summary: text,
            bytes: None,
        },
    };
    // Strings and a struct always have their JSON.
    out.extend(serde_json::to_vec(&line).unwrap_or_default());
    out.push(b'\n');
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// RFC 3339 in UTC with milliseconds.
fn time(at: UnixMillis) -> String {
    let mut text = DateTime::at(at, 0).spaced().replace(' ', "T");
    // Writing to a string does not fail.
    let _ = write!(text, ".{:03}Z", at.0.rem_euclid(1000));
    text
}

/// A name for the file, without the folder.
pub const fn file_name(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Pcap => "device-console.pcap",
        ExportFormat::JsonLines => "device-console.jsonl",
    }
}

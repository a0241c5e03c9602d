//! One thin adapter for each codec, all of the same shape, over the same packets.
//!
//! A [`Decoder`] is fed chunks of a byte stream and says how many whole packets it decoded; an
//! [`Encoder`] holds packets, obtained by decoding the corpus, and writes them one after another.

pub mod corpus;
mod peers;
pub mod table;
#[cfg(target_arch = "wasm32")]
mod web;

use std::hint::black_box;

use device_console::mqtt::{Dissection, FrameDecoder, Packet, ProtocolVersion};

use table::{DISSECTION, LIMIT, OURS};

/// Decodes a byte stream.
pub trait Decoder {
    /// Takes the next chunk and decodes every whole packet that is there now; returns how many.
    fn feed(&mut self, chunk: &[u8]) -> usize;
}

/// Encodes packets that it holds.
pub trait Encoder {
    /// Writes all packets, back to back where the codec can, into a buffer of the kind that it
    /// wants and that is there already; returns how many bytes that were.
    fn encode_all(&mut self) -> usize;
}

/// What is compared. The first is the limit: only reading fixed headers and skipping.
pub const CODECS: &[&str] = &[
    LIMIT,
    OURS,
    DISSECTION,
    "mqttrs",
    "mqtt-protocol-core",
    "mqttbytes",
    "rumqttc",
];

/// A fresh decoder; `None` where that codec lacks the version.
pub fn decoder(codec: &str, version: ProtocolVersion) -> Option<Box<dyn Decoder>> {
    match codec {
        LIMIT => Some(Box::new(HeadersAlone(FrameDecoder::default()))),
        OURS => Some(Box::new(Ours {
            frames: FrameDecoder::default(),
            version,
        })),
        DISSECTION => Some(Box::new(OurDissection {
            frames: FrameDecoder::default(),
            dissection: Dissection::default(),
            version,
        })),
        _ => peers::decoder(codec, version),
    }
}

/// An encoder that holds every packet of `stream`; `None` where that codec lacks the version.
pub fn encoder(codec: &str, version: ProtocolVersion, stream: &[u8]) -> Option<Box<dyn Encoder>> {
    match codec {
        OURS => {
            // Packets borrow from their frames; the bench runs once, so the bytes may stay.
            let stream: &'static [u8] = Box::leak(stream.to_vec().into_boxed_slice());
            let packets = corpus::frames(stream)
                .into_iter()
                .map(|frame| Packet::decode(version, frame).expect("the corpus is well-formed"))
                .collect();
            Some(Box::new(OurEncoder {
                packets,
                version,
                out: Vec::with_capacity(stream.len()),
            }))
        }
        _ => peers::encoder(codec, version, stream),
    }
}

struct HeadersAlone(FrameDecoder);

impl Decoder for HeadersAlone {
    fn feed(&mut self, mut chunk: &[u8]) -> usize {
        let mut count = 0;
        while let Ok(Some(frame)) = self.0.next_frame(&mut chunk) {
            black_box(frame);
            count += 1;
        }
        count
    }
}

struct Ours {
    frames: FrameDecoder,
    version: ProtocolVersion,
}

impl Decoder for Ours {
    fn feed(&mut self, mut chunk: &[u8]) -> usize {
        let mut count = 0;
        while let Ok(Some(frame)) = self.frames.next_frame(&mut chunk) {
            let packet = Packet::decode(self.version, frame);
            assert!(packet.is_ok());
            black_box(&packet);
            count += 1;
        }
        count
    }
}

struct OurDissection {
    frames: FrameDecoder,
    dissection: Dissection,
    version: ProtocolVersion,
}

impl Decoder for OurDissection {
    fn feed(&mut self, mut chunk: &[u8]) -> usize {
        let mut count = 0;
        while let Ok(Some(frame)) = self.frames.next_frame(&mut chunk) {
            self.dissection.read(self.version, frame);
            assert!(self.dissection.faults().is_empty());
            black_box(self.dissection.records());
            count += 1;
        }
        count
    }
}

struct OurEncoder {
    packets: Vec<Packet<'static>>,
    version: ProtocolVersion,
    out: Vec<u8>,
}

impl Encoder for OurEncoder {
    fn encode_all(&mut self) -> usize {
        self.out.clear();
        for packet in &self.packets {
            packet
                .encode(self.version, &mut self.out)
                .expect("what was decoded can be encoded");
        }
        black_box(&self.out).len()
    }
}

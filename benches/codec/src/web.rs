//! The same adapters for a page: a handle to a decoder or encoder of any codec.
//!
//! A page gets its bytes in JavaScript, so each chunk is copied in, and that is measured too. The
//! packets stay in Rust, as they do in the console, where the engine shows counters and rows.

use device_console::mqtt::ProtocolVersion;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{CODECS, Decoder, Encoder, corpus};

/// The names of the codecs.
#[wasm_bindgen]
pub fn codecs() -> Vec<String> {
    CODECS.iter().map(|&codec| codec.to_owned()).collect()
}

/// A case of the corpus.
#[wasm_bindgen]
pub struct Case(corpus::Case);

/// All cases.
#[wasm_bindgen]
pub fn cases() -> Vec<Case> {
    corpus::cases().into_iter().map(Case).collect()
}

#[wasm_bindgen]
impl Case {
    /// What the table calls it.
    pub fn name(&self) -> String {
        self.0.name.to_owned()
    }

    /// The protocol level of its version.
    pub fn level(&self) -> u8 {
        self.0.version.level()
    }

    /// How many packets it has.
    pub fn packets(&self) -> usize {
        self.0.packets
    }

    /// Whether each piece is one packet.
    pub fn by_packet(&self) -> bool {
        self.0.chunk.is_none()
    }

    /// All packets, back to back.
    pub fn stream(&self) -> Vec<u8> {
        self.0.stream.clone()
    }

    /// Where each piece ends in the stream.
    pub fn ends(&self) -> Vec<u32> {
        let mut end = 0;
        let ends = self.0.chunks().into_iter().map(|chunk| {
            end += chunk.len() as u32;
            end
        });
        ends.collect()
    }
}

/// A decoder of some codec.
#[wasm_bindgen]
pub struct PageDecoder(Box<dyn Decoder>);

/// A decoder for this protocol level, where the codec has it.
#[wasm_bindgen]
pub fn page_decoder(codec: &str, level: u8) -> Option<PageDecoder> {
    crate::decoder(codec, ProtocolVersion::from_level(level)?).map(PageDecoder)
}

#[wasm_bindgen]
impl PageDecoder {
    /// Takes the next piece; returns how many packets it completed.
    pub fn feed(&mut self, chunk: &[u8]) -> usize {
        self.0.feed(chunk)
    }
}

/// An encoder of some codec.
#[wasm_bindgen]
pub struct PageEncoder(Box<dyn Encoder>);

/// An encoder for all packets of this stream, where the codec has the protocol level.
#[wasm_bindgen]
pub fn page_encoder(codec: &str, level: u8, stream: &[u8]) -> Option<PageEncoder> {
    crate::encoder(codec, ProtocolVersion::from_level(level)?, stream).map(PageEncoder)
}

#[wasm_bindgen]
impl PageEncoder {
    /// Encodes all packets once; returns how many bytes that gave.
    pub fn encode_all(&mut self) -> usize {
        self.0.encode_all()
    }
}

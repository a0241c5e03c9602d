//! The other codecs. Those that decode one frame at a time get their frames from our framer.

use std::{hint::black_box, sync::Arc};

use bytes::BytesMut;
use device_console::mqtt::{FrameDecoder, ProtocolVersion};
use mqtt_protocol_core::mqtt::packet::{GenericPacket, GenericPacketTrait, v3_1_1, v5_0};

use super::{Decoder, Encoder, corpus};

/// Larger than any packet of the corpus.
const LIMIT: usize = 1 << 20;

pub fn decoder(codec: &str, version: ProtocolVersion) -> Option<Box<dyn Decoder>> {
    let five = version == ProtocolVersion::V5_0;
    let buffer = BytesMut::with_capacity(1 << 17);
    match codec {
        "mqttrs" if !five => Some(Box::new(Mqttrs(FrameDecoder::default()))),
        "mqtt-protocol-core" => Some(Box::new(ProtocolCore(FrameDecoder::default(), five))),
        "mqttbytes" if five => Some(Box::new(Buffered(buffer, |stream| {
            mqttbytes::v5::read(stream, LIMIT)
                .map(|packet| drop(black_box(packet)))
                .is_ok()
        }))),
        "mqttbytes" => Some(Box::new(Buffered(buffer, |stream| {
            mqttbytes::v4::read(stream, LIMIT)
                .map(|packet| drop(black_box(packet)))
                .is_ok()
        }))),
        #[cfg(not(target_arch = "wasm32"))]
        "rumqttc" if five => Some(Box::new(Buffered(buffer, |stream| {
            rumqttc::v5::mqttbytes::v5::Packet::read(stream, None)
                .map(|packet| drop(black_box(packet)))
                .is_ok()
        }))),
        #[cfg(not(target_arch = "wasm32"))]
        "rumqttc" => Some(Box::new(Buffered(buffer, |stream| {
            rumqttc::mqttbytes::v4::Packet::read(stream, LIMIT)
                .map(|packet| drop(black_box(packet)))
                .is_ok()
        }))),
        _ => None,
    }
}

pub fn encoder(codec: &str, version: ProtocolVersion, stream: &[u8]) -> Option<Box<dyn Encoder>> {
    let five = version == ProtocolVersion::V5_0;
    let mut buffer = BytesMut::from(stream);
    let count = corpus::frames(stream).len();
    match codec {
        "mqttrs" if !five => {
            let stream: &'static [u8] = Box::leak(stream.to_vec().into_boxed_slice());
            let packets = corpus::frames(stream)
                .into_iter()
                .map(|frame| {
                    mqttrs::decode_slice(frame)
                        .expect("a packet")
                        .expect("a whole one")
                })
                .collect();
            Some(Box::new(MqttrsEncoder(packets, vec![0; stream.len()])))
        }
        "mqtt-protocol-core" => Some(Box::new(ProtocolCoreEncoder(
            corpus::frames(stream)
                .into_iter()
                .map(|frame| parse(frame, five))
                .collect(),
        ))),
        "mqttbytes" if five => {
            let packets = (0..count)
                .map(|_| mqttbytes::v5::read(&mut buffer, LIMIT).expect("a packet"))
                .collect::<Vec<_>>();
            Some(Box::new(BufferedEncoder(
                packets,
                BytesMut::with_capacity(stream.len()),
                |packet, out| {
                    match packet {
                        mqttbytes::v5::Packet::Publish(packet) => packet.write(out),
                        _ => unreachable!("the 5.0 corpus is PUBLISH alone"),
                    }
                    .map(drop)
                    .expect("room")
                },
            )))
        }
        "mqttbytes" => {
            let packets = (0..count)
                .map(|_| mqttbytes::v4::read(&mut buffer, LIMIT).expect("a packet"))
                .collect::<Vec<_>>();
            Some(Box::new(BufferedEncoder(
                packets,
                BytesMut::with_capacity(stream.len()),
                |packet, out| {
                    use mqttbytes::v4::{Packet, PingReq, PingResp};
                    match packet {
                        Packet::Publish(packet) => packet.write(out),
                        Packet::Connect(packet) => packet.write(out),
                        Packet::Subscribe(packet) => packet.write(out),
                        Packet::PubAck(packet) => packet.write(out),
                        Packet::SubAck(packet) => packet.write(out),
                        Packet::PingReq => PingReq.write(out),
                        Packet::PingResp => PingResp.write(out),
                        _ => unreachable!("not in the corpus"),
                    }
                    .map(drop)
                    .expect("room")
                },
            )))
        }
        #[cfg(not(target_arch = "wasm32"))]
        "rumqttc" if five => {
            use rumqttc::v5::mqttbytes::v5::Packet;
            let packets = (0..count)
                .map(|_| Packet::read(&mut buffer, None).expect("a packet"))
                .collect::<Vec<_>>();
            Some(Box::new(BufferedEncoder(
                packets,
                BytesMut::with_capacity(stream.len()),
                |packet, out| packet.write(out, None).map(drop).expect("room"),
            )))
        }
        #[cfg(not(target_arch = "wasm32"))]
        "rumqttc" => {
            use rumqttc::mqttbytes::v4::Packet;
            let packets = (0..count)
                .map(|_| Packet::read(&mut buffer, LIMIT).expect("a packet"))
                .collect::<Vec<_>>();
            Some(Box::new(BufferedEncoder(
                packets,
                BytesMut::with_capacity(stream.len()),
                |packet, out| packet.write(out, LIMIT).map(drop).expect("room"),
            )))
        }
        _ => None,
    }
}

/// Codecs that own their stream: bytes are appended, packets are read off its front.
struct Buffered(BytesMut, fn(&mut BytesMut) -> bool);

impl Decoder for Buffered {
    fn feed(&mut self, chunk: &[u8]) -> usize {
        self.0.extend_from_slice(chunk);
        let mut count = 0;
        while (self.1)(&mut self.0) {
            count += 1;
        }
        count
    }
}

/// Codecs that write into a buffer of their own kind.
struct BufferedEncoder<P>(Vec<P>, BytesMut, fn(&P, &mut BytesMut));

impl<P> Encoder for BufferedEncoder<P> {
    fn encode_all(&mut self) -> usize {
        self.1.clear();
        for packet in &self.0 {
            (self.2)(packet, &mut self.1);
        }
        black_box(&self.1).len()
    }
}

struct Mqttrs(FrameDecoder);

impl Decoder for Mqttrs {
    fn feed(&mut self, mut chunk: &[u8]) -> usize {
        let mut count = 0;
        while let Ok(Some(frame)) = self.0.next_frame(&mut chunk) {
            let packet = mqttrs::decode_slice(frame);
            assert!(packet.is_ok());
            black_box(&packet);
            count += 1;
        }
        count
    }
}

struct MqttrsEncoder(Vec<mqttrs::Packet<'static>>, Vec<u8>);

impl Encoder for MqttrsEncoder {
    fn encode_all(&mut self) -> usize {
        let mut at = 0;
        for packet in &self.0 {
            at += mqttrs::encode_slice(packet, &mut self.1[at..]).expect("room");
        }
        black_box(&self.1);
        at
    }
}

struct ProtocolCore(FrameDecoder, bool);

impl Decoder for ProtocolCore {
    fn feed(&mut self, mut chunk: &[u8]) -> usize {
        let mut count = 0;
        while let Ok(Some(frame)) = self.0.next_frame(&mut chunk) {
            black_box(&parse(frame, self.1));
            count += 1;
        }
        count
    }
}

struct ProtocolCoreEncoder(Vec<GenericPacket<u16>>);

impl Encoder for ProtocolCoreEncoder {
    fn encode_all(&mut self) -> usize {
        // It gives each packet in a buffer of its own.
        let buffers = self.0.iter().map(GenericPacketTrait::to_continuous_buffer);
        buffers.map(|buffer| black_box(&buffer).len()).sum()
    }
}

/// Its own framer is private, so the body is given to the parser of its packet type.
fn parse(frame: &[u8], five: bool) -> GenericPacket<u16> {
    let header = 1
        + frame[1..]
            .iter()
            .position(|byte| byte & 0x80 == 0)
            .expect("a length")
        + 1;
    let (flags, body) = (frame[0] & 15, &frame[header..]);
    match frame[0] >> 4 {
        3 if five => v5_0::GenericPublish::<u16>::parse(flags, Arc::from(body))
            .expect("a packet")
            .0
            .into(),
        3 => v3_1_1::GenericPublish::<u16>::parse(flags, Arc::from(body))
            .expect("a packet")
            .0
            .into(),
        1 => v3_1_1::Connect::parse(body).expect("a packet").0.into(),
        4 => v3_1_1::GenericPuback::<u16>::parse(body)
            .expect("a packet")
            .0
            .into(),
        8 => v3_1_1::GenericSubscribe::<u16>::parse(body)
            .expect("a packet")
            .0
            .into(),
        9 => v3_1_1::GenericSuback::<u16>::parse(body)
            .expect("a packet")
            .0
            .into(),
        12 => v3_1_1::Pingreq::parse(body).expect("a packet").0.into(),
        13 => v3_1_1::Pingresp::parse(body).expect("a packet").0.into(),
        other => unreachable!("packet type {other} is not in the corpus"),
    }
}

//! The control packets, one file each, all three versions together.

mod acknowledgement;
mod auth;
mod connack;
mod connect;
mod disconnect;
mod publish;
mod suback;
mod subscribe;
mod unsubscribe;

pub use acknowledgement::{PubAck, PubComp, PubRec, PubRel};
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use disconnect::Disconnect;
pub use publish::Publish;
pub use suback::{ReasonCodes, SubAck, UnsubAck};
pub use subscribe::{RetainHandling, Subscribe, Subscription, Subscriptions};
pub use unsubscribe::{TopicFilters, Unsubscribe};

use super::{
    DecodeError, EncodeError, FieldKind, PacketType, ProtocolVersion, QoS, ReasonCode, Violation,
    reader::Reader,
    sink::{Remark, Silent, Sink, Value},
    writer::{self, Writer},
};

/// A control packet, borrowed from the frame that it was decoded from or from what is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// Connection request.
    Connect(Connect<'a>),
    /// Connect acknowledgement.
    ConnAck(ConnAck<'a>),
    /// Publish message.
    Publish(Publish<'a>),
    /// Publish acknowledgement (QoS 1).
    PubAck(PubAck<'a>),
    /// Publish received (QoS 2 delivery part 1).
    PubRec(PubRec<'a>),
    /// Publish release (QoS 2 delivery part 2).
    PubRel(PubRel<'a>),
    /// Publish complete (QoS 2 delivery part 3).
    PubComp(PubComp<'a>),
    /// Subscribe request.
    Subscribe(Subscribe<'a>),
    /// Subscribe acknowledgement.
    SubAck(SubAck<'a>),
    /// Unsubscribe request.
    Unsubscribe(Unsubscribe<'a>),
    /// Unsubscribe acknowledgement.
    UnsubAck(UnsubAck<'a>),
    /// PING request.
    PingReq,
    /// PING response.
    PingResp,
    /// Disconnect notification.
    Disconnect(Disconnect<'a>),
    /// Authentication exchange, 5.0 alone.
    Auth(Auth<'a>),
}

/// The lengths that writing needs, computed once.
#[derive(Clone, Copy, Default)]
pub(super) struct Lengths {
    /// The remaining length.
    pub(super) remaining: usize,
    /// Bytes behind the property length.
    pub(super) properties: usize,
    /// Bytes behind the will property length.
    pub(super) will_properties: usize,
}

impl Lengths {
    /// The whole packet.
    ///
    /// # Errors
    /// More than a remaining length can say.
    #[inline(always)]
    fn packet(&self) -> Result<usize, EncodeError> {
        match u32::try_from(self.remaining) {
            Ok(length) if length <= writer::MAX_VARIABLE_BYTE_INTEGER => {
                Ok(1 + writer::variable_byte_integer_length(length) + self.remaining)
            }
            _ => Err(EncodeError {
                kind: Violation::TooLong,
                field: "Remaining Length",
            }),
        }
    }

    /// Makes room for the whole packet and writes it: its fixed header here, the rest with `body`.
    #[inline(always)]
    fn write(
        &self,
        first: u8,
        out: &mut Vec<u8>,
        body: impl FnOnce(&mut Writer<'_>),
    ) -> Result<(), EncodeError> {
        writer::append(out, self.packet()?, |out| {
            out.fixed_header(first, self.remaining as u32);
            body(out);
        });
        Ok(())
    }

    /// Likewise for a packet that begins with a text, whose length goes into one piece with the
    /// fixed header.
    #[inline(always)]
    fn write_text_first(
        &self,
        first: u8,
        text: &str,
        out: &mut Vec<u8>,
        body: impl FnOnce(&mut Writer<'_>),
    ) -> Result<(), EncodeError> {
        writer::append(out, self.packet()?, |out| {
            out.fixed_header_and_text(first, self.remaining as u32, text);
            body(out);
        });
        Ok(())
    }
}

impl<'a> Packet<'a> {
    /// Decodes a frame: exactly one whole control packet, as [`super::FrameDecoder`] gives it.
    ///
    /// Every rule that can be checked on one packet is checked. The packet borrows from the frame,
    /// and nothing is allocated. A CONNECT must be of this version; ask
    /// [`ProtocolVersion::of_connect`] first when it is not known.
    ///
    /// # Errors
    /// The first rule that the frame breaks, with the offset and the field.
    #[inline]
    pub fn decode(version: ProtocolVersion, frame: &'a [u8]) -> Result<Self, DecodeError> {
        read(version, frame, &mut Silent)
    }

    /// Appends the packet to `out`. Lengths are computed once, and nothing is allocated but what
    /// `out` needs to grow.
    ///
    /// # Errors
    /// A rule that the packet would break, or something that this version cannot carry; `out` is
    /// then as it was.
    #[inline]
    pub fn encode(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        // Nearly all packets are this one, and it is worth a path of its own.
        if let Self::Publish(packet) = self {
            let lengths = packet.lengths(version)?;
            let first = PacketType::Publish.number() << 4 | packet.flags();
            let topic = packet.topic.as_str();
            return lengths.write_text_first(first, topic, out, |out| {
                packet.write_after_topic(version, &lengths, out);
            });
        }
        self.encode_other(version, out)
    }

    /// Encodes any packet.
    #[inline(never)]
    fn encode_other(&self, version: ProtocolVersion, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let lengths = self.lengths(version)?;
        let first = self.packet_type().number() << 4 | self.flags();
        lengths.write(first, out, |out| match self {
            Self::Connect(packet) => packet.write(version, &lengths, out),
            Self::ConnAck(packet) => packet.write(version, &lengths, out),
            Self::Publish(packet) => packet.write(version, &lengths, out),
            Self::PubAck(packet) => packet.write(&lengths, out),
            Self::PubRec(packet) => packet.write(&lengths, out),
            Self::PubRel(packet) => packet.write(&lengths, out),
            Self::PubComp(packet) => packet.write(&lengths, out),
            Self::Subscribe(packet) => packet.write(version, &lengths, out),
            Self::SubAck(packet) => packet.write(version, &lengths, out),
            Self::Unsubscribe(packet) => packet.write(version, &lengths, out),
            Self::UnsubAck(packet) => packet.write(version, &lengths, out),
            Self::PingReq | Self::PingResp => {}
            Self::Disconnect(packet) => packet.write(&lengths, out),
            Self::Auth(packet) => packet.write(&lengths, out),
        })
    }

    /// The length in bytes of the whole frame that [`Packet::encode`] would write.
    ///
    /// # Errors
    /// As [`Packet::encode`].
    pub fn encoded_length(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        self.lengths(version)?.packet()
    }

    /// The packet's type.
    #[inline]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }

    /// The lower four bits of the first byte.
    #[inline]
    const fn flags(&self) -> u8 {
        let dup = match self {
            Self::Publish(packet) => return packet.flags(),
            Self::PubRel(packet) => packet.dup,
            Self::Subscribe(packet) => packet.dup,
            Self::Unsubscribe(packet) => packet.dup,
            _ => false,
        };
        self.packet_type().reserved_flags() | (dup as u8) << 3
    }

    #[inline]
    fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
        match self {
            Self::Publish(packet) => packet.lengths(version),
            Self::Connect(packet) => packet.lengths(version),
            Self::ConnAck(packet) => packet.lengths(version),
            Self::PubAck(packet) => packet.lengths(version),
            Self::PubRec(packet) => packet.lengths(version),
            Self::PubRel(packet) => packet.lengths(version),
            Self::PubComp(packet) => packet.lengths(version),
            Self::Subscribe(packet) => packet.lengths(version),
            Self::SubAck(packet) => packet.lengths(version),
            Self::Unsubscribe(packet) => packet.lengths(version),
            Self::UnsubAck(packet) => packet.lengths(version),
            Self::PingReq | Self::PingResp => Ok(Lengths::default()),
            Self::Disconnect(packet) => packet.lengths(version),
            Self::Auth(packet) => packet.lengths(version),
        }
    }
}

macro_rules! from_packet {
    ($($name:ident),+) => {$(
        impl<'a> From<$name<'a>> for Packet<'a> {
            fn from(packet: $name<'a>) -> Self {
                Self::$name(packet)
            }
        }
    )+};
}
from_packet!(
    Connect,
    ConnAck,
    Publish,
    PubAck,
    PubRec,
    PubRel,
    PubComp,
    Subscribe,
    SubAck,
    Unsubscribe,
    UnsubAck,
    Disconnect,
    Auth
);

/// The grammar of a whole frame.
#[inline]
pub(super) fn read<'a, S: Sink>(
    version: ProtocolVersion,
    frame: &'a [u8],
    sink: &mut S,
) -> Result<Packet<'a>, DecodeError> {
    const TYPE: &str = "MQTT Control Packet type";
    const LENGTH: &str = "Remaining Length";
    let mut reader = Reader::new(version, frame, 0, sink);
    let reader = &mut reader;
    reader.open("Fixed Header");
    if frame.is_empty() {
        return Err(reader.error(Violation::IncompletePacket, 0, TYPE));
    }
    let first = reader.byte(TYPE)?;
    if S::LISTENS {
        reader.sink.bits(
            "MQTT Control Packet type",
            0,
            7,
            4,
            Value::PacketType(first >> 4),
        );
    }
    let flags = first & 0x0F;
    let packet_type = match first >> 4 {
        // Nearly all packets are this one, and every version has it.
        3 => Some(PacketType::Publish),
        number => PacketType::from_number(number).filter(|it| it.exists_in(version)),
    };
    let publish_qos = match packet_type {
        Some(PacketType::Publish) => Some(read_publish_flags(reader, flags)?),
        Some(packet_type) => {
            if flags != packet_type.reserved_flags() || S::LISTENS {
                read_reserved_flags(&mut reader.fork(), packet_type, flags)?;
            }
            None
        }
        None => {
            if S::LISTENS {
                reader.sink.bits("Flags", 0, 3, 0, Value::Reserved(flags));
            }
            reader.fault(Violation::ReservedPacketType, 0, TYPE)?;
            None
        }
    };
    let start = reader.offset();
    let length = match reader.variable_byte_integer(LENGTH) {
        Ok(length) => length as usize,
        Err(error) if error.kind == Violation::MissingData => {
            return Err(reader.error(Violation::IncompletePacket, start, LENGTH));
        }
        Err(error) => return Err(error),
    };
    reader.leaf(
        LENGTH,
        FieldKind::Length,
        start,
        Value::Length(length as u32),
    );
    if S::LISTENS
        && !version.has_properties()
        && reader.offset() - start > writer::variable_byte_integer_length(length as u32)
    {
        reader.sink.remark(Remark::NotMinimal);
    }
    reader.close();
    if length != reader.remaining() {
        if length > reader.remaining() {
            reader.fault(Violation::IncompletePacket, frame.len(), LENGTH)?;
        } else {
            let end = reader.offset() + length;
            reader.fault(Violation::BytesAfterPacket, end, LENGTH)?;
            reader.enter(length, LENGTH)?;
        }
    }
    if let Some(qos) = publish_qos {
        // The payload takes all that is left.
        let (dup, retain) = (flags & 0b1000 != 0, flags & 0b0001 != 0);
        return Ok(Packet::Publish(Publish::read(reader, dup, qos, retain)?));
    }
    match packet_type {
        Some(packet_type) => read_other(&mut reader.fork(), packet_type, flags & 0b1000 != 0),
        None => Err(reader.error(Violation::ReservedPacketType, 0, TYPE)),
    }
}

/// The body of any packet but PUBLISH, to its end. Kept apart, so that what reads a PUBLISH is a
/// small function whose values stay in registers; WebAssembly's compilers need that most.
#[inline(never)]
fn read_other<'a, S: Sink>(
    reader: &mut Reader<'a, '_, S>,
    packet_type: PacketType,
    dup: bool,
) -> Result<Packet<'a>, DecodeError> {
    let packet = match packet_type {
        PacketType::Publish => Packet::Publish(Publish::read(reader, dup, QoS::AtMostOnce, false)?),
        PacketType::Connect => Packet::Connect(Connect::read(reader)?),
        PacketType::ConnAck => Packet::ConnAck(ConnAck::read(reader)?),
        PacketType::PubAck => Packet::PubAck(PubAck::read(reader, false)?),
        PacketType::PubRec => Packet::PubRec(PubRec::read(reader, false)?),
        PacketType::PubRel => Packet::PubRel(PubRel::read(reader, dup)?),
        PacketType::PubComp => Packet::PubComp(PubComp::read(reader, false)?),
        PacketType::Subscribe => Packet::Subscribe(Subscribe::read(reader, dup)?),
        PacketType::SubAck => Packet::SubAck(SubAck::read(reader)?),
        PacketType::Unsubscribe => Packet::Unsubscribe(Unsubscribe::read(reader, dup)?),
        PacketType::UnsubAck => Packet::UnsubAck(UnsubAck::read(reader)?),
        PacketType::PingReq => Packet::PingReq,
        PacketType::PingResp => Packet::PingResp,
        PacketType::Disconnect => Packet::Disconnect(Disconnect::read(reader)?),
        PacketType::Auth => Packet::Auth(Auth::read(reader)?),
    };
    if !reader.is_empty() {
        let at = reader.offset();
        reader.fault(Violation::TrailingData, at, "Remaining Length")?;
    }
    Ok(packet)
}

/// DUP, QoS and RETAIN of a PUBLISH.
#[inline(always)]
fn read_publish_flags<S: Sink>(
    reader: &mut Reader<'_, '_, S>,
    flags: u8,
) -> Result<QoS, DecodeError> {
    let bits = flags >> 1 & 0b11;
    if S::LISTENS {
        reader
            .sink
            .bits("DUP", 0, 3, 3, Value::Bit(flags & 0b1000 != 0));
        if flags & 0b1110 == 0b1000 && reader.version == ProtocolVersion::V3_1 {
            reader.sink.remark(Remark::DupWithoutQoS);
        }
        reader.sink.bits("QoS", 0, 2, 1, Value::QoS(bits));
        reader
            .sink
            .bits("RETAIN", 0, 0, 0, Value::Bit(flags & 0b0001 != 0));
    }
    let qos = match QoS::from_bits(bits) {
        Some(qos) => qos,
        None => {
            reader.fault(Violation::QoS, 0, "QoS")?;
            QoS::ExactlyOnce
        }
    };
    if flags & 0b1110 == 0b1000 && reader.version != ProtocolVersion::V3_1 {
        reader.fault(Violation::DupWithoutQoS, 0, "DUP")?;
    }
    Ok(qos)
}

/// The flags of every other packet, which are fixed since 3.1.1.
#[cold]
fn read_reserved_flags<S: Sink>(
    reader: &mut Reader<'_, '_, S>,
    packet: PacketType,
    flags: u8,
) -> Result<(), DecodeError> {
    let reserved = packet.reserved_flags();
    if reader.version != ProtocolVersion::V3_1 {
        reader
            .sink
            .bits("Reserved", 0, 3, 0, Value::Reserved(flags));
        if flags != reserved {
            reader.fault(Violation::ReservedFlags(packet), 0, "Reserved")?;
        }
        return Ok(());
    }
    // 3.1 gives these three QoS 1 and DUP, and says of the others that the flags are not used.
    if reserved == 0 {
        reader
            .sink
            .bits("Flags, not used", 0, 3, 0, Value::Reserved(flags));
        if flags != 0 {
            reader.sink.remark(Remark::UnusedFlags);
        }
        return Ok(());
    }
    reader
        .sink
        .bits("DUP", 0, 3, 3, Value::Bit(flags & 0b1000 != 0));
    reader
        .sink
        .bits("QoS", 0, 2, 1, Value::QoS(flags >> 1 & 0b11));
    reader
        .sink
        .bits("RETAIN, not used", 0, 0, 0, Value::Bit(flags & 0b0001 != 0));
    if flags & 0b0001 != 0 {
        reader.sink.remark(Remark::UnusedFlags);
    }
    if flags & 0b0110 != reserved {
        reader.fault(Violation::ReservedFlags(packet), 0, "QoS")?;
    }
    Ok(())
}

/// A reason code or return code, reported and judged by its packet.
#[inline]
fn read_reason_code<S: Sink>(
    reader: &mut Reader<'_, '_, S>,
    packet: PacketType,
    field: &'static str,
) -> Result<ReasonCode, DecodeError> {
    let start = reader.offset();
    let code = ReasonCode(reader.byte(field)?);
    if S::LISTENS {
        reader.leaf(
            field,
            FieldKind::Identifier,
            start,
            Value::ReasonCode(packet, code.0),
        );
    }
    if !code.is_defined_for(packet, reader.version) {
        reader.fault(Violation::InvalidReasonCode(packet), start, field)?;
    }
    Ok(code)
}

/// A code to write, judged by its packet.
fn check_reason_code(
    code: ReasonCode,
    packet: PacketType,
    version: ProtocolVersion,
) -> Result<(), EncodeError> {
    if code.is_defined_for(packet, version) {
        Ok(())
    } else {
        Err(EncodeError {
            kind: Violation::InvalidReasonCode(packet),
            field: if version.has_properties() {
                "Reason Code"
            } else {
                "Return Code"
            },
        })
    }
}

/// Properties and anything else that only 5.0 has.
fn not_in_version(field: &'static str) -> EncodeError {
    EncodeError {
        kind: Violation::NotInVersion,
        field,
    }
}

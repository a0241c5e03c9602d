//! SUBACK and UNSUBACK: MQTT 3.1 and 3.1.1 §3.9 and §3.11, 5.0 §3.9 and §3.11.

use core::fmt;

use super::{Lengths, check_reason_code, not_in_version, read_reason_code};
use crate::mqtt::{
    DecodeError, EncodeError, PacketId, PacketType, Properties, PropertyOwner, ProtocolVersion,
    ReasonCode, Violation,
    reader::Reader,
    sink::Sink,
    writer::{self, Writer},
};

/// The answer to SUBSCRIBE, server to client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// That of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// 5.0: properties.
    pub properties: Properties<'a>,
    /// One reason code (5.0), return code (3.1.1) or granted QoS (3.1) for each topic filter.
    pub reason_codes: ReasonCodes<'a>,
}

/// The answer to UNSUBSCRIBE, server to client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsubAck<'a> {
    /// That of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// 5.0: properties.
    pub properties: Properties<'a>,
    /// 5.0: one reason code for each topic filter; none before.
    pub reason_codes: ReasonCodes<'a>,
}

/// Reason codes in order, one byte each.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ReasonCodes<'a>(&'a [u8]);

impl<'a> ReasonCodes<'a> {
    /// The codes that these bytes are, in this order.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The codes as bytes.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The code of the topic filter at this place, counted from 0.
    pub fn at(self, index: usize) -> Option<ReasonCode> {
        self.0.get(index).copied().map(ReasonCode)
    }

    /// Iterates over them in order.
    pub fn iter(self) -> impl Iterator<Item = ReasonCode> + use<'a> {
        self.0.iter().copied().map(ReasonCode)
    }
}

impl fmt::Debug for ReasonCodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Packet identifier, properties, and codes to the end.
fn read_parts<'a, S: Sink>(
    reader: &mut Reader<'a, '_, S>,
    packet: PacketType,
) -> Result<(PacketId, Properties<'a>, ReasonCodes<'a>), DecodeError> {
    reader.open("Variable Header");
    let packet_id = reader.packet_id()?;
    let version = reader.version;
    let properties = if version.has_properties() {
        Properties::read(reader, PropertyOwner::Packet(packet))?
    } else {
        Properties::NONE
    };
    reader.close();
    if packet == PacketType::UnsubAck && !version.has_properties() {
        return Ok((packet_id, properties, ReasonCodes::default()));
    }
    let field = match version {
        ProtocolVersion::V3_1 => "Granted QoS",
        ProtocolVersion::V3_1_1 => "Return Code",
        ProtocolVersion::V5_0 => "Reason Code",
    };
    reader.open("Payload");
    let bytes = reader.peek();
    if bytes.is_empty() {
        let at = reader.offset();
        reader.fault(Violation::EmptyAcknowledgement(packet), at, field)?;
    }
    while !reader.is_empty() {
        read_reason_code(reader, packet, field)?;
    }
    reader.close();
    Ok((packet_id, properties, ReasonCodes(bytes)))
}

fn lengths(
    properties: &Properties<'_>,
    codes: ReasonCodes<'_>,
    packet: PacketType,
    version: ProtocolVersion,
) -> Result<Lengths, EncodeError> {
    let mut lengths = Lengths {
        remaining: 2 + codes.len(),
        ..Lengths::default()
    };
    if version.has_properties() {
        lengths.properties = properties.check(PropertyOwner::Packet(packet))?;
        lengths.remaining +=
            lengths.properties + writer::variable_byte_integer_length(lengths.properties as u32);
    } else if !properties.is_empty() {
        return Err(not_in_version("Properties"));
    }
    let has_codes = packet == PacketType::SubAck || version.has_properties();
    if has_codes && codes.is_empty() {
        return Err(EncodeError {
            kind: Violation::EmptyAcknowledgement(packet),
            field: "Reason Code",
        });
    }
    if !has_codes && !codes.is_empty() {
        return Err(not_in_version("Reason Code"));
    }
    for code in codes.iter() {
        check_reason_code(code, packet, version)?;
    }
    Ok(lengths)
}

fn write(
    packet_id: PacketId,
    properties: &Properties<'_>,
    codes: ReasonCodes<'_>,
    version: ProtocolVersion,
    lengths: &Lengths,
    out: &mut Writer<'_>,
) {
    out.two_byte_integer(packet_id.get());
    if version.has_properties() {
        properties.write(lengths.properties, out);
    }
    out.put(codes.0);
}

macro_rules! coded_acknowledgement {
    ($name:ident) => {
        impl<'a> $name<'a> {
            /// An answer without properties.
            pub const fn new(packet_id: PacketId, reason_codes: ReasonCodes<'a>) -> Self {
                Self {
                    packet_id,
                    properties: Properties::NONE,
                    reason_codes,
                }
            }

            pub(super) fn read<S: Sink>(
                reader: &mut Reader<'a, '_, S>,
            ) -> Result<Self, DecodeError> {
                let (packet_id, properties, reason_codes) = read_parts(reader, PacketType::$name)?;
                Ok(Self {
                    packet_id,
                    properties,
                    reason_codes,
                })
            }

            pub(super) fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
                lengths(
                    &self.properties,
                    self.reason_codes,
                    PacketType::$name,
                    version,
                )
            }

            pub(super) fn write(
                &self,
                version: ProtocolVersion,
                lengths: &Lengths,
                out: &mut Writer<'_>,
            ) {
                let Self {
                    packet_id,
                    properties,
                    reason_codes,
                } = self;
                write(*packet_id, properties, *reason_codes, version, lengths, out);
            }
        }
    };
}
coded_acknowledgement!(SubAck);
coded_acknowledgement!(UnsubAck);

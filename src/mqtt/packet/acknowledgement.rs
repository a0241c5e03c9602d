//! PUBACK, PUBREC, PUBREL and PUBCOMP, which share one layout: MQTT 3.1 and 3.1.1 §3.4 to §3.7,
//! 5.0 §3.4 to §3.7.
//!
//! ```text
//! packet identifier (2) | 5.0: reason code (0 or 1) | 5.0: properties (0 or more)
//! ```

use super::{Lengths, check_reason_code, not_in_version, read_reason_code};
use crate::mqtt::{
    DecodeError, EncodeError, PacketId, PacketType, Properties, PropertyOwner, ProtocolVersion,
    ReasonCode,
    reader::Reader,
    sink::{Remark, Sink},
    writer::{self, Writer},
};

/// What the four have in common.
struct Parts<'a> {
    packet_id: PacketId,
    reason_code: ReasonCode,
    properties: Properties<'a>,
}

impl<'a> Parts<'a> {
    #[inline]
    fn read<S: Sink>(
        reader: &mut Reader<'a, '_, S>,
        packet: PacketType,
    ) -> Result<Self, DecodeError> {
        reader.open("Variable Header");
        let packet_id = reader.packet_id()?;
        let (reason_code, properties) = read_optional_tail(reader, packet)?;
        reader.close();
        Ok(Self {
            packet_id,
            reason_code,
            properties,
        })
    }

    fn lengths(
        &self,
        packet: PacketType,
        version: ProtocolVersion,
    ) -> Result<Lengths, EncodeError> {
        let mut lengths =
            optional_tail_lengths(self.reason_code, &self.properties, packet, version)?;
        lengths.remaining += 2;
        Ok(lengths)
    }

    fn write(&self, lengths: &Lengths, out: &mut Writer<'_>) {
        out.two_byte_integer(self.packet_id.get());
        write_optional_tail(
            lengths.remaining - 2,
            self.reason_code,
            &self.properties,
            lengths,
            out,
        );
    }
}

/// A reason code and properties that may be left out from the end: no bytes mean success without
/// properties, and a reason code alone means no properties. Nothing of it exists before 5.0.
#[inline]
pub(super) fn read_optional_tail<'a, S: Sink>(
    reader: &mut Reader<'a, '_, S>,
    packet: PacketType,
) -> Result<(ReasonCode, Properties<'a>), DecodeError> {
    if !reader.version.has_properties() || reader.is_empty() {
        return Ok((ReasonCode::SUCCESS, Properties::NONE));
    }
    let name = match packet {
        PacketType::PubAck => "PUBACK Reason Code",
        PacketType::PubRec => "PUBREC Reason Code",
        PacketType::PubRel => "PUBREL Reason Code",
        PacketType::PubComp => "PUBCOMP Reason Code",
        PacketType::Disconnect => "Disconnect Reason Code",
        _ => "Authenticate Reason Code",
    };
    let reason_code = read_reason_code(reader, packet, name)?;
    if reader.is_empty() {
        if reason_code == ReasonCode::SUCCESS {
            reader.sink.remark(Remark::CouldBeOmitted);
        }
        return Ok((reason_code, Properties::NONE));
    }
    let properties = Properties::read(reader, PropertyOwner::Packet(packet))?;
    if properties.is_empty() {
        reader.sink.remark(Remark::CouldBeOmitted);
    }
    Ok((reason_code, properties))
}

/// The lengths of the shortest form of such a tail.
pub(super) fn optional_tail_lengths(
    reason_code: ReasonCode,
    properties: &Properties<'_>,
    packet: PacketType,
    version: ProtocolVersion,
) -> Result<Lengths, EncodeError> {
    if !version.has_properties() {
        if reason_code != ReasonCode::SUCCESS {
            return Err(not_in_version("Reason Code"));
        }
        if !properties.is_empty() {
            return Err(not_in_version("Properties"));
        }
        return Ok(Lengths::default());
    }
    check_reason_code(reason_code, packet, version)?;
    let length = properties.check(PropertyOwner::Packet(packet))?;
    let remaining = if length > 0 {
        1 + writer::variable_byte_integer_length(length as u32) + length
    } else if reason_code != ReasonCode::SUCCESS {
        1
    } else {
        0
    };
    Ok(Lengths {
        remaining,
        properties: length,
        will_properties: 0,
    })
}

/// Writes a tail of `tail` bytes.
pub(super) fn write_optional_tail(
    tail: usize,
    reason_code: ReasonCode,
    properties: &Properties<'_>,
    lengths: &Lengths,
    out: &mut Writer<'_>,
) {
    if tail > 0 {
        out.byte(reason_code.0);
    }
    if tail > 1 {
        properties.write(lengths.properties, out);
    }
}

macro_rules! acknowledgement {
    ($(#[$doc:meta])+ $name:ident $(, $(#[$dup_doc:meta])+ $dup:ident)?) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name<'a> {
            $($(#[$dup_doc])+ pub $dup: bool,)?
            /// The message that it is about.
            pub packet_id: PacketId,
            /// 5.0: how it went; success before.
            pub reason_code: ReasonCode,
            /// 5.0: properties.
            pub properties: Properties<'a>,
        }

        impl<'a> $name<'a> {
            /// One that says success, without properties.
            pub const fn new(packet_id: PacketId) -> Self {
                Self {
                    $($dup: false,)?
                    packet_id,
                    reason_code: ReasonCode::SUCCESS,
                    properties: Properties::NONE,
                }
            }

            #[inline]
            pub(super) fn read<S: Sink>(
                reader: &mut Reader<'a, '_, S>,
                _dup: bool,
            ) -> Result<Self, DecodeError> {
                let Parts { packet_id, reason_code, properties } =
                    Parts::read(reader, PacketType::$name)?;
                Ok(Self { $($dup: _dup,)? packet_id, reason_code, properties })
            }

            pub(super) fn lengths(
                &self,
                version: ProtocolVersion,
            ) -> Result<Lengths, EncodeError> {
                $(if self.$dup && version != ProtocolVersion::V3_1 {
                    return Err(not_in_version("DUP"));
                })?
                self.parts().lengths(PacketType::$name, version)
            }

            pub(super) fn write(&self, lengths: &Lengths, out: &mut Writer<'_>) {
                self.parts().write(lengths, out);
            }

            const fn parts(&self) -> Parts<'a> {
                Parts {
                    packet_id: self.packet_id,
                    reason_code: self.reason_code,
                    properties: self.properties,
                }
            }
        }
    };
}

acknowledgement!(
    /// Publish acknowledgement: the answer to a PUBLISH with QoS 1.
    PubAck
);
acknowledgement!(
    /// Publish received: the first answer to a PUBLISH with QoS 2.
    PubRec
);
acknowledgement!(
    /// Publish release: the answer to PUBREC.
    PubRel,
    /// 3.1 alone: whether this may be a re-delivery.
    dup
);
acknowledgement!(
    /// Publish complete: the answer to PUBREL, which ends a QoS 2 exchange.
    PubComp
);

//! CONNACK: MQTT 3.1 §3.2, 3.1.1 §3.2, 5.0 §3.2.

use super::{Lengths, check_reason_code, not_in_version, read_reason_code};
use crate::mqtt::{
    DecodeError, EncodeError, FieldKind, PacketType, Properties, PropertyOwner, ProtocolVersion,
    ReasonCode, Violation,
    reader::Reader,
    sink::{Remark, Sink, Value},
    writer::{self, Writer},
};

/// The answer to CONNECT, server to client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// Whether the server kept a session of this client. 3.1 cannot say; it is then `false`.
    pub session_present: bool,
    /// The connect reason code of 5.0, or the return code of 3.x.
    pub reason_code: ReasonCode,
    /// 5.0: what the server offers and demands.
    pub properties: Properties<'a>,
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::ConnAck);

impl<'a> ConnAck<'a> {
    pub(super) fn read<S: Sink>(reader: &mut Reader<'a, '_, S>) -> Result<Self, DecodeError> {
        const FLAGS: &str = "Connect Acknowledge Flags";
        let version = reader.version;
        reader.open("Variable Header");
        let at = reader.offset();
        let flags = reader.byte(FLAGS)?;
        let session_present = flags & 1 != 0 && version != ProtocolVersion::V3_1;
        if version == ProtocolVersion::V3_1 {
            reader.leaf("Not used", FieldKind::Header, at, Value::Reserved(flags));
            if flags != 0 {
                reader.sink.remark(Remark::UnusedByte);
            }
        } else {
            if S::LISTENS {
                reader.sink.open(FLAGS, FieldKind::Header, at);
                reader
                    .sink
                    .bits("Reserved", at, 7, 1, Value::Reserved(flags >> 1));
                reader
                    .sink
                    .bits("Session Present", at, 0, 0, Value::Bit(session_present));
                reader.sink.close(at + 1);
            }
            if flags > 1 {
                reader.fault(Violation::ReservedConnectAcknowledgeFlags, at, FLAGS)?;
            }
        }
        let field = match version {
            ProtocolVersion::V5_0 => "Connect Reason Code",
            _ => "Connect Return Code",
        };
        let reason_code = read_reason_code(reader, PacketType::ConnAck, field)?;
        if session_present && reason_code != ReasonCode::SUCCESS {
            reader.fault(Violation::SessionPresentOnRefusal, at, "Session Present")?;
        }
        let properties = if version.has_properties() {
            Properties::read(reader, OWNER)?
        } else {
            Properties::NONE
        };
        reader.close();
        Ok(Self {
            session_present,
            reason_code,
            properties,
        })
    }

    pub(super) fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
        check_reason_code(self.reason_code, PacketType::ConnAck, version)?;
        if self.session_present {
            if version == ProtocolVersion::V3_1 {
                return Err(not_in_version("Session Present"));
            }
            if self.reason_code != ReasonCode::SUCCESS {
                return Err(EncodeError {
                    kind: Violation::SessionPresentOnRefusal,
                    field: "Session Present",
                });
            }
        }
        let mut lengths = Lengths {
            remaining: 2,
            ..Lengths::default()
        };
        if version.has_properties() {
            lengths.properties = self.properties.check(OWNER)?;
            lengths.remaining += lengths.properties
                + writer::variable_byte_integer_length(lengths.properties as u32);
        } else if !self.properties.is_empty() {
            return Err(not_in_version("Properties"));
        }
        Ok(lengths)
    }

    pub(super) fn write(&self, version: ProtocolVersion, lengths: &Lengths, out: &mut Writer<'_>) {
        out.array([self.session_present.into(), self.reason_code.0]);
        if version.has_properties() {
            self.properties.write(lengths.properties, out);
        }
    }
}

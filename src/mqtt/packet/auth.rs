//! AUTH: MQTT 5.0 §3.15.

use super::{
    Lengths,
    acknowledgement::{optional_tail_lengths, read_optional_tail, write_optional_tail},
    not_in_version,
};
use crate::mqtt::{
    DecodeError, EncodeError, PacketType, Properties, PropertyId, ProtocolVersion, ReasonCode,
    Violation, reader::Reader, sink::Sink, writer::Writer,
};

/// A step of an enhanced authentication exchange, in either direction; 5.0 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success, continue authentication, or re-authenticate.
    pub reason_code: ReasonCode,
    /// The authentication method, and data as the method demands. Only a success may be without.
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    pub(super) fn read<S: Sink>(reader: &mut Reader<'a, '_, S>) -> Result<Self, DecodeError> {
        if reader.is_empty() {
            return Ok(Self::default());
        }
        reader.open("Variable Header");
        let start = reader.offset();
        let (reason_code, properties) = read_optional_tail(reader, PacketType::Auth)?;
        if !properties.contains(PropertyId::AuthenticationMethod)
            && (reason_code != ReasonCode::SUCCESS || !properties.is_empty())
        {
            let kind = Violation::MissingAuthenticationMethod;
            reader.fault(kind, start, "Authentication Method")?;
        }
        reader.close();
        Ok(Self {
            reason_code,
            properties,
        })
    }

    pub(super) fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
        if !version.has_properties() {
            return Err(not_in_version("AUTH"));
        }
        if !self.properties.contains(PropertyId::AuthenticationMethod)
            && (self.reason_code != ReasonCode::SUCCESS || !self.properties.is_empty())
        {
            return Err(EncodeError {
                kind: Violation::MissingAuthenticationMethod,
                field: "Authentication Method",
            });
        }
        optional_tail_lengths(
            self.reason_code,
            &self.properties,
            PacketType::Auth,
            version,
        )
    }

    pub(super) fn write(&self, lengths: &Lengths, out: &mut Writer<'_>) {
        let tail = lengths.remaining;
        write_optional_tail(tail, self.reason_code, &self.properties, lengths, out);
    }
}

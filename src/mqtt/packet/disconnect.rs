//! DISCONNECT: MQTT 3.1 §3.14, 3.1.1 §3.14, 5.0 §3.14.

use super::{
    Lengths,
    acknowledgement::{optional_tail_lengths, read_optional_tail, write_optional_tail},
};
use crate::mqtt::{
    DecodeError, EncodeError, PacketType, Properties, ProtocolVersion, ReasonCode, reader::Reader,
    sink::Sink, writer::Writer,
};

/// The end of a connection; in 5.0 either side may announce it, before only the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// 5.0: why; normal disconnection before.
    pub reason_code: ReasonCode,
    /// 5.0: properties.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    /// With this reason and without properties.
    pub const fn new(reason_code: ReasonCode) -> Self {
        Self {
            reason_code,
            properties: Properties::NONE,
        }
    }

    pub(super) fn read<S: Sink>(reader: &mut Reader<'a, '_, S>) -> Result<Self, DecodeError> {
        if reader.is_empty() {
            return Ok(Self::default());
        }
        reader.open("Variable Header");
        let (reason_code, properties) = read_optional_tail(reader, PacketType::Disconnect)?;
        reader.close();
        Ok(Self {
            reason_code,
            properties,
        })
    }

    pub(super) fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
        optional_tail_lengths(
            self.reason_code,
            &self.properties,
            PacketType::Disconnect,
            version,
        )
    }

    pub(super) fn write(&self, lengths: &Lengths, out: &mut Writer<'_>) {
        let tail = lengths.remaining;
        write_optional_tail(tail, self.reason_code, &self.properties, lengths, out);
    }
}

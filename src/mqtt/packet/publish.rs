//! PUBLISH: MQTT 3.1 §3.3, 3.1.1 §3.3, 5.0 §3.3.

use super::{Lengths, not_in_version};
use crate::mqtt::{
    DecodeError, EncodeError, FieldKind, PacketId, PacketType, Properties, PropertyId,
    PropertyOwner, ProtocolVersion, QoS, TopicName, Violation,
    reader::Reader,
    sink::{Remark, Sink, Value},
    writer::{self, Writer},
};

/// An application message on its way, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Whether this may be a re-delivery.
    pub dup: bool,
    /// The quality of service.
    pub qos: QoS,
    /// Whether the server keeps it, or kept it, for the topic.
    pub retain: bool,
    /// Where it is published. Empty in 5.0 when the topic alias stands for the name.
    pub topic: TopicName<'a>,
    /// Present with QoS 1 and 2, absent with QoS 0.
    pub packet_id: Option<PacketId>,
    /// 5.0: properties of the message.
    pub properties: Properties<'a>,
    /// The application message.
    pub payload: &'a [u8],
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Publish);

impl<'a> Publish<'a> {
    /// A QoS 0 message, not retained and without properties.
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic,
            packet_id: None,
            properties: Properties::NONE,
            payload,
        }
    }

    pub(super) const fn flags(&self) -> u8 {
        (self.dup as u8) << 3 | self.qos.bits() << 1 | self.retain as u8
    }

    #[inline(always)]
    pub(super) fn read<S: Sink>(
        reader: &mut Reader<'a, '_, S>,
        dup: bool,
        qos: QoS,
        retain: bool,
    ) -> Result<Self, DecodeError> {
        const TOPIC: &str = "Topic Name";
        reader.open("Variable Header");
        let start = reader.offset();
        let topic = reader.topic_name(TOPIC)?;
        let no_topic = topic.is_empty() && reader.offset() - start == 2;
        let packet_id = if qos == QoS::AtMostOnce {
            None
        } else {
            Some(reader.packet_id()?)
        };
        let properties = if reader.version.has_properties() {
            Properties::read(reader, OWNER)?
        } else {
            Properties::NONE
        };
        if no_topic && !properties.contains(PropertyId::TopicAlias) {
            let kind = if reader.version.has_properties() {
                Violation::TopicNameMissing
            } else {
                Violation::EmptyTopicName
            };
            reader.fault(kind, start, TOPIC)?;
        }
        reader.close();
        let start = reader.offset();
        let payload = reader.take_rest();
        if S::LISTENS && !payload.is_empty() {
            reader.leaf("Payload", FieldKind::Payload, start, Value::Bytes);
            if properties.payload_format_indicator() == Some(true)
                && core::str::from_utf8(payload).is_err()
            {
                reader.sink.remark(Remark::PayloadNotUtf8);
            }
        }
        Ok(Self {
            dup,
            qos,
            retain,
            topic,
            packet_id,
            properties,
            payload,
        })
    }

    #[inline(always)]
    pub(super) fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
        let mut lengths = Lengths {
            remaining: 2 + self.topic.as_str().len() + self.payload.len(),
            ..Lengths::default()
        };
        match (self.qos, self.packet_id) {
            (QoS::AtMostOnce, None) => {
                if self.dup && version != ProtocolVersion::V3_1 {
                    return Err(EncodeError {
                        kind: Violation::DupWithoutQoS,
                        field: "DUP",
                    });
                }
            }
            (QoS::AtMostOnce, Some(_)) => {
                return Err(EncodeError {
                    kind: Violation::PacketIdWithoutQoS,
                    field: "Packet Identifier",
                });
            }
            (_, None) => {
                return Err(EncodeError {
                    kind: Violation::MissingPacketId,
                    field: "Packet Identifier",
                });
            }
            (_, Some(_)) => lengths.remaining += 2,
        }
        if version.has_properties() {
            lengths.properties = self.properties.check(OWNER)?;
            lengths.remaining += lengths.properties
                + writer::variable_byte_integer_length(lengths.properties as u32);
        } else if !self.properties.is_empty() {
            return Err(not_in_version("Properties"));
        }
        if self.topic.is_empty() && !self.properties.contains(PropertyId::TopicAlias) {
            let kind = if version.has_properties() {
                Violation::TopicNameMissing
            } else {
                Violation::EmptyTopicName
            };
            return Err(EncodeError {
                kind,
                field: "Topic Name",
            });
        }
        Ok(lengths)
    }

    #[inline(always)]
    pub(super) fn write(&self, version: ProtocolVersion, lengths: &Lengths, out: &mut Writer<'_>) {
        out.data(self.topic.as_str().as_bytes());
        self.write_after_topic(version, lengths, out);
    }

    #[inline(always)]
    pub(super) fn write_after_topic(
        &self,
        version: ProtocolVersion,
        lengths: &Lengths,
        out: &mut Writer<'_>,
    ) {
        if let Some(packet_id) = self.packet_id {
            out.two_byte_integer(packet_id.get());
        }
        if version.has_properties() {
            self.properties.write(lengths.properties, out);
        }
        out.put(self.payload);
    }
}

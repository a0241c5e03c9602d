//! Which section of which specification defines a field.

use std::borrow::Cow;

use super::{FieldKind, PROPERTIES, PacketType, ProtocolVersion, dissect::Record, sink::Value};

/// The section that defines a field of that packet, such as `MQTT 3.1.1 §3.3.2.1`.
pub(super) fn of(
    version: ProtocolVersion,
    packet: Option<PacketType>,
    record: &Record,
) -> Cow<'static, str> {
    if let Value::PropertyId(id) = record.value {
        return id.row().section.into();
    }
    if record.kind == FieldKind::Property
        && let Some(row) = PROPERTIES.iter().find(|row| row.name == record.name)
    {
        return row.section.into();
    }
    let Some(packet) = packet else {
        return Cow::Borrowed("");
    };
    let number = packet.number();
    if version == ProtocolVersion::V3_1 {
        // 3.1 numbers its sections by packet alone.
        return match record.name {
            "MQTT Control Packet type"
            | "DUP"
            | "QoS"
            | "RETAIN"
            | "Remaining Length"
            | "Fixed Header" => "MQTT 3.1 §2.1".into(),
            "Packet Identifier" => "MQTT 3.1 §2.4".into(),
            _ => format!("MQTT 3.1 §3.{number}").into(),
        };
    }
    let five = version == ProtocolVersion::V5_0;
    let within = match (packet, record.name) {
        (_, "MQTT Control Packet type") => {
            return if five {
                "MQTT 5.0 §2.1.2"
            } else {
                "MQTT 3.1.1 §2.2.1"
            }
            .into();
        }
        (_, "Remaining Length") => {
            return if five {
                "MQTT 5.0 §2.1.4"
            } else {
                "MQTT 3.1.1 §2.2.3"
            }
            .into();
        }
        (PacketType::Publish, "DUP") => "1.1",
        (PacketType::Publish, "QoS") => "1.2",
        (PacketType::Publish, "RETAIN") => "1.3",
        (PacketType::Publish, "Topic Name") => "2.1",
        (PacketType::Publish, "Packet Identifier") => "2.2",
        (PacketType::Publish, "Properties" | "Property Length") => "2.3",
        (PacketType::Connect, "Protocol Name") => "2.1",
        (PacketType::Connect, "Protocol Level" | "Protocol Version") => "2.2",
        (PacketType::Connect, "Connect Flags") => "2.3",
        (PacketType::Connect, "Clean Session" | "Clean Start") => "2.4",
        (PacketType::Connect, "Will Flag") => "2.5",
        (PacketType::Connect, "Will QoS") => "2.6",
        (PacketType::Connect, "Will Retain") => "2.7",
        (PacketType::Connect, "User Name Flag") => "2.8",
        (PacketType::Connect, "Password Flag") => "2.9",
        (PacketType::Connect, "Keep Alive") => "2.10",
        (PacketType::Connect, "Properties" | "Property Length") => "2.11",
        (PacketType::Connect, "Client Identifier") => "3.1",
        (PacketType::Connect, "Will Properties" | "Will Property Length") => "3.2",
        (PacketType::Connect, "Will Topic") => {
            if five {
                "3.3"
            } else {
                "3.2"
            }
        }
        (PacketType::Connect, "Will Payload") => "3.4",
        (PacketType::Connect, "Will Message") => "3.3",
        (PacketType::Connect, "User Name") => {
            if five {
                "3.5"
            } else {
                "3.4"
            }
        }
        (PacketType::Connect, "Password") => {
            if five {
                "3.6"
            } else {
                "3.5"
            }
        }
        (PacketType::ConnAck, "Connect Acknowledge Flags") => "2.1",
        (PacketType::ConnAck, "Session Present") => {
            if five {
                "2.1.1"
            } else {
                "2.2"
            }
        }
        (PacketType::ConnAck, "Connect Reason Code") => "2.2",
        (PacketType::ConnAck, "Connect Return Code") => "2.3",
        (PacketType::ConnAck, "Properties" | "Property Length") => "2.3",
        (_, "Subscription Options") => "3.1",
        (
            _,
            "PUBACK Reason Code"
            | "PUBREC Reason Code"
            | "PUBREL Reason Code"
            | "PUBCOMP Reason Code"
            | "Disconnect Reason Code"
            | "Authenticate Reason Code",
        ) => "2.1",
        (
            PacketType::PubAck
            | PacketType::PubRec
            | PacketType::PubRel
            | PacketType::PubComp
            | PacketType::Disconnect
            | PacketType::Auth,
            "Properties" | "Property Length",
        ) => "2.2",
        (_, "Properties" | "Property Length") => "2.1",
        (_, "Fixed Header") => "1",
        (_, "Variable Header" | "Packet Identifier") => "2",
        (
            _,
            "Payload" | "Topic Filter" | "Subscription" | "Reason Code" | "Return Code"
            | "Requested QoS",
        ) => "3",
        _ => return Cow::Borrowed(""),
    };
    format!("MQTT {version} §3.{number}.{within}").into()
}

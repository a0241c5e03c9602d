//! CONNECT: MQTT 3.1 §3.1, 3.1.1 §3.1, 5.0 §3.1.

use core::fmt;

use super::{Lengths, not_in_version};
use crate::mqtt::{
    DecodeError, EncodeError, FieldKind, PacketType, Properties, PropertyId, PropertyOwner,
    ProtocolVersion, QoS, TopicName, Violation,
    reader::Reader,
    sink::{Remark, Sink, Value},
    writer::{self, Writer},
};

/// A connection request, client to server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Clean Start in 5.0, Clean Session before: whether an earlier session is dropped.
    pub clean_start: bool,
    /// The longest silence, in seconds, that the client promises; 0 for no limit.
    pub keep_alive_secs: u16,
    /// 5.0: properties of the connection.
    pub properties: Properties<'a>,
    /// Who the client is. May be empty since 3.1.1, before 5.0 only with clean session.
    pub client_id: &'a str,
    /// The message that the server publishes when the connection breaks.
    pub will: Option<Will<'a>>,
    /// The user name.
    pub user_name: Option<&'a str>,
    /// The password. Without a user name since 5.0 alone. Never shown by `Debug`.
    pub password: Option<&'a [u8]>,
}

/// The will message of a CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// The QoS with which the server publishes it.
    pub qos: QoS,
    /// Whether it becomes the retained message of its topic.
    pub retain: bool,
    /// 5.0: will properties.
    pub properties: Properties<'a>,
    /// Where it is published.
    pub topic: TopicName<'a>,
    /// The application message.
    pub payload: &'a [u8],
}

impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("clean_start", &self.clean_start)
            .field("keep_alive_secs", &self.keep_alive_secs)
            .field("properties", &self.properties)
            .field("client_id", &self.client_id)
            .field("will", &self.will)
            .field("user_name", &self.user_name)
            .field("password", &self.password.map(|_| "<redacted>"))
            .finish()
    }
}

const USER_NAME: u8 = 0b1000_0000;
const PASSWORD: u8 = 0b0100_0000;
const WILL_RETAIN: u8 = 0b0010_0000;
const WILL: u8 = 0b0000_0100;
const CLEAN_START: u8 = 0b0000_0010;
const RESERVED: u8 = 0b0000_0001;

/// The longest client identifier of 3.1, in characters.
const CLIENT_ID_MAX_3_1: usize = 23;

impl<'a> Connect<'a> {
    /// A clean connection without will, credentials and properties.
    pub const fn new(client_id: &'a str) -> Self {
        Self {
            clean_start: true,
            keep_alive_secs: 60,
            properties: Properties::NONE,
            client_id,
            will: None,
            user_name: None,
            password: None,
        }
    }

    pub(super) fn read<S: Sink>(reader: &mut Reader<'a, '_, S>) -> Result<Self, DecodeError> {
        let version = reader.version;
        reader.open("Variable Header");
        let name_start = reader.offset();
        let name = reader.text("Protocol Name", FieldKind::Header)?;
        if name != version.protocol_name() {
            reader.fault(Violation::ProtocolName, name_start, "Protocol Name")?;
        }
        let (level_field, clean_field) = match version {
            ProtocolVersion::V5_0 => ("Protocol Version", "Clean Start"),
            _ => ("Protocol Level", "Clean Session"),
        };
        let level_start = reader.offset();
        let level = reader.byte(level_field)?;
        reader.leaf(
            level_field,
            FieldKind::Header,
            level_start,
            Value::Level(level),
        );
        if level != version.level() {
            // What follows depends on the version, so it cannot be read.
            return Err(reader.error(Violation::ProtocolLevel, level_start, level_field));
        }
        let flags = read_flags(reader, clean_field)?;
        let start = reader.offset();
        let keep_alive_secs = reader.two_byte_integer("Keep Alive")?;
        reader.leaf(
            "Keep Alive",
            FieldKind::Header,
            start,
            Value::Seconds(keep_alive_secs.into()),
        );
        if keep_alive_secs == 0 {
            reader.sink.remark(Remark::KeepAliveOff);
        }
        let owner = PropertyOwner::Packet(PacketType::Connect);
        let properties_start = reader.offset();
        let properties = if version.has_properties() {
            Properties::read(reader, owner)?
        } else {
            Properties::NONE
        };
        if properties.contains(PropertyId::AuthenticationData)
            && !properties.contains(PropertyId::AuthenticationMethod)
        {
            reader.fault(
                Violation::MissingAuthenticationMethod,
                properties_start,
                "Authentication Data",
            )?;
        }
        reader.close();

        reader.open("Payload");
        let client_start = reader.offset();
        let client_id = reader.text("Client Identifier", FieldKind::Text)?;
        let clean_start = flags & CLEAN_START != 0;
        if version == ProtocolVersion::V3_1_1 && !clean_start && reader.offset() - client_start == 2
        {
            reader.fault(
                Violation::ClientIdRequired,
                client_start,
                "Client Identifier",
            )?;
        }
        if S::LISTENS
            && version == ProtocolVersion::V3_1
            && !(1..=CLIENT_ID_MAX_3_1).contains(&client_id.chars().count())
        {
            reader.sink.remark(Remark::ClientIdLength);
        }
        let will = if flags & WILL != 0 {
            Some(read_will(reader, flags)?)
        } else {
            None
        };
        // In 3.1 the remaining length takes precedence: a flag may be set without its field.
        let absent_in_3_1 =
            |reader: &Reader<'a, '_, S>| version == ProtocolVersion::V3_1 && reader.is_empty();
        let user_name = if flags & USER_NAME == 0 {
            None
        } else if absent_in_3_1(reader) {
            reader.sink.remark(Remark::CredentialMissing);
            None
        } else {
            Some(reader.text("User Name", FieldKind::Text)?)
        };
        let password = if flags & PASSWORD == 0 {
            None
        } else if absent_in_3_1(reader) {
            reader.sink.remark(Remark::CredentialMissing);
            None
        } else {
            let start = reader.offset();
            let password = reader.binary_data("Password")?;
            reader.leaf("Password", FieldKind::Secret, start, Value::Data);
            Some(password)
        };
        reader.close();
        Ok(Self {
            clean_start,
            keep_alive_secs,
            properties,
            client_id,
            will,
            user_name,
            password,
        })
    }

    pub(super) fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
        let mut lengths = Lengths {
            remaining: 2 + version.protocol_name().len() + 4,
            ..Lengths::default()
        };
        if version.has_properties() {
            let owner = PropertyOwner::Packet(PacketType::Connect);
            lengths.properties = self.properties.check(owner)?;
            lengths.remaining += lengths.properties
                + writer::variable_byte_integer_length(lengths.properties as u32);
            if self.properties.contains(PropertyId::AuthenticationData)
                && !self.properties.contains(PropertyId::AuthenticationMethod)
            {
                return Err(EncodeError {
                    kind: Violation::MissingAuthenticationMethod,
                    field: "Authentication Data",
                });
            }
        } else {
            if !self.properties.is_empty() {
                return Err(not_in_version("Properties"));
            }
            if self.password.is_some() && self.user_name.is_none() {
                return Err(EncodeError {
                    kind: Violation::PasswordWithoutUserName,
                    field: "Password",
                });
            }
        }
        if version == ProtocolVersion::V3_1_1 && self.client_id.is_empty() && !self.clean_start {
            return Err(EncodeError {
                kind: Violation::ClientIdRequired,
                field: "Client Identifier",
            });
        }
        lengths.remaining += writer::check_text(self.client_id, "Client Identifier")?;
        if let Some(will) = &self.will {
            will.add_lengths(version, &mut lengths)?;
        }
        if let Some(user_name) = self.user_name {
            lengths.remaining += writer::check_text(user_name, "User Name")?;
        }
        if let Some(password) = self.password {
            lengths.remaining += writer::check_data(password, "Password")?;
        }
        Ok(lengths)
    }

    pub(super) fn write(&self, version: ProtocolVersion, lengths: &Lengths, out: &mut Writer<'_>) {
        let mut flags = if self.clean_start { CLEAN_START } else { 0 };
        if let Some(will) = &self.will {
            flags |= WILL | will.qos.bits() << 3 | if will.retain { WILL_RETAIN } else { 0 };
        }
        if self.user_name.is_some() {
            flags |= USER_NAME;
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        let [high, low] = self.keep_alive_secs.to_be_bytes();
        let level = version.level();
        if version == ProtocolVersion::V3_1 {
            out.data(version.protocol_name().as_bytes());
            out.array([level, flags, high, low]);
        } else {
            let [m, q, t, t_] = *b"MQTT";
            out.array([0, 4, m, q, t, t_, level, flags, high, low]);
        }
        if version.has_properties() {
            self.properties.write(lengths.properties, out);
        }
        out.data(self.client_id.as_bytes());
        if let Some(will) = &self.will {
            if version.has_properties() {
                will.properties.write(lengths.will_properties, out);
            }
            out.data(will.topic.as_str().as_bytes());
            out.data(will.payload);
        }
        if let Some(user_name) = self.user_name {
            out.data(user_name.as_bytes());
        }
        if let Some(password) = self.password {
            out.data(password);
        }
    }
}

impl Will<'_> {
    fn add_lengths(
        &self,
        version: ProtocolVersion,
        lengths: &mut Lengths,
    ) -> Result<(), EncodeError> {
        if version.has_properties() {
            lengths.will_properties = self.properties.check(PropertyOwner::Will)?;
            lengths.remaining += lengths.will_properties
                + writer::variable_byte_integer_length(lengths.will_properties as u32);
        } else if !self.properties.is_empty() {
            return Err(not_in_version("Will Properties"));
        }
        if self.topic.is_empty() {
            return Err(EncodeError {
                kind: Violation::EmptyTopicName,
                field: "Will Topic",
            });
        }
        lengths.remaining += 2 + self.topic.as_str().len();
        lengths.remaining += writer::check_data(self.payload, "Will Payload")?;
        Ok(())
    }
}

/// The connect flags, bit by bit.
fn read_flags<S: Sink>(
    reader: &mut Reader<'_, '_, S>,
    clean_field: &'static str,
) -> Result<u8, DecodeError> {
    let version = reader.version;
    let at = reader.offset();
    let flags = reader.byte("Connect Flags")?;
    let will_qos = flags >> 3 & 0b11;
    if S::LISTENS {
        let sink = &mut *reader.sink;
        sink.open("Connect Flags", FieldKind::Header, at);
        sink.bits(
            "User Name Flag",
            at,
            7,
            7,
            Value::Bit(flags & USER_NAME != 0),
        );
        sink.bits("Password Flag", at, 6, 6, Value::Bit(flags & PASSWORD != 0));
        if flags & (USER_NAME | PASSWORD) == PASSWORD && version.has_properties() {
            sink.remark(Remark::PasswordAlone);
        }
        sink.bits(
            "Will Retain",
            at,
            5,
            5,
            Value::Bit(flags & WILL_RETAIN != 0),
        );
        sink.bits("Will QoS", at, 4, 3, Value::QoS(will_qos));
        sink.bits("Will Flag", at, 2, 2, Value::Bit(flags & WILL != 0));
        if flags & WILL == 0
            && flags & (WILL_RETAIN | 0b0001_1000) != 0
            && version == ProtocolVersion::V3_1
        {
            sink.remark(Remark::WillFlagsWithoutWill);
        }
        sink.bits(clean_field, at, 1, 1, Value::Bit(flags & CLEAN_START != 0));
        sink.bits("Reserved", at, 0, 0, Value::Reserved(flags & RESERVED));
        if flags & RESERVED != 0 && version == ProtocolVersion::V3_1 {
            sink.remark(Remark::UnusedFlags);
        }
        sink.close(at + 1);
    }
    let strict = version != ProtocolVersion::V3_1;
    if strict && flags & RESERVED != 0 {
        reader.fault(Violation::ReservedConnectFlag, at, "Connect Flags")?;
    }
    if will_qos == 3 && (strict || flags & WILL != 0) {
        reader.fault(Violation::WillQoS, at, "Will QoS")?;
    }
    if strict && flags & WILL == 0 {
        if will_qos != 0 {
            reader.fault(Violation::WillQoSWithoutWill, at, "Will QoS")?;
        }
        if flags & WILL_RETAIN != 0 {
            reader.fault(Violation::WillRetainWithoutWill, at, "Will Retain")?;
        }
    }
    if !version.has_properties() && flags & (USER_NAME | PASSWORD) == PASSWORD {
        reader.fault(Violation::PasswordWithoutUserName, at, "Password Flag")?;
    }
    Ok(flags)
}

fn read_will<'a, S: Sink>(
    reader: &mut Reader<'a, '_, S>,
    flags: u8,
) -> Result<Will<'a>, DecodeError> {
    let properties = if reader.version.has_properties() {
        Properties::read(reader, PropertyOwner::Will)?
    } else {
        Properties::NONE
    };
    let start = reader.offset();
    let topic = reader.topic_name("Will Topic")?;
    if reader.offset() - start == 2 {
        reader.fault(Violation::EmptyTopicName, start, "Will Topic")?;
    }
    let payload_field = match reader.version {
        ProtocolVersion::V5_0 => "Will Payload",
        _ => "Will Message",
    };
    let start = reader.offset();
    let payload = reader.binary_data(payload_field)?;
    reader.leaf(payload_field, FieldKind::Payload, start, Value::Data);
    if S::LISTENS
        && properties.payload_format_indicator() == Some(true)
        && core::str::from_utf8(payload).is_err()
    {
        reader.sink.remark(Remark::PayloadNotUtf8);
    }
    Ok(Will {
        qos: QoS::from_bits(flags >> 3 & 0b11).unwrap_or_default(),
        retain: flags & WILL_RETAIN != 0,
        properties,
        topic,
        payload,
    })
}

//! The properties of MQTT 5.0: one table, from which types, checks and names follow.

use core::fmt;

use super::{
    DecodeError, EncodeError, FieldKind, PacketType, QoS, Violation,
    reader::Reader,
    sink::{Sink, Value},
    text,
    writer::{self, Writer},
};

/// Who carries properties: a packet, or the will inside CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PropertyOwner {
    /// The properties of the packet itself.
    Packet(PacketType),
    /// The will properties in the payload of CONNECT.
    Will,
}

impl PropertyOwner {
    const fn mask(self) -> u16 {
        match self {
            Self::Packet(packet) => 1 << packet.number(),
            Self::Will => WILL,
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Packet(packet) => packet.number(),
            Self::Will => 0,
        }
    }
}

const WILL: u16 = 1;
const CONNECT: u16 = 1 << PacketType::Connect as u8;
const CONNACK: u16 = 1 << PacketType::ConnAck as u8;
const PUBLISH: u16 = 1 << PacketType::Publish as u8;
const PUBACK: u16 = 1 << PacketType::PubAck as u8;
const PUBREC: u16 = 1 << PacketType::PubRec as u8;
const PUBREL: u16 = 1 << PacketType::PubRel as u8;
const PUBCOMP: u16 = 1 << PacketType::PubComp as u8;
const SUBSCRIBE: u16 = 1 << PacketType::Subscribe as u8;
const SUBACK: u16 = 1 << PacketType::SubAck as u8;
const UNSUBSCRIBE: u16 = 1 << PacketType::Unsubscribe as u8;
const UNSUBACK: u16 = 1 << PacketType::UnsubAck as u8;
const DISCONNECT: u16 = 1 << PacketType::Disconnect as u8;
const AUTH: u16 = 1 << PacketType::Auth as u8;
const ACKNOWLEDGEMENTS: u16 = PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK;
const EVERYWHERE: u16 = WILL
    | CONNECT
    | CONNACK
    | PUBLISH
    | ACKNOWLEDGEMENTS
    | SUBSCRIBE
    | UNSUBSCRIBE
    | DISCONNECT
    | AUTH;

/// How the value of a property is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One byte; every such property may be 0 or 1 alone.
    Byte,
    /// Two bytes, most significant first.
    TwoByteInteger,
    /// Four bytes, most significant first.
    FourByteInteger,
    /// One to four bytes of seven bits each.
    VariableByteInteger,
    /// Text with a two-byte length.
    Utf8String,
    /// Two texts: a name and a value.
    Utf8StringPair,
    /// Bytes with a two-byte length.
    BinaryData,
}

/// What the specification says about one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PropertyRow {
    /// The property.
    pub id: PropertyId,
    /// Its name in the specification's words.
    pub name: &'static str,
    /// How its value is encoded.
    pub value_type: ValueType,
    /// Whether the value zero is forbidden.
    pub non_zero: bool,
    /// Bit `n` set: packet type `n` may carry it; bit 0: the will.
    owners: u16,
    /// Likewise: where it may appear more than once.
    repeatable: u16,
    /// The section that defines it, for the first packet that carries it.
    pub section: &'static str,
}

impl PropertyRow {
    /// Whether this packet, or the will, may carry the property.
    pub const fn is_allowed_in(&self, owner: PropertyOwner) -> bool {
        self.owners & owner.mask() != 0
    }

    /// Whether it may appear there more than once.
    pub const fn is_repeatable_in(&self, owner: PropertyOwner) -> bool {
        self.repeatable & owner.mask() != 0
    }
}

/// A value as read, before it has its property's type.
#[derive(Clone, Copy)]
enum Raw<'a> {
    Integer(u32),
    Text(&'a str),
    Pair(&'a str, &'a str),
    Data(&'a [u8]),
}

/// A type that values of properties have.
trait PropertyValue<'a>: Sized {
    fn from_raw(raw: Raw<'a>) -> Self;
    fn into_raw(self) -> Raw<'a>;
}

macro_rules! integer_value {
    ($($type:ty),+) => {$(
        impl<'a> PropertyValue<'a> for $type {
            #[inline(always)]
            fn from_raw(raw: Raw<'a>) -> Self {
                match raw { Raw::Integer(value) => value as $type, _ => 0 }
            }
            #[inline(always)]
            fn into_raw(self) -> Raw<'a> {
                Raw::Integer(self.into())
            }
        }
    )+};
}
integer_value!(u16, u32);

impl<'a> PropertyValue<'a> for bool {
    #[inline(always)]
    fn from_raw(raw: Raw<'a>) -> Self {
        matches!(raw, Raw::Integer(1..))
    }
    #[inline(always)]
    fn into_raw(self) -> Raw<'a> {
        Raw::Integer(self.into())
    }
}

impl<'a> PropertyValue<'a> for QoS {
    #[inline(always)]
    fn from_raw(raw: Raw<'a>) -> Self {
        match raw {
            Raw::Integer(1..) => Self::AtLeastOnce,
            _ => Self::AtMostOnce,
        }
    }
    #[inline(always)]
    fn into_raw(self) -> Raw<'a> {
        Raw::Integer(self.bits().into())
    }
}

impl<'a> PropertyValue<'a> for &'a str {
    #[inline(always)]
    fn from_raw(raw: Raw<'a>) -> Self {
        match raw {
            Raw::Text(text) => text,
            _ => "",
        }
    }
    #[inline(always)]
    fn into_raw(self) -> Raw<'a> {
        Raw::Text(self)
    }
}

impl<'a> PropertyValue<'a> for (&'a str, &'a str) {
    #[inline(always)]
    fn from_raw(raw: Raw<'a>) -> Self {
        match raw {
            Raw::Pair(name, value) => (name, value),
            _ => ("", ""),
        }
    }
    #[inline(always)]
    fn into_raw(self) -> Raw<'a> {
        Raw::Pair(self.0, self.1)
    }
}

impl<'a> PropertyValue<'a> for &'a [u8] {
    #[inline(always)]
    fn from_raw(raw: Raw<'a>) -> Self {
        match raw {
            Raw::Data(bytes) => bytes,
            _ => &[],
        }
    }
    #[inline(always)]
    fn into_raw(self) -> Raw<'a> {
        Raw::Data(self)
    }
}

macro_rules! properties {
    ($(
        $(#[$doc:meta])+
        $id:literal $variant:ident, $name:literal, $value_type:ident as $type:ty, $zero:ident,
        $owners:expr, $repeatable:expr, $section:literal;
    )+) => {
        /// The identifier of a property.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum PropertyId {
            $($(#[$doc])+ $variant = $id,)+
        }

        impl PropertyId {
            /// The property with this number.
            pub const fn from_number(number: u32) -> Option<Self> {
                match number {
                    $($id => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// What the specification says about it.
            pub const fn row(self) -> &'static PropertyRow {
                match self {
                    $(Self::$variant => const { &PropertyRow {
                        id: PropertyId::$variant,
                        name: $name,
                        value_type: ValueType::$value_type,
                        non_zero: matches!(Zero::$zero, Zero::Forbidden),
                        owners: $owners,
                        repeatable: $repeatable,
                        section: $section,
                    } },)+
                }
            }
        }

        /// All 27 properties, in the order of their identifiers.
        pub const PROPERTIES: &[&PropertyRow] = &[$(PropertyId::$variant.row(),)+];

        /// A property with its value, borrowed.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Property<'a> {
            $($(#[$doc])+ $variant($type),)+
        }

        impl<'a> Property<'a> {
            /// Which property it is.
            pub const fn id(&self) -> PropertyId {
                match self {
                    $(Self::$variant(_) => PropertyId::$variant,)+
                }
            }

            #[inline]
            fn from_raw(id: PropertyId, raw: Raw<'a>) -> Self {
                match id {
                    $(PropertyId::$variant => Self::$variant(PropertyValue::from_raw(raw)),)+
                }
            }

            #[inline]
            fn into_raw(self) -> Raw<'a> {
                match self {
                    $(Self::$variant(value) => value.into_raw(),)+
                }
            }
        }

        impl fmt::Debug for Property<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    // Authentication data may hold a secret.
                    Self::AuthenticationData(data) => {
                        write!(f, "AuthenticationData(<{} bytes>)", data.len())
                    }
                    $(#[allow(unreachable_patterns)]
                    Self::$variant(value) => f.debug_tuple(stringify!($variant)).field(value).finish(),)+
                }
            }
        }
    };
}

enum Zero {
    Allowed,
    Forbidden,
}

properties! {
    /// Whether the payload is UTF-8 text.
    0x01 PayloadFormatIndicator, "Payload Format Indicator", Byte as bool, Allowed,
        PUBLISH | WILL, 0, "MQTT 5.0 §3.3.2.3.2";
    /// Lifetime of the message in seconds.
    0x02 MessageExpiryInterval, "Message Expiry Interval", FourByteInteger as u32, Allowed,
        PUBLISH | WILL, 0, "MQTT 5.0 §3.3.2.3.3";
    /// What the payload is, often a MIME type.
    0x03 ContentType, "Content Type", Utf8String as &'a str, Allowed,
        PUBLISH | WILL, 0, "MQTT 5.0 §3.3.2.3.9";
    /// The topic name for a reply.
    0x08 ResponseTopic, "Response Topic", Utf8String as &'a str, Allowed,
        PUBLISH | WILL, 0, "MQTT 5.0 §3.3.2.3.5";
    /// What relates a reply to its request.
    0x09 CorrelationData, "Correlation Data", BinaryData as &'a [u8], Allowed,
        PUBLISH | WILL, 0, "MQTT 5.0 §3.3.2.3.6";
    /// The number of a subscription, 1 to 268 435 455.
    0x0B SubscriptionIdentifier, "Subscription Identifier", VariableByteInteger as u32, Forbidden,
        PUBLISH | SUBSCRIBE, PUBLISH, "MQTT 5.0 §3.8.2.1.2";
    /// Lifetime of the session after the connection, in seconds; 4 294 967 295 means for ever.
    0x11 SessionExpiryInterval, "Session Expiry Interval", FourByteInteger as u32, Allowed,
        CONNECT | CONNACK | DISCONNECT, 0, "MQTT 5.0 §3.1.2.11.2";
    /// The client identifier that the server chose.
    0x12 AssignedClientIdentifier, "Assigned Client Identifier", Utf8String as &'a str, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.7";
    /// The keep alive, in seconds, that the server demands instead.
    0x13 ServerKeepAlive, "Server Keep Alive", TwoByteInteger as u16, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.14";
    /// The name of the enhanced authentication method.
    0x15 AuthenticationMethod, "Authentication Method", Utf8String as &'a str, Allowed,
        CONNECT | CONNACK | AUTH, 0, "MQTT 5.0 §3.1.2.11.9";
    /// Data of the enhanced authentication method.
    0x16 AuthenticationData, "Authentication Data", BinaryData as &'a [u8], Allowed,
        CONNECT | CONNACK | AUTH, 0, "MQTT 5.0 §3.1.2.11.10";
    /// Whether reason strings and user properties are wanted on failures.
    0x17 RequestProblemInformation, "Request Problem Information", Byte as bool, Allowed,
        CONNECT, 0, "MQTT 5.0 §3.1.2.11.7";
    /// Seconds from the end of the connection to the will.
    0x18 WillDelayInterval, "Will Delay Interval", FourByteInteger as u32, Allowed,
        WILL, 0, "MQTT 5.0 §3.1.3.2.2";
    /// Whether response information is wanted.
    0x19 RequestResponseInformation, "Request Response Information", Byte as bool, Allowed,
        CONNECT, 0, "MQTT 5.0 §3.1.2.11.6";
    /// What to build response topics from.
    0x1A ResponseInformation, "Response Information", Utf8String as &'a str, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.15";
    /// Another server to use.
    0x1C ServerReference, "Server Reference", Utf8String as &'a str, Allowed,
        CONNACK | DISCONNECT, 0, "MQTT 5.0 §3.2.2.3.16";
    /// The reason in words, for people.
    0x1F ReasonString, "Reason String", Utf8String as &'a str, Allowed,
        CONNACK | ACKNOWLEDGEMENTS | DISCONNECT | AUTH, 0, "MQTT 5.0 §3.2.2.3.9";
    /// How many QoS 1 and 2 messages may be in flight, 1 to 65 535.
    0x21 ReceiveMaximum, "Receive Maximum", TwoByteInteger as u16, Forbidden,
        CONNECT | CONNACK, 0, "MQTT 5.0 §3.1.2.11.3";
    /// The highest topic alias that is accepted; 0 for none.
    0x22 TopicAliasMaximum, "Topic Alias Maximum", TwoByteInteger as u16, Allowed,
        CONNECT | CONNACK, 0, "MQTT 5.0 §3.1.2.11.5";
    /// The number that stands for the topic name, 1 to 65 535.
    0x23 TopicAlias, "Topic Alias", TwoByteInteger as u16, Forbidden,
        PUBLISH, 0, "MQTT 5.0 §3.3.2.3.4";
    /// The highest QoS that the server supports, 0 or 1.
    0x24 MaximumQoS, "Maximum QoS", Byte as QoS, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.4";
    /// Whether the server keeps retained messages.
    0x25 RetainAvailable, "Retain Available", Byte as bool, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.5";
    /// A name and a value of the application's own.
    0x26 UserProperty, "User Property", Utf8StringPair as (&'a str, &'a str), Allowed,
        EVERYWHERE, EVERYWHERE, "MQTT 5.0 §3.1.2.11.8";
    /// The largest packet, in bytes, that is accepted.
    0x27 MaximumPacketSize, "Maximum Packet Size", FourByteInteger as u32, Forbidden,
        CONNECT | CONNACK, 0, "MQTT 5.0 §3.1.2.11.4";
    /// Whether filters with wildcards are accepted.
    0x28 WildcardSubscriptionAvailable, "Wildcard Subscription Available", Byte as bool, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.11";
    /// Whether subscription identifiers are accepted.
    0x29 SubscriptionIdentifierAvailable, "Subscription Identifier Available", Byte as bool, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.12";
    /// Whether shared subscriptions are accepted.
    0x2A SharedSubscriptionAvailable, "Shared Subscription Available", Byte as bool, Allowed,
        CONNACK, 0, "MQTT 5.0 §3.2.2.3.13";
}

impl PropertyId {
    /// Its name in the specification's words.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    const fn bit(self) -> u64 {
        1 << self as u8
    }
}

/// One more than the highest identifier.
const NUMBERS: usize = PropertyId::SharedSubscriptionAvailable as usize + 1;

/// The properties by identifier.
static BY_NUMBER: [Option<&PropertyRow>; NUMBERS] = {
    let mut rows = [None; NUMBERS];
    let mut index = 0;
    while index < PROPERTIES.len() {
        #[allow(clippy::indexing_slicing)] // Evaluated at compile time, within both lengths.
        {
            rows[PROPERTIES[index].id as usize] = Some(PROPERTIES[index]);
        }
        index += 1;
    }
    rows
};

/// The properties of a packet, in order. Either as they stand in a frame, checked and read anew on
/// each iteration without allocating, or as a borrowed list that is to be written.
#[derive(Clone, Copy)]
pub struct Properties<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    /// Checked bytes behind the property length.
    Wire {
        bytes: &'a [u8],
        /// Bit `n` set: the property with identifier `n` is there.
        present: u64,
        /// [`PropertyOwner::number`] of the packet by whose rules the bytes were checked.
        owner: u8,
    },
    List(&'a [Property<'a>]),
}

impl<'a> Properties<'a> {
    /// No properties; what packets before 5.0 have.
    pub const NONE: Properties<'static> = Properties(Form::List(&[]));

    /// The properties to write, in this order. They are checked when the packet is encoded.
    pub const fn new(list: &'a [Property<'a>]) -> Self {
        Self(Form::List(list))
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Form::Wire { bytes, .. } => bytes.is_empty(),
            Form::List(list) => list.is_empty(),
        }
    }

    /// Iterates over them in order.
    pub const fn iter(&self) -> PropertiesIter<'a> {
        PropertiesIter(self.0)
    }

    /// Whether this property is among them.
    pub fn contains(&self, id: PropertyId) -> bool {
        match self.0 {
            Form::Wire { present, .. } => present & id.bit() != 0,
            Form::List(list) => list.iter().any(|property| property.id() == id),
        }
    }

    /// The first property of that kind.
    pub fn find(&self, id: PropertyId) -> Option<Property<'a>> {
        if !self.contains(id) {
            return None;
        }
        self.iter().find(|property| property.id() == id)
    }

    /// The user properties, in order.
    pub fn user_properties(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::UserProperty(pair) => Some(pair),
            _ => None,
        })
    }

    /// The subscription identifiers, in order.
    pub fn subscription_identifiers(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::SubscriptionIdentifier(number) => Some(number),
            _ => None,
        })
    }

    /// Reads the property length and the properties behind it, by the rules of `owner`.
    #[inline(always)]
    pub(crate) fn read<S: Sink>(
        reader: &mut Reader<'a, '_, S>,
        owner: PropertyOwner,
    ) -> Result<Self, DecodeError> {
        let (digits, length, present) = Self::read_section(reader.fork(), owner)?;
        reader.take(digits);
        Ok(Self(Form::Wire {
            bytes: reader.take(length),
            present,
            owner: owner.number(),
        }))
    }

    /// How many bytes the property length has, its value, and a number whose bit `n` is set when
    /// the property with identifier `n` is there. It gives numbers back and takes the reader by
    /// value: with a reference in either direction, both sides would work in memory.
    #[inline(never)]
    fn read_section<S: Sink>(
        mut passed: Reader<'a, '_, S>,
        owner: PropertyOwner,
    ) -> Result<(usize, usize, u64), DecodeError> {
        // What is passed lies in memory; a copy of its own stays in registers.
        let mut reader = passed.fork();
        let (group, length_field) = match owner {
            PropertyOwner::Packet(_) => ("Properties", "Property Length"),
            PropertyOwner::Will => ("Will Properties", "Will Property Length"),
        };
        reader.open(group);
        let start = reader.offset();
        let length = reader.variable_byte_integer(length_field)?;
        let digits = reader.offset() - start;
        reader.leaf(
            length_field,
            FieldKind::Length,
            start,
            Value::Length(length),
        );
        let length = length as usize;
        if length > reader.remaining() {
            return Err(reader.error(Violation::MissingData, start, length_field));
        }
        let outside = reader.enter(length, length_field)?;
        let mut present = 0;
        while !reader.is_empty() {
            let depth = reader.sink.depth();
            if let Err(error) = Self::read_one(&mut reader, owner, &mut present) {
                reader.fork().abandon(error, depth)?;
                break;
            }
        }
        reader.leave(outside);
        reader.close();
        Ok((digits, length, present))
    }

    #[inline(always)]
    fn read_one<S: Sink>(
        reader: &mut Reader<'a, '_, S>,
        owner: PropertyOwner,
        present: &mut u64,
    ) -> Result<(), DecodeError> {
        const ID: &str = "Property Identifier";
        let start = reader.offset();
        let number = reader.variable_byte_integer(ID)?;
        let Some(&Some(row)) = BY_NUMBER.get(number as usize) else {
            return Err(reader.error(Violation::UnknownProperty, start, ID));
        };
        let id = row.id;
        if S::LISTENS {
            reader.sink.open(row.name, FieldKind::Property, start);
            reader.leaf(ID, FieldKind::Identifier, start, Value::PropertyId(id));
        }
        if !row.is_allowed_in(owner) {
            reader.fault(Violation::PropertyNotAllowed, start, row.name)?;
        }
        if *present & id.bit() != 0 && !row.is_repeatable_in(owner) {
            reader.fault(Violation::PropertyRepeated, start, row.name)?;
        }
        *present |= id.bit();
        let start = reader.offset();
        let mut text = "";
        let (value, kind) = match row.value_type {
            ValueType::Byte => {
                let byte = reader.byte(row.name)?;
                if byte > 1 {
                    reader.fault(Violation::PropertyNotBoolean, start, row.name)?;
                }
                (Value::Number(byte.into()), FieldKind::Property)
            }
            ValueType::TwoByteInteger => {
                let number = reader.two_byte_integer(row.name)?;
                (Value::Number(number.into()), FieldKind::Property)
            }
            ValueType::FourByteInteger => (
                Value::Number(reader.four_byte_integer(row.name)?),
                FieldKind::Property,
            ),
            ValueType::VariableByteInteger => (
                Value::Number(reader.variable_byte_integer(row.name)?),
                FieldKind::Property,
            ),
            ValueType::Utf8String => {
                text = reader.utf8_string(row.name)?;
                if id == PropertyId::ResponseTopic {
                    if reader.offset() - start == 2 {
                        reader.fault(Violation::EmptyTopicName, start, row.name)?;
                    }
                    if let Some(at) = text::wildcards(text.as_bytes()).next() {
                        reader.fault(
                            Violation::WildcardInResponseTopic,
                            start + 2 + at,
                            row.name,
                        )?;
                    }
                }
                (Value::Text, FieldKind::Text)
            }
            ValueType::Utf8StringPair => {
                reader.text("Name", FieldKind::Text)?;
                reader.text("Value", FieldKind::Text)?;
                if S::LISTENS {
                    reader.close();
                }
                return Ok(());
            }
            ValueType::BinaryData => {
                reader.binary_data(row.name)?;
                let kind = match id {
                    PropertyId::AuthenticationData => FieldKind::Secret,
                    _ => FieldKind::Payload,
                };
                (Value::Data, kind)
            }
        };
        if row.non_zero && value == Value::Number(0) {
            reader.fault(zero_violation(id), start, row.name)?;
        }
        if S::LISTENS {
            let value = match (id, value) {
                (PropertyId::SessionExpiryInterval, Value::Number(seconds)) => {
                    Value::SecondsOrNever(seconds)
                }
                (
                    PropertyId::MessageExpiryInterval
                    | PropertyId::ServerKeepAlive
                    | PropertyId::WillDelayInterval,
                    Value::Number(seconds),
                ) => Value::Seconds(seconds),
                (PropertyId::MaximumPacketSize, Value::Number(bytes)) => Value::Length(bytes),
                (PropertyId::MaximumQoS, Value::Number(level)) => Value::QoS(level as u8),
                _ => value,
            };
            reader.leaf("Value", kind, start, value);
            reader.remark_text(text);
            reader.close();
        }
        Ok(())
    }

    /// Checks what is to be written and says how long it is, without the property length itself.
    #[inline]
    pub(crate) fn check(&self, owner: PropertyOwner) -> Result<usize, EncodeError> {
        match self.0 {
            Form::Wire {
                bytes,
                owner: checked,
                ..
            } if checked == owner.number() => Ok(bytes.len()),
            _ => self.check_each(owner),
        }
    }

    #[inline(never)]
    fn check_each(&self, owner: PropertyOwner) -> Result<usize, EncodeError> {
        let mut present = 0;
        let mut length = 0;
        for property in self.iter() {
            let id = property.id();
            let row = id.row();
            let refuse = |kind| {
                Err(EncodeError {
                    kind,
                    field: row.name,
                })
            };
            if !row.is_allowed_in(owner) {
                return refuse(Violation::PropertyNotAllowed);
            }
            if present & id.bit() != 0 && !row.is_repeatable_in(owner) {
                return refuse(Violation::PropertyRepeated);
            }
            present |= id.bit();
            length += 1 + match property.into_raw() {
                Raw::Integer(0) if row.non_zero => return refuse(zero_violation(id)),
                Raw::Integer(number) => match row.value_type {
                    ValueType::Byte if number > 1 => return refuse(Violation::PropertyNotBoolean),
                    ValueType::Byte => 1,
                    ValueType::TwoByteInteger => 2,
                    ValueType::FourByteInteger => 4,
                    _ if number > writer::MAX_VARIABLE_BYTE_INTEGER => {
                        return refuse(Violation::TooLong);
                    }
                    _ => writer::variable_byte_integer_length(number),
                },
                Raw::Text(text) => {
                    if id == PropertyId::ResponseTopic {
                        if text.is_empty() {
                            return refuse(Violation::EmptyTopicName);
                        }
                        if text.contains(['+', '#']) {
                            return refuse(Violation::WildcardInResponseTopic);
                        }
                    }
                    writer::check_text(text, row.name)?
                }
                Raw::Pair(name, value) => {
                    writer::check_text(name, row.name)? + writer::check_text(value, row.name)?
                }
                Raw::Data(bytes) => writer::check_data(bytes, row.name)?,
            };
        }
        Ok(length)
    }

    /// Writes the property length, which [`Properties::check`] gave, and the properties.
    #[inline]
    pub(crate) fn write(&self, length: usize, out: &mut Writer<'_>) {
        out.variable_byte_integer(length as u32);
        match self.0 {
            Form::Wire { bytes, .. } => out.put(bytes),
            Form::List(_) => out.pass_to(|out| self.write_each(out)),
        }
    }

    #[inline(never)]
    fn write_each<'b>(&self, mut out: Writer<'b>) -> Writer<'b> {
        for property in self.iter() {
            let id = property.id();
            out.byte(id as u8);
            match property.into_raw() {
                Raw::Integer(number) => match id.row().value_type {
                    ValueType::Byte => out.byte(number as u8),
                    ValueType::TwoByteInteger => {
                        out.two_byte_integer(number as u16);
                    }
                    ValueType::FourByteInteger => out.array(number.to_be_bytes()),
                    _ => out.variable_byte_integer(number),
                },
                Raw::Text(text) => out.data(text.as_bytes()),
                Raw::Pair(name, value) => {
                    out.data(name.as_bytes());
                    out.data(value.as_bytes());
                }
                Raw::Data(bytes) => out.data(bytes),
            }
        }
        out
    }
}

const fn zero_violation(id: PropertyId) -> Violation {
    match id {
        PropertyId::TopicAlias => Violation::TopicAliasZero,
        _ => Violation::PropertyZero,
    }
}

macro_rules! accessors {
    ($($accessor:ident $variant:ident $type:ty;)+) => {
        impl<'a> Properties<'a> {
            $(
                #[doc = concat!("The value of [`Property::", stringify!($variant), "`], if it is there.")]
                pub fn $accessor(&self) -> Option<$type> {
                    match self.find(PropertyId::$variant) {
                        Some(Property::$variant(value)) => Some(value),
                        _ => None,
                    }
                }
            )+
        }
    };
}

accessors! {
    payload_format_indicator PayloadFormatIndicator bool;
    message_expiry_interval MessageExpiryInterval u32;
    content_type ContentType &'a str;
    response_topic ResponseTopic &'a str;
    correlation_data CorrelationData &'a [u8];
    subscription_identifier SubscriptionIdentifier u32;
    session_expiry_interval SessionExpiryInterval u32;
    assigned_client_identifier AssignedClientIdentifier &'a str;
    server_keep_alive ServerKeepAlive u16;
    authentication_method AuthenticationMethod &'a str;
    authentication_data AuthenticationData &'a [u8];
    request_problem_information RequestProblemInformation bool;
    will_delay_interval WillDelayInterval u32;
    request_response_information RequestResponseInformation bool;
    response_information ResponseInformation &'a str;
    server_reference ServerReference &'a str;
    reason_string ReasonString &'a str;
    receive_maximum ReceiveMaximum u16;
    topic_alias_maximum TopicAliasMaximum u16;
    topic_alias TopicAlias u16;
    maximum_qos MaximumQoS QoS;
    retain_available RetainAvailable bool;
    maximum_packet_size MaximumPacketSize u32;
    wildcard_subscription_available WildcardSubscriptionAvailable bool;
    subscription_identifier_available SubscriptionIdentifierAvailable bool;
    shared_subscription_available SharedSubscriptionAvailable bool;
}

/// Iterates over properties in order.
#[derive(Clone)]
pub struct PropertiesIter<'a>(Form<'a>);

impl<'a> Iterator for PropertiesIter<'a> {
    type Item = Property<'a>;

    fn next(&mut self) -> Option<Property<'a>> {
        match &mut self.0 {
            Form::List(list) => {
                let (&first, rest) = list.split_first()?;
                *list = rest;
                Some(first)
            }
            Form::Wire { bytes, .. } => next_checked(bytes),
        }
    }
}

/// The first property of bytes that were checked before, and drops it from them.
fn next_checked<'a>(bytes: &mut &'a [u8]) -> Option<Property<'a>> {
    fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Some(taken)
    }
    fn integer(bytes: &mut &[u8], length: usize) -> Option<u32> {
        let taken = take(bytes, length)?;
        Some(
            taken
                .iter()
                .fold(0, |value, &byte| value << 8 | u32::from(byte)),
        )
    }
    fn data<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
        let length = integer(bytes, 2)?;
        take(bytes, length as usize)
    }
    fn string<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
        text::check(data(bytes)?).ok()
    }

    let id = PropertyId::from_number(integer(bytes, 1)?)?;
    let raw = match id.row().value_type {
        ValueType::Byte => Raw::Integer(integer(bytes, 1)?),
        ValueType::TwoByteInteger => Raw::Integer(integer(bytes, 2)?),
        ValueType::FourByteInteger => Raw::Integer(integer(bytes, 4)?),
        ValueType::VariableByteInteger => {
            let length = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
            let digits = take(bytes, length)?;
            Raw::Integer(
                digits
                    .iter()
                    .rev()
                    .fold(0, |value, &byte| value << 7 | u32::from(byte & 0x7F)),
            )
        }
        ValueType::Utf8String => Raw::Text(string(bytes)?),
        ValueType::Utf8StringPair => Raw::Pair(string(bytes)?, string(bytes)?),
        ValueType::BinaryData => Raw::Data(data(bytes)?),
    };
    Some(Property::from_raw(id, raw))
}

impl<'a> IntoIterator for Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertiesIter<'a>;

    fn into_iter(self) -> PropertiesIter<'a> {
        self.iter()
    }
}

impl<'a> From<&'a [Property<'a>]> for Properties<'a> {
    fn from(list: &'a [Property<'a>]) -> Self {
        Self::new(list)
    }
}

impl Default for Properties<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for Properties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Properties<'_> {}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

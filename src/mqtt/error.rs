//! What can be wrong with a packet: one list of rules for reading and for writing.

use thiserror::Error;

use super::{PacketType, ProtocolVersion};

/// A rule of the specification that a packet breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Violation {
    // --- framing ---
    /// Packet type 0, or AUTH before 5.0.
    #[error("the packet type is reserved")]
    ReservedPacketType,
    /// The fixed header's flags are not those that this packet type demands.
    #[error("the reserved flags of {0} have the wrong value")]
    ReservedFlags(PacketType),
    /// A Variable Byte Integer that continues after its fourth byte.
    #[error("the variable byte integer continues after its fourth byte")]
    VariableByteIntegerTooLong,
    /// A Variable Byte Integer that uses more bytes than its value needs.
    #[error("the variable byte integer uses more bytes than it needs")]
    VariableByteIntegerNotMinimal,
    /// The whole packet is larger than the receiver allows.
    #[error("the packet is larger than the maximum packet size")]
    PacketTooLarge,
    /// The bytes end before the remaining length is reached.
    #[error("the packet ends before its remaining length is reached")]
    IncompletePacket,
    /// Bytes follow the packet where exactly one was expected.
    #[error("bytes follow the packet")]
    BytesAfterPacket,

    // --- all packets ---
    /// The packet ends, by its remaining length, inside or before this field.
    #[error("the remaining length ends before this field does")]
    MissingData,
    /// Bytes remain in the packet after its last field.
    #[error("bytes remain after the last field")]
    TrailingData,
    /// Text that is not well-formed UTF-8.
    #[error("the text is not well-formed UTF-8")]
    IllFormedUtf8,
    /// Text that encodes a UTF-16 surrogate, U+D800 to U+DFFF.
    #[error("the text encodes a surrogate (U+D800 to U+DFFF)")]
    Surrogate,
    /// Text with the null character U+0000.
    #[error("the text contains the null character U+0000")]
    NullCharacter,
    /// A packet identifier of zero.
    #[error("the packet identifier is zero")]
    PacketIdZero,
    /// A reason code or return code that this packet does not define.
    #[error("{0} does not define this code")]
    InvalidReasonCode(PacketType),

    // --- topics ---
    /// A topic name with `+` or `#`.
    #[error("a topic name must not contain the wildcards + and #")]
    WildcardInTopicName,
    /// A topic name without a character.
    #[error("a topic name must be at least one character long")]
    EmptyTopicName,
    /// A topic filter without a character.
    #[error("a topic filter must be at least one character long")]
    EmptyTopicFilter,
    /// `#` that is not the last character or not alone in its level.
    #[error("# must be the last character and alone in its level")]
    MisplacedMultiLevelWildcard,
    /// `+` that is not alone in its level.
    #[error("+ must be alone in its level")]
    MisplacedSingleLevelWildcard,
    /// `$share/` with an empty share name.
    #[error("a share name must be at least one character long")]
    EmptyShareName,
    /// `$share/` with a share name that contains `+` or `#`.
    #[error("a share name must not contain the wildcards + and #")]
    WildcardInShareName,
    /// `$share/name` without a topic filter behind it.
    #[error("a shared subscription needs a topic filter after its share name")]
    MissingSharedTopicFilter,
    /// A will topic with `+` or `#`.
    #[error("a will topic must not contain the wildcards + and #")]
    WildcardInWillTopic,
    /// A response topic with `+` or `#`.
    #[error("a response topic must not contain the wildcards + and #")]
    WildcardInResponseTopic,

    // --- CONNECT ---
    /// A protocol name other than the version's own.
    #[error("the protocol name is not the one of this version")]
    ProtocolName,
    /// A protocol level other than the version's own.
    #[error("the protocol level is not the one of this version")]
    ProtocolLevel,
    /// Bit 0 of the connect flags is set.
    #[error("the reserved connect flag is set")]
    ReservedConnectFlag,
    /// Will QoS 3.
    #[error("the will QoS is 3")]
    WillQoS,
    /// A will QoS without a will.
    #[error("a will QoS is given without a will")]
    WillQoSWithoutWill,
    /// Will retain without a will.
    #[error("will retain is set without a will")]
    WillRetainWithoutWill,
    /// A password without a user name, before 5.0.
    #[error("a password is given without a user name")]
    PasswordWithoutUserName,
    /// A client identifier of zero bytes without clean session.
    #[error("an empty client identifier needs clean session")]
    ClientIdRequired,

    // --- CONNACK ---
    /// Bits 7 to 1 of the connect acknowledge flags are not zero.
    #[error("the reserved connect acknowledge flags are not zero")]
    ReservedConnectAcknowledgeFlags,
    /// Session present together with a refusal.
    #[error("session present is set although the connection is refused")]
    SessionPresentOnRefusal,

    // --- PUBLISH ---
    /// QoS 3.
    #[error("the QoS is 3")]
    QoS,
    /// DUP with QoS 0.
    #[error("DUP is set on a QoS 0 message")]
    DupWithoutQoS,
    /// A zero-length topic name without a topic alias.
    #[error("the topic name is empty and there is no topic alias")]
    TopicNameMissing,

    // --- SUBSCRIBE, SUBACK, UNSUBSCRIBE ---
    /// SUBSCRIBE without a topic filter.
    #[error("SUBSCRIBE carries no topic filter")]
    EmptySubscribe,
    /// UNSUBSCRIBE without a topic filter.
    #[error("UNSUBSCRIBE carries no topic filter")]
    EmptyUnsubscribe,
    /// An acknowledgement without a code for any topic filter.
    #[error("{0} carries no code")]
    EmptyAcknowledgement(PacketType),
    /// Reserved bits of the subscription options are set.
    #[error("reserved bits of the subscription options are set")]
    ReservedSubscriptionOptions,
    /// A requested QoS of 3.
    #[error("the requested QoS is 3")]
    RequestedQoS,
    /// Retain handling 3.
    #[error("the retain handling is 3")]
    RetainHandling,
    /// No Local on a shared subscription.
    #[error("No Local is set on a shared subscription")]
    NoLocalOnSharedSubscription,

    // --- properties ---
    /// An identifier that no property has.
    #[error("no property has this identifier")]
    UnknownProperty,
    /// A property in a packet that may not carry it.
    #[error("this packet may not carry this property")]
    PropertyNotAllowed,
    /// A property more than once where it may appear once.
    #[error("the property appears more than once")]
    PropertyRepeated,
    /// A property that may be 0 or 1 has another value.
    #[error("the value must be 0 or 1")]
    PropertyNotBoolean,
    /// A property that must not be zero is zero.
    #[error("the value must not be zero")]
    PropertyZero,
    /// Topic alias 0.
    #[error("a topic alias must not be zero")]
    TopicAliasZero,
    /// Authentication data without an authentication method, or AUTH without one.
    #[error("the authentication method is missing")]
    MissingAuthenticationMethod,

    // --- writing alone ---
    /// A value that this protocol version cannot carry.
    #[error("this protocol version cannot carry it")]
    NotInVersion,
    /// Text or data longer than 65 535 bytes, or a packet longer than 268 435 455.
    #[error("it is longer than its length field can say")]
    TooLong,
    /// QoS 1 or 2 without a packet identifier.
    #[error("QoS 1 and 2 need a packet identifier")]
    MissingPacketId,
    /// QoS 0 with a packet identifier.
    #[error("QoS 0 must not have a packet identifier")]
    PacketIdWithoutQoS,
}

impl Violation {
    /// The 5.0 reason code that names this fault in a DISCONNECT or CONNACK: 0x81 Malformed
    /// Packet, 0x82 Protocol Error, or a more precise one.
    pub const fn reason_code(self) -> u8 {
        match self {
            Self::PacketTooLarge | Self::TooLong => 0x95,
            Self::ProtocolName | Self::ProtocolLevel => 0x84,
            Self::ClientIdRequired => 0x85,
            Self::TopicAliasZero => 0x94,
            Self::EmptySubscribe
            | Self::EmptyUnsubscribe
            | Self::EmptyAcknowledgement(_)
            | Self::RequestedQoS
            | Self::RetainHandling
            | Self::NoLocalOnSharedSubscription
            | Self::PropertyRepeated
            | Self::PropertyNotBoolean
            | Self::PropertyZero
            | Self::MissingAuthenticationMethod
            | Self::TopicNameMissing
            | Self::PacketIdZero
            | Self::SessionPresentOnRefusal
            | Self::NotInVersion
            | Self::MissingPacketId
            | Self::PacketIdWithoutQoS => 0x82,
            _ => 0x81,
        }
    }

    /// The rule in that version's specification: a statement id such as `MQTT-3.3.1-4` where the
    /// rule is numbered, else the section that states it.
    pub const fn statement(self, version: ProtocolVersion) -> &'static str {
        match version {
            ProtocolVersion::V3_1 => self.section_3_1(),
            ProtocolVersion::V3_1_1 => self.statement_3_1_1(),
            ProtocolVersion::V5_0 => self.statement_5_0(),
        }
    }

    const fn section_3_1(self) -> &'static str {
        match self {
            Self::ReservedPacketType
            | Self::ReservedFlags(_)
            | Self::VariableByteIntegerTooLong
            | Self::VariableByteIntegerNotMinimal
            | Self::IncompletePacket
            | Self::BytesAfterPacket
            | Self::MissingData
            | Self::TrailingData
            | Self::QoS
            | Self::DupWithoutQoS
            | Self::PacketTooLarge
            | Self::TooLong => "MQTT 3.1 §2.1",
            Self::IllFormedUtf8 | Self::Surrogate => "MQTT 3.1 §2.5",
            Self::PacketIdZero | Self::MissingPacketId | Self::PacketIdWithoutQoS => {
                "MQTT 3.1 §2.4"
            }
            Self::NullCharacter
            | Self::EmptyTopicName
            | Self::EmptyTopicFilter
            | Self::MisplacedMultiLevelWildcard
            | Self::MisplacedSingleLevelWildcard
            | Self::EmptyShareName
            | Self::WildcardInShareName
            | Self::MissingSharedTopicFilter => "MQTT 3.1 Appendix A",
            Self::WildcardInTopicName | Self::WildcardInResponseTopic | Self::TopicNameMissing => {
                "MQTT 3.1 §3.3"
            }
            Self::ProtocolName
            | Self::ProtocolLevel
            | Self::ReservedConnectFlag
            | Self::WillQoS
            | Self::WillQoSWithoutWill
            | Self::WillRetainWithoutWill
            | Self::PasswordWithoutUserName
            | Self::WildcardInWillTopic
            | Self::ClientIdRequired => "MQTT 3.1 §3.1",
            Self::ReservedConnectAcknowledgeFlags
            | Self::SessionPresentOnRefusal
            | Self::InvalidReasonCode(PacketType::ConnAck) => "MQTT 3.1 §3.2",
            Self::EmptySubscribe
            | Self::RequestedQoS
            | Self::ReservedSubscriptionOptions
            | Self::RetainHandling
            | Self::NoLocalOnSharedSubscription => "MQTT 3.1 §3.8",
            Self::EmptyAcknowledgement(_) | Self::InvalidReasonCode(_) => "MQTT 3.1 §3.9",
            Self::EmptyUnsubscribe => "MQTT 3.1 §3.10",
            Self::UnknownProperty
            | Self::PropertyNotAllowed
            | Self::PropertyRepeated
            | Self::PropertyNotBoolean
            | Self::PropertyZero
            | Self::TopicAliasZero
            | Self::MissingAuthenticationMethod
            | Self::NotInVersion => "MQTT 3.1",
        }
    }

    const fn statement_3_1_1(self) -> &'static str {
        match self {
            Self::ReservedPacketType => "MQTT 3.1.1 §2.2.1",
            Self::ReservedFlags(PacketType::PubRel) => "MQTT-3.6.1-1",
            Self::ReservedFlags(PacketType::Subscribe) => "MQTT-3.8.1-1",
            Self::ReservedFlags(PacketType::Unsubscribe) => "MQTT-3.10.1-1",
            Self::ReservedFlags(PacketType::Disconnect) => "MQTT-3.14.1-1",
            Self::ReservedFlags(_) => "MQTT-2.2.2-1",
            Self::VariableByteIntegerTooLong
            | Self::VariableByteIntegerNotMinimal
            | Self::PacketTooLarge
            | Self::TooLong
            | Self::IncompletePacket
            | Self::BytesAfterPacket
            | Self::MissingData
            | Self::TrailingData => "MQTT 3.1.1 §2.2.3",
            Self::IllFormedUtf8 | Self::Surrogate => "MQTT-1.5.3-1",
            Self::NullCharacter => "MQTT-1.5.3-2",
            Self::PacketIdZero | Self::MissingPacketId => "MQTT-2.3.1-1",
            Self::PacketIdWithoutQoS => "MQTT-2.3.1-5",
            Self::InvalidReasonCode(PacketType::ConnAck) => "MQTT 3.1.1 §3.2.2.3",
            Self::InvalidReasonCode(_) => "MQTT-3.9.3-2",
            Self::WildcardInTopicName | Self::WildcardInResponseTopic => "MQTT-3.3.2-2",
            Self::EmptyTopicName | Self::EmptyTopicFilter | Self::TopicNameMissing => {
                "MQTT-4.7.3-1"
            }
            Self::WildcardInWillTopic => "MQTT-4.7.1-1",
            Self::MisplacedMultiLevelWildcard => "MQTT-4.7.1-2",
            Self::MisplacedSingleLevelWildcard => "MQTT-4.7.1-3",
            Self::ProtocolName => "MQTT-3.1.2-1",
            Self::ProtocolLevel => "MQTT-3.1.2-2",
            Self::ReservedConnectFlag => "MQTT-3.1.2-3",
            Self::WillQoS => "MQTT-3.1.2-14",
            Self::WillQoSWithoutWill => "MQTT-3.1.2-13",
            Self::WillRetainWithoutWill => "MQTT-3.1.2-15",
            Self::PasswordWithoutUserName => "MQTT-3.1.2-22",
            Self::ClientIdRequired => "MQTT-3.1.3-7",
            Self::ReservedConnectAcknowledgeFlags => "MQTT 3.1.1 §3.2.2.1",
            Self::SessionPresentOnRefusal => "MQTT-3.2.2-4",
            Self::QoS => "MQTT-3.3.1-4",
            Self::DupWithoutQoS => "MQTT-3.3.1-2",
            Self::EmptySubscribe => "MQTT-3.8.3-3",
            Self::EmptyUnsubscribe => "MQTT-3.10.3-2",
            Self::EmptyAcknowledgement(_) => "MQTT-3.8.4-5",
            Self::ReservedSubscriptionOptions | Self::RequestedQoS => "MQTT-3.8.3-4",
            Self::EmptyShareName
            | Self::WildcardInShareName
            | Self::MissingSharedTopicFilter
            | Self::RetainHandling
            | Self::NoLocalOnSharedSubscription
            | Self::UnknownProperty
            | Self::PropertyNotAllowed
            | Self::PropertyRepeated
            | Self::PropertyNotBoolean
            | Self::PropertyZero
            | Self::TopicAliasZero
            | Self::MissingAuthenticationMethod
            | Self::NotInVersion => "MQTT 3.1.1",
        }
    }

    const fn statement_5_0(self) -> &'static str {
        match self {
            Self::ReservedPacketType => "MQTT 5.0 §2.1.2",
            Self::ReservedFlags(PacketType::PubRel) => "MQTT-3.6.1-1",
            Self::ReservedFlags(PacketType::Subscribe) => "MQTT-3.8.1-1",
            Self::ReservedFlags(PacketType::Unsubscribe) => "MQTT-3.10.1-1",
            Self::ReservedFlags(PacketType::Disconnect) => "MQTT-3.14.1-1",
            Self::ReservedFlags(PacketType::Auth) => "MQTT-3.15.1-1",
            Self::ReservedFlags(_) => "MQTT-2.1.3-1",
            Self::VariableByteIntegerTooLong => "MQTT 5.0 §1.5.5",
            Self::VariableByteIntegerNotMinimal => "MQTT-1.5.5-1",
            Self::PacketTooLarge => "MQTT 5.0 §3.1.2.11.4",
            Self::TooLong
            | Self::IncompletePacket
            | Self::BytesAfterPacket
            | Self::MissingData
            | Self::TrailingData => "MQTT 5.0 §2.1.4",
            Self::IllFormedUtf8 | Self::Surrogate => "MQTT-1.5.4-1",
            Self::NullCharacter => "MQTT-1.5.4-2",
            Self::PacketIdZero | Self::MissingPacketId => "MQTT-2.2.1-3",
            Self::PacketIdWithoutQoS => "MQTT-2.2.1-2",
            Self::InvalidReasonCode(packet) => match packet {
                PacketType::ConnAck => "MQTT-3.2.2-8",
                PacketType::PubAck => "MQTT-3.4.2-1",
                PacketType::PubRec => "MQTT-3.5.2-1",
                PacketType::PubRel => "MQTT-3.6.2-1",
                PacketType::PubComp => "MQTT-3.7.2-1",
                PacketType::SubAck => "MQTT-3.9.3-2",
                PacketType::UnsubAck => "MQTT-3.11.3-2",
                PacketType::Disconnect => "MQTT-3.14.2-1",
                _ => "MQTT-3.15.2-1",
            },
            Self::WildcardInTopicName => "MQTT-3.3.2-2",
            Self::WildcardInWillTopic => "MQTT-4.7.0-1",
            Self::WildcardInResponseTopic => "MQTT-3.3.2-14",
            Self::EmptyTopicName | Self::EmptyTopicFilter => "MQTT-4.7.3-1",
            Self::MisplacedMultiLevelWildcard => "MQTT-4.7.1-1",
            Self::MisplacedSingleLevelWildcard => "MQTT-4.7.1-2",
            Self::EmptyShareName => "MQTT-4.8.2-1",
            Self::WildcardInShareName | Self::MissingSharedTopicFilter => "MQTT-4.8.2-2",
            Self::ProtocolName => "MQTT-3.1.2-1",
            Self::ProtocolLevel => "MQTT-3.1.2-2",
            Self::ReservedConnectFlag => "MQTT-3.1.2-3",
            Self::WillQoS => "MQTT-3.1.2-12",
            Self::WillQoSWithoutWill => "MQTT-3.1.2-11",
            Self::WillRetainWithoutWill => "MQTT-3.1.2-13",
            Self::PasswordWithoutUserName => "MQTT 5.0 §3.1.2.9",
            Self::ClientIdRequired => "MQTT-3.1.3-8",
            Self::ReservedConnectAcknowledgeFlags => "MQTT-3.2.2-1",
            Self::SessionPresentOnRefusal => "MQTT-3.2.2-6",
            Self::QoS => "MQTT-3.3.1-4",
            Self::DupWithoutQoS => "MQTT-3.3.1-2",
            Self::TopicNameMissing => "MQTT 5.0 §3.3.2.1",
            Self::EmptySubscribe => "MQTT-3.8.3-2",
            Self::EmptyUnsubscribe => "MQTT-3.10.3-2",
            Self::EmptyAcknowledgement(PacketType::UnsubAck) => "MQTT 5.0 §3.11.3",
            Self::EmptyAcknowledgement(_) => "MQTT-3.8.4-6",
            Self::ReservedSubscriptionOptions => "MQTT-3.8.3-5",
            Self::RequestedQoS | Self::RetainHandling => "MQTT 5.0 §3.8.3.1",
            Self::NoLocalOnSharedSubscription => "MQTT-3.8.3-4",
            Self::UnknownProperty
            | Self::PropertyNotAllowed
            | Self::PropertyRepeated
            | Self::PropertyNotBoolean
            | Self::PropertyZero => "MQTT 5.0 §2.2.2.2",
            Self::TopicAliasZero => "MQTT-3.3.2-8",
            Self::MissingAuthenticationMethod => "MQTT 5.0 §4.12",
            Self::NotInVersion => "MQTT 5.0",
        }
    }
}

/// Why bytes are not a packet of that version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{field} at byte {offset}: {kind} ({})", self.statement())]
pub struct DecodeError {
    /// The rule that is broken.
    pub kind: Violation,
    /// Where, in bytes from the first byte of the frame. At most the length of the frame; equal
    /// to it when something is missing at the end.
    pub offset: usize,
    /// The field, in the specification's words.
    pub field: &'static str,
    /// The version by which the packet was read.
    pub version: ProtocolVersion,
}

impl DecodeError {
    /// The broken rule in the specification of the version by which the packet was read.
    pub const fn statement(&self) -> &'static str {
        self.kind.statement(self.version)
    }

    /// The 5.0 reason code for this fault.
    pub const fn reason_code(&self) -> u8 {
        self.kind.reason_code()
    }
}

/// Why a packet cannot be written in that version. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{field}: {kind}")]
pub struct EncodeError {
    /// The rule that the packet would break.
    pub kind: Violation,
    /// The field, in the specification's words.
    pub field: &'static str,
}

//! What a caller asked for and cannot have, and what a server did that it must not.

use thiserror::Error;

use crate::mqtt::{DecodeError, EncodeError, PacketType, QoS, ReasonCode, TopicError};

/// A request to the session that it refuses. Nothing was sent and nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Needs a connection that CONNACK has accepted. Messages of QoS 1 and 2 and subscriptions
    /// do not: they wait.
    #[error("there is no connection; a QoS 0 message is not kept for later")]
    NotConnected,
    /// Cannot be changed while a link is open.
    #[error("the link is open; close it first")]
    LinkOpen,
    /// Topic name that no PUBLISH may carry.
    #[error("topic name {name:?}: {source}")]
    TopicName {
        /// The name.
        name: String,
        /// The rule.
        source: TopicError,
    },
    /// Topic filter that no SUBSCRIBE may carry.
    #[error("topic filter {filter:?}: {source}")]
    TopicFilter {
        /// The filter.
        filter: String,
        /// The rule.
        source: TopicError,
    },
    /// A field that its packet cannot carry.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// Too many messages, or too many bytes, wait for the server.
    #[error("the queue is full: {messages} messages with {bytes} bytes wait")]
    QueueFull {
        /// Messages kept.
        messages: usize,
        /// Their topic and payload bytes.
        bytes: usize,
    },
    /// The network does not take what it was given, and a message of QoS 0 is kept nowhere else.
    #[error("the network has not taken {bytes} bytes yet; a QoS 0 message is not kept for later")]
    LinkFull {
        /// Bytes that wait.
        bytes: usize,
    },
    /// All 65 535 packet identifiers are in use.
    #[error("all 65535 packet identifiers are in use")]
    NoPacketId,
    /// Larger than the server's maximum packet size [MQTT-3.2.2-15].
    #[error("the packet has {size} bytes; the server accepts {limit}")]
    PacketTooLarge {
        /// The packet's size.
        size: usize,
        /// The server's bound.
        limit: u32,
    },
    /// Above the server's maximum QoS [MQTT-3.2.2-11].
    #[error("QoS {} is above the server's maximum, {}", .asked.bits(), .maximum.bits())]
    QoSNotSupported {
        /// The QoS asked for.
        asked: QoS,
        /// The server's maximum.
        maximum: QoS,
    },
    /// The server said that it does not have this.
    #[error("the server does not support {0}")]
    NotSupported(Feature),
    /// DISCONNECT would give the session an expiry interval that CONNECT had as 0 (5.0 §3.14.2.2.2).
    #[error("a session expiry interval of 0 in CONNECT cannot be raised in DISCONNECT")]
    SessionExpiryRaised,
    /// There is nothing to subscribe to or unsubscribe from.
    #[error("no topic filter was given")]
    NoFilter,
    /// The protocol version has no such thing.
    #[error("this protocol version has no {0}")]
    NotInVersion(Feature),
}

/// Something that a 5.0 server may do without, or that exists in 5.0 alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Retained messages.
    Retain,
    /// Wildcards in topic filters.
    WildcardSubscription,
    /// `$share` filters.
    SharedSubscription,
    /// Subscription identifiers.
    SubscriptionIdentifier,
    /// AUTH.
    EnhancedAuthentication,
}

impl core::fmt::Display for Feature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Retain => "retained messages",
            Self::WildcardSubscription => "wildcard subscriptions",
            Self::SharedSubscription => "shared subscriptions",
            Self::SubscriptionIdentifier => "subscription identifiers",
            Self::EnhancedAuthentication => "enhanced authentication",
        })
    }
}

/// What a server did that can be read but is not allowed there. The connection is ended, with
/// [`ProtocolViolation::reason_code`] in DISCONNECT where the version has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolViolation {
    /// A packet other than CONNACK (or AUTH) before CONNACK [MQTT-3.2.0-1].
    #[error("{} arrived before CONNACK", .0.name())]
    BeforeConnAck(PacketType),
    /// A packet that only a client sends, or a second CONNACK.
    #[error("{} is not for a server to send here", .0.name())]
    Unexpected(PacketType),
    /// Session present after a clean start [MQTT-3.2.2-2].
    #[error("session present is set, although a clean start was asked for")]
    SessionPresentAfterCleanStart,
    /// Session present, and this client has no such session [MQTT-3.2.2-4].
    #[error("the server remembers a session that this client does not have")]
    UnknownSession,
    /// An acknowledgement of the other QoS than the message has.
    #[error("{} for packet identifier {packet_id}, whose flow is elsewhere", .packet.name())]
    WrongAcknowledgement {
        /// The acknowledgement.
        packet: PacketType,
        /// Its packet identifier.
        packet_id: u16,
    },
    /// SUBACK or UNSUBACK whose number of codes is not the number of filters [MQTT-3.8.4-6].
    #[error("{} carries {found} codes for {expected} filters", .packet.name())]
    CodeCount {
        /// The acknowledgement.
        packet: PacketType,
        /// Filters asked for.
        expected: usize,
        /// Codes received.
        found: usize,
    },
    /// More QoS 1 and 2 messages unacknowledged than the receive maximum [MQTT-3.3.4-9].
    #[error("more than {maximum} messages are unacknowledged")]
    ReceiveMaximumExceeded {
        /// The bound that CONNECT gave.
        maximum: u16,
    },
    /// A topic alias larger than the bound that CONNECT gave [MQTT-3.1.2-26].
    #[error("topic alias {alias} is above the maximum, {maximum}")]
    TopicAliasTooLarge {
        /// The alias.
        alias: u16,
        /// The bound.
        maximum: u16,
    },
    /// A topic alias without a topic name that was never introduced.
    #[error("topic alias {alias} was never introduced")]
    TopicAliasUnknown {
        /// The alias.
        alias: u16,
    },
    /// A reason string or a user property where CONNECT asked for none [MQTT-3.1.2-29].
    #[error("{} carries problem information, although CONNECT asked for none", .0.name())]
    UnwantedProblemInformation(PacketType),
    /// AUTH, although no authentication is under way, or AUTH or CONNACK with another method than
    /// CONNECT [MQTT-4.12.0-5], [MQTT-4.12.0-6].
    #[error("the authentication method is not the one that was asked for")]
    UnexpectedAuthentication,
}

impl ProtocolViolation {
    /// The reason code that DISCONNECT gives for it in 5.0.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::ReceiveMaximumExceeded { .. } => ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            Self::TopicAliasTooLarge { .. } => ReasonCode::TOPIC_ALIAS_INVALID,
            _ => ReasonCode::PROTOCOL_ERROR,
        }
    }

    /// The statement of the 5.0 specification that is broken.
    pub const fn statement(self) -> &'static str {
        match self {
            Self::BeforeConnAck(_) => "MQTT-3.2.0-1",
            Self::Unexpected(_) => "MQTT-4.13.1-1",
            Self::SessionPresentAfterCleanStart => "MQTT-3.2.2-2",
            Self::UnknownSession => "MQTT-3.2.2-4",
            Self::WrongAcknowledgement { .. } => "MQTT-4.3.3-1",
            Self::CodeCount { .. } => "MQTT-3.8.4-6",
            Self::ReceiveMaximumExceeded { .. } => "MQTT-3.3.4-9",
            Self::TopicAliasTooLarge { .. } => "MQTT-3.1.2-26",
            Self::TopicAliasUnknown { .. } => "MQTT 5.0 §3.3.2.3.4",
            Self::UnwantedProblemInformation(_) => "MQTT-3.1.2-29",
            Self::UnexpectedAuthentication => "MQTT-4.12.0-5",
        }
    }
}

/// What a server sent that ends the connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PeerFault {
    /// Bytes that are no control packet.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// A packet that is not allowed there.
    #[error(transparent)]
    Protocol(#[from] ProtocolViolation),
}

//! What happened, in order: every control packet in both directions, and what it means.

use core::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::error::{ProtocolViolation, SessionError};
use super::message::{Publication, Reason, UserProperty};
use crate::mqtt::{DecodeError, PacketId, PacketType, QoS, ReasonCode};

/// Names one message given to [`super::Session::publish`], for as long as the session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublishToken(pub u64);

/// Something that happened. A packet's [`Event::Sent`] or [`Event::Received`] always comes before
/// what it means, so a log made from these two alone is in the order of cause and effect.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// One whole control packet was handed to [`super::Session::poll_transmit`].
    Sent(Bytes),
    /// One whole control packet arrived.
    Received(Bytes),
    /// What arrived is no control packet. [`Event::Ended`] follows.
    Malformed {
        /// The bytes from the bad packet's first byte to its end, or to the end of what had
        /// arrived.
        bytes: Bytes,
        /// The fault; its offset counts from the first of `bytes`.
        error: DecodeError,
    },
    /// Bytes that arrived behind the packet that ended the connection, and were not read.
    Unread(Bytes),
    /// CONNACK accepted the connection.
    Connected(Box<Connected>),
    /// The server has forgotten the session, so its part of the state is gone. Subscriptions
    /// are sent again by themselves; what becomes of messages follows as
    /// [`Event::PublishAbandoned`] or as sending anew.
    SessionLost {
        /// Messages of QoS 1 in flight that are published anew, with a new packet identifier.
        republished: usize,
    },
    /// An application message arrived. For QoS 1 and 2 the acknowledgement is already sent.
    Message(Box<Message>),
    /// A QoS 2 message arrived again and was acknowledged, not delivered.
    DuplicateSuppressed {
        /// Its packet identifier.
        packet_id: PacketId,
    },
    /// PUBREC: the server has the QoS 2 message, and the last half of the flow is under way.
    PublishReceived {
        /// Which message.
        token: PublishToken,
        /// Its packet identifier.
        packet_id: PacketId,
    },
    /// The flow of a QoS 1 or 2 message has ended at the server: PUBACK, PUBCOMP, or a refusing
    /// PUBREC. The reason tells whether it was accepted.
    PublishAcknowledged {
        /// Which message.
        token: PublishToken,
        /// Its packet identifier, free again.
        packet_id: PacketId,
        /// Since the message was last sent.
        latency: Duration,
        /// Reason code, reason string and user properties.
        reason: Reason,
    },
    /// The session gave a QoS 1 or 2 message up.
    PublishAbandoned {
        /// Which message.
        token: PublishToken,
        /// Why.
        cause: Abandonment,
    },
    /// SUBACK.
    SubscribeAcknowledged {
        /// Packet identifier of both packets.
        packet_id: PacketId,
        /// Since SUBSCRIBE.
        latency: Duration,
        /// Each filter with what was granted, in the order of SUBSCRIBE.
        results: Vec<SubscribeResult>,
        /// Reason string.
        reason_string: Option<String>,
        /// User properties.
        user_properties: Vec<UserProperty>,
    },
    /// UNSUBACK.
    UnsubscribeAcknowledged {
        /// Packet identifier of both packets.
        packet_id: PacketId,
        /// Since UNSUBSCRIBE.
        latency: Duration,
        /// Each filter with its reason code; below 5.0 always Success.
        results: Vec<(String, ReasonCode)>,
        /// Reason string.
        reason_string: Option<String>,
        /// User properties.
        user_properties: Vec<UserProperty>,
    },
    /// PINGRESP.
    PingAnswered {
        /// Since PINGREQ.
        rtt: Duration,
    },
    /// An acknowledgement that belongs to nothing in flight; harmless, and a sign of a server
    /// that lost its memory.
    StrayAcknowledgement {
        /// Its packet type.
        packet: PacketType,
        /// Its packet identifier.
        packet_id: PacketId,
    },
    /// The timer came so late that the machine must have slept, or the page was stopped.
    Woke {
        /// How late.
        late_by: Duration,
    },
    /// AUTH accepted a re-authentication.
    Reauthenticated,
    /// The session is done with the link: send what is left to transmit, then close it. Comes
    /// exactly once per link.
    Ended(Box<Ended>),
}

/// CONNACK, with what the server allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Session Present flag.
    pub session_present: bool,
    /// The client identifier in use, whether given or assigned.
    pub client_id: String,
    /// Whether the server assigned it.
    pub client_id_assigned: bool,
    /// Keep alive in seconds that holds now; 0 is off.
    pub keep_alive_secs: u16,
    /// Whether the server demanded that keep alive.
    pub keep_alive_from_server: bool,
    /// What the server allows.
    pub server: ServerLimits,
    /// Seconds that the server keeps the session after the connection.
    pub session_expiry_secs: u32,
    /// Response information.
    pub response_information: Option<String>,
    /// Server reference.
    pub server_reference: Option<String>,
    /// Reason string.
    pub reason_string: Option<String>,
    /// User properties.
    pub user_properties: Vec<UserProperty>,
    /// Since CONNECT.
    pub latency: Duration,
}

/// What a server allows on this connection. The defaults are what CONNACK means when it is
/// silent, and so what holds for 3.x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// PUBLISH packets of QoS 1 and 2 that may be unacknowledged.
    pub receive_maximum: u16,
    /// Highest QoS to publish with.
    pub maximum_qos: QoS,
    /// Whether RETAIN may be set.
    pub retain_available: bool,
    /// Largest packet, in bytes; `None` without a bound.
    pub maximum_packet_size: Option<u32>,
    /// Largest topic alias; 0 for none.
    pub topic_alias_maximum: u16,
    /// Whether filters may have wildcards.
    pub wildcard_subscription_available: bool,
    /// Whether subscriptions may have identifiers.
    pub subscription_identifier_available: bool,
    /// Whether subscriptions may be shared.
    pub shared_subscription_available: bool,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            receive_maximum: u16::MAX,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            maximum_packet_size: None,
            topic_alias_maximum: 0,
            wildcard_subscription_available: true,
            subscription_identifier_available: true,
            shared_subscription_available: true,
        }
    }
}

/// An application message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The message; its topic name is resolved if it came as an alias.
    pub publication: Publication,
    /// DUP flag.
    pub dup: bool,
    /// Packet identifier, for QoS 1 and 2.
    pub packet_id: Option<PacketId>,
    /// Topic alias, if one was used.
    pub topic_alias: Option<u16>,
}

/// How the client ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Why. Below 5.0 a code other than Normal disconnection can only be told by leaving DISCONNECT
    /// out, which makes the server publish the will.
    pub code: ReasonCode,
    /// Seconds that a 5.0 server keeps the session, in place of what CONNECT said.
    pub session_expiry_secs: Option<u32>,
}

/// What SUBACK said about one filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeResult {
    /// The filter.
    pub filter: String,
    /// The QoS granted, or the code of the refusal: 0x80 below 5.0.
    pub granted: Result<QoS, ReasonCode>,
}

/// Why a message was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Abandonment {
    /// Its message expiry interval passed before it could be sent.
    Expired,
    /// It was sent with QoS 2 and not acknowledged when the server forgot the session. The
    /// server may or may not have it; sending it again could deliver it twice.
    Unknown,
    /// It waited for a connection, and the server that came does not allow it.
    NotAllowed(SessionError),
}

/// How a link ended for the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Why.
    pub ending: Ending,
    /// Since the link opened.
    pub after: Duration,
    /// How far it had come.
    pub stage: LinkStage,
    /// Whether anything was done on it: a message, or the acknowledgement of one, had come.
    pub delivered: bool,
}

/// How far a link had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LinkStage {
    /// CONNECT was sent, no CONNACK came.
    Handshake,
    /// CONNACK had accepted the connection.
    Connected,
}

/// Why the session is done with a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// [`super::Session::disconnect`] was called.
    Requested,
    /// The link was closed under the session.
    LinkClosed,
    /// CONNACK refused the connection.
    Refused(Box<Refusal>),
    /// CONNACK, or the next AUTH, did not come in time.
    ConnAckTimeout,
    /// Nothing came back after PINGREQ.
    KeepAliveLost {
        /// Since anything was received.
        silent_for: Duration,
    },
    /// What arrived is no control packet; see [`Event::Malformed`].
    Malformed(DecodeError),
    /// A packet arrived that is not allowed there.
    ProtocolError(ProtocolViolation),
    /// DISCONNECT from the server.
    ServerDisconnected {
        /// Its reason.
        reason: Reason,
        /// Another server to use.
        server_reference: Option<String>,
    },
    /// The authentication exchange failed on this side, such as a server that could not prove
    /// that it knows the password.
    AuthenticationFailed(super::auth::AuthenticationError),
    /// CONNECT cannot be encoded as configured.
    BadConfig(SessionError),
}

/// A CONNACK that refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Return code (3.x) or reason code (5.0) as it was on the wire.
    pub code: ReasonCode,
    /// Reason string and user properties; its code is the 5.0 equivalent of `code`.
    pub reason: Reason,
    /// Another server to use.
    pub server_reference: Option<String>,
    /// Since CONNECT.
    pub latency: Duration,
}

//! The connection and the subscriptions, as the page shows them.

use super::{Finding, FrameId, ProtocolVersion, QoS, Text, UnixMillis};
use serde::{Deserialize, Serialize};

/// The connection as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Where it stands.
    pub state: ConnectionState,
    /// When it came to stand there.
    pub since: UnixMillis,
    /// Why the last attempt or connection ended, until the next succeeds.
    pub failure: Option<Failure>,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectionState {
    /// No link.
    Offline,
    /// The link is being opened.
    Opening,
    /// CONNECT is sent, CONNACK awaited.
    Handshake,
    /// CONNACK accepted the connection.
    Connected {
        /// Session Present flag.
        session_present: bool,
    },
    /// DISCONNECT is sent, the link is closing.
    Closing,
}

/// Why a connection could not be made or ended, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class.
    pub class: FailureClass,
    /// Whether the class is certain, or the likeliest where a browser hides the cause.
    pub certain: bool,
    /// What happened.
    pub what: Text,
    /// What to do next.
    pub next: Text,
    /// WebSocket close code, if the socket was closed.
    pub close_code: Option<u16>,
    /// WebSocket close reason as received.
    pub close_reason: String,
    /// Milliseconds from the start of the attempt, or of the connection, to its end.
    pub after_ms: u64,
    /// The row that shows it, if a frame does.
    pub frame: Option<FrameId>,
}

/// Classes of connection failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureClass {
    /// The URL is not a `ws://` or `wss://` URL that a browser opens.
    BadUrl,
    /// `ws://` from a page loaded over https.
    MixedContent,
    /// A setting cannot be put into CONNECT.
    BadSettings,
    /// The socket could not be opened: address, port, certificate, path or sub-protocol.
    NotOpened,
    /// The server did not choose sub-protocol `mqtt`.
    SubProtocol,
    /// The socket opened, and nothing came back to CONNECT.
    Silent,
    /// The socket was closed after CONNECT without a CONNACK.
    ClosedBeforeConnAck,
    /// CONNACK refused the connection.
    Refused,
    /// The server sent something that is no MQTT packet.
    Malformed,
    /// The server sent a packet that is not allowed there.
    ProtocolError,
    /// The server sent a text message.
    TextMessage,
    /// No answer to PINGREQ.
    KeepAlive,
    /// The server closed the connection.
    ClosedByServer,
    /// The link was lost.
    Lost,
}

/// What goes into CONNECT, with the user's settings over the platform's rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanView {
    /// The URL that will be opened; empty when there is none yet.
    pub url: String,
    /// Protocol version.
    pub version: Option<ProtocolVersion>,
    /// Client identifier.
    pub client_id: String,
    /// User name.
    pub user_name: Option<String>,
    /// Whether there is a password. The password itself never comes back over the seam.
    pub password: bool,
    /// Keep alive in seconds.
    pub keep_alive_secs: u16,
    /// Clean session.
    pub clean_session: bool,
    /// Topic filters that are subscribed to by themselves.
    pub subscriptions: Vec<(String, QoS)>,
    /// Remarks.
    pub findings: Vec<Finding>,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// Topic filter.
    pub filter: String,
    /// QoS asked for.
    pub qos: QoS,
    /// Subscribed to by itself, because the platform wants it.
    pub automatic: bool,
    /// Where it stands.
    pub state: SubscriptionState,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// Not connected.
    Wanted,
    /// SUBSCRIBE is sent.
    Pending,
    /// SUBACK granted this QoS.
    Granted(QoS),
    /// SUBACK refused it, with this code.
    Refused(u8),
}

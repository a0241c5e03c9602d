//! The connection and the subscriptions, as the page shows them.

use super::{Cause, Finding, FrameId, ProtocolVersion, QoS, ServerFact, Text, UnixMillis};
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
    /// Why the console, which had been connected, does not connect again by itself.
    pub stopped: Option<Text>,
    /// What the server said when it accepted the connection, beyond what every server says.
    pub server: Vec<ServerFact>,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectionState {
    /// No link.
    Offline,
    /// No link; the next attempt is made by itself, or at once upon
    /// [`DeviceCommand::Connect`](super::DeviceCommand::Connect).
    Waiting {
        /// When the next attempt is made.
        until: UnixMillis,
        /// Attempts that failed since the last connection that held.
        attempt: u32,
    },
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
    /// When it happened, which tells it from the same failure again.
    pub at: UnixMillis,
    /// The class of the cause, the likeliest one where it is not certain.
    pub cause: Cause,
    /// Whether nothing else fits what could be seen; a browser hides much.
    pub certain: bool,
    /// What happened, as far as it is certain; where a connection ended and that may have several
    /// causes, the likeliest.
    pub what: Text,
    /// What to do next.
    pub next: Text,
    /// What else would look the same, or, where no socket opened, every cause that would: the
    /// likeliest first.
    pub also: Vec<Text>,
    /// What in this CONNECT breaks the platform's rules.
    pub findings: Vec<Finding>,
    /// How to reach a server that offers MQTT over TCP alone.
    pub relay: Option<Relay>,
    /// WebSocket close code, if the socket was closed.
    pub close_code: Option<u16>,
    /// WebSocket close reason as received.
    pub close_reason: String,
    /// How far the attempt had come.
    pub stage: FailureStage,
    /// Milliseconds: from the start of the attempt if the socket never opened, else since it
    /// opened.
    pub after_ms: u64,
    /// The row that shows it, if a frame does.
    pub frame: Option<FrameId>,
}

/// How far an attempt had come when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureStage {
    /// Nothing was tried.
    NotTried,
    /// The socket had not opened.
    Opening,
    /// The socket was open, CONNACK had not accepted the connection.
    Handshake,
    /// The connection was there.
    Connected,
}

/// The recipe for a relay from WebSocket to TCP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// The command that starts it on the user's machine.
    pub command: String,
    /// The URL to connect to then.
    pub url: String,
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
    /// What the platform says about it.
    pub findings: Vec<Finding>,
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

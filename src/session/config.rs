//! What a session is told before it connects: everything that goes into CONNECT, and its own
//! limits. Plain data, stored with a profile; secrets never show in `Debug`.

use core::fmt;
use core::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::message::{PublishProperties, UserProperty};
use crate::mqtt::{ProtocolVersion, QoS};

/// Bytes that must not be shown: a password, an authentication key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(Bytes);

impl Secret {
    /// Keeps `bytes` out of `Debug`, logs and errors.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The secret itself, for the one place that needs it.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

/// What CONNECT carries, and how the session behaves around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Protocol version.
    pub version: ProtocolVersion,
    /// Client identifier; empty asks the server to assign one (3.1.1 and 5.0).
    pub client_id: String,
    /// User name.
    pub user_name: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// Keep alive in seconds; 0 turns it off. A 5.0 server may replace it.
    pub keep_alive_secs: u16,
    /// Clean session (3.x) or clean start (5.0). It holds for the first connection of a session;
    /// with it set, every reconnect starts clean as well.
    pub clean_start: bool,
    /// Will message.
    pub will: Option<Will>,
    /// How long CONNACK, or the next AUTH, may take after the link opened.
    pub connect_timeout: Duration,
    /// How long the server may stay silent after PINGREQ before the connection counts as dead.
    pub ping_timeout: Duration,
    /// Continue when the server remembers a session that this client does not know. 3.1.1 leaves
    /// it to the client; 5.0 says that the client must close [MQTT-3.2.2-4], so there this is a
    /// conscious deviation.
    pub adopt_unknown_session: bool,
    /// The session's own bounds.
    pub limits: Limits,
    /// Properties of a 5.0 CONNECT; ignored below.
    pub properties: ConnectProperties,
}

impl Config {
    /// A configuration with the console's defaults.
    pub fn new(version: ProtocolVersion, client_id: impl Into<String>) -> Self {
        Self {
            version,
            client_id: client_id.into(),
            user_name: None,
            password: None,
            keep_alive_secs: 60,
            clean_start: true,
            will: None,
            connect_timeout: Duration::from_secs(10),
            ping_timeout: Duration::from_secs(10),
            adopt_unknown_session: version < ProtocolVersion::V5_0,
            limits: Limits::default(),
            properties: ConnectProperties::default(),
        }
    }

    /// The keep-alive interval that CONNECT asks for; `None` when it is off.
    pub(super) fn keep_alive(&self) -> Option<Duration> {
        keep_alive_interval(self.keep_alive_secs)
    }

    /// The largest packet that the session accepts, in bytes with the fixed header.
    pub(super) fn receive_packet_limit(&self) -> u32 {
        match self.properties.maximum_packet_size {
            Some(announced) if self.version == ProtocolVersion::V5_0 => {
                announced.min(self.limits.receive_packet)
            }
            _ => self.limits.receive_packet,
        }
    }
}

/// The interval for a keep alive of `secs` seconds; `None` for 0, which turns it off.
pub(super) fn keep_alive_interval(secs: u16) -> Option<Duration> {
    (secs != 0).then(|| Duration::from_secs(u64::from(secs)))
}

/// Bounds that the session sets itself, whatever the server allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest packet accepted, in bytes with the fixed header. A bigger one ends the connection
    /// before it is read.
    pub receive_packet: u32,
    /// PUBLISH packets of QoS 1 and 2 that may wait for an acknowledgement at one time, 1 to
    /// 65 535; a 5.0 server's receive maximum can lower it. 3.x servers have a bound, too, and no
    /// way to say so: Mosquitto 2.0 as it comes closes the connection over the 21st QoS 2 message
    /// that is sent again after its restart, each time anew.
    pub in_flight: u16,
    /// Messages of QoS 1 and 2 kept, in flight and queued together.
    pub queued_messages: usize,
    /// Topic and payload bytes of those messages together.
    pub queued_bytes: usize,
    /// Bytes that the link may have been given and not passed on, above which messages of QoS 0 are
    /// refused.
    pub backlog_bytes: usize,
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE.
    pub filters_per_packet: usize,
    /// Topic aliases that the session uses towards a 5.0 server that allows them; 0 for none.
    pub topic_aliases: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            receive_packet: 16 << 20,
            in_flight: 20,
            queued_messages: 10_000,
            queued_bytes: 32 << 20,
            backlog_bytes: 4 << 20,
            filters_per_packet: 16,
            topic_aliases: 0,
        }
    }
}

/// The will message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Will {
    /// Will topic.
    pub topic: String,
    /// Will payload.
    pub payload: Bytes,
    /// Will QoS.
    pub qos: QoS,
    /// Will retain.
    pub retain: bool,
    /// 5.0: seconds between the end of the connection and the will.
    pub delay_secs: Option<u32>,
    /// 5.0: the will's properties; subscription identifiers and topic alias have no place here.
    pub properties: PublishProperties,
}

impl Will {
    /// A will without properties.
    pub fn new(topic: impl Into<String>, payload: impl Into<Bytes>, qos: QoS) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain: false,
            delay_secs: None,
            properties: PublishProperties::default(),
        }
    }
}

/// Properties of a 5.0 CONNECT. `None` leaves a property out, which means the default that the
/// specification gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectProperties {
    /// Seconds that the server keeps the session after the connection ended.
    pub session_expiry_secs: Option<u32>,
    /// PUBLISH packets of QoS 1 and 2 that the server may send unacknowledged; not 0.
    pub receive_maximum: Option<u16>,
    /// Largest packet that the server may send; not 0.
    pub maximum_packet_size: Option<u32>,
    /// Largest topic alias that the server may use.
    pub topic_alias_maximum: Option<u16>,
    /// Ask for response information in CONNACK.
    pub request_response_information: bool,
    /// Whether the server may give reason strings and user properties on failures.
    pub request_problem_information: Option<bool>,
    /// User properties, in order.
    pub user_properties: Vec<UserProperty>,
}

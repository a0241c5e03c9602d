//! What MQTT 5.0 adds to a connection, and what a server said about one.

use super::{PublishProperties, Text};
use serde::{Deserialize, Serialize};

/// Settings of a connection that only MQTT 5.0 has; with another version they rest. What is absent
/// is left out of CONNECT, which means the default that the specification gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mqtt5Settings {
    /// Seconds that the server keeps the session after the connection; 4 294 967 295 for ever.
    pub session_expiry_secs: Option<u32>,
    /// PUBLISH packets of QoS 1 and 2 that the server may send unacknowledged; not 0.
    pub receive_maximum: Option<u16>,
    /// Largest packet that the server may send, in bytes; not 0.
    pub maximum_packet_size: Option<u32>,
    /// Largest topic alias that the server may use.
    pub topic_alias_maximum: Option<u16>,
    /// Topic aliases that the console uses, where the server allows them; 0 for none.
    pub topic_aliases: u16,
    /// Ask for response information in CONNACK.
    pub request_response_information: bool,
    /// Whether the server may give reason strings and user properties on failures.
    pub request_problem_information: Option<bool>,
    /// User properties of CONNECT, in order.
    pub user_properties: Vec<(String, String)>,
    /// Seconds between the end of the connection and the will.
    pub will_delay_secs: Option<u32>,
    /// Properties of the will message.
    pub will_properties: PublishProperties,
    /// End the connection so that the server publishes the will (reason code 0x04).
    pub disconnect_with_will: bool,
    /// Seconds that the server keeps the session, said anew in DISCONNECT. Where CONNECT said 0 or
    /// nothing it cannot be raised (5.0 §3.14.2.2.2).
    pub disconnect_session_expiry_secs: Option<u32>,
    /// Prove the password by SCRAM-SHA-256 and leave it out of CONNECT.
    pub scram: bool,
}

/// One thing that a server said in CONNACK.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFact {
    /// What it is about.
    pub label: Text,
    /// What it said.
    pub value: String,
}

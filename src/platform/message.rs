//! The neutral model: what every dialect turns its own messages into.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Finding, FormValues, Role, Text};
use crate::mqtt::{Field, ProtocolVersion, QoS};

/// One application message as it goes into, or came out of, a PUBLISH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Topic name.
    pub topic: String,
    /// Payload, byte for byte.
    pub payload: Bytes,
    /// QoS level.
    pub qos: QoS,
    /// RETAIN flag.
    pub retain: bool,
}

/// What goes with a PUBLISH beside topic and payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishOptions {
    /// Protocol version of the connection.
    pub version: ProtocolVersion,
    /// User properties, 5.0.
    pub user_properties: Vec<(String, String)>,
    /// Response topic, 5.0.
    pub response_topic: Option<String>,
    /// Correlation data, 5.0.
    pub correlation_data: Option<Bytes>,
    /// Topic alias, 5.0.
    pub topic_alias: Option<u16>,
}

impl PublishOptions {
    /// Nothing but the version.
    pub const fn plain(version: ProtocolVersion) -> Self {
        Self {
            version,
            user_properties: Vec::new(),
            response_topic: None,
            correlation_data: None,
            topic_alias: None,
        }
    }
}

/// A form turned into a message, with what linting says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// The message; `None` when what was typed cannot be turned into one.
    pub publication: Option<Publication>,
    /// Remarks, on form fields as well as on the result.
    pub findings: Vec<Finding>,
}

/// What ties a request to its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Correlation {
    /// Requests and answers of one family use one set of ids, such as a pair of topics.
    pub family: Cow<'static, str>,
    /// The platform's own id as text; `None` where the platform has none, and the oldest open
    /// request of the family is assumed.
    pub id: Option<String>,
}

/// How a round trip ended, in the platform's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it went well.
    pub success: bool,
    /// Accepted for now: another answer with the same correlation follows.
    pub interim: bool,
    /// The code as printed, such as `2001`; empty where there is none.
    pub code: String,
    /// The platform's name of the code; empty where there is none.
    pub name: String,
    /// Meaning and next step.
    pub advice: Text,
}

/// A number found in a message, for charts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The stream, property or capability it belongs to.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// What a dialect reads in a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The [`super::MessageKind::key`]; `None` when it is no message of this platform.
    pub kind: Option<Cow<'static, str>>,
    /// One line for the log, such as `report temperature`.
    pub summary: Text,
    /// Its place in a round trip, as far as this message tells.
    pub role: Role,
    /// What ties it to its other half.
    pub correlation: Option<Correlation>,
    /// For a response, how it went.
    pub outcome: Option<Outcome>,
    /// The correlation id as the payload prints it, where an answer repeats it so.
    pub printed_id: Option<String>,
    /// Whether an answer can be sent; a message without a correlation id gets none.
    pub answerable: bool,
    /// Members worth naming, as text, in order: container, resource id, method …
    pub members: Vec<(Cow<'static, str>, String)>,
    /// Numbers in it.
    pub samples: Vec<Sample>,
    /// Remarks of linting on arrival.
    pub findings: Vec<Finding>,
    /// Spans over the payload, offsets from the payload's first byte, where they are listed.
    pub fields: Vec<Field>,
}

/// Numbers that the composer may need, drawn by the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Wall clock and monotonic clock.
    pub now: crate::time::Now,
    /// Counts up with every message of the device: request ids come from it.
    pub sequence: u64,
    /// 64 random bits.
    pub random: u64,
}

/// One step of computing credentials, for the workbench.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningStep {
    /// What this step makes.
    pub label: Text,
    /// The result.
    pub value: String,
    /// Whether the value is to be masked.
    pub secret: bool,
}

/// What to put into CONNECT, and what to subscribe to once connected.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectPlan {
    /// Endpoint for a browser, where the platform's documents give one.
    pub url: Option<String>,
    /// WebSocket sub-protocol.
    pub sub_protocol: Cow<'static, str>,
    /// Protocol version.
    pub version: ProtocolVersion,
    /// Client identifier.
    pub client_id: String,
    /// What names the session where the client identifier does not, since it changes with the time
    /// of connecting: what of the identity is in it and stays. `None` where it stays whole.
    pub session_id: Option<String>,
    /// User name.
    pub user_name: Option<String>,
    /// Password.
    pub password: Option<Bytes>,
    /// Keep alive in seconds.
    pub keep_alive_secs: u16,
    /// Clean session.
    pub clean_session: bool,
    /// Topic filters to subscribe to, with the QoS to ask for.
    pub subscriptions: Vec<(String, QoS)>,
    /// How the credentials came about.
    pub steps: Vec<SigningStep>,
    /// Remarks.
    pub findings: Vec<Finding>,
}

impl core::fmt::Debug for ConnectPlan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ConnectPlan")
            .field("url", &self.url)
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field("password", &self.password.as_ref().map(|_| "(redacted)"))
            .field("keep_alive_secs", &self.keep_alive_secs)
            .field("subscriptions", &self.subscriptions)
            .finish_non_exhaustive()
    }
}

/// The device as one dialect sees it: its identity form, filled in.
pub type Identity = FormValues;

impl Composed {
    /// Nothing can be made of the form, for these reasons.
    pub fn refused(findings: Vec<Finding>) -> Self {
        Self {
            publication: None,
            findings,
        }
    }
}

impl Reading {
    /// A reading that says nothing yet but its summary.
    pub fn new(kind: Option<&'static str>, summary: Text, role: Role) -> Self {
        Self {
            kind: kind.map(Cow::Borrowed),
            summary,
            role,
            correlation: None,
            outcome: None,
            printed_id: None,
            answerable: false,
            members: Vec::new(),
            samples: Vec::new(),
            findings: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Names a member.
    pub(crate) fn name_member(&mut self, key: &'static str, value: impl Into<String>) {
        self.members.push((Cow::Borrowed(key), value.into()));
    }

    /// The first member of that name.
    pub fn member(&self, key: &str) -> Option<&str> {
        self.members
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}

//! A device as the user set it up.

use super::{
    AnswerRule, DialectId, Finding, FormField, FormValues, Input, Mqtt5Settings, Place,
    ProtocolVersion, QoS,
};
use crate::platform::unanswered;
use serde::{Deserialize, Serialize};

/// A device as the user set it up.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Shown on the tab.
    pub name: String,
    /// The platform's dialect.
    pub dialect: DialectId,
    /// Where to connect.
    pub target: Target,
    /// The identity form, by key.
    pub identity: FormValues,
    /// Connection settings.
    pub connection: ConnectionSettings,
    /// How requests from the cloud are answered.
    pub answer: AnswerRule,
}

impl Profile {
    /// What the identity form `fields` asks for and does not get. A secret is not missing where
    /// the password is typed over: nothing is made from it then.
    pub fn missing(&self, fields: &[FormField]) -> Vec<Finding> {
        let typed_over = !self.connection.password.is_empty();
        let mut missing = unanswered(fields, &self.identity, "own rule");
        missing.retain(|finding| {
            let is_secret = fields.iter().any(|field| {
                field.input == Input::Secret
                    && matches!(&finding.place, Place::Form(key) if *key == field.key)
            });
            !(typed_over && is_secret)
        });
        missing
    }
}

// Which members of an identity are secret, the dialect knows; here none is printed.
impl core::fmt::Debug for Profile {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Profile")
            .field("name", &self.name)
            .field("dialect", &self.dialect)
            .field("target", &self.target)
            .field("identity", &self.identity.keys())
            .field("connection", &self.connection)
            .field("answer", &self.answer)
            .finish()
    }
}

/// Where a device connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The simulated platform inside the page.
    Simulated,
    /// A broker or cloud, by URL.
    Broker,
}

/// Connection settings. An empty or absent value means "what the platform's rules say", which the
/// engine shows in [`PlanView`](super::PlanView).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectionSettings {
    /// `ws://` or `wss://` URL, as typed.
    pub url: String,
    /// Protocol version.
    pub version: Option<ProtocolVersion>,
    /// Client identifier.
    pub client_id: String,
    /// User name.
    pub user_name: String,
    /// Password, as UTF-8.
    pub password: String,
    /// Keep alive in seconds, 0 to 65535.
    pub keep_alive_secs: Option<u16>,
    /// What was typed for the keep alive and is no such number; empty where nothing is wrong.
    #[serde(default)]
    pub keep_alive_unread: String,
    /// Clean session (3.x) or clean start (5.0).
    pub clean_session: Option<bool>,
    /// Will message.
    pub will: Option<WillSettings>,
    /// Whether a connection that broke off is made again by itself; yes where not said.
    #[serde(default)]
    pub reconnect: Option<bool>,
    /// What only MQTT 5.0 has.
    #[serde(default)]
    pub mqtt5: Mqtt5Settings,
}

impl core::fmt::Debug for ConnectionSettings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ConnectionSettings")
            .field("url", &self.url)
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field(
                "password",
                &if self.password.is_empty() {
                    ""
                } else {
                    "(redacted)"
                },
            )
            .field("keep_alive_secs", &self.keep_alive_secs)
            .field("keep_alive_unread", &self.keep_alive_unread)
            .field("clean_session", &self.clean_session)
            .field("will", &self.will)
            .field("reconnect", &self.reconnect)
            .field("mqtt5", &self.mqtt5)
            .finish()
    }
}

/// The will message as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WillSettings {
    /// Will topic.
    pub topic: String,
    /// Will payload as text.
    pub payload: String,
    /// Will QoS.
    pub qos: QoS,
    /// Will retain.
    pub retain: bool,
}

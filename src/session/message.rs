//! Application messages and subscriptions as the session takes and gives them: owned, all three
//! versions in one set; properties stay empty below 5.0.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::mqtt::{QoS, ReasonCode};

/// A user property: name and value, both UTF-8. Names may repeat and order counts.
pub type UserProperty = (String, String);

/// One application message to publish.
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
    /// Properties of 5.0; ignored below.
    pub properties: PublishProperties,
}

impl Publication {
    /// A message without RETAIN and without properties.
    pub fn new(topic: impl Into<String>, payload: impl Into<Bytes>, qos: QoS) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos,
            retain: false,
            properties: PublishProperties::default(),
        }
    }

    /// Bytes that the message keeps occupied while it is queued.
    pub(crate) fn weight(&self) -> usize {
        self.topic.len() + self.payload.len()
    }
}

/// Properties that travel with an application message in 5.0, whatever hop it is on. Topic alias
/// is not among them: it belongs to one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishProperties {
    /// Payload format indicator: true for UTF-8 text, false for unspecified bytes.
    pub payload_is_text: Option<bool>,
    /// Message expiry interval in seconds.
    pub message_expiry_secs: Option<u32>,
    /// Topic on which an answer is expected.
    pub response_topic: Option<String>,
    /// What ties an answer to its request.
    pub correlation_data: Option<Bytes>,
    /// Description of the payload, such as a MIME type.
    pub content_type: Option<String>,
    /// User properties, in order.
    pub user_properties: Vec<UserProperty>,
    /// Identifiers of the subscriptions that matched; only from server to client.
    pub subscription_identifiers: Vec<u32>,
}

/// One topic filter to subscribe to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Topic filter.
    pub filter: String,
    /// QoS asked for.
    pub qos: QoS,
    /// 5.0: do not send back what this client published.
    pub no_local: bool,
    /// 5.0: keep the RETAIN flag as published.
    pub retain_as_published: bool,
    /// 5.0: what to do with retained messages.
    pub retain_handling: RetainHandling,
    /// 5.0: a number from 1 to 268 435 455 that comes back with every matching message.
    pub identifier: Option<u32>,
}

impl Subscription {
    /// A subscription with the defaults of 3.x.
    pub fn new(filter: impl Into<String>, qos: QoS) -> Self {
        Self {
            filter: filter.into(),
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::Always,
            identifier: None,
        }
    }
}

/// When a server sends retained messages upon SUBSCRIBE (5.0 §3.8.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RetainHandling {
    /// 0: at every SUBSCRIBE.
    #[default]
    Always,
    /// 1: only if the subscription is new.
    IfNew,
    /// 2: never.
    Never,
}

/// What the server adds to a reason code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The reason code; below 5.0 the one that means the same.
    pub code: ReasonCode,
    /// Reason string.
    pub text: Option<String>,
    /// User properties, in order.
    pub user_properties: Vec<UserProperty>,
}

impl Reason {
    /// A code alone.
    pub(crate) const fn plain(code: ReasonCode) -> Self {
        Self {
            code,
            text: None,
            user_properties: Vec::new(),
        }
    }
}

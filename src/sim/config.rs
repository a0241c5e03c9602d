//! What the simulated broker allows.

use core::time::Duration;

use crate::mqtt::QoS;
use crate::session::Secret;

/// The broker's rules. The defaults are generous; each one can be made strict to see how a
/// device takes it.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// How long a connection may exist without CONNECT.
    pub connect_timeout: Duration,
    /// Largest packet accepted, in bytes with the fixed header.
    pub maximum_packet_size: u32,
    /// 5.0: messages of QoS 2 that a client may have unacknowledged.
    pub receive_maximum: u16,
    /// 5.0: highest QoS that a client may publish with.
    pub maximum_qos: QoS,
    /// 5.0: whether messages may be retained.
    pub retain_available: bool,
    /// 5.0: largest topic alias that a client may use.
    pub topic_alias_maximum: u16,
    /// 5.0: topic aliases that the broker uses towards clients that allow them.
    pub topic_aliases: u16,
    /// 5.0: keep alive that the broker demands instead, in seconds.
    pub server_keep_alive: Option<u16>,
    /// 5.0: longest session expiry interval granted, in seconds.
    pub session_expiry_maximum: u32,
    /// 5.0: whether filters may have wildcards.
    pub wildcard_subscription_available: bool,
    /// 5.0: whether subscriptions may have identifiers.
    pub subscription_identifier_available: bool,
    /// 5.0: whether subscriptions may be shared.
    pub shared_subscription_available: bool,
    /// Messages of QoS 1 and 2 kept for one session; more are dropped.
    pub queued_messages: usize,
    /// 5.0: who may log in by SCRAM-SHA-256; without it, that method is unknown.
    pub scram: Option<ScramCredentials>,
}

/// A user that the broker knows by SCRAM-SHA-256.
#[derive(Clone, Debug)]
pub struct ScramCredentials {
    /// User name.
    pub user_name: String,
    /// Password.
    pub password: Secret,
    /// Salt.
    pub salt: Vec<u8>,
    /// Iteration count.
    pub iterations: u64,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            maximum_packet_size: 16 << 20,
            receive_maximum: u16::MAX,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            topic_alias_maximum: 16,
            topic_aliases: 0,
            server_keep_alive: None,
            session_expiry_maximum: u32::MAX,
            wildcard_subscription_available: true,
            subscription_identifier_available: true,
            shared_subscription_available: true,
            queued_messages: 10_000,
            scram: None,
        }
    }
}

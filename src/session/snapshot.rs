//! What survives the page: the session state of MQTT 3.1.1 §3.1.2.4 and MQTT 5.0 §4.1, with the
//! messages that wait and the subscriptions that are wanted. Plain data for whatever storage.

use serde::{Deserialize, Serialize};

use super::config::Config;
use super::outbox::{Outgoing, Stage};
use super::subscriptions::{Subscribed, SubscriptionState};
use crate::mqtt::{PacketId, ProtocolVersion};

/// A session at rest. It holds messages, so it is as confidential as they are; it holds no
/// password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Protocol version that it was kept in.
    pub version: ProtocolVersion,
    /// Client identifier as configured.
    pub client_id: String,
    /// Client identifier that the server assigned.
    pub assigned_client_id: Option<String>,
    /// Whether a server may know this session.
    pub established: bool,
    /// Messages of QoS 1 and 2 on their way, in the order of publishing.
    pub outgoing: Vec<Outgoing>,
    /// Packet identifiers of QoS 2 messages that were delivered and wait for PUBREL.
    pub received: Vec<PacketId>,
    /// Subscriptions, in the order in which they were asked for.
    pub subscriptions: Vec<Subscribed>,
    /// The packet identifier that is tried next.
    pub next_packet_id: PacketId,
    /// The token that is given next.
    pub next_token: u64,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            version: ProtocolVersion::V3_1_1,
            client_id: String::new(),
            assigned_client_id: None,
            established: false,
            outgoing: Vec::new(),
            received: Vec::new(),
            subscriptions: Vec::new(),
            next_packet_id: PacketId::MIN,
            next_token: 0,
        }
    }
}

impl Snapshot {
    /// What of it a session with this configuration may take over. The server keeps sessions by
    /// client identifier, and the versions number their reason codes and options differently, so
    /// flows of another identity mean nothing there.
    pub(super) fn fit_for(mut self, config: &Config) -> Self {
        for entry in &mut self.subscriptions {
            if entry.state == SubscriptionState::Pending {
                entry.state = SubscriptionState::Wanted;
            }
        }
        if self.version == config.version && self.client_id == config.client_id {
            return self;
        }
        self.established = false;
        self.assigned_client_id = None;
        self.received.clear();
        self.outgoing
            .retain(|outgoing| outgoing.stage == Stage::Queued);
        self.subscriptions
            .retain(|entry| entry.state != SubscriptionState::Leaving);
        for entry in &mut self.subscriptions {
            entry.state = SubscriptionState::Wanted;
        }
        self
    }
}

//! Messages of QoS 1 and 2 on their way to the server: queued, in flight, released.
//!
//! A message enters at [`Outbox::push`] and leaves when its flow ends. What the network does in
//! between only moves it: a lost connection marks everything in flight for sending again in the
//! original order [MQTT-4.6.0-1], and every PUBREL in the order of the PUBRECs [MQTT-4.6.0-4].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::event::PublishToken;
use super::message::Publication;
use crate::mqtt::{PacketId, QoS};
use crate::time::{Instant, UnixMillis};

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Never sent, so nobody but this session knows of it.
    Queued,
    /// PUBLISH was sent under this identifier; PUBACK or PUBREC is awaited.
    Published(PacketId),
    /// PUBREC came and PUBREL was sent; PUBCOMP is awaited. `order` counts PUBRECs.
    Released {
        /// The flow's packet identifier.
        packet_id: PacketId,
        /// Position among all PUBRELs.
        order: u64,
    },
}

/// One message of QoS 1 or 2, as it is kept and as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Its token, which is also its place in the order of publishing.
    pub token: PublishToken,
    /// The message; the payload is dropped once the server has taken it over with PUBREC.
    pub publication: Publication,
    /// When it was published.
    pub queued_at: UnixMillis,
    /// Where it stands.
    pub stage: Stage,
    /// When PUBLISH or PUBREL was last sent on this connection.
    #[serde(skip)]
    pub(crate) sent_at: Option<Instant>,
}

impl Outgoing {
    /// When the message expiry interval ends, if the message has one.
    pub(crate) fn expires_at(&self) -> Option<UnixMillis> {
        let secs = self.publication.properties.message_expiry_secs?;
        Some(UnixMillis(
            self.queued_at.0.saturating_add(i64::from(secs) * 1000),
        ))
    }

    /// The message expiry interval that is left, in seconds. A message in flight must be sent
    /// again even when nothing is left, and 0 could be read as "does not expire", so the least
    /// is 1.
    pub(crate) fn remaining_expiry_secs(&self, now: UnixMillis) -> Option<u32> {
        let secs = self.publication.properties.message_expiry_secs?;
        let waited = now.0.saturating_sub(self.queued_at.0).max(0) / 1000;
        Some(
            secs.saturating_sub(u32::try_from(waited).unwrap_or(u32::MAX))
                .max(1),
        )
    }

    const fn packet_id(&self) -> Option<PacketId> {
        match self.stage {
            Stage::Queued => None,
            Stage::Published(packet_id) | Stage::Released { packet_id, .. } => Some(packet_id),
        }
    }
}

/// All messages of QoS 1 and 2 that the session answers for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    entries: BTreeMap<PublishToken, Outgoing>,
    by_packet_id: HashMap<PacketId, PublishToken>,
    /// What PUBLISH is still to be sent for on this connection, in order.
    to_publish: BTreeSet<PublishToken>,
    /// Queued messages with a message expiry interval.
    expiring: BTreeSet<(UnixMillis, PublishToken)>,
    bytes: usize,
    releases: u64,
    /// Messages that came, moved on or went, while somebody wants to know.
    changed: Option<BTreeSet<PublishToken>>,
}

impl Outbox {
    /// Restores stored messages. Nothing is marked for sending yet.
    pub(crate) fn restore(stored: impl IntoIterator<Item = Outgoing>) -> Self {
        let mut outbox = Self::default();
        for entry in stored {
            if let Stage::Released { order, .. } = entry.stage {
                outbox.releases = outbox.releases.max(order + 1);
            }
            outbox.insert(entry);
        }
        outbox
    }

    /// Notes from now on which messages change, those that are there first where `all` is set; or
    /// notes it no longer.
    pub(crate) fn note_changes(&mut self, on: bool, all: bool) {
        let known = self.entries.keys().copied().filter(|_| all);
        self.changed = on.then(|| known.collect());
    }

    /// The messages that changed since this was last asked.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<PublishToken> {
        self.changed
            .as_mut()
            .map(core::mem::take)
            .unwrap_or_default()
    }

    /// Whether changes are noted.
    pub(crate) const fn notes_changes(&self) -> bool {
        self.changed.is_some()
    }

    /// Counts these as changed, too.
    pub(crate) fn touch_all(&mut self, tokens: impl IntoIterator<Item = PublishToken>) {
        if let Some(changed) = &mut self.changed {
            changed.extend(tokens);
        }
    }

    fn touch(&mut self, token: PublishToken) {
        if let Some(changed) = &mut self.changed {
            changed.insert(token);
        }
    }

    fn insert(&mut self, entry: Outgoing) {
        self.touch(entry.token);
        self.bytes += entry.publication.weight();
        if let Some(packet_id) = entry.packet_id() {
            self.by_packet_id.insert(packet_id, entry.token);
        }
        if entry.stage == Stage::Queued {
            self.to_publish.insert(entry.token);
            if let Some(at) = entry.expires_at() {
                self.expiring.insert((at, entry.token));
            }
        }
        self.entries.insert(entry.token, entry);
    }

    /// Queues a new message behind all others.
    pub(crate) fn push(&mut self, token: PublishToken, publication: Publication, at: UnixMillis) {
        let stage = Stage::Queued;
        self.insert(Outgoing {
            token,
            publication,
            queued_at: at,
            stage,
            sent_at: None,
        });
    }

    /// Messages kept.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Topic and payload bytes kept.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Messages that have a packet identifier.
    pub(crate) fn in_flight(&self) -> usize {
        self.by_packet_id.len()
    }

    /// All messages in the order of publishing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Outgoing> {
        self.entries.values()
    }

    /// The message under this token.
    pub(crate) fn entry(&self, token: PublishToken) -> Option<&Outgoing> {
        self.entries.get(&token)
    }

    /// The message whose flow has this packet identifier.
    pub(crate) fn by_packet_id(&self, packet_id: PacketId) -> Option<&Outgoing> {
        self.entries.get(self.by_packet_id.get(&packet_id)?)
    }

    /// The next message that PUBLISH is to be sent for.
    pub(crate) fn next_to_publish(&self) -> Option<&Outgoing> {
        self.entries.get(self.to_publish.first()?)
    }

    /// When the first queued message expires.
    pub(crate) fn next_expiry(&self) -> Option<UnixMillis> {
        self.expiring.first().map(|(at, _)| *at)
    }

    /// Removes and returns a queued message that has expired by `now`.
    pub(crate) fn take_expired(&mut self, now: UnixMillis) -> Option<Outgoing> {
        let (at, token) = *self.expiring.first()?;
        if at > now { None } else { self.remove(token) }
    }

    /// PUBLISH was sent.
    pub(crate) fn published(&mut self, token: PublishToken, packet_id: PacketId, at: Instant) {
        self.touch(token);
        self.to_publish.remove(&token);
        if let Some(entry) = self.entries.get_mut(&token) {
            if let Some(expires_at) = entry.expires_at() {
                self.expiring.remove(&(expires_at, token));
            }
            entry.stage = Stage::Published(packet_id);
            entry.sent_at = Some(at);
            self.by_packet_id.insert(packet_id, token);
        }
    }

    /// PUBREC came: the server owns the message now, so its payload is let go.
    pub(crate) fn released(&mut self, token: PublishToken, packet_id: PacketId, at: Instant) {
        self.touch(token);
        self.to_publish.remove(&token);
        let order = self.releases;
        if let Some(entry) = self.entries.get_mut(&token) {
            self.bytes = self.bytes.saturating_sub(entry.publication.payload.len());
            entry.publication.payload = Bytes::new();
            entry.stage = Stage::Released { packet_id, order };
            entry.sent_at = Some(at);
            self.releases += 1;
        }
    }

    /// PUBREL was sent again.
    pub(crate) fn resent(&mut self, token: PublishToken, at: Instant) {
        if let Some(entry) = self.entries.get_mut(&token) {
            entry.sent_at = Some(at);
        }
    }

    /// The flow has ended, or the message is given up.
    pub(crate) fn remove(&mut self, token: PublishToken) -> Option<Outgoing> {
        let entry = self.entries.remove(&token)?;
        self.touch(token);
        self.bytes = self.bytes.saturating_sub(entry.publication.weight());
        self.to_publish.remove(&token);
        if let Some(packet_id) = entry.packet_id() {
            self.by_packet_id.remove(&packet_id);
        }
        if let Some(at) = entry.expires_at() {
            self.expiring.remove(&(at, token));
        }
        Some(entry)
    }

    /// A new connection with the old session: every PUBLISH without its answer is to be sent
    /// again, and the PUBRELs to send again are returned in order.
    pub(crate) fn resume(&mut self) -> Vec<(PublishToken, PacketId)> {
        let mut releases = BTreeMap::new();
        for entry in self.entries.values_mut() {
            entry.sent_at = None;
            match entry.stage {
                Stage::Queued | Stage::Published(_) => {
                    self.to_publish.insert(entry.token);
                }
                Stage::Released { packet_id, order } => {
                    releases.insert(order, (entry.token, packet_id));
                }
            }
        }
        releases.into_values().collect()
    }

    /// The server has forgotten the session. Messages of QoS 1 in flight become new ones; those
    /// of QoS 2 are removed and returned, because the server may have them.
    pub(crate) fn forget_flows(&mut self) -> (usize, Vec<Outgoing>) {
        let in_flight: Vec<_> = self.by_packet_id.values().copied().collect();
        let mut republished = 0;
        let mut removed = Vec::new();
        for token in in_flight {
            let Some(mut entry) = self.remove(token) else {
                continue;
            };
            if entry.publication.qos == QoS::AtLeastOnce {
                republished += 1;
                entry.stage = Stage::Queued;
                entry.sent_at = None;
                self.insert(entry);
            } else {
                removed.push(entry);
            }
        }
        removed.sort_by_key(|entry| entry.token);
        (republished, removed)
    }
}

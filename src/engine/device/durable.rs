//! The session state that survives the page.
//!
//! With clean session (clean start) off, the server remembers; so must this side, or a reload in
//! the middle of a flow would lose a message or deliver it twice. The rule is the write-ahead rule:
//! **no packet leaves before the state that it presumes is stored.** So PUBLISH goes out when its
//! packet identifier cannot be given to another message any more, PUBREC when the identifier cannot
//! be delivered again, PUBREL when the message cannot be published again. While a write is under
//! way packets wait in order, and one write covers all that wait: the cost is one small
//! transaction for each turn, not for each packet.
//!
//! The key is the session's, not the device's: a server knows a session by client identifier, so
//! whichever device of the page uses that at that server goes on with it. One at a time: a device
//! claims the key before it reads what is stored, and one that finds it taken, by another device or
//! another tab, says so and touches nothing, until the user asks to take it over.

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Device;
use crate::engine::seam::{ConnectionState, DeviceId, Target};
use crate::engine::{
    Batch, Claim, Effect, Move, Shared, StoreError, StoreKey, StoreTicket, failure, plan,
};
use crate::mqtt::{PacketId, ProtocolVersion, QoS, Severity};
use crate::platform::{ConnectPlan, Text};
use crate::session::{
    Config, Outgoing, Publication, PublishToken, Session, Snapshot, Stage, SubscriptionState,
};
use crate::time::{Instant, Now};

/// How long the storage may take before the session goes on without it.
const PATIENCE: Duration = Duration::from_secs(5);
/// The number of the record that holds everything but the messages.
const HEAD: u64 = 0;

/// One record as it is stored. Its shape is part of [`key`].
#[derive(Serialize, Deserialize)]
enum Record {
    /// The session without its messages.
    Head(Box<Snapshot>),
    /// One message on its way to the server.
    Message(Box<Outgoing>),
}

/// A request under way.
#[derive(Clone, Copy)]
struct Waiting {
    ticket: StoreTicket,
    until: Instant,
}

/// What a device keeps, and what waits for that.
#[derive(Default)]
pub(super) struct Durable {
    /// Whose session the device holds; `None` before its first connection.
    home: Option<StoreKey>,
    /// Whether nobody else may use what is stored of it.
    owned: bool,
    /// The user wants to have it although another has it.
    take_over: bool,
    /// Whether that session is stored.
    kept: bool,
    /// What is stored, or on its way there.
    head: Option<Bytes>,
    received: Vec<PacketId>,
    messages: BTreeSet<PublishToken>,
    /// What stands there is another session's rest, or cannot be read.
    clear: bool,
    /// The server has gone on with the session in memory, so what is stored is older than that and
    /// is not to be taken up again.
    outdated: bool,
    claiming: Option<Waiting>,
    loading: Option<Waiting>,
    writing: Option<Waiting>,
    /// How many of the effects held wait for the write under way.
    covered: usize,
    held: VecDeque<Effect>,
}

impl Durable {
    /// When the storage has been waited for long enough.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [self.claiming, self.loading, self.writing]
            .into_iter()
            .flatten()
            .map(|waiting| waiting.until)
            .min()
    }

    /// What has changed since the last write.
    fn changes(&mut self, session: &mut Session) -> Option<Batch> {
        let mut batch = Batch {
            clear: core::mem::take(&mut self.clear),
            ..Batch::default()
        };
        let snapshot = session.head();
        // PUBREC presumes that the identifier is never delivered again.
        batch.strict |= self.received != snapshot.received;
        self.received.clone_from(&snapshot.received);
        let head = encode(&Record::Head(Box::new(snapshot)));
        if self.head.as_ref() != Some(&head) {
            self.head = Some(head.clone());
            batch.put.push((HEAD, head));
        }
        for token in session.take_changed() {
            match session.outgoing_message(token) {
                Some(outgoing) => {
                    // PUBREL presumes that the message is never published again, and PUBLISH that
                    // its identifier is never another's.
                    batch.strict |= outgoing.publication.qos == QoS::ExactlyOnce;
                    let record = Record::Message(Box::new(outgoing.clone()));
                    batch.put.push((number(token), encode(&record)));
                    self.messages.insert(token);
                }
                // One that came and went between two writes was never there.
                None if self.messages.remove(&token) => batch.delete.push(number(token)),
                None => {}
            }
        }
        let nothing = !batch.clear && batch.put.is_empty() && batch.delete.is_empty();
        (!nothing).then_some(batch)
    }

    fn forget(&mut self) {
        self.kept = false;
        self.head = None;
        self.received.clear();
        self.messages.clear();
        self.clear = false;
        self.outdated = false;
        self.claiming = None;
        self.loading = None;
        self.writing = None;
        self.covered = 0;
    }

    /// A server accepted a connection of the session in memory.
    pub(super) fn note_connected(&mut self) {
        self.outdated |= !self.kept;
    }

    /// The bytes that wait for the storage.
    fn held_bytes(&self) -> usize {
        let sent = |effect: &Effect| match effect {
            Effect::Send { bytes, .. } => bytes.len(),
            _ => 0,
        };
        self.held.iter().map(sent).sum()
    }
}

impl Device {
    /// Prepares the session for a connection with this plan. Returns whether the device must wait
    /// for the storage; then [`Device::handle_claimed`] and [`Device::handle_loaded`] go on.
    pub(super) fn prepare_session(
        &mut self,
        now: Now,
        shared: &mut Shared,
        plan: &ConnectPlan,
        config: &Config,
    ) -> bool {
        let key = key(self.id, self.profile.target, plan);
        let take_over = core::mem::take(&mut self.durable.take_over);
        let moved = self.durable.home.as_ref() != Some(&key);
        let keep = self.profile.target == Target::Broker && !config.clean_start;
        if moved {
            self.move_home(now, shared, config);
            self.durable.home = Some(key.clone());
        } else if config.client_id != self.session.config().client_id {
            // The same session for us, and one that the server has not heard of.
            self.session.handle_session_gone();
        }
        if keep && !self.durable.owned {
            self.claim(now, shared, key, take_over);
            return true;
        }
        if keep && !self.durable.kept {
            return self.take_up(now, shared);
        }
        if !keep && self.profile.target == Target::Broker {
            // The server forgets this session now, so what is stored of it means nothing.
            self.release(shared);
            self.session.note_changes(false, false);
            self.durable.forget();
            if core::mem::take(&mut self.durable.owned) {
                let ticket = shared.ticket(self.id);
                let batch = Batch {
                    clear: true,
                    ..Batch::default()
                };
                let store = Effect::Store {
                    ticket,
                    key: key.clone(),
                    batch,
                };
                shared.owners.remove(&key);
                shared.effects.extend([store, Effect::Release { key }]);
            } else if !shared.owners.contains_key(&key) {
                shared.effects.push_back(Effect::Discard { key });
            }
        }
        false
    }

    /// The user wants the session that another tab, or another device here, has.
    pub(super) fn take_session_over(&mut self, now: Now, shared: &mut Shared) {
        self.durable.take_over = true;
        self.connect_by_hand(now, shared);
        self.durable.take_over = false;
    }

    fn claim(&mut self, now: Now, shared: &mut Shared, key: StoreKey, take_over: bool) {
        let ticket = shared.ticket(self.id);
        self.durable.claiming = Some(Waiting {
            ticket,
            until: now.instant + PATIENCE,
        });
        let holder = shared.owners.get(&key).copied();
        match holder.filter(|holder| *holder != self.id) {
            // Inside one engine nobody needs to be asked.
            Some(holder) => shared.moves.push_back(Move {
                key,
                from: take_over.then_some(holder),
                ticket,
            }),
            None => shared.effects.push_back(Effect::Claim {
                ticket,
                key,
                take_over,
            }),
        }
    }

    /// The browser answered [`Effect::Claim`].
    pub(in crate::engine) fn handle_claimed(
        &mut self,
        now: Now,
        shared: &mut Shared,
        ticket: StoreTicket,
        claim: Claim,
    ) {
        let expected = self.durable.claiming;
        if expected.is_none_or(|waiting| waiting.ticket != ticket) {
            // Nobody waits for it any longer.
            return;
        }
        self.durable.claiming = None;
        let Some((key, plan)) = self.durable.home.clone().zip(self.connect_plan.clone()) else {
            return;
        };
        if claim == Claim::Held {
            self.fail_held(now);
        } else {
            self.durable.owned = true;
            shared.owners.insert(key, self.id);
            if !self.take_up(now, shared) {
                self.go_on(now, shared, &plan);
            }
        }
        self.pump(now, shared);
    }

    /// Takes up what is stored of the session that this device now owns. Returns whether that is
    /// waited for.
    fn take_up(&mut self, now: Now, shared: &mut Shared) -> bool {
        if self.durable.outdated {
            // All of it is written anew, in place of what stands there.
            self.durable.kept = true;
            self.durable.clear = true;
            self.durable.outdated = false;
            self.session.note_changes(true, true);
            return false;
        }
        let Some(key) = self.durable.home.clone() else {
            return false;
        };
        let ticket = shared.ticket(self.id);
        self.durable.loading = Some(Waiting {
            ticket,
            until: now.instant + PATIENCE,
        });
        shared.effects.push_back(Effect::Load { ticket, key });
        true
    }

    /// The storage has been asked; now the socket.
    fn go_on(&mut self, now: Now, shared: &mut Shared, plan: &ConnectPlan) {
        self.want_automatic(now, plan.subscriptions.clone());
        self.open_socket(now, shared, plan);
    }

    /// Somebody else has the session now: another device of this engine, which goes on with what
    /// is in memory here and is stored first, or another tab.
    pub(in crate::engine) fn give_session_up(
        &mut self,
        now: Now,
        shared: &mut Shared,
        store: bool,
    ) {
        // What waits for the storage is not sent: the new owner sends it, from what is stored.
        self.durable.held.clear();
        if store
            && self.durable.kept
            && let Some(batch) = self.durable.changes(&mut self.session)
            && let Some(key) = self.durable.home.clone()
        {
            let ticket = shared.ticket(self.id);
            shared
                .effects
                .push_back(Effect::Store { ticket, key, batch });
        }
        self.durable.forget();
        self.durable.owned = false;
        self.durable.home = None;
        let was_in_use = !matches!(self.connection.state, ConnectionState::Offline);
        self.disconnect(now, shared);
        self.close_link(now, shared);
        self.session.handle_link_closed(now);
        while self.session.poll_event().is_some() {}
        self.session = Session::new(self.session.config().clone());
        self.dirty.counters = true;
        if was_in_use {
            self.fail_moved(now);
        }
    }

    /// The device ends: nobody waits for the storage, and whoever wants it may have the session.
    pub(super) fn leave_session(&mut self, shared: &mut Shared) {
        self.release(shared);
        self.disown(shared);
    }

    fn disown(&mut self, shared: &mut Shared) {
        if core::mem::take(&mut self.durable.owned)
            && let Some(key) = self.durable.home.clone()
        {
            shared.owners.remove(&key);
            shared.effects.push_back(Effect::Release { key });
        }
    }

    /// What the socket has not passed on, in bytes. What waits for the storage comes on top.
    pub(in crate::engine) fn handle_backlog(&mut self, bytes: usize) {
        let held = self.durable.held_bytes();
        self.session.handle_backlog(bytes.saturating_add(held));
    }

    /// The device turns to another session. Messages that no server has seen go with it, unless
    /// they are stored with the one that it leaves.
    fn move_home(&mut self, now: Now, shared: &mut Shared, config: &Config) {
        self.release(shared);
        let unsent: Vec<_> = self
            .session
            .outgoing()
            .filter(|outgoing| outgoing.stage == Stage::Queued && !self.durable.kept)
            .map(|outgoing| outgoing.publication.clone())
            .collect();
        self.disown(shared);
        self.durable.forget();
        self.session = Session::new(config.clone());
        self.publish_again(now, unsent);
    }

    /// Publishes what another session had queued. Both queues together may be more than one takes.
    fn publish_again(&mut self, now: Now, publications: Vec<Publication>) {
        for publication in publications {
            let topic = publication.topic.clone();
            if let Err(error) = self.session.publish(now, publication) {
                let why = failure::session_error(&error);
                self.tell(
                    Severity::Warning,
                    Text::owned(
                        format!("a message to {topic} was given up: {}", why.en),
                        format!("发往 {topic} 的一条消息已放弃：{}", why.zh),
                    ),
                );
            }
        }
    }

    /// The storage answered [`Effect::Load`].
    pub(in crate::engine) fn handle_loaded(
        &mut self,
        now: Now,
        shared: &mut Shared,
        ticket: StoreTicket,
        records: Result<Vec<Bytes>, StoreError>,
    ) {
        if self
            .durable
            .loading
            .is_none_or(|waiting| waiting.ticket != ticket)
        {
            return;
        }
        self.durable.loading = None;
        let Some(plan) = self.connect_plan.clone() else {
            return;
        };
        match records {
            Ok(records) => {
                let config = plan::config(&plan, &self.profile.connection);
                self.restore(now, &plan, config, &records);
            }
            Err(error) => self.tell_not_kept(error),
        }
        self.go_on(now, shared, &plan);
        self.pump(now, shared);
    }

    /// Takes up the session that was stored, with what was published meanwhile behind it.
    fn restore(&mut self, now: Now, plan: &ConnectPlan, config: Config, records: &[Bytes]) {
        self.durable.kept = true;
        let Some(snapshot) = read(records, config.limits.queued_messages) else {
            self.durable.clear = !records.is_empty();
            self.session.note_changes(true, true);
            if self.durable.clear {
                self.tell(
                    Severity::Warning,
                    Text::new(
                        "the stored session cannot be read and is replaced by a new one",
                        "已存储的会话无法读取，将以新会话代替",
                    ),
                );
            }
            return;
        };
        self.durable.head = records.first().cloned();
        self.durable.received.clone_from(&snapshot.received);
        let tokens = snapshot.outgoing.iter().map(|outgoing| outgoing.token);
        self.durable.messages = tokens.collect();
        // What was in flight belongs to a session that no server knows any more; of QoS 2 it cannot
        // be said whether it arrived.
        let meanwhile: Vec<_> = self
            .session
            .outgoing()
            .filter(|outgoing| {
                outgoing.stage == Stage::Queued || outgoing.publication.qos == QoS::AtLeastOnce
            })
            .map(|outgoing| outgoing.publication.clone())
            .collect();
        let stored_as = Config {
            client_id: snapshot.client_id.clone(),
            ..config.clone()
        };
        let changes = stored_as.client_id != config.client_id;
        self.session = Session::restore(stored_as, snapshot);
        self.session.note_changes(true, false);
        if changes {
            // The server of today does not know the client identifier of then.
            self.session.handle_session_gone();
            // There is no link, so it cannot refuse.
            let _ = self.session.reconfigure(config);
        }
        self.publish_again(now, meanwhile);
        // Beyond what the platform wants, these are what the user wanted before the reload.
        let automatic = |filter: &str| plan.subscriptions.iter().any(|(known, _)| known == filter);
        for known in self.session.subscriptions() {
            let wanted = &known.subscription;
            if known.state != SubscriptionState::Leaving
                && !automatic(&wanted.filter)
                && !self.added.iter().any(|added| added.filter == wanted.filter)
            {
                self.added.push(wanted.clone());
            }
        }
        self.dirty.counters = true;
    }

    /// The storage answered [`Effect::Store`].
    pub(in crate::engine) fn handle_stored(
        &mut self,
        now: Now,
        shared: &mut Shared,
        ticket: StoreTicket,
        result: Result<(), StoreError>,
    ) {
        if self
            .durable
            .writing
            .is_none_or(|waiting| waiting.ticket != ticket)
        {
            return;
        }
        self.durable.writing = None;
        match result {
            Ok(()) => {
                let covered = core::mem::take(&mut self.durable.covered);
                shared.effects.extend(self.durable.held.drain(..covered));
            }
            Err(error) => {
                self.tell_not_kept(error);
                self.session.note_changes(false, false);
                self.durable.forget();
                self.durable.outdated = true;
            }
        }
        self.keep_session(now, shared);
    }

    /// Gives up a storage that does not answer.
    pub(super) fn handle_silent_store(&mut self, now: Now, shared: &mut Shared) {
        let late = |waiting: &Waiting| waiting.until <= now.instant;
        if let Some(waiting) = self.durable.writing.filter(late) {
            self.handle_stored(now, shared, waiting.ticket, Err(StoreError::Silent));
        }
        if let Some(waiting) = self.durable.claiming.filter(late) {
            self.handle_claimed(now, shared, waiting.ticket, Claim::Unknown);
        }
        if let Some(waiting) = self.durable.loading.filter(late) {
            self.handle_loaded(now, shared, waiting.ticket, Err(StoreError::Silent));
        }
    }

    /// Sends to, or closes, a socket: at once, or when what it presumes is stored.
    pub(super) fn emit(&mut self, shared: &mut Shared, effect: Effect) {
        if self.durable.kept {
            self.durable.held.push_back(effect);
        } else {
            shared.effects.push_back(effect);
        }
    }

    /// Stores what has changed, and lets go what waits for nothing.
    pub(super) fn keep_session(&mut self, now: Now, shared: &mut Shared) {
        if !self.durable.kept {
            self.release(shared);
            return;
        }
        if self.durable.writing.is_some() {
            return;
        }
        let (Some(batch), Some(key)) = (
            self.durable.changes(&mut self.session),
            self.durable.home.clone(),
        ) else {
            self.release(shared);
            return;
        };
        let ticket = shared.ticket(self.id);
        self.durable.covered = self.durable.held.len();
        self.durable.writing = Some(Waiting {
            ticket,
            until: now.instant + PATIENCE,
        });
        shared
            .effects
            .push_back(Effect::Store { ticket, key, batch });
    }

    /// Nothing is waited for any longer.
    pub(super) fn release(&mut self, shared: &mut Shared) {
        self.durable.covered = 0;
        shared.effects.extend(self.durable.held.drain(..));
    }

    /// The user gave up while the storage was asked.
    pub(super) fn stop_loading(&mut self) {
        self.durable.claiming = None;
        self.durable.loading = None;
    }

    fn tell_not_kept(&mut self, error: StoreError) {
        let zh = match error {
            StoreError::Unavailable => "浏览器不提供存储",
            StoreError::Refused => "浏览器拒绝存储，配额可能已用完",
            StoreError::Silent => "浏览器的存储没有响应",
        };
        self.tell(
            Severity::Warning,
            Text::owned(
                format!("the session will not survive a reload of this page: {error}"),
                format!("会话状态无法在页面刷新后保留：{zh}"),
            ),
        );
    }
}

/// The key of the session that this plan would use: the client identifier, or what stays of it
/// where that changes with the time. Without a client identifier the server gives
/// one, so that the device alone tells two of them apart.
fn key(device: DeviceId, target: Target, plan: &ConnectPlan) -> StoreKey {
    let url = match target {
        Target::Simulated => "",
        Target::Broker => plan.url.as_deref().unwrap_or_default().trim(),
    };
    let version = match plan.version {
        ProtocolVersion::V3_1 => 3,
        ProtocolVersion::V3_1_1 => 4,
        ProtocolVersion::V5_0 => 5,
    };
    let device = if plan.client_id.is_empty() {
        device.0
    } else {
        0
    };
    let mut digest = Sha256::new();
    let session = plan.session_id.as_deref().unwrap_or(&plan.client_id);
    // The first part changes whenever records of before cannot be read any more.
    digest.update(format!("2\0{url}\0{version}\0{device}\0{session}"));
    let mut text = String::new();
    for byte in digest.finalize() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    StoreKey(text)
}

const fn number(token: PublishToken) -> u64 {
    token.0.saturating_add(1)
}

fn encode(record: &Record) -> Bytes {
    // Writing to a vector does not fail, and every length is known.
    postcard::to_stdvec(record).unwrap_or_default().into()
}

/// The session in these records; `None` if there is none that can be read whole.
fn read(records: &[Bytes], limit: usize) -> Option<Snapshot> {
    let (head, messages) = records.split_first()?;
    let Ok(Record::Head(mut snapshot)) = postcard::from_bytes(head) else {
        return None;
    };
    for record in messages.iter().take(limit) {
        let Ok(Record::Message(outgoing)) = postcard::from_bytes(record) else {
            return None;
        };
        snapshot.outgoing.push(*outgoing);
    }
    Some(*snapshot)
}

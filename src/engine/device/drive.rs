//! Bytes and events between session and link.

use bytes::Bytes;

use super::{Device, Link, mqtt5};
use crate::engine::failure::Closing;
use crate::engine::ledger::micros;
use crate::engine::log::Content;
use crate::engine::seam::{ConnectionState, FrameId, Target};
use crate::engine::{Effect, Shared, inspect};
use crate::mqtt::{Packet, PacketType, QoS, ReasonCode, Severity, Summary};
use crate::platform::{Direction, FormValues, Publication, Text};
use crate::session::{Ended, Event};
use crate::time::Now;
use crate::transport::LinkEvent;
use crate::transport::in_page::InPage;

impl Device {
    /// Moves bytes and events until nothing moves any more.
    pub(super) fn pump(&mut self, now: Now, shared: &mut Shared) {
        while self.pump_until_sent(now, shared) {}
    }

    /// As [`Device::pump`], but stops where the driver has something to do, so that an answer is on
    /// its way before it is read and kept. Returns whether something is left to move.
    pub(in crate::engine) fn pump_until_sent(&mut self, now: Now, shared: &mut Shared) -> bool {
        loop {
            // Before each event: the session has told that a packet is sent as soon as it is made.
            let mut moved = self.transmit(now, shared);
            if moved && !shared.effects.is_empty() {
                return true;
            }
            self.book_answered(now);
            if let Some(event) = self.session.poll_event() {
                moved = true;
                self.handle_event(now, shared, event);
            } else if let Some(event) = self
                .in_page
                .as_mut()
                .and_then(|in_page| in_page.poll_event(now))
            {
                moved = true;
                self.handle_in_page(now, shared, event);
            }
            if !moved {
                self.keep_session(now, shared);
                return false;
            }
        }
    }

    /// Hands what the session has to send to the link. Returns whether there was anything.
    pub(super) fn transmit(&mut self, now: Now, shared: &mut Shared) -> bool {
        let mut moved = false;
        while let Some(bytes) = self.session.poll_transmit() {
            moved = true;
            match (&self.link, &mut self.in_page) {
                (&Link::Socket { link, .. }, _) => {
                    self.emit(shared, Effect::Send { link, bytes });
                }
                (&Link::InPage, Some(in_page)) => in_page.send(now, &bytes),
                _ => {}
            }
        }
        moved
    }

    pub(super) fn handle_in_page(&mut self, now: Now, shared: &mut Shared, event: LinkEvent) {
        match event {
            LinkEvent::Message(bytes) => self.session.handle_bytes(now, bytes),
            LinkEvent::Closed { code, reason, .. } => {
                self.link_closed(
                    now,
                    shared,
                    Closing {
                        code: Some(code),
                        reason,
                    },
                );
            }
            LinkEvent::Opened { .. } | LinkEvent::Text(_) => {}
        }
    }

    pub(super) fn handle_event(&mut self, now: Now, shared: &mut Shared, event: Event) {
        match event {
            Event::Sent(bytes) => {
                self.counters.frames_up = self.counters.frames_up.saturating_add(1);
                self.counters.bytes_up = self.counters.bytes_up.saturating_add(bytes.len() as u64);
                let summary = Summary::of(self.version, &bytes);
                let id = self.keep(now, Direction::Up, &bytes, &summary);
                if summary.packet_type() == Some(PacketType::Connect) {
                    for finding in self.note_connect(now.instant) {
                        self.remark(id, finding);
                    }
                    self.dirty.plan = true;
                    return;
                }
                let Ok(Packet::Publish(publish)) = &summary.packet else {
                    return;
                };
                // A message that is sent again is not asked again.
                if !publish.dup {
                    let publication = inspect::application_message(&bytes, publish);
                    let size = publication.payload.len();
                    let message = self.read(Direction::Up, id, publication);
                    self.book(now, Direction::Up, &message);
                    for finding in self.note_published(now.instant, size) {
                        self.remark(id, finding);
                    }
                }
            }
            Event::Received(bytes) => {
                self.counters.frames_down = self.counters.frames_down.saturating_add(1);
                self.counters.bytes_down =
                    self.counters.bytes_down.saturating_add(bytes.len() as u64);
                let summary = Summary::of(self.version, &bytes);
                let id = self.keep(now, Direction::Down, &bytes, &summary);
                self.last_received = Some(id);
            }
            Event::Malformed { bytes, error: _ } => {
                self.counters.bytes_down =
                    self.counters.bytes_down.saturating_add(bytes.len() as u64);
                let content = Content::Malformed(bytes);
                self.last_received =
                    Some(self.log.push(now, Direction::Down, self.version, content));
                self.dirty.log = true;
            }
            Event::Unread(bytes) => self.note(
                now,
                Text::owned(
                    format!("{} bytes after it were not read", bytes.len()),
                    format!("其后的 {} 字节未读取", bytes.len()),
                ),
                bytes,
                Some(Severity::Warning),
            ),
            Event::Connected(connected) => {
                self.connection.failure = None;
                self.connection.server = mqtt5::server_facts(self.version, &connected);
                self.retry.wanted = true;
                self.retry.accepted = true;
                self.durable.note_connected();
                self.began = now.instant;
                let session_present = connected.session_present;
                if !session_present {
                    self.flows.clear();
                }
                self.set_state(now, ConnectionState::Connected { session_present });
                self.dirty.subscriptions = true;
                self.resume_reports(now, shared);
            }
            Event::Message(message) => {
                self.counters.messages_down = self.counters.messages_down.saturating_add(1);
                let of_qos = match message.publication.qos {
                    QoS::AtMostOnce => None,
                    QoS::AtLeastOnce => Some(&mut self.counters.messages_down_once_or_more),
                    QoS::ExactlyOnce => Some(&mut self.counters.messages_down_exactly_once),
                };
                if let Some(count) = of_qos {
                    *count = count.saturating_add(1);
                }
                self.handle_message(
                    now,
                    shared,
                    Publication {
                        topic: message.publication.topic,
                        payload: message.publication.payload,
                        qos: message.publication.qos,
                        retain: message.publication.retain,
                    },
                );
            }
            Event::SubscribeAcknowledged {
                results,
                reason_string,
                ..
            } => {
                for result in results {
                    let code = result
                        .granted
                        .map_or_else(|code| code, |_| ReasonCode::SUCCESS);
                    let reason = reason_string.as_deref();
                    self.tell_reason(PacketType::SubAck, code, &result.filter, reason);
                }
                self.dirty.subscriptions = true;
            }
            Event::UnsubscribeAcknowledged {
                results,
                reason_string,
                ..
            } => {
                for (filter, code) in results {
                    let reason = reason_string.as_deref();
                    self.tell_reason(PacketType::UnsubAck, code, &filter, reason);
                }
                self.dirty.subscriptions = true;
            }
            Event::PublishAcknowledged {
                packet_id, reason, ..
            } => {
                let subject = format!("#{packet_id}");
                let words = reason.text.as_deref();
                self.tell_reason(PacketType::PubAck, reason.code, &subject, words);
            }
            Event::Reauthenticated => self.tell(
                Severity::Info,
                Text::new(
                    "authenticated again: both sides proved that they know the password",
                    "重新认证成功：双方均已证明知道密码",
                ),
            ),
            Event::PublishAbandoned { cause, .. } => self.tell_abandoned(&cause),
            Event::PingAnswered { rtt } => {
                self.counters.ping_micros = Some(micros(rtt));
            }
            Event::Ended(ended) => self.handle_ended(now, shared, *ended),
            _ => {}
        }
        self.dirty.counters = true;
    }

    pub(super) fn handle_ended(&mut self, now: Now, shared: &mut Shared, ended: Ended) {
        // DISCONNECT, if any, goes out before the link is closed.
        self.transmit(now, shared);
        self.close_link(now, shared);
        // The session waits for its link to be gone; only then can it be set up anew.
        self.session.handle_link_closed(now);
        self.fail_after_open(now, shared, &ended);
    }

    /// Keeps a control packet in the log, and takes note of MQTT's own acknowledgements for the
    /// ledger.
    fn keep(
        &mut self,
        now: Now,
        direction: Direction,
        bytes: &Bytes,
        summary: &Summary<'_>,
    ) -> FrameId {
        self.dirty.log = true;
        let version = self.version;
        let kept = self.log.push_frame(now, direction, version, bytes, summary);
        self.picture_frame(now, direction, &kept);
        if let Some(published) = self.flows.observe(direction, kept.id, summary) {
            self.dirty.ledger |= self.ledger.acknowledge(now.instant, published);
        }
        kept.id
    }

    /// Keeps a row about the link itself.
    pub(super) fn note(&mut self, now: Now, text: Text, bytes: Bytes, severity: Option<Severity>) {
        let content = Content::Link(text, bytes);
        let id = self.log.push(now, Direction::Down, self.version, content);
        self.log.remark(id, |entry| entry.severity = severity);
        self.dirty.log = true;
    }

    // The platform exists once it is first needed, and knows the device that the page is.
    pub(super) fn in_page(&mut self, now: Now) -> &mut InPage {
        let (dialect, identity) = (self.dialect, &self.profile.identity);
        self.in_page
            .get_or_insert_with(|| InPage::new(now, dialect, identity))
    }

    pub(super) fn apply(&mut self, now: Now, kind: &str, values: &FormValues) {
        if self.profile.target == Target::Simulated {
            self.submission = Some(self.in_page(now).submit(now, kind, values));
        }
    }
}

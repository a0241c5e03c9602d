//! Messages: read and paired on their way, answered, previewed and sent.

use bytes::Bytes;

use super::Device;
use crate::engine::log::Content;
use crate::engine::seam::{Draft, FrameId, Notice, Preview};
use crate::engine::{Shared, failure, inspect, plan};
use crate::mqtt::Severity;
use crate::platform::{Composed, Direction, Draw, FormValues, Publication, Reading, Role, Text};
use crate::session;
use crate::time::Now;

impl Device {
    /// Reads a message, pairs it, and remarks on its row.
    pub(super) fn observe(
        &mut self,
        now: Now,
        direction: Direction,
        id: FrameId,
        publication: &Publication,
    ) -> Reading {
        let reading = self
            .dialect
            .read(&self.profile.identity, direction, publication);
        let kind = reading
            .kind
            .as_ref()
            .and_then(|key| self.declaration.kinds.iter().find(|kind| &kind.key == key));
        let pairing = self.ledger.observe(now, direction, id, &reading, kind);
        self.dirty.ledger |= reading.correlation.is_some();
        self.picture_message(now, direction, id, publication, &reading, &pairing);
        self.log.remark_reading(
            id,
            &reading,
            pairing.findings,
            pairing.latency,
            pairing.request,
        );
        if self.looking.selected == Some(id) {
            self.dirty.selected = true;
        }
        reading
    }

    pub(super) fn handle_message(
        &mut self,
        now: Now,
        shared: &mut Shared,
        publication: Publication,
    ) {
        let Some(id) = self.last_received else { return };
        let reading = self.observe(now, Direction::Down, id, &publication);
        let wants_answer = reading.role == Role::Request && reading.answerable;
        if !wants_answer || !self.profile.answer.automatic {
            return;
        }
        let values = self.answer_form(&reading);
        let composed = self.answer(now, shared, &publication, &values);
        self.publish_composed(now, composed);
    }

    /// The form of the answer that the user set up for this kind of request.
    pub(super) fn answer_form(&self, reading: &Reading) -> FormValues {
        let answered_by = reading
            .kind
            .as_ref()
            .and_then(|key| self.declaration.kinds.iter().find(|kind| &kind.key == key))
            .and_then(|kind| kind.answered_by.as_deref());
        answered_by
            .and_then(|key| self.profile.answer.forms.get(key))
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn answer(
        &mut self,
        now: Now,
        shared: &mut Shared,
        request: &Publication,
        values: &FormValues,
    ) -> Composed {
        let draw = self.draw(now, shared);
        self.dialect
            .answer(&self.profile.identity, request, values, &draw)
    }

    pub(super) fn answer_by_hand(
        &mut self,
        now: Now,
        shared: &mut Shared,
        request: FrameId,
        values: &FormValues,
    ) {
        let Some(publication) = self
            .log
            .entry(request)
            .and_then(|entry| match &entry.content {
                Content::Frame(bytes) => inspect::publication(entry.version, bytes),
                _ => None,
            })
        else {
            self.tell(
                Severity::Warning,
                Text::new(
                    "this request is no longer in the log, so it cannot be answered",
                    "该请求已不在日志中，无法应答",
                ),
            );
            return;
        };
        let composed = self.answer(now, shared, &publication, values);
        self.publish_composed(now, composed);
    }

    pub(super) fn publish_composed(&mut self, now: Now, composed: Composed) {
        match composed.publication {
            Some(publication) => self.publish(now, publication),
            None => {
                for finding in composed.findings {
                    self.tell(finding.severity, finding.text);
                }
            }
        }
    }

    pub(super) fn send(&mut self, now: Now, shared: &mut Shared, draft: Draft) {
        match draft {
            Draft::Raw(publication) => self.publish(now, publication),
            Draft::Form { kind, values } => {
                let draw = self.draw(now, shared);
                let composed = self
                    .dialect
                    .compose(&self.profile.identity, &kind, &values, &draw);
                self.publish_composed(now, composed);
            }
        }
    }

    pub(super) fn publish(&mut self, now: Now, publication: Publication) {
        let message = session::Publication {
            retain: publication.retain,
            ..session::Publication::new(publication.topic, publication.payload, publication.qos)
        };
        match self.session.publish(now, message) {
            // The next message gets the next id.
            Ok(_) => {
                self.sequence = self.sequence.saturating_add(1);
                self.dirty.preview = true;
            }
            Err(error) => self.tell(Severity::Error, failure::session_error(&error)),
        }
    }

    pub(super) fn tell(&mut self, severity: Severity, text: Text) {
        self.notices.push(Notice { severity, text });
    }

    /// What a draft would send, as the next message of this device.
    pub(super) fn preview(&self, now: Now, number: u64, draft: &Draft) -> Preview {
        // The random part is fixed, so that the preview stands still between two keystrokes.
        let draw = Draw {
            now,
            sequence: self.sequence,
            random: self.sequence,
        };
        let identity = &self.profile.identity;
        let mut composed = match draft {
            Draft::Form { kind, values } => self.dialect.compose(identity, kind, values, &draw),
            Draft::Raw(publication) => Composed {
                publication: Some(publication.clone()),
                findings: Vec::new(),
            },
        };
        let mut preview = Preview {
            draft: number,
            publication: None,
            bytes: Bytes::new(),
            tree: Vec::new(),
            findings: Vec::new(),
        };
        if let Some(publication) = composed.publication.take() {
            plan::add_new(
                &mut composed.findings,
                self.dialect.lint(identity, &publication),
            );
            match inspect::encode(self.version, &publication) {
                Ok(bytes) => {
                    let layers = inspect::layers(
                        Some(self.dialect),
                        identity,
                        Direction::Up,
                        self.version,
                        &bytes,
                    );
                    preview.bytes = bytes;
                    preview.tree = layers.tree;
                }
                Err(error) => composed.findings.push(error.finding()),
            }
            preview.publication = Some(publication);
        }
        preview.findings = composed.findings;
        preview
    }
}

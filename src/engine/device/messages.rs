//! Messages: read and paired on their way, composed, previewed and sent.

use bytes::Bytes;

use super::Device;
use crate::engine::log::{Content, Entry};
use crate::engine::seam::{Draft, FrameId, Notice, Preview};
use crate::engine::template::{self, Scope, Walks};
use crate::engine::{Shared, failure, inspect, plan};
use crate::mqtt::Severity;
use crate::platform::{
    Composed, Direction, Draw, Finding, Publication, PublishOptions, Reading, Text,
};
use crate::session::{self, PublishProperties};
use crate::time::Now;

/// A message in its row, read.
pub(super) struct Message {
    pub(super) row: FrameId,
    pub(super) publication: Publication,
    pub(super) reading: Reading,
}

/// Notices that wait for the page to take its last update; nobody reads more at once.
const MAX_NOTICES: usize = 32;

impl Device {
    /// Pairs a message that was read so, and remarks on its row.
    pub(super) fn book(&mut self, now: Now, direction: Direction, message: &Message) {
        let Message {
            row: id,
            publication,
            reading,
        } = message;
        let id = *id;
        let kind = reading
            .kind
            .as_ref()
            .and_then(|key| self.declaration.kinds.iter().find(|kind| &kind.key == key));
        let mut pairing = self.ledger.observe(now, direction, id, reading, kind);
        if let Some(request) = pairing.request {
            let request = || self.message_in(request);
            let remarks = self.dialect.lint_answer(&request, publication, now.unix);
            pairing.findings.extend(remarks);
        }
        self.dirty.ledger |= reading.correlation.is_some();
        self.picture_message(now, direction, id, publication, reading, &pairing);
        self.log.remark_reading(
            id,
            reading,
            pairing.findings,
            pairing.latency,
            pairing.request,
        );
        if self.looking.selected == Some(id) {
            self.dirty.selected = true;
        }
    }

    /// Reads the message in a row.
    pub(super) fn read(
        &self,
        direction: Direction,
        row: FrameId,
        publication: Publication,
    ) -> Message {
        let identity = &self.profile.identity;
        let reading = self.dialect.skim(identity, direction, &publication);
        Message {
            row,
            publication,
            reading,
        }
    }

    /// The message in a row, while that is kept.
    fn message_in(&self, row: FrameId) -> Option<Publication> {
        match self.log.entry(row) {
            Some(Entry {
                content: Content::Frame(bytes),
                version,
                ..
            }) => inspect::publication(*version, bytes),
            _ => None,
        }
    }

    pub(super) fn handle_message(
        &mut self,
        now: Now,
        shared: &mut Shared,
        publication: Publication,
    ) {
        let Some(row) = self.last_received else {
            return;
        };
        let message = self.read(Direction::Down, row, publication);
        let Some((rule, wait)) = self.answering_rule(&message.reading) else {
            self.book(now, Direction::Down, &message);
            return;
        };
        if wait.is_zero() {
            let refusal = self.give_answer(now, shared, &message, &rule);
            self.unbooked = Some((message, refusal));
        } else {
            self.book(now, Direction::Down, &message);
            self.plan_answer(now, wait, message, rule);
        }
    }

    /// Books the request that was answered before it was booked.
    pub(super) fn book_answered(&mut self, now: Now) {
        if let Some((message, refusal)) = self.unbooked.take() {
            self.book(now, Direction::Down, &message);
            self.tell_refusal(message.row, refusal);
        }
    }

    /// What a draft is once its variables are filled in and the dialect has composed it.
    pub(super) fn compose(
        &self,
        draft: &Draft,
        draw: &Draw,
        counter: u64,
        walks: &mut Walks,
    ) -> Composed {
        let mut scope = Scope::new(*draw, counter, None, walks);
        let message = match draft {
            Draft::Form { kind, values } => {
                let fields = self
                    .declaration
                    .kind(kind)
                    .map_or(&[][..], |kind| &kind.fields);
                let (values, findings) = template::fill_form(fields, values.clone(), &mut scope);
                if !findings.is_empty() {
                    return Composed::refused(findings);
                }
                let identity = &self.profile.identity;
                return self.dialect.compose(identity, kind, &values, draw);
            }
            Draft::Raw(publication) => Ok(publication.clone()),
            Draft::Template(publication) => template::fill_publication(publication, &mut scope),
            Draft::WithProperties(draft, _) => {
                return self.compose(draft, draw, counter, walks);
            }
        };
        match message {
            Ok(publication) => Composed {
                publication: Some(publication),
                findings: Vec::new(),
            },
            Err(findings) => Composed::refused(findings),
        }
    }

    fn publish_composed(&mut self, now: Now, composed: Composed) {
        match composed.publication {
            Some(publication) => {
                self.publish(now, publication);
            }
            None => {
                for finding in composed.findings {
                    self.tell(finding.severity, finding.text);
                }
            }
        }
    }

    pub(super) fn send(&mut self, now: Now, shared: &mut Shared, draft: Draft) {
        let draw = self.draw(now, shared);
        let mut walks = std::mem::take(&mut self.walks);
        self.composed = self.composed.saturating_add(1);
        let composed = self.compose(&draft, &draw, self.composed, &mut walks);
        self.walks = walks;
        match (composed.publication, draft) {
            (Some(publication), Draft::WithProperties(_, properties)) => {
                self.publish_with(now, publication, *properties);
            }
            (publication, _) => self.publish_composed(
                now,
                Composed {
                    publication,
                    findings: composed.findings,
                },
            ),
        }
    }

    /// Hands a message to the session. Returns whether that took it.
    pub(super) fn publish(&mut self, now: Now, publication: Publication) -> bool {
        self.publish_with(now, publication, PublishProperties::default())
    }

    fn publish_with(
        &mut self,
        now: Now,
        publication: Publication,
        properties: PublishProperties,
    ) -> bool {
        let message = session::Publication {
            retain: publication.retain,
            properties,
            ..session::Publication::new(publication.topic, publication.payload, publication.qos)
        };
        match self.session.publish(now, message) {
            // The next message gets the next id.
            Ok(_) => {
                self.sequence = self.sequence.saturating_add(1);
                self.dirty.preview = true;
                true
            }
            Err(error) => {
                self.tell(Severity::Error, failure::session_error(&error));
                false
            }
        }
    }

    pub(super) fn tell(&mut self, severity: Severity, text: Text) {
        let notice = Notice { severity, text };
        // What is said already need not be said again before the page has heard it, and a fault
        // that comes with each message must not fill the memory.
        if self.notices.len() < MAX_NOTICES && !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// What the platform says about the properties of a message, where the version has them.
    fn remarks_on_properties(
        &self,
        publication: &Publication,
        properties: &PublishProperties,
    ) -> Vec<Finding> {
        let options = PublishOptions {
            user_properties: properties.user_properties.clone(),
            response_topic: properties.response_topic.clone(),
            correlation_data: properties.correlation_data.clone(),
            ..PublishOptions::plain(self.version)
        };
        self.dialect
            .lint_options(&self.profile.identity, publication, &options)
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
        let counter = self.composed.saturating_add(1);
        let mut composed = self.compose(draft, &draw, counter, &mut self.walks.clone());
        let mut preview = Preview {
            draft: number,
            publication: None,
            bytes: Bytes::new(),
            tree: Vec::new(),
            findings: Vec::new(),
        };
        if let Some(publication) = composed.publication.take() {
            plan::add_new(&mut composed.findings, plan::blank_ends(&publication.topic));
            plan::add_new(
                &mut composed.findings,
                self.dialect.lint(identity, &publication),
            );
            plan::add_new(
                &mut composed.findings,
                self.dialect.lint_times(identity, &publication, now.unix),
            );
            let none = PublishProperties::default();
            let properties = match draft {
                Draft::WithProperties(_, properties) => properties,
                Draft::Raw(_) | Draft::Template(_) | Draft::Form { .. } => &none,
            };
            plan::add_new(
                &mut composed.findings,
                self.remarks_on_properties(&publication, properties),
            );
            plan::add_new(
                &mut composed.findings,
                self.beyond_limits(now.instant, publication.payload.len()),
            );
            match inspect::encode(self.version, &publication, properties) {
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

//! Moving to another platform: nothing of the old one stays but the rows of the log, and those are
//! read by the old platform's words no more.

use bytes::Bytes;

use super::answers::Answers;
use super::limits::Recent;
use super::{Device, Walks};
use crate::engine::Shared;
use crate::engine::seam::{ConnectionState, FrameId};
use crate::platform::{Dialect, Text};
use crate::time::Now;

impl Device {
    /// Ends the connection at once and forgets what belongs to the platform so far.
    pub(super) fn move_to(&mut self, now: Now, shared: &mut Shared, dialect: &'static dyn Dialect) {
        self.disconnect(now, shared);
        if self.is_linked() {
            // What the old platform still has to say is not read by the new one.
            self.close_link(now, shared);
            self.session.handle_link_closed(now);
            self.pump(now, shared);
        }
        self.stop_waiting(now);
        self.in_page = None;
        self.retry.accepted = false;
        self.connection.failure = None;
        self.connection.stopped = None;
        self.connection.server.clear();
        self.set_state(now, ConnectionState::Offline);
        self.endpoint = None;
        self.connect_plan = None;
        self.answers = Answers::default();
        self.reports.clear();
        self.ledger.clear();
        self.flows.clear();
        self.walks = Walks::default();
        self.composed = 0;
        self.added.clear();
        self.published = Recent::default();
        self.connects = Recent::default();
        self.submission = None;
        let old = std::mem::replace(&mut self.declaration, dialect.declaration()).name;
        self.dialect = dialect;
        if self.log.end() > self.log.first().0 {
            let new = &self.declaration.name;
            self.note(
                now,
                Text::owned(
                    format!("platform changed from {} to {}", old.en, new.en),
                    format!("平台由 {} 切换为 {}", old.zh, new.zh),
                ),
                Bytes::new(),
                None,
            );
        }
        self.platform_since = FrameId(self.log.end());
        self.pictures.clear(self.platform_since);
        self.dirty.reports = true;
        self.dirty.ledger = true;
        self.dirty.subscriptions = true;
        self.dirty.log = true;
    }

    /// The first row of the platform that a row belongs to, as far as that is known: of all earlier
    /// platforms no more than that they are not this one.
    pub(super) fn platform_of(&self, row: FrameId) -> FrameId {
        if row >= self.platform_since {
            self.platform_since
        } else {
            FrameId(0)
        }
    }

    /// The dialect that reads a row: none for what an earlier platform said.
    pub(super) fn reader_of(&self, row: FrameId) -> Option<&'static dyn Dialect> {
        (row >= self.platform_since).then_some(self.dialect)
    }
}

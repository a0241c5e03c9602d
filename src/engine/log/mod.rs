//! The frame log: everything that crossed the link, bytes as they were, bounded.
//!
//! Rows are made when they are looked at; keeping a frame costs its bytes and a few words. What the
//! page shows is a view over the rows kept: all of them, or those that pass a filter, up to where
//! the user paused. See [`shown`].

mod aliases;
mod pairs;
mod row;
mod shown;

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::seam::{FrameId, LogLimits};
use crate::mqtt::{PacketType, ProtocolVersion, Severity, Summary};
use crate::platform::{Direction, Finding, Reading, Text};
use crate::time::{Now, UnixMillis};
use aliases::Aliases;
use pairs::Exchanges;
pub(super) use row::{MALFORMED, partners, row};
use shown::Matching;

/// What a row holds.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A control packet as sent or received.
    Frame(Bytes),
    /// Bytes that are no control packet, from the first byte of the bad one.
    Malformed(Bytes),
    /// Something that happened to the link, with what came as text, if anything.
    Link(Text, Bytes),
}

impl Content {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Frame(bytes) | Self::Malformed(bytes) | Self::Link(_, bytes) => bytes.len(),
        }
    }
}

/// Whether a packet has its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wait {
    /// It asks for none, or has it.
    #[default]
    Nothing,
    /// Not yet.
    Waiting,
    /// It never came: the connection ended, or the packet was sent again.
    Unanswered,
}

/// What the platform's layer says about a row.
#[derive(Clone, Debug)]
pub(super) struct PlatformLine {
    pub(super) kind: Cow<'static, str>,
    pub(super) summary: Text,
    pub(super) correlation: Option<Box<str>>,
    pub(super) code: Option<Box<str>>,
    pub(super) rules: Vec<Cow<'static, str>>,
}

impl PlatformLine {
    /// What a row keeps of a reading.
    pub(super) fn of(reading: &Reading) -> Self {
        Self {
            kind: reading.kind.clone().unwrap_or_default(),
            summary: reading.summary.clone(),
            correlation: reading
                .correlation
                .as_ref()
                .and_then(|correlation| correlation.id.as_deref())
                .map(Box::from),
            code: reading
                .outcome
                .as_ref()
                .map(|outcome| Box::from(outcome.code.as_str())),
            rules: reading
                .findings
                .iter()
                .map(|finding| finding.rule.clone())
                .collect(),
        }
    }
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) at: UnixMillis,
    pub(super) direction: Direction,
    pub(super) version: ProtocolVersion,
    pub(super) content: Content,
    /// The topic that a topic alias stands for.
    pub(super) topic: Option<Arc<str>>,
    /// The platform's reading, for a PUBLISH that it knows or remarks on.
    pub(super) platform: Option<Box<PlatformLine>>,
    pub(super) severity: Option<Severity>,
    /// Remarks that cannot be made again from the bytes alone: how it fits the round trips.
    pub(super) findings: Vec<Finding>,
    pub(super) rtt: Option<Duration>,
    /// The packet that this one acknowledges.
    pub(super) answers: Option<FrameId>,
    /// The packet that acknowledges this one.
    pub(super) answered_by: Option<FrameId>,
    /// The platform request that this message answers.
    pub(super) request: Option<FrameId>,
    /// The message that answers this platform request.
    pub(super) reply: Option<FrameId>,
    pub(super) wait: Wait,
    pub(super) marked: bool,
}

impl Entry {
    /// The packet type, from the first byte.
    pub(super) fn packet_type(&self) -> Option<PacketType> {
        match &self.content {
            Content::Frame(bytes) => PacketType::from_number(bytes.first()? >> 4),
            _ => None,
        }
    }

    /// The rules of all remarks on it.
    pub(super) fn rules(&self) -> impl Iterator<Item = &str> {
        self.platform
            .iter()
            .flat_map(|platform| &platform.rules)
            .map(Cow::as_ref)
            .chain(self.findings.iter().map(|finding| finding.rule.as_ref()))
    }

    /// What it counts for against the limit of bytes: what a peer can make long.
    fn weight(&self) -> usize {
        let line = self.platform.as_ref().map_or(0, |platform| {
            platform
                .summary
                .en
                .len()
                .saturating_add(platform.summary.zh.len())
        });
        self.content.len().saturating_add(line)
    }
}

/// What came of keeping a frame.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: FrameId,
    /// The topic of a PUBLISH, where it is known.
    pub(super) topic: Option<String>,
    /// The acknowledged packet's type and how long it waited.
    pub(super) answered: Option<(PacketType, Duration)>,
}

/// The rows of one device.
#[derive(Debug, Default)]
pub(super) struct FrameLog {
    entries: VecDeque<Entry>,
    first: u64,
    bytes: usize,
    dropped: u64,
    limits: LogLimits,
    exchanges: Exchanges,
    aliases: Aliases,
    marks: BTreeSet<u64>,
    /// The first number that is not shown, while the view is paused.
    paused_at: Option<u64>,
    matching: Option<Matching>,
}

impl FrameLog {
    /// Keeps a control packet and pairs it with what it answers.
    pub(super) fn push_frame(
        &mut self,
        now: Now,
        direction: Direction,
        version: ProtocolVersion,
        bytes: &Bytes,
        summary: &Summary<'_>,
    ) -> Kept {
        let id = self.push(now, direction, version, Content::Frame(bytes.clone()));
        let topic = if version.has_properties() {
            self.aliases.resolve(direction, summary)
        } else {
            None
        };
        let named = summary
            .topic()
            .map(|named| topic.as_deref().unwrap_or(named).to_owned())
            .filter(|named| !named.is_empty());
        let observed = self.exchanges.observe(id, now.instant, direction, summary);
        if let Some(entry) = self.entries.back_mut() {
            entry.topic = topic;
            entry.rtt = observed.answers.map(|(_, rtt)| rtt);
            entry.answers = observed.answers.map(|(request, _)| request);
            if observed.waits {
                entry.wait = Wait::Waiting;
            }
        }
        let mut answered = None;
        if let Some((request, rtt)) = observed.answers {
            self.remark(request, |entry| {
                entry.wait = Wait::Nothing;
                entry.answered_by = Some(id);
                answered = entry.packet_type().map(|packet| (packet, rtt));
            });
        }
        if let Some(frame) = observed.given_up {
            self.remark(frame, |entry| entry.wait = Wait::Unanswered);
        }
        Kept {
            id,
            topic: named,
            answered,
        }
    }

    /// Keeps a row.
    pub(super) fn push(
        &mut self,
        now: Now,
        direction: Direction,
        version: ProtocolVersion,
        content: Content,
    ) -> FrameId {
        let id = FrameId(self.end());
        let severity = matches!(content, Content::Malformed(_)).then_some(Severity::Error);
        let entry = Entry {
            at: now.unix,
            direction,
            version,
            content,
            topic: None,
            platform: None,
            severity,
            findings: Vec::new(),
            rtt: None,
            answers: None,
            answered_by: None,
            request: None,
            reply: None,
            wait: Wait::Nothing,
            marked: false,
        };
        self.bytes = self.bytes.saturating_add(entry.weight());
        self.entries.push_back(entry);
        self.shrink();
        id
    }

    /// Drops the oldest rows until the limits are kept. The newest row always stays.
    fn shrink(&mut self) {
        let max_rows = self.limits.rows as usize;
        let max_bytes = (self.limits.mebibytes as usize).saturating_mul(1 << 20);
        while self.entries.len() > max_rows || (self.bytes > max_bytes && self.entries.len() > 1) {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(oldest.weight());
            if oldest.marked {
                self.marks.remove(&self.first);
            }
            self.first = self.first.saturating_add(1);
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// The oldest row's number, or the next row's while there is none.
    pub(super) fn first(&self) -> FrameId {
        FrameId(self.first)
    }

    /// The number after the newest row's.
    pub(super) fn end(&self) -> u64 {
        self.first.saturating_add(self.entries.len() as u64)
    }

    /// Bytes kept.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes as u64
    }

    /// How much is kept.
    pub(super) fn set_limits(&mut self, limits: LogLimits) {
        self.limits = limits.within_bounds();
        self.shrink();
        self.entries.shrink_to_fit();
    }

    /// The row of that number, if it is still kept.
    pub(super) fn entry(&self, id: FrameId) -> Option<&Entry> {
        self.entries.get(self.position(id)?)
    }

    /// The rows kept, newest first, with their numbers.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (FrameId, &Entry)> + Clone {
        self.entries
            .iter()
            .enumerate()
            .rev()
            .map(|(position, entry)| (FrameId(self.first.saturating_add(position as u64)), entry))
    }

    /// Changes the row of that number, if it is still kept; a filter looks at it again.
    pub(super) fn remark(&mut self, id: FrameId, change: impl FnOnce(&mut Entry)) {
        let Some(position) = self.position(id) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(position) else {
            return;
        };
        let before = entry.weight();
        change(entry);
        self.bytes = self
            .bytes
            .saturating_sub(before)
            .saturating_add(entry.weight());
        if let Some(matching) = &mut self.matching {
            matching.look_again(id.0, entry);
        }
    }

    /// What the platform's layer says about a message, and how it fits the round trips.
    pub(super) fn remark_reading(
        &mut self,
        id: FrameId,
        reading: &Reading,
        findings: Vec<Finding>,
        latency: Option<Duration>,
        request: Option<FrameId>,
    ) {
        if let Some(request) = request {
            self.remark(request, |entry| entry.reply = Some(id));
        }
        self.remark(id, |entry| {
            entry.severity = reading
                .findings
                .iter()
                .chain(&findings)
                .map(|finding| finding.severity)
                .max();
            entry.findings = findings;
            entry.rtt = latency.or(entry.rtt);
            entry.request = request;
            entry.platform = (reading.kind.is_some() || !reading.findings.is_empty())
                .then(|| Box::new(PlatformLine::of(reading)));
        });
    }

    /// Marks a row, or takes its mark away. Returns whether the row is kept.
    pub(super) fn toggle_mark(&mut self, id: FrameId) -> bool {
        let mut marked = None;
        self.remark(id, |entry| {
            entry.marked = !entry.marked;
            marked = Some(entry.marked);
        });
        match marked {
            Some(true) => self.marks.insert(id.0),
            Some(false) => self.marks.remove(&id.0),
            None => return false,
        };
        true
    }

    fn position(&self, id: FrameId) -> Option<usize> {
        usize::try_from(id.0.checked_sub(self.first)?).ok()
    }

    /// Forgets all rows; numbers go on.
    pub(super) fn clear(&mut self) {
        self.first = self.end();
        self.entries.clear();
        self.bytes = 0;
        self.dropped = 0;
        self.marks.clear();
        if self.paused_at.is_some() {
            self.paused_at = Some(self.first);
        }
        if let Some(matching) = &mut self.matching {
            matching.restart(self.first);
        }
    }

    /// The connection ended, or another begins: what waits gets no answer any more, and packet
    /// identifiers and topic aliases start afresh. Returns whether anything waited.
    pub(super) fn handle_new_connection(&mut self) -> bool {
        self.aliases = Aliases::default();
        let waiting: Vec<FrameId> = self.exchanges.give_up().collect();
        for frame in &waiting {
            self.remark(*frame, |entry| entry.wait = Wait::Unanswered);
        }
        !waiting.is_empty()
    }
}

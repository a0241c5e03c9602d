//! What the page looks at in the log: filter, pause, marks, jumps, limits.

use core::time::Duration;
use std::collections::BTreeMap;

use super::Device;
use crate::engine::filter::{self, Filter, Known};
use crate::engine::inspect;
use crate::engine::log::{Content, Entry, FrameLog};
use crate::engine::seam::{
    Completion, DeviceCommand, DeviceUpdate, FilterView, FrameId, Jump, Jumped, LogView,
};
use crate::mqtt::{Packet, Summary};
use crate::time::{Instant, Now};

/// How many of the newest rows are looked at for topics to offer.
const TOPIC_ROWS: usize = 2000;
/// How many topics are offered.
const TOPICS: usize = 12;

/// How long rows stay as they were told while they pass by.
const PASSING_PACE: Duration = Duration::from_secs(1);
/// After so many new rows they pass by: nobody reads them, and drawing them anew with each update
/// takes time from whatever else happens.
const PASSING: u64 = 250;

/// The page's view of the log, and what it is to be told about it.
#[derive(Debug, Default)]
pub(super) struct Looking {
    pub(super) view: LogView,
    pub(super) selected: Option<FrameId>,
    filter: Option<FilterView>,
    jumped: Option<(u64, Option<Jumped>)>,
    /// The page asked for rows, and is told at once.
    asked: bool,
    /// When rows were told last, and the log's end then.
    told: Instant,
    told_end: u64,
}

impl Device {
    /// A command about the view of the log; anything else is none of its business.
    pub(super) fn handle_view(&mut self, command: DeviceCommand) {
        match command {
            DeviceCommand::View(view) => self.looking.view = view,
            DeviceCommand::Select(frame) => {
                self.looking.selected = frame;
                self.dirty.selected = true;
            }
            DeviceCommand::ClearLog => {
                self.log.clear();
                self.pictures.clear(FrameId(self.log.end()));
                self.ledger.clear();
                self.looking.selected = None;
                self.dirty.ledger = true;
                self.dirty.selected = true;
            }
            DeviceCommand::Filter {
                number,
                text,
                cursor,
            } => self.filter(number, &text, cursor),
            DeviceCommand::Pause(paused) => self.log.set_paused(paused),
            DeviceCommand::Mark(frame) => {
                self.log.toggle_mark(frame);
                self.dirty.selected |= self.looking.selected == Some(frame);
            }
            DeviceCommand::Jump { number, to } => self.jump(number, to),
            DeviceCommand::Export { number, request } => return self.export(number, request),
            DeviceCommand::Limits(limits) => self.log.set_limits(limits),
            DeviceCommand::Topics(view) => return self.pictures.show_topics(view),
            DeviceCommand::Charts(view) => {
                let end = FrameId(self.log.end());
                return self.pictures.show_charts(view, end);
            }
            _ => return,
        }
        self.looking.asked = true;
        self.dirty.log = true;
    }

    fn filter(&mut self, number: u64, text: &str, cursor: Option<u32>) {
        let (filter, error) = Filter::parse(text);
        self.log.set_filter(filter);
        let completions = cursor.map_or_else(Vec::new, |cursor| {
            let known = Known {
                topics: &topics(&self.log),
                declaration: &self.declaration,
            };
            let mut found = filter::complete(text, cursor, &known);
            let newest = self.log.newest_first().map(|(_, entry)| entry);
            filter::count(text, &mut found, newest.take(Completion::COUNTED as usize));
            found
        });
        self.looking.filter = Some(FilterView {
            number,
            error,
            completions,
        });
    }

    fn jump(&mut self, number: u64, to: Jump) {
        let jumped = self.log.jump(to, self.looking.selected);
        if let Some(jumped) = jumped {
            self.looking.selected = Some(jumped.frame);
            self.dirty.selected = true;
        }
        self.looking.jumped = Some((number, jumped));
    }

    /// Puts what the page is to be told about the log into an update.
    pub(super) fn tell_view(
        &mut self,
        now: Now,
        update: &mut DeviceUpdate,
        log: bool,
        selected: bool,
    ) {
        update.filter = self.looking.filter.take();
        update.jumped = self.looking.jumped.take();
        if log
            && self
                .rows_rest_until()
                .is_some_and(|until| now.instant < until)
        {
            self.dirty.log = true;
        } else if log {
            self.looking.asked = false;
            self.looking.told = now.instant;
            self.looking.told_end = self.log.end();
            let window = self.log.window(self.looking.view, self.looking.selected);
            update.log = Some(window);
            // The next step comes with the next update.
            self.dirty.log |= self.log.is_searching();
        }
        update.selected = selected.then(|| {
            let id = self.looking.selected?;
            let entry = self.log.entry(id)?;
            let (dialect, identity) = (self.reader_of(id), &self.profile.identity);
            let mut view = inspect::frame_view(dialect, identity, id, entry);
            let since = self.platform_of(id);
            view.previous = inspect::previous(dialect, identity, &self.log, id, since);
            Some(Box::new(view))
        });
    }

    /// Until when the page keeps the rows that it has, while others pass by.
    pub(super) fn rows_rest_until(&self) -> Option<Instant> {
        let looking = &self.looking;
        let passing = self.log.end().saturating_sub(looking.told_end) > PASSING;
        (passing && !looking.asked && !self.log.is_searching())
            .then_some(looking.told + PASSING_PACE)
    }
}

/// Topic names in the newest rows, the most frequent first.
fn topics(log: &FrameLog) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, entry) in log.newest_first().take(TOPIC_ROWS) {
        if let Some(topic) = topic(entry) {
            let count = counts.entry(topic).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut topics: Vec<_> = counts.into_iter().collect();
    topics.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
    topics.truncate(TOPICS);
    topics.into_iter().map(|(topic, _)| topic).collect()
}

fn topic(entry: &Entry) -> Option<String> {
    if let Some(topic) = &entry.topic {
        return Some(topic.to_string());
    }
    let Content::Frame(bytes) = &entry.content else {
        return None;
    };
    match Summary::of(entry.version, bytes).packet {
        Ok(Packet::Publish(publish)) => Some(publish.topic.as_str().to_owned()),
        _ => None,
    }
}

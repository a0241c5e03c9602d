//! The topic tree, the charts and the latencies: fed by what passes, told to the page at a pace
//! that a reader can follow.

use std::time::Duration;

use super::Device;
use crate::engine::charts::{self, Charts, End};
use crate::engine::inspect;
use crate::engine::latency::Latencies;
use crate::engine::ledger::Pairing;
use crate::engine::log::{Content, Entry, Kept};
use crate::engine::seam::{ChartView, DeviceUpdate, FrameId, LastValue, TopicsView};
use crate::engine::topics::Topics;
use crate::mqtt::PacketType;
use crate::platform::{Direction, Publication, Reading, Text};
use crate::time::{Instant, Now};

/// How often the page is told.
const PACE: Duration = Duration::from_millis(250);
/// How many rows are read for numbers in one step.
const ROWS_A_STEP: usize = 512;
/// How much of a payload the tree shows, in characters.
const PREVIEW: usize = 120;

/// What the page shows, and what it was told when.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    topics: Topics,
    topics_view: Option<TopicsView>,
    latencies: Latencies,
    charts: Charts,
    chart_view: Option<ChartView>,
    /// Rows from this one on have been read for numbers.
    read_from: FrameId,
    topics_dirty: bool,
    charts_dirty: bool,
    /// Not before then.
    not_before: Instant,
}

impl Pictures {
    /// The page shows this part of the topic tree, or none.
    pub(super) fn show_topics(&mut self, view: Option<TopicsView>) {
        self.topics_view = view;
        self.topics_dirty = true;
        self.not_before = Instant::default();
    }

    /// The page shows these charts, or none.
    pub(super) fn show_charts(&mut self, view: Option<ChartView>, end: FrameId) {
        if view.is_none() || self.chart_view.is_none() {
            self.charts = Charts::default();
            self.read_from = end;
        }
        self.chart_view = view;
        self.charts_dirty = true;
        self.not_before = Instant::default();
    }

    /// The log was cleared.
    pub(super) fn clear(&mut self, end: FrameId) {
        self.topics = Topics::default();
        self.latencies = Latencies::default();
        self.charts = Charts::default();
        self.read_from = end;
        self.topics_dirty = true;
        self.charts_dirty = true;
    }

    /// When the page is to be told next.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.is_due().then_some(self.not_before)
    }

    fn is_due(&self) -> bool {
        (self.topics_dirty && self.topics_view.is_some())
            || (self.charts_dirty && self.chart_view.is_some())
    }

    /// Whether the page is to be told now.
    fn is_time(&self, now: Instant) -> bool {
        self.is_due() && now >= self.not_before
    }
}

impl Device {
    /// A frame was kept.
    pub(super) fn picture_frame(&mut self, now: Now, direction: Direction, kept: &Kept) {
        let pictures = &mut self.pictures;
        if let Some(topic) = &kept.topic {
            pictures
                .topics
                .observe(now.instant, direction, kept.id, topic);
            pictures.topics_dirty = true;
        }
        if let Some((packet, rtt)) = kept.answered
            && !matches!(packet, PacketType::PubRec | PacketType::PubRel)
        {
            let initiator = match direction {
                Direction::Up => Direction::Down,
                Direction::Down => Direction::Up,
            };
            let name = packet.name();
            let label = Text::same(name);
            pictures.latencies.observe(name, &label, initiator, rtt);
            pictures.charts_dirty = true;
        }
    }

    /// A message was read and paired.
    pub(super) fn picture_message(
        &mut self,
        now: Now,
        direction: Direction,
        id: FrameId,
        publication: &Publication,
        reading: &Reading,
        pairing: &Pairing,
    ) {
        let pictures = &mut self.pictures;
        if let (Some(latency), Some(asked)) = (pairing.latency, &pairing.asked) {
            pictures
                .latencies
                .observe(&asked.kind, &asked.label, asked.initiator, latency);
            pictures.charts_dirty = true;
        }
        if pictures.chart_view.is_some() {
            let numbers = charts::numbers(publication, reading);
            pictures.charts_dirty |= !numbers.is_empty();
            pictures
                .charts
                .take(End::Newest, id, now.unix, direction, numbers);
        }
    }

    /// Puts topic tree and charts into an update, when they are shown and it is time.
    pub(super) fn tell_pictures(&mut self, now: Now, update: &mut DeviceUpdate) {
        if !self.pictures.is_time(now.instant) {
            return;
        }
        self.pictures.not_before = now.instant + PACE;
        if std::mem::take(&mut self.pictures.topics_dirty)
            && let Some(view) = &self.pictures.topics_view
        {
            let (mut window, is_moving) = self.pictures.topics.window(now.instant, view);
            for row in &mut window.rows {
                row.last = self
                    .pictures
                    .topics
                    .last(row.id)
                    .and_then(|frame| Some(last_value(frame, self.log.entry(frame)?)));
            }
            // Rates fall by themselves.
            self.pictures.topics_dirty = is_moving;
            update.topics = Some(window);
        }
        if std::mem::take(&mut self.pictures.charts_dirty)
            && let Some(view) = self.pictures.chart_view.clone()
        {
            let unread = self.read_back();
            let first = self.log.first();
            let mut window = self.pictures.charts.window(&view, first);
            window.unread = unread;
            window.latencies = self.pictures.latencies.view();
            self.pictures.charts_dirty = unread > 0;
            if unread > 0 {
                self.pictures.not_before = now.instant;
            }
            update.charts = Some(window);
        }
    }

    /// Reads some more of the older rows for numbers. Returns how many rows are left.
    fn read_back(&mut self) -> u64 {
        let first = self.log.first();
        for _ in 0..ROWS_A_STEP {
            let Some(number) = self.pictures.read_from.0.checked_sub(1) else {
                break;
            };
            let id = FrameId(number);
            let Some(entry) = self.log.entry(id) else {
                break;
            };
            self.pictures.read_from = id;
            let (at, direction) = (entry.at, entry.direction);
            let Some(publication) = publication(entry) else {
                continue;
            };
            let reading = self
                .dialect
                .skim(&self.profile.identity, direction, &publication);
            let numbers = charts::numbers(&publication, &reading);
            self.pictures
                .charts
                .take(End::Oldest, id, at, direction, numbers);
        }
        self.pictures.read_from.0.saturating_sub(first.0)
    }
}

fn publication(entry: &Entry) -> Option<Publication> {
    let Content::Frame(bytes) = &entry.content else {
        return None;
    };
    let mut publication = inspect::publication(entry.version, bytes)?;
    if let Some(topic) = &entry.topic {
        publication.topic = topic.to_string();
    }
    Some(publication)
}

fn last_value(frame: FrameId, entry: &Entry) -> LastValue {
    let payload = publication(entry).map(|publication| publication.payload);
    LastValue {
        frame,
        at: entry.at,
        preview: preview(&payload.unwrap_or_default()),
    }
}

/// The start of a payload in one line: text, or hexadecimal where it is none.
fn preview(payload: &[u8]) -> String {
    let start = payload.get(..PREVIEW.saturating_mul(4)).unwrap_or(payload);
    let text = match core::str::from_utf8(start) {
        Ok(text) => text,
        // A character cut in two at the end is no reason to show bytes.
        Err(error) if error.error_len().is_none() => {
            let whole = start.get(..error.valid_up_to()).unwrap_or_default();
            core::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => {
            return start
                .iter()
                .take(PREVIEW / 3)
                .map(|byte| format!("{byte:02X} "))
                .collect::<String>()
                .trim_end()
                .to_owned();
        }
    };
    text.chars()
        .take(PREVIEW)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

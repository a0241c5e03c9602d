//! The topic tree, the charts and the latencies, as the page shows them.

use super::{Direction, FrameId, Text, UnixMillis};
use serde::{Deserialize, Serialize};

/// A level of the topic tree; the same for as long as the log is not cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicId(pub u32);

/// Which part of the topic tree the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicsView {
    /// The levels that the user unfolded.
    pub open: Vec<TopicId>,
    /// The levels that the user folded. The others are open where there is nothing to choose: with
    /// one level below, or alone at the top.
    pub folded: Vec<TopicId>,
    /// First row wanted, counting from 0.
    pub start: u32,
    /// How many rows; at most [`TopicsView::MAX_COUNT`] are sent.
    pub count: u32,
}

impl TopicsView {
    /// The most rows that one update carries.
    pub const MAX_COUNT: u32 = 512;
}

/// The rows of the topic tree in view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopicsWindow {
    /// How many topics there are.
    pub topics: u32,
    /// Messages on topics that the tree has no room for.
    pub unlisted: u64,
    /// Rows, as far as levels are open.
    pub total: u32,
    /// Position of `rows[0]`.
    pub start: u32,
    /// The rows.
    pub rows: Vec<TopicRow>,
}

/// A level of the topic tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicRow {
    /// The level.
    pub id: TopicId,
    /// How deep, from 0.
    pub depth: u32,
    /// The level's own name; empty levels are allowed.
    pub level: String,
    /// The topic name up to here.
    pub topic: String,
    /// The filter that shows its messages and those below it.
    pub filter: String,
    /// Messages sent, here and below.
    pub up: u64,
    /// Messages received, here and below.
    pub down: u64,
    /// Messages a second over the last seconds, here and below, times 1000.
    pub rate_milli: u64,
    /// How many levels are right below.
    pub children: u32,
    /// Whether they are shown.
    pub open: bool,
    /// The newest message on exactly this topic, if it is still kept.
    pub last: Option<LastValue>,
}

/// The newest message of a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastValue {
    /// Its row.
    pub frame: FrameId,
    /// When.
    pub at: UnixMillis,
    /// The start of its payload: text in one line, or hexadecimal.
    pub preview: String,
}

/// A number that can be charted; the same for as long as the charts are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesId(pub u32);

/// What the page shows of the charts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartView {
    /// The numbers drawn; none for the first that there is.
    pub series: Vec<SeriesId>,
    /// How wide the picture is, in points; at most [`ChartView::MAX_COLUMNS`].
    pub columns: u32,
    /// How far it reaches back from the newest value, in milliseconds; all that is kept if `None`.
    pub span_ms: Option<u64>,
}

impl ChartView {
    /// The most columns of one line.
    pub const MAX_COLUMNS: u32 = 2000;
    /// The most lines at once.
    pub const MAX_LINES: usize = 6;
}

/// Charts and latencies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChartWindow {
    /// Every number that can be charted.
    pub series: Vec<SeriesInfo>,
    /// Numbers that there was no room for.
    pub unlisted: u64,
    /// Rows of the log that have not been read for numbers yet.
    pub unread: u64,
    /// Left edge of the picture.
    pub from: UnixMillis,
    /// Right edge.
    pub to: UnixMillis,
    /// The lines drawn.
    pub lines: Vec<ChartLine>,
    /// Round trips by what was asked.
    pub latencies: Vec<LatencyView>,
}

/// A number that can be charted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesInfo {
    /// Which.
    pub id: SeriesId,
    /// The stream, property or capability, or topic and member.
    pub name: String,
    /// Who says it.
    pub direction: Direction,
    /// How many values are kept.
    pub count: u64,
    /// The newest value.
    pub last: f64,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartLine {
    /// Of which number.
    pub series: SeriesId,
    /// Its columns, left to right; a column without a value is left out.
    pub columns: Vec<ChartColumn>,
    /// Smallest value in the picture.
    pub min: f64,
    /// Largest value in the picture.
    pub max: f64,
}

/// All values that fall on one column of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartColumn {
    /// Which column, from 0.
    pub column: u32,
    /// The first value.
    pub first: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The last.
    pub last: f64,
    /// How many there are.
    pub count: u64,
    /// The last value's row.
    pub frame: FrameId,
    /// When that was.
    pub at: UnixMillis,
}

/// How long one kind of request took to be answered, since the log was cleared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyView {
    /// What was asked: a kind of message, or a control packet.
    pub label: Text,
    /// Who asked; for a control packet as well.
    pub initiator: Direction,
    /// How many were answered.
    pub count: u64,
    /// Half of them took at most this long, in microseconds.
    pub p50_micros: u64,
    /// 99 of 100 took at most this long.
    pub p99_micros: u64,
    /// The longest.
    pub max_micros: u64,
    /// How many took how long, ascending; classes next to one another, of which at least
    /// [`LatencyView::MIN_CLASSES`] are told so that their bounds can be seen.
    pub classes: Vec<LatencyClass>,
}

impl LatencyView {
    /// The fewest classes: they reach over more than one power of ten.
    pub const MIN_CLASSES: usize = 16;
}

/// Answers that took about as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyClass {
    /// At least this long, in microseconds.
    pub from_micros: u64,
    /// Shorter than this.
    pub to_micros: u64,
    /// How many.
    pub count: u64,
}

//! Numbers over time: what the platform's layer reads as numbers in the messages that the log
//! keeps, and the numbers of a plain JSON payload where it reads none. Gathered only while the page
//! shows them; the picture's columns are made here, so that the page only draws.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::seam::{
    ChartColumn, ChartLine, ChartView, ChartWindow, FrameId, SeriesId, SeriesInfo, UnixMillis,
};
use crate::platform::{Direction, Publication, Reading};

/// The most series.
const MAX_SERIES: usize = 200;
/// The most values of all series together.
const MAX_POINTS: usize = 400_000;
/// A plain payload longer than this is not looked into.
const MAX_PAYLOAD: usize = 16 << 10;
/// The most numbers taken from one plain payload.
const MAX_LEAVES: usize = 32;
/// How deep they may lie.
const MAX_DEPTH: usize = 6;
/// The longest name of a series, in bytes.
const MAX_NAME: usize = 200;

/// A value.
#[derive(Clone, Copy, Debug)]
struct Point {
    frame: FrameId,
    at: UnixMillis,
    value: f64,
}

#[derive(Debug)]
struct Series {
    id: SeriesId,
    points: VecDeque<Point>,
}

/// The series.
#[derive(Debug, Default)]
pub(super) struct Charts {
    series: BTreeMap<(String, Direction), Series>,
    points: usize,
    unlisted: u64,
}

/// The numbers in a message.
pub(super) fn numbers(publication: &Publication, reading: &Reading) -> Vec<(String, f64)> {
    if !reading.samples.is_empty() || reading.kind.is_some() {
        return reading
            .samples
            .iter()
            .map(|sample| (sample.name.clone(), sample.value))
            .collect();
    }
    let payload = publication.payload.as_ref();
    let is_short = !payload.is_empty() && payload.len() <= MAX_PAYLOAD;
    let value = is_short.then(|| serde_json::from_slice::<Value>(payload));
    let mut found = Vec::new();
    if let Some(Ok(value)) = value {
        leaves(&value, publication.topic.clone(), 0, &mut found);
    }
    found
}

fn leaves(value: &Value, name: String, depth: usize, found: &mut Vec<(String, f64)>) {
    if found.len() >= MAX_LEAVES || depth > MAX_DEPTH {
        return;
    }
    let separator = if depth == 0 { " " } else { "." };
    match value {
        Value::Number(number) => found.extend(number.as_f64().map(|number| (name, number))),
        Value::Object(members) => {
            for (key, value) in members {
                leaves(
                    value,
                    format!("{name}{separator}{key}"),
                    depth.saturating_add(1),
                    found,
                );
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves(
                    value,
                    format!("{name}{separator}{index}"),
                    depth.saturating_add(1),
                    found,
                );
            }
        }
        _ => {}
    }
}

/// From which end a message comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Newer than all before.
    Newest,
    /// Older than all before.
    Oldest,
}

impl Charts {
    /// Takes the numbers of one message.
    pub(super) fn take(
        &mut self,
        end: End,
        frame: FrameId,
        at: UnixMillis,
        direction: Direction,
        numbers: Vec<(String, f64)>,
    ) {
        for (name, value) in numbers {
            let known = self.series.len();
            if !value.is_finite() || name.len() > MAX_NAME {
                continue;
            }
            let key = (name, direction);
            let is_empty = self
                .series
                .get(&key)
                .is_none_or(|series| series.points.is_empty());
            // One more value takes the place of an older one of its series, if that has any.
            let is_full = self.points >= MAX_POINTS && is_empty;
            if is_full || (known >= MAX_SERIES && !self.series.contains_key(&key)) {
                self.unlisted = self.unlisted.saturating_add(1);
                continue;
            }
            let id = SeriesId(u32::try_from(known).unwrap_or(u32::MAX));
            let series = self.series.entry(key).or_insert_with(|| Series {
                id,
                points: VecDeque::new(),
            });
            let point = Point { frame, at, value };
            match end {
                End::Newest => {
                    series.points.push_back(point);
                    if self.points >= MAX_POINTS {
                        series.points.pop_front();
                        continue;
                    }
                }
                End::Oldest if self.points >= MAX_POINTS => continue,
                End::Oldest => series.points.push_front(point),
            }
            self.points = self.points.saturating_add(1);
        }
    }

    /// Forgets the values of rows before `first`, which the log has dropped.
    fn forget_before(&mut self, first: FrameId) {
        for series in self.series.values_mut() {
            while series
                .points
                .front()
                .is_some_and(|point| point.frame < first)
            {
                series.points.pop_front();
                self.points = self.points.saturating_sub(1);
            }
        }
    }

    /// The picture that the page asks for.
    pub(super) fn window(&mut self, view: &ChartView, first: FrameId) -> ChartWindow {
        self.forget_before(first);
        let listed = self
            .series
            .iter()
            .filter_map(|((name, direction), series)| {
                Some(SeriesInfo {
                    id: series.id,
                    name: name.clone(),
                    direction: *direction,
                    count: series.points.len() as u64,
                    last: series.points.back()?.value,
                })
            });
        let listed: Vec<SeriesInfo> = listed.collect();
        let mut chosen: Vec<SeriesId> = view.series.clone();
        if chosen.is_empty() {
            chosen.extend(listed.first().map(|series| series.id));
        }
        chosen.truncate(ChartView::MAX_LINES);
        let drawn: Vec<&Series> = chosen
            .iter()
            .filter_map(|id| self.series.values().find(|series| series.id == *id))
            .collect();
        let times = || {
            drawn
                .iter()
                .flat_map(|series| series.points.iter().map(|point| point.at))
        };
        let to = times().max().unwrap_or_default();
        let oldest = times().min().unwrap_or_default();
        let from = match view.span_ms {
            Some(span) => {
                let span = i64::try_from(span).unwrap_or(i64::MAX);
                UnixMillis(to.0.saturating_sub(span))
            }
            None => oldest,
        };
        let columns = view.columns.clamp(2, ChartView::MAX_COLUMNS);
        ChartWindow {
            lines: drawn
                .iter()
                .map(|series| line(series, from, to, columns))
                .collect(),
            series: listed,
            unlisted: self.unlisted,
            from,
            to,
            ..ChartWindow::default()
        }
    }
}

fn line(series: &Series, from: UnixMillis, to: UnixMillis, columns: u32) -> ChartLine {
    let width = to.0.saturating_sub(from.0).max(1) as f64;
    let last_column = columns.saturating_sub(1);
    let mut drawn = BTreeMap::<u32, ChartColumn>::new();
    for point in &series.points {
        if point.at < from || point.at > to {
            continue;
        }
        let offset = point.at.0.saturating_sub(from.0) as f64;
        // Casts from float saturate.
        let column = ((offset / width * f64::from(last_column)).round() as u32).min(last_column);
        drawn
            .entry(column)
            .and_modify(|at| {
                at.min = at.min.min(point.value);
                at.max = at.max.max(point.value);
                at.last = point.value;
                at.count = at.count.saturating_add(1);
                at.frame = point.frame;
                at.at = point.at;
            })
            .or_insert(ChartColumn {
                column,
                first: point.value,
                min: point.value,
                max: point.value,
                last: point.value,
                count: 1,
                frame: point.frame,
                at: point.at,
            });
    }
    let columns: Vec<ChartColumn> = drawn.into_values().collect();
    let bound = |pick: fn(f64, f64) -> f64, of: fn(&ChartColumn) -> f64| {
        columns.iter().map(of).reduce(pick).unwrap_or_default()
    };
    ChartLine {
        series: series.id,
        min: bound(f64::min, |column| column.min),
        max: bound(f64::max, |column| column.max),
        columns,
    }
}

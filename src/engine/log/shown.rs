//! The view over the log: which of the kept rows are shown, and where.
//!
//! A shown row has an ordinal that stays the same while older rows are dropped: counting begins
//! anywhere, [`LogWindow::top`] is the ordinal of the first shown row. A filter is asked about a
//! bounded number of rows in each update, the newest first, so that the engine never stalls; what
//! was found stays found, and new rows are asked about as they come.

use std::collections::VecDeque;

use super::{Entry, FrameLog, row};
use crate::engine::filter::Filter;
use crate::engine::seam::{FrameId, Jump, Jumped, LogView, LogWindow};
use crate::time::UnixMillis;

/// How many rows a filter is asked about in one step.
const ROWS_A_STEP: usize = 8192;
/// How many bytes of rows, in one step.
const BYTES_A_STEP: usize = 2 << 20;

/// The rows that pass a filter, as far as it was asked.
#[derive(Debug)]
pub(super) struct Matching {
    filter: Filter,
    /// Numbers of the rows that pass, ascending.
    found: VecDeque<u64>,
    /// Every kept row in `low..high` was asked about.
    low: u64,
    high: u64,
    /// Ordinal of the first one found.
    top: i64,
}

impl Matching {
    fn new(filter: Filter, end: u64) -> Self {
        Self {
            filter,
            found: VecDeque::new(),
            low: end,
            high: end,
            top: 0,
        }
    }

    /// After the log was cleared.
    pub(super) fn restart(&mut self, first: u64) {
        self.top = self.top.saturating_add(len(&self.found));
        self.found.clear();
        self.low = first;
        self.high = first;
    }

    /// A row changed.
    pub(super) fn look_again(&mut self, number: u64, entry: &Entry) {
        if !(self.low..self.high).contains(&number) {
            return;
        }
        let passes = self.filter.matches(entry);
        match (self.found.binary_search(&number), passes) {
            (Err(place), true) => self.found.insert(place, number),
            (Ok(place), false) => {
                self.found.remove(place);
            }
            _ => {}
        }
    }

    /// Rows before `first` are gone.
    fn forget_before(&mut self, first: u64) {
        while self.found.front().is_some_and(|number| *number < first) {
            self.found.pop_front();
            self.top = self.top.saturating_add(1);
        }
        self.low = self.low.max(first);
        self.high = self.high.max(first);
    }
}

fn len<T>(list: &VecDeque<T>) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}

impl FrameLog {
    /// Shows the rows that pass; all of them for an empty filter.
    pub(in crate::engine) fn set_filter(&mut self, filter: Filter) {
        self.matching = (!filter.is_empty()).then(|| Matching::new(filter, self.end()));
    }

    /// Whether a row passes the filter.
    pub(in crate::engine) fn passes(&self, entry: &Entry) -> bool {
        self.matching
            .as_ref()
            .is_none_or(|matching| matching.filter.matches(entry))
    }

    /// Holds the view as it is, or lets it go on.
    pub(in crate::engine) fn set_paused(&mut self, paused: bool) {
        self.paused_at = paused.then(|| self.end());
    }

    /// Asks the filter about some more rows. Returns how many are left to ask about.
    fn step(&mut self) -> u64 {
        let (first, end) = (self.first, self.end());
        let Some(matching) = &mut self.matching else {
            return 0;
        };
        matching.forget_before(first);
        let (mut rows, mut bytes) = (0, 0);
        let mut ask = |number: u64, matching: &mut Matching| -> Option<bool> {
            if rows >= ROWS_A_STEP || bytes >= BYTES_A_STEP {
                return None;
            }
            let place = usize::try_from(number.checked_sub(first)?).ok()?;
            let entry = self.entries.get(place)?;
            rows = rows.saturating_add(1);
            bytes = bytes.saturating_add(entry.content.len());
            Some(matching.filter.matches(entry))
        };
        while matching.high < end {
            match ask(matching.high, matching) {
                Some(true) => matching.found.push_back(matching.high),
                Some(false) => {}
                None => break,
            }
            matching.high = matching.high.saturating_add(1);
        }
        while matching.low > first {
            let number = matching.low.saturating_sub(1);
            match ask(number, matching) {
                Some(true) => {
                    matching.found.push_front(number);
                    matching.top = matching.top.saturating_sub(1);
                }
                Some(false) => {}
                None => break,
            }
            matching.low = number;
        }
        matching
            .low
            .saturating_sub(first)
            .saturating_add(end.saturating_sub(matching.high))
    }

    /// Whether a filter has not been asked about every row yet.
    pub(in crate::engine) fn is_searching(&self) -> bool {
        self.matching
            .as_ref()
            .is_some_and(|matching| matching.low > self.first || matching.high < self.end())
    }

    /// The ordinal of the first shown row, and how many are shown.
    fn extent(&self) -> (i64, usize) {
        let limit = self.paused_at.unwrap_or(u64::MAX);
        match &self.matching {
            None => {
                let end = self.end().min(limit);
                let total = usize::try_from(end.saturating_sub(self.first)).unwrap_or(usize::MAX);
                (i64::try_from(self.first).unwrap_or(i64::MAX), total)
            }
            Some(matching) => (
                matching.top,
                matching.found.partition_point(|number| *number < limit),
            ),
        }
    }

    /// The number of the row that is shown at `place`, counting from 0.
    fn shown(&self, place: usize) -> Option<FrameId> {
        match &self.matching {
            None => Some(FrameId(self.first.saturating_add(place as u64))),
            Some(matching) => matching.found.get(place).copied().map(FrameId),
        }
    }

    /// How many of the shown rows come before that number, and whether it is shown itself.
    fn place(&self, id: FrameId) -> (usize, bool) {
        let (_, total) = self.extent();
        let place = match &self.matching {
            None => usize::try_from(id.0.saturating_sub(self.first)).unwrap_or(usize::MAX),
            Some(matching) => matching.found.partition_point(|number| *number < id.0),
        };
        (
            place.min(total),
            place < total && self.shown(place) == Some(id),
        )
    }

    /// The rows that a view shows, with the place of the selected one.
    pub(in crate::engine) fn window(
        &mut self,
        view: LogView,
        selected: Option<FrameId>,
    ) -> LogWindow {
        let unsearched = self.step();
        let (top, total) = self.extent();
        let count = view.count.min(LogView::MAX_COUNT) as usize;
        let latest = total.saturating_sub(count);
        let start = if view.follow {
            latest
        } else {
            usize::try_from(view.start.saturating_sub(top).max(0)).map_or(latest, |s| s.min(latest))
        };
        let rows = (start..total.min(start.saturating_add(count)))
            .filter_map(|place| {
                let id = self.shown(place)?;
                Some(row(id, self.entry(id)?))
            })
            .collect();
        let ordinal = |place: usize| top.saturating_add(i64::try_from(place).unwrap_or(i64::MAX));
        LogWindow {
            kept: self.entries.len() as u64,
            bytes: self.bytes(),
            dropped: self.dropped,
            held: self
                .paused_at
                .map_or(0, |limit| self.end().saturating_sub(limit.max(self.first))),
            unsearched,
            marks: u32::try_from(self.marks.len()).unwrap_or(u32::MAX),
            top,
            total: total as u64,
            start: ordinal(start),
            selected: selected.and_then(|id| {
                let (place, is_shown) = self.place(id);
                is_shown.then(|| ordinal(place))
            }),
            rows,
        }
    }

    /// Where a jump leads, from the selected row. `None` when there is nothing there.
    pub(in crate::engine) fn jump(&self, to: Jump, from: Option<FrameId>) -> Option<Jumped> {
        let (top, total) = self.extent();
        let last = total.checked_sub(1);
        let at_place = |place: usize| {
            Some(Jumped {
                frame: self.shown(place.min(last?))?,
                ordinal: Some(
                    top.saturating_add(i64::try_from(place.min(last?)).unwrap_or(i64::MAX)),
                ),
            })
        };
        let to_frame = |id: FrameId| {
            let (place, is_shown) = self.place(id);
            if is_shown {
                return at_place(place);
            }
            self.entry(id).map(|_| Jumped {
                frame: id,
                ordinal: None,
            })
        };
        match to {
            Jump::Frame(id) => to_frame(id),
            Jump::Ordinal(ordinal) => {
                at_place(usize::try_from(ordinal.saturating_sub(top).max(0)).ok()?)
            }
            Jump::Time(at) => at_place(self.place_at(at, total)),
            Jump::NextMark => {
                let after = from.map_or(0, |id| id.0.saturating_add(1));
                let next = self.marks.range(after..).chain(&self.marks);
                next.map(|number| FrameId(*number))
                    .find(|id| self.place(*id).1)
                    .and_then(to_frame)
            }
            Jump::PreviousMark => {
                let before = from.map_or(u64::MAX, |id| id.0);
                let previous = self.marks.range(..before).rev();
                previous
                    .chain(self.marks.iter().rev())
                    .map(|number| FrameId(*number))
                    .find(|id| self.place(*id).1)
                    .and_then(to_frame)
            }
        }
    }

    /// The first shown row of that time or later.
    fn place_at(&self, at: UnixMillis, total: usize) -> usize {
        // The wall clock can be set back, so the rows' times need not ascend.
        (0..total)
            .find(|place| {
                self.shown(*place)
                    .and_then(|id| self.entry(id))
                    .is_some_and(|entry| entry.at >= at)
            })
            .unwrap_or(total)
    }
}

//! What makes a picture of numbers readable: round marks along its axes, and what lies under a
//! pointer or a cursor. Arithmetic, no DOM.

use crate::engine::seam::{ChartColumn, ChartLine, FrameId, LatencyClass, UnixMillis};

// ---- Values ------------------------------------------------------------------------------------

/// The most marks of an axis of values.
const MOST_MARKS: f64 = 5.0;
/// Beyond so many steps from zero, neighbouring steps are the same number.
const MOST_STEPS: f64 = 1e15;

/// Values from the bottom of a picture to its top.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    /// How far the marks are apart; 0 where they are none or no round ones.
    pub step: f64,
    /// The values marked, ascending.
    pub marks: Vec<f64>,
}

impl Scale {
    /// From the smallest value to the largest, without marks.
    pub const fn tight(min: f64, max: f64) -> Self {
        Self {
            low: min,
            high: max,
            step: 0.0,
            marks: Vec::new(),
        }
    }

    /// From a round value at or below the smallest to one at or above the largest, with 3 to 5 marks
    /// that are 1, 2 or 5 times a power of ten apart. A single value is its own mark, in the middle.
    pub fn round(min: f64, max: f64) -> Self {
        if !min.is_finite() || !max.is_finite() || min > max {
            return Self::tight(0.0, 0.0);
        }
        let plain = Self {
            marks: if min < max { vec![min, max] } else { vec![min] },
            ..Self::tight(min, max)
        };
        // The whole span may be more than a number can be.
        let quarter = max / 4.0 - min / 4.0;
        if quarter <= 0.0 {
            return plain;
        }
        let power = 10_f64.powi(quarter.log10().floor() as i32);
        for multiple in [1.0, 2.0, 5.0, 10.0, 20.0, 50.0] {
            let step = multiple * power;
            let (first, last) = (whole(min / step).floor(), whole(max / step).ceil());
            let marks = last - first + 1.0;
            // Whatever is no number is not sound either.
            let is_sound = first.abs().max(last.abs()) <= MOST_STEPS && marks >= 2.0;
            if !is_sound {
                return plain;
            }
            let (low, high) = (first * step, last * step);
            if marks <= MOST_MARKS && low.is_finite() && high.is_finite() {
                return Self {
                    low,
                    high,
                    step,
                    marks: (0..marks as u32)
                        .map(|mark| (first + f64::from(mark)) * step)
                        .collect(),
                };
            }
        }
        plain
    }

    /// How high a value is: 0 at the bottom, 1 at the top; one half where there is no height.
    pub fn part(&self, value: f64) -> f64 {
        // Halves, since the whole span may be more than a number can be.
        let span = self.high / 2.0 - self.low / 2.0;
        if span > 0.0 {
            ((value / 2.0 - self.low / 2.0) / span).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }
}

/// A quotient that is whole but for the last digits, made whole.
fn whole(quotient: f64) -> f64 {
    let near = quotient.round();
    if (quotient - near).abs() <= 1e-9 + near.abs() * 4e-16 {
        near
    } else {
        quotient
    }
}

// ---- Columns -----------------------------------------------------------------------------------

/// The columns of a picture, side by side over its width.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Columns {
    /// How many.
    pub count: u32,
    /// How wide the picture is, in CSS pixels.
    pub width: f64,
}

impl Columns {
    /// One for each pixel, from 2 to `most`.
    pub fn across(width: f64, most: u32) -> Self {
        Self {
            // Casts from float saturate.
            count: (width as u32).clamp(2, most.max(2)),
            width: width.max(0.0),
        }
    }

    /// The middle of a column, in CSS pixels from the left.
    pub fn x(self, column: f64) -> f64 {
        (column + 0.5) * self.width / f64::from(self.count.max(1))
    }

    /// The column at so many CSS pixels from the left, perhaps between two.
    pub fn under(self, x: f64) -> f64 {
        if self.width > 0.0 {
            x * f64::from(self.count) / self.width - 0.5
        } else {
            0.0
        }
    }

    /// Where a moment is in a picture from one moment to another.
    pub fn x_of(self, at: UnixMillis, from: UnixMillis, to: UnixMillis) -> f64 {
        let span = to.0.saturating_sub(from.0).max(1) as f64;
        let part = at.0.saturating_sub(from.0) as f64 / span;
        self.x(part * f64::from(self.count.saturating_sub(1)))
    }
}

// ---- Times -------------------------------------------------------------------------------------

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// A day, in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// How far apart marks of time may be.
const TIME_STEPS: [i64; 38] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    20 * DAY,
    50 * DAY,
    100 * DAY,
    200 * DAY,
    500 * DAY,
    1000 * DAY,
    2000 * DAY,
    5000 * DAY,
];

/// The moments marked along an axis of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// How far apart, in milliseconds.
    pub step: i64,
    /// The moments, ascending.
    pub at: Vec<UnixMillis>,
}

/// At most so many moments that are round in a time zone so far ahead of UTC; the newest where none
/// is round.
pub fn moments(from: UnixMillis, to: UnixMillis, most: usize, offset_minutes: i32) -> Moments {
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let ahead = i64::from(offset_minutes) * MINUTE;
    let (first, last) = (from.0.saturating_add(ahead), to.0.saturating_add(ahead));
    let newest = |step| Moments { step, at: vec![to] };
    if first >= last {
        return newest(SECOND);
    }
    for step in TIME_STEPS {
        let before = i64::from(first.rem_euclid(step) != 0);
        let (lowest, highest) = (first.div_euclid(step) + before, last.div_euclid(step));
        let count = highest.saturating_sub(lowest).saturating_add(1);
        if count > most {
            continue;
        }
        if count < 1 {
            return newest(step);
        }
        let moment = |number: i64| UnixMillis(number.saturating_mul(step).saturating_sub(ahead));
        return Moments {
            step,
            at: (lowest..=highest).map(moment).collect(),
        };
    }
    newest(DAY)
}

// ---- What lies under a cursor ------------------------------------------------------------------

/// How many columns beside the cursor a line's value may be and still be read with it.
const REACH: u32 = 2;

/// What a picture says in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The column.
    pub column: u32,
    /// When its last value was.
    pub at: UnixMillis,
    /// The row of that value.
    pub frame: FrameId,
    /// What each line has there, in the order of the lines.
    pub values: Vec<Option<ChartColumn>>,
}

/// The columns in which any line has a value, ascending.
pub fn places(lines: &[ChartLine]) -> Vec<u32> {
    let columns = lines.iter().flat_map(|line| &line.columns);
    let mut places: Vec<u32> = columns.map(|column| column.column).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The column with a value that is nearest to a place between columns.
pub fn nearest(lines: &[ChartLine], place: f64) -> Option<u32> {
    let far = |column: &ChartColumn| (f64::from(column.column) - place).abs();
    let columns = lines.iter().flat_map(|line| &line.columns);
    columns
        .min_by(|a, b| far(a).total_cmp(&far(b)))
        .map(|column| column.column)
}

/// The column with the value that is nearest to a moment.
pub fn nearest_moment(lines: &[ChartLine], at: UnixMillis) -> Option<u32> {
    let columns = lines.iter().flat_map(|line| &line.columns);
    columns
        .min_by_key(|column| column.at.0.abs_diff(at.0))
        .map(|column| column.column)
}

/// What the lines say in a column, or right beside it.
pub fn reading(lines: &[ChartLine], column: u32) -> Option<Reading> {
    let far = |found: &ChartColumn| found.column.abs_diff(column);
    let values: Vec<Option<ChartColumn>> = lines
        .iter()
        .map(|line| {
            let near = line.columns.iter().min_by_key(|found| far(found));
            near.filter(|found| far(found) <= REACH).copied()
        })
        .collect();
    let newest = values
        .iter()
        .flatten()
        .filter(|found| found.column == column)
        .max_by_key(|found| found.at)?;
    Some(Reading {
        column,
        at: newest.at,
        frame: newest.frame,
        values,
    })
}

/// What a key does to a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It goes to this place, counted from 0.
    To(usize),
    /// It goes away.
    Away,
}

/// What a key does to a cursor over `count` places, of which it is at one or at none. `None` for a
/// key that is not the cursor's.
pub fn step(key: &str, at: Option<usize>, count: usize) -> Option<Step> {
    let last = count.checked_sub(1)?;
    Some(match (key, at) {
        ("ArrowLeft", Some(at)) => Step::To(at.saturating_sub(1).min(last)),
        ("ArrowRight", Some(at)) => Step::To(at.saturating_add(1).min(last)),
        // From where the newest is.
        ("ArrowLeft" | "End", _) => Step::To(last),
        ("ArrowRight" | "Home", _) => Step::To(0),
        ("Escape", Some(_)) => Step::Away,
        _ => return None,
    })
}

// ---- Histograms --------------------------------------------------------------------------------

/// How far a mark's label is from the ends, where the bounds stand, and from the next one, as parts
/// of the width.
const FROM_ENDS: f64 = 0.26;
const FROM_NEXT: f64 = 0.2;

/// Round latencies in microseconds: first those that are marked rather than others.
const LATENCY_MARKS: [u64; 22] = [
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    60_000_000,
    600_000_000,
    200,
    500,
    2_000,
    5_000,
    20_000,
    50_000,
    200_000,
    500_000,
    2_000_000,
    5_000_000,
    20_000_000,
    120_000_000,
    300_000_000,
    1_800_000_000,
];

/// Where a latency is among classes of one width each: 0 at the left edge, 1 at the right. Within a
/// class by its logarithm, as the classes are by theirs.
pub fn place_of(classes: &[LatencyClass], micros: u64) -> f64 {
    let index = classes.partition_point(|class| class.to_micros <= micros);
    let Some(class) = classes.get(index) else {
        return 1.0;
    };
    let (from, to) = (class.from_micros as f64, class.to_micros as f64);
    let at = (micros as f64).clamp(from, to);
    let part = if from > 0.0 {
        (at / from).ln() / (to / from).ln()
    } else {
        at / to
    };
    (index as f64 + part) / classes.len() as f64
}

/// Round latencies in microseconds and where they are, so far apart that their labels fit between
/// those of both ends.
pub fn latency_marks(classes: &[LatencyClass]) -> Vec<(u64, f64)> {
    let mut marks = Vec::<(u64, f64)>::new();
    for micros in LATENCY_MARKS {
        let place = place_of(classes, micros);
        let is_inside = (FROM_ENDS..=1.0 - FROM_ENDS).contains(&place);
        let is_free = |(_, other): &(u64, f64)| (place - other).abs() >= FROM_NEXT;
        if is_inside && marks.iter().all(is_free) {
            marks.push((micros, place));
        }
    }
    marks.sort_unstable_by_key(|(micros, _)| *micros);
    marks
}

/// The bar under a pointer that is so many CSS pixels from the left of `count` bars.
pub fn bar_under(x: f64, width: f64, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    // Casts from float saturate.
    (width > 0.0).then(|| ((x / width * count as f64).max(0.0) as usize).min(last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::seam::SeriesId;

    #[test]
    fn marks_of_values_are_round_and_few() {
        for (min, max, expected) in [
            (19.0, 23.5, vec![18.0, 20.0, 22.0, 24.0]),
            (0.0, 10.0, vec![0.0, 5.0, 10.0]),
            (-3.0, 1.0, vec![-3.0, -2.0, -1.0, 0.0, 1.0]),
            (0.0, 4999.0, vec![0.0, 2000.0, 4000.0, 6000.0]),
            (-1e300, 1e300, vec![-1e300, -5e299, 0.0, 5e299, 1e300]),
        ] {
            let scale = Scale::round(min, max);
            assert_eq!(scale.marks.len(), expected.len(), "{scale:?}");
            for (mark, expected) in scale.marks.iter().zip(&expected) {
                assert!(
                    (mark - expected).abs() <= expected.abs() * 1e-9,
                    "{scale:?}"
                );
            }
        }
        let tenths = Scale::round(0.3, 0.7);
        assert_eq!(tenths.marks.len(), 5, "{tenths:?}");
        assert!((tenths.step - 0.1).abs() < 1e-12, "{tenths:?}");
    }

    #[test]
    fn a_single_value_is_marked_in_the_middle() {
        for value in [0.0, -7.25, 1e300, 5e-324] {
            let scale = Scale::round(value, value);
            assert_eq!(scale.marks, [value]);
            assert_eq!(scale.part(value).to_bits(), 0.5_f64.to_bits());
        }
    }

    #[test]
    fn what_is_no_number_has_no_marks() {
        for (min, max) in [
            (f64::NAN, 1.0),
            (0.0, f64::NAN),
            (f64::NEG_INFINITY, 0.0),
            (0.0, f64::INFINITY),
            (2.0, 1.0),
        ] {
            assert_eq!(Scale::round(min, max).marks, [0.0_f64; 0], "{min} {max}");
        }
    }

    #[test]
    fn the_widest_and_the_narrowest_spans_have_marks_inside() {
        let next = f64::from_bits(1e17_f64.to_bits() + 1);
        for (min, max) in [(f64::MIN, f64::MAX), (1e17, next), (0.0, 5e-324)] {
            let scale = Scale::round(min, max);
            assert!(scale.marks.len() >= 2, "{scale:?}");
            assert!(scale.marks.iter().all(|mark| mark.is_finite()), "{scale:?}");
            assert!(scale.part(min) <= scale.part(max), "{scale:?}");
        }
    }

    #[test]
    fn columns_and_pixels_are_each_others_reverse() {
        let columns = Columns::across(700.0, 2000);
        assert_eq!(columns.count, 700);
        assert!((columns.x(10.0) - 10.5).abs() < 1e-9);
        assert!((columns.under(columns.x(10.0)) - 10.0).abs() < 1e-9);
        let wide = Columns::across(3000.0, 2000);
        assert_eq!(wide.count, 2000);
        assert!((wide.x(1999.0) - 2999.25).abs() < 1e-9);
        let none = Columns::across(0.0, 2000);
        assert!(none.under(5.0).abs() < 1e-9 && none.x(1.0).abs() < 1e-9);
        let (from, to) = (UnixMillis(1000), UnixMillis(2000));
        assert!((columns.x_of(from, from, to) - 0.5).abs() < 1e-9);
        assert!((columns.x_of(to, from, to) - 699.5).abs() < 1e-9);
        assert!((columns.x_of(to, to, to) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn moments_are_round_where_the_reader_is() {
        let at = |from: i64, to: i64, offset: i32| {
            let moments = moments(UnixMillis(from), UnixMillis(to), 5, offset);
            let at: Vec<i64> = moments.at.iter().map(|at| at.0).collect();
            (moments.step, at)
        };
        assert_eq!(at(500, 12_300, 0), (5000, vec![5000, 10_000]));
        assert_eq!(at(0, 400, 0), (100, vec![0, 100, 200, 300, 400]));
        // Midnight is not UTC's everywhere.
        assert_eq!(
            at(0, 3 * DAY, 480),
            (DAY, vec![16 * HOUR, DAY + 16 * HOUR, 2 * DAY + 16 * HOUR])
        );
        assert_eq!(at(7, 7, 0), (SECOND, vec![7]));
        assert_eq!(at(9, 7, 0), (SECOND, vec![7]));
        assert_eq!(at(i64::MIN, i64::MAX, 840).1, [i64::MAX]);
    }

    fn column(column: u32, at: i64, value: f64) -> ChartColumn {
        ChartColumn {
            column,
            first: value,
            min: value,
            max: value,
            last: value,
            count: 1,
            frame: FrameId(at.unsigned_abs()),
            at: UnixMillis(at),
        }
    }

    fn line(columns: Vec<ChartColumn>) -> ChartLine {
        ChartLine {
            series: SeriesId(0),
            columns,
            min: 0.0,
            max: 1.0,
        }
    }

    #[test]
    fn a_cursor_reads_the_nearest_column_and_what_is_right_beside_it() {
        let lines = [
            line(vec![column(0, 100, 1.0), column(50, 200, 2.0)]),
            line(vec![column(2, 105, 3.0), column(90, 300, 4.0)]),
        ];
        assert_eq!(places(&lines), [0, 2, 50, 90]);
        assert_eq!(nearest(&lines, 30.0), Some(50));
        assert_eq!(nearest(&lines, -9.0), Some(0));
        assert_eq!(nearest(&lines, f64::NAN), Some(0));
        assert_eq!(nearest_moment(&lines, UnixMillis(240)), Some(50));
        let both = reading(&lines, 0).expect("a value");
        let last = |value: &Option<ChartColumn>| value.map(|value| value.last);
        assert_eq!(both.at, UnixMillis(100));
        let values: Vec<_> = both.values.iter().map(last).collect();
        assert_eq!(values, [Some(1.0), Some(3.0)]);
        let one = reading(&lines, 90).expect("a value");
        assert_eq!((one.at, one.frame), (UnixMillis(300), FrameId(300)));
        assert_eq!(last(&one.values[0]), None);
        assert_eq!(reading(&lines, 51), None);
        assert_eq!(places(&[]), [0_u32; 0]);
        assert_eq!(nearest(&[], 1.0), None);
        assert_eq!(nearest_moment(&[], UnixMillis(1)), None);
        assert_eq!(reading(&[], 1), None);
    }

    #[test]
    fn keys_move_a_cursor_and_take_it_away() {
        for (key, at, expected) in [
            ("ArrowLeft", None, Some(Step::To(3))),
            ("ArrowRight", None, Some(Step::To(0))),
            ("ArrowLeft", Some(2), Some(Step::To(1))),
            ("ArrowLeft", Some(0), Some(Step::To(0))),
            ("ArrowRight", Some(3), Some(Step::To(3))),
            ("Home", Some(2), Some(Step::To(0))),
            ("End", None, Some(Step::To(3))),
            ("Escape", Some(2), Some(Step::Away)),
            ("Escape", None, None),
            ("a", Some(2), None),
        ] {
            assert_eq!(step(key, at, 4), expected, "{key} at {at:?}");
        }
        assert_eq!(step("End", None, 0), None);
    }

    /// Classes as the engine makes them: four for each power of two.
    fn classes(powers: core::ops::Range<u32>) -> Vec<LatencyClass> {
        let bounds =
            powers.flat_map(|power| (4_u64..8).map(move |quarter| (quarter << power) >> 2));
        let bounds: Vec<u64> = bounds.collect();
        let pairs = bounds.windows(2);
        pairs
            .map(|pair| LatencyClass {
                from_micros: pair[0],
                to_micros: pair[1],
                count: 1,
            })
            .collect()
    }

    #[test]
    fn latencies_have_their_place_between_the_bounds() {
        let classes = classes(10..15);
        let (first, last) = (&classes[0], &classes[classes.len() - 1]);
        assert!(place_of(&classes, 0).abs() < 1e-9);
        assert!(place_of(&classes, first.from_micros).abs() < 1e-9);
        assert!((place_of(&classes, last.to_micros) - 1.0).abs() < 1e-9);
        assert!((place_of(&classes, u64::MAX) - 1.0).abs() < 1e-9);
        let third = place_of(&classes, classes[3].from_micros);
        assert!((third - 3.0 / classes.len() as f64).abs() < 1e-9);
        let blunt = [LatencyClass {
            from_micros: 0,
            to_micros: 100,
            count: 1,
        }];
        assert!((place_of(&blunt, 50) - 0.5).abs() < 1e-9);
        assert!((place_of(&[], 50) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_histogram_has_round_marks_that_do_not_touch() {
        // From four powers of two, the least that is shown, to more than an hour.
        for (from, to) in [(7, 11), (8, 13), (10, 15), (13, 18), (7, 31), (20, 25)] {
            let marks = latency_marks(&classes(from..to));
            assert!(!marks.is_empty(), "{from} to {to}");
            for pair in marks.windows(2) {
                assert!(pair[1].1 - pair[0].1 >= FROM_NEXT, "{marks:?}");
            }
        }
        assert!(latency_marks(&[]).is_empty());
    }

    #[test]
    fn the_bar_under_a_pointer_is_one_of_them() {
        assert_eq!(bar_under(0.0, 160.0, 16), Some(0));
        assert_eq!(bar_under(159.9, 160.0, 16), Some(15));
        assert_eq!(bar_under(-3.0, 160.0, 16), Some(0));
        assert_eq!(bar_under(400.0, 160.0, 16), Some(15));
        assert_eq!(bar_under(3.0, 0.0, 16), None);
        assert_eq!(bar_under(3.0, 160.0, 0), None);
    }

    proptest! {
        #[test]
        fn round_scales_hold_every_value(a in -1e6_f64..1e6, b in -1e6_f64..1e6) {
            let (min, max) = (a.min(b), a.max(b));
            prop_assume!(max - min > 1e-3);
            let scale = Scale::round(min, max);
            prop_assert!((3..=5).contains(&scale.marks.len()), "{:?}", scale);
            let slack = (max - min) * 1e-4;
            prop_assert!(scale.marks[0] <= min + slack, "{:?}", scale);
            prop_assert!(scale.marks[scale.marks.len() - 1] >= max - slack, "{:?}", scale);
        }

        #[test]
        fn moments_are_inside_and_few(
            from in i64::MIN / 4..i64::MAX / 4,
            span in 0..i64::MAX / 4,
            most in 1_usize..9,
        ) {
            let to = from + span;
            let found = moments(UnixMillis(from), UnixMillis(to), most, 120);
            prop_assert!((1..=most).contains(&found.at.len()), "{:?}", found);
            for at in found.at {
                prop_assert!((from..=to).contains(&at.0), "{}", at);
            }
        }
    }
}

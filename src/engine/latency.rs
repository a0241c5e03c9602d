//! How long requests took to be answered, by what was asked: counted in classes of which each is
//! about a fifth longer than the one before, so that memory does not grow with the number of
//! answers.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use super::ledger::micros;
use super::seam::{LatencyClass, LatencyView};
use crate::platform::{Direction, Text};

/// The most things that can be asked.
const MAX_KINDS: usize = 64;
/// Four classes for each power of two up to 2^32 µs, more than an hour.
const CLASSES: usize = 128;
/// The page's clock ticks in tenths of a millisecond: all classes below are shown as one, up to 96 µs.
const BLUNT: usize = 22;

/// Everything that was asked.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    kinds: BTreeMap<(String, Direction), Histogram>,
}

#[derive(Debug)]
struct Histogram {
    label: Text,
    counts: Vec<u64>,
    count: u64,
    max: u64,
}

impl Latencies {
    /// A request was answered.
    pub(super) fn observe(
        &mut self,
        kind: &str,
        label: &Text,
        initiator: Direction,
        took: Duration,
    ) {
        let key = (kind.to_owned(), initiator);
        if self.kinds.len() >= MAX_KINDS && !self.kinds.contains_key(&key) {
            return;
        }
        let took = micros(took);
        let histogram = self.kinds.entry(key).or_insert_with(|| Histogram {
            label: label.clone(),
            counts: vec![0; CLASSES],
            count: 0,
            max: 0,
        });
        if let Some(count) = histogram.counts.get_mut(class(took)) {
            *count = count.saturating_add(1);
        }
        histogram.count = histogram.count.saturating_add(1);
        histogram.max = histogram.max.max(took);
    }

    /// As the page shows them.
    pub(super) fn view(&self) -> Vec<LatencyView> {
        self.kinds
            .iter()
            .map(|((_, initiator), histogram)| LatencyView {
                label: histogram.label.clone(),
                initiator: *initiator,
                count: histogram.count,
                p50_micros: histogram.quantile(50),
                p99_micros: histogram.quantile(99),
                max_micros: histogram.max,
                classes: histogram.classes(),
            })
            .collect()
    }
}

impl Histogram {
    /// The upper end of the class in which `percent` of all answers are reached.
    fn quantile(&self, percent: u64) -> u64 {
        let wanted = self.count.saturating_mul(percent).div_ceil(100);
        let mut seen: u64 = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen = seen.saturating_add(*count);
            if seen >= wanted {
                return lower(index.saturating_add(1)).min(self.max);
            }
        }
        self.max
    }

    /// The classes from the first that was seen to the last, and as many around them as make an axis.
    fn classes(&self) -> Vec<LatencyClass> {
        let blunt = self.counts.iter().take(BLUNT).sum::<u64>();
        let counts: Vec<u64> = iter::once(blunt)
            .chain(self.counts.iter().skip(BLUNT).copied())
            .collect();
        let bound = |place: usize| match place.checked_sub(1) {
            Some(above) => lower(above.saturating_add(BLUNT)),
            None => 0,
        };
        let seen = |count: &u64| *count > 0;
        let first = counts.iter().position(seen).unwrap_or_default();
        let last = counts.iter().rposition(seen).unwrap_or_default();
        let seen = last.saturating_sub(first).saturating_add(1);
        let around = LatencyView::MIN_CLASSES.saturating_sub(seen);
        let start = first
            .saturating_sub(around / 2)
            .min(counts.len().saturating_sub(LatencyView::MIN_CLASSES));
        let shown = last
            .saturating_sub(start)
            .saturating_add(1)
            .max(LatencyView::MIN_CLASSES);
        counts
            .iter()
            .enumerate()
            .skip(start)
            .take(shown)
            .map(|(place, count)| LatencyClass {
                from_micros: bound(place),
                to_micros: bound(place.saturating_add(1)),
                count: *count,
            })
            .collect()
    }
}

/// The class of a latency in microseconds.
fn class(micros: u64) -> usize {
    if micros < 4 {
        return micros as usize;
    }
    let exponent = micros.ilog2();
    let quarter = (micros >> exponent.saturating_sub(2)) & 3;
    let class = u64::from(exponent.saturating_sub(1))
        .saturating_mul(4)
        .saturating_add(quarter);
    usize::try_from(class).unwrap_or(CLASSES).min(CLASSES - 1)
}

/// The smallest latency of a class.
fn lower(class: usize) -> u64 {
    if class < 4 {
        return class as u64;
    }
    let exponent = (class / 4).saturating_add(1);
    let quarter = (class % 4) as u64;
    quarter.saturating_add(4) << exponent.saturating_sub(2).min(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_one_another_without_a_gap() {
        for index in 0..CLASSES {
            assert_eq!(class(lower(index)), index);
            assert_eq!(
                class(lower(index + 1) - 1),
                index,
                "below {}",
                lower(index + 1)
            );
        }
        assert_eq!(class(u64::MAX), CLASSES - 1);
    }

    fn seen(micros: &[u64]) -> Vec<LatencyClass> {
        let mut latencies = Latencies::default();
        for micros in micros {
            let took = Duration::from_micros(*micros);
            latencies.observe("command", &Text::same("command"), Direction::Down, took);
        }
        latencies.view()[0].classes.clone()
    }

    #[test]
    fn what_the_clock_cannot_tell_apart_is_one_class() {
        let classes = seen(&[0, 0, 7, 95, 96, 100]);
        assert_eq!(
            (
                classes[0].from_micros,
                classes[0].to_micros,
                classes[0].count
            ),
            (0, lower(BLUNT), 4)
        );
        assert_eq!((lower(BLUNT), classes[1].count), (96, 2));
    }

    #[test]
    fn few_classes_stand_among_others_so_that_they_make_an_axis() {
        for micros in [0, 100, 500, 20_000, 5_000_000, u64::MAX] {
            let classes = seen(&[micros]);
            assert_eq!(classes.len(), LatencyView::MIN_CLASSES, "{micros}");
            let counted: u64 = classes.iter().map(|class| class.count).sum();
            assert_eq!(counted, 1, "{micros}");
            for pair in classes.windows(2) {
                assert_eq!(pair[0].to_micros, pair[1].from_micros, "{micros}");
            }
        }
        let far = seen(&[0, 60_000_000]);
        assert!(far.len() > LatencyView::MIN_CLASSES);
        assert_eq!((far[0].count, far[far.len() - 1].count), (1, 1));
    }

    #[test]
    fn a_quantile_is_within_a_quarter_of_the_truth() {
        let mut latencies = Latencies::default();
        for millis in 1..=1000 {
            let took = Duration::from_millis(millis);
            latencies.observe("command", &Text::same("command"), Direction::Down, took);
        }
        let view = &latencies.view()[0];
        assert_eq!((view.count, view.max_micros), (1000, 1_000_000));
        assert!((500_000..=625_000).contains(&view.p50_micros), "{view:?}");
        assert!((990_000..=1_000_000).contains(&view.p99_micros), "{view:?}");
        let counted: u64 = view.classes.iter().map(|class| class.count).sum();
        assert_eq!(counted, 1000);
    }
}

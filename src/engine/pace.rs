//! How often the page is told what passed.
//!
//! Each update costs both threads: the engine encodes it, the page draws it, and an answer on its
//! way waits meanwhile. What the page asks for, and links that come and go, it is told at once;
//! what merely passes, ten times a second at most, and more seldom the more of it there is.

use std::time::Duration;

use super::seam::Passing;
use crate::time::Instant;

/// How long the page is left to itself at least after an update that nobody waits for: nobody reads
/// rows that change faster.
const QUIET: Duration = Duration::from_millis(100);
/// How long after more messages than so many since the last update, the most first: more than
/// anybody sends but to see what happens, more than anybody follows in figures, and more than
/// anybody follows row by row. What is drawn then is gone at the next glance, and a frame, however
/// little of it changes, keeps both cores busy that an answer on its way may need.
const BUSY: [(u32, Duration); 3] = [
    (1_024, Duration::from_secs(2)),
    (128, Duration::from_secs(1)),
    (16, Duration::from_millis(250)),
];
/// A pause that a reader notices, and is told of.
const NOTICED: Duration = Duration::from_secs(1);
/// How long at most because the page takes its time.
const SLOW: Duration = Duration::from_millis(400);
/// A page that took some time for an update is left to itself for so many times that long, so that
/// most clicks meet it idle.
const REST: u32 = 4;
/// What came in less time than that tells no rate.
const LEAST_WINDOW: Duration = Duration::from_millis(500);
/// A page that was told nothing for so many times the pause was hidden: what came meanwhile is no
/// flood.
const HIDDEN: u32 = 4;

/// When the page is told next. It is told nothing unless there is news; that is the driver's to know.
#[derive(Debug)]
pub struct Pace {
    told: Option<Instant>,
    quiet: Duration,
    /// Messages that came since.
    arrived: u32,
    /// The same from when on a rate is counted: what is awaited is told in between.
    counted: u32,
    since: Option<Instant>,
    /// Nobody told the page what it waits for yet.
    awaited: bool,
    passing: Option<Passing>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            told: None,
            quiet: QUIET,
            arrived: 0,
            counted: 0,
            since: None,
            awaited: false,
            passing: None,
        }
    }
}

impl Pace {
    /// A message came that nobody waits for.
    pub fn handle_message(&mut self) {
        self.arrived = self.arrived.saturating_add(1);
        self.counted = self.counted.saturating_add(1);
    }

    /// The page asked for something, or something happened that it must not learn late.
    pub fn handle_awaited(&mut self) {
        self.awaited = true;
    }

    /// The page has drawn what it was last told.
    pub fn handle_taken(&mut self, now: Instant) {
        let took = self.told.map_or(Duration::ZERO, |told| now - told);
        self.quiet = took.saturating_mul(REST).clamp(QUIET, SLOW);
    }

    /// From when on the page may be told; `None` for at once. A page that was told nothing yet needs
    /// no pause: were it counted from the engine's birth, what a start does would hang on how fast it
    /// is.
    pub fn next(&self) -> Option<Instant> {
        let told = self.told.filter(|_| !self.awaited)?;
        Some(told + self.pause())
    }

    /// The page is told what is new. Returns what that tells of a flood; `goes_on` means that more
    /// of what it waits for follows.
    pub fn handle_told(&mut self, now: Instant, goes_on: bool) -> Option<Passing> {
        let since = *self.since.get_or_insert(now);
        let window = now - since;
        if window >= LEAST_WINDOW {
            let every = self.pause_after(self.counted);
            let per_second = u128::from(self.counted) * 1_000 / window.as_millis();
            let is_flood = every >= NOTICED && window < every * HIDDEN;
            self.passing = is_flood.then(|| Passing {
                per_second: u32::try_from(per_second).unwrap_or(u32::MAX),
                every,
            });
            self.since = Some(now);
            self.counted = 0;
        }
        self.told = Some(now);
        self.arrived = 0;
        self.awaited = goes_on;
        self.passing
    }

    fn pause(&self) -> Duration {
        self.pause_after(self.arrived)
    }

    fn pause_after(&self, messages: u32) -> Duration {
        let busy = BUSY
            .into_iter()
            .find_map(|(more_than, pause)| (messages > more_than).then_some(pause));
        busy.map_or(self.quiet, |busy| busy.max(self.quiet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn told_at(pace: &mut Pace, now: Instant) -> Option<Passing> {
        assert!(pace.next().is_none_or(|next| now >= next), "{pace:?}");
        pace.handle_told(now, false)
    }

    fn arrive(pace: &mut Pace, messages: u32) {
        for _ in 0..messages {
            pace.handle_message();
        }
    }

    #[test]
    fn a_page_that_was_told_nothing_is_told_at_once() {
        assert_eq!(Pace::default().next(), None);
    }

    #[test]
    fn the_more_messages_come_the_longer_the_page_is_left_to_itself() {
        for (messages, pause) in [
            (0, 100),
            (16, 100),
            (17, 250),
            (128, 250),
            (129, 1_000),
            (1_024, 1_000),
            (1_025, 2_000),
        ] {
            let mut pace = Pace::default();
            let start = Instant::ORIGIN + MS(5_000);
            told_at(&mut pace, start);
            arrive(&mut pace, messages);
            assert_eq!(pace.next(), Some(start + MS(pause)), "{messages} messages");
        }
    }

    #[test]
    fn what_is_awaited_is_told_at_once_and_until_nothing_of_it_follows() {
        let mut pace = Pace::default();
        told_at(&mut pace, Instant::ORIGIN);
        arrive(&mut pace, 5_000);
        pace.handle_awaited();
        assert_eq!(pace.next(), None);
        pace.handle_told(Instant::ORIGIN + MS(3), true);
        assert_eq!(pace.next(), None);
        pace.handle_told(Instant::ORIGIN + MS(6), false);
        assert_eq!(pace.next(), Some(Instant::ORIGIN + MS(106)));
    }

    #[test]
    fn a_page_that_draws_for_long_rests_four_times_as_long_and_no_longer_than_its_most() {
        for (drawing, pause) in [(0, 100), (25, 100), (60, 240), (100, 400), (3_000, 400)] {
            let mut pace = Pace::default();
            told_at(&mut pace, Instant::ORIGIN);
            pace.handle_taken(Instant::ORIGIN + MS(drawing));
            assert_eq!(
                pace.next(),
                Some(Instant::ORIGIN + MS(pause)),
                "drew {drawing} ms"
            );
        }
    }

    #[test]
    fn a_flood_is_told_with_its_rate_until_a_quiet_window_ends_it() {
        let mut pace = Pace::default();
        let mut now = Instant::ORIGIN;
        assert_eq!(told_at(&mut pace, now), None);
        arrive(&mut pace, 10_000);
        now = now + MS(2_000);
        let flood = told_at(&mut pace, now);
        let every = MS(2_000);
        let per_second = 5_000;
        assert_eq!(flood, Some(Passing { per_second, every }));
        // Clicks in between are answered, and end nothing.
        for _ in 0..10 {
            arrive(&mut pace, 500);
            pace.handle_awaited();
            now = now + MS(100);
            assert_eq!(told_at(&mut pace, now), flood);
        }
        // Nor do they keep it up.
        for _ in 0..6 {
            pace.handle_awaited();
            now = now + MS(100);
            told_at(&mut pace, now);
        }
        assert_eq!(told_at(&mut pace, now + MS(100)), None);
    }

    #[test]
    fn what_came_while_the_page_was_hidden_is_no_flood() {
        let mut pace = Pace::default();
        told_at(&mut pace, Instant::ORIGIN);
        arrive(&mut pace, 1_200);
        assert_eq!(told_at(&mut pace, Instant::ORIGIN + MS(1_200_000)), None);
    }
}

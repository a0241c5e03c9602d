//! Round trips: every request paired with its answer, both ways, by the platform's own
//! correlation.
//!
//! Generic over dialects: a [`Reading`] says whether a message asks or answers and what ties the
//! two, the ledger does the pairing. Bounded: the oldest round trips are dropped.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::seam::{FrameId, LedgerRow, LedgerView, RoundTripState};
use crate::mqtt::Severity;
use crate::platform::{
    Correlation, Direction, Finding, MessageKind, Outcome, Place, Reading, Role, Text,
};
use crate::time::{Instant, Now, UnixMillis};

/// How many round trips are kept.
const CAPACITY: usize = 2000;
/// How many of them one update shows.
const SHOWN: usize = 200;

/// How many changes between two views are a flood.
const BUSY: u32 = 16;

/// Acknowledgements remembered until their message is read: a message is read at once, and most
/// belong to no round trip at all.
const EARLY: usize = 64;

/// What makes two messages belong together: who asked, and the platform's family and id.
type Key = (Direction, Cow<'static, str>, Option<String>);

#[derive(Debug)]
struct RoundTrip {
    key: Key,
    label: Text,
    kind: String,
    request: FrameId,
    reply: Option<FrameId>,
    opened_unix: UnixMillis,
    opened: Instant,
    latency: Option<Duration>,
    acknowledged: Option<Instant>,
    reply_acknowledged: Option<Instant>,
    planned: Option<UnixMillis>,
    late: bool,
    repeats: u32,
    deadline_ms: Option<u32>,
    state: RoundTripState,
    assumed: bool,
    outcome: Option<Outcome>,
}

impl RoundTrip {
    fn is_open(&self) -> bool {
        matches!(self.state, RoundTripState::Open | RoundTripState::Accepted)
    }

    fn deadline(&self) -> Option<Instant> {
        let wait = Duration::from_millis(u64::from(self.deadline_ms?));
        self.is_open().then(|| self.opened + wait)
    }
}

/// The round trips of one device.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    // By number, so that the oldest is first and dropping it is cheap.
    trips: BTreeMap<u64, RoundTrip>,
    // The newest round trip of each key, open or not: a second answer still finds its request.
    by_key: HashMap<Key, u64>,
    /// The round trip that a row belongs to, as request or as answer.
    by_frame: HashMap<FrameId, u64>,
    /// Open round trips that have one, by when they are given up: it is asked for with every frame.
    deadlines: BTreeSet<(Instant, u64)>,
    /// How many round trips are open.
    open: u32,
    /// Acknowledgements that were sent before their message was read.
    early: BTreeMap<FrameId, Instant>,
    next: u64,
    dropped: u64,
    /// Round trips that were opened or closed since they were last viewed.
    unseen: u32,
}

/// What pairing one message brought to light.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// For an answer, the time since its request.
    pub(super) latency: Option<Duration>,
    /// For an answer, the row of its request.
    pub(super) request: Option<FrameId>,
    /// For an answer, what was asked.
    pub(super) asked: Option<Asked>,
    /// Remarks: an answer to nothing, a second answer, an id used again while open.
    pub(super) findings: Vec<Finding>,
}

/// What a request asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Its kind.
    pub(super) kind: String,
    /// The kind's name.
    pub(super) label: Text,
    /// Who asked.
    pub(super) initiator: Direction,
}

impl Ledger {
    /// Takes note of a message that travels in `direction` and stands in row `frame`.
    pub(super) fn observe(
        &mut self,
        now: Now,
        direction: Direction,
        frame: FrameId,
        reading: &Reading,
        kind: Option<&MessageKind>,
    ) -> Pairing {
        let Some(correlation) = &reading.correlation else {
            return Pairing::default();
        };
        self.unseen = self.unseen.saturating_add(1);
        match reading.role {
            Role::Request => self.open(now, direction, frame, correlation, reading, kind),
            Role::Response => self.close(now, direction, frame, correlation, reading),
            Role::OneWay => Pairing::default(),
        }
    }

    fn open(
        &mut self,
        now: Now,
        initiator: Direction,
        frame: FrameId,
        correlation: &Correlation,
        reading: &Reading,
        kind: Option<&MessageKind>,
    ) -> Pairing {
        let key = (
            initiator,
            correlation.family.clone(),
            correlation.id.clone(),
        );
        let mut pairing = Pairing::default();
        if correlation.id.is_some()
            && self
                .by_key
                .get(&key)
                .and_then(|n| self.trips.get(n))
                .is_some_and(RoundTrip::is_open)
        {
            pairing.findings.push(finding(
                "id-in-use",
                Text::new(
                    "this id belongs to a request that is still open; an answer to it counts for the newer one",
                    "该编号的请求尚未得到应答；此后的应答将记在较新的请求上",
                ),
            ));
        }
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let trip = RoundTrip {
            key: key.clone(),
            label: kind.map_or_else(|| reading.summary.clone(), |kind| kind.label.clone()),
            kind: reading.kind.as_deref().unwrap_or_default().to_owned(),
            request: frame,
            reply: None,
            opened_unix: now.unix,
            opened: now.instant,
            latency: None,
            acknowledged: self.early.remove(&frame),
            reply_acknowledged: None,
            planned: None,
            late: false,
            repeats: 0,
            deadline_ms: kind.and_then(|kind| kind.deadline_ms),
            state: RoundTripState::Open,
            assumed: false,
            outcome: None,
        };
        self.opened(number, &trip);
        self.trips.insert(number, trip);
        self.by_key.insert(key, number);
        self.by_frame.insert(frame, number);
        if self.trips.len() > CAPACITY
            && let Some((oldest, trip)) = self.trips.pop_first()
        {
            self.dropped = self.dropped.saturating_add(1);
            if trip.is_open() {
                self.ended(oldest, trip.deadline());
            }
            self.by_frame.remove(&trip.request);
            if let Some(reply) = trip.reply {
                self.by_frame.remove(&reply);
            }
            if self.by_key.get(&trip.key) == Some(&oldest) {
                self.by_key.remove(&trip.key);
            }
        }
        pairing
    }

    fn close(
        &mut self,
        now: Now,
        direction: Direction,
        frame: FrameId,
        correlation: &Correlation,
        reading: &Reading,
    ) -> Pairing {
        let initiator = opposite(direction);
        let assumed = correlation.id.is_none();
        let number = if assumed {
            self.trips
                .iter()
                .find(|(_, trip)| {
                    trip.is_open() && trip.key.0 == initiator && trip.key.1 == correlation.family
                })
                .map(|(number, _)| *number)
        } else {
            let key = (
                initiator,
                correlation.family.clone(),
                correlation.id.clone(),
            );
            self.by_key.get(&key).copied()
        };
        let Some(trip) = number.and_then(|number| self.trips.get_mut(&number)) else {
            return Pairing {
                latency: None,
                request: None,
                asked: None,
                findings: vec![finding(
                    "unmatched-response",
                    if assumed {
                        Text::new(
                            "no request is open that this could answer: it came twice, or to nothing",
                            "没有待应答的请求：此应答重复，或无从对应",
                        )
                    } else {
                        Text::new(
                            "no request of this session has this id; the answer belongs to nothing",
                            "本会话中没有该编号的请求，此应答无从对应",
                        )
                    },
                )],
            };
        };
        let latency = now.instant - trip.opened;
        let mut pairing = Pairing {
            latency: Some(latency),
            request: Some(trip.request),
            asked: Some(Asked {
                kind: trip.kind.clone(),
                label: trip.label.clone(),
                initiator,
            }),
            findings: Vec::new(),
        };
        let was_open = trip.is_open();
        match trip.state {
            RoundTripState::Open | RoundTripState::Accepted => {}
            RoundTripState::Unanswered => {
                trip.late = true;
                pairing.findings.push(finding(
                    "late-response",
                    Text::new(
                        "this answer came after its request was given up",
                        "此应答到达时，对应请求已按超时处理",
                    ),
                ));
            }
            RoundTripState::Succeeded | RoundTripState::Failed => {
                trip.repeats = trip.repeats.saturating_add(1);
                pairing.findings.push(finding(
                    "second-response",
                    Text::new(
                        "this request was answered before; the first answer counts",
                        "该请求此前已有应答，以第一次应答为准",
                    ),
                ));
                return pairing;
            }
        }
        if let Some(interim) = trip.reply.replace(frame) {
            self.by_frame.remove(&interim);
        }
        trip.planned = None;
        trip.reply_acknowledged = self.early.remove(&frame);
        trip.assumed = assumed;
        trip.latency = Some(latency);
        let deadline = trip.deadline();
        trip.state = match &reading.outcome {
            Some(outcome) if outcome.interim => RoundTripState::Accepted,
            Some(outcome) if !outcome.success => RoundTripState::Failed,
            _ => RoundTripState::Succeeded,
        };
        trip.outcome.clone_from(&reading.outcome);
        let is_open = trip.is_open();
        if let Some(number) = number {
            self.by_frame.insert(frame, number);
            if was_open && !is_open {
                self.ended(number, deadline);
            }
        }
        pairing
    }

    /// The flow of the message in this row has ended. Returns whether it belongs to a round trip.
    pub(super) fn acknowledge(&mut self, now: Instant, frame: FrameId) -> bool {
        let number = self.by_frame.get(&frame);
        let Some(trip) = number.and_then(|number| self.trips.get_mut(number)) else {
            if self.early.len() >= EARLY {
                self.early.pop_first();
            }
            self.early.insert(frame, now);
            return false;
        };
        if trip.request == frame {
            trip.acknowledged = Some(now);
        } else {
            trip.reply_acknowledged = Some(now);
        }
        true
    }

    /// The request in this row will be answered by itself, at that time.
    pub(super) fn plan_answer(&mut self, frame: FrameId, at: UnixMillis) {
        let number = self.by_frame.get(&frame);
        if let Some(trip) = number.and_then(|number| self.trips.get_mut(number)) {
            trip.planned = Some(at);
        }
    }

    /// Gives up round trips whose deadline has passed. Returns whether there were any.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(&(deadline, number)) = self.deadlines.first()
            && deadline <= now
        {
            self.ended(number, Some(deadline));
            if let Some(trip) = self.trips.get_mut(&number) {
                trip.state = RoundTripState::Unanswered;
                any = true;
            }
        }
        any
    }

    /// The connection ended: nothing that is open can be answered over it any more.
    pub(super) fn handle_disconnect(&mut self) -> bool {
        let mut any = false;
        for trip in self.trips.values_mut().filter(|trip| trip.is_open()) {
            trip.state = RoundTripState::Unanswered;
            trip.planned = None;
            any = true;
        }
        self.deadlines.clear();
        self.open = 0;
        any
    }

    /// The next deadline.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    fn opened(&mut self, number: u64, trip: &RoundTrip) {
        self.open = self.open.saturating_add(1);
        self.deadlines
            .extend(trip.deadline().map(|deadline| (deadline, number)));
    }

    /// A round trip that was open, with this deadline, is open no more.
    fn ended(&mut self, number: u64, deadline: Option<Instant>) {
        self.open = self.open.saturating_sub(1);
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, number));
        }
    }

    /// Forgets everything, when the log that its rows point into is cleared.
    pub(super) fn clear(&mut self) {
        self.trips.clear();
        self.by_key.clear();
        self.by_frame.clear();
        self.deadlines.clear();
        self.open = 0;
        self.early.clear();
    }

    /// Whether more happened since the last view than a reader follows at once.
    pub(super) const fn is_busy(&self) -> bool {
        self.unseen > BUSY
    }

    /// The newest round trips.
    pub(super) fn view(&mut self) -> LedgerView {
        self.unseen = 0;
        let hidden = self.trips.len().saturating_sub(SHOWN);
        LedgerView {
            rows: self
                .trips
                .iter()
                .rev()
                .take(SHOWN)
                .rev()
                .map(|(number, trip)| row(*number, trip))
                .collect(),
            open: self.open,
            dropped: self.dropped.saturating_add(hidden as u64),
        }
    }
}

fn row(number: u64, trip: &RoundTrip) -> LedgerRow {
    LedgerRow {
        id: number,
        initiator: trip.key.0,
        label: trip.label.clone(),
        kind: trip.kind.clone(),
        correlation: trip.key.2.clone(),
        assumed: trip.assumed,
        request: trip.request,
        reply: trip.reply,
        opened: trip.opened_unix,
        latency_micros: trip.latency.map(micros),
        deadline_ms: trip.deadline_ms,
        acknowledged_micros: trip.acknowledged.map(|at| micros(at - trip.opened)),
        reply_acknowledged_micros: trip.reply_acknowledged.map(|at| micros(at - trip.opened)),
        planned: trip.planned,
        late: trip.late,
        repeats: trip.repeats,
        state: trip.state,
        outcome: trip.outcome.clone(),
    }
}

/// Whole microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Up => Direction::Down,
        Direction::Down => Direction::Up,
    }
}

fn finding(rule: &'static str, text: Text) -> Finding {
    Finding {
        severity: Severity::Warning,
        rule: Cow::Borrowed(rule),
        place: Place::Message,
        text,
        source: Cow::Borrowed("own rule"),
        unconfirmed: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(role: Role, family: &'static str, id: Option<&str>) -> Reading {
        Reading {
            kind: Some(Cow::Borrowed("report")),
            summary: Text::same("report"),
            role,
            correlation: Some(Correlation {
                family: Cow::Borrowed(family),
                id: id.map(str::to_owned),
            }),
            outcome: (role == Role::Response).then(|| Outcome {
                success: true,
                interim: false,
                code: "2001".to_owned(),
                name: String::new(),
                advice: Text::default(),
            }),
            printed_id: None,
            answerable: true,
            members: Vec::new(),
            samples: Vec::new(),
            findings: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn at(millis: u64) -> Now {
        Now {
            instant: Instant::from_millis(millis),
            unix: UnixMillis(millis as i64),
        }
    }

    fn kind(deadline_ms: Option<u32>) -> MessageKind {
        MessageKind {
            key: Cow::Borrowed("report"),
            label: Text::same("report"),
            direction: Direction::Up,
            role: Role::Request,
            answered_by: None,
            deadline_ms,
            fields: Vec::new(),
            topic: Cow::Borrowed(""),
            source: Cow::Borrowed(""),
        }
    }

    #[test]
    fn an_answer_closes_the_request_of_its_family_and_id() {
        let mut ledger = Ledger::default();
        let (up, down) = (Direction::Up, Direction::Down);
        ledger.observe(
            at(0),
            up,
            FrameId(1),
            &reading(Role::Request, "req", Some("7")),
            None,
        );
        ledger.observe(
            at(0),
            up,
            FrameId(2),
            &reading(Role::Request, "reg", Some("7")),
            None,
        );
        let pairing = ledger.observe(
            at(12),
            down,
            FrameId(3),
            &reading(Role::Response, "req", Some("7")),
            None,
        );
        assert!(pairing.findings.is_empty());
        assert_eq!(pairing.latency, Some(Duration::from_millis(12)));
        let view = ledger.view();
        assert_eq!(view.open, 1);
        assert_eq!(view.rows[0].state, RoundTripState::Succeeded);
        assert_eq!(view.rows[0].reply, Some(FrameId(3)));
        assert_eq!(view.rows[1].state, RoundTripState::Open);
    }

    #[test]
    fn an_answer_in_the_requests_own_direction_does_not_match() {
        let mut ledger = Ledger::default();
        let up = Direction::Up;
        ledger.observe(
            at(0),
            up,
            FrameId(1),
            &reading(Role::Request, "req", Some("7")),
            None,
        );
        let pairing = ledger.observe(
            at(1),
            up,
            FrameId(2),
            &reading(Role::Response, "req", Some("7")),
            None,
        );
        assert_eq!(pairing.findings[0].rule, "unmatched-response");
        assert_eq!(ledger.view().open, 1);
    }

    #[test]
    fn without_an_id_the_oldest_open_request_is_taken_and_marked_assumed() {
        let mut ledger = Ledger::default();
        for frame in 1..=2 {
            let request = reading(Role::Request, "attributes", None);
            ledger.observe(at(frame), Direction::Up, FrameId(frame), &request, None);
        }
        let answer = reading(Role::Response, "attributes", None);
        ledger.observe(at(9), Direction::Down, FrameId(3), &answer, None);
        let view = ledger.view();
        assert_eq!(
            (view.rows[0].reply, view.rows[0].assumed),
            (Some(FrameId(3)), true)
        );
        assert_eq!(view.rows[1].reply, None);
    }

    #[test]
    fn a_second_answer_is_flagged_and_the_first_counts() {
        let mut ledger = Ledger::default();
        let request = reading(Role::Request, "req", Some("7"));
        let answer = reading(Role::Response, "req", Some("7"));
        ledger.observe(at(0), Direction::Up, FrameId(1), &request, None);
        ledger.observe(at(1), Direction::Down, FrameId(2), &answer, None);
        let second = ledger.observe(at(2), Direction::Down, FrameId(3), &answer, None);
        assert_eq!(second.findings[0].rule, "second-response");
        assert_eq!(ledger.view().rows[0].reply, Some(FrameId(2)));
    }

    #[test]
    fn an_interim_answer_leaves_the_round_trip_open() {
        let mut ledger = Ledger::default();
        let mut answer = reading(Role::Response, "req", Some("7"));
        ledger.observe(
            at(0),
            Direction::Up,
            FrameId(1),
            &reading(Role::Request, "req", Some("7")),
            None,
        );
        answer.outcome.as_mut().unwrap().interim = true;
        ledger.observe(at(1), Direction::Down, FrameId(2), &answer, None);
        assert_eq!(ledger.view().rows[0].state, RoundTripState::Accepted);
        answer.outcome.as_mut().unwrap().interim = false;
        ledger.observe(at(2), Direction::Down, FrameId(3), &answer, None);
        assert_eq!(ledger.view().rows[0].state, RoundTripState::Succeeded);
    }

    #[test]
    fn a_deadline_gives_the_request_up_and_a_late_answer_says_so() {
        let mut ledger = Ledger::default();
        let request = reading(Role::Request, "req", Some("7"));
        ledger.observe(
            at(0),
            Direction::Up,
            FrameId(1),
            &request,
            Some(&kind(Some(1000))),
        );
        assert_eq!(ledger.poll_timeout(), Some(Instant::from_millis(1000)));
        assert!(!ledger.handle_timeout(Instant::from_millis(999)));
        assert!(ledger.handle_timeout(Instant::from_millis(1000)));
        assert_eq!(ledger.view().rows[0].state, RoundTripState::Unanswered);
        let answer = reading(Role::Response, "req", Some("7"));
        let late = ledger.observe(at(1500), Direction::Down, FrameId(2), &answer, None);
        assert_eq!(late.findings[0].rule, "late-response");
        assert_eq!(ledger.view().rows[0].state, RoundTripState::Succeeded);
    }

    #[test]
    fn the_oldest_round_trips_are_dropped_and_counted() {
        let mut ledger = Ledger::default();
        for number in 0..(CAPACITY as u64 + 5) {
            let request = reading(Role::Request, "req", Some(&number.to_string()));
            ledger.observe(at(number), Direction::Up, FrameId(number), &request, None);
        }
        assert_eq!(ledger.trips.len(), CAPACITY);
        assert_eq!(ledger.by_key.len(), CAPACITY);
        assert_eq!(ledger.view().dropped, 5 + (CAPACITY - SHOWN) as u64);
    }
}

//! Answer rules, periodic reports and the variables of their templates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Finding, FormValues, Text, UnixMillis};
use serde::{Deserialize, Serialize};

/// How requests from the cloud are answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRule {
    /// Answer by the rules below; otherwise every request waits in the ledger for
    /// [`DeviceCommand::Answer`](super::DeviceCommand::Answer).
    pub automatic: bool,
    /// Rules by [`MessageKind::key`](super::MessageKind::key) of the request; a kind without one
    /// is answered at once with the platform's own defaults.
    #[serde(default)]
    pub kinds: BTreeMap<String, KindRule>,
}

/// How requests of one kind are answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KindRule {
    /// These wait for an answer by hand, whatever the rule for all says.
    pub by_hand: bool,
    /// The form of the answering kind, with `${variables}`; empty for the platform's defaults.
    pub form: FormValues,
    /// Milliseconds from the request to its answer, at most [`KindRule::MAX_DELAY_MS`].
    pub delay_ms: u32,
    /// What is wrong with the answer on purpose.
    pub fault: AnswerFault,
}

impl KindRule {
    /// One hour: far beyond every platform's patience.
    pub const MAX_DELAY_MS: u32 = 3_600_000;
}

/// What is wrong with an answer on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AnswerFault {
    /// Nothing.
    #[default]
    None,
    /// There is none.
    NoAnswer,
    /// It comes after the platform's deadline.
    Late,
    /// It comes twice.
    Twice,
    /// It answers another id.
    WrongId,
    /// It refuses, with the platform's first code that does.
    ErrorCode,
}

impl AnswerFault {
    /// Every fault, harmless first.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::NoAnswer,
        Self::Late,
        Self::Twice,
        Self::WrongId,
        Self::ErrorCode,
    ];
}

/// One variable of templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// As it is written, such as `${random(20, 25.0)}`.
    pub syntax: Cow<'static, str>,
    /// What it stands for.
    pub meaning: Text,
}

/// A report to send again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportPlan {
    /// The form of the kind, with `${variables}`.
    pub values: FormValues,
    /// Milliseconds from one report to the next, within [`ReportPlan::INTERVAL_MS`].
    pub interval_ms: u32,
    /// Each report comes up to so many milliseconds earlier or later; less than the interval.
    pub jitter_ms: u32,
    /// How many reports, 1 to [`ReportPlan::MAX_TIMES`].
    pub times: u32,
    /// Go on after the next connection; otherwise the end of a connection is the end.
    pub keep_on: bool,
}

impl ReportPlan {
    /// Shortest and longest interval, in milliseconds.
    pub const INTERVAL_MS: (u32, u32) = (100, 86_400_000);
    /// The most reports that one start sends.
    pub const MAX_TIMES: u32 = 100_000;
}

impl Default for ReportPlan {
    fn default() -> Self {
        Self {
            values: FormValues::new(),
            interval_ms: 10_000,
            jitter_ms: 0,
            times: 1000,
            keep_on: false,
        }
    }
}

/// A periodic report as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportView {
    /// [`MessageKind::key`](super::MessageKind::key); there is at most one report of a kind.
    pub kind: String,
    /// Where it stands.
    pub state: ReportState,
    /// When the next one is sent.
    pub next: Option<UnixMillis>,
    /// Reports sent.
    pub sent: u32,
    /// Reports to send in all.
    pub times: u32,
    /// Reports left out, because the connection did not keep up or the machine slept.
    pub skipped: u32,
    /// Why it was stopped, if it was not the user.
    pub findings: Vec<Finding>,
}

/// Where a periodic report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportState {
    /// One after the other is sent.
    Running,
    /// It goes on with the next connection.
    Waiting,
    /// All were sent.
    Finished,
    /// Stopped: by the user, by the end of the connection, or because no message could be made.
    Stopped,
}

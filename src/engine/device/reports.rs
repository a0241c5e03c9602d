//! Periodic reports: one template sent again and again, bounded and stoppable.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Device;
use crate::engine::Shared;
use crate::engine::random::Random;
use crate::engine::seam::{ConnectionState, Draft, ReportPlan, ReportState, ReportView};
use crate::engine::template::Walks;
use crate::mqtt::Severity;
use crate::platform::{Finding, Place, Role, Text};
use crate::time::{Instant, Now, UnixMillis};

/// With so many messages not acknowledged, a report is left out instead of queued.
const MAX_OUTGOING: usize = 100;

/// One periodic report.
struct Report {
    plan: ReportPlan,
    state: ReportState,
    /// When the next one would be sent without jitter, and when it is.
    due: Option<(Instant, Instant)>,
    /// The same on the wall clock.
    next: Option<UnixMillis>,
    sent: u32,
    skipped: u32,
    walks: Walks,
    findings: Vec<Finding>,
}

/// The periodic reports of one device, by kind: as many as the platform declares at most.
#[derive(Default)]
pub(super) struct Reports(BTreeMap<String, Report>);

impl Reports {
    /// When the next report is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.0
            .values()
            .filter_map(|report| report.due.map(|(_, due)| due))
            .min()
    }

    /// The connection ended: what shall go on waits for the next one, the rest stops. Returns
    /// whether anything changed.
    pub(super) fn handle_disconnect(&mut self) -> bool {
        let mut any = false;
        for report in self.0.values_mut() {
            if report.state == ReportState::Running {
                report.halt(if report.plan.keep_on {
                    ReportState::Waiting
                } else {
                    ReportState::Stopped
                });
                any = true;
            }
        }
        any
    }

    /// Forgets everything: another platform has other kinds.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn view(&self) -> Vec<ReportView> {
        self.0
            .iter()
            .map(|(kind, report)| ReportView {
                kind: kind.clone(),
                state: report.state,
                next: report.next,
                sent: report.sent,
                times: report.plan.times,
                skipped: report.skipped,
                findings: report.findings.clone(),
            })
            .collect()
    }
}

impl Report {
    fn halt(&mut self, state: ReportState) {
        self.state = state;
        self.due = None;
        self.next = None;
    }

    /// Plans the next report for the moment `at`, earlier or later by the jitter.
    fn plan_next(&mut self, now: Now, at: Instant, random: u64) {
        let jitter = u64::from(self.plan.jitter_ms) * 1000;
        let shift = Random::new(random).next() % (2 * jitter + 1);
        let micros = at.as_micros().saturating_add(shift).saturating_sub(jitter);
        let due = Instant::from_micros(micros.max(now.instant.as_micros()));
        let wait = i64::try_from((due - now.instant).as_millis()).unwrap_or(i64::MAX);
        self.due = Some((at, due));
        self.next = Some(UnixMillis(now.unix.0.saturating_add(wait)));
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(u64::from(self.plan.interval_ms))
    }
}

impl Device {
    /// Starts the report of a kind, the first one now; one that runs already starts anew.
    pub(super) fn start_report(
        &mut self,
        now: Now,
        shared: &mut Shared,
        kind: String,
        plan: ReportPlan,
    ) {
        let known = self
            .declaration
            .kind(&kind)
            .is_some_and(|kind| kind.role != Role::Response);
        let (shortest, longest) = ReportPlan::INTERVAL_MS;
        let problem = if !known {
            Some(Text::new(
                "this platform has no such message",
                "该平台没有此类消息",
            ))
        } else if !(shortest..=longest).contains(&plan.interval_ms) {
            Some(Text::owned(
                format!("the interval is {shortest} to {longest} ms"),
                format!("间隔应为 {shortest} 至 {longest} 毫秒"),
            ))
        } else if plan.jitter_ms >= plan.interval_ms {
            Some(Text::new(
                "the jitter is less than the interval",
                "抖动应小于间隔",
            ))
        } else if !(1..=ReportPlan::MAX_TIMES).contains(&plan.times) {
            let most = ReportPlan::MAX_TIMES;
            Some(Text::owned(
                format!("the number of reports is 1 to {most}"),
                format!("上报次数应为 1 至 {most}"),
            ))
        } else if !self.is_online() && !plan.keep_on {
            Some(Text::new(
                "not connected; a report that goes on after the next connection can be started now",
                "未连接；仅“重连后继续”的上报可以现在启动",
            ))
        } else {
            None
        };
        if let Some(text) = problem {
            self.tell(Severity::Error, text);
            return;
        }
        let mut report = Report {
            plan,
            state: ReportState::Waiting,
            due: None,
            next: None,
            sent: 0,
            skipped: 0,
            walks: Walks::default(),
            findings: Vec::new(),
        };
        if self.is_online() {
            report.state = ReportState::Running;
            report.due = Some((now.instant, now.instant));
            report.next = Some(now.unix);
        }
        self.reports.0.insert(kind, report);
        self.dirty.reports = true;
        self.reports_due(now, shared);
    }

    /// Stops the report of a kind; what it sent stays counted.
    pub(super) fn stop_report(&mut self, kind: &str) {
        if let Some(report) = self.reports.0.get_mut(kind)
            && matches!(report.state, ReportState::Running | ReportState::Waiting)
        {
            report.halt(ReportState::Stopped);
            self.dirty.reports = true;
        }
    }

    /// Connected: what waited goes on, one interval from now.
    pub(super) fn resume_reports(&mut self, now: Now, shared: &mut Shared) {
        for report in self.reports.0.values_mut() {
            if report.state == ReportState::Waiting {
                report.state = ReportState::Running;
                let at = now.instant + report.interval();
                report.plan_next(now, at, shared.random.next());
                self.dirty.reports = true;
            }
        }
    }

    /// Sends the reports whose time has come.
    pub(super) fn reports_due(&mut self, now: Now, shared: &mut Shared) {
        let due: Vec<String> = self
            .reports
            .0
            .iter()
            .filter(|(_, report)| report.due.is_some_and(|(_, due)| due <= now.instant))
            .map(|(kind, _)| kind.clone())
            .collect();
        for kind in due {
            // Taken out, so that composing may look at the device.
            if let Some(mut report) = self.reports.0.remove(&kind) {
                self.report_once(now, shared, &kind, &mut report);
                self.reports.0.insert(kind, report);
            }
            self.dirty.reports = true;
        }
    }

    fn report_once(&mut self, now: Now, shared: &mut Shared, kind: &str, report: &mut Report) {
        let Some((at, _)) = report.due else { return };
        if self.session.outgoing().count() >= MAX_OUTGOING {
            report.skipped = report.skipped.saturating_add(1);
        } else {
            let draft = Draft::Form {
                kind: kind.to_owned(),
                values: report.plan.values.clone(),
            };
            let draw = self.draw(now, shared);
            let counter = u64::from(report.sent).saturating_add(1);
            let composed = self.compose(&draft, &draw, counter, &mut report.walks);
            let Some(publication) = composed.publication else {
                report.halt(ReportState::Stopped);
                report.findings = composed.findings;
                return;
            };
            if !self.publish(now, publication) {
                report.halt(ReportState::Stopped);
                report.findings = vec![not_sent()];
                return;
            }
            report.sent = report.sent.saturating_add(1);
        }
        if report.sent >= report.plan.times {
            report.halt(ReportState::Finished);
            return;
        }
        let mut next = at + report.interval();
        if next < now.instant {
            // A machine that slept does not send what it missed all at once.
            let missed = (now.instant - next).as_micros() / report.interval().as_micros().max(1);
            let missed = u32::try_from(missed).unwrap_or(u32::MAX).saturating_add(1);
            report.skipped = report.skipped.saturating_add(missed);
            next = now.instant + report.interval();
        }
        report.plan_next(now, next, shared.random.next());
    }

    fn is_online(&self) -> bool {
        matches!(self.connection.state, ConnectionState::Connected { .. })
    }
}

fn not_sent() -> Finding {
    Finding {
        severity: Severity::Error,
        rule: Cow::Borrowed("not-sent"),
        place: Place::Message,
        text: Text::new("the session did not take the message", "会话未接受该消息"),
        source: Cow::Borrowed("own rule"),
        unconfirmed: false,
    }
}

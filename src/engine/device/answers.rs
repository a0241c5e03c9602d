//! Answers to the cloud's requests: by rule and at their time, with the faults that the user asked
//! for, or by hand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Device;
use super::messages::Message;
use crate::engine::log::Content;
use crate::engine::seam::{AnswerFault, FrameId, KindRule};
use crate::engine::template::{self, Request, Scope, Walks};
use crate::engine::{Shared, inspect};
use crate::mqtt::Severity;
use crate::platform::{
    Declaration, Direction, Finding, FormValues, MessageKind, Place, Publication, Reading, Role,
    Text, with_other_id,
};
use crate::time::{Instant, Now, UnixMillis};

/// Answers that wait for their time; more than a device is ever asked at once.
const MAX_WAITING: usize = 256;
/// How far after the deadline a late answer comes.
const LATE_BY: Duration = Duration::from_secs(1);
/// A late answer where the platform states no deadline: longer than any that states one.
const LATE_WITHOUT_DEADLINE: Duration = Duration::from_secs(20);

/// What answering by rule remembers.
#[derive(Default)]
pub(super) struct Answers {
    /// Requests whose answers wait for their time.
    waiting: BTreeMap<(Instant, u64), (Message, KindRule)>,
    next: u64,
    /// Answers made so far, by kind of request.
    made: BTreeMap<String, u64>,
    walks: Walks,
}

impl Answers {
    /// When the next answer is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.keys().next().map(|(due, _)| *due)
    }

    /// The connection ended: what was asked over it can no longer be answered over it.
    pub(super) fn handle_disconnect(&mut self) {
        self.waiting.clear();
    }

    fn take_due(&mut self, now: Instant) -> Option<(Message, KindRule)> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

impl Device {
    /// How a message that was read so is answered by itself, and how long after; `None` where it is
    /// not.
    pub(super) fn answering_rule(&self, reading: &Reading) -> Option<(KindRule, Duration)> {
        let wanted = reading.role == Role::Request && reading.answerable;
        if !wanted || !self.profile.answer.automatic {
            return None;
        }
        let kind = reading.kind.as_deref().unwrap_or_default();
        let rule = self.profile.answer.kinds.get(kind).cloned();
        let rule = rule.unwrap_or_default();
        if rule.by_hand || rule.fault == AnswerFault::NoAnswer {
            return None;
        }
        let delay = Duration::from_millis(u64::from(rule.delay_ms.min(KindRule::MAX_DELAY_MS)));
        let wait = match rule.fault {
            AnswerFault::Late => {
                let deadline = self
                    .declaration
                    .kind(kind)
                    .and_then(|kind| kind.deadline_ms);
                let patience = deadline.map_or(LATE_WITHOUT_DEADLINE, |millis| {
                    Duration::from_millis(u64::from(millis))
                });
                patience + LATE_BY + delay
            }
            _ => delay,
        };
        Some((rule, wait))
    }

    /// A request is to be answered later.
    pub(super) fn plan_answer(
        &mut self,
        now: Now,
        wait: Duration,
        message: Message,
        rule: KindRule,
    ) {
        let row = message.row;
        if self.answers.waiting.len() >= MAX_WAITING {
            self.remark(row, own_finding("answer-not-made", too_many_waiting()));
            return;
        }
        let number = self.answers.next;
        self.answers.next = number.saturating_add(1);
        let due = (now.instant + wait, number);
        self.answers.waiting.insert(due, (message, rule));
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let at = UnixMillis(now.unix.0.saturating_add(millis));
        self.ledger.plan_answer(row, at);
        self.dirty.ledger = true;
    }

    /// Gives the answers whose time has come.
    pub(super) fn answers_due(&mut self, now: Now, shared: &mut Shared) {
        while let Some((message, rule)) = self.answers.take_due(now.instant) {
            let refusal = self.give_answer(now, shared, &message, &rule);
            self.tell_refusal(message.row, refusal);
        }
    }

    /// Answers a request as its rule says. Returns why that was not possible.
    pub(super) fn give_answer(
        &mut self,
        now: Now,
        shared: &mut Shared,
        message: &Message,
        rule: &KindRule,
    ) -> Vec<Finding> {
        let request = Request::new(&message.publication, &message.reading);
        match self.make_answer(now, shared, &request, &rule.form, rule.fault) {
            Ok(publication) => {
                if rule.fault == AnswerFault::Twice {
                    self.publish(now, publication.clone());
                }
                self.publish(now, publication);
                Vec::new()
            }
            Err(findings) => findings,
        }
    }

    /// Says why the request in that row was not answered.
    pub(super) fn tell_refusal(&mut self, row: FrameId, refusal: Vec<Finding>) {
        for finding in refusal {
            self.tell(finding.severity, finding.text.clone());
            self.remark(row, finding);
        }
    }

    /// Answers the request in that row with this form.
    pub(super) fn answer_by_hand(
        &mut self,
        now: Now,
        shared: &mut Shared,
        request: FrameId,
        values: &FormValues,
    ) {
        let Some(publication) = self
            .log
            .entry(request)
            .and_then(|entry| match &entry.content {
                Content::Frame(bytes) => inspect::publication(entry.version, bytes),
                _ => None,
            })
        else {
            self.tell(
                Severity::Warning,
                Text::new(
                    "this request is no longer in the log, so it cannot be answered",
                    "该请求已不在日志中，无法应答",
                ),
            );
            return;
        };
        let identity = &self.profile.identity;
        let reading = self.dialect.skim(identity, Direction::Down, &publication);
        let request = Request::new(&publication, &reading);
        match self.make_answer(now, shared, &request, values, AnswerFault::None) {
            Ok(publication) => {
                self.publish(now, publication);
            }
            Err(findings) => {
                for finding in findings {
                    self.tell(finding.severity, finding.text);
                }
            }
        }
    }

    /// The answer to a request, its variables filled in.
    ///
    /// # Errors
    /// Why there is none: what is wrong with the template or with what was typed.
    fn make_answer(
        &mut self,
        now: Now,
        shared: &mut Shared,
        request: &Request<'_>,
        form: &FormValues,
        fault: AnswerFault,
    ) -> Result<Publication, Vec<Finding>> {
        let identity = &self.profile.identity;
        let kind = request.reading.kind.as_deref().unwrap_or_default();
        let answering = answering_kind(&self.declaration, kind);
        let draw = self.draw(now, shared);
        let made = self.answers.made.entry(kind.to_owned()).or_default();
        *made = made.saturating_add(1);
        let mut scope = Scope::new(draw, *made, Some(request), &mut self.answers.walks);
        let fields = answering.map_or(&[][..], |kind| &kind.fields);
        // What was not typed is what the page's form proposes.
        let mut typed: FormValues = fields
            .iter()
            .map(|field| (field.key.to_string(), field.default.to_string()))
            .collect();
        typed.extend(self.dialect.answer_defaults(identity, request.reading));
        typed.extend(form.iter().map(|(key, value)| (key.clone(), value.clone())));
        let (mut values, findings) = template::fill_form(fields, typed, &mut scope);
        if !findings.is_empty() {
            return Err(findings);
        }
        if fault == AnswerFault::ErrorCode {
            let failing = answering.and_then(|kind| self.declaration.failing_answer(kind));
            let Some((key, code)) = failing else {
                return Err(vec![own_finding("answer-not-made", no_code())]);
            };
            values.insert(key.to_owned(), code.to_string());
        }
        let composed = self.dialect.answer(
            identity,
            request.publication,
            request.reading,
            &values,
            &draw,
        );
        let Some(publication) = composed.publication else {
            return Err(composed.findings);
        };
        if fault == AnswerFault::ErrorCode {
            // A form may have a code that this very answer does not carry.
            let read = self.dialect.skim(identity, Direction::Up, &publication);
            if read.outcome.is_none_or(|outcome| outcome.success) {
                return Err(vec![own_finding("answer-not-made", no_code())]);
            }
        }
        if fault != AnswerFault::WrongId {
            return Ok(publication);
        }
        with_other_id(self.dialect, identity, Direction::Up, &publication)
            .ok_or_else(|| vec![own_finding("answer-not-made", no_id())])
    }

    /// Adds a remark to a row that is still kept.
    pub(super) fn remark(&mut self, row: FrameId, finding: Finding) {
        self.log.remark(row, |entry| {
            entry.severity = entry.severity.max(Some(finding.severity));
            entry.findings.push(finding);
        });
        self.dirty.log = true;
        self.dirty.selected |= self.looking.selected == Some(row);
    }
}

/// The kind that answers requests of this kind.
fn answering_kind<'a>(declaration: &'a Declaration, request: &str) -> Option<&'a MessageKind> {
    let answer = declaration.kind(request)?.answered_by.as_deref()?;
    declaration.kind(answer)
}

fn own_finding(rule: &'static str, text: Text) -> Finding {
    Finding {
        severity: Severity::Error,
        rule: Cow::Borrowed(rule),
        place: Place::Message,
        text,
        source: Cow::Borrowed("own rule"),
        unconfirmed: false,
    }
}

const fn too_many_waiting() -> Text {
    Text::new(
        "not answered: too many answers wait for their time",
        "未应答：等待发送的应答过多",
    )
}

const fn no_code() -> Text {
    Text::new(
        "not answered: answers of this kind carry no code that could refuse",
        "未应答：此类应答没有可表示拒绝的代码",
    )
}

const fn no_id() -> Text {
    Text::new(
        "not answered: answers of this kind carry no id that could be wrong",
        "未应答：此类应答没有可改错的标识",
    )
}

//! How much a platform takes, held against what this device has sent: messages, bytes and
//! connections within a time, topic filters at once. Remarks only; nothing is held back.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use super::Device;
use crate::engine::plan;
use crate::mqtt::QoS;
use crate::platform::{Finding, Limit, Limited, Place, Text};
use crate::time::Instant;

/// How much is remembered; more than any platform allows within its time.
const REMEMBERED: usize = 256;

/// What happened last: when, and how many bytes it had.
#[derive(Default)]
pub(super) struct Recent(VecDeque<(Instant, usize)>);

impl Recent {
    fn push(&mut self, at: Instant, bytes: usize) {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((at, bytes));
    }

    /// When the oldest of the last `within_ms` milliseconds is older than that.
    fn leaves(&self, now: Instant, within_ms: u32) -> Option<Instant> {
        let time = Duration::from_millis(u64::from(within_ms));
        let recent = self.0.iter().rev();
        recent
            .take_while(|(at, _)| now.saturating_since(*at) < time)
            .last()
            .map(|(at, _)| *at + time)
    }

    /// How often, and how many bytes, in the last `within_ms` milliseconds.
    fn within(&self, now: Instant, within_ms: u32) -> (usize, usize) {
        let time = Duration::from_millis(u64::from(within_ms));
        let recent = self.0.iter().rev();
        recent
            .take_while(|(at, _)| now.saturating_since(*at) < time)
            .fold((0, 0), |(count, sum), (_, bytes)| (count + 1, sum + bytes))
    }
}

impl Device {
    /// Takes note of a message that is sent, and says where it is one too many.
    pub(super) fn note_published(&mut self, now: Instant, bytes: usize) -> Vec<Finding> {
        let findings = self.beyond_limits(now, bytes);
        self.published.push(now, bytes);
        findings
    }

    /// The limits that another message of this length would go beyond.
    pub(super) fn beyond_limits(&self, now: Instant, bytes: usize) -> Vec<Finding> {
        let limits = &self.declaration.connect.limits;
        limits
            .iter()
            .filter_map(|limit| {
                let most = limit.most as usize;
                match limit.what {
                    Limited::Messages { within_ms } => {
                        let (count, _) = self.published.within(now, within_ms);
                        (count >= most).then(|| too_often(limit, within_ms))
                    }
                    Limited::Bytes { within_ms } => {
                        let (_, sum) = self.published.within(now, within_ms);
                        (sum > 0 && sum + bytes > most).then(|| too_much(limit, within_ms))
                    }
                    Limited::Subscriptions | Limited::Connects { .. } => None,
                }
            })
            .collect()
    }

    /// Takes note of a CONNECT that is sent, and says where it is one too many.
    pub(super) fn note_connect(&mut self, now: Instant) -> Vec<Finding> {
        self.connects.push(now, 0);
        self.connects_beyond(now)
    }

    /// The limits that another CONNECT would go beyond.
    pub(super) fn too_many_connects(&self, now: Instant) -> Vec<Finding> {
        self.spent_connects(now, 1)
            .map(|(limit, within_ms)| too_many_attempts(limit, within_ms))
            .collect()
    }

    /// The limits that the CONNECTs sent so far are beyond.
    pub(super) fn connects_beyond(&self, now: Instant) -> Vec<Finding> {
        self.spent_connects(now, 0)
            .map(|(limit, within_ms)| too_many_attempts(limit, within_ms))
            .collect()
    }

    /// When what [`Self::too_many_connects`] says is to be looked at again.
    pub(super) fn connects_change(&self, now: Instant) -> Option<Instant> {
        self.spent_connects(now, 1)
            .filter_map(|(_, within_ms)| self.connects.leaves(now, within_ms))
            .min()
    }

    /// The limits that `next` more CONNECTs go beyond, each with its time.
    fn spent_connects(&self, now: Instant, next: usize) -> impl Iterator<Item = (&Limit, u32)> {
        let limits = &self.declaration.connect.limits;
        limits.iter().filter_map(move |limit| {
            let Limited::Connects { within_ms } = limit.what else {
                return None;
            };
            let (count, _) = self.connects.within(now, within_ms);
            (count + next > limit.most as usize).then_some((limit, within_ms))
        })
    }

    /// What the platform says about a topic filter that is subscribed to as the `nth`, counted
    /// from 0.
    pub(super) fn remarks_on_filter(&self, nth: usize, filter: &str, qos: QoS) -> Vec<Finding> {
        let identity = &self.profile.identity;
        let mut findings = self.dialect.lint_subscription(identity, filter, qos);
        let beyond = self
            .declaration
            .connect
            .limits
            .iter()
            .filter(|limit| limit.what == Limited::Subscriptions && nth >= limit.most as usize);
        plan::add_new(&mut findings, beyond.map(too_many).collect());
        findings
    }
}

fn finding(limit: &Limit, rule: &'static str, place: Place, text: Text) -> Finding {
    Finding {
        severity: limit.severity,
        rule: Cow::Borrowed(rule),
        place,
        text,
        source: limit.source.clone(),
        unconfirmed: limit.unconfirmed,
    }
}

fn too_often(limit: &Limit, within_ms: u32) -> Finding {
    let (most, seconds) = (limit.most, within_ms.div_ceil(1000));
    let text = Text::owned(
        format!("more than {most} message(s) within {seconds} s: the platform may drop this one"),
        format!("{seconds} 秒内超过 {most} 条消息：平台可能丢弃该消息"),
    );
    finding(limit, "rate", Place::Message, text)
}

fn too_much(limit: &Limit, within_ms: u32) -> Finding {
    let (most, seconds) = (limit.most, within_ms.div_ceil(1000));
    let text = Text::owned(
        format!("more than {most} bytes within {seconds} s: the platform may drop this message"),
        format!("{seconds} 秒内超过 {most} 字节：平台可能丢弃该消息"),
    );
    finding(limit, "rate", Place::Message, text)
}

fn too_many_attempts(limit: &Limit, within_ms: u32) -> Finding {
    let (most, seconds) = (limit.most, within_ms.div_ceil(1000));
    let text = Text::owned(
        format!(
            "more than {most} connections within {seconds} s: the platform may refuse this one; \
             wait a little"
        ),
        format!("{seconds} 秒内超过 {most} 次连接：平台可能拒绝，请稍后再连"),
    );
    finding(limit, "rate", Place::Connect("CONNECT".into()), text)
}

fn too_many(limit: &Limit) -> Finding {
    let most = limit.most;
    let text = Text::owned(
        format!("more than {most} topic filters: the platform refuses further ones"),
        format!("订阅数超过 {most} 个：平台会拒绝更多订阅"),
    );
    finding(limit, "too-many-subscriptions", Place::Topic, text)
}

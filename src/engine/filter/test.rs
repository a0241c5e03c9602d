//! What one value of a term asks of a row.

use crate::engine::log::{Content, Entry, MALFORMED, Wait};
use crate::mqtt::{Packet, PacketType, QoS, Severity, Summary, TopicFilter, TopicName};
use crate::platform::{Direction, Text};

/// Text to find whatever its case. Case is that of ASCII: other letters are found as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle(Vec<u8>);

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_ascii_lowercase().into_bytes())
    }

    pub(super) fn is_in(&self, haystack: &[u8]) -> bool {
        let Some((&first, after)) = self.0.split_first() else {
            return true;
        };
        let upper = first.to_ascii_uppercase();
        let mut rest = haystack;
        while let Some(at) = rest.iter().position(|&byte| byte == first || byte == upper) {
            rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
            match rest.get(..after.len()) {
                None => return false,
                Some(here) if here.eq_ignore_ascii_case(after) => return true,
                Some(_) => {}
            }
        }
        false
    }
}

/// A range of whole numbers, both ends in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Bounds {
    /// Reads `5`, `=5`, `>5`, `>=5`, `<5`, `<=5` and `5..9`. A number may have a fraction and one
    /// of the units; without one it is multiplied by `plain`.
    pub(super) fn parse(word: &str, units: &[(&str, f64)], plain: f64) -> Result<Self, Text> {
        let number = |text: &str| number(text, units, plain);
        if let Some((low, high)) = word.split_once("..") {
            let min = if low.is_empty() { 0 } else { number(low)? };
            let max = if high.is_empty() {
                u64::MAX
            } else {
                number(high)?
            };
            return if min <= max {
                Ok(Self { min, max })
            } else {
                Err(Text::new(
                    "this range ends before it begins",
                    "该范围的终点小于起点",
                ))
            };
        }
        let (min, max) = if let Some(text) = word.strip_prefix(">=") {
            (number(text)?, u64::MAX)
        } else if let Some(text) = word.strip_prefix("<=") {
            (0, number(text)?)
        } else if let Some(text) = word.strip_prefix('>') {
            (number(text)?.saturating_add(1), u64::MAX)
        } else if let Some(text) = word.strip_prefix('<') {
            match number(text)?.checked_sub(1) {
                Some(max) => (0, max),
                None => {
                    return Err(Text::new("nothing is less than 0", "没有小于 0 的值"));
                }
            }
        } else {
            let exact = number(word.strip_prefix('=').unwrap_or(word))?;
            (exact, exact)
        };
        Ok(Self { min, max })
    }

    fn holds(self, value: u64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

fn number(text: &str, units: &[(&str, f64)], plain: f64) -> Result<u64, Text> {
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let scale = if unit.is_empty() {
        Some(plain)
    } else {
        units
            .iter()
            .find(|(name, _)| unit.eq_ignore_ascii_case(name))
            .map(|(_, scale)| *scale)
    };
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match (scale, digits.parse::<f64>()) {
        (Some(scale), Ok(number)) if is_plain => Ok((number * scale).round() as u64),
        (None, Ok(_)) => {
            let known: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
            let known = known.join(", ");
            Err(Text::owned(
                format!("no unit {unit}; known are {known}"),
                format!("没有单位 {unit}；可用：{known}"),
            ))
        }
        _ => Err(Text::new(
            "a number is expected, such as 100, >1k or 1k..2k",
            "应为数字，例如 100、>1k 或 1k..2k",
        )),
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TopicTest {
    /// A part of the name, whatever its case.
    Part(Needle),
    /// The whole name.
    Whole(String),
    /// A topic filter, known to be well formed.
    Filter(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Unanswered,
    Answered,
    Marked,
    Dup,
    Retain,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Text(Needle),
    Payload(Needle),
    Packet(PacketType),
    Malformed,
    Link,
    Direction(Direction),
    Topic(TopicTest),
    Kind(String),
    QoS(QoS),
    Size(Bounds),
    Rtt(Bounds),
    AnyFinding,
    NoFinding,
    Finding(Severity),
    Rule(String),
    Id {
        packet: Option<u16>,
        platform: String,
    },
    Code {
        packet: Option<u8>,
        platform: String,
    },
    Is(Property),
}

impl Test {
    /// Tests that look at the row alone go first, those that search bytes last.
    pub(super) fn cost(&self) -> u8 {
        match self {
            Self::Text(_) | Self::Payload(_) => 2,
            Self::Topic(_)
            | Self::QoS(_)
            | Self::Id { .. }
            | Self::Code { .. }
            | Self::Is(Property::Dup | Property::Retain) => 1,
            _ => 0,
        }
    }

    pub(super) fn holds(&self, subject: &mut Subject<'_>) -> bool {
        let entry = subject.entry;
        match self {
            Self::Text(needle) => subject.has_text(needle),
            Self::Payload(needle) => {
                needle.is_in(subject.publish().map_or(&[][..], |(_, payload)| payload))
                    && subject.publish().is_some()
            }
            Self::Packet(packet) => entry.packet_type() == Some(*packet),
            Self::Malformed => matches!(entry.content, Content::Malformed(_)),
            Self::Link => matches!(entry.content, Content::Link(..)),
            Self::Direction(direction) => {
                entry.direction == *direction && !matches!(entry.content, Content::Link(..))
            }
            Self::Topic(test) => subject.publish().is_some_and(|(topic, _)| match test {
                TopicTest::Part(needle) => needle.is_in(topic.as_bytes()),
                TopicTest::Whole(whole) => topic == whole,
                TopicTest::Filter(filter) => {
                    match (TopicFilter::new(filter), TopicName::new(topic)) {
                        (Ok(filter), Ok(name)) => filter.matches(name),
                        _ => false,
                    }
                }
            }),
            Self::Kind(kind) => entry
                .platform
                .as_ref()
                .is_some_and(|platform| platform.kind.eq_ignore_ascii_case(kind)),
            Self::QoS(qos) => subject.summary().and_then(Summary::qos) == Some(*qos),
            Self::Size(bounds) => bounds.holds(entry.content.len() as u64),
            Self::Rtt(bounds) => entry
                .rtt
                .is_some_and(|rtt| bounds.holds(crate::engine::ledger::micros(rtt))),
            Self::AnyFinding => entry.severity.is_some(),
            Self::NoFinding => entry.severity.is_none(),
            Self::Finding(severity) => entry.severity == Some(*severity),
            Self::Rule(rule) => entry.rules().any(|known| known.eq_ignore_ascii_case(rule)),
            Self::Id { packet, platform } => {
                entry
                    .platform
                    .as_ref()
                    .is_some_and(|known| known.correlation.as_deref() == Some(platform))
                    || packet.is_some_and(|packet| {
                        subject
                            .summary()
                            .and_then(Summary::packet_id)
                            .is_some_and(|id| id.0.get() == packet)
                    })
            }
            Self::Code { packet, platform } => {
                entry
                    .platform
                    .as_ref()
                    .is_some_and(|known| known.code.as_deref() == Some(platform))
                    || packet.is_some_and(|packet| subject.has_code(packet))
            }
            Self::Is(property) => match property {
                Property::Unanswered => matches!(entry.wait, Wait::Waiting | Wait::Unanswered),
                Property::Answered => entry.answered_by.is_some(),
                Property::Marked => entry.marked,
                Property::Dup => subject.has_flag(|publish| publish.dup),
                Property::Retain => subject.has_flag(|publish| publish.retain),
            },
        }
    }
}

/// A row under test; its packet is decoded when the first test asks for it.
pub(super) struct Subject<'a> {
    entry: &'a Entry,
    summary: Option<Summary<'a>>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        Self {
            entry,
            summary: None,
        }
    }

    fn summary(&mut self) -> Option<&Summary<'a>> {
        if self.summary.is_none()
            && let Content::Frame(bytes) = &self.entry.content
        {
            self.summary = Some(Summary::of(self.entry.version, bytes));
        }
        self.summary.as_ref()
    }

    /// Topic name and payload of a PUBLISH.
    fn publish(&mut self) -> Option<(&'a str, &'a [u8])> {
        if self.entry.packet_type() != Some(PacketType::Publish) {
            return None;
        }
        let entry = self.entry;
        match &self.summary()?.packet {
            Ok(Packet::Publish(publish)) => Some((
                entry.topic.as_deref().unwrap_or(publish.topic.as_str()),
                publish.payload,
            )),
            _ => None,
        }
    }

    fn has_flag(&mut self, read: fn(&crate::mqtt::Publish<'_>) -> bool) -> bool {
        matches!(
            self.summary().map(|summary| &summary.packet),
            Some(Ok(Packet::Publish(publish))) if read(publish)
        )
    }

    fn has_code(&mut self, code: u8) -> bool {
        let Some(summary) = self.summary() else {
            return false;
        };
        match &summary.packet {
            Ok(Packet::SubAck(packet)) => packet.reason_codes.iter().any(|found| found.0 == code),
            Ok(Packet::UnsubAck(packet)) => packet.reason_codes.iter().any(|found| found.0 == code),
            _ => summary.reason_code().is_some_and(|found| found.0 == code),
        }
    }

    /// What the row says, in either language, and what it holds: topic and payload of a PUBLISH,
    /// the bytes of any other packet, what came with a link's row. Of a CONNECT only what the row
    /// says, since its bytes hold the password.
    fn has_text(&mut self, needle: &Needle) -> bool {
        if let Some((topic, payload)) = self.publish()
            && (needle.is_in(topic.as_bytes()) || needle.is_in(payload))
        {
            return true;
        }
        let packet = self.entry.packet_type();
        if packet.is_some_and(|packet| needle.is_in(packet.name().as_bytes())) {
            return true;
        }
        let in_either =
            |text: &Text| needle.is_in(text.en.as_bytes()) || needle.is_in(text.zh.as_bytes());
        if let Some(platform) = &self.entry.platform {
            return in_either(&platform.summary);
        }
        match &self.entry.content {
            Content::Frame(bytes) => {
                let may_show = !matches!(packet, Some(PacketType::Publish | PacketType::Connect));
                (may_show && needle.is_in(bytes))
                    || self.summary().is_some_and(|summary| {
                        needle.is_in(summary.to_string().as_bytes())
                            || needle.is_in(summary.chinese().to_string().as_bytes())
                    })
            }
            Content::Malformed(bytes) => needle.is_in(bytes) || in_either(&MALFORMED),
            Content::Link(text, bytes) => in_either(text) || needle.is_in(bytes),
        }
    }
}

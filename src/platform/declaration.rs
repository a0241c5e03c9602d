//! What a dialect declares about itself, as data. Forms, topic lists, linting tables, the ledger
//! and the simulated platform's panel are all drawn from this and know no dialect by name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Calculator, Text};
use crate::mqtt::{ProtocolVersion, QoS, Severity};

/// The name of a dialect in code, such as `onem2m`. Open on purpose: a dialect adds itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DialectId(pub Cow<'static, str>);

/// What the user typed into a form, by [`FormField::key`]. Text as typed: parsing, and the
/// findings that come of it, are the dialect's.
pub type FormValues = BTreeMap<String, String>;

/// Everything that screens need to know about one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// The name in code.
    pub id: DialectId,
    /// The name on the screen.
    pub name: Text,
    /// One sentence on what this platform is.
    pub summary: Text,
    /// The device's identity on this platform, in the order in which it is asked for.
    pub identity: Vec<FormField>,
    /// What the platform says about connecting.
    pub connect: ConnectRules,
    /// Every message of the platform, both directions.
    pub kinds: Vec<MessageKind>,
    /// Every topic of the platform.
    pub topics: Vec<TopicTemplate>,
    /// Response, return and reason codes.
    pub codes: Vec<Code>,
    /// What can be computed and checked without a connection, the login first.
    pub calculators: Vec<Calculator>,
}

/// One question of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormField {
    /// The key in [`FormValues`].
    pub key: Cow<'static, str>,
    /// A noun.
    pub label: Text,
    /// One sentence, or empty.
    pub help: Text,
    /// What may be typed.
    pub input: Input,
    /// Whether an empty value is a finding.
    pub required: bool,
    /// Where the question is only asked for some answers to another one: that one.
    pub asked_when: Option<AskedWhen>,
    /// The value a new form starts with.
    pub default: Cow<'static, str>,
}

/// What another field must say for a field to be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedWhen {
    /// The other field's key.
    pub key: Cow<'static, str>,
    /// Its answers that ask.
    pub values: Vec<Cow<'static, str>>,
}

/// What a form field accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// One line.
    Text,
    /// One line that is masked, never logged and never exported unasked.
    Secret,
    /// Several lines of any text.
    Multiline,
    /// Several lines of JSON.
    Json,
    /// A whole number between two bounds, inclusive.
    Integer {
        /// Smallest value allowed.
        min: i64,
        /// Largest value allowed.
        max: i64,
    },
    /// `true` or `false`.
    Switch,
    /// One of these values.
    Choice(Vec<Choice>),
}

/// One option of [`Input::Choice`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The value in [`FormValues`].
    pub value: Cow<'static, str>,
    /// Its name on the screen.
    pub label: Text,
}

/// What a platform says about CONNECT and about what may be published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectRules {
    /// Protocol versions that the platform accepts, the recommended one first.
    pub versions: Vec<ProtocolVersion>,
    /// QoS levels that the platform accepts.
    pub qos: Vec<QoS>,
    /// Smallest and largest keep alive, in seconds; `None` where the platform states none.
    pub keep_alive_secs: Option<(u16, u16)>,
    /// Keep alive that the console proposes, in seconds.
    pub default_keep_alive_secs: u16,
    /// Whether a will is accepted; `None` where not stated.
    pub will: Option<bool>,
    /// Whether retained messages are accepted; `None` where not stated.
    pub retain: Option<bool>,
    /// The [`MessageKind::key`] of the message that a device sends once before the platform sends
    /// it anything, such as a registration; `None` where being connected is enough.
    pub first: Option<Cow<'static, str>>,
    /// How a browser reaches this platform, in one sentence.
    pub reach: Text,
    /// How much the platform takes of one device; empty where nothing is stated.
    pub limits: Vec<Limit>,
}

/// How much a platform takes of one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// What is counted.
    pub what: Limited,
    /// The most that is taken.
    pub most: u32,
    /// How serious it is to go beyond.
    pub severity: Severity,
    /// Who says so.
    pub source: Cow<'static, str>,
    /// Whether that has not been confirmed by the platform's documents.
    pub unconfirmed: bool,
}

/// What a [`Limit`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limited {
    /// Messages that the device publishes within so many milliseconds.
    Messages {
        /// Milliseconds.
        within_ms: u32,
    },
    /// Bytes of their payloads within so many milliseconds.
    Bytes {
        /// Milliseconds.
        within_ms: u32,
    },
    /// Topic filters subscribed to at once.
    Subscriptions,
    /// Connections that are asked for within so many milliseconds.
    Connects {
        /// Milliseconds.
        within_ms: u32,
    },
}

impl Limit {
    /// A limit beyond which the platform refuses or drops.
    pub fn new(what: Limited, most: u32, source: &'static str) -> Self {
        Self {
            what,
            most,
            severity: Severity::Warning,
            source: Cow::Borrowed(source),
            unconfirmed: false,
        }
    }

    /// The same limit, as advice.
    #[must_use]
    pub fn advised(mut self) -> Self {
        self.severity = Severity::Info;
        self
    }

    /// The same limit, marked as not confirmed.
    #[must_use]
    pub fn unconfirmed(mut self) -> Self {
        self.unconfirmed = true;
        self
    }
}

/// Which way a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Device to cloud.
    Up,
    /// Cloud to device.
    Down,
}

/// A message's place in a round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Asks for an answer.
    Request,
    /// Answers a request.
    Response,
    /// Neither.
    OneWay,
}

/// One kind of message: its form and its place in a round trip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageKind {
    /// The key, unique in the dialect, such as `register`.
    pub key: Cow<'static, str>,
    /// A noun.
    pub label: Text,
    /// Which way it travels.
    pub direction: Direction,
    /// Its place in a round trip.
    pub role: Role,
    /// For a request, the key of the kind that answers it.
    pub answered_by: Option<Cow<'static, str>>,
    /// Milliseconds after which the platform gives up on the answer; `None` where not stated.
    pub deadline_ms: Option<u32>,
    /// The form. Up: what the device's user fills in. Down: what the application side of the
    /// simulated platform fills in. For a response: the editable answer.
    pub fields: Vec<FormField>,
    /// The [`TopicTemplate::key`] that it travels on.
    pub topic: Cow<'static, str>,
    /// Section of the platform's document.
    pub source: Cow<'static, str>,
}

/// One topic of a platform, with `{placeholders}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicTemplate {
    /// The key, unique in the dialect.
    pub key: Cow<'static, str>,
    /// The template.
    pub template: Cow<'static, str>,
    /// Which way messages travel on it.
    pub direction: Direction,
    /// Whether the device must, may or must not subscribe.
    pub subscribe: Subscribe,
    /// What it is for.
    pub purpose: Text,
}

/// Whether a device subscribes to a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subscribe {
    /// Nothing arrives without it.
    Must,
    /// Useful, not needed.
    May,
    /// Arrives by itself, or is refused.
    Never,
    /// The device publishes here.
    Publishes,
}

/// One response, return or reason code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// Where it stands, such as `rsc` or `CONNACK`.
    pub place: Cow<'static, str>,
    /// The number.
    pub number: i64,
    /// The platform's own name, spelled as printed.
    pub name: Cow<'static, str>,
    /// The platform's class of the code, or empty.
    pub class: Cow<'static, str>,
    /// Whether it means success.
    pub success: bool,
    /// What to tell the user: meaning and next step.
    pub advice: Text,
}

impl TopicTemplate {
    /// The topic with every `{placeholder}` replaced by the first of `sources` that has a value
    /// for it; a placeholder without a value stays as it is.
    pub fn render(&self, sources: &[&FormValues]) -> String {
        self.fill(&|name| {
            sources
                .iter()
                .find_map(|values| values.get(name))
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        })
    }

    /// The topic filter that catches every topic of this template: like [`Self::render`], with
    /// `+` for what has no value.
    pub fn filter(&self, sources: &[&FormValues]) -> String {
        self.fill(&|name| {
            sources
                .iter()
                .find_map(|values| values.get(name))
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
                .or_else(|| Some("+".to_owned()))
        })
    }

    fn fill(&self, value_of: &dyn Fn(&str) -> Option<String>) -> String {
        let mut out = String::new();
        let mut rest: &str = &self.template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after.split_once('}') {
                Some((name, tail)) => {
                    match value_of(name) {
                        Some(value) => out.push_str(&value),
                        None => {
                            out.push('{');
                            out.push_str(name);
                            out.push('}');
                        }
                    }
                    rest = tail;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }
}

impl Declaration {
    /// The message kind of that key.
    pub fn kind(&self, key: &str) -> Option<&MessageKind> {
        self.kinds.iter().find(|kind| kind.key == key)
    }

    /// For a kind that answers: the field of its form that holds a code, and the first code there
    /// that refuses. `None` where answers of this kind carry no code.
    pub fn failing_answer<'a>(&self, kind: &'a MessageKind) -> Option<(&'a str, i64)> {
        kind.fields.iter().find_map(|field| {
            let mut codes = self
                .codes
                .iter()
                .filter(|code| code.place == field.key)
                .peekable();
            codes.peek()?;
            // Where only success is listed, everything else is a failure.
            let number = codes
                .find(|code| !code.success)
                .map_or(1, |code| code.number);
            Some((field.key.as_ref(), number))
        })
    }

    /// The topic template of that key.
    pub fn topic(&self, key: &str) -> Option<&TopicTemplate> {
        self.topics.iter().find(|topic| topic.key == key)
    }
}

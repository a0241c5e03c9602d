//! Topics of both variants: EZtCloud puts the user name into every topic, ThingsCloud the id of
//! the message.

use core::fmt;

use thiserror::Error;

use crate::platform::{Direction, Subscribe, Text, TopicTemplate};

use super::Variant;

/// What travels on a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Attribute report.
    Attributes,
    /// Result of an attribute report.
    AttributesResponse,
    /// Question for values in the cloud.
    AttributesGet,
    /// Answer to that question.
    AttributesGetResponse,
    /// Values set by the cloud.
    AttributesPush,
    /// Event report.
    Event,
    /// Result of an event report.
    EventResponse,
    /// Command.
    Command,
    /// The device's answer to a command.
    CommandReply,
    /// What became of that answer; ThingsCloud alone.
    CommandReplyResponse,
    /// Custom stream, up.
    Stream,
    /// Custom stream, down.
    StreamSet,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Attributes,
        Self::AttributesResponse,
        Self::AttributesGet,
        Self::AttributesGetResponse,
        Self::AttributesPush,
        Self::Event,
        Self::EventResponse,
        Self::Command,
        Self::CommandReply,
        Self::CommandReplyResponse,
        Self::Stream,
        Self::StreamSet,
    ];

    /// The key of the message kind.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Attributes => "attributes",
            Self::AttributesResponse => "attributes-response",
            Self::AttributesGet => "attributes-get",
            Self::AttributesGetResponse => "attributes-get-response",
            Self::AttributesPush => "attributes-push",
            Self::Event => "event",
            Self::EventResponse => "event-response",
            Self::Command => "command",
            Self::CommandReply => "command-reply",
            Self::CommandReplyResponse => "command-reply-response",
            Self::Stream => "stream",
            Self::StreamSet => "stream-set",
        }
    }

    /// Which way it travels.
    pub const fn direction(self) -> Direction {
        match self {
            Self::Attributes
            | Self::AttributesGet
            | Self::Event
            | Self::CommandReply
            | Self::Stream => Direction::Up,
            _ => Direction::Down,
        }
    }

    /// The kind that answers it.
    pub const fn answer(self) -> Option<Self> {
        match self {
            Self::Attributes => Some(Self::AttributesResponse),
            Self::AttributesGet => Some(Self::AttributesGetResponse),
            Self::Event => Some(Self::EventResponse),
            Self::Command => Some(Self::CommandReply),
            _ => None,
        }
    }

    /// Whether it answers something.
    pub fn is_answer(self) -> bool {
        Self::ALL.iter().any(|kind| kind.answer() == Some(self))
    }

    /// Whether it is a custom stream, whose payload may be anything.
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Stream | Self::StreamSet)
    }

    /// The template, or `None` where the variant has no such topic.
    pub const fn template(self, variant: Variant) -> Option<&'static str> {
        Some(match (variant, self) {
            (Variant::Eztcloud, Self::Attributes) => "attributes/{username}",
            (Variant::Eztcloud, Self::AttributesResponse) => "attributes_response/{username}",
            (Variant::Eztcloud, Self::AttributesGet) => "attributes_get/{username}",
            (Variant::Eztcloud, Self::AttributesGetResponse) => {
                "attributes_get_response/{username}"
            }
            (Variant::Eztcloud, Self::AttributesPush) => "attributes_push/{username}",
            (Variant::Eztcloud, Self::Event) => "event_report/{username}",
            (Variant::Eztcloud, Self::EventResponse) => "event_response/{username}",
            (Variant::Eztcloud, Self::Command) => "command_send/{username}",
            (Variant::Eztcloud, Self::CommandReply) => "command_reply/{username}",
            (Variant::Eztcloud, Self::CommandReplyResponse) => return None,
            (Variant::Eztcloud, Self::Stream) => "data/{username}/{identifier}",
            (Variant::Eztcloud, Self::StreamSet) => "data_set/{username}/{identifier}",
            (Variant::Thingscloud, Self::Attributes) => "attributes",
            (Variant::Thingscloud, Self::AttributesResponse) => "attributes/response",
            (Variant::Thingscloud, Self::AttributesGet) => "attributes/get/{id}",
            (Variant::Thingscloud, Self::AttributesGetResponse) => "attributes/get/response/{id}",
            (Variant::Thingscloud, Self::AttributesPush) => "attributes/push",
            (Variant::Thingscloud, Self::Event) => "event/report/{id}",
            (Variant::Thingscloud, Self::EventResponse) => "event/response/{id}",
            (Variant::Thingscloud, Self::Command) => "command/send/{id}",
            (Variant::Thingscloud, Self::CommandReply) => "command/reply/{id}",
            (Variant::Thingscloud, Self::CommandReplyResponse) => "command/reply/response/{id}",
            (Variant::Thingscloud, Self::Stream) => "data/{identifier}",
            (Variant::Thingscloud, Self::StreamSet) => "data/{identifier}/set",
        })
    }

    const fn subscribe(self) -> Subscribe {
        match self {
            Self::AttributesPush | Self::Command | Self::AttributesGetResponse => Subscribe::Must,
            Self::AttributesResponse
            | Self::EventResponse
            | Self::CommandReplyResponse
            | Self::StreamSet => Subscribe::May,
            _ => Subscribe::Publishes,
        }
    }

    const fn purpose(self) -> Text {
        match self {
            Self::Attributes => Text::new("attribute report", "设备上报属性"),
            Self::AttributesResponse => Text::new(
                "result of a report; off by default on the platform",
                "上报属性的响应（平台默认不开启）",
            ),
            Self::AttributesGet => Text::new("ask for cloud values", "设备获取云端属性"),
            Self::AttributesGetResponse => Text::new("cloud values", "获取云端属性的响应"),
            Self::AttributesPush => Text::new("values set by the cloud", "云端下发属性至设备"),
            Self::Event => Text::new("event report", "设备上报事件"),
            Self::EventResponse => Text::new(
                "result of an event; off by default on the platform",
                "上报事件的响应（平台默认不开启）",
            ),
            Self::Command => Text::new("command", "云端下发命令至设备"),
            Self::CommandReply => Text::new("answer to a command", "设备回复命令"),
            Self::CommandReplyResponse => Text::new("result of an answer", "回复命令的响应"),
            Self::Stream => Text::new("custom stream", "设备上报自定义数据"),
            Self::StreamSet => Text::new("custom stream, downwards", "云端下发自定义数据"),
        }
    }
}

/// A topic of this platform, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic<'a> {
    /// Which platform's.
    pub variant: Variant,
    /// What travels on it.
    pub kind: Kind,
    /// EZtCloud: the device's user name.
    pub username: Option<&'a str>,
    /// The identifier of a custom stream, or ThingsCloud's id of a message.
    pub id: Option<&'a str>,
}

/// Why a topic is none of this platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no topic of this platform")]
pub struct TopicError;

/// Whether text can name a custom stream: letters, digits, `_`, `-`.
pub fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

impl<'a> Topic<'a> {
    /// Takes a topic name apart.
    ///
    /// # Errors
    /// When it fits none of the variant's templates.
    pub fn parse(variant: Variant, topic: &'a str) -> Result<Self, TopicError> {
        Kind::ALL
            .into_iter()
            .find_map(|kind| fit(variant, kind, topic))
            .ok_or(TopicError)
    }
}

fn fit(variant: Variant, kind: Kind, topic: &str) -> Option<Topic<'_>> {
    let template = kind.template(variant)?;
    let mut out = Topic {
        variant,
        kind,
        username: None,
        id: None,
    };
    let mut found = topic.split('/');
    for wanted in template.split('/') {
        let segment = found.next()?;
        match wanted {
            "{username}" if !segment.is_empty() => out.username = Some(segment),
            "{identifier}" if is_identifier(segment) => out.id = Some(segment),
            "{id}" if !segment.is_empty() => out.id = Some(segment),
            literal if literal == segment => {}
            _ => return None,
        }
    }
    found.next().is_none().then_some(out)
}

impl fmt::Display for Topic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let template = self.kind.template(self.variant).unwrap_or("");
        for (index, segment) in template.split('/').enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            f.write_str(match segment {
                "{username}" => self.username.unwrap_or(""),
                "{identifier}" | "{id}" => self.id.unwrap_or(""),
                literal => literal,
            })?;
        }
        Ok(())
    }
}

/// The topic of that kind.
pub fn render(variant: Variant, kind: Kind, username: &str, id: &str) -> String {
    Topic {
        variant,
        kind,
        username: Some(username),
        id: Some(id),
    }
    .to_string()
}

/// The topics as screens want them.
pub(super) fn declared(variant: Variant) -> Vec<TopicTemplate> {
    Kind::ALL
        .into_iter()
        .filter_map(|kind| {
            Some(TopicTemplate {
                key: kind.key().into(),
                template: kind.template(variant)?.into(),
                direction: kind.direction(),
                subscribe: kind.subscribe(),
                purpose: kind.purpose(),
            })
        })
        .collect()
}

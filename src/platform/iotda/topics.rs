//! Topics below `$oc/devices/{device_id}/sys/`.

use core::fmt;

use thiserror::Error;

use crate::platform::{Direction, Subscribe, Text, TopicTemplate};

/// What every system topic starts with.
pub const PREFIX: &str = "$oc/devices/";

/// What travels on a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `messages/up`
    MessageUp,
    /// `messages/down`
    MessageDown,
    /// `properties/report`
    Report,
    /// `gateway/sub_devices/properties/report`
    GatewayReport,
    /// `properties/set/request_id=`
    PropertySet,
    /// `properties/set/response/request_id=`
    PropertySetResponse,
    /// `properties/get/request_id=`
    PropertyGet,
    /// `properties/get/response/request_id=`
    PropertyGetResponse,
    /// `commands/request_id=`
    Command,
    /// `commands/response/request_id=`
    CommandResponse,
    /// `shadow/get/request_id=`
    ShadowGet,
    /// `shadow/get/response/request_id=`
    Shadow,
    /// `events/up`
    EventUp,
    /// `events/down`
    EventDown,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::MessageUp,
        Self::MessageDown,
        Self::Report,
        Self::GatewayReport,
        Self::PropertySet,
        Self::PropertySetResponse,
        Self::PropertyGet,
        Self::PropertyGetResponse,
        Self::Command,
        Self::CommandResponse,
        Self::ShadowGet,
        Self::Shadow,
        Self::EventUp,
        Self::EventDown,
    ];

    /// The key of the message kind.
    pub const fn key(self) -> &'static str {
        match self {
            Self::MessageUp => "message-up",
            Self::MessageDown => "message-down",
            Self::Report => "report",
            Self::GatewayReport => "gateway-report",
            Self::PropertySet => "property-set",
            Self::PropertySetResponse => "property-set-response",
            Self::PropertyGet => "property-get",
            Self::PropertyGetResponse => "property-get-response",
            Self::Command => "command",
            Self::CommandResponse => "command-response",
            Self::ShadowGet => "shadow-get",
            Self::Shadow => "shadow",
            Self::EventUp => "event-up",
            Self::EventDown => "event-down",
        }
    }

    /// What the platform's documents call it; [`Self::key`] stands for it in English.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::MessageUp => "消息上报",
            Self::MessageDown => "消息下发",
            Self::Report => "属性上报",
            Self::GatewayReport => "网关批量属性上报",
            Self::PropertySet => "属性设置",
            Self::PropertySetResponse => "属性设置响应",
            Self::PropertyGet => "属性查询",
            Self::PropertyGetResponse => "属性查询响应",
            Self::Command => "命令",
            Self::CommandResponse => "命令响应",
            Self::ShadowGet => "影子查询",
            Self::Shadow => "影子",
            Self::EventUp => "事件上报",
            Self::EventDown => "事件下发",
        }
    }

    /// What follows `sys/`, without the request id.
    pub const fn path(self) -> &'static str {
        match self {
            Self::MessageUp => "messages/up",
            Self::MessageDown => "messages/down",
            Self::Report => "properties/report",
            Self::GatewayReport => "gateway/sub_devices/properties/report",
            Self::PropertySet => "properties/set",
            Self::PropertySetResponse => "properties/set/response",
            Self::PropertyGet => "properties/get",
            Self::PropertyGetResponse => "properties/get/response",
            Self::Command => "commands",
            Self::CommandResponse => "commands/response",
            Self::ShadowGet => "shadow/get",
            Self::Shadow => "shadow/get/response",
            Self::EventUp => "events/up",
            Self::EventDown => "events/down",
        }
    }

    /// Whether the topic ends in `/request_id={id}`.
    pub const fn has_request_id(self) -> bool {
        matches!(
            self,
            Self::PropertySet
                | Self::PropertySetResponse
                | Self::PropertyGet
                | Self::PropertyGetResponse
                | Self::Command
                | Self::CommandResponse
                | Self::ShadowGet
                | Self::Shadow
        )
    }

    /// Which way it travels.
    pub const fn direction(self) -> Direction {
        match self {
            Self::MessageDown
            | Self::PropertySet
            | Self::PropertyGet
            | Self::Command
            | Self::Shadow
            | Self::EventDown => Direction::Down,
            _ => Direction::Up,
        }
    }

    /// The kind that answers it.
    pub const fn answer(self) -> Option<Self> {
        match self {
            Self::PropertySet => Some(Self::PropertySetResponse),
            Self::PropertyGet => Some(Self::PropertyGetResponse),
            Self::Command => Some(Self::CommandResponse),
            Self::ShadowGet => Some(Self::Shadow),
            _ => None,
        }
    }

    /// Whether it answers something.
    pub fn is_answer(self) -> bool {
        Self::ALL.iter().any(|kind| kind.answer() == Some(self))
    }

    const fn purpose(self) -> Text {
        match self {
            Self::MessageUp => Text::new("message of the device", "设备消息上报"),
            Self::MessageDown => Text::new("message to the device", "平台消息下发"),
            Self::Report => Text::new("properties", "设备属性上报"),
            Self::GatewayReport => Text::new("properties of sub-devices", "网关批量上报属性"),
            Self::PropertySet => Text::new("platform sets properties", "平台设置设备属性"),
            Self::PropertySetResponse => Text::new("answer to a property set", "属性设置的响应"),
            Self::PropertyGet => Text::new("platform reads properties", "平台查询设备属性"),
            Self::PropertyGetResponse => Text::new("answer to a property read", "属性查询的响应"),
            Self::Command => Text::new("command", "平台命令下发"),
            Self::CommandResponse => Text::new("answer to a command", "命令的响应"),
            Self::ShadowGet => Text::new("ask for the shadow", "设备获取影子数据"),
            Self::Shadow => Text::new("the shadow", "影子数据的响应"),
            Self::EventUp => Text::new("event of the device", "设备事件上报"),
            Self::EventDown => Text::new("event of the platform", "平台事件下发"),
        }
    }
}

/// A topic of this platform, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic<'a> {
    /// `$oc/devices/{device_id}/sys/…`
    System {
        /// Device id.
        device_id: &'a str,
        /// What travels on it.
        kind: Kind,
        /// Request id, where the topic carries one.
        request_id: Option<&'a str>,
        /// What follows a `?` on uplink topics, such as `encoding=gzip`.
        query: Option<&'a str>,
    },
    /// `$oc/devices/{device_id}/user/…`, to be defined in the product.
    User {
        /// Device id.
        device_id: &'a str,
        /// The rest.
        name: &'a str,
    },
    /// Anything that does not start with `$oc`.
    Free(&'a str),
}

/// Why a topic that starts with `$oc` is none of this platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TopicError {
    /// Not `$oc/devices/{device_id}/…`.
    #[error("does not start with $oc/devices/{{device_id}}/")]
    Prefix,
    /// No such system topic.
    #[error("no system topic of that name")]
    Unknown,
    /// `request_id=` is missing or empty.
    #[error("request_id is missing or empty")]
    RequestId,
}

impl TopicError {
    /// The same in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Prefix => "没有以 $oc/devices/{device_id}/ 开头",
            Self::Unknown => "没有这个系统主题",
            Self::RequestId => "缺少 request_id 或为空",
        }
    }
}

impl<'a> Topic<'a> {
    /// Takes a topic name apart.
    ///
    /// # Errors
    /// What keeps a topic that starts with `$oc` from being one of the platform's.
    pub fn parse(topic: &'a str) -> Result<Self, TopicError> {
        if !topic.starts_with("$oc") {
            return Ok(Self::Free(topic));
        }
        let rest = topic.strip_prefix(PREFIX).ok_or(TopicError::Prefix)?;
        let (device_id, rest) = rest.split_once('/').ok_or(TopicError::Prefix)?;
        if device_id.is_empty() {
            return Err(TopicError::Prefix);
        }
        if let Some(name) = rest.strip_prefix("user/") {
            return Ok(Self::User { device_id, name });
        }
        let rest = rest.strip_prefix("sys/").ok_or(TopicError::Unknown)?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let (path, request_id) = match path.split_once("/request_id=") {
            Some((path, id)) => (path, Some(id)),
            None => (path, None),
        };
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.path() == path)
            .ok_or(TopicError::Unknown)?;
        if kind.has_request_id() != request_id.is_some_and(|id| !id.is_empty()) {
            return Err(if kind.has_request_id() {
                TopicError::RequestId
            } else {
                TopicError::Unknown
            });
        }
        Ok(Self::System {
            device_id,
            kind,
            request_id,
            query,
        })
    }
}

impl fmt::Display for Topic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System {
                device_id,
                kind,
                request_id,
                query,
            } => {
                write!(f, "{PREFIX}{device_id}/sys/{}", kind.path())?;
                if let Some(id) = request_id {
                    write!(f, "/request_id={id}")?;
                }
                match query {
                    Some(query) => write!(f, "?{query}"),
                    None => Ok(()),
                }
            }
            Self::User { device_id, name } => write!(f, "{PREFIX}{device_id}/user/{name}"),
            Self::Free(topic) => f.write_str(topic),
        }
    }
}

/// The system topic of that kind; `request_id` is used where the topic carries one.
pub fn render(device_id: &str, kind: Kind, request_id: &str) -> String {
    Topic::System {
        device_id,
        kind,
        request_id: kind.has_request_id().then_some(request_id),
        query: None,
    }
    .to_string()
}

/// The filters that a device subscribes to: requests of the platform, and answers to its own.
pub fn subscriptions(device_id: &str) -> Vec<String> {
    [
        Kind::MessageDown,
        Kind::Command,
        Kind::PropertySet,
        Kind::PropertyGet,
        Kind::Shadow,
        Kind::EventDown,
    ]
    .into_iter()
    .map(|kind| {
        let tail = if kind.has_request_id() { "/#" } else { "" };
        format!("{PREFIX}{device_id}/sys/{}{tail}", kind.path())
    })
    .collect()
}

/// The topics as screens want them.
pub(super) fn declared() -> Vec<TopicTemplate> {
    let mut out: Vec<TopicTemplate> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let tail = if kind.has_request_id() {
                "/request_id={request_id}"
            } else {
                ""
            };
            TopicTemplate {
                key: kind.key().into(),
                template: format!("{PREFIX}{{device_id}}/sys/{}{tail}", kind.path()).into(),
                direction: kind.direction(),
                subscribe: match kind.direction() {
                    Direction::Up => Subscribe::Publishes,
                    Direction::Down => Subscribe::Must,
                },
                purpose: kind.purpose(),
            }
        })
        .collect();
    out.push(TopicTemplate {
        key: "user".into(),
        template: format!("{PREFIX}{{device_id}}/user/{{name}}").into(),
        direction: Direction::Up,
        subscribe: Subscribe::May,
        purpose: Text::new("topics defined in the product", "产品中自定义的主题"),
    });
    out
}

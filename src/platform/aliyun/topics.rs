//! Topics: `/sys/{productKey}/{deviceName}/…`, `/{productKey}/{deviceName}/user/…`, `/ext/…`.

use core::fmt;

use thiserror::Error;

use crate::platform::{Direction, Role, Subscribe, Text, TopicTemplate};

/// What travels on a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Property report.
    PropertyPost,
    /// Answer to a property report.
    PropertyPostReply,
    /// Event report.
    EventPost,
    /// Answer to an event report.
    EventPostReply,
    /// Properties set by the cloud.
    PropertySet,
    /// Answer to a property set.
    PropertySetReply,
    /// Properties read by the cloud.
    PropertyGet,
    /// Answer to a property read.
    PropertyGetReply,
    /// Asynchronous service call.
    Service,
    /// Answer to a service call.
    ServiceReply,
    /// Synchronous call.
    RrpcRequest,
    /// Answer to a synchronous call.
    RrpcResponse,
    /// Synchronous call on a custom topic; the answer travels on the same topic.
    ExtRrpc,
    /// Question for desired values.
    DesiredGet,
    /// Answer to that question.
    DesiredGetReply,
    /// Desired values cleared.
    DesiredDelete,
    /// Answer to that.
    DesiredDeleteReply,
    /// Tags written.
    TagsUpdate,
    /// Answer to that.
    TagsUpdateReply,
    /// Tags deleted.
    TagsDelete,
    /// Answer to that.
    TagsDeleteReply,
    /// Question for the remote configuration.
    ConfigGet,
    /// Answer to that question.
    ConfigGetReply,
    /// Remote configuration pushed.
    ConfigPush,
    /// Answer to that.
    ConfigPushReply,
    /// Bytes for the data parsing script, up.
    UpRaw,
    /// Answer to those.
    UpRawReply,
    /// Bytes from the data parsing script, down.
    DownRaw,
    /// Answer to those.
    DownRawReply,
    /// Device shadow, up.
    ShadowUpdate,
    /// Device shadow, down.
    ShadowGet,
    /// Firmware version reported.
    OtaInform,
    /// Firmware upgrade offered.
    OtaUpgrade,
    /// Firmware progress reported.
    OtaProgress,
    /// Question for the time.
    NtpRequest,
    /// The time.
    NtpResponse,
    /// Topic of the user's own.
    User,
    /// Secret or token from dynamic registration.
    Registration,
}

/// One row of the table of templates.
struct Row {
    kind: Kind,
    /// Key of the topic.
    key: &'static str,
    template: &'static str,
    direction: Direction,
    subscribe: Subscribe,
    purpose: Text,
}

const fn up(kind: Kind, key: &'static str, template: &'static str, purpose: Text) -> Row {
    Row {
        kind,
        key,
        template,
        direction: Direction::Up,
        subscribe: Subscribe::Publishes,
        purpose,
    }
}

const fn down(
    kind: Kind,
    key: &'static str,
    template: &'static str,
    subscribe: Subscribe,
    purpose: Text,
) -> Row {
    Row {
        kind,
        key,
        template,
        direction: Direction::Down,
        subscribe,
        purpose,
    }
}

/// Every template. Those without a placeholder of their own come before those that would also
/// match them.
const TABLE: [Row; 42] = [
    up(
        Kind::PropertyPost,
        "property_post",
        "/sys/{productKey}/{deviceName}/thing/event/property/post",
        Text::new("property report", "上报属性"),
    ),
    down(
        Kind::PropertyPostReply,
        "property_post_reply",
        "/sys/{productKey}/{deviceName}/thing/event/property/post_reply",
        Subscribe::Must,
        Text::new("answer to a property report", "上报属性的响应"),
    ),
    down(
        Kind::PropertySet,
        "property_set",
        "/sys/{productKey}/{deviceName}/thing/service/property/set",
        Subscribe::Must,
        Text::new("properties set by the cloud", "设置属性"),
    ),
    up(
        Kind::PropertySetReply,
        "property_set_reply",
        "/sys/{productKey}/{deviceName}/thing/service/property/set_reply",
        Text::new("answer to a property set", "设置属性的响应"),
    ),
    down(
        Kind::PropertyGet,
        "property_get",
        "/sys/{productKey}/{deviceName}/thing/service/property/get",
        Subscribe::May,
        Text::new("properties read by the cloud", "查询属性"),
    ),
    up(
        Kind::PropertyGetReply,
        "property_get_reply",
        "/sys/{productKey}/{deviceName}/thing/service/property/get_reply",
        Text::new("answer to a property read", "查询属性的响应"),
    ),
    up(
        Kind::EventPost,
        "event_post",
        "/sys/{productKey}/{deviceName}/thing/event/{event}/post",
        Text::new("event report", "上报事件"),
    ),
    down(
        Kind::EventPostReply,
        "event_post_reply",
        "/sys/{productKey}/{deviceName}/thing/event/{event}/post_reply",
        Subscribe::Must,
        Text::new("answer to an event report", "上报事件的响应"),
    ),
    up(
        Kind::ServiceReply,
        "service_reply",
        "/sys/{productKey}/{deviceName}/thing/service/{service}_reply",
        Text::new("answer to a service call", "服务调用的响应"),
    ),
    down(
        Kind::Service,
        "service",
        "/sys/{productKey}/{deviceName}/thing/service/{service}",
        Subscribe::Must,
        Text::new("asynchronous service call", "异步服务调用"),
    ),
    down(
        Kind::RrpcRequest,
        "rrpc_request",
        "/sys/{productKey}/{deviceName}/rrpc/request/{messageId}",
        Subscribe::Must,
        Text::new("synchronous call", "RRPC 请求（同步）"),
    ),
    up(
        Kind::RrpcResponse,
        "rrpc_response",
        "/sys/{productKey}/{deviceName}/rrpc/response/{messageId}",
        Text::new("answer to a synchronous call", "RRPC 响应"),
    ),
    down(
        Kind::ExtRrpc,
        "ext_rrpc",
        "/ext/rrpc/{messageId}{topic}",
        Subscribe::May,
        Text::new(
            "synchronous call on a custom topic, answered on the same topic; needs ext=1",
            "自定义 Topic 的 RRPC，在同一主题应答；需 ext=1",
        ),
    ),
    up(
        Kind::DesiredGet,
        "desired_get",
        "/sys/{productKey}/{deviceName}/thing/property/desired/get",
        Text::new("ask for desired values", "获取期望属性值"),
    ),
    down(
        Kind::DesiredGetReply,
        "desired_get_reply",
        "/sys/{productKey}/{deviceName}/thing/property/desired/get_reply",
        Subscribe::Must,
        Text::new("desired values", "期望属性值"),
    ),
    up(
        Kind::DesiredDelete,
        "desired_delete",
        "/sys/{productKey}/{deviceName}/thing/property/desired/delete",
        Text::new("clear desired values", "清空期望属性值"),
    ),
    down(
        Kind::DesiredDeleteReply,
        "desired_delete_reply",
        "/sys/{productKey}/{deviceName}/thing/property/desired/delete_reply",
        Subscribe::Must,
        Text::new("answer", "清空期望属性值的响应"),
    ),
    up(
        Kind::TagsUpdate,
        "tags_update",
        "/sys/{productKey}/{deviceName}/thing/deviceinfo/update",
        Text::new("write tags", "上报标签"),
    ),
    down(
        Kind::TagsUpdateReply,
        "tags_update_reply",
        "/sys/{productKey}/{deviceName}/thing/deviceinfo/update_reply",
        Subscribe::Must,
        Text::new("answer", "上报标签的响应"),
    ),
    up(
        Kind::TagsDelete,
        "tags_delete",
        "/sys/{productKey}/{deviceName}/thing/deviceinfo/delete",
        Text::new("delete tags", "删除标签"),
    ),
    down(
        Kind::TagsDeleteReply,
        "tags_delete_reply",
        "/sys/{productKey}/{deviceName}/thing/deviceinfo/delete_reply",
        Subscribe::Must,
        Text::new("answer", "删除标签的响应"),
    ),
    up(
        Kind::ConfigGet,
        "config_get",
        "/sys/{productKey}/{deviceName}/thing/config/get",
        Text::new("ask for the remote configuration", "请求远程配置"),
    ),
    down(
        Kind::ConfigGetReply,
        "config_get_reply",
        "/sys/{productKey}/{deviceName}/thing/config/get_reply",
        Subscribe::Must,
        Text::new("remote configuration", "远程配置"),
    ),
    down(
        Kind::ConfigPush,
        "config_push",
        "/sys/{productKey}/{deviceName}/thing/config/push",
        Subscribe::Must,
        Text::new("remote configuration pushed", "推送远程配置"),
    ),
    up(
        Kind::ConfigPushReply,
        "config_push_reply",
        "/sys/{productKey}/{deviceName}/thing/config/push_reply",
        Text::new("answer", "推送远程配置的响应"),
    ),
    up(
        Kind::UpRaw,
        "up_raw",
        "/sys/{productKey}/{deviceName}/thing/model/up_raw",
        Text::new("transparent bytes", "透传数据上报"),
    ),
    down(
        Kind::UpRawReply,
        "up_raw_reply",
        "/sys/{productKey}/{deviceName}/thing/model/up_raw_reply",
        Subscribe::May,
        Text::new("answer to transparent bytes", "透传数据上报的响应"),
    ),
    down(
        Kind::DownRaw,
        "down_raw",
        "/sys/{productKey}/{deviceName}/thing/model/down_raw",
        Subscribe::May,
        Text::new("transparent bytes, downwards", "透传数据下发"),
    ),
    up(
        Kind::DownRawReply,
        "down_raw_reply",
        "/sys/{productKey}/{deviceName}/thing/model/down_raw_reply",
        Text::new("answer to transparent bytes", "透传数据下发的响应"),
    ),
    up(
        Kind::User,
        "user_update",
        "/{productKey}/{deviceName}/user/update",
        Text::new("topic of the user's own", "自定义 Topic，发布"),
    ),
    up(
        Kind::User,
        "user_update_error",
        "/{productKey}/{deviceName}/user/update/error",
        Text::new("topic of the user's own", "自定义 Topic，发布"),
    ),
    down(
        Kind::User,
        "user_get",
        "/{productKey}/{deviceName}/user/get",
        Subscribe::May,
        Text::new("topic of the user's own", "自定义 Topic，订阅"),
    ),
    down(
        Kind::User,
        "user",
        "/{productKey}/{deviceName}/user/{short}",
        Subscribe::May,
        Text::new("topics of the user's own", "自定义 Topic"),
    ),
    up(
        Kind::ShadowUpdate,
        "shadow_update",
        "/shadow/update/{productKey}/{deviceName}",
        Text::new("device shadow", "更新设备影子"),
    ),
    down(
        Kind::ShadowGet,
        "shadow_get",
        "/shadow/get/{productKey}/{deviceName}",
        Subscribe::May,
        Text::new("device shadow, downwards", "设备影子下行"),
    ),
    up(
        Kind::OtaInform,
        "ota_inform",
        "/ota/device/inform/{productKey}/{deviceName}",
        Text::new("firmware version", "上报固件版本"),
    ),
    down(
        Kind::OtaUpgrade,
        "ota_upgrade",
        "/ota/device/upgrade/{productKey}/{deviceName}",
        Subscribe::May,
        Text::new("firmware upgrade", "推送升级包信息"),
    ),
    up(
        Kind::OtaProgress,
        "ota_progress",
        "/ota/device/progress/{productKey}/{deviceName}",
        Text::new("upgrade progress", "上报升级进度"),
    ),
    up(
        Kind::NtpRequest,
        "ntp_request",
        "/ext/ntp/{productKey}/{deviceName}/request",
        Text::new("ask for the time", "NTP 请求"),
    ),
    down(
        Kind::NtpResponse,
        "ntp_response",
        "/ext/ntp/{productKey}/{deviceName}/response",
        Subscribe::May,
        Text::new("the time", "NTP 响应"),
    ),
    down(
        Kind::Registration,
        "register",
        "/ext/register",
        Subscribe::Never,
        Text::new("result of dynamic registration", "动态注册结果"),
    ),
    down(
        Kind::Registration,
        "regnwl",
        "/ext/regnwl",
        Subscribe::Never,
        Text::new(
            "result of dynamic registration without pre-registration",
            "免预注册动态注册结果",
        ),
    ),
];

impl Kind {
    /// The key of the message kind.
    pub const fn key(self) -> &'static str {
        match self {
            Self::PropertyPost => "property-post",
            Self::PropertyPostReply => "property-post-reply",
            Self::EventPost => "event-post",
            Self::EventPostReply => "event-post-reply",
            Self::PropertySet => "property-set",
            Self::PropertySetReply => "property-set-reply",
            Self::PropertyGet => "property-get",
            Self::PropertyGetReply => "property-get-reply",
            Self::Service => "service",
            Self::ServiceReply => "service-reply",
            Self::RrpcRequest => "rrpc-request",
            Self::RrpcResponse => "rrpc-response",
            Self::ExtRrpc => "ext-rrpc",
            Self::DesiredGet => "desired-get",
            Self::DesiredGetReply => "desired-get-reply",
            Self::DesiredDelete => "desired-delete",
            Self::DesiredDeleteReply => "desired-delete-reply",
            Self::TagsUpdate => "tags-update",
            Self::TagsUpdateReply => "tags-update-reply",
            Self::TagsDelete => "tags-delete",
            Self::TagsDeleteReply => "tags-delete-reply",
            Self::ConfigGet => "config-get",
            Self::ConfigGetReply => "config-get-reply",
            Self::ConfigPush => "config-push",
            Self::ConfigPushReply => "config-push-reply",
            Self::UpRaw => "up-raw",
            Self::UpRawReply => "up-raw-reply",
            Self::DownRaw => "down-raw",
            Self::DownRawReply => "down-raw-reply",
            Self::ShadowUpdate => "shadow-update",
            Self::ShadowGet => "shadow-get",
            Self::OtaInform => "ota-inform",
            Self::OtaUpgrade => "ota-upgrade",
            Self::OtaProgress => "ota-progress",
            Self::NtpRequest => "ntp-request",
            Self::NtpResponse => "ntp-response",
            Self::User => "user",
            Self::Registration => "dynreg",
        }
    }

    /// What the platform's documents call it; [`Self::key`] stands for it in English.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::PropertyPost => "上报属性",
            Self::PropertyPostReply => "上报属性的响应",
            Self::EventPost => "上报事件",
            Self::EventPostReply => "上报事件的响应",
            Self::PropertySet => "设置属性",
            Self::PropertySetReply => "设置属性的响应",
            Self::PropertyGet => "查询属性",
            Self::PropertyGetReply => "查询属性的响应",
            Self::Service => "服务调用",
            Self::ServiceReply => "服务调用的响应",
            Self::RrpcRequest => "RRPC 请求",
            Self::RrpcResponse => "RRPC 响应",
            Self::ExtRrpc => "自定义 RRPC",
            Self::DesiredGet => "获取期望属性值",
            Self::DesiredGetReply => "期望属性值",
            Self::DesiredDelete => "清空期望属性值",
            Self::DesiredDeleteReply => "清空期望属性值的响应",
            Self::TagsUpdate => "上报标签",
            Self::TagsUpdateReply => "上报标签的响应",
            Self::TagsDelete => "删除标签",
            Self::TagsDeleteReply => "删除标签的响应",
            Self::ConfigGet => "请求远程配置",
            Self::ConfigGetReply => "远程配置",
            Self::ConfigPush => "推送远程配置",
            Self::ConfigPushReply => "推送远程配置的响应",
            Self::UpRaw => "透传数据上报",
            Self::UpRawReply => "透传数据上报的响应",
            Self::DownRaw => "透传数据下发",
            Self::DownRawReply => "透传数据下发的响应",
            Self::ShadowUpdate => "更新设备影子",
            Self::ShadowGet => "设备影子下行",
            Self::OtaInform => "上报固件版本",
            Self::OtaUpgrade => "推送升级包信息",
            Self::OtaProgress => "上报升级进度",
            Self::NtpRequest => "NTP 时间同步",
            Self::NtpResponse => "NTP 响应",
            Self::User => "自定义 Topic 消息",
            Self::Registration => "动态注册结果",
        }
    }

    /// The kind that answers it.
    pub const fn answer(self) -> Option<Self> {
        Some(match self {
            Self::PropertyPost => Self::PropertyPostReply,
            Self::EventPost => Self::EventPostReply,
            Self::PropertySet => Self::PropertySetReply,
            Self::PropertyGet => Self::PropertyGetReply,
            Self::Service => Self::ServiceReply,
            Self::RrpcRequest => Self::RrpcResponse,
            Self::ExtRrpc => Self::ExtRrpc,
            Self::DesiredGet => Self::DesiredGetReply,
            Self::DesiredDelete => Self::DesiredDeleteReply,
            Self::TagsUpdate => Self::TagsUpdateReply,
            Self::TagsDelete => Self::TagsDeleteReply,
            Self::ConfigGet => Self::ConfigGetReply,
            Self::ConfigPush => Self::ConfigPushReply,
            Self::UpRaw => Self::UpRawReply,
            Self::DownRaw => Self::DownRawReply,
            Self::NtpRequest => Self::NtpResponse,
            _ => return None,
        })
    }

    /// Its place in a round trip, `direction` for those that travel both ways.
    pub fn role(self, direction: Direction) -> Role {
        match self {
            Self::ExtRrpc if direction == Direction::Down => Role::Request,
            Self::ExtRrpc => Role::Response,
            _ if self.answer().is_some() => Role::Request,
            _ if TABLE.iter().any(|row| row.kind.answer() == Some(self)) => Role::Response,
            _ => Role::OneWay,
        }
    }

    /// Which way it travels; `None` where both.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::User | Self::ExtRrpc => None,
            _ => TABLE
                .iter()
                .find(|row| row.kind == self)
                .map(|row| row.direction),
        }
    }

    /// Whether the payload is Alink JSON: `id`, and `params` or `code`.
    pub const fn is_alink(self) -> bool {
        !matches!(
            self,
            Self::RrpcRequest
                | Self::RrpcResponse
                | Self::ExtRrpc
                | Self::UpRaw
                | Self::UpRawReply
                | Self::DownRaw
                | Self::DownRawReply
                | Self::User
                | Self::Registration
                | Self::ShadowGet
                | Self::ShadowUpdate
                | Self::NtpRequest
                | Self::NtpResponse
        )
    }

    fn template(self) -> &'static str {
        TABLE
            .iter()
            .rev()
            .find(|row| row.kind == self)
            .map_or("", |row| row.template)
    }
}

/// A topic of this platform, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic<'a> {
    /// What travels on it.
    pub kind: Kind,
    /// Product key; empty on topics that name none.
    pub product_key: &'a str,
    /// Device name; empty on topics that name none.
    pub device_name: &'a str,
    /// Event, service, message id, or the rest of a user topic.
    pub name: &'a str,
    /// The custom topic inside one of RRPC, with its leading slash.
    pub inner: &'a str,
}

/// Why a topic is none of this platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no topic of this platform")]
pub struct TopicError;

impl<'a> Topic<'a> {
    /// Takes a topic name apart.
    ///
    /// # Errors
    /// When it fits none of the templates.
    pub fn parse(topic: &'a str) -> Result<Self, TopicError> {
        if let Some(rest) = topic.strip_prefix("/ext/rrpc/") {
            let at = rest.find('/').ok_or(TopicError)?;
            let (id, inner) = rest.split_at_checked(at).ok_or(TopicError)?;
            if id.is_empty() || inner.len() < 2 {
                return Err(TopicError);
            }
            let mut owner = inner.split('/').skip(1);
            return Ok(Self {
                kind: Kind::ExtRrpc,
                product_key: owner.next().unwrap_or(""),
                device_name: owner.next().unwrap_or(""),
                name: id,
                inner,
            });
        }
        TABLE
            .iter()
            .filter(|row| row.kind != Kind::ExtRrpc)
            .find_map(|row| fit(row, topic))
            .ok_or(TopicError)
    }
}

fn fit<'a>(row: &Row, topic: &'a str) -> Option<Topic<'a>> {
    let mut out = Topic {
        kind: row.kind,
        product_key: "",
        device_name: "",
        name: "",
        inner: "",
    };
    let mut rest = topic;
    let mut wanted = row.template.split('/').peekable();
    let mut first = true;
    while let Some(part) = wanted.next() {
        if !first {
            rest = rest.strip_prefix('/')?;
        }
        first = false;
        // The rest of a user topic may have several segments.
        let takes_all = part == "{short}";
        let segment = match rest.find('/') {
            Some(at) if !takes_all => rest.get(..at)?,
            _ => rest,
        };
        rest = rest.get(segment.len()..)?;
        match part {
            "{productKey}" if !segment.is_empty() => out.product_key = segment,
            "{deviceName}" if !segment.is_empty() => out.device_name = segment,
            "{event}" | "{service}" | "{messageId}" | "{short}" if !segment.is_empty() => {
                out.name = segment;
            }
            "{service}_reply" => {
                out.name = segment
                    .strip_suffix("_reply")
                    .filter(|name| !name.is_empty())?;
            }
            literal if literal == segment => {
                // `user/update` and its like are user topics by name.
                if row.kind == Kind::User && literal == "user" {
                    out.name = rest.strip_prefix('/').unwrap_or("");
                }
            }
            _ => return None,
        }
        if wanted.peek().is_none() && !rest.is_empty() {
            return None;
        }
    }
    Some(out)
}

impl fmt::Display for Topic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == Kind::ExtRrpc {
            return write!(f, "/ext/rrpc/{}{}", self.name, self.inner);
        }
        if self.kind == Kind::Registration {
            return f.write_str("/ext/register");
        }
        let template = if self.kind == Kind::User {
            "/{productKey}/{deviceName}/user/{short}"
        } else {
            self.kind.template()
        };
        for (index, part) in template.split('/').enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            match part {
                "{productKey}" => f.write_str(self.product_key)?,
                "{deviceName}" => f.write_str(self.device_name)?,
                "{event}" | "{service}" | "{messageId}" | "{short}" => f.write_str(self.name)?,
                "{service}_reply" => write!(f, "{}_reply", self.name)?,
                literal => f.write_str(literal)?,
            }
        }
        Ok(())
    }
}

/// The topic of that kind; `name` where it has an event, service, message id or user topic.
pub fn render(kind: Kind, product_key: &str, device_name: &str, name: &str) -> String {
    Topic {
        kind,
        product_key,
        device_name,
        name,
        inner: "",
    }
    .to_string()
}

/// The filters that a device subscribes to on every connect, as the platform's own SDK does.
pub fn subscriptions(product_key: &str, device_name: &str) -> Vec<String> {
    let sys = format!("/sys/{product_key}/{device_name}/");
    [
        "thing/event/property/post_reply",
        "thing/event/+/post_reply",
        "thing/service/property/set",
        "thing/service/property/get",
        "thing/service/+",
        "rrpc/request/+",
        "thing/property/desired/get_reply",
        "thing/property/desired/delete_reply",
        "thing/deviceinfo/update_reply",
        "thing/deviceinfo/delete_reply",
        "thing/config/get_reply",
        "thing/config/push",
        "thing/model/up_raw_reply",
        "thing/model/down_raw",
    ]
    .into_iter()
    .map(|tail| format!("{sys}{tail}"))
    .chain([
        format!("/shadow/get/{product_key}/{device_name}"),
        format!("/ext/ntp/{product_key}/{device_name}/response"),
        format!("/{product_key}/{device_name}/user/get"),
    ])
    .collect()
}

/// The topics as screens want them.
pub(super) fn declared() -> Vec<TopicTemplate> {
    TABLE
        .iter()
        .map(|row| TopicTemplate {
            key: row.key.into(),
            template: row.template.into(),
            direction: row.direction,
            subscribe: row.subscribe,
            purpose: row.purpose.clone(),
        })
        .collect()
}

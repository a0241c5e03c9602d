//! The forms: identity, messages of the device, requests of an application.

use crate::platform::{Choice, Direction, FormField, MessageKind, Role, Text};

use super::payload::SOURCE;
use super::topics::Kind;

/// A caller of RRPC waits this long by default; not confirmed.
const RRPC_DEADLINE_MS: u32 = 8_000;

/// The identity form.
pub(super) fn identity() -> Vec<FormField> {
    vec![
        FormField::text("product_key", Text::same("ProductKey"))
            .required()
            .starting_with("a1ouyopKiEU"),
        FormField::text("device_name", Text::same("DeviceName"))
            .required()
            .starting_with("device1"),
        FormField::choice(
            "auth",
            Text::new("Login", "登录方式"),
            vec![
                Choice::new("secret", Text::new("device secret", "一机一密")),
                Choice::new(
                    "register",
                    Text::new(
                        "dynamic registration, pre-registered",
                        "动态注册（预注册，register）",
                    ),
                ),
                Choice::new(
                    "regnwl",
                    Text::new(
                        "dynamic registration, not pre-registered",
                        "动态注册（免预注册，regnwl）",
                    ),
                ),
                Choice::new(
                    "connwl",
                    Text::new("device token after regnwl", "免预注册后用 deviceToken 登录"),
                ),
            ],
        ),
        FormField::secret("device_secret", Text::same("DeviceSecret"))
            .required()
            .asked_when("auth", &["secret"]),
        FormField::secret("product_secret", Text::same("ProductSecret"))
            .helped(Text::new("for dynamic registration", "用于动态注册"))
            .required()
            .asked_when("auth", &["register", "regnwl"]),
        FormField::secret("device_token", Text::same("DeviceToken"))
            .helped(Text::new("from regnwl", "由 regnwl 返回"))
            .required()
            .asked_when("auth", &["connwl"]),
        FormField::text("client_id", Text::new("Client id", "客户端 ID（clientId）")).helped(
            Text::new(
                "before the bars, at most 64 characters; empty: {productKey}.{deviceName}",
                "竖线之前的部分，最长 64 个字符；留空则为 {productKey}.{deviceName}",
            ),
        ),
        FormField::choice(
            "sign_method",
            Text::new("Algorithm (signmethod)", "签名算法（signmethod）"),
            vec![
                Choice::new("hmacsha256", Text::same("hmacsha256")),
                Choice::new("hmacsha1", Text::same("hmacsha1")),
                Choice::new("hmacmd5", Text::same("hmacmd5")),
            ],
        ),
        FormField::text("timestamp", Text::new("Timestamp (ms)", "时间戳（毫秒）")).helped(
            Text::new(
                "empty: now; none: not sent and not signed",
                "留空为当前时间；none 表示不发送也不参与签名",
            ),
        ),
        FormField::choice(
            "securemode",
            Text::new("Security mode (securemode)", "安全模式（securemode）"),
            vec![
                Choice::new(
                    "auto",
                    Text::new("by login and instance", "按登录方式与实例"),
                ),
                Choice::new("2", Text::new("2: TLS, wss", "2：TLS（wss）")),
                Choice::new("3", Text::new("3: plain, ws", "3：TCP（ws）")),
                Choice::new("-2", Text::new("-2: registration", "-2：动态注册")),
            ],
        ),
        FormField::choice(
            "ext",
            Text::new("Extensions (ext)", "扩展功能（ext）"),
            vec![
                Choice::new("", Text::new("not sent", "不携带")),
                Choice::new(
                    "1",
                    Text::new("1: RRPC on custom topics", "1：自定义 Topic RRPC"),
                ),
                Choice::new("2", Text::new("2: extended notifications", "2：扩展通知")),
                Choice::new("3", Text::new("3: both", "3：两者")),
            ],
        )
        .helped(Text::new(
            "the notifications are known from an SDK alone",
            "扩展通知仅见于 SDK 源码",
        )),
        FormField::text("random", Text::new("Random", "随机数（random）")).helped(Text::new(
            "for registration; empty: drawn",
            "用于动态注册；留空则自动生成",
        )),
        FormField::choice(
            "instance",
            Text::new("Instance", "实例"),
            vec![
                Choice::new("public", Text::new("legacy public", "旧版公共实例")),
                Choice::new(
                    "enterprise",
                    Text::new("enterprise or new public", "企业版或新版公共实例"),
                ),
            ],
        ),
        FormField::text("instance_id", Text::new("Instance id", "实例 ID")).helped(Text::new(
            "for enterprise and new public instances",
            "企业版与新版公共实例填写",
        )),
        FormField::text("region", Text::new("Region", "地域")).starting_with("cn-shanghai"),
    ]
}

fn format_field(default: &'static str) -> FormField {
    let mut field = FormField::choice(
        "format",
        Text::new("Typed as", "填写方式"),
        vec![
            Choice::new("text", Text::new("text", "文本")),
            Choice::new("hex", Text::new("hexadecimal", "十六进制")),
        ],
    );
    field.default = default.into();
    field
}

fn params(label: Text, starting_with: &'static str) -> FormField {
    FormField::json("params", label)
        .required()
        .starting_with(starting_with)
}

fn request_fields() -> [FormField; 2] {
    [
        FormField::choice(
            "ack",
            Text::new("Answer (sys.ack)", "是否需要响应（sys.ack）"),
            vec![
                Choice::new("", Text::new("not said: answered", "不携带（默认响应）")),
                Choice::new("1", Text::new("1: answer", "1：需要响应")),
                Choice::new("0", Text::new("0: no answer", "0：不需要响应")),
            ],
        ),
        FormField::text("id", Text::new("Message id", "消息 ID（id）")).helped(Text::new(
            "0 to 4294967295; empty: a new one",
            "0 至 4294967295；留空则自动生成",
        )),
    ]
}

fn answer_fields() -> Vec<FormField> {
    vec![
        FormField::integer("code", Text::new("Code", "状态码（code）"), 0, 200_000)
            .helped(Text::new(
                "200 done, 400, 460, or your own in 100000 to 110000",
                "200 成功，400、460，或 100000 至 110000 的自定义错误码",
            ))
            .starting_with("200"),
        FormField::json("data", Text::new("Data", "返回数据（data）")).starting_with("{}"),
        FormField::text("message", Text::new("Message", "message")),
    ]
}

fn synchronous_fields() -> Vec<FormField> {
    let mut out = vec![
        FormField::multiline("payload", Text::new("Payload", "载荷")).helped(Text::new(
            "empty, for a call in Alink form: an Alink answer with code and data below",
            "留空且请求为 Alink 格式时，按下面的 code 与 data 应答",
        )),
        format_field("text"),
    ];
    out.extend(answer_fields());
    out
}

/// The message kinds.
pub(super) fn kinds() -> Vec<MessageKind> {
    let kind = |kind: Kind, label: Text, topic: &'static str, fields: Vec<FormField>| {
        let direction = kind.direction().unwrap_or(Direction::Up);
        let deadline = match kind {
            Kind::RrpcRequest => Some(RRPC_DEADLINE_MS),
            _ => None,
        };
        MessageKind {
            key: kind.key().into(),
            label,
            direction,
            role: kind.role(direction),
            answered_by: kind.answer().map(|answer| answer.key().into()),
            deadline_ms: deadline,
            fields,
            topic: topic.into(),
            source: SOURCE.into(),
        }
    };
    let request = |mut fields: Vec<FormField>| {
        fields.extend(request_fields());
        fields
    };
    let device = || {
        FormField::text("device_name", Text::same("DeviceName")).helped(Text::new(
            "empty: the device that connected last",
            "留空则为最近连接的设备",
        ))
    };
    let raw = |starting_with: &'static str, format: &'static str| {
        vec![
            FormField::multiline("payload", Text::new("Payload", "载荷"))
                .starting_with(starting_with),
            format_field(format),
        ]
    };
    let with_device = |mut fields: Vec<FormField>| {
        fields.insert(0, device());
        fields
    };
    let reply = |reply: Kind, label: Text, topic: &'static str| {
        kind(
            reply,
            label,
            topic,
            if reply.direction() == Some(Direction::Up) {
                answer_fields()
            } else {
                Vec::new()
            },
        )
    };
    let mut out = vec![
        kind(
            Kind::PropertyPost,
            Text::new("Property report", "上报属性"),
            "property_post",
            request(vec![params(
                Text::new("Properties (params)", "属性（params）"),
                "{\"temperature\":{\"value\":23.6,\"time\":1524448722000}}",
            )]),
        ),
        kind(
            Kind::EventPost,
            Text::new("Event report", "上报事件"),
            "event_post",
            request(vec![
                FormField::text("event", Text::new("Event", "事件标识符"))
                    .helped(Text::new(
                        "with a module: {module}:{event}",
                        "带模块时为 {模块}:{事件}",
                    ))
                    .required()
                    .starting_with("alarm"),
                FormField::json("value", Text::new("Outputs", "输出参数"))
                    .required()
                    .starting_with("{\"level\":1}"),
                FormField::text("time", Text::new("Time (ms)", "时间（毫秒）"))
                    .starting_with("now"),
            ]),
        ),
        kind(
            Kind::DesiredGet,
            Text::new("Desired values", "获取期望属性值"),
            "desired_get",
            request(vec![params(
                Text::new("Names (params)", "属性名（params）"),
                "[\"power\"]",
            )]),
        ),
        kind(
            Kind::DesiredDelete,
            Text::new("Clear desired values", "清空期望属性值"),
            "desired_delete",
            request(vec![params(
                Text::new("Names (params)", "属性（params）"),
                "{\"power\":{\"version\":1}}",
            )]),
        ),
        kind(
            Kind::TagsUpdate,
            Text::new("Tags", "上报标签"),
            "tags_update",
            request(vec![params(
                Text::new("Tags (params)", "标签（params）"),
                "[{\"attrKey\":\"building\",\"attrValue\":\"B28\"}]",
            )]),
        ),
        kind(
            Kind::TagsDelete,
            Text::new("Delete tags", "删除标签"),
            "tags_delete",
            request(vec![params(
                Text::new("Tags (params)", "标签（params）"),
                "[{\"attrKey\":\"building\"}]",
            )]),
        ),
        kind(
            Kind::ConfigGet,
            Text::new("Remote configuration", "请求远程配置"),
            "config_get",
            request(vec![params(
                Text::new("Parameters", "参数（params）"),
                "{\"configScope\":\"product\",\"getType\":\"file\"}",
            )]),
        ),
        kind(
            Kind::NtpRequest,
            Text::new("Time", "NTP 时间同步"),
            "ntp_request",
            Vec::new(),
        ),
        kind(
            Kind::OtaInform,
            Text::new("Firmware version", "上报固件版本"),
            "ota_inform",
            vec![FormField::text("version", Text::new("Version", "版本号")).starting_with("1.0.0")],
        ),
        kind(
            Kind::OtaProgress,
            Text::new("Upgrade progress", "上报升级进度"),
            "ota_progress",
            vec![
                FormField::integer("step", Text::new("Progress (%)", "进度（%）"), -4, 100)
                    .helped(Text::new(
                        "1 to 100; -1 upgrade, -2 download, -3 check, -4 write failed",
                        "1 至 100；-1 升级失败，-2 下载失败，-3 校验失败，-4 烧写失败",
                    ))
                    .starting_with("100"),
                FormField::text("desc", Text::new("Description", "描述（desc）")),
            ],
        ),
        kind(
            Kind::ShadowUpdate,
            Text::new("Device shadow", "更新设备影子"),
            "shadow_update",
            vec![
                FormField::json("payload", Text::new("Payload", "载荷")).starting_with(
                    "{\"method\":\"update\",\"state\":{\"reported\":{\"color\":\"red\"}},\
                     \"version\":1}",
                ),
            ],
        ),
        kind(
            Kind::UpRaw,
            Text::new("Transparent bytes", "透传数据上报"),
            "up_raw",
            raw("0001000201", "hex"),
        ),
        {
            let mut fields = vec![
                FormField::text("short", Text::new("Topic after user/", "user/ 之后的主题"))
                    .required()
                    .starting_with("update"),
            ];
            fields.extend(raw("hello", "text"));
            kind(
                Kind::User,
                Text::new("Message on a topic of your own", "自定义 Topic 消息"),
                "user",
                fields,
            )
        },
        kind(
            Kind::PropertySet,
            Text::new("Property set", "设置属性"),
            "property_set",
            with_device(vec![params(
                Text::new("Properties", "属性（Items）"),
                "{\"temperature\":30.5}",
            )]),
        ),
        kind(
            Kind::PropertyGet,
            Text::new("Property read", "查询属性"),
            "property_get",
            with_device(vec![params(
                Text::new("Names", "属性名"),
                "[\"temperature\"]",
            )]),
        ),
        kind(
            Kind::Service,
            Text::new("Service call, asynchronous", "异步服务调用"),
            "service",
            with_device(vec![
                FormField::text("service", Text::new("Service", "服务标识符"))
                    .required()
                    .starting_with("add_async"),
                params(Text::new("Inputs", "输入参数（Args）"), "{\"a\":1,\"b\":2}"),
            ]),
        ),
        kind(
            Kind::RrpcRequest,
            Text::new("RRPC", "RRPC 同步调用"),
            "rrpc_request",
            with_device(raw("{\"ping\":1}", "text")),
        ),
        kind(
            Kind::ConfigPush,
            Text::new("Configuration push", "推送远程配置"),
            "config_push",
            vec![device()],
        ),
        kind(
            Kind::DownRaw,
            Text::new("Transparent bytes", "透传数据下发"),
            "down_raw",
            with_device(raw("0102", "hex")),
        ),
        reply(
            Kind::PropertySetReply,
            Text::new("Answer to a property set", "设置属性的响应"),
            "property_set_reply",
        ),
        reply(
            Kind::PropertyGetReply,
            Text::new("Answer to a property read", "查询属性的响应"),
            "property_get_reply",
        ),
        reply(
            Kind::ServiceReply,
            Text::new("Answer to a service call", "服务调用的响应"),
            "service_reply",
        ),
        kind(
            Kind::RrpcResponse,
            Text::new("RRPC answer", "RRPC 响应"),
            "rrpc_response",
            synchronous_fields(),
        ),
        reply(
            Kind::ConfigPushReply,
            Text::new("Answer to a configuration", "推送远程配置的响应"),
            "config_push_reply",
        ),
        kind(
            Kind::DownRawReply,
            Text::new("Answer to transparent bytes", "透传数据下发的响应"),
            "down_raw_reply",
            raw("00", "hex"),
        ),
    ];
    out.push(MessageKind {
        key: "ext-rrpc".into(),
        label: Text::new("RRPC on a custom topic", "自定义 Topic 的 RRPC"),
        direction: Direction::Down,
        role: Role::Request,
        answered_by: Some("ext-rrpc-response".into()),
        deadline_ms: Some(RRPC_DEADLINE_MS),
        fields: with_device({
            let mut fields = vec![
                FormField::text("short", Text::new("Topic after user/", "user/ 之后的主题"))
                    .required()
                    .starting_with("get"),
            ];
            fields.extend(raw("ping", "text"));
            fields
        }),
        topic: "ext_rrpc".into(),
        source: SOURCE.into(),
    });
    out.push(MessageKind {
        key: "ext-rrpc-response".into(),
        label: Text::new("RRPC answer on the same topic", "自定义 RRPC 响应"),
        direction: Direction::Up,
        role: Role::Response,
        answered_by: None,
        deadline_ms: None,
        fields: synchronous_fields(),
        topic: "ext_rrpc".into(),
        source: SOURCE.into(),
    });
    out.push(MessageKind {
        key: "user-down".into(),
        label: Text::new("Message on a topic (Pub)", "发布到自定义 Topic（Pub）"),
        direction: Direction::Down,
        role: Role::OneWay,
        answered_by: None,
        deadline_ms: None,
        fields: with_device({
            let mut fields = vec![
                FormField::text("short", Text::new("Topic after user/", "user/ 之后的主题"))
                    .required()
                    .starting_with("get"),
            ];
            fields.extend(raw("hello", "text"));
            fields
        }),
        topic: "user".into(),
        source: SOURCE.into(),
    });
    for (reply_kind, label, topic) in [
        (
            Kind::PropertyPostReply,
            Text::new("Report answer", "上报属性的响应"),
            "property_post_reply",
        ),
        (
            Kind::EventPostReply,
            Text::new("Event answer", "上报事件的响应"),
            "event_post_reply",
        ),
        (
            Kind::DesiredGetReply,
            Text::new("Desired values", "期望属性值"),
            "desired_get_reply",
        ),
        (
            Kind::DesiredDeleteReply,
            Text::new("Answer", "清空期望属性值的响应"),
            "desired_delete_reply",
        ),
        (
            Kind::TagsUpdateReply,
            Text::new("Tags answer", "上报标签的响应"),
            "tags_update_reply",
        ),
        (
            Kind::TagsDeleteReply,
            Text::new("Tags answer", "删除标签的响应"),
            "tags_delete_reply",
        ),
        (
            Kind::ConfigGetReply,
            Text::new("Configuration", "远程配置"),
            "config_get_reply",
        ),
        (
            Kind::UpRawReply,
            Text::new("Answer to transparent bytes", "透传数据上报的响应"),
            "up_raw_reply",
        ),
        (
            Kind::NtpResponse,
            Text::new("Time", "NTP 响应"),
            "ntp_response",
        ),
        (
            Kind::ShadowGet,
            Text::new("Device shadow", "设备影子下行"),
            "shadow_get",
        ),
        (
            Kind::OtaUpgrade,
            Text::new("Firmware upgrade", "推送升级包信息"),
            "ota_upgrade",
        ),
        (
            Kind::Registration,
            Text::new("Dynamic registration", "动态注册结果"),
            "register",
        ),
    ] {
        out.push(kind(reply_kind, label, topic, Vec::new()));
    }
    out
}

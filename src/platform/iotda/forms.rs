//! What the dialect declares: rules, forms, messages, topics and codes, as data.

use super::topics::Kind;
use super::{ANSWER_DEADLINE_MS, SEED};
use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::{
    Choice, Code, ConnectRules, Direction, FormField, Limit, Limited, MessageKind, Role, Text,
};

pub(super) fn connect_rules() -> ConnectRules {
    ConnectRules {
        versions: vec![
            ProtocolVersion::V3_1_1,
            ProtocolVersion::V3_1,
            ProtocolVersion::V5_0,
        ],
        qos: vec![QoS::AtLeastOnce, QoS::AtMostOnce],
        keep_alive_secs: Some((30, 1200)),
        default_keep_alive_secs: 120,
        will: Some(false),
        retain: Some(false),
        first: None,
        limits: vec![
            Limit::new(Limited::Messages { within_ms: 1000 }, 50, "IoTDA limits"),
            Limit::new(Limited::Bytes { within_ms: 1000 }, 1 << 20, "IoTDA limits"),
            // 100 by an older page.
            Limit::new(Limited::Subscriptions, 50, "IoTDA limits").unconfirmed(),
        ],
        reach: Text::new(
            "wss://{instance host}:443/mqtt; the host is on the console's overview page",
            "wss://{实例地址}:443/mqtt；实例地址见控制台总览页",
        ),
    }
}

pub(super) fn identity_form() -> Vec<FormField> {
    vec![
        FormField::text("host", Text::new("Instance host", "实例接入地址")).helped(Text::new(
            "on the console's overview page, such as {id}.iot-mqtts.cn-north-4.myhuaweicloud.com",
            "控制台总览页的接入地址，例如 {id}.iot-mqtts.cn-north-4.myhuaweicloud.com",
        )),
        FormField::text("device_id", Text::new("Device id", "设备 ID"))
            .helped(Text::new(
                "normally {product_id}_{node_id}",
                "一般为 {product_id}_{node_id}",
            ))
            .required()
            .starting_with("5f052ac562369102d42b0fb6_dev01"),
        FormField::secret("secret", Text::new("Device secret", "设备密钥")).required(),
        FormField::choice(
            "sign_type",
            Text::new("Sign type", "签名类型"),
            vec![
                Choice::new(
                    "0",
                    Text::new(
                        "0: HMAC-SHA256, hour not checked",
                        "0：HMAC-SHA256，不校验时间",
                    ),
                ),
                Choice::new(
                    "1",
                    Text::new("1: HMAC-SHA256, hour checked", "1：HMAC-SHA256，校验时间"),
                ),
                Choice::new(
                    "2",
                    Text::new("2: HMAC-SM3, hour checked", "2：HMAC-SM3，校验时间"),
                ),
            ],
        ),
        FormField::text("timestamp", Text::new("Hour (UTC)", "时间戳（UTC）")).helped(Text::new(
            "YYYYMMDDHH; empty: now",
            "YYYYMMDDHH；留空则为当前时间",
        )),
        FormField::choice(
            "node_type",
            Text::new("Type", "类型"),
            vec![
                Choice::new("0", Text::new("0: device", "0：设备")),
                Choice::new("3", Text::new("3: bridge", "3：网桥")),
            ],
        ),
    ]
}

pub(super) fn kinds() -> Vec<MessageKind> {
    let kind = |kind: Kind, label: Text, fields: Vec<FormField>| MessageKind {
        key: kind.key().into(),
        label,
        direction: kind.direction(),
        role: if kind.is_answer() {
            Role::Response
        } else if kind.answer().is_some() {
            Role::Request
        } else {
            Role::OneWay
        },
        answered_by: kind.answer().map(|answer| answer.key().into()),
        deadline_ms: (kind.direction() == Direction::Down && kind.answer().is_some())
            .then_some(ANSWER_DEADLINE_MS),
        fields,
        topic: kind.key().into(),
        source: "IoTDA device-side topics".into(),
    };
    let service_id = || {
        FormField::text("service_id", Text::new("Service", "服务 ID"))
            .required()
            .starting_with("Temperature")
    };
    let event_time = || {
        FormField::text("event_time", Text::new("Time", "时间")).helped(Text::new(
            "yyyyMMdd'T'HHmmss'Z' in UTC, now, or empty: the platform's own",
            "UTC 时间 yyyyMMdd'T'HHmmss'Z'，或 now，留空则由平台填写",
        ))
    };
    let object_device_id = || {
        FormField::text("object_device_id", Text::new("Sub-device", "目标设备 ID")).helped(
            Text::new("empty: this device", "留空则为本设备；网关可填子设备 ID"),
        )
    };
    let all_services = || {
        FormField::json(
            "services",
            Text::new("All services (JSON)", "全部服务（JSON）"),
        )
        .helped(Text::new(
            "instead of the fields above: the whole array",
            "代替以上字段：完整的 services 数组",
        ))
    };
    let command_id = || {
        FormField::text("device_id", Text::new("Device", "设备")).helped(Text::new(
            "empty: the device that connected last; several separated by commas for a batch",
            "留空则为最近连接的设备；批量命令可用逗号分隔多个",
        ))
    };
    let paras = |starting_with: &'static str| {
        FormField::json("paras", Text::new("Parameters", "参数（paras）"))
            .starting_with(starting_with)
    };
    vec![
        kind(
            Kind::Report,
            Text::new("Property report", "属性上报"),
            vec![
                service_id(),
                FormField::json("properties", Text::new("Properties", "属性"))
                    .required()
                    .starting_with("{\"value\":57,\"value2\":60}"),
                event_time(),
                all_services(),
            ],
        ),
        kind(
            Kind::GatewayReport,
            Text::new("Report of sub-devices", "网关批量上报"),
            vec![
                FormField::json("devices", Text::new("Devices (JSON)", "设备（JSON）"))
                    .required()
                    .starting_with(
                        "[{\"device_id\":\"sub-1\",\"services\":[{\"service_id\":\"analog\",\
                         \"properties\":{\"PhV_phsA\":\"1\"}}]}]",
                    ),
            ],
        ),
        kind(
            Kind::MessageUp,
            Text::new("Message", "消息上报"),
            vec![
                FormField::multiline("content", Text::new("Content", "内容"))
                    .required()
                    .starting_with("hello"),
                FormField::choice(
                    "format",
                    Text::new("Format", "格式"),
                    vec![
                        Choice::new("system", Text::new("system", "系统格式")),
                        Choice::new("raw", Text::new("raw: the content alone", "原始数据")),
                    ],
                ),
                FormField::text("name", Text::new("Name", "消息名称")),
                FormField::text("id", Text::new("Id", "消息 ID")),
                object_device_id(),
            ],
        ),
        kind(
            Kind::EventUp,
            Text::new("Event", "事件上报"),
            vec![
                service_id(),
                FormField::text("event_type", Text::new("Event type", "事件类型"))
                    .required()
                    .starting_with("alarm"),
                FormField::json("paras", Text::new("Parameters", "参数（paras）"))
                    .required()
                    .starting_with("{\"level\":1}"),
                FormField::text("event_id", Text::new("Event id", "事件 ID")),
                event_time(),
                object_device_id(),
                all_services(),
            ],
        ),
        MessageKind {
            key: "time-sync".into(),
            label: Text::new("Time sync", "时间同步"),
            direction: Direction::Up,
            role: Role::Request,
            answered_by: Some(Kind::EventDown.key().into()),
            deadline_ms: None,
            fields: Vec::new(),
            topic: Kind::EventUp.key().into(),
            source: "IoTDA time synchronisation".into(),
        },
        kind(
            Kind::ShadowGet,
            Text::new("Shadow request", "获取影子"),
            vec![
                FormField::text("service_id", Text::new("Service", "服务 ID"))
                    .helped(Text::new("empty: all", "留空则为全部")),
                object_device_id(),
                FormField::text("request_id", Text::same("request_id"))
                    .helped(Text::new("empty: a new one", "留空则自动生成")),
            ],
        ),
        MessageKind {
            key: "user".into(),
            label: Text::new("Message on a topic of the product", "自定义主题消息"),
            direction: Direction::Up,
            role: Role::OneWay,
            answered_by: None,
            deadline_ms: None,
            fields: vec![
                FormField::text("name", Text::new("Topic after user/", "user/ 之后的主题"))
                    .required()
                    .starting_with("status"),
                FormField::multiline("payload", Text::new("Payload", "载荷"))
                    .starting_with("hello"),
            ],
            topic: "user".into(),
            source: "IoTDA custom topics".into(),
        },
        kind(
            Kind::PropertySetResponse,
            Text::new("Answer to a property set", "属性设置响应"),
            vec![
                FormField::integer(
                    "result_code",
                    Text::new("Result code", "结果码"),
                    i64::MIN,
                    i64::MAX,
                )
                .helped(Text::new("0: success", "0 表示成功"))
                .starting_with("0"),
                FormField::text("result_desc", Text::new("Description", "结果描述"))
                    .starting_with("success"),
            ],
        ),
        kind(
            Kind::PropertyGetResponse,
            Text::new("Answer to a property read", "属性查询响应"),
            vec![
                FormField::json("state", Text::new("State by service", "各服务的当前值"))
                    .helped(Text::new(
                        "{\"service\":{\"property\":value}}; what was asked for is sent",
                        "{\"服务\":{\"属性\":值}}；按请求的服务返回",
                    ))
                    .starting_with("{\"Temperature\":{\"value\":57}}"),
            ],
        ),
        kind(
            Kind::CommandResponse,
            Text::new("Answer to a command", "命令响应"),
            vec![
                FormField::integer(
                    "result_code",
                    Text::new("Result code", "结果码"),
                    i64::MIN,
                    i64::MAX,
                )
                .helped(Text::new("0: success", "0 表示成功"))
                .starting_with("0"),
                FormField::text("response_name", Text::new("Response name", "响应名称"))
                    .starting_with("COMMAND_RESPONSE"),
                paras("{\"result\":\"success\"}"),
            ],
        ),
        kind(
            Kind::Command,
            Text::new("Command", "命令下发"),
            vec![
                command_id(),
                FormField::text("service_id", Text::new("Service", "服务 ID"))
                    .starting_with("WaterMeter"),
                FormField::text("command_name", Text::new("Command", "命令名称"))
                    .required()
                    .starting_with("ON_OFF"),
                paras("{\"value\":\"ON\"}"),
            ],
        ),
        kind(
            Kind::PropertySet,
            Text::new("Property set", "设置属性"),
            vec![
                command_id(),
                FormField::text("service_id", Text::new("Service", "服务 ID"))
                    .required()
                    .starting_with("Temperature"),
                FormField::json("properties", Text::new("Properties", "属性"))
                    .required()
                    .starting_with("{\"value\":1}"),
            ],
        ),
        kind(
            Kind::PropertyGet,
            Text::new("Property read", "查询属性"),
            vec![
                command_id(),
                FormField::text("service_id", Text::new("Service", "服务 ID"))
                    .helped(Text::new("empty: all", "留空则为全部")),
            ],
        ),
        kind(
            Kind::MessageDown,
            Text::new("Message", "消息下发"),
            vec![
                command_id(),
                FormField::text("name", Text::new("Name", "消息名称")).starting_with("messageName"),
                FormField::multiline("message", Text::new("Content", "内容"))
                    .required()
                    .starting_with("HelloWorld"),
                FormField::choice(
                    "format",
                    Text::new("Format", "格式"),
                    vec![
                        Choice::new("system", Text::new("system", "系统格式")),
                        Choice::new("raw", Text::new("raw", "原始数据")),
                    ],
                ),
            ],
        ),
        MessageKind {
            key: "user-down".into(),
            label: Text::new("Message on a topic of the product", "自定义主题消息下发"),
            direction: Direction::Down,
            role: Role::OneWay,
            answered_by: None,
            deadline_ms: None,
            fields: vec![
                command_id(),
                FormField::text("topic", Text::new("Topic after user/", "user/ 之后的主题"))
                    .required()
                    .starting_with("messageDown"),
                FormField::multiline("message", Text::new("Content", "内容"))
                    .required()
                    .starting_with("HelloWorld"),
            ],
            topic: "user".into(),
            source: SEED.into(),
        },
        kind(Kind::Shadow, Text::new("Shadow", "影子数据"), Vec::new()),
        kind(
            Kind::EventDown,
            Text::new("Event of the platform", "平台事件"),
            vec![
                command_id(),
                FormField::json("services", Text::new("Services (JSON)", "services（JSON）"))
                    .required()
                    .starting_with(
                        "[{\"service_id\":\"$sub_device_manager\",\"event_type\":\
                         \"add_sub_device_notify\",\"paras\":{\"devices\":[],\"version\":1}}]",
                    ),
            ],
        ),
    ]
}

pub(super) fn codes() -> Vec<Code> {
    let code = |place: &'static str, number: i64, name: &'static str, success, advice| Code {
        place: place.into(),
        number,
        name: name.into(),
        class: "".into(),
        success,
        advice,
    };
    vec![
        code(
            "CONNACK",
            0,
            "accepted",
            true,
            Text::new("connected", "连接成功"),
        ),
        code(
            "CONNACK",
            1,
            "unacceptable protocol version",
            false,
            Text::new("protocol version", "协议版本不支持"),
        ),
        code(
            "CONNACK",
            2,
            "identifier rejected",
            false,
            Text::new(
                "client id: four parts counted from the right, a ten-digit hour in UTC",
                "客户端 ID 格式：从右起四段，时间戳为 10 位 UTC 小时",
            ),
        ),
        code(
            "CONNACK",
            3,
            "server unavailable",
            false,
            Text::new(
                "platform unavailable, retry later",
                "平台暂不可用，请稍后重试",
            ),
        ),
        code(
            "CONNACK",
            4,
            "bad user name or password",
            false,
            Text::new(
                "wrong secret, or the hour in client id and password differ",
                "密钥错误，或客户端 ID 与密码使用的时间戳不一致",
            ),
        ),
        code(
            "CONNACK",
            5,
            "not authorized",
            false,
            Text::new(
                "device frozen, deleted or not registered in this instance; with sign type 1 or \
                 2 also the clock",
                "设备被冻结、删除或不在该实例；签名类型为 1 或 2 时也可能是时钟偏差",
            ),
        ),
        code("result_code", 0, "success", true, Text::new("done", "成功")),
    ]
}

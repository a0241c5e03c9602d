//! What the dialect declares: rules, forms, messages, topics and codes, as data.

use super::dp::DataType;
use super::{COMMAND_SOURCE, DP};
use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::{
    Choice, Code, ConnectRules, Direction, FormField, Limit, Limited, MessageKind, Role, Subscribe,
    Text, TopicTemplate,
};

pub(super) fn connect_rules() -> ConnectRules {
    ConnectRules {
        versions: vec![ProtocolVersion::V3_1_1],
        qos: vec![QoS::AtLeastOnce, QoS::AtMostOnce, QoS::ExactlyOnce],
        keep_alive_secs: Some((120, 65_535)),
        default_keep_alive_secs: 300,
        will: Some(true),
        retain: Some(true),
        first: None,
        limits: vec![Limit::new(
            Limited::Subscriptions,
            100,
            "OneNET MQTT §4.9.3",
        )],
        reach: Text::new(
            "TCP 183.230.40.39:6002 only; from a browser through a WebSocket-to-TCP relay",
            "平台仅提供 TCP 183.230.40.39:6002；浏览器需经 WebSocket 到 TCP 的中继接入",
        ),
    }
}

pub(super) fn identity_form() -> Vec<FormField> {
    vec![
        FormField::text("device_id", Text::new("Device id", "设备 ID"))
            .helped(Text::new(
                "given by the platform when the device is created; the client id",
                "平台创建设备时分配，作为客户端 ID",
            ))
            .required()
            .starting_with("123"),
        FormField::text("project_id", Text::new("Project id", "项目 ID"))
            .helped(Text::new("the user name", "作为用户名"))
            .required()
            .starting_with("433223"),
        FormField::choice(
            "method",
            Text::new("Authentication", "鉴权方式"),
            vec![
                Choice::new(
                    "auth_info",
                    Text::new("1: auth_info", "方式 1：鉴权信息 auth_info"),
                ),
                Choice::new("api_key", Text::new("2: APIKey", "方式 2：APIKey")),
            ],
        ),
        FormField::secret(
            "secret",
            Text::new("auth_info or APIKey", "auth_info 或 APIKey"),
        )
        .helped(Text::new("the password, sent in clear", "作为密码明文发送"))
        .required(),
        FormField::text("topics", Text::new("Topics to subscribe to", "订阅主题")).helped(
            Text::new(
                "digits, letters and /; no wildcards; at most 100; commands need none",
                "由数字、英文字母和 / 组成，不支持通配符，最多 100 个；命令无需订阅",
            ),
        ),
        FormField::switch(
            "subscribe_creq",
            Text::new("Subscribe to $creq/# all the same", "仍然订阅 $creq/#"),
            false,
        )
        .helped(Text::new(
            "the document reserves it; some clients do it",
            "文档规定为保留主题；部分客户端会订阅",
        )),
        FormField::choice(
            "utc_offset",
            Text::new("Time zone of times", "时间的时区"),
            vec![
                Choice::new("480", Text::new("Beijing, UTC+8", "北京时间 UTC+8")),
                Choice::new("0", Text::same("UTC")),
            ],
        )
        .helped(Text::new(
            "the document states none; public clients differ",
            "文档未说明；公开的客户端各不相同",
        )),
    ]
}

pub(super) fn format_field() -> FormField {
    FormField::choice(
        "format",
        Text::new("Typed as", "填写方式"),
        vec![
            Choice::new("text", Text::new("text", "文本")),
            Choice::new("hex", Text::new("hexadecimal", "十六进制")),
        ],
    )
}

pub(super) fn payload_field(starting_with: &'static str) -> FormField {
    FormField::multiline("payload", Text::new("Payload", "载荷")).starting_with(starting_with)
}

pub(super) fn kinds() -> Vec<MessageKind> {
    let dp_kind = |data_type: DataType, label: Text, fields: Vec<FormField>| MessageKind {
        key: format!("dp{}", data_type.number()).into(),
        label,
        direction: Direction::Up,
        role: Role::OneWay,
        answered_by: None,
        deadline_ms: None,
        fields,
        topic: "dp".into(),
        source: "OneNET MQTT §5.2.1".into(),
    };
    let json = |starting_with: &'static str| {
        FormField::json("json", Text::same("JSON"))
            .required()
            .starting_with(starting_with)
    };
    let string = || {
        FormField::multiline("string", Text::new("Text", "字符串"))
            .helped(Text::new(
                "first character: separator inside a field; second: between fields; a field is \
                 id,time,value or id,value or value",
                "首字符为字段内分隔符，第二个字符为字段间分隔符；字段为 id,time,value、id,value 或 value",
            ))
            .required()
            .starting_with(",;temperature,2015-03-22 22:31:12,22.5;102;pm2.5,89;10")
    };
    let time = || {
        FormField::text("time", Text::new("Time", "时间")).helped(Text::new(
            "YYYY-MM-DD HH:MM:SS, now, or empty for none",
            "YYYY-MM-DD HH:MM:SS，或 now，留空则不带时间",
        ))
    };
    vec![
        dp_kind(
            DataType::SimpleJson,
            Text::new("Data points, type 3: JSON", "数据点类型 3：JSON 格式 2"),
            vec![json("{\"temperature\":22.5,\"humidity\":\"95.2%\"}")],
        ),
        dp_kind(
            DataType::FullJson,
            Text::new(
                "Data points, type 1: full JSON",
                "数据点类型 1：JSON 格式 1",
            ),
            vec![json(
                "{\"datastreams\":[{\"id\":\"temperature\",\"datapoints\":[{\"at\":\"2013-04-22 \
                 22:22:22\",\"value\":36.5}]}]}",
            )],
        ),
        dp_kind(
            DataType::Binary,
            Text::new("Data points, type 2: binary", "数据点类型 2：二进制"),
            vec![
                json(
                    "{\"ds_id\":\"image\",\"at\":\"2014-10-25 12:23:23\",\"desc\":\"upload image\"}",
                ),
                FormField::multiline("data", Text::new("Bytes (hexadecimal)", "数据（十六进制）"))
                    .helped(Text::new("at most 3 MB", "最大 3 MB"))
                    .starting_with("000102030405060708090a0b0c0d0e0f"),
            ],
        ),
        dp_kind(
            DataType::TimedJson,
            Text::new(
                "Data points, type 4: JSON with times",
                "数据点类型 4：JSON 格式 3（带时间）",
            ),
            vec![json("{\"temperature\":{\"2015-03-22 22:31:12\":22.5}}")],
        ),
        dp_kind(
            DataType::Text,
            Text::new("Data points, type 5: text", "数据点类型 5：字符串"),
            vec![string()],
        ),
        dp_kind(
            DataType::TimedText,
            Text::new(
                "Data points, type 6: text with time",
                "数据点类型 6：字符串（带时间）",
            ),
            vec![string(), time()],
        ),
        dp_kind(
            DataType::Floats,
            Text::new("Data points, type 7: floats", "数据点类型 7：浮点数"),
            vec![
                FormField::multiline("groups", Text::new("Groups", "数据组"))
                    .helped(Text::new(
                        "one line per group: first stream, colon, values of that stream and the \
                         following ones",
                        "每行一组：起始数据流名称、冒号、该流及其后各流的值",
                    ))
                    .required()
                    .starting_with("1: 34.0 -20.3"),
                time(),
            ],
        ),
        MessageKind {
            key: "message".into(),
            label: Text::new("Message on a topic", "发布到主题"),
            direction: Direction::Up,
            role: Role::OneWay,
            answered_by: None,
            deadline_ms: None,
            fields: vec![
                FormField::text("topic", Text::new("Topic", "主题"))
                    .required()
                    .starting_with("room/1"),
                payload_field("hello"),
                format_field(),
            ],
            topic: "user".into(),
            source: "OneNET MQTT §5.6".into(),
        },
        MessageKind {
            key: "command".into(),
            label: Text::new("Command", "平台命令"),
            direction: Direction::Down,
            role: Role::Request,
            answered_by: Some("command-reply".into()),
            deadline_ms: Some(10_000),
            fields: vec![
                FormField::text("device_id", Text::new("Device id", "设备 ID")).helped(Text::new(
                    "empty: the device that connected last",
                    "留空则为最近连接的设备",
                )),
                payload_field("{\"switch\":1}"),
                format_field(),
            ],
            topic: "creq".into(),
            source: COMMAND_SOURCE.into(),
        },
        MessageKind {
            key: "command-reply".into(),
            label: Text::new("Command answer", "命令回复"),
            direction: Direction::Up,
            role: Role::Response,
            answered_by: None,
            deadline_ms: None,
            fields: vec![payload_field("ok"), format_field()],
            topic: "crsp".into(),
            source: COMMAND_SOURCE.into(),
        },
        MessageKind {
            key: "message-down".into(),
            label: Text::new("Push to a topic (HTTP)", "推送到主题（HTTP）"),
            direction: Direction::Down,
            role: Role::OneWay,
            answered_by: None,
            deadline_ms: None,
            fields: vec![
                FormField::text("topic", Text::new("Topic", "主题"))
                    .required()
                    .starting_with("room/1"),
                payload_field("hello"),
                format_field(),
            ],
            topic: "user".into(),
            source: "OneNET MQTT §5.6.2".into(),
        },
    ]
}

pub(super) fn topics() -> Vec<TopicTemplate> {
    let topic =
        |key: &'static str, template: &'static str, direction, subscribe, purpose| TopicTemplate {
            key: key.into(),
            template: template.into(),
            direction,
            subscribe,
            purpose,
        };
    vec![
        topic(
            "dp",
            DP,
            Direction::Up,
            Subscribe::Publishes,
            Text::new("data points", "上报数据点"),
        ),
        topic(
            "creq",
            "$creq/{cmduuid}",
            Direction::Down,
            Subscribe::Never,
            Text::new(
                "commands; they arrive without a subscription",
                "平台命令，无需订阅",
            ),
        ),
        topic(
            "crsp",
            "$crsp/{cmduuid}",
            Direction::Up,
            Subscribe::Publishes,
            Text::new("answers to commands", "命令回复"),
        ),
        topic(
            "user",
            "{topic}",
            Direction::Down,
            Subscribe::May,
            Text::new("topics of your own", "自定义主题"),
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
            "成功",
            true,
            Text::new("connected", "连接成功"),
        ),
        code(
            "CONNACK",
            1,
            "协议版本错误",
            false,
            Text::new(
                "protocol version: this platform wants MQTT 3.1.1",
                "协议版本错误：平台使用 MQTT 3.1.1",
            ),
        ),
        code(
            "CONNACK",
            2,
            "非法的 clientid",
            false,
            Text::new(
                "the client id is not a device id of this project",
                "客户端 ID 不是该项目下的设备 ID",
            ),
        ),
        code(
            "CONNACK",
            3,
            "服务不可用",
            false,
            Text::new(
                "platform unavailable, retry later",
                "平台暂不可用，请稍后重试",
            ),
        ),
        code(
            "CONNACK",
            4,
            "用户名或密码错误",
            false,
            Text::new(
                "project id, auth_info or APIKey is wrong",
                "项目 ID、auth_info 或 APIKey 有误",
            ),
        ),
        code(
            "CONNACK",
            5,
            "非法链接(比如 token 非法)",
            false,
            Text::new(
                "not permitted, for example an invalid token or key",
                "连接不被允许，例如 token 或 key 无效",
            ),
        ),
        code(
            "SUBACK",
            0x00,
            "成功",
            true,
            Text::new("granted QoS 0", "成功，QoS 0"),
        ),
        code(
            "SUBACK",
            0x01,
            "成功",
            true,
            Text::new("granted QoS 1", "成功，QoS 1"),
        ),
        code(
            "SUBACK",
            0x02,
            "成功",
            true,
            Text::new("granted QoS 2", "成功，QoS 2"),
        ),
        code(
            "SUBACK",
            0x80,
            "失败",
            false,
            Text::new(
                "refused: reserved or unknown topic, wildcard, or more than 100",
                "失败：保留或未知主题、含通配符，或超过 100 个",
            ),
        ),
        code(
            "HTTP errno",
            0,
            "succ",
            true,
            Text::new("pushed to the devices that are online", "已推送到在线设备"),
        ),
    ]
}

//! What the dialect declares: rules, forms, messages, topics and codes, as data.

use super::Variant;
use super::topics::Kind;
use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::{
    Choice, Code, ConnectRules, FormField, Limit, Limited, MessageKind, Role, Text, form,
};

pub(super) fn connect_rules(variant: Variant) -> ConnectRules {
    ConnectRules {
        versions: vec![
            ProtocolVersion::V3_1_1,
            ProtocolVersion::V3_1,
            ProtocolVersion::V5_0,
        ],
        qos: vec![QoS::AtLeastOnce, QoS::AtMostOnce, QoS::ExactlyOnce],
        keep_alive_secs: None,
        default_keep_alive_secs: match variant {
            Variant::Eztcloud => 60,
            Variant::Thingscloud => 300,
        },
        will: None,
        retain: None,
        first: None,
        limits: match variant {
            // Reports that come too fast are dropped; how fast, only the page for DTUs says.
            Variant::Eztcloud => vec![
                Limit::new(
                    Limited::Messages { within_ms: 30_000 },
                    1,
                    "EZtCloud DTU page",
                )
                .advised(),
            ],
            Variant::Thingscloud => Vec::new(),
        },
        reach: match variant {
            Variant::Eztcloud => Text::new(
                "mqtt.eztcloud.com, MQTT 7883 and MQTTS 7885, by the device's page; no WebSocket \
                 for devices: use a relay",
                "以设备详情页为准，例如 mqtt.eztcloud.com，MQTT 7883、MQTTS 7885；设备侧无 WebSocket，\
                 需经中继接入",
            ),
            Variant::Thingscloud => Text::new(
                "port 1883 at the host of the project; from a browser through a relay",
                "项目接入地址，端口 1883；浏览器需经中继接入",
            ),
        },
    }
}

pub(super) fn identity_form(variant: Variant) -> Vec<FormField> {
    let mut out = match variant {
        Variant::Eztcloud => vec![
            FormField::text("username", Text::new("User name", "用户名"))
                .helped(Text::new(
                    "on the device's page; part of every topic",
                    "见设备详情页，出现在每个主题中",
                ))
                .required()
                .starting_with("DU_JEwVTAmL3m"),
            FormField::secret("password", Text::new("Password", "密码")).required(),
        ],
        Variant::Thingscloud => vec![
            FormField::secret("access_token", Text::same("AccessToken")).required(),
            FormField::secret("project_key", Text::same("ProjectKey")).required(),
        ],
    };
    out.push(
        FormField::text("client_id", Text::new("Client id", "客户端 ID")).helped(match variant {
            Variant::Eztcloud => Text::new(
                "not specified; empty: the user name",
                "文档未规定；留空则为用户名",
            ),
            Variant::Thingscloud => Text::new("any", "任意"),
        }),
    );
    out.push(form::qos_field(&[QoS::AtLeastOnce, QoS::AtMostOnce]));
    out.push(
        FormField::text(
            "streams",
            Text::new("Custom streams to subscribe to", "订阅的自定义数据流"),
        )
        .helped(Text::new(
            "identifiers separated by commas",
            "标识符，用逗号分隔",
        )),
    );
    out.push(
        FormField::switch(
            "cloud_response",
            Text::new(
                "Cloud responses on the simulated platform",
                "模拟平台开启云端响应",
            ),
            true,
        )
        .helped(Text::new(
            "off by default on the real one: device type > settings > cloud response",
            "真实平台默认不开启：设备类型 > 设置 > 云端响应",
        )),
    );
    out
}

pub(super) fn kinds(variant: Variant) -> Vec<MessageKind> {
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
        deadline_ms: None,
        fields,
        topic: kind.key().into(),
        source: variant.source().into(),
    };
    let params = |starting_with: &'static str| {
        FormField::json("params", Text::new("Parameters", "参数（params）"))
            .starting_with(starting_with)
    };
    let method = |starting_with: &'static str| {
        FormField::text("method", Text::new("Method", "方法（method）"))
            .required()
            .starting_with(starting_with)
    };
    let device = || {
        let (key, label) = (variant.name_key(), Text::new("Device", "设备"));
        match variant {
            Variant::Eztcloud => FormField::text(key, label).helped(Text::new(
                "user name; empty: the device that connected last",
                "用户名；留空则为最近连接的设备",
            )),
            Variant::Thingscloud => FormField::secret(key, label).helped(Text::new(
                "AccessToken; empty: the device that connected last",
                "AccessToken；留空则为最近连接的设备",
            )),
        }
    };
    let stream_fields = || {
        vec![
            FormField::text("identifier", Text::new("Identifier", "标识符"))
                .required()
                .starting_with("modbus"),
            FormField::multiline("payload", Text::new("Payload", "载荷"))
                .starting_with("01030a00160053003800080003c1d5"),
            FormField::choice(
                "format",
                Text::new("Typed as", "填写方式"),
                vec![
                    Choice::new("hex", Text::new("hexadecimal", "十六进制")),
                    Choice::new("text", Text::new("text", "文本")),
                ],
            ),
        ]
    };
    let mut out = vec![
        kind(
            Kind::Attributes,
            Text::new("Attribute report", "上报属性"),
            vec![
                FormField::json("values", Text::new("Attributes", "属性"))
                    .required()
                    .starting_with("{\"temperature\":28.5,\"light\":2000,\"switch\":true}"),
            ],
        ),
        kind(
            Kind::Event,
            Text::new("Event", "上报事件"),
            vec![
                method("productFound"),
                params("{\"count\":3,\"location\":\"REGION.B43\"}"),
            ],
        ),
        kind(
            Kind::AttributesGet,
            Text::new("Attribute request", "获取云端属性"),
            vec![
                FormField::text("keys", Text::new("Names", "属性名"))
                    .helped(Text::new("empty: all", "留空则为全部")),
            ],
        ),
        kind(
            Kind::Stream,
            Text::new("Custom stream", "上报自定义数据"),
            stream_fields(),
        ),
        kind(
            Kind::AttributesResponse,
            Text::new("Report result", "上报属性的响应"),
            Vec::new(),
        ),
        kind(
            Kind::AttributesGetResponse,
            Text::new("Cloud values", "获取属性的响应"),
            Vec::new(),
        ),
        kind(
            Kind::EventResponse,
            Text::new("Event result", "上报事件的响应"),
            Vec::new(),
        ),
        kind(
            Kind::AttributesPush,
            Text::new("Attribute push", "下发属性"),
            vec![
                device(),
                FormField::json("values", Text::new("Attributes", "属性"))
                    .required()
                    .starting_with("{\"switch\":false}"),
            ],
        ),
        kind(
            Kind::Command,
            Text::new("Command", "下发命令"),
            vec![device(), method("reboot"), params("{\"delay\":5}")],
        ),
        kind(
            Kind::StreamSet,
            Text::new("Custom stream", "下发自定义数据"),
            {
                let mut fields = vec![device()];
                fields.extend(stream_fields());
                fields
            },
        ),
        kind(
            Kind::CommandReply,
            Text::new("Command answer", "命令回复"),
            vec![
                FormField::json("params", Text::new("Parameters", "参数（params）")).helped(
                    Text::new(
                        "empty: those of the command; method and id are repeated as they came",
                        "留空则与命令相同；method 与 id 原样返回",
                    ),
                ),
            ],
        ),
    ];
    if variant == Variant::Thingscloud {
        out.push(kind(
            Kind::CommandReplyResponse,
            Text::new("Result of an answer", "命令回复的响应"),
            Vec::new(),
        ));
    }
    out
}

pub(super) fn codes(variant: Variant) -> Vec<Code> {
    let code = |place: &'static str, number: i64, name: &'static str, success, advice| Code {
        place: place.into(),
        number,
        name: name.into(),
        class: "".into(),
        success,
        advice,
    };
    if variant == Variant::Thingscloud {
        return vec![code("result", 1, "", true, Text::new("done", "成功"))];
    }
    vec![
        code(
            "error_code",
            0,
            "OK",
            true,
            Text::new(
                "received; for events it does not mean that a rule has run",
                "已接收；对事件而言不代表规则已执行",
            ),
        ),
        code(
            "error_code",
            -1,
            "Device message frequency too fast, please wait for a moment",
            false,
            Text::new(
                "refused, see error_msg; if it speaks of frequency: too fast, wait",
                "被拒绝，见 error_msg；若提示 frequency 则为上报过快",
            ),
        ),
        code(
            "quick connect",
            420,
            "项目识别码不存在",
            false,
            Text::new("no such project", "项目识别码不存在"),
        ),
        code(
            "quick connect",
            436,
            "产品识别码不存在",
            false,
            Text::new("no such product", "产品识别码不存在"),
        ),
        code(
            "quick connect",
            401,
            "设备不存在",
            false,
            Text::new("no such device", "设备不存在"),
        ),
    ]
}

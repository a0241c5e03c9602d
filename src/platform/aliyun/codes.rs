//! Return codes of CONNACK, and codes of Alink answers.

use crate::platform::{Code, Outcome, Text};

/// A code of an Alink answer.
struct Row {
    code: i64,
    advice: Text,
}

const fn row(code: i64, en: &'static str, zh: &'static str) -> Row {
    Row {
        code,
        advice: Text::new(en, zh),
    }
}

const ALINK: [Row; 26] = [
    row(200, "done", "成功"),
    row(400, "the request is malformed", "请求格式错误"),
    row(
        429,
        "too many requests, slow down",
        "请求过于频繁，请降低频率",
    ),
    row(
        460,
        "parameter error; compare with the TSL",
        "参数错误；请与物模型对照",
    ),
    row(500, "platform error; retry", "平台系统错误，请重试"),
    row(
        5005,
        "the platform could not look up the product",
        "查询产品信息失败",
    ),
    row(
        5159,
        "the platform could not look up the property in the TSL; see message",
        "获取属性的物模型信息失败，见 message",
    ),
    row(
        5160,
        "the platform could not look up the event in the TSL; see message",
        "获取事件的物模型信息失败，见 message",
    ),
    row(
        5161,
        "the platform could not look up the service in the TSL; see message",
        "获取服务的物模型信息失败，见 message",
    ),
    row(
        5244,
        "lookup of the device or topic failed; see message",
        "查询设备或 Topic 信息失败，见 message",
    ),
    row(
        6100,
        "lookup of the device failed; see message",
        "查询设备信息失败，见 message",
    ),
    row(
        6203,
        "the topic could not be read; see message",
        "解析 Topic 失败，见 message",
    ),
    row(6204, "the device is disabled", "设备已被禁用"),
    row(
        6207,
        "the payload is not JSON of the Alink form",
        "数据格式错误，不是 JSON",
    ),
    row(
        6250,
        "lookup of the device failed; see message",
        "查询设备信息失败，见 message",
    ),
    row(
        6300,
        "method is missing: the documents want it in every request",
        "缺少 method 参数",
    ),
    row(
        6450,
        "lookup of the device or topic failed; see message",
        "查询设备或 Topic 信息失败，见 message",
    ),
    row(
        6760,
        "the tenant's quota is used up, or a lookup failed; see message",
        "租户配额或查询失败，见 message",
    ),
    row(
        6813,
        "the values do not fit the TSL: types, ranges, identifiers",
        "数据与物模型不符：类型、取值范围或标识符",
    ),
    row(
        26001,
        "data parsing script: nothing to run, or it failed",
        "数据解析脚本为空或执行失败",
    ),
    row(
        26002,
        "data parsing script: its result is not as wanted",
        "数据解析脚本返回内容不正确",
    ),
    row(26006, "data parsing script: failed", "数据解析脚本执行出错"),
    row(
        26007,
        "data parsing script: failed; check rawDataToProtocol",
        "数据解析脚本执行出错，请检查 rawDataToProtocol",
    ),
    row(
        26010,
        "data parsing script: throttled",
        "数据解析脚本被限流",
    ),
    row(
        100_000,
        "the device's own error codes start here",
        "设备自定义错误码起始值",
    ),
    row(
        110_000,
        "the device's own error codes end here",
        "设备自定义错误码结束值",
    ),
];

/// What a code means.
pub fn advice(code: i64) -> Text {
    if let Some(row) = ALINK.iter().find(|row| row.code == code) {
        return row.advice.clone();
    }
    if (100_000..=110_000).contains(&code) {
        return Text::new("an error code of the device's own", "设备自定义错误码");
    }
    Text::new(
        "see message; the code is not listed",
        "见 message；未收录的错误码",
    )
}

/// How a round trip that ends with this code went.
pub fn outcome(code: i64, message: &str) -> Outcome {
    Outcome {
        success: code == 200,
        interim: false,
        code: code.to_string(),
        name: message.to_owned(),
        advice: advice(code),
    }
}

/// The codes as screens want them.
pub(super) fn declared() -> Vec<Code> {
    let connack: [(i64, &'static str, Text); 6] = [
        (0, "accepted", Text::new("connected", "连接成功")),
        (
            1,
            "unacceptable protocol version",
            Text::new("protocol version", "协议版本不支持"),
        ),
        (
            2,
            "identifier rejected",
            Text::new(
                "the form of the client id: the part between the bars",
                "客户端 ID 格式错误：检查两个竖线之间的参数",
            ),
        ),
        (
            3,
            "server unavailable",
            Text::new("platform unavailable or throttled", "平台不可用或被限流"),
        ),
        (
            4,
            "bad user name or password",
            Text::new(
                "check productKey, deviceName, secret, and that clientId and timestamp are signed \
                 as sent",
                "检查 productKey、deviceName、密钥，以及签名所用 clientId、timestamp 与发送的是否一致",
            ),
        ),
        (
            5,
            "not authorized",
            Text::new(
                "likely causes: device disabled or deleted, wrong instance or region, or already \
                 activated (registration)",
                "可能原因：设备被禁用或删除、实例或地域错误，或设备已激活（动态注册）",
            ),
        ),
    ];
    connack
        .into_iter()
        .map(|(number, name, advice)| Code {
            place: "CONNACK".into(),
            number,
            name: name.into(),
            class: "".into(),
            success: number == 0,
            advice,
        })
        .chain(ALINK.iter().map(|row| Code {
            place: "code".into(),
            number: row.code,
            name: "".into(),
            class: "".into(),
            success: row.code == 200,
            advice: row.advice.clone(),
        }))
        .collect()
}

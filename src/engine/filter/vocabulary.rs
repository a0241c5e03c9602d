//! The one table of keys: parsing, completion and help are made from it.

use super::test::{Bounds, Needle, Property, Test, TopicTest};
use crate::mqtt::{PacketType, QoS, Severity, TopicFilter};
use crate::platform::{Direction, Text};

/// A word that may stand after a key.
pub(super) struct Value {
    pub(super) word: &'static str,
    pub(super) help: Text,
}

/// Where completion finds values beside those of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Table,
    Topics,
    Kinds,
    Codes,
}

/// A key.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// Other ways to write it.
    pub(super) aliases: &'static [&'static str],
    pub(super) help: Text,
    pub(super) example: &'static str,
    pub(super) values: &'static [Value],
    pub(super) source: Source,
    /// What a value tests.
    pub(super) parse: fn(&str) -> Result<Test, Text>,
}

const fn value(word: &'static str, en: &'static str, zh: &'static str) -> Value {
    Value {
        word,
        help: Text::new(en, zh),
    }
}

/// Every key, in the order in which they are offered.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "type",
        aliases: &["packet"],
        help: Text::new("control packet", "报文类型"),
        example: "type:publish,puback",
        values: &[
            value("publish", "application message", "应用消息"),
            value(
                "puback",
                "answer to PUBLISH, QoS 1",
                "QoS 1 的 PUBLISH 应答",
            ),
            value("pubrec", "QoS 2, first answer", "QoS 2 第一步应答"),
            value("pubrel", "QoS 2, release", "QoS 2 释放"),
            value("pubcomp", "QoS 2, complete", "QoS 2 完成"),
            value("connect", "connection request", "连接请求"),
            value("connack", "its answer", "连接应答"),
            value("subscribe", "subscribe request", "订阅请求"),
            value("suback", "its answer", "订阅应答"),
            value("unsubscribe", "unsubscribe request", "取消订阅请求"),
            value("unsuback", "its answer", "取消订阅应答"),
            value("pingreq", "PING request", "心跳请求"),
            value("pingresp", "its answer", "心跳应答"),
            value("disconnect", "disconnect notification", "断开通知"),
            value("auth", "authentication exchange, 5.0", "认证交换（5.0）"),
            value("malformed", "bytes that are no packet", "无法解析的字节"),
            value("link", "what happened to the WebSocket", "WebSocket 事件"),
        ],
        source: Source::Table,
        parse: packet,
    },
    Key {
        name: "dir",
        aliases: &["direction"],
        help: Text::new("direction", "方向"),
        example: "dir:in",
        values: &[
            value("in", "received", "接收"),
            value("out", "sent", "发送"),
        ],
        source: Source::Table,
        parse: direction,
    },
    Key {
        name: "topic",
        aliases: &[],
        help: Text::new(
            "topic name: a part of it, =all of it, or a topic filter with + and #",
            "主题名：包含的文字、=完整主题，或含 + 和 # 的主题过滤器",
        ),
        example: "topic:$dp/#",
        values: &[],
        source: Source::Topics,
        parse: topic,
    },
    Key {
        name: "text",
        aliases: &[],
        help: Text::new(
            "anywhere in the row: packet, topic, summary, payload; as is a word without a key",
            "行内任意位置：报文、主题、摘要、载荷；不写关键字时也是如此",
        ),
        example: "text:registration",
        values: &[],
        source: Source::Table,
        parse: |word| Ok(Test::Text(Needle::new(word))),
    },
    Key {
        name: "payload",
        aliases: &[],
        help: Text::new("text in the payload", "载荷中的文字"),
        example: "payload:temperature",
        values: &[],
        source: Source::Table,
        parse: |word| Ok(Test::Payload(Needle::new(word))),
    },
    Key {
        name: "kind",
        aliases: &[],
        help: Text::new("kind of message, by the platform", "平台消息类型"),
        example: "kind:report",
        values: &[],
        source: Source::Kinds,
        parse: |word| Ok(Test::Kind(word.to_ascii_lowercase())),
    },
    Key {
        name: "qos",
        aliases: &[],
        help: Text::new("QoS of a PUBLISH", "PUBLISH 的 QoS"),
        example: "qos:1,2",
        values: &[
            value("0", "at most once", "至多一次"),
            value("1", "at least once", "至少一次"),
            value("2", "exactly once", "恰好一次"),
        ],
        source: Source::Table,
        parse: qos,
    },
    Key {
        name: "size",
        aliases: &[],
        help: Text::new("bytes on the wire", "报文字节数"),
        example: "size:>1k",
        values: &[
            value(">100", "more than 100 bytes", "大于 100 字节"),
            value(">1k", "more than 1,000 bytes", "大于 1000 字节"),
            value(">10k", "more than 10,000 bytes", "大于 10000 字节"),
            value("<100", "fewer than 100 bytes", "小于 100 字节"),
        ],
        source: Source::Table,
        parse: |word| {
            Bounds::parse(
                word,
                &[("k", 1e3), ("kb", 1e3), ("m", 1e6), ("mb", 1e6), ("b", 1.0)],
                1.0,
            )
            .map(Test::Size)
        },
    },
    Key {
        name: "rtt",
        aliases: &["latency"],
        help: Text::new("time to the answer, in milliseconds", "应答时延（毫秒）"),
        example: "rtt:>50ms",
        values: &[
            value(">50ms", "more than 50 milliseconds", "大于 50 毫秒"),
            value(">1s", "more than a second", "大于 1 秒"),
            value("<10ms", "less than 10 milliseconds", "小于 10 毫秒"),
        ],
        source: Source::Table,
        parse: |word| {
            Bounds::parse(
                word,
                &[("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6)],
                1e3,
            )
            .map(Test::Rtt)
        },
    },
    Key {
        name: "finding",
        aliases: &[],
        help: Text::new(
            "remarks: any, none, a severity or a rule",
            "检查结果：any、none、级别或规则名",
        ),
        example: "finding:any",
        values: &[
            value("any", "with a remark", "有检查结果"),
            value("none", "without a remark", "无检查结果"),
            value("error", "with an error", "有错误"),
            value("warning", "with a warning", "有警告"),
            value("info", "with information", "有提示"),
        ],
        source: Source::Table,
        parse: finding,
    },
    Key {
        name: "id",
        aliases: &[],
        help: Text::new(
            "packet identifier, or the platform's request id",
            "报文标识符，或平台的请求编号",
        ),
        example: "id:14",
        values: &[],
        source: Source::Table,
        parse: |word| {
            Ok(Test::Id {
                packet: word.parse().ok(),
                platform: word.to_owned(),
            })
        },
    },
    Key {
        name: "code",
        aliases: &[],
        help: Text::new(
            "reason or return code, or the platform's code",
            "原因码 / 返回码，或平台状态码",
        ),
        example: "code:0x87",
        values: &[],
        source: Source::Codes,
        parse: code,
    },
    Key {
        name: "is",
        aliases: &[],
        help: Text::new("what it is besides", "其他特征"),
        example: "is:unanswered",
        values: &[
            value(
                "unanswered",
                "waits for an answer, or got none",
                "等待应答或未得到应答",
            ),
            value("answered", "was answered", "已得到应答"),
            value("marked", "marked by hand", "已标记"),
            value("dup", "DUP flag set", "DUP 标志"),
            value("retain", "RETAIN flag set", "RETAIN 标志"),
        ],
        source: Source::Table,
        parse: property,
    },
];

/// The key of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| {
        key.name.eq_ignore_ascii_case(name)
            || key
                .aliases
                .iter()
                .any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

/// What a word must be, where only the table's values will do.
fn one_of(key: &str) -> Text {
    let list = find(key)
        .map(|key| {
            let words: Vec<&str> = key.values.iter().map(|value| value.word).collect();
            words.join(", ")
        })
        .unwrap_or_default();
    Text::owned(
        format!("{key} is one of {list}"),
        format!("{key} 应为以下之一：{list}"),
    )
}

fn packet(word: &str) -> Result<Test, Text> {
    if word.eq_ignore_ascii_case("malformed") {
        return Ok(Test::Malformed);
    }
    if word.eq_ignore_ascii_case("link") {
        return Ok(Test::Link);
    }
    PacketType::ALL
        .into_iter()
        .find(|packet| packet.name().eq_ignore_ascii_case(word))
        .map(Test::Packet)
        .ok_or_else(|| one_of("type"))
}

fn direction(word: &str) -> Result<Test, Text> {
    match word.to_ascii_lowercase().as_str() {
        "in" | "down" | "received" => Ok(Test::Direction(Direction::Down)),
        "out" | "up" | "sent" => Ok(Test::Direction(Direction::Up)),
        _ => Err(one_of("dir")),
    }
}

fn topic(word: &str) -> Result<Test, Text> {
    if let Some(whole) = word.strip_prefix('=') {
        return Ok(Test::Topic(TopicTest::Whole(whole.to_owned())));
    }
    if !word.contains(['+', '#']) {
        return Ok(Test::Topic(TopicTest::Part(Needle::new(word))));
    }
    match TopicFilter::new(word) {
        Ok(_) => Ok(Test::Topic(TopicTest::Filter(word.to_owned()))),
        Err(error) => Err(Text::owned(
            format!("no topic filter: {error}"),
            format!("不是有效的主题过滤器：{}", error.chinese()),
        )),
    }
}

fn qos(word: &str) -> Result<Test, Text> {
    match word {
        "0" => Ok(Test::QoS(QoS::AtMostOnce)),
        "1" => Ok(Test::QoS(QoS::AtLeastOnce)),
        "2" => Ok(Test::QoS(QoS::ExactlyOnce)),
        _ => Err(one_of("qos")),
    }
}

fn finding(word: &str) -> Result<Test, Text> {
    Ok(match word.to_ascii_lowercase().as_str() {
        "any" => Test::AnyFinding,
        "none" => Test::NoFinding,
        "error" => Test::Finding(Severity::Error),
        "warning" => Test::Finding(Severity::Warning),
        "info" => Test::Finding(Severity::Info),
        _ => Test::Rule(word.to_owned()),
    })
}

fn code(word: &str) -> Result<Test, Text> {
    let packet = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => Some(u8::from_str_radix(digits, 16).map_err(|_| {
            Text::new(
                "a reason code is one byte, 0x00 to 0xFF",
                "原因码为一个字节：0x00 至 0xFF",
            )
        })?),
        None => word.parse().ok(),
    };
    Ok(Test::Code {
        packet,
        platform: word.to_owned(),
    })
}

fn property(word: &str) -> Result<Test, Text> {
    match word.to_ascii_lowercase().as_str() {
        "unanswered" => Ok(Test::Is(Property::Unanswered)),
        "answered" => Ok(Test::Is(Property::Answered)),
        "marked" => Ok(Test::Is(Property::Marked)),
        "dup" => Ok(Test::Is(Property::Dup)),
        "retain" => Ok(Test::Is(Property::Retain)),
        _ => Err(one_of("is")),
    }
}

//! What linting says: a rule, where it is broken, how serious that is, and who says so.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Text;
use crate::mqtt::Severity;

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// A form field, by key.
    Form(Cow<'static, str>),
    /// The topic name.
    Topic,
    /// Bytes of the payload, from its first byte; empty where something is missing.
    Payload {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// A member of the payload by path, such as `pc.m2m:cin.con`, that is not there.
    Member(Cow<'static, str>),
    /// QoS of the PUBLISH.
    QoS,
    /// RETAIN flag of the PUBLISH.
    Retain,
    /// A field of CONNECT, in the specification's words.
    Connect(Cow<'static, str>),
    /// A property of MQTT 5.0, or a part of a topic filter, by name.
    Option(Cow<'static, str>),
    /// The message as a whole.
    Message,
}

/// One remark of linting. Findings never block: they ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How serious it is.
    pub severity: Severity,
    /// The stable name of the rule: an error class such as `MissingField`, or a warning such as
    /// `rqi-not-a-string`.
    pub rule: Cow<'static, str>,
    /// Where.
    pub place: Place,
    /// What happened and what to do.
    pub text: Text,
    /// Section of the document that states the rule; `own rule` where there is none.
    pub source: Cow<'static, str>,
    /// Whether the rule has not been confirmed by the platform's documents.
    pub unconfirmed: bool,
}

impl Finding {
    fn new(
        severity: Severity,
        rule: &'static str,
        place: Place,
        text: Text,
        source: &'static str,
    ) -> Self {
        Self {
            severity,
            rule: Cow::Borrowed(rule),
            place,
            text,
            source: Cow::Borrowed(source),
            unconfirmed: false,
        }
    }

    /// Will be refused, or cannot be read.
    pub fn error(rule: &'static str, place: Place, text: Text, source: &'static str) -> Self {
        Self::new(Severity::Error, rule, place, text, source)
    }

    /// Readable, but not what the rule says.
    pub fn warning(rule: &'static str, place: Place, text: Text, source: &'static str) -> Self {
        Self::new(Severity::Warning, rule, place, text, source)
    }

    /// Worth knowing.
    pub fn info(rule: &'static str, place: Place, text: Text, source: &'static str) -> Self {
        Self::new(Severity::Info, rule, place, text, source)
    }

    /// The same remark, marked as not confirmed by the platform's documents.
    #[must_use]
    pub fn unconfirmed(mut self) -> Self {
        self.unconfirmed = true;
        self
    }

    /// Whether this says that the message will be refused or cannot be read.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A source of a rule or of a field, as [`Finding::source`] and a field's reference name it, for a
/// reader of Chinese: the platforms' documents are Chinese. Numbers of sections stay.
pub fn source_in_chinese(source: &str) -> &str {
    match source {
        "own rule" => "本工具规则",
        "MQTT 3.1 Appendix A" => "MQTT 3.1 附录 A",
        "Alibaba Cloud IoT" => "阿里云物联网平台",
        "Alibaba MQTT connection" => "阿里云 MQTT 连接",
        "Alibaba MQTT specification" => "阿里云 MQTT 规范",
        "Alibaba limits" => "阿里云使用限制",
        "Alibaba topics" => "阿里云 Topic",
        "Alink protocol" => "Alink 协议",
        "dynamic registration" => "动态注册",
        "EZtCloud DTU page" => "EZtCloud DTU 页面",
        "EZtCloud MQTT device access" => "EZtCloud MQTT 设备接入",
        "EZtCloud custom streams" => "EZtCloud 自定义数据流",
        "EZtCloud quick connect" => "EZtCloud 快速接入",
        "IoTDA MQTT downlink" => "IoTDA MQTT 下行",
        "IoTDA custom topics" => "IoTDA 自定义 Topic",
        "IoTDA device-side topics" => "IoTDA 设备侧 Topic",
        "IoTDA limits" => "IoTDA 使用限制",
        "IoTDA secret authentication" => "IoTDA 密钥鉴权",
        "IoTDA time synchronisation" => "IoTDA 时间同步",
        "OneNET HTTP upload" => "OneNET HTTP 上传",
        "OneNET Studio token" => "OneNET Studio token 鉴权",
        "oneM2M table 3-1" => "oneM2M 表 3-1",
        "oneM2M table 3-2" => "oneM2M 表 3-2",
        other => other,
    }
}

impl Place {
    /// Bytes of the payload.
    pub fn bytes(range: &core::ops::Range<usize>) -> Self {
        Self::Payload {
            start: range.start,
            end: range.end,
        }
    }

    /// A form field.
    pub fn form(key: &'static str) -> Self {
        Self::Form(Cow::Borrowed(key))
    }

    /// A member that is missing.
    pub fn member(path: impl Into<Cow<'static, str>>) -> Self {
        Self::Member(path.into())
    }
}

//! What stands in a packet, and what is wrong or unusual about it, in Chinese. The matches are
//! exhaustive, so a rule without its translation does not compile.

use core::fmt;
use std::borrow::Cow;

use super::sink::Remark;
use super::{EncodeError, PacketType, ProtocolVersion, QoS, ReasonCode, TopicError, Violation};

/// The language of the words between the values. Names of packets, codes and flags are the
/// specification's in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    Chinese,
}

impl Tongue {
    pub(super) const fn say(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// Writes a number of bytes.
    pub(super) fn write_bytes(self, f: &mut fmt::Formatter<'_>, bytes: usize) -> fmt::Result {
        match (self, bytes) {
            (Self::English, 1) => f.write_str("1 byte"),
            (Self::English, _) => write!(f, "{bytes} bytes"),
            (Self::Chinese, _) => write!(f, "{bytes} 字节"),
        }
    }

    /// Writes a value's meaning behind it.
    pub(super) fn write_meaning(
        self,
        f: &mut fmt::Formatter<'_>,
        value: &dyn fmt::Display,
        meaning: &dyn fmt::Display,
    ) -> fmt::Result {
        match self {
            Self::English => write!(f, "{value} ({meaning})"),
            Self::Chinese => write!(f, "{value}（{meaning}）"),
        }
    }

    /// Writes the name of a code, which is the specification's, and in Chinese what it says.
    pub(super) fn write_code(
        self,
        f: &mut fmt::Formatter<'_>,
        code: ReasonCode,
        packet: PacketType,
        version: ProtocolVersion,
    ) -> fmt::Result {
        let name = code.name(packet, version);
        match self {
            Self::English => f.write_str(name),
            Self::Chinese => self.write_meaning(f, &name, &code.chinese_name(packet, version)),
        }
    }

    /// Writes a code of SUBACK. A granted QoS is named in one language alone: a row has one for each
    /// filter.
    pub(super) fn write_granted(
        self,
        f: &mut fmt::Formatter<'_>,
        code: ReasonCode,
        version: ProtocolVersion,
    ) -> fmt::Result {
        if self == Self::Chinese && QoS::from_bits(code.0).is_some() {
            return f.write_str(code.chinese_name(PacketType::SubAck, version));
        }
        self.write_code(f, code, PacketType::SubAck, version)
    }
}

/// What a field is called in Chinese: the words of the specification's Chinese translation with its
/// own name behind them, so that a reader finds the section. `DUP`, `QoS` and `RETAIN` are said as
/// they are; `None` for them.
pub(super) fn field_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "Fixed Header" => "固定报头 Fixed Header",
        "Variable Header" => "可变报头 Variable Header",
        "Payload" => "载荷 Payload",
        "MQTT Control Packet type" => "报文类型 MQTT Control Packet type",
        "Remaining Length" => "剩余长度 Remaining Length",
        "Flags" => "标志位 Flags",
        "Reserved" => "保留位 Reserved",
        "Protocol Name" => "协议名 Protocol Name",
        "Protocol Level" => "协议级别 Protocol Level",
        "Protocol Version" => "协议版本 Protocol Version",
        "Connect Flags" => "连接标志 Connect Flags",
        "User Name Flag" => "用户名标志 User Name Flag",
        "Password Flag" => "密码标志 Password Flag",
        "Will Retain" => "遗嘱保留 Will Retain",
        "Will QoS" => "遗嘱服务质量 Will QoS",
        "Will Flag" => "遗嘱标志 Will Flag",
        "Clean Session" => "清除会话 Clean Session",
        "Clean Start" => "全新开始 Clean Start",
        "Keep Alive" => "保活 Keep Alive",
        "Client Identifier" => "客户端标识 Client Identifier",
        "Will Topic" => "遗嘱主题 Will Topic",
        "Will Message" => "遗嘱消息 Will Message",
        "Will Payload" => "遗嘱载荷 Will Payload",
        "User Name" => "用户名 User Name",
        "Password" => "密码 Password",
        "Connect Acknowledge Flags" => "连接确认标志 Connect Acknowledge Flags",
        "Session Present" => "会话存在 Session Present",
        "Connect Return Code" => "连接返回码 Connect Return Code",
        "Connect Reason Code" => "连接原因码 Connect Reason Code",
        "Topic Name" => "主题名 Topic Name",
        "Packet Identifier" => "报文标识符 Packet Identifier",
        "Subscription" => "订阅 Subscription",
        "Topic Filter" => "主题过滤器 Topic Filter",
        "Subscription Options" => "订阅选项 Subscription Options",
        "Requested QoS" => "请求的服务质量 Requested QoS",
        "Granted QoS" => "授予的服务质量 Granted QoS",
        "Retain Handling" => "保留消息处理 Retain Handling",
        "Retain As Published" => "按发布保留 Retain As Published",
        "No Local" => "不接收自己发布的消息 No Local",
        "Return Code" => "返回码 Return Code",
        "Reason Code" => "原因码 Reason Code",
        "PUBACK Reason Code" => "原因码 PUBACK Reason Code",
        "PUBREC Reason Code" => "原因码 PUBREC Reason Code",
        "PUBREL Reason Code" => "原因码 PUBREL Reason Code",
        "PUBCOMP Reason Code" => "原因码 PUBCOMP Reason Code",
        "Disconnect Reason Code" => "原因码 Disconnect Reason Code",
        "Authenticate Reason Code" => "原因码 Authenticate Reason Code",
        "Properties" => "属性 Properties",
        "Property Length" => "属性长度 Property Length",
        "Will Properties" => "遗嘱属性 Will Properties",
        "Will Property Length" => "遗嘱属性长度 Will Property Length",
        "Property Identifier" => "属性标识符 Property Identifier",
        "Payload Format Indicator" => "载荷格式指示 Payload Format Indicator",
        "Message Expiry Interval" => "消息过期时间 Message Expiry Interval",
        "Content Type" => "内容类型 Content Type",
        "Response Topic" => "响应主题 Response Topic",
        "Correlation Data" => "关联数据 Correlation Data",
        "Subscription Identifier" => "订阅标识符 Subscription Identifier",
        "Session Expiry Interval" => "会话过期时间 Session Expiry Interval",
        "Assigned Client Identifier" => "分配的客户端标识 Assigned Client Identifier",
        "Server Keep Alive" => "服务端保活 Server Keep Alive",
        "Authentication Method" => "认证方法 Authentication Method",
        "Authentication Data" => "认证数据 Authentication Data",
        "Request Problem Information" => "请求问题信息 Request Problem Information",
        "Will Delay Interval" => "遗嘱延迟时间 Will Delay Interval",
        "Request Response Information" => "请求响应信息 Request Response Information",
        "Response Information" => "响应信息 Response Information",
        "Server Reference" => "服务端参考 Server Reference",
        "Reason String" => "原因字符串 Reason String",
        "Receive Maximum" => "接收最大值 Receive Maximum",
        "Topic Alias Maximum" => "主题别名最大值 Topic Alias Maximum",
        "Topic Alias" => "主题别名 Topic Alias",
        "Maximum QoS" => "最大服务质量 Maximum QoS",
        "Retain Available" => "保留消息可用 Retain Available",
        "User Property" => "用户属性 User Property",
        "Maximum Packet Size" => "最大报文长度 Maximum Packet Size",
        "Wildcard Subscription Available" => "通配符订阅可用 Wildcard Subscription Available",
        "Subscription Identifier Available" => "订阅标识符可用 Subscription Identifier Available",
        "Shared Subscription Available" => "共享订阅可用 Shared Subscription Available",
        // What the specification gives no name to.
        "Flags, not used" => "标志位，未使用",
        "RETAIN, not used" => "RETAIN，未使用",
        "Not used" => "未使用",
        "Not read" => "未解析",
        "Length" => "长度",
        "Characters" => "字符",
        "Data" => "数据",
        "Name" => "名称",
        "Value" => "值",
        _ => return None,
    })
}

impl Violation {
    /// The same sentence as its [`Display`](core::fmt::Display), in Chinese.
    pub fn chinese(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::ReservedPacketType => "该报文类型为保留值",
            Self::ReservedFlags(packet) => {
                return Cow::Owned(format!("{packet} 的保留标志位取值错误"));
            }
            Self::VariableByteIntegerTooLong => "可变字节整数在第四个字节之后仍未结束",
            Self::VariableByteIntegerNotMinimal => "可变字节整数占用的字节多于所需",
            Self::PacketTooLarge => "报文超过最大报文长度",
            Self::IncompletePacket => "报文在剩余长度到达之前结束",
            Self::BytesAfterPacket => "报文之后还有字节",
            Self::MissingData => "剩余长度在该字段结束之前到达",
            Self::TrailingData => "最后一个字段之后还有字节",
            Self::IllFormedUtf8 => "文本不是有效的 UTF-8",
            Self::Surrogate => "文本编码了代理码位（U+D800 至 U+DFFF）",
            Self::NullCharacter => "文本包含空字符 U+0000",
            Self::PacketIdZero => "报文标识符为 0",
            Self::InvalidReasonCode(packet) => {
                return Cow::Owned(format!("{packet} 没有定义该代码"));
            }
            Self::WildcardInTopicName => "主题名不得包含通配符 + 和 #",
            Self::EmptyTopicName => "主题名至少要有一个字符",
            Self::EmptyTopicFilter => "主题过滤器至少要有一个字符",
            Self::MisplacedMultiLevelWildcard => "# 必须是最后一个字符并独占一级",
            Self::MisplacedSingleLevelWildcard => "+ 必须独占一级",
            Self::EmptyShareName => "共享名至少要有一个字符",
            Self::WildcardInShareName => "共享名不得包含通配符 + 和 #",
            Self::MissingSharedTopicFilter => "共享订阅的共享名之后需要主题过滤器",
            Self::WildcardInWillTopic => "遗嘱主题不得包含通配符 + 和 #",
            Self::WildcardInResponseTopic => "响应主题不得包含通配符 + 和 #",
            Self::ProtocolName => "协议名不是该版本的协议名",
            Self::ProtocolLevel => "协议级别不是该版本的协议级别",
            Self::ReservedConnectFlag => "连接标志的保留位被置位",
            Self::WillQoS => "遗嘱 QoS 为 3",
            Self::WillQoSWithoutWill => "没有遗嘱却给出了遗嘱 QoS",
            Self::WillRetainWithoutWill => "没有遗嘱却设置了遗嘱保留",
            Self::PasswordWithoutUserName => "有密码而没有用户名",
            Self::ClientIdRequired => "客户端标识为空时必须清除会话",
            Self::ReservedConnectAcknowledgeFlags => "连接确认标志的保留位不为 0",
            Self::SessionPresentOnRefusal => "连接被拒绝，却设置了会话存在标志",
            Self::QoS => "QoS 为 3",
            Self::DupWithoutQoS => "QoS 0 的消息设置了 DUP",
            Self::TopicNameMissing => "主题名为空，又没有主题别名",
            Self::EmptySubscribe => "SUBSCRIBE 没有携带主题过滤器",
            Self::EmptyUnsubscribe => "UNSUBSCRIBE 没有携带主题过滤器",
            Self::EmptyAcknowledgement(packet) => {
                return Cow::Owned(format!("{packet} 没有携带代码"));
            }
            Self::ReservedSubscriptionOptions => "订阅选项的保留位被置位",
            Self::RequestedQoS => "请求的 QoS 为 3",
            Self::RetainHandling => "保留处理（Retain Handling）为 3",
            Self::NoLocalOnSharedSubscription => "共享订阅设置了 No Local",
            Self::UnknownProperty => "没有使用该标识符的属性",
            Self::PropertyNotAllowed => "该报文不得携带此属性",
            Self::PropertyRepeated => "该属性出现了不止一次",
            Self::PropertyNotBoolean => "取值必须为 0 或 1",
            Self::PropertyZero => "取值不得为 0",
            Self::TopicAliasZero => "主题别名不得为 0",
            Self::MissingAuthenticationMethod => "缺少认证方法",
            Self::NotInVersion => "该协议版本无法携带此内容",
            Self::TooLong => "长度超过其长度字段所能表示的值",
            Self::MissingPacketId => "QoS 1 和 2 需要报文标识符",
            Self::PacketIdWithoutQoS => "QoS 0 不得有报文标识符",
        })
    }
}

impl TopicError {
    /// The same sentence as its [`Display`](core::fmt::Display), in Chinese.
    pub fn chinese(self) -> String {
        format!("第 {} 字节：{}", self.offset, self.kind.chinese())
    }
}

impl EncodeError {
    /// The same sentence as its [`Display`](core::fmt::Display), in Chinese; the field's name is
    /// the specification's.
    pub fn chinese(self) -> String {
        format!("{}：{}", self.field, self.kind.chinese())
    }
}

impl Remark {
    /// [`Remark::text`] in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::NotMinimal => "长度占用的字节多于所需；5.0 禁止这样做",
            Self::UnusedFlags => "设置了 3.1 不使用的标志位",
            Self::UnusedByte => "3.1 不使用的字节不为 0",
            Self::DupWithoutQoS => "QoS 0 的消息中 DUP 没有意义",
            Self::ClientIdLength => "3.1 要求 1 至 23 个字符；服务端可能拒绝该客户端标识",
            Self::CredentialMissing => "标志声明的用户名或密码并不存在，3.1 允许这种情况",
            Self::PasswordAlone => "有密码而没有用户名，这是 5.0 新增的用法",
            Self::WillFlagsWithoutWill => "没有遗嘱时，遗嘱 QoS 和遗嘱保留没有意义",
            Self::KeepAliveOff => "保活已关闭",
            Self::ByteOrderMark => "U+FEFF 作为零宽不换行空格保留，不会去除",
            Self::ControlCharacter => "文本中不应使用控制字符",
            Self::Noncharacter => "文本中不应使用 Unicode 非字符",
            Self::PayloadNotUtf8 => "载荷声明为文本，但不是 UTF-8",
            Self::CouldBeOmitted => "此处本可省略",
            Self::LeadingSlash => "开头的 / 会多出一个空的首级",
        }
    }
}

//! Reason codes of 5.0 and return codes of 3.x: one byte whose meaning depends on the packet.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{PacketType, ProtocolVersion};

/// A reason code (5.0) or return code (3.x). What it means depends on packet and version.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ReasonCode(pub u8);

const CONNACK: u16 = 1 << PacketType::ConnAck as u8;
const PUBACK: u16 = 1 << PacketType::PubAck as u8;
const PUBREC: u16 = 1 << PacketType::PubRec as u8;
const PUBREL: u16 = 1 << PacketType::PubRel as u8;
const PUBCOMP: u16 = 1 << PacketType::PubComp as u8;
const SUBACK: u16 = 1 << PacketType::SubAck as u8;
const UNSUBACK: u16 = 1 << PacketType::UnsubAck as u8;
const DISCONNECT: u16 = 1 << PacketType::Disconnect as u8;
const AUTH: u16 = 1 << PacketType::Auth as u8;
/// Any packet whose codes this table lists.
const ANY: u16 =
    CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK | DISCONNECT | AUTH;

/// One row of MQTT 5.0 table 2-6.
struct Row {
    code: u8,
    packets: u16,
    name: &'static str,
    chinese: &'static str,
    meaning: &'static str,
}

const fn row(
    code: u8,
    packets: u16,
    name: &'static str,
    chinese: &'static str,
    meaning: &'static str,
) -> Row {
    Row {
        code,
        packets,
        name,
        chinese,
        meaning,
    }
}

/// The reason codes of 5.0, in the order of their numbers. A number with two names has two rows.
#[rustfmt::skip]
const REASON_CODES: &[Row] = &[
    row(0x00, ANY & !(SUBACK | DISCONNECT), "Success", "成功", "it was done as asked"),
    row(0x00, DISCONNECT, "Normal disconnection", "正常断开", "the connection ends in order, without the will"),
    row(0x00, SUBACK, "Granted QoS 0", "授予 QoS 0", "messages will come with QoS 0 at most"),
    row(0x01, SUBACK, "Granted QoS 1", "授予 QoS 1", "messages will come with QoS 1 at most"),
    row(0x02, SUBACK, "Granted QoS 2", "授予 QoS 2", "messages will come with QoS 2 at most"),
    row(0x04, DISCONNECT, "Disconnect with Will Message", "断开并发布遗嘱消息", "the client wants its will published"),
    row(0x10, PUBACK | PUBREC, "No matching subscribers", "没有匹配的订阅者", "accepted, but nobody subscribes to it"),
    row(0x11, UNSUBACK, "No subscription existed", "订阅不存在", "there was no such subscription"),
    row(0x18, AUTH, "Continue authentication", "继续认证", "another step of the authentication follows"),
    row(0x19, AUTH, "Re-authenticate", "重新认证", "a new authentication begins"),
    row(0x80, CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | DISCONNECT, "Unspecified error", "未指明的错误",
        "the sender does not say why, or no other code fits"),
    row(0x81, CONNACK | DISCONNECT, "Malformed Packet", "报文格式错误", "a packet could not be parsed"),
    row(0x82, CONNACK | DISCONNECT, "Protocol Error", "协议错误", "a packet was not allowed there"),
    row(0x83, CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | DISCONNECT,
        "Implementation specific error", "实现特定的错误", "valid, but this receiver does not accept it"),
    row(0x84, CONNACK, "Unsupported Protocol Version", "不支持的协议版本", "the server does not speak this version"),
    row(0x85, CONNACK, "Client Identifier not valid", "客户端标识无效", "well-formed, but not allowed by the server"),
    row(0x86, CONNACK, "Bad User Name or Password", "用户名或密码错误", "the server does not accept the credentials"),
    row(0x87, CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | DISCONNECT, "Not authorized", "未授权",
        "this client may not do that"),
    row(0x88, CONNACK, "Server unavailable", "服务端不可用", "the server is not available"),
    row(0x89, CONNACK | DISCONNECT, "Server busy", "服务端繁忙", "the server is busy; try again later"),
    row(0x8A, CONNACK, "Banned", "已被禁止", "this client is barred by the administration"),
    row(0x8B, DISCONNECT, "Server shutting down", "服务端正在关闭", "the server is shutting down"),
    row(0x8C, CONNACK | DISCONNECT, "Bad authentication method", "认证方法错误",
        "the authentication method is not supported or not the one in use"),
    row(0x8D, DISCONNECT, "Keep Alive timeout", "保活超时", "nothing arrived for one and a half keep alives"),
    row(0x8E, DISCONNECT, "Session taken over", "会话被接管",
        "another connection uses the same client identifier"),
    row(0x8F, SUBACK | UNSUBACK | DISCONNECT, "Topic Filter invalid", "主题过滤器无效",
        "well-formed, but not allowed for this client"),
    row(0x90, CONNACK | PUBACK | PUBREC | DISCONNECT, "Topic Name invalid", "主题名无效",
        "well-formed, but not accepted"),
    row(0x91, PUBACK | PUBREC | SUBACK | UNSUBACK, "Packet Identifier in use", "报文标识符已被占用",
        "the packet identifier is in use already"),
    row(0x92, PUBREL | PUBCOMP, "Packet Identifier not found", "报文标识符不存在",
        "the packet identifier is not known"),
    row(0x93, DISCONNECT, "Receive Maximum exceeded", "超出接收最大值", "more messages in flight than allowed"),
    row(0x94, DISCONNECT, "Topic Alias invalid", "主题别名无效", "zero, or above the topic alias maximum"),
    row(0x95, CONNACK | DISCONNECT, "Packet too large", "报文过长", "above the maximum packet size"),
    row(0x96, DISCONNECT, "Message rate too high", "消息速率过高", "messages arrive too fast"),
    row(0x97, CONNACK | PUBACK | PUBREC | SUBACK | DISCONNECT, "Quota exceeded", "超出配额",
        "an administrative limit is exceeded"),
    row(0x98, DISCONNECT, "Administrative action", "管理操作", "closed by the administration"),
    row(0x99, CONNACK | PUBACK | PUBREC | DISCONNECT, "Payload format invalid", "载荷格式无效",
        "the payload is not what its format indicator says"),
    row(0x9A, CONNACK | DISCONNECT, "Retain not supported", "不支持保留消息", "retained messages are not supported"),
    row(0x9B, CONNACK | DISCONNECT, "QoS not supported", "不支持的 QoS", "above the server's maximum QoS"),
    row(0x9C, CONNACK | DISCONNECT, "Use another server", "使用其他服务端", "use another server for now"),
    row(0x9D, CONNACK | DISCONNECT, "Server moved", "服务端已迁移", "use another server from now on"),
    row(0x9E, SUBACK | DISCONNECT, "Shared Subscriptions not supported", "不支持共享订阅",
        "shared subscriptions are not supported"),
    row(0x9F, CONNACK | DISCONNECT, "Connection rate exceeded", "超出连接速率", "connections arrive too fast"),
    row(0xA0, DISCONNECT, "Maximum connect time", "超出最长连接时间", "the connection lasted as long as is allowed"),
    row(0xA1, SUBACK | DISCONNECT, "Subscription Identifiers not supported", "不支持订阅标识符",
        "subscription identifiers are not supported"),
    row(0xA2, SUBACK | DISCONNECT, "Wildcard Subscriptions not supported", "不支持通配符订阅",
        "filters with wildcards are not supported"),
];

/// The CONNACK return codes of 3.1 and 3.1.1.
const RETURN_CODES: &[Row] = &[
    row(
        0x00,
        CONNACK,
        "Connection Accepted",
        "连接已接受",
        "the connection is accepted",
    ),
    row(
        0x01,
        CONNACK,
        "Connection Refused, unacceptable protocol version",
        "连接被拒绝：不支持的协议版本",
        "the server does not speak this version",
    ),
    row(
        0x02,
        CONNACK,
        "Connection Refused, identifier rejected",
        "连接被拒绝：客户端标识不被接受",
        "the client identifier is well-formed, but not allowed by the server",
    ),
    row(
        0x03,
        CONNACK,
        "Connection Refused, Server unavailable",
        "连接被拒绝：服务端不可用",
        "the server is not available",
    ),
    row(
        0x04,
        CONNACK,
        "Connection Refused, bad user name or password",
        "连接被拒绝：用户名或密码错误",
        "the user name or password is malformed or wrong",
    ),
    row(
        0x05,
        CONNACK,
        "Connection Refused, not authorized",
        "连接被拒绝：未授权",
        "this client may not connect",
    ),
];

/// The SUBACK codes of 3.1 and, with the last, 3.1.1.
const GRANTED: &[Row] = &[
    row(
        0x00,
        SUBACK,
        "Granted QoS 0",
        "授予 QoS 0",
        "messages will come with QoS 0 at most",
    ),
    row(
        0x01,
        SUBACK,
        "Granted QoS 1",
        "授予 QoS 1",
        "messages will come with QoS 1 at most",
    ),
    row(
        0x02,
        SUBACK,
        "Granted QoS 2",
        "授予 QoS 2",
        "messages will come with QoS 2 at most",
    ),
    row(
        0x80,
        SUBACK,
        "Failure",
        "失败",
        "the server refuses the subscription",
    ),
];

/// Bit `n` set: the code may stand in packets of type `n`; by code, for 5.0.
static DEFINED: [u16; 256] = defined(REASON_CODES);

#[allow(clippy::indexing_slicing)] // Evaluated at compile time: the indices are bytes.
const fn defined(rows: &[Row]) -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < rows.len() {
        table[rows[index].code as usize] |= rows[index].packets;
        index += 1;
    }
    table
}

impl ReasonCode {
    /// Success, Connection Accepted, Normal disconnection, or Granted QoS 0.
    pub const SUCCESS: Self = Self(0x00);
    /// DISCONNECT: the connection ends as planned, without the will.
    pub const NORMAL_DISCONNECTION: Self = Self(0x00);
    /// DISCONNECT: the client wants its will published.
    pub const DISCONNECT_WITH_WILL: Self = Self(0x04);
    /// PUBACK, PUBREC: accepted, but nobody subscribes to it.
    pub const NO_MATCHING_SUBSCRIBERS: Self = Self(0x10);
    /// UNSUBACK: there was no such subscription.
    pub const NO_SUBSCRIPTION_EXISTED: Self = Self(0x11);
    /// AUTH: another step follows.
    pub const CONTINUE_AUTHENTICATION: Self = Self(0x18);
    /// AUTH: a new authentication begins.
    pub const RE_AUTHENTICATE: Self = Self(0x19);
    /// Unspecified error; in a 3.1.1 SUBACK, Failure.
    pub const UNSPECIFIED_ERROR: Self = Self(0x80);
    /// A packet could not be parsed.
    pub const MALFORMED_PACKET: Self = Self(0x81);
    /// A packet was not allowed there.
    pub const PROTOCOL_ERROR: Self = Self(0x82);
    /// Valid, but this receiver does not accept it.
    pub const IMPLEMENTATION_SPECIFIC_ERROR: Self = Self(0x83);
    /// The server does not speak this version.
    pub const UNSUPPORTED_PROTOCOL_VERSION: Self = Self(0x84);
    /// The client identifier is not allowed.
    pub const CLIENT_IDENTIFIER_NOT_VALID: Self = Self(0x85);
    /// The credentials are not accepted.
    pub const BAD_USER_NAME_OR_PASSWORD: Self = Self(0x86);
    /// The client may not do that.
    pub const NOT_AUTHORIZED: Self = Self(0x87);
    /// The server is not available.
    pub const SERVER_UNAVAILABLE: Self = Self(0x88);
    /// The server is busy.
    pub const SERVER_BUSY: Self = Self(0x89);
    /// The client is barred.
    pub const BANNED: Self = Self(0x8A);
    /// The server is shutting down.
    pub const SERVER_SHUTTING_DOWN: Self = Self(0x8B);
    /// The authentication method is not supported.
    pub const BAD_AUTHENTICATION_METHOD: Self = Self(0x8C);
    /// Nothing arrived for one and a half keep alives.
    pub const KEEP_ALIVE_TIMEOUT: Self = Self(0x8D);
    /// Another connection uses the same client identifier.
    pub const SESSION_TAKEN_OVER: Self = Self(0x8E);
    /// The topic filter is not allowed.
    pub const TOPIC_FILTER_INVALID: Self = Self(0x8F);
    /// The topic name is not accepted.
    pub const TOPIC_NAME_INVALID: Self = Self(0x90);
    /// The packet identifier is in use.
    pub const PACKET_IDENTIFIER_IN_USE: Self = Self(0x91);
    /// The packet identifier is not known.
    pub const PACKET_IDENTIFIER_NOT_FOUND: Self = Self(0x92);
    /// More messages in flight than allowed.
    pub const RECEIVE_MAXIMUM_EXCEEDED: Self = Self(0x93);
    /// A topic alias of zero or above the maximum.
    pub const TOPIC_ALIAS_INVALID: Self = Self(0x94);
    /// Above the maximum packet size.
    pub const PACKET_TOO_LARGE: Self = Self(0x95);
    /// Messages arrive too fast.
    pub const MESSAGE_RATE_TOO_HIGH: Self = Self(0x96);
    /// An administrative limit is exceeded.
    pub const QUOTA_EXCEEDED: Self = Self(0x97);
    /// Closed by the administration.
    pub const ADMINISTRATIVE_ACTION: Self = Self(0x98);
    /// The payload is not what its format indicator says.
    pub const PAYLOAD_FORMAT_INVALID: Self = Self(0x99);
    /// Retained messages are not supported.
    pub const RETAIN_NOT_SUPPORTED: Self = Self(0x9A);
    /// Above the server's maximum QoS.
    pub const QOS_NOT_SUPPORTED: Self = Self(0x9B);
    /// Use another server for now.
    pub const USE_ANOTHER_SERVER: Self = Self(0x9C);
    /// Use another server from now on.
    pub const SERVER_MOVED: Self = Self(0x9D);
    /// Shared subscriptions are not supported.
    pub const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED: Self = Self(0x9E);
    /// Connections arrive too fast.
    pub const CONNECTION_RATE_EXCEEDED: Self = Self(0x9F);
    /// The connection lasted as long as is allowed.
    pub const MAXIMUM_CONNECT_TIME: Self = Self(0xA0);
    /// Subscription identifiers are not supported.
    pub const SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED: Self = Self(0xA1);
    /// Filters with wildcards are not supported.
    pub const WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED: Self = Self(0xA2);

    /// 3.x CONNACK: the protocol version is not supported.
    pub const REFUSED_PROTOCOL_VERSION: Self = Self(0x01);
    /// 3.x CONNACK: the client identifier is not allowed.
    pub const REFUSED_IDENTIFIER: Self = Self(0x02);
    /// 3.x CONNACK: the server is not available.
    pub const REFUSED_SERVER_UNAVAILABLE: Self = Self(0x03);
    /// 3.x CONNACK: the user name or password is wrong.
    pub const REFUSED_BAD_CREDENTIALS: Self = Self(0x04);
    /// 3.x CONNACK: the client may not connect.
    pub const REFUSED_NOT_AUTHORIZED: Self = Self(0x05);

    /// Whether the code says that something failed: 0x80 and above; in a 3.x CONNACK all but 0.
    pub const fn is_failure(self, packet: PacketType, version: ProtocolVersion) -> bool {
        self.0 >= 0x80
            || (self.0 != 0 && !version.has_properties() && matches!(packet, PacketType::ConnAck))
    }

    /// Whether this packet may carry this code in this version. Before 5.0, packets without a
    /// code of their own imply success.
    pub fn is_defined_for(self, packet: PacketType, version: ProtocolVersion) -> bool {
        match (version, packet) {
            (ProtocolVersion::V5_0, _) => {
                let packets = DEFINED.get(usize::from(self.0)).copied().unwrap_or(0);
                packets & (1 << packet.number()) != 0
            }
            (_, PacketType::ConnAck) => self.0 <= 5,
            (ProtocolVersion::V3_1, PacketType::SubAck) => self.0 <= 2,
            (ProtocolVersion::V3_1_1, PacketType::SubAck) => self.0 <= 2 || self.0 == 0x80,
            _ => self.0 == 0,
        }
    }

    /// The specification's name of the code in this packet; `Reserved` if it has none.
    pub fn name(self, packet: PacketType, version: ProtocolVersion) -> &'static str {
        self.row(packet, version).map_or("Reserved", |row| row.name)
    }

    /// The code's name in this packet in Chinese; `保留` if it has none.
    pub fn chinese_name(self, packet: PacketType, version: ProtocolVersion) -> &'static str {
        self.row(packet, version).map_or("保留", |row| row.chinese)
    }

    /// What the code says in this packet, in a few words; empty if it has no meaning there.
    pub fn meaning(self, packet: PacketType, version: ProtocolVersion) -> &'static str {
        self.row(packet, version).map_or("", |row| row.meaning)
    }

    fn row(self, packet: PacketType, version: ProtocolVersion) -> Option<&'static Row> {
        let rows = match (version, packet) {
            (ProtocolVersion::V5_0, _) => REASON_CODES,
            (_, PacketType::ConnAck) => RETURN_CODES,
            (_, PacketType::SubAck) => GRANTED,
            _ => return None,
        };
        let packet_bit = 1 << packet.number();
        rows.iter().find(|row| {
            row.code == self.0
                && row.packets & packet_bit != 0
                && self.is_defined_for(packet, version)
        })
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X}", self.0)
    }
}

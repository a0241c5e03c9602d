//! What should have stood where a packet goes wrong, in words for people who wrote the firmware.

use crate::mqtt::{DecodeError, PacketType, ProtocolVersion, Violation};
use crate::platform::Text;
use crate::platform::text;

/// What was expected at [`DecodeError::offset`].
pub fn expected(error: &DecodeError) -> Text {
    let field = error.field;
    match error.kind {
        Violation::ReservedPacketType => match error.version {
            ProtocolVersion::V5_0 => Text::new(
                "expected a packet type from 1 (CONNECT) to 15 (AUTH) in the upper four bits",
                "高四位应为报文类型 1（CONNECT）到 15（AUTH）",
            ),
            _ => Text::new(
                "expected a packet type from 1 (CONNECT) to 14 (DISCONNECT) in the upper four bits",
                "高四位应为报文类型 1（CONNECT）到 14（DISCONNECT）",
            ),
        },
        Violation::ReservedFlags(packet) => {
            let flags = match packet {
                PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe => "0010",
                _ => "0000",
            };
            text!(
                "expected {flags} in the lower four bits of {packet}",
                "{packet} 的低四位应为 {flags}"
            )
        }
        Violation::VariableByteIntegerTooLong => text!(
            "expected {field} to end here: its fourth byte must be below 0x80",
            "{field} 应在此结束：第四个字节须小于 0x80"
        ),
        Violation::VariableByteIntegerNotMinimal => text!(
            "expected {field} in fewer bytes, without a trailing 0x00",
            "{field} 应使用更少的字节，末尾不带 0x00"
        ),
        Violation::IncompletePacket => Text::new(
            "expected more bytes: the remaining length announces them",
            "此处应有更多字节：剩余长度声明了它们",
        ),
        Violation::BytesAfterPacket => Text::new(
            "expected the end: the remaining length announces no more bytes",
            "此处应结束：剩余长度没有声明更多字节",
        ),
        Violation::MissingData => text!(
            "expected the rest of {field}; the remaining length, or a length before it, is too small \
             or {field} is cut",
            "此处应为 {field} 的其余部分；剩余长度或前面的长度过小，或 {field} 被截断"
        ),
        Violation::TrailingData => text!(
            "expected the end of the packet after {field}; the remaining length is too large",
            "{field} 之后报文应结束；剩余长度过大"
        ),
        Violation::IllFormedUtf8 | Violation::Surrogate => {
            text!("expected UTF-8 in {field}", "{field} 应为 UTF-8 文本")
        }
        Violation::NullCharacter => {
            text!("expected no U+0000 in {field}", "{field} 中不应出现 U+0000")
        }
        Violation::PacketIdZero => Text::new(
            "expected a packet identifier from 1 to 65535",
            "报文标识符应为 1 到 65535",
        ),
        Violation::InvalidReasonCode(packet) => text!(
            "expected a code that {packet} defines",
            "应为 {packet} 定义的代码"
        ),
        Violation::WildcardInTopicName
        | Violation::WildcardInWillTopic
        | Violation::WildcardInResponseTopic => text!(
            "expected {field} without + and #",
            "{field} 中不应有 + 和 #"
        ),
        Violation::EmptyTopicName | Violation::EmptyTopicFilter | Violation::EmptyShareName => {
            text!(
                "expected at least one character in {field}",
                "{field} 至少应有一个字符"
            )
        }
        Violation::ProtocolName => text!(
            "expected the protocol name {}",
            "协议名应为 {}",
            error.version.protocol_name()
        ),
        Violation::ProtocolLevel => text!(
            "expected the protocol level {}",
            "协议级别应为 {}",
            error.version.level()
        ),
        Violation::ReservedConnectFlag => Text::new(
            "expected bit 0 of the connect flags to be 0",
            "连接标志的第 0 位应为 0",
        ),
        Violation::WillQoS | Violation::QoS | Violation::RequestedQoS => {
            Text::new("expected QoS 0, 1 or 2", "QoS 应为 0、1 或 2")
        }
        Violation::WillQoSWithoutWill | Violation::WillRetainWithoutWill => Text::new(
            "expected 0, since the will flag is 0",
            "遗嘱标志为 0，此处应为 0",
        ),
        Violation::PasswordWithoutUserName => Text::new(
            "expected the user name flag together with the password flag",
            "设置密码标志时也应设置用户名标志",
        ),
        Violation::ClientIdRequired => Text::new(
            "expected a client identifier, or clean session set to 1",
            "应有客户端标识，或将清除会话置 1",
        ),
        Violation::ReservedConnectAcknowledgeFlags => Text::new(
            "expected 0x00 or 0x01 (session present)",
            "应为 0x00 或 0x01（会话存在）",
        ),
        Violation::SessionPresentOnRefusal => Text::new(
            "expected session present 0 together with a refusal",
            "拒绝连接时会话存在标志应为 0",
        ),
        Violation::DupWithoutQoS => {
            Text::new("expected DUP 0 together with QoS 0", "QoS 0 时 DUP 应为 0")
        }
        Violation::TopicNameMissing => Text::new(
            "expected a topic name, or the property Topic Alias",
            "应有主题名，或主题别名（Topic Alias）属性",
        ),
        Violation::EmptySubscribe | Violation::EmptyUnsubscribe => Text::new(
            "expected at least one topic filter",
            "至少应有一个主题过滤器",
        ),
        Violation::EmptyAcknowledgement(_) => Text::new(
            "expected a code for each topic filter",
            "每个主题过滤器应有一个代码",
        ),
        Violation::RetainHandling => Text::new(
            "expected retain handling 0, 1 or 2",
            "Retain Handling 应为 0、1 或 2",
        ),
        Violation::UnknownProperty => Text::new(
            "expected the identifier of a property that MQTT 5.0 defines",
            "应为 MQTT 5.0 定义的属性标识符",
        ),
        Violation::PropertyNotBoolean => Text::new("expected 0 or 1", "应为 0 或 1"),
        Violation::PropertyZero | Violation::TopicAliasZero => {
            Text::new("expected a value other than 0", "应为非 0 的值")
        }
        other => Text::owned(other.to_string(), other.chinese().into_owned()),
    }
}

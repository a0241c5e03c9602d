//! Why a connection failed, in words: what happened, how sure that is, and what to do next.
//!
//! A browser hides most causes behind close code 1006, so some classes are only the likeliest;
//! they say so.

use std::time::Duration;

use super::seam::{Failure, FailureClass};
use crate::mqtt::{DecodeError, PacketType, ProtocolVersion};
use crate::platform::Text;
use crate::session::doctor::{Cause, Facts, Target, diagnose};
use crate::session::{Ended, Ending, LinkStage, SessionError};
use crate::transport::{Endpoint, LinkError};

/// How the link ended, as far as the browser tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) code: Option<u16>,
    pub(super) reason: String,
}

/// A failure of `class` that has no more to tell than its class does.
pub(super) fn of_class(class: FailureClass, closing: Closing, after_ms: u64) -> Failure {
    let (certain, what, next) = words(class);
    Failure {
        class,
        certain,
        what,
        next,
        close_code: closing.code,
        close_reason: closing.reason,
        after_ms,
        frame: None,
    }
}

/// The socket never opened. Browsers do not say why, so the doctor names the likeliest cause and
/// what else would look the same.
pub(super) fn not_opened(
    endpoint: Option<&Endpoint>,
    page_is_https: bool,
    closing: Closing,
    after: Duration,
) -> Failure {
    let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
    let diagnosis = endpoint.and_then(|endpoint| {
        diagnose(&Facts {
            target: Target {
                secure: endpoint.secure,
                loopback: endpoint.is_loopback(),
                port: endpoint.port,
                path: &endpoint.path,
            },
            page_is_https,
            // Not asked: an attempt that fails without a network fails as any other.
            online: true,
            sub_protocol: None,
            after,
            close_code: closing.code,
            ended: None,
            stopped: None,
        })
    });
    let Some(diagnosis) = diagnosis else {
        return of_class(FailureClass::NotOpened, closing, after_ms);
    };
    let (likely, next) = cause(diagnosis.cause);
    let mut failure = with_detail(FailureClass::NotOpened, &likely, closing, after_ms);
    failure.certain = diagnosis.certain;
    failure.next = next;
    let also: Vec<Text> = diagnosis.also.iter().map(|other| cause(*other).0).collect();
    if !also.is_empty() {
        let join = |words: fn(&Text) -> &str, comma| {
            also.iter().map(words).collect::<Vec<_>>().join(comma)
        };
        failure.next = Text::owned(
            format!(
                "{}. It could also be: {}",
                failure.next.en,
                join(|text| &text.en, "; ")
            ),
            format!(
                "{}。也可能是：{}",
                failure.next.zh,
                join(|text| &text.zh, "；")
            ),
        );
    }
    failure
}

/// A cause for a socket that does not open: what it is, and what to do about it.
fn cause(cause: Cause) -> (Text, Text) {
    match cause {
        Cause::TcpPort => (
            Text::new(
                "this is the port of MQTT over TCP, which a browser cannot speak",
                "该端口用于 TCP 上的 MQTT，浏览器无法直接使用",
            ),
            Text::new(
                "use the broker's WebSocket port (often 8083, 9001 or 443), or put a relay in front: websocat --binary --server-protocol mqtt ws-l:127.0.0.1:18083 tcp:HOST:1883",
                "请使用服务器的 WebSocket 端口（常为 8083、9001 或 443），或在前面加中转：websocat --binary --server-protocol mqtt ws-l:127.0.0.1:18083 tcp:主机:1883",
            ),
        ),
        Cause::WrongScheme => (
            Text::new(
                "this port is usual for the other scheme (ws against wss)",
                "该端口通常用于另一种协议（ws 与 wss 混用）",
            ),
            Text::new(
                "try wss:// in place of ws://, or the reverse",
                "请尝试将 ws:// 换成 wss://，或反之",
            ),
        ),
        Cause::NothingThere => (
            Text::new(
                "nothing listens at this host and port",
                "该主机和端口上没有服务在监听",
            ),
            Text::new(
                "check host and port, and that the broker runs with a WebSocket listener",
                "请检查主机和端口，并确认服务器已启用 WebSocket 监听",
            ),
        ),
        Cause::Unreachable | Cause::Offline => (
            Text::new(
                "no answer at all: a firewall, a host that is down, or no network",
                "完全没有响应：防火墙、主机未开机或没有网络",
            ),
            Text::new(
                "check the network and whether a firewall lets this port through",
                "请检查网络，以及防火墙是否放行该端口",
            ),
        ),
        Cause::Certificate => (
            Text::new(
                "the browser does not accept the server's certificate",
                "浏览器不信任服务器的证书",
            ),
            Text::new(
                "open https://host:port/ in a tab: the browser shows there what is wrong with the certificate and lets you accept it",
                "在新标签页打开 https://主机:端口/：浏览器会说明证书问题，并可选择信任",
            ),
        ),
        Cause::NotWebSocket => (
            Text::new(
                "something answers there, but not as a WebSocket at this path",
                "该地址有服务响应，但此路径不是 WebSocket",
            ),
            Text::new(
                "check the path; most brokers serve one only, often /mqtt",
                "请检查路径；多数服务器只支持一个路径，常为 /mqtt",
            ),
        ),
        Cause::SubProtocol => (
            Text::new(
                "the server does not answer with sub-protocol mqtt",
                "服务器没有应答子协议 mqtt",
            ),
            Text::new(
                "the broker or relay must choose sub-protocol mqtt (websocat: --server-protocol mqtt)",
                "服务器或中转程序必须选择子协议 mqtt（websocat：--server-protocol mqtt）",
            ),
        ),
        // The others are told with a class of their own.
        _ => {
            let (_, what, next) = words(FailureClass::NotOpened);
            (what, next)
        }
    }
}

/// A failure whose class is known and whose details say more than the class.
pub(super) fn with_detail(
    class: FailureClass,
    detail: &Text,
    closing: Closing,
    after_ms: u64,
) -> Failure {
    let mut failure = of_class(class, closing, after_ms);
    failure.what = Text::owned(
        format!("{}: {}", failure.what.en, detail.en),
        format!("{}：{}", failure.what.zh, detail.zh),
    );
    failure
}

/// What ended a connection, in words; `None` when the user ended it.
pub(super) fn of_ending(
    version: ProtocolVersion,
    ended: &Ended,
    closing: Closing,
    after_ms: u64,
) -> Option<Failure> {
    let class = match &ended.ending {
        Ending::Requested => return None,
        Ending::Refused(refusal) => {
            let name = refusal.code.name(PacketType::ConnAck, version);
            return Some(refused(refusal.code.0, name, None, after_ms));
        }
        Ending::LinkClosed => match (ended.stage, closing.code) {
            (LinkStage::Handshake, _) => FailureClass::ClosedBeforeConnAck,
            (LinkStage::Connected, None | Some(1006)) => FailureClass::Lost,
            (LinkStage::Connected, Some(_)) => FailureClass::ClosedByServer,
        },
        Ending::ConnAckTimeout => FailureClass::Silent,
        Ending::KeepAliveLost { .. } => FailureClass::KeepAlive,
        Ending::Malformed(error) => {
            let detail = decode_error(error);
            return Some(with_detail(
                FailureClass::Malformed,
                &detail,
                closing,
                after_ms,
            ));
        }
        Ending::ProtocolError(violation) => {
            let detail = Text::same(format!("{violation} [{}]", violation.statement()));
            return Some(with_detail(
                FailureClass::ProtocolError,
                &detail,
                closing,
                after_ms,
            ));
        }
        Ending::ServerDisconnected { reason, .. } => {
            let name = reason.code.name(PacketType::Disconnect, version);
            let detail = Text::same(match &reason.text {
                Some(text) => format!("{name} (0x{:02x}): {text}", reason.code.0),
                None => format!("{name} (0x{:02x})", reason.code.0),
            });
            return Some(with_detail(
                FailureClass::ClosedByServer,
                &detail,
                closing,
                after_ms,
            ));
        }
        Ending::BadConfig(error) => {
            let detail = session_error(error);
            return Some(with_detail(
                FailureClass::BadSettings,
                &detail,
                closing,
                after_ms,
            ));
        }
        other => {
            let detail = Text::same(format!("{other:?}"));
            return Some(with_detail(
                FailureClass::ProtocolError,
                &detail,
                closing,
                after_ms,
            ));
        }
    };
    Some(of_class(class, closing, after_ms))
}

fn decode_error(error: &DecodeError) -> Text {
    let (offset, field, kind) = (error.offset, error.field, error.kind);
    let rule = error.statement();
    Text::owned(
        format!("{field}, byte {offset}: {kind} [{rule}]"),
        format!("字段 {field}，第 {offset} 字节：{kind} [{rule}]"),
    )
}

/// What the session refuses, in words.
pub(super) fn session_error(error: &SessionError) -> Text {
    let zh = match error {
        SessionError::NotConnected => "尚未连接；QoS 0 消息不会留待以后发送".to_owned(),
        SessionError::LinkOpen => "连接尚未关闭，请先断开".to_owned(),
        SessionError::TopicName { name, source } => format!("主题名 {name:?} 不合法：{source}"),
        SessionError::TopicFilter { filter, source } => {
            format!("主题过滤器 {filter:?} 不合法：{source}")
        }
        SessionError::QueueFull { messages, bytes } => {
            format!("发送队列已满：{messages} 条消息、{bytes} 字节在等待")
        }
        SessionError::NoPacketId => "65535 个报文标识符均在使用".to_owned(),
        SessionError::PacketTooLarge { size, limit } => {
            format!("报文 {size} 字节，超过服务器上限 {limit}")
        }
        SessionError::NoFilter => "没有填写主题过滤器".to_owned(),
        other => other.to_string(),
    };
    Text::owned(error.to_string(), zh)
}

/// What is wrong with a URL, in words.
pub(super) fn link_error(error: &LinkError) -> Text {
    let zh = match error {
        LinkError::Empty => "地址为空".to_owned(),
        LinkError::MissingScheme => "缺少协议，应以 ws:// 或 wss:// 开头".to_owned(),
        LinkError::Scheme { found } => {
            format!("协议 {found:?} 不是 WebSocket；网页只能通过 ws:// 或 wss:// 连接 MQTT")
        }
        LinkError::MixedContent { host } => {
            format!("https 页面不能打开 ws://{host}，请改用 wss://")
        }
        LinkError::MissingHost => "缺少主机名".to_owned(),
        LinkError::HostCharacter { offset, found } => {
            format!("第 {offset} 字节的字符 {found:?} 不能用于主机名")
        }
        LinkError::Character { offset, found } => {
            format!("第 {offset} 字节的字符 {found:?} 不能用于地址")
        }
        LinkError::Ipv6 { offset } => format!("第 {offset} 字节处的 IPv6 地址不完整"),
        LinkError::Port { found } => format!("端口 {found:?} 不是 1 到 65535 的数字"),
        LinkError::BlockedPort { port } => format!("浏览器禁止打开端口 {port}"),
        LinkError::Fragment { offset } => format!("第 {offset} 字节处的 # 片段不允许出现"),
        other => other.to_string(),
    };
    Text::owned(error.to_string(), zh)
}

/// MQTT 3.1.1 table 3.1, with what to look at.
pub(super) fn refused(code: u8, name: &str, advice: Option<Text>, after_ms: u64) -> Failure {
    let (en, zh, next) = match code {
        1 => (
            "unacceptable protocol version",
            "协议版本不被接受",
            Text::new(
                "choose another protocol version in the connection settings",
                "在连接设置中改用其他协议版本",
            ),
        ),
        2 => (
            "client identifier rejected",
            "客户端标识（client id）被拒绝",
            Text::new(
                "check the client identifier: form, length, and whether the platform knows it",
                "检查 client id 的格式、长度，以及平台上是否存在",
            ),
        ),
        3 => (
            "server unavailable",
            "服务不可用",
            Text::new(
                "the server is up but not ready; try again later",
                "服务器暂不可用，请稍后重试",
            ),
        ),
        4 => (
            "bad user name or password",
            "用户名或密码错误",
            Text::new(
                "check user name and password; on a real platform, also the secret and the time they are computed from",
                "检查用户名和密码；真实平台还应检查参与计算的密钥和时间",
            ),
        ),
        5 => (
            "not authorized",
            "未被授权",
            Text::new(
                "the identity is known but may not connect: is the device enabled, and in this instance?",
                "身份可识别但无权连接：设备是否已启用、是否属于该实例？",
            ),
        ),
        _ => (
            name,
            name,
            Text::new(
                "look the code up in the server's log",
                "请结合该返回码查看服务器日志",
            ),
        ),
    };
    Failure {
        class: FailureClass::Refused,
        certain: true,
        what: Text::owned(
            format!("the server refused the connection: {code} {en}"),
            format!("服务器拒绝连接：{code} {zh}"),
        ),
        next: advice.unwrap_or(next),
        close_code: None,
        close_reason: String::new(),
        after_ms,
        frame: None,
    }
}

fn words(class: FailureClass) -> (bool, Text, Text) {
    match class {
        FailureClass::BadUrl => (
            true,
            Text::new("this is no WebSocket address", "这不是 WebSocket 地址"),
            Text::new(
                "write ws://host:port/path or wss://host:port/path; many brokers use the path /mqtt",
                "请填写 ws://主机:端口/路径 或 wss://主机:端口/路径；许多服务器的路径是 /mqtt",
            ),
        ),
        FailureClass::MixedContent => (
            true,
            Text::new(
                "this page was loaded over https, and from there a browser opens no ws:// address",
                "本页面通过 https 加载，浏览器不允许从中打开 ws:// 地址",
            ),
            Text::new(
                "use wss://, or open this page over http or from your own machine",
                "请改用 wss://，或通过 http 或在本机打开本页面",
            ),
        ),
        FailureClass::BadSettings => (
            true,
            Text::new(
                "these settings cannot be put into a CONNECT packet",
                "这些设置无法写入 CONNECT 报文",
            ),
            Text::new("correct the field that is named", "请修改所指出的字段"),
        ),
        FailureClass::NotOpened => (
            false,
            Text::new("the WebSocket could not be opened", "WebSocket 无法打开"),
            Text::new(
                "browsers hide the cause. Check, in this order: host and port (is anything listening?), the path (often /mqtt), for wss the certificate (open https://host:port/ in a tab), and whether the server speaks sub-protocol mqtt",
                "浏览器不透露原因。请依次检查：主机和端口（是否有服务监听）、路径（常为 /mqtt）、wss 的证书（在新标签页打开 https://主机:端口/）、服务器是否支持子协议 mqtt",
            ),
        ),
        FailureClass::SubProtocol => (
            true,
            Text::new(
                "the server opened the WebSocket without sub-protocol mqtt",
                "服务器打开了 WebSocket，但未选择子协议 mqtt",
            ),
            Text::new(
                "this is a WebSocket server, but not for MQTT: check port and path",
                "这是 WebSocket 服务器，但不是 MQTT：请检查端口和路径",
            ),
        ),
        FailureClass::Silent => (
            true,
            Text::new(
                "the WebSocket is open, CONNECT was sent, and no CONNACK came",
                "WebSocket 已打开，CONNECT 已发送，但没有收到 CONNACK",
            ),
            Text::new(
                "something answers there that is no MQTT server, or a relay whose own connection hangs: check port and path",
                "对端可能不是 MQTT 服务器，或是中转程序的上游没有响应：请检查端口和路径",
            ),
        ),
        FailureClass::ClosedBeforeConnAck => (
            true,
            Text::new(
                "the server closed the connection after CONNECT, without a CONNACK",
                "服务器在收到 CONNECT 后直接断开，没有返回 CONNACK",
            ),
            Text::new(
                "the server found CONNECT itself unacceptable: check protocol version, client identifier, user name and password being present, keep alive and will against the platform's rules",
                "服务器不接受该 CONNECT 本身：请对照平台规则检查协议版本、client id、是否带用户名和密码、保活时间和遗嘱",
            ),
        ),
        FailureClass::Refused => (
            true,
            Text::new("the server refused the connection", "服务器拒绝连接"),
            Text::new("see the return code", "请查看返回码"),
        ),
        FailureClass::Malformed => (
            true,
            Text::new(
                "the server sent bytes that are no MQTT packet",
                "服务器发来的字节不是合法的 MQTT 报文",
            ),
            Text::new(
                "select the marked row: the inspector shows every field up to the fault, its offset and the rule",
                "选中带标记的行：检视器会显示出错前的全部字段、出错位置和规则",
            ),
        ),
        FailureClass::ProtocolError => (
            true,
            Text::new(
                "the server sent a packet that is not allowed there",
                "服务器发来此处不允许的报文",
            ),
            Text::new(
                "select the last row received to see it",
                "选中最后收到的一行查看",
            ),
        ),
        FailureClass::TextMessage => (
            true,
            Text::new(
                "the server sent a text message; MQTT travels in binary messages alone",
                "服务器发来文本消息；MQTT 只能使用二进制消息",
            ),
            Text::new(
                "this is no MQTT server, or a relay in text mode (websocat wants --binary)",
                "这不是 MQTT 服务器，或中转程序处于文本模式（websocat 需要 --binary）",
            ),
        ),
        FailureClass::KeepAlive => (
            true,
            Text::new(
                "the server did not answer PINGREQ in time",
                "服务器没有及时应答 PINGREQ（保活失败）",
            ),
            Text::new(
                "the network or the server is gone; connect again",
                "网络或服务器已不可达，请重新连接",
            ),
        ),
        FailureClass::ClosedByServer => (
            true,
            Text::new("the server closed the connection", "服务器关闭了连接"),
            Text::new(
                "common causes: a second client with the same client id, a message the platform forbids, an administrator; see the last rows of the log",
                "常见原因：相同 client id 的另一客户端登录、发送了平台禁止的消息、管理员操作；请查看日志最后几行",
            ),
        ),
        FailureClass::Lost => (
            false,
            Text::new("the connection was lost", "连接中断"),
            Text::new(
                "the network changed, or the server ended without closing the WebSocket; connect again",
                "网络发生变化，或服务器未关闭 WebSocket 即退出，请重新连接",
            ),
        ),
    }
}

//! Why a connection failed, in words: for each class of the connect doctor what happened and what
//! to do next, and what the packets, the platform and the socket add to that.

use core::time::Duration;

use super::seam::{Failure, FailureStage, Relay};
use crate::mqtt::{DecodeError, PacketType, ProtocolVersion, ReasonCode};
use crate::platform::{Code, Text};
use crate::session::auth::AuthenticationError;
use crate::session::doctor::{Cause, Diagnosis};
use crate::session::{
    Ended, Ending, Feature, LinkStage, ProtocolViolation, Reason, SessionError, StopReason,
};
use crate::time::UnixMillis;
use crate::transport::{LinkError, relay};

/// How the link ended, as far as the browser tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) code: Option<u16>,
    pub(super) reason: String,
}

/// A failure of this class, with what the class alone says.
pub(super) fn of(
    diagnosis: &Diagnosis,
    closing: Closing,
    stage: FailureStage,
    after: Duration,
) -> Failure {
    let (mut what, next) = words(diagnosis.cause);
    let mut also: Vec<Text> = diagnosis.also.iter().map(|other| words(*other).0).collect();
    if !diagnosis.certain && stage == FailureStage::Opening {
        // The browser hides which of them it is, so none of them is the headline.
        also.insert(0, what);
        what = Text::new(
            "no WebSocket connection came about",
            "未能建立 WebSocket 连接",
        );
    }
    Failure {
        at: UnixMillis(0),
        cause: diagnosis.cause,
        certain: diagnosis.certain,
        what,
        next,
        also,
        findings: Vec::new(),
        relay: None,
        close_code: closing.code,
        close_reason: closing.reason,
        stage,
        after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
        frame: None,
    }
}

/// A failure before anything was tried.
pub(super) fn not_tried(cause: Cause, detail: &Text) -> Failure {
    let diagnosis = Diagnosis::certain(cause);
    let failure = of(
        &diagnosis,
        Closing::default(),
        FailureStage::NotTried,
        Duration::ZERO,
    );
    detailed(failure, detail)
}

/// The same failure with what is particular to this one.
fn detailed(mut failure: Failure, detail: &Text) -> Failure {
    failure.what = Text::owned(
        format!("{}: {}", failure.what.en, detail.en),
        format!("{}：{}", failure.what.zh, detail.zh),
    );
    failure
}

/// How far a link had come, as the page is told.
pub(super) const fn stage(stage: LinkStage) -> FailureStage {
    match stage {
        LinkStage::Handshake => FailureStage::Handshake,
        LinkStage::Connected => FailureStage::Connected,
    }
}

/// Adds what the session knows about the end. `codes` are the platform's own.
pub(super) fn with_ending(
    failure: Failure,
    ended: &Ended,
    version: ProtocolVersion,
    codes: &[Code],
) -> Failure {
    match &ended.ending {
        Ending::Refused(refusal) => {
            let code = refusal.code;
            let reference = refusal.server_reference.as_deref();
            let mut failure = refused(failure, version, code, &refusal.reason, reference);
            if let Some(known) = platform_code(codes, code, refusal.reason.code) {
                // Many platforms say it in the standard's own words, which stand there already.
                if !failure.what.en.contains(known.name.as_ref()) {
                    failure.what = Text::owned(
                        format!("{} — {}", failure.what.en, known.name),
                        format!("{} — {}", failure.what.zh, known.name),
                    );
                }
                failure.next = known.advice.clone();
            }
            failure
        }
        Ending::ServerDisconnected {
            reason,
            server_reference,
        } => {
            let name = code_name(reason.code, PacketType::Disconnect, version);
            let detail = with_reason(name, reason, server_reference.as_deref());
            detailed(failure, &detail)
        }
        Ending::Malformed(error) => detailed(failure, &decode_error(error)),
        Ending::ProtocolError(violation) => {
            let rule = violation.statement();
            let detail = Text::owned(
                format!("{violation} [{rule}]"),
                format!("{} [{rule}]", violation_in_chinese(violation)),
            );
            detailed(failure, &detail)
        }
        Ending::AuthenticationFailed(error) => detailed(failure, &authentication_error(error)),
        Ending::BadConfig(error) => detailed(failure, &session_error(error)),
        Ending::KeepAliveLost { silent_for } => {
            let secs = silent_for.as_secs();
            let detail = Text::owned(
                format!("nothing came for {secs} s"),
                format!("{secs} 秒内没有收到任何数据"),
            );
            detailed(failure, &detail)
        }
        _ => failure,
    }
}

/// The recipe for a server that is reached over TCP alone.
pub(super) fn relay(tcp: &str) -> Relay {
    Relay {
        command: relay::command(tcp),
        url: relay::url(),
    }
}

/// The platform's own entry for a code of CONNACK. Platforms number in the return codes of 3.x,
/// whose meanings 5.0 numbers anew.
fn platform_code(codes: &[Code], on_wire: ReasonCode, meaning: ReasonCode) -> Option<&Code> {
    let connack = || {
        codes
            .iter()
            .filter(|code| code.place == "CONNACK" && !code.success)
    };
    let is = |code: &&Code, number: ReasonCode| code.number == i64::from(number.0);
    connack().find(|code| is(code, on_wire)).or_else(|| {
        let same = [
            (ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, 1),
            (ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, 2),
            (ReasonCode::SERVER_UNAVAILABLE, 3),
            (ReasonCode::BAD_USER_NAME_OR_PASSWORD, 4),
            (ReasonCode::NOT_AUTHORIZED, 5),
        ];
        let (_, number) = same.into_iter().find(|(code, _)| *code == meaning)?;
        connack().find(|code| is(code, ReasonCode(number)))
    })
}

/// A code's name with its number as it is on the wire.
/// The name is the specification's in both languages; in Chinese it follows what it says.
fn code_name(code: ReasonCode, packet: PacketType, version: ProtocolVersion) -> Text {
    let name = code.name(packet, version);
    let name = match version {
        ProtocolVersion::V5_0 => format!("0x{:02X} {name}", code.0),
        _ => format!("{} {name}", code.0),
    };
    let meaning = code.chinese_name(packet, version);
    Text::owned(name.clone(), format!("{meaning}（{name}）"))
}

/// The same with what the server adds to it.
fn with_reason(name: Text, reason: &Reason, server_reference: Option<&str>) -> Text {
    let mut text = name;
    if let Some(string) = &reason.text {
        text.en = format!("{}, “{string}”", text.en).into();
        text.zh = format!("{}，“{string}”", text.zh).into();
    }
    for (name, value) in &reason.user_properties {
        text.en = format!("{}, {name}={value}", text.en).into();
        text.zh = format!("{}，{name}={value}", text.zh).into();
    }
    if let Some(reference) = server_reference {
        text.en = format!("{}; server reference {reference}", text.en).into();
        text.zh = format!("{}；建议改用服务器 {reference}", text.zh).into();
    }
    text
}

fn refused(
    mut failure: Failure,
    version: ProtocolVersion,
    code: ReasonCode,
    reason: &Reason,
    server_reference: Option<&str>,
) -> Failure {
    let name = code_name(code, PacketType::ConnAck, version);
    let detail = with_reason(name, reason, server_reference);
    failure = detailed(failure, &detail);
    if let Some(next) = after_refusal(reason.code) {
        failure.next = next;
    }
    failure
}

/// What to do about a refusal, where the code says it.
fn after_refusal(code: ReasonCode) -> Option<Text> {
    Some(match code {
        ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => Text::new(
            "choose another protocol version in the connection settings",
            "在连接设置中改用其他协议版本",
        ),
        ReasonCode::CLIENT_IDENTIFIER_NOT_VALID => Text::new(
            "check the client identifier: form, length, and whether the platform knows it",
            "检查 client id 的格式、长度，以及平台上是否存在",
        ),
        ReasonCode::SERVER_UNAVAILABLE | ReasonCode::SERVER_BUSY => Text::new(
            "the server is up but not ready; try again later",
            "服务器暂不可用，请稍后重试",
        ),
        ReasonCode::BAD_USER_NAME_OR_PASSWORD => Text::new(
            "check user name and password; on a real platform, also the secret and the time they are computed from",
            "检查用户名和密码；真实平台还应检查参与计算的密钥和时间",
        ),
        ReasonCode::NOT_AUTHORIZED => Text::new(
            "the identity is known but may not connect: is the device enabled, and in this instance?",
            "身份可识别但无权连接：设备是否已启用、是否属于该实例？",
        ),
        ReasonCode::USE_ANOTHER_SERVER | ReasonCode::SERVER_MOVED => Text::new(
            "connect to the server that it names, or ask the operator for the new address",
            "请连接其指出的服务器，或向运营方询问新地址",
        ),
        ReasonCode::BAD_AUTHENTICATION_METHOD => Text::new(
            "this server does not know the authentication method: switch SCRAM off in the MQTT 5.0 settings",
            "服务器不支持该认证方式：请在 MQTT 5.0 设置中关闭 SCRAM",
        ),
        ReasonCode::PACKET_TOO_LARGE
        | ReasonCode::RETAIN_NOT_SUPPORTED
        | ReasonCode::QOS_NOT_SUPPORTED
        | ReasonCode::TOPIC_NAME_INVALID
        | ReasonCode::PAYLOAD_FORMAT_INVALID => Text::new(
            "the will is what the server does not accept: change or remove it",
            "服务器不接受遗嘱消息：请修改或去掉遗嘱",
        ),
        _ => return None,
    })
}

/// The row of the log that says why a connection ended, or did not come about although a server was
/// there. An attempt that met none is told by the row of its socket.
pub(super) fn ended(failure: &Failure) -> Option<Text> {
    let Text { en, zh } = &failure.what;
    let how = match failure.stage {
        FailureStage::NotTried | FailureStage::Opening => return None,
        FailureStage::Handshake => Text::new("no connection", "未能连接"),
        FailureStage::Connected => Text::new("ended", "结束"),
    };
    let why = if failure.certain {
        Text::new(": ", "：")
    } else {
        Text::new(", likely: ", "，可能：")
    };
    Some(Text::owned(
        [&how.en, &why.en, en.as_ref()].concat(),
        [&how.zh, &why.zh, zh.as_ref()].concat(),
    ))
}

/// Why the console does not connect again by itself.
pub(super) fn stopped(reason: StopReason) -> Option<Text> {
    Some(match reason {
        StopReason::Requested => return None,
        StopReason::Refused(_) => Text::new(
            "not connecting again by itself: the server would refuse the same again",
            "不再自动重连：服务器会以同样的原因拒绝",
        ),
        StopReason::TakenOver => Text::new(
            "not connecting again by itself: it would push the other client with this client identifier out, and be pushed out again",
            "不再自动重连：否则会与使用相同 client id 的另一客户端互相挤下线",
        ),
        StopReason::Flapping => Text::new(
            "not connecting again by itself: four short connections in a row were closed before any message came over them, probably by a second client with this client identifier",
            "不再自动重连：连续四次短暂连接在没有任何消息往来之前就被关闭，可能有相同 client id 的另一客户端",
        ),
        StopReason::ClosedUponConnect => Text::new(
            "not connecting again by itself: the server closed three times in a row upon a CONNECT that it does not accept",
            "不再自动重连：该 CONNECT 不被接受，服务器连续三次在收到后断开",
        ),
        StopReason::ServerFault => Text::new(
            "not connecting again by itself: the server sends what MQTT does not allow",
            "不再自动重连：服务器发来 MQTT 不允许的数据",
        ),
        StopReason::BadConfig => Text::new(
            "not connecting again by itself: the settings must be changed first",
            "不再自动重连：需要先修改设置",
        ),
        StopReason::AuthenticationFailed => Text::new(
            "not connecting again by itself: the authentication would fail again",
            "不再自动重连：认证会再次失败",
        ),
    })
}

fn decode_error(error: &DecodeError) -> Text {
    let (offset, field, kind) = (error.offset, error.field, error.kind);
    let rule = error.statement();
    Text::owned(
        format!("{field}, byte {offset}: {kind} [{rule}]"),
        format!(
            "字段 {field}，第 {offset} 字节：{} [{rule}]",
            kind.chinese()
        ),
    )
}

fn violation_in_chinese(violation: &ProtocolViolation) -> String {
    match violation {
        ProtocolViolation::BeforeConnAck(packet) => {
            format!("在 CONNACK 之前收到 {}", packet.name())
        }
        ProtocolViolation::Unexpected(packet) => {
            format!("服务器不应在此处发送 {}", packet.name())
        }
        ProtocolViolation::SessionPresentAfterCleanStart => {
            "请求了清除会话，服务器却表示会话存在".to_owned()
        }
        ProtocolViolation::UnknownSession => "服务器保留的会话在本客户端不存在".to_owned(),
        ProtocolViolation::WrongAcknowledgement { packet, packet_id } => {
            format!("{} 的报文标识符 {packet_id} 处于另一流程", packet.name())
        }
        ProtocolViolation::CodeCount {
            packet,
            found,
            expected,
        } => format!("{} 携带 {found} 个代码，应为 {expected} 个", packet.name()),
        ProtocolViolation::ReceiveMaximumExceeded { maximum } => {
            format!("未确认的消息超过 {maximum} 条")
        }
        ProtocolViolation::TopicAliasTooLarge { alias, maximum } => {
            format!("主题别名 {alias} 超过上限 {maximum}")
        }
        ProtocolViolation::TopicAliasUnknown { alias } => {
            format!("主题别名 {alias} 从未定义")
        }
        ProtocolViolation::UnwantedProblemInformation(packet) => {
            format!("CONNECT 没有请求问题信息，{} 却携带了它", packet.name())
        }
        ProtocolViolation::UnexpectedAuthentication => "认证方法不是所请求的方法".to_owned(),
    }
}

fn authentication_error(error: &AuthenticationError) -> Text {
    let zh = match error {
        AuthenticationError::OutOfTurn => "服务器的认证步骤顺序有误".to_owned(),
        AuthenticationError::Attribute(name) => {
            format!("服务器认证消息缺少属性 {name:?} 或无法读取")
        }
        AuthenticationError::Nonce => "服务器的 nonce 不是客户端 nonce 的延续".to_owned(),
        AuthenticationError::Iterations { found } => format!("迭代次数 {found} 超出允许范围"),
        AuthenticationError::ServerSignature => "服务器未能证明它知道密码".to_owned(),
        AuthenticationError::Extension => "服务器要求不支持的扩展".to_owned(),
        AuthenticationError::ServerError => "服务器报告认证出错".to_owned(),
    };
    Text::owned(error.to_string(), zh)
}

/// What the session refuses, in words.
pub(super) fn session_error(error: &SessionError) -> Text {
    let zh = match error {
        SessionError::NotConnected => "尚未连接；QoS 0 消息不会留待以后发送".to_owned(),
        SessionError::LinkOpen => "连接尚未关闭，请先断开".to_owned(),
        SessionError::TopicName { name, source } => {
            format!("主题名 {name:?} 不合法：{}", source.chinese())
        }
        SessionError::TopicFilter { filter, source } => {
            format!("主题过滤器 {filter:?} 不合法：{}", source.chinese())
        }
        SessionError::QueueFull { messages, bytes } => {
            format!("发送队列已满：{messages} 条消息、{bytes} 字节在等待")
        }
        SessionError::NoPacketId => "65535 个报文标识符均在使用".to_owned(),
        SessionError::PacketTooLarge { size, limit } => {
            format!("报文 {size} 字节，超过服务器上限 {limit}")
        }
        SessionError::LinkFull { bytes } => {
            format!("网络尚未发出 {bytes} 字节；QoS 0 消息不会留待以后发送")
        }
        SessionError::SessionExpiryRaised => {
            "CONNECT 中会话过期时间为 0，DISCONNECT 不能再改大".to_owned()
        }
        SessionError::NoFilter => "没有填写主题过滤器".to_owned(),
        SessionError::Encode(error) => error.chinese(),
        SessionError::QoSNotSupported { asked, maximum } => format!(
            "QoS {} 超过服务器支持的最大 QoS {}",
            asked.bits(),
            maximum.bits()
        ),
        SessionError::NotSupported(feature) => {
            format!("服务器不支持{}", feature_name(*feature))
        }
        SessionError::NotInVersion(feature) => {
            format!("该协议版本没有{}", feature_name(*feature))
        }
    };
    Text::owned(error.to_string(), zh)
}

const fn feature_name(feature: Feature) -> &'static str {
    match feature {
        Feature::Retain => "保留消息",
        Feature::WildcardSubscription => "通配符订阅",
        Feature::SharedSubscription => "共享订阅",
        Feature::SubscriptionIdentifier => "订阅标识符",
        Feature::EnhancedAuthentication => "增强认证",
    }
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

/// The table: for each class what happened, and what to do next.
fn words(cause: Cause) -> (Text, Text) {
    match cause {
        Cause::BadUrl => (
            Text::new("this is no WebSocket address", "这不是 WebSocket 地址"),
            Text::new(
                "write ws://host:port/path or wss://host:port/path; many brokers use the path /mqtt",
                "请填写 ws://主机:端口/路径 或 wss://主机:端口/路径；许多服务器的路径是 /mqtt",
            ),
        ),
        Cause::MixedContent => (
            Text::new(
                "this page was loaded over https, and from there a browser opens no ws:// address",
                "本页面通过 https 加载，浏览器不允许从中打开 ws:// 地址",
            ),
            Text::new(
                "use wss://, or open this page over http or from your own machine",
                "请改用 wss://，或通过 http 或在本机打开本页面",
            ),
        ),
        Cause::Settings => (
            Text::new(
                "these settings cannot be put into a CONNECT packet",
                "这些设置无法写入 CONNECT 报文",
            ),
            Text::new("correct the field that is named", "请修改所指出的字段"),
        ),
        Cause::TcpPort => (
            Text::new(
                "this is the port of MQTT over TCP, which a browser cannot speak",
                "该端口用于 TCP 上的 MQTT，浏览器无法直接使用",
            ),
            Text::new(
                "use the broker's WebSocket port (often 8083, 9001 or 443), or put a relay in front",
                "请使用服务器的 WebSocket 端口（常为 8083、9001 或 443），或在前面加中转",
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
        Cause::Unreachable => (
            Text::new(
                "no answer at all: a firewall, a host that is down, or no network",
                "完全没有响应：防火墙、主机未开机或没有网络",
            ),
            Text::new(
                "check the network and whether a firewall lets this port through",
                "请检查网络，以及防火墙是否放行该端口",
            ),
        ),
        Cause::Offline => (
            Text::new("this browser has no network", "浏览器当前没有网络"),
            Text::new("check the network of this machine", "请检查本机的网络连接"),
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
                "this may be a WebSocket server that is not for MQTT: check port and path; a relay must choose sub-protocol mqtt",
                "这可能是 WebSocket 服务器但不是 MQTT：请检查端口和路径；中转程序必须选择子协议 mqtt",
            ),
        ),
        Cause::Silent => (
            Text::new(
                "the WebSocket is open, CONNECT was sent, and no CONNACK came",
                "WebSocket 已打开，CONNECT 已发送，但没有收到 CONNACK",
            ),
            Text::new(
                "something answers there that is no MQTT server, or a relay whose own connection hangs: check port and path",
                "对端可能不是 MQTT 服务器，或是中转程序的上游没有响应：请检查端口和路径",
            ),
        ),
        Cause::Refused(_) => (
            Text::new("the server refused the connection", "服务器拒绝连接"),
            Text::new(
                "look the code up in the server's log",
                "请结合该返回码查看服务器日志",
            ),
        ),
        Cause::ClosedUponConnect => (
            Text::new(
                "the server closed the connection after CONNECT, without a CONNACK",
                "服务器在收到 CONNECT 后直接断开，没有返回 CONNACK",
            ),
            Text::new(
                "the server found CONNECT itself unacceptable: check protocol version, client identifier, user name and password being present, keep alive and will against the platform's rules",
                "服务器不接受该 CONNECT 本身：请对照平台规则检查协议版本、client id、是否带用户名和密码、保活时间和遗嘱",
            ),
        ),
        Cause::BehindRelay => (
            Text::new(
                "the broker is down behind what answers the WebSocket: a relay or a proxy, which closed upon CONNECT",
                "应答 WebSocket 的若是中转或代理，则其后的服务器不可用，因此在收到 CONNECT 后断开",
            ),
            Text::new(
                "check that the broker runs and that the relay reaches it: host and port in the relay's command",
                "请检查服务器是否在运行，以及中转能否连到它：核对中转命令中的主机和端口",
            ),
        ),
        Cause::Authentication => (
            Text::new("the authentication exchange failed", "增强认证失败"),
            Text::new(
                "check the password; a server that cannot prove that it knows it is not the one you mean",
                "请检查密码；不能证明知道密码的服务器并不是目标服务器",
            ),
        ),
        Cause::TakenOver => (
            Text::new(
                "another client connected with the same client identifier and took the session over",
                "另一客户端使用相同的 client id 登录，会话被接管",
            ),
            Text::new(
                "find the other client: a second tab, another engineer, or the device itself; or use another client identifier",
                "请找到另一客户端：其他标签页、其他人或真实设备；或换用其他 client id",
            ),
        ),
        Cause::SessionHeld => (
            Text::new(
                "another tab, or another device of this page, uses the stored session of this client identifier at this server",
                "另一个标签页或本页的另一台设备正在使用该 client id 在此服务器上的已存储会话",
            ),
            Text::new(
                "go on there, use another client identifier, or take the session over: the other is disconnected then",
                "请在那里继续、换用其他 client id，或在此接管会话：对方随即断开",
            ),
        ),
        Cause::SessionMoved => (
            Text::new(
                "another tab, or another device of this page, took this session over",
                "另一个标签页或本页的另一台设备接管了此会话",
            ),
            Text::new(
                "go on there, or take it back here",
                "请在那里继续，或在此重新接管",
            ),
        ),
        Cause::KeepAliveLost => (
            Text::new(
                "the server did not answer PINGREQ in time",
                "服务器没有及时应答 PINGREQ（保活失败）",
            ),
            Text::new(
                "the network or the server is gone; connect again",
                "网络或服务器已不可达，请重新连接",
            ),
        ),
        Cause::Disconnected(_) => (
            Text::new(
                "the server ended the connection with DISCONNECT",
                "服务器发送 DISCONNECT 断开连接",
            ),
            Text::new(
                "the reason code says why; see the last rows of the log",
                "原因见原因码；请查看日志最后几行",
            ),
        ),
        Cause::ClosedByServer => (
            Text::new("the server closed the connection", "服务器关闭了连接"),
            Text::new(
                "common causes: a message the platform forbids, a server that restarts, an administrator; see the last rows of the log",
                "常见原因：发送了平台禁止的消息、服务器重启、管理员操作；请查看日志最后几行",
            ),
        ),
        Cause::Malformed => (
            Text::new(
                "the server sent bytes that are no MQTT packet",
                "服务器发来的字节不是合法的 MQTT 报文",
            ),
            Text::new(
                "select the marked row: the inspector shows every field up to the fault, its offset and the rule",
                "选中带标记的行：检视器会显示出错前的全部字段、出错位置和规则",
            ),
        ),
        Cause::ProtocolError => (
            Text::new(
                "the server sent a packet that is not allowed there",
                "服务器发来此处不允许的报文",
            ),
            Text::new(
                "select the last row received to see it",
                "选中最后收到的一行查看",
            ),
        ),
        Cause::TextMessage => (
            Text::new(
                "the server sent a text message; MQTT travels in binary messages alone",
                "服务器发来文本消息；MQTT 只能使用二进制消息",
            ),
            Text::new(
                "this is no MQTT server, or a relay in text mode",
                "这不是 MQTT 服务器，或中转程序处于文本模式",
            ),
        ),
        Cause::Lost => (
            Text::new("the connection was lost", "连接中断"),
            Text::new(
                "the network changed, or the server ended without closing the WebSocket",
                "网络发生变化，或服务器未关闭 WebSocket 即退出",
            ),
        ),
    }
}

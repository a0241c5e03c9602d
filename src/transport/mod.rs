//! What a link is: an ordered pipe for bytes with a WebSocket's manners. It opens with a
//! sub-protocol, delivers messages whose borders mean nothing to MQTT, and closes with a code.
//!
//! The pure part lives here: what a link reports ([`LinkEvent`]), what is wrong with a URL before
//! any socket is tried ([`check_url`]), and what a close code means ([`close_code_meaning`]).
//!
//! MQTT 5.0 §6 and MQTT 3.1.1 §6; URL rules after the WHATWG URL, WebSockets and Fetch standards.

pub mod in_page;
pub mod relay;
#[cfg(target_arch = "wasm32")]
pub mod web_socket;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::platform::Text;

/// The sub-protocol of MQTT over WebSocket [MQTT-6.0.0-3].
pub const SUB_PROTOCOL: &str = "mqtt";

/// Something that happened to a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkEvent {
    /// The link is open.
    Opened {
        /// The sub-protocol that the server chose; empty when it chose none.
        protocol: String,
    },
    /// A binary message. Its borders are no packet borders [MQTT-6.0.0-2].
    Message(Bytes),
    /// A text message, which MQTT forbids [MQTT-6.0.0-1].
    Text(String),
    /// The link is closed; nothing follows.
    Closed {
        /// Close code: 1000 to 4999, or 1005 and 1006, which never travel and mean "none given"
        /// and "broken off".
        code: u16,
        /// Close reason as received; usually empty.
        reason: String,
        /// Whether the closing handshake was completed.
        clean: bool,
    },
}

/// Why a URL cannot be opened from this page. Offsets count bytes of the trimmed URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LinkError {
    /// Nothing was typed.
    #[error("the URL is empty")]
    Empty,
    /// There is no `scheme://` in front.
    #[error("the URL has no scheme; it begins with ws:// or wss://")]
    MissingScheme,
    /// The scheme is not one of WebSocket.
    #[error("scheme {found:?} is no WebSocket scheme; a page reaches MQTT by ws:// or wss:// only")]
    Scheme {
        /// The scheme as typed.
        found: String,
    },
    /// `ws:` from a page loaded over https: the browser refuses it as mixed content.
    #[error("a page loaded over https may not open ws:// to {host}; use wss://")]
    MixedContent {
        /// The host.
        host: String,
    },
    /// There is no host between `//` and the path.
    #[error("the URL names no host")]
    MissingHost,
    /// A character that cannot be part of a host.
    #[error("character {found:?} at byte {offset} cannot be part of a host")]
    HostCharacter {
        /// Where.
        offset: usize,
        /// Which.
        found: char,
    },
    /// A space or control character, which browsers change silently.
    #[error("character {found:?} at byte {offset} cannot be part of a URL")]
    Character {
        /// Where.
        offset: usize,
        /// Which.
        found: char,
    },
    /// An IPv6 address without its closing bracket, or not an address.
    #[error("the IPv6 address at byte {offset} is not complete")]
    Ipv6 {
        /// Where the bracket opens.
        offset: usize,
    },
    /// The port is not a number from 1 to 65535.
    #[error("port {found:?} is not a number from 1 to 65535")]
    Port {
        /// As typed.
        found: String,
    },
    /// Browsers refuse this port for every protocol (Fetch standard, "port blocking").
    #[error("browsers never open port {port}; it belongs to another protocol")]
    BlockedPort {
        /// The port.
        port: u16,
    },
    /// A `#fragment`, which `new WebSocket` refuses.
    #[error("the URL has a fragment at byte {offset}; a WebSocket URL must not")]
    Fragment {
        /// Where `#` is.
        offset: usize,
    },
    /// The browser refused to make a socket for it, in its own words.
    #[error("the browser refuses to open it: {reason}")]
    Rejected {
        /// The browser's words.
        reason: String,
    },
}

/// A URL that a browser will try to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The URL, without white space around it.
    pub url: String,
    /// Whether it is `wss`.
    pub secure: bool,
    /// Host, without brackets and in lower case.
    pub host: String,
    /// Port, the scheme's own if none was typed.
    pub port: u16,
    /// Path with query; `/` if none was typed.
    pub path: String,
}

impl Endpoint {
    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Checks what can be known about `url` before a socket is tried.
///
/// # Errors
/// [`LinkError`] names the first rule that the URL breaks. What remains after this check can
/// still fail to open, for reasons that a browser hides.
pub fn check_url(url: &str, page_is_https: bool) -> Result<Endpoint, LinkError> {
    let url = url.trim();
    if url.is_empty() {
        return Err(LinkError::Empty);
    }
    if let Some((offset, found)) = url
        .char_indices()
        .find(|(_, c)| c.is_whitespace() || c.is_control())
    {
        return Err(LinkError::Character { offset, found });
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(LinkError::MissingScheme);
    };
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "ws" => false,
        "wss" => true,
        _ if is_scheme(scheme) => {
            return Err(LinkError::Scheme {
                found: scheme.to_owned(),
            });
        }
        _ => return Err(LinkError::MissingScheme),
    };
    if let Some(offset) = url.find('#') {
        return Err(LinkError::Fragment { offset });
    }
    let authority_start = scheme.len() + "://".len();
    let authority_len = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(authority_len).unwrap_or((rest, ""));
    // Everything up to the last `@` is a user name and password for HTTP, which the browser
    // may send and which has nothing to do with MQTT's.
    let (user_info_len, host_and_port) = authority
        .rsplit_once('@')
        .map_or((0, authority), |(user, host)| (user.len() + 1, host));
    let host_start = authority_start + user_info_len;
    let (host, port) = split_port(host_and_port, host_start)?;
    if host.is_empty() {
        return Err(LinkError::MissingHost);
    }
    let port = match port {
        None | Some("") => {
            if secure {
                443
            } else {
                80
            }
        }
        Some(text) => {
            let is_number = text.bytes().all(|b| b.is_ascii_digit());
            match text.parse::<u16>() {
                Ok(port) if is_number && port != 0 => port,
                _ => {
                    return Err(LinkError::Port {
                        found: text.to_owned(),
                    });
                }
            }
        }
    };
    if BLOCKED_PORTS.binary_search(&port).is_ok() {
        return Err(LinkError::BlockedPort { port });
    }
    let host = host.to_ascii_lowercase();
    if page_is_https && !secure && !is_loopback(&host) {
        return Err(LinkError::MixedContent { host });
    }
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    Ok(Endpoint {
        url: url.to_owned(),
        secure,
        host,
        port,
        path,
    })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// Host (brackets removed) and port as typed. `start` is the offset of `text` in the URL.
fn split_port(text: &str, start: usize) -> Result<(&str, Option<&str>), LinkError> {
    if let Some(inner) = text.strip_prefix('[') {
        let incomplete = LinkError::Ipv6 { offset: start };
        let Some((address, after)) = inner.split_once(']') else {
            return Err(incomplete);
        };
        if address.parse::<core::net::Ipv6Addr>().is_err() {
            return Err(incomplete);
        }
        return match after.strip_prefix(':') {
            Some(port) => Ok((address, Some(port))),
            None if after.is_empty() => Ok((address, None)),
            None => Err(LinkError::Port {
                found: after.to_owned(),
            }),
        };
    }
    let (host, port) = text
        .split_once(':')
        .map_or((text, None), |(h, p)| (h, Some(p)));
    // The URL standard's forbidden host code points; white space is refused before.
    match host
        .char_indices()
        .find(|(_, c)| "<>[]^|%\"`{}@".contains(*c))
    {
        Some((offset, found)) => Err(LinkError::HostCharacter {
            offset: start + offset,
            found,
        }),
        None => Ok((host, port)),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .parse::<core::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Fetch standard, "bad port", sorted.
const BLOCKED_PORTS: [u16; 83] = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
    103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465,
    512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
    995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
    6669, 6679, 6697, 10080, 65535,
];

/// What a WebSocket close code means (RFC 6455 §7.4.1 and IANA's registry), lower case, without
/// a full stop.
pub const fn close_code_meaning(code: u16) -> Text {
    let (en, zh) = match code {
        1000 => ("normal closure", "正常关闭"),
        1001 => ("the server or page is going away", "服务器或页面正在离开"),
        1002 => ("WebSocket protocol error", "WebSocket 协议错误"),
        1003 => (
            "a kind of message that the other side does not accept",
            "对方不接受该类型的消息",
        ),
        1005 => ("no close code was given", "没有给出关闭代码"),
        1006 => (
            "broken off without a closing handshake",
            "未经关闭握手即断开",
        ),
        1007 => (
            "a message that does not fit its type",
            "消息内容与其类型不符",
        ),
        1008 => ("the other side's policy was violated", "违反对方的策略"),
        1009 => ("a message too big to process", "消息过大，无法处理"),
        1010 => (
            "an expected extension was not negotiated",
            "未能协商所需的扩展",
        ),
        1011 => (
            "an unexpected condition at the server",
            "服务器出现意外情况",
        ),
        1012 => ("the service restarts", "服务正在重启"),
        1013 => ("try again later", "请稍后重试"),
        1014 => ("a bad gateway behind the server", "服务器后面的网关出错"),
        1015 => ("the TLS handshake failed", "TLS 握手失败"),
        3000..=3999 => (
            "a code registered for a library or framework",
            "为某个库或框架登记的代码",
        ),
        4000..=4999 => ("a private code of the server", "服务器自定义的代码"),
        _ => ("an unassigned code", "未分配的代码"),
    };
    Text::new(en, zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_ports_are_sorted_for_the_search() {
        assert!(BLOCKED_PORTS.is_sorted());
    }

    #[test]
    fn a_url_is_taken_apart() {
        let cases = [
            ("ws://broker.example", false, "broker.example", 80, "/"),
            (
                "wss://broker.example/mqtt",
                true,
                "broker.example",
                443,
                "/mqtt",
            ),
            (
                " WSS://Broker.Example:8084/mqtt?a=1 ",
                true,
                "broker.example",
                8084,
                "/mqtt?a=1",
            ),
            ("ws://[::1]:9001/", false, "::1", 9001, "/"),
            ("ws://user:secret@host:8083?x", false, "host", 8083, "/?x"),
            (
                "ws://物联网.example:9001",
                false,
                "物联网.example",
                9001,
                "/",
            ),
        ];
        for (url, secure, host, port, path) in cases {
            let endpoint = check_url(url, false).expect(url);
            let found = (
                endpoint.secure,
                endpoint.host.as_str(),
                endpoint.port,
                endpoint.path.as_str(),
            );
            assert_eq!(found, (secure, host, port, path), "{url}");
        }
    }

    #[test]
    fn every_fault_of_a_url_is_named_with_its_place() {
        let cases = [
            ("  ", LinkError::Empty),
            ("broker.example:1883", LinkError::MissingScheme),
            ("://broker", LinkError::MissingScheme),
            (
                "mqtt://broker",
                LinkError::Scheme {
                    found: "mqtt".into(),
                },
            ),
            (
                "https://broker",
                LinkError::Scheme {
                    found: "https".into(),
                },
            ),
            ("ws://", LinkError::MissingHost),
            ("ws:///mqtt", LinkError::MissingHost),
            ("ws://:8083", LinkError::MissingHost),
            (
                "ws://host:port",
                LinkError::Port {
                    found: "port".into(),
                },
            ),
            (
                "ws://host:+80",
                LinkError::Port {
                    found: "+80".into(),
                },
            ),
            ("ws://host:0", LinkError::Port { found: "0".into() }),
            (
                "ws://host:65536",
                LinkError::Port {
                    found: "65536".into(),
                },
            ),
            ("ws://host:6000", LinkError::BlockedPort { port: 6000 }),
            ("ws://host/#top", LinkError::Fragment { offset: 10 }),
            (
                "ws://ho st/",
                LinkError::Character {
                    offset: 7,
                    found: ' ',
                },
            ),
            (
                "ws://ho^st/",
                LinkError::HostCharacter {
                    offset: 7,
                    found: '^',
                },
            ),
            ("ws://[::1/", LinkError::Ipv6 { offset: 5 }),
            ("ws://[zz]/", LinkError::Ipv6 { offset: 5 }),
        ];
        for (url, error) in cases {
            assert_eq!(check_url(url, false), Err(error), "{url}");
        }
    }

    #[test]
    fn an_https_page_reaches_only_loopback_without_tls() {
        for host in [
            "localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "device.localhost",
        ] {
            assert!(
                check_url(&format!("ws://{host}:9001/"), true).is_ok(),
                "{host}"
            );
        }
        assert_eq!(
            check_url("ws://broker.example:9001/", true),
            Err(LinkError::MixedContent {
                host: "broker.example".into()
            })
        );
        assert!(check_url("wss://broker.example:9001/", true).is_ok());
    }
}

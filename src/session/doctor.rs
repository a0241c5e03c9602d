//! The connect doctor: from what can be seen of a failed attempt to the class of its cause.
//!
//! A browser tells a page next to nothing about why a WebSocket did not open: address, port,
//! certificate, proxy, path and sub-protocol all end as close code 1006. So a diagnosis says
//! whether it is certain, and when it is not, which other causes fit the same facts, the likeliest
//! first. The words for people are the engine's.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::{Ended, Ending, LinkStage};
use super::reconnect::StopReason;
use crate::mqtt::ReasonCode;

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// Whether the URL is `wss`.
    pub secure: bool,
    /// Whether the host is this machine.
    pub loopback: bool,
    /// Port.
    pub port: u16,
    /// Path with query.
    pub path: &'a str,
}

/// What could be seen of an attempt, from its start to its end.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What was tried.
    pub target: Target<'a>,
    /// Whether the page was loaded over https.
    pub page_is_https: bool,
    /// Whether the browser believes that it has a network.
    pub online: bool,
    /// The sub-protocol that the server chose, once the link was open.
    pub sub_protocol: Option<&'a str>,
    /// From the start to the end.
    pub after: Duration,
    /// WebSocket close code, if the socket was closed.
    pub close_code: Option<u16>,
    /// How the session ended with the link; `None` if the link was never open.
    pub ended: Option<&'a Ended>,
    /// What the reconnect policy made of the attempts before.
    pub stopped: Option<StopReason>,
    /// What is known of the CONNECT that was sent.
    pub connect: Known,
    /// Whether a relay is what probably answers there: it is on this machine, and the platform
    /// offers MQTT over TCP alone.
    pub relay: bool,
}

/// What is known of a CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing speaks for or against it.
    Nothing,
    /// The same was accepted there before.
    Accepted,
    /// It breaks a rule of the platform.
    BreaksRule,
}

impl Facts<'_> {
    /// Whether no server of this platform accepts this CONNECT: it breaks a rule, or the server
    /// closed with a code that says so.
    pub fn connect_to_blame(&self) -> bool {
        self.connect == Known::BreaksRule || self.close_code.is_some_and(blames_message)
    }
}

/// Whether a close code says that what was received is unacceptable (RFC 6455 §7.4.1): data of that
/// kind, inconsistent data, a violated policy, or a message that is too big.
const fn blames_message(close_code: u16) -> bool {
    matches!(close_code, 1003 | 1007..=1009)
}

/// A class of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Cause {
    /// The URL is not a `ws://` or `wss://` URL that a browser opens.
    BadUrl,
    /// `ws://` from a page loaded over https.
    MixedContent,
    /// The settings cannot be put into CONNECT.
    Settings,
    /// The browser has no network.
    Offline,
    /// The port is the one that brokers use for MQTT over TCP, where no WebSocket server is.
    TcpPort,
    /// The port is the usual one of the other scheme: `ws` to a TLS port, or `wss` to a plain one.
    WrongScheme,
    /// Nobody listens there, or the host does not exist.
    NothingThere,
    /// No answer came at all: a firewall, or a host that is down.
    Unreachable,
    /// The certificate is not trusted, expired, or for another name.
    Certificate,
    /// Something answers there, but not as a WebSocket server at this path.
    NotWebSocket,
    /// The server does not speak the sub-protocol `mqtt`.
    SubProtocol,
    /// The link opened and CONNECT was not answered.
    Silent,
    /// CONNACK refused, with this code of 5.0.
    Refused(ReasonCode),
    /// The server closed the link upon CONNECT, without a CONNACK: it breaks a rule of this
    /// platform.
    ClosedUponConnect,
    /// What answers there is a relay or a proxy, which closed upon CONNECT because the server behind
    /// it is away.
    BehindRelay,
    /// The authentication exchange failed.
    Authentication,
    /// Another client connected with the same client identifier.
    TakenOver,
    /// Another device or tab of this console has the session.
    SessionHeld,
    /// Another device or tab of this console took the session of this connection.
    SessionMoved,
    /// The connection was there and nothing came back any more.
    KeepAliveLost,
    /// The server ended the connection with DISCONNECT, for this reason.
    Disconnected(ReasonCode),
    /// The server closed the socket.
    ClosedByServer,
    /// What the server sent is no control packet.
    Malformed,
    /// The server sent a control packet that is not allowed there.
    ProtocolError,
    /// The server sent a text message, which MQTT forbids.
    TextMessage,
    /// The connection was there and broke off.
    Lost,
}

impl Cause {
    /// The name of the class, without the code in it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadUrl => "BadUrl",
            Self::MixedContent => "MixedContent",
            Self::Settings => "Settings",
            Self::Offline => "Offline",
            Self::TcpPort => "TcpPort",
            Self::WrongScheme => "WrongScheme",
            Self::NothingThere => "NothingThere",
            Self::Unreachable => "Unreachable",
            Self::Certificate => "Certificate",
            Self::NotWebSocket => "NotWebSocket",
            Self::SubProtocol => "SubProtocol",
            Self::Silent => "Silent",
            Self::Refused(_) => "Refused",
            Self::ClosedUponConnect => "ClosedUponConnect",
            Self::BehindRelay => "BehindRelay",
            Self::Authentication => "Authentication",
            Self::TakenOver => "TakenOver",
            Self::SessionHeld => "SessionHeld",
            Self::SessionMoved => "SessionMoved",
            Self::KeepAliveLost => "KeepAliveLost",
            Self::Disconnected(_) => "Disconnected",
            Self::ClosedByServer => "ClosedByServer",
            Self::Malformed => "Malformed",
            Self::ProtocolError => "ProtocolError",
            Self::TextMessage => "TextMessage",
            Self::Lost => "Lost",
        }
    }
}

/// The outcome: one cause that is certain, or several that fit, the likeliest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The cause, or the likeliest.
    pub cause: Cause,
    /// Whether nothing else fits the facts.
    pub certain: bool,
    /// What else fits, likeliest first.
    pub also: Vec<Cause>,
}

impl Diagnosis {
    /// Nothing else fits the facts.
    pub const fn certain(cause: Cause) -> Self {
        Self {
            cause,
            certain: true,
            also: Vec::new(),
        }
    }

    fn likely(cause: Cause, also: impl IntoIterator<Item = Cause>) -> Self {
        let also = also.into_iter().filter(|other| *other != cause).collect();
        Self {
            cause,
            certain: false,
            also,
        }
    }
}

/// No refusal and no certificate check takes so long: nobody answered.
const NO_ANSWER: Duration = Duration::from_secs(4);
/// Taken over so soon after connecting, twice and more, is no accident.
const SOON: Duration = Duration::from_secs(30);

/// Ports of MQTT over TCP, plain and with TLS.
const TCP_PORTS: [u16; 2] = [1883, 8883];
/// Ports where the other scheme is usual.
const TLS_PORTS: [u16; 4] = [443, 8084, 8443, 8884];
const PLAIN_PORTS: [u16; 4] = [80, 8000, 8080, 8083];

/// Places a failed attempt in a class; `None` when the user ended it.
pub fn diagnose(facts: &Facts<'_>) -> Option<Diagnosis> {
    let Some(ended) = facts.ended else {
        return Some(not_opened(facts));
    };
    Some(match &ended.ending {
        Ending::Requested => return None,
        Ending::BadConfig(_) => Diagnosis::certain(Cause::Settings),
        Ending::AuthenticationFailed(_) => Diagnosis::certain(Cause::Authentication),
        Ending::Refused(refusal) => Diagnosis::certain(Cause::Refused(refusal.reason.code)),
        Ending::ConnAckTimeout => silent(facts),
        Ending::KeepAliveLost { .. } => Diagnosis::certain(Cause::KeepAliveLost),
        Ending::Malformed(_) => Diagnosis::certain(Cause::Malformed),
        Ending::ProtocolError(_) => Diagnosis::certain(Cause::ProtocolError),
        Ending::ServerDisconnected { reason, .. } => match reason.code {
            ReasonCode::SESSION_TAKEN_OVER => Diagnosis::certain(Cause::TakenOver),
            code => Diagnosis::certain(Cause::Disconnected(code)),
        },
        Ending::LinkClosed => link_closed(facts, ended),
    })
}

/// The socket never opened.
fn not_opened(facts: &Facts<'_>) -> Diagnosis {
    let target = &facts.target;
    if facts.page_is_https && !target.secure && !target.loopback {
        return Diagnosis::certain(Cause::MixedContent);
    }
    if !facts.online && !target.loopback {
        return Diagnosis::likely(Cause::Offline, [Cause::Unreachable]);
    }
    if TCP_PORTS.contains(&target.port) {
        return Diagnosis::likely(Cause::TcpPort, [Cause::NothingThere]);
    }
    if facts.after >= NO_ANSWER {
        return Diagnosis::likely(Cause::Unreachable, [Cause::NothingThere]);
    }
    let other_scheme = if target.secure {
        PLAIN_PORTS.as_slice()
    } else {
        TLS_PORTS.as_slice()
    };
    let mut fitting = Vec::new();
    if other_scheme.contains(&target.port) {
        fitting.push(Cause::WrongScheme);
    }
    // A server on this machine seldom has a certificate that the browser trusts, and one on the
    // internet that does not listen is rarer than one whose certificate or path is wrong.
    if target.secure {
        fitting.push(Cause::Certificate);
    }
    // Most brokers serve WebSocket at one path only, and `/` is the one people forget to change.
    if matches!(target.path, "" | "/") && !target.loopback {
        fitting.extend([Cause::NotWebSocket, Cause::NothingThere]);
    } else {
        fitting.extend([Cause::NothingThere, Cause::NotWebSocket]);
    }
    fitting.push(Cause::SubProtocol);
    let mut causes = fitting.into_iter();
    let first = causes.next().unwrap_or(Cause::NothingThere);
    Diagnosis::likely(first, causes)
}

fn silent(facts: &Facts<'_>) -> Diagnosis {
    match facts.sub_protocol {
        Some("mqtt" | "mqttv3.1") => Diagnosis::certain(Cause::Silent),
        // A WebSocket server of another kind may well say nothing.
        _ => Diagnosis::likely(Cause::SubProtocol, [Cause::Silent]),
    }
}

fn link_closed(facts: &Facts<'_>, ended: &Ended) -> Diagnosis {
    match ended.stage {
        LinkStage::Handshake => match facts.sub_protocol {
            Some("mqtt" | "mqttv3.1") => closed_upon_connect(facts),
            _ => Diagnosis::likely(Cause::SubProtocol, [Cause::ClosedUponConnect]),
        },
        LinkStage::Connected => connection_closed(facts, ended),
    }
}

/// The link was closed between CONNECT and CONNACK.
fn closed_upon_connect(facts: &Facts<'_>) -> Diagnosis {
    let closed = Cause::ClosedUponConnect;
    if facts.close_code.is_some_and(blames_message) {
        return Diagnosis::certain(closed);
    }
    match facts.connect {
        Known::BreaksRule => Diagnosis::likely(closed, [Cause::BehindRelay, Cause::Lost]),
        Known::Accepted => Diagnosis::likely(Cause::BehindRelay, [closed, Cause::Lost]),
        Known::Nothing if facts.relay => {
            Diagnosis::likely(Cause::BehindRelay, [closed, Cause::Lost])
        }
        Known::Nothing => Diagnosis::likely(closed, [Cause::BehindRelay, Cause::Lost]),
    }
}

/// An accepted connection was closed under the session.
fn connection_closed(facts: &Facts<'_>, ended: &Ended) -> Diagnosis {
    let end = match facts.close_code {
        None | Some(1006) => Cause::Lost,
        Some(_) => Cause::ClosedByServer,
    };
    if facts.stopped == Some(StopReason::Flapping) {
        return Diagnosis::likely(Cause::TakenOver, [end]);
    }
    if !facts.online && end == Cause::Lost {
        return Diagnosis::certain(Cause::Offline);
    }
    match facts.close_code {
        // 3.x cannot say that a session was taken over; it closes the older connection, cleanly
        // or not. One that is broken off by the network looks the same after the fact.
        Some(1000 | 1005) if ended.after < SOON => Diagnosis::likely(Cause::TakenOver, [end]),
        None | Some(1000 | 1005 | 1006) => Diagnosis::likely(end, [Cause::TakenOver]),
        // Any other code was chosen by the server to say something.
        Some(_) => Diagnosis::certain(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WSS: Target<'static> = Target {
        secure: true,
        loopback: false,
        port: 8084,
        path: "/mqtt",
    };

    fn facts(target: Target<'_>) -> Facts<'_> {
        Facts {
            target,
            page_is_https: false,
            online: true,
            sub_protocol: None,
            after: Duration::from_millis(300),
            close_code: Some(1006),
            ended: None,
            stopped: None,
            connect: Known::Nothing,
            relay: false,
        }
    }

    fn cause(facts: &Facts<'_>) -> (Cause, bool) {
        let diagnosis = diagnose(facts).expect("a failure");
        assert!(!diagnosis.also.contains(&diagnosis.cause));
        assert_eq!(diagnosis.certain, diagnosis.also.is_empty());
        (diagnosis.cause, diagnosis.certain)
    }

    #[test]
    fn a_link_that_never_opened_is_judged_by_what_was_tried() {
        let ws = Target {
            secure: false,
            ..WSS
        };
        let root = Target { path: "/", ..ws };
        let cases = [
            (
                Facts {
                    page_is_https: true,
                    ..facts(ws)
                },
                Cause::MixedContent,
                true,
            ),
            (
                Facts {
                    online: false,
                    ..facts(WSS)
                },
                Cause::Offline,
                false,
            ),
            (facts(Target { port: 1883, ..ws }), Cause::TcpPort, false),
            (facts(Target { port: 8883, ..WSS }), Cause::TcpPort, false),
            (
                Facts {
                    after: Duration::from_secs(20),
                    ..facts(WSS)
                },
                Cause::Unreachable,
                false,
            ),
            (facts(ws), Cause::WrongScheme, false),
            (
                facts(Target { port: 8083, ..WSS }),
                Cause::WrongScheme,
                false,
            ),
            (facts(WSS), Cause::Certificate, false),
            (
                facts(Target { port: 9001, ..ws }),
                Cause::NothingThere,
                false,
            ),
            (
                facts(Target { port: 9001, ..root }),
                Cause::NotWebSocket,
                false,
            ),
            (
                facts(Target {
                    port: 9001,
                    loopback: true,
                    ..root
                }),
                Cause::NothingThere,
                false,
            ),
        ];
        for (facts, expected, certain) in cases {
            assert_eq!(cause(&facts), (expected, certain), "{facts:?}");
        }
    }

    #[test]
    fn loopback_is_never_mixed_content_and_never_offline() {
        let target = Target {
            secure: false,
            loopback: true,
            port: 9001,
            path: "/",
        };
        let facts = Facts {
            page_is_https: true,
            online: false,
            ..facts(target)
        };
        assert_eq!(cause(&facts), (Cause::NothingThere, false));
    }

    #[test]
    fn an_open_link_is_judged_by_how_the_session_ended() {
        let ended = |ending, stage, secs| Ended {
            ending,
            stage,
            after: Duration::from_secs(secs),
            delivered: false,
        };
        let handshake = ended(Ending::LinkClosed, LinkStage::Handshake, 0);
        let short = ended(Ending::LinkClosed, LinkStage::Connected, 3);
        let long = ended(Ending::LinkClosed, LinkStage::Connected, 3_000);
        let timeout = ended(Ending::ConnAckTimeout, LinkStage::Handshake, 10);
        let silent_for = Duration::from_secs(30);
        let dead = ended(
            Ending::KeepAliveLost { silent_for },
            LinkStage::Connected,
            90,
        );
        let open = Facts {
            sub_protocol: Some("mqtt"),
            close_code: Some(1000),
            ..facts(WSS)
        };
        let with = |ended| Facts {
            ended: Some(ended),
            ..open
        };
        let cases = [
            (with(&handshake), Cause::ClosedUponConnect, false),
            (
                Facts {
                    close_code: Some(1008),
                    connect: Known::Accepted,
                    ..with(&handshake)
                },
                Cause::ClosedUponConnect,
                true,
            ),
            (
                Facts {
                    connect: Known::Accepted,
                    ..with(&handshake)
                },
                Cause::BehindRelay,
                false,
            ),
            (
                Facts {
                    relay: true,
                    ..with(&handshake)
                },
                Cause::BehindRelay,
                false,
            ),
            (
                Facts {
                    relay: true,
                    connect: Known::BreaksRule,
                    ..with(&handshake)
                },
                Cause::ClosedUponConnect,
                false,
            ),
            (
                Facts {
                    sub_protocol: Some(""),
                    ..with(&handshake)
                },
                Cause::SubProtocol,
                false,
            ),
            (with(&timeout), Cause::Silent, true),
            (
                Facts {
                    sub_protocol: None,
                    ..with(&timeout)
                },
                Cause::SubProtocol,
                false,
            ),
            (with(&short), Cause::TakenOver, false),
            (
                Facts {
                    close_code: Some(1006),
                    ..with(&short)
                },
                Cause::Lost,
                false,
            ),
            (with(&long), Cause::ClosedByServer, false),
            (
                Facts {
                    close_code: Some(1012),
                    ..with(&short)
                },
                Cause::ClosedByServer,
                true,
            ),
            (
                Facts {
                    stopped: Some(StopReason::Flapping),
                    ..with(&long)
                },
                Cause::TakenOver,
                false,
            ),
            (
                Facts {
                    online: false,
                    close_code: Some(1006),
                    ..with(&long)
                },
                Cause::Offline,
                true,
            ),
            (with(&dead), Cause::KeepAliveLost, true),
        ];
        for (facts, expected, certain) in cases {
            assert_eq!(cause(&facts), (expected, certain), "{facts:?}");
        }
        let requested = ended(Ending::Requested, LinkStage::Connected, 1);
        assert_eq!(diagnose(&with(&requested)), None);
    }
}

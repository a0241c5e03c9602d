//! The cloud half of a dialect: what the platform does when a device connects, subscribes or
//! publishes, and what an application can ask of it. Hosted by the simulated broker, which does
//! the MQTT; this half sees no packet, only meanings.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::http::{Exchanges, HttpExchange, HttpRequest};
use super::{Finding, FormValues, Publication, Text};
use crate::mqtt::{ProtocolVersion, QoS};
use crate::time::{Now, UnixMillis};

/// CONNECT as the platform judges it.
#[derive(Clone, Copy)]
pub struct ConnectRequest<'a> {
    /// Protocol version.
    pub version: ProtocolVersion,
    /// Client identifier.
    pub client_id: &'a str,
    /// User name, if the flag is set.
    pub user_name: Option<&'a str>,
    /// Password, if the flag is set.
    pub password: Option<&'a [u8]>,
    /// Keep alive in seconds.
    pub keep_alive_secs: u16,
    /// Clean session or clean start.
    pub clean_session: bool,
    /// Whether there is a will.
    pub will: bool,
}

/// What the platform makes of a CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectVerdict {
    /// Welcome.
    Accept,
    /// CONNACK with this 3.x return code (1 to 5); the broker maps it for 5.0.
    Refuse(u8),
    /// The connection is closed without a CONNACK.
    Drop,
}

/// What the platform makes of a PUBLISH from a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishVerdict {
    /// The platform consumed it; nobody else receives it.
    Consume,
    /// An ordinary topic: the broker forwards it to its subscribers.
    Route,
    /// The platform closes the connection, for this reason.
    Close(Text),
}

/// Why a platform refuses a message of a device without looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// With this code.
    Code(i64),
    /// Because it is one too many.
    TooMany,
}

/// Where a platform's broker differs from what MQTT leaves it to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether wills are kept; otherwise that of a CONNECT is left out.
    pub wills: bool,
    /// Whether messages are retained; otherwise the flag is left out.
    pub retains: bool,
    /// Whether messages are forwarded with the QoS of whoever published them, whatever was
    /// granted. Retained messages keep to what was granted.
    pub publishers_qos: bool,
    /// Whether a client's earlier will messages, retained ones too, go when it connects again.
    pub clears_wills: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            wills: true,
            retains: true,
            publishers_qos: false,
            clears_wills: false,
        }
    }
}

/// Something the platform does on its own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudAction {
    /// Publish to whoever subscribed to the topic.
    Publish(Publication),
    /// Hand a message to one client, subscribed or not.
    Deliver {
        /// Client identifier.
        client_id: String,
        /// The message.
        publication: Publication,
    },
    /// Close a client's connection.
    Close {
        /// Client identifier.
        client_id: String,
    },
}

/// A line of the simulated platform's own record, shown in the cloud panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudRecord {
    /// When it happened.
    pub at: UnixMillis,
    /// What happened.
    pub text: Text,
    /// Detail as text (JSON, hex), or empty.
    pub detail: String,
}

/// Something that the platform keeps and shows: a registered device, a container, a data point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudResource {
    /// What it is, such as `device` or `container`.
    pub class: Text,
    /// Its name or id.
    pub name: String,
    /// Its state or latest value.
    pub value: String,
    /// That in Chinese, where it has words.
    pub chinese: Option<String>,
}

/// What the cloud panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudView {
    /// What it keeps.
    pub resources: Vec<CloudResource>,
    /// What happened, oldest first, bounded.
    pub records: Vec<CloudRecord>,
    /// What applications asked for, as HTTP, oldest first, bounded; empty where the platform's
    /// documents describe no such requests.
    pub exchanges: Vec<HttpExchange>,
}

/// What came of an application's request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// [`HttpExchange::number`] of the request that a real application server would send, as
    /// [`CloudView::exchanges`] shows it; `None` where the platform's documents describe none.
    pub exchange: Option<u64>,
    /// Remarks; an error among them means that nothing was sent.
    pub findings: Vec<Finding>,
}

/// The cloud half of one dialect. Sans-IO: after every call drain [`Cloud::poll_action`].
pub trait Cloud {
    /// What the platform is told about itself: devices and containers that exist, keys …
    /// `identity` is the device form of the same dialect, so that the simulated platform knows
    /// the device that the page is about to be.
    fn provision(&mut self, now: Now, identity: &FormValues);

    /// Judges a CONNECT.
    fn handle_connect(&mut self, now: Now, request: &ConnectRequest<'_>) -> ConnectVerdict;

    /// Judges one filter of a SUBSCRIBE: the QoS granted, or `None` for a refusal.
    fn handle_subscribe(
        &mut self,
        now: Now,
        client_id: &str,
        filter: &str,
        qos: QoS,
    ) -> Option<QoS>;

    /// A client takes a subscription back.
    fn handle_unsubscribe(&mut self, now: Now, client_id: &str, filter: &str) {
        let _ = (now, client_id, filter);
    }

    /// How the broker treats clients of that version.
    fn habits(&self, version: ProtocolVersion) -> Habits {
        let _ = version;
        Habits::default()
    }

    /// Judges, and acts upon, a PUBLISH from a device.
    fn handle_publish(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
    ) -> PublishVerdict;

    /// Refuses a message of a device, whatever it says, as the platform's document describes it.
    /// Where that describes no answer, nothing is answered.
    fn refuse(
        &mut self,
        now: Now,
        client_id: &str,
        publication: &Publication,
        refusal: Refusal,
    ) -> PublishVerdict {
        let _ = (now, client_id, publication, refusal);
        PublishVerdict::Consume
    }

    /// A usual code with which this platform refuses messages of this kind; `None` where its
    /// document gives its answer no code.
    fn refusal_code(&self, kind: &str) -> Option<i64> {
        let _ = kind;
        None
    }

    /// A client is gone, for whatever reason.
    fn handle_disconnect(&mut self, now: Now, client_id: &str);

    /// A deadline given by [`Cloud::poll_timeout`] passed.
    fn handle_timeout(&mut self, now: Now);

    /// When to call [`Cloud::handle_timeout`] next.
    fn poll_timeout(&self) -> Option<crate::time::Instant>;

    /// What the platform does next on its own account.
    fn poll_action(&mut self) -> Option<CloudAction>;

    /// An application asks for something: `kind` is the key of a [`super::MessageKind`] that
    /// travels down, `values` its form.
    fn submit(&mut self, now: Now, kind: &str, values: &FormValues) -> Submission;

    /// What the cloud panel shows.
    fn view(&self) -> CloudView;

    /// Which rule of the platform's document is asked for by name, for error texts.
    fn source(&self) -> Cow<'static, str>;
}

/// What an application gets in place of a status when there is no device to ask; no document prints
/// one.
pub(crate) const NOT_ONLINE: &str = "refused, the device is not online";

/// Lines of the record that a cloud half keeps.
const MAX_RECORDS: usize = 500;

/// What every cloud half does: write its record, and queue what it does next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    records: VecDeque<CloudRecord>,
    actions: VecDeque<CloudAction>,
    exchanges: Exchanges,
}

impl Journal {
    /// Adds a line to the record; the oldest goes when it is full.
    pub(crate) fn record(&mut self, now: Now, text: Text, detail: impl Into<String>) {
        if self.records.len() >= MAX_RECORDS {
            self.records.pop_front();
        }
        self.records.push_back(CloudRecord {
            at: now.unix,
            text,
            detail: detail.into(),
        });
    }

    /// Notes that a subscription of `who` was refused, and why.
    pub(crate) fn refused_filter(&mut self, now: Now, who: &str, filter: &str, why: &Text) {
        self.record(
            now,
            Text::owned(
                format!("{who}: {filter} refused, {}", why.en),
                format!("{who}：拒绝订阅 {filter}，{}", why.zh),
            ),
            "",
        );
    }

    /// Notes that the will of `who` is not kept: the platform has none.
    pub(crate) fn ignored_will(&mut self, now: Now, who: &str) {
        self.record(
            now,
            super::text::text!(
                "{who}: the will is left out, this platform has none",
                "{who}：平台不支持遗嘱消息，已忽略"
            ),
            "",
        );
    }

    /// Publishes to whoever subscribed.
    pub(crate) fn publish(&mut self, topic: String, payload: impl Into<bytes::Bytes>, qos: QoS) {
        self.actions.push_back(CloudAction::Publish(Publication {
            topic,
            payload: payload.into(),
            qos,
            retain: false,
        }));
    }

    /// Hands a message to one client, subscribed or not.
    pub(crate) fn deliver(
        &mut self,
        client_id: &str,
        topic: String,
        payload: impl Into<bytes::Bytes>,
        qos: QoS,
    ) {
        self.actions.push_back(CloudAction::Deliver {
            client_id: client_id.to_owned(),
            publication: Publication {
                topic,
                payload: payload.into(),
                qos,
                retain: false,
            },
        });
    }

    /// Closes a client's connection.
    pub(crate) fn close(&mut self, client_id: &str) {
        self.actions.push_back(CloudAction::Close {
            client_id: client_id.to_owned(),
        });
    }

    /// What to do next.
    pub(crate) fn next_action(&mut self) -> Option<CloudAction> {
        self.actions.pop_front()
    }

    /// Keeps what an application asks for, as it would over HTTP, and gives its number.
    pub(crate) fn ask(&mut self, now: Now, request: HttpRequest) -> u64 {
        self.exchanges.ask(now.unix, request)
    }

    /// What the application gets back.
    pub(crate) fn answer(&mut self, exchange: u64, status: &str, body: impl Into<String>) {
        self.exchanges.answer(exchange, status, body, false);
    }

    /// The same where the platform's document does not print the response.
    pub(crate) fn answer_unconfirmed(
        &mut self,
        exchange: u64,
        status: &str,
        body: impl Into<String>,
    ) {
        self.exchanges.answer(exchange, status, body, true);
    }

    /// What the cloud panel shows beside these resources.
    pub(crate) fn view(&self, resources: Vec<CloudResource>) -> CloudView {
        CloudView {
            resources,
            records: self.lines(),
            exchanges: self.exchanges.list(),
        }
    }

    /// The record, oldest first.
    fn lines(&self) -> Vec<CloudRecord> {
        self.records.iter().cloned().collect()
    }
}

impl CloudResource {
    /// Something that the platform keeps.
    pub(crate) fn new(class: Text, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            class,
            name: name.into(),
            value: value.into(),
            chinese: None,
        }
    }

    /// The same where the state is told in words.
    pub(crate) fn said(class: Text, name: impl Into<String>, state: Text) -> Self {
        Self {
            chinese: Some(state.zh.into_owned()),
            ..Self::new(class, name, state.en)
        }
    }

    /// A device that is connected or not.
    pub(crate) fn device(name: impl Into<String>, online: bool) -> Self {
        let state = if online {
            Text::new("online", "在线")
        } else {
            Text::new("offline", "离线")
        };
        Self::said(Text::new("device", "设备"), name, state)
    }
}

impl Submission {
    /// Nothing was sent, for this reason.
    pub(crate) fn refused(finding: Finding) -> Self {
        Self {
            exchange: None,
            findings: vec![finding],
        }
    }

    /// An application has no such message.
    pub(crate) fn unknown(kind: &str) -> Self {
        Self::refused(Finding::error(
            "UnknownType",
            super::Place::Message,
            super::text::text!(
                "an application sends no message of kind {kind:?}",
                "应用侧没有类型为 {kind:?} 的消息"
            ),
            "own rule",
        ))
    }
}

//! The dialects: how each cloud platform wants a device to speak.
//!
//! A dialect is data plus small functions, not screens: it declares its identity fields, message
//! kinds, topics, limits and codes ([`Declaration`]), and turns forms into messages and messages
//! into the neutral model ([`Reading`]). Forms, linting, topic rendering, the ledger and the
//! simulated platform are generic over that, and know no dialect by name.
//!
//! Strict out, tolerant in, and say so: what is composed follows the platform's document to the
//! letter; what arrives may deviate, and every deviation is a [`Finding`].

pub mod aliyun;
mod bytes_text;
pub mod calendar;
pub mod cloud;
mod declaration;
pub mod eztcloud;
mod finding;
mod form;
pub mod http;
pub mod iotda;
pub mod json;
mod message;
pub mod onem2m;
pub mod onenet;
pub mod rules;
mod scan;
pub mod sign;
mod spans;
mod spoil;
mod text;
pub mod workbench;

pub use bytes_text::{from_hex, to_hex};

pub use declaration::{
    AskedWhen, Choice, Code, ConnectRules, Declaration, DialectId, Direction, FormField,
    FormValues, Input, Limit, Limited, MessageKind, Role, Subscribe, TopicTemplate,
};
pub use finding::{Finding, Place, source_in_chinese};
pub(crate) use form::unanswered;
pub use message::{
    Composed, ConnectPlan, Correlation, Draw, Identity, Outcome, Publication, PublishOptions,
    Reading, Sample, SigningStep,
};
pub use spans::Spans;
pub use spoil::with_other_id;
pub use text::Text;
pub(crate) use text::text;
pub use workbench::{Calculation, Calculator};

use crate::mqtt::QoS;
use crate::time::UnixMillis;
use cloud::Cloud;

/// One platform: the device half as functions over data, and a factory for the cloud half.
pub trait Dialect: Sync {
    /// What screens need to know.
    fn declaration(&self) -> Declaration;

    /// What to put into CONNECT for this identity, and what to subscribe to.
    fn connect_plan(&self, identity: &Identity, draw: &Draw) -> ConnectPlan;

    /// Turns a filled-in form of message kind `kind` into a message. An unknown `kind` is a
    /// finding.
    fn compose(
        &self,
        identity: &Identity,
        kind: &str,
        values: &FormValues,
        draw: &Draw,
    ) -> Composed;

    /// Remarks on a message about to be sent as it stands, however it was made.
    fn lint(&self, identity: &Identity, publication: &Publication) -> Vec<Finding>;

    /// Remarks on a CONNECT about to be sent.
    fn lint_connect(
        &self,
        identity: &Identity,
        request: &cloud::ConnectRequest<'_>,
    ) -> Vec<Finding> {
        let _ = identity;
        rules::lint_connect(&self.declaration().connect, request, "")
    }

    /// Remarks on a URL about to be opened together with this client id.
    fn lint_endpoint(&self, identity: &Identity, url: &str, client_id: &str) -> Vec<Finding> {
        let _ = (identity, url, client_id);
        Vec::new()
    }

    /// Host and port of the platform's MQTT over TCP, where it offers no WebSocket and a relay is
    /// needed; `HOST` stands for what differs by customer.
    fn tcp_endpoint(&self) -> Option<&'static str> {
        None
    }

    /// Remarks on a topic filter about to be subscribed to.
    fn lint_subscription(&self, identity: &Identity, filter: &str, qos: QoS) -> Vec<Finding> {
        let _ = (identity, filter);
        rules::lint_qos(&self.declaration().connect, qos, "")
            .into_iter()
            .collect()
    }

    /// Remarks on what goes with a PUBLISH beside topic and payload, such as the properties of
    /// MQTT 5.0.
    fn lint_options(
        &self,
        identity: &Identity,
        publication: &Publication,
        options: &PublishOptions,
    ) -> Vec<Finding> {
        let _ = (identity, publication, options);
        Vec::new()
    }

    /// Remarks on a message about to be sent that depend on the clock, such as a time too far ahead.
    fn lint_times(
        &self,
        identity: &Identity,
        publication: &Publication,
        now: UnixMillis,
    ) -> Vec<Finding> {
        let _ = (identity, publication, now);
        Vec::new()
    }

    /// Remarks on an answer that only its request or the moment of its arrival brings to light, such
    /// as what was asked for and is not there. `request` fetches it.
    fn lint_answer(
        &self,
        request: &dyn Fn() -> Option<Publication>,
        answer: &Publication,
        now: UnixMillis,
    ) -> Vec<Finding> {
        let _ = (request, answer, now);
        Vec::new()
    }

    /// Why these credentials fail: compares them with what the identity gives, part by part, and
    /// names the slip where it can be told. No error among the findings: they are right.
    fn diagnose(
        &self,
        identity: &Identity,
        presented: &cloud::ConnectRequest<'_>,
        draw: &Draw,
    ) -> Vec<Finding> {
        diagnose_by_plan(&self.connect_plan(identity, draw), presented)
    }

    /// Works through one of the declared calculators, step by step; `values` is its form, or the
    /// identity where the calculator says so.
    fn calculate(&self, calculator: &str, values: &FormValues, draw: &Draw) -> Calculation {
        workbench::calculate(self, calculator, values, draw)
    }

    /// Holds what somebody pasted against a calculator's result and says which part differs, and
    /// why. No error among the findings: it is right.
    fn check(
        &self,
        calculator: &str,
        values: &FormValues,
        presented: &FormValues,
        draw: &Draw,
    ) -> Vec<Finding> {
        workbench::check(self, calculator, values, presented, draw)
    }

    /// Reads a message that travels in `direction`, with or without the spans of its payload;
    /// everything else is the same. Total: any bytes give a reading.
    fn read_with(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
        spans: Spans,
    ) -> Reading;

    /// Reads a message to its last span.
    fn read(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
    ) -> Reading {
        self.read_with(identity, direction, publication, Spans::Listed)
    }

    /// Reads a message for what it says: a reading without spans.
    fn skim(
        &self,
        identity: &Identity,
        direction: Direction,
        publication: &Publication,
    ) -> Reading {
        self.read_with(identity, direction, publication, Spans::Omitted)
    }

    /// The answer to a request that arrived and was read so; `values` is the form of the answering
    /// kind.
    fn answer(
        &self,
        identity: &Identity,
        request: &Publication,
        reading: &Reading,
        values: &FormValues,
        draw: &Draw,
    ) -> Composed;

    /// What the answering form starts with for a request that was read so: the declared defaults,
    /// adjusted to what arrived, such as a code that says what is wrong with it.
    fn answer_defaults(&self, identity: &Identity, reading: &Reading) -> FormValues {
        let _ = (identity, reading);
        FormValues::new()
    }

    /// The forms, with the key of their kind, that report these values the way the platform's
    /// document reports values; several where one message carries one value. Nothing when the
    /// platform has no such report.
    fn report_forms(&self, readings: &[Named]) -> Vec<(&'static str, FormValues)> {
        let _ = readings;
        Vec::new()
    }

    /// A new cloud half, knowing nobody.
    fn cloud(&self) -> Box<dyn Cloud>;
}

/// A value with its name, such as `temperature` and `22.5`.
pub type Named = (String, serde_json::Value);

/// A form with one field that holds the readings as the members of a JSON object.
fn members_form(
    kind: &'static str,
    field: &str,
    readings: &[Named],
) -> Vec<(&'static str, FormValues)> {
    let members: serde_json::Map<_, _> = readings.iter().cloned().collect();
    let text = serde_json::Value::Object(members).to_string();
    vec![(kind, FormValues::from([(field.to_owned(), text)]))]
}

/// Compares credentials with a plan, without knowing how they are made.
fn diagnose_by_plan(plan: &ConnectPlan, presented: &cloud::ConnectRequest<'_>) -> Vec<Finding> {
    let (user, word) = (presented.user_name.map(str::as_bytes), presented.password);
    let (planned_user, planned_word) = (
        plan.user_name.as_deref().map(str::as_bytes),
        plan.password.as_deref(),
    );
    let swapped = user != planned_user && user == planned_word && word == planned_user;
    let parts = [
        (
            "client id",
            Some(presented.client_id.as_bytes()),
            Some(plan.client_id.as_bytes()),
        ),
        ("user name", user, planned_user),
        ("password", word, planned_word),
    ];
    parts
        .into_iter()
        .filter(|(_, found, wanted)| found != wanted)
        .map(|(name, found, wanted)| {
            let (found, wanted) = (found.unwrap_or(b""), wanted.unwrap_or(b""));
            let words = if swapped && name != "client id" {
                Text::new("user name and password are swapped", "用户名与密码填反")
            } else if found.trim_ascii() == wanted {
                text::text!("blanks around the {name}", "{name} 前后有空白字符")
            } else if found.eq_ignore_ascii_case(wanted) {
                text::text!(
                    "the {name} differs in upper and lower case",
                    "{name} 大小写不一致"
                )
            } else {
                text::text!(
                    "the {name} is not the one that the form gives",
                    "{name} 与表单计算结果不一致"
                )
            };
            Finding::error(
                "WrongCredential",
                Place::Connect(name.into()),
                words,
                "own rule",
            )
        })
        .collect()
}

/// Every dialect, in the order in which the page offers them.
pub fn all() -> &'static [&'static dyn Dialect] {
    &[
        &onem2m::Onem2m,
        &onenet::Onenet,
        &aliyun::Aliyun,
        &eztcloud::EZTCLOUD,
        &eztcloud::THINGSCLOUD,
        &iotda::Iotda,
    ]
}

/// What the first of [`all`] declares. It needs no other code of a dialect, and no other dialect.
pub fn first_declaration() -> Declaration {
    onem2m::Onem2m.declaration()
}

/// The dialect of that id.
pub fn by_id(id: &DialectId) -> Option<&'static dyn Dialect> {
    all()
        .iter()
        .copied()
        .find(|dialect| &dialect.declaration().id == id)
}

//! The credential workbench: how a platform's credentials come about, step by step, and why the
//! ones that somebody holds are refused. Offline: nothing here connects.
//!
//! A dialect declares its [`Calculator`]s. Every dialect has [`LOGIN`], worked out from its
//! identity form by [`Dialect::connect_plan`] and checked by [`Dialect::diagnose`], and [`HMAC`],
//! a keyed digest by hand; it adds what else its documents compute.

mod hmac_by_hand;
pub(crate) mod slips;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::cloud::ConnectRequest;
use super::form::verbatim;
use super::text::text;
use super::{
    Dialect, Draw, Finding, FormField, FormValues, Identity, Place, SigningStep, Text, to_hex,
};
use crate::platform::sign::Digest;

/// The calculator of the credentials that CONNECT carries.
pub const LOGIN: &str = "login";
/// The calculator of a keyed digest, with nothing of a platform in it.
pub const HMAC: &str = "hmac";

/// Longest value that is computed with or compared, in bytes; what is longer is cut off by the
/// page's form and is no credential of any platform.
pub const MAX_VALUE: usize = 64 * 1024;

/// One computation that can be worked through without a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calculator {
    /// The key, unique in the dialect.
    pub key: Cow<'static, str>,
    /// A noun.
    pub label: Text,
    /// One sentence on what it is for.
    pub summary: Text,
    /// Whether it computes with the device's identity form; `fields` is empty then.
    pub of_identity: bool,
    /// Its own form.
    pub fields: Vec<FormField>,
    /// What may be pasted to be held against the result.
    pub presented: Vec<FormField>,
}

/// A computation worked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calculation {
    /// Every step, the results last.
    pub steps: Vec<SigningStep>,
    /// Remarks on what was typed.
    pub findings: Vec<Finding>,
}

impl Calculation {
    /// Nothing can be computed, for this reason.
    pub fn refused(finding: Finding) -> Self {
        Self {
            steps: Vec::new(),
            findings: vec![finding],
        }
    }
}

/// The three parts of CONNECT that carry credentials, as something to paste into.
pub fn credential_fields() -> Vec<FormField> {
    vec![
        FormField::text(
            "client_id",
            Text::new("Client id", "客户端 ID（Client ID）"),
        ),
        FormField::text("user_name", Text::new("User name", "用户名")),
        FormField::secret("password", Text::new("Password", "密码")),
    ]
}

/// [`LOGIN`], as a dialect declares it.
pub fn login() -> Calculator {
    Calculator {
        key: Cow::Borrowed(LOGIN),
        label: Text::new("Login of the device", "设备登录鉴权"),
        summary: Text::new(
            "Client id, user name and password from the identity of this device",
            "由设备身份计算客户端 ID、用户名与密码",
        ),
        of_identity: true,
        fields: Vec::new(),
        presented: credential_fields(),
    }
}

/// [`LOGIN`] and [`HMAC`]: what every dialect declares.
pub fn calculators() -> Vec<Calculator> {
    vec![login(), hmac_by_hand::calculator()]
}

/// Works through a calculator that every dialect has.
pub fn calculate<D: Dialect + ?Sized>(
    dialect: &D,
    calculator: &str,
    values: &FormValues,
    draw: &Draw,
) -> Calculation {
    match calculator {
        LOGIN => login_steps(dialect, values, draw),
        HMAC => hmac_by_hand::calculate(values),
        other => Calculation::refused(unknown(other)),
    }
}

/// Holds what was pasted against a calculator that every dialect has. Without an error among the
/// remarks it is right.
pub fn check<D: Dialect + ?Sized>(
    dialect: &D,
    calculator: &str,
    values: &FormValues,
    presented: &FormValues,
    draw: &Draw,
) -> Vec<Finding> {
    match calculator {
        LOGIN => check_login(dialect, values, presented, draw),
        HMAC => hmac_by_hand::check(values, presented),
        other => vec![unknown(other)],
    }
}

fn unknown(calculator: &str) -> Finding {
    Finding::error(
        "UnknownType",
        Place::Message,
        text!(
            "this platform has no calculator {calculator:?}",
            "该平台没有计算器 {calculator:?}"
        ),
        "own rule",
    )
}

fn login_steps<D: Dialect + ?Sized>(dialect: &D, identity: &Identity, draw: &Draw) -> Calculation {
    let plan = dialect.connect_plan(identity, draw);
    let mut steps = plan.steps;
    let word = plan.password.as_deref().map(String::from_utf8_lossy);
    for (label, value, secret) in [
        (
            Text::new("Client identifier in CONNECT", "CONNECT 中的客户端 ID"),
            Some(Cow::Borrowed(plan.client_id.as_str())),
            false,
        ),
        (
            Text::new("User name in CONNECT", "CONNECT 中的用户名"),
            plan.user_name.as_deref().map(Cow::Borrowed),
            // What a step keeps masked stays masked where it is used.
            steps
                .iter()
                .any(|step| step.secret && Some(&step.value) == plan.user_name.as_ref()),
        ),
        (
            Text::new("Password in CONNECT", "CONNECT 中的密码"),
            word,
            true,
        ),
    ] {
        if let Some(value) = value {
            steps.push(SigningStep {
                label,
                value: value.into_owned(),
                secret,
            });
        }
    }
    Calculation {
        steps,
        findings: plan.findings,
    }
}

/// A part that was not pasted is taken from the plan, and said to be.
fn check_login<D: Dialect + ?Sized>(
    dialect: &D,
    identity: &Identity,
    presented: &FormValues,
    draw: &Draw,
) -> Vec<Finding> {
    let plan = dialect.connect_plan(identity, draw);
    let given = |key: &str| Some(verbatim(presented, key)).filter(|text| !text.is_empty());
    let (client_id, user_name, password) =
        (given("client_id"), given("user_name"), given("password"));
    let planned_user = plan.user_name.as_deref();
    let planned_password = plan.password.as_deref();
    let request = ConnectRequest {
        version: plan.version,
        client_id: client_id.unwrap_or(&plan.client_id),
        user_name: user_name.or(planned_user),
        password: password.map(str::as_bytes).or(planned_password),
        keep_alive_secs: plan.keep_alive_secs,
        clean_session: plan.clean_session,
        will: false,
    };
    let mut out = dialect.diagnose(identity, &request, draw);
    for (name, missing) in [
        ("client id", client_id.is_none()),
        (
            "user name",
            user_name.is_none() && planned_user.is_some_and(|name| !name.is_empty()),
        ),
        (
            "password",
            password.is_none() && planned_password.is_some_and(|word| !word.is_empty()),
        ),
    ] {
        if missing {
            out.push(Finding::info(
                "not-pasted",
                Place::Connect(name.into()),
                text!(
                    "{name}: nothing pasted, so the computed one is assumed",
                    "{name}：未粘贴，按计算结果处理"
                ),
                "own rule",
            ));
        }
    }
    out
}

/// The steps of a keyed digest, from the string to sign to the digest's bytes.
pub(crate) fn hmac_steps(
    digest: Digest,
    key_label: Text,
    key: &str,
    message_label: Text,
    message: (&str, bool),
    mac: &[u8],
) -> Vec<SigningStep> {
    let name = digest.hmac_name();
    vec![
        SigningStep::plain(message_label, message.0).masked_if(message.1),
        SigningStep::plain(key_label, key).masked_if(!message.1),
        SigningStep::secret(
            text!(
                "Digest: {name} of it, {} bytes",
                "摘要：{name}，{} 字节",
                digest.len()
            ),
            to_hex(mac),
        ),
    ]
}

impl SigningStep {
    /// A step that anybody may see.
    pub fn plain(label: Text, value: impl Into<String>) -> Self {
        Self {
            label,
            value: value.into(),
            secret: false,
        }
    }

    /// A step that holds a key, or that a key can be replaced by.
    pub fn secret(label: Text, value: impl Into<String>) -> Self {
        Self {
            secret: true,
            ..Self::plain(label, value)
        }
    }

    /// The same step, masked or not.
    #[must_use]
    pub fn masked_if(mut self, secret: bool) -> Self {
        self.secret = secret;
        self
    }
}

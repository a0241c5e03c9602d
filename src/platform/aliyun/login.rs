//! Client id and password for each way of logging in, with every step of signing.

use super::auth::{self, MqttClientId, SignMethod};
use super::{Device, client_id_of};
use crate::platform::form::{value, value_or, verbatim};
use crate::platform::sign::hmac;
use crate::platform::text::text;
use crate::platform::workbench::hmac_steps;
use crate::platform::{Draw, Identity, SigningStep, Text};

/// What signing gave.
pub(super) struct Signed {
    pub(super) client_id: String,
    pub(super) password: String,
    pub(super) steps: Vec<SigningStep>,
}

/// Bit of `ext`: RRPC on custom topics.
pub(super) const EXT_RRPC: u8 = 0b01;
/// Bit of `ext`: extended notifications.
const EXT_NOTIFICATIONS: u8 = 0b10;

/// What the identity says that `ext` is, if it is to be sent.
pub(super) fn extensions(identity: &Identity) -> Option<u8> {
    // Where `ext` was a switch, it stood for custom RRPC.
    if value(identity, "ext") == "true" {
        return Some(EXT_RRPC);
    }
    value(identity, "ext")
        .parse()
        .ok()
        .filter(|bits| (1..=(EXT_RRPC | EXT_NOTIFICATIONS)).contains(bits))
}

/// Client id and password for the way of logging in that the identity chose.
pub(super) fn sign(identity: &Identity, draw: &Draw) -> Signed {
    let device = Device::of(identity);
    let own_id = client_id_of(identity);
    let method = SignMethod::from_word(value_or(identity, "sign_method", "hmacsha256"))
        .unwrap_or(SignMethod::Sha256);
    let enterprise = value_or(identity, "instance", "public") == "enterprise";
    let way = value_or(identity, "auth", "secret");
    let securemode = match (value(identity, "securemode"), way) {
        ("" | "auto", "connwl") => "-2",
        ("" | "auto", "register" | "regnwl") if enterprise => "-2",
        ("" | "auto", _) => "2",
        (given, _) => given,
    };
    match way {
        "connwl" => {
            let client_id = MqttClientId {
                client_id: &own_id,
                parameters: vec![("securemode", securemode), ("authType", "connwl")],
            }
            .to_string();
            let token = verbatim(identity, "device_token").trim().to_owned();
            let steps = vec![SigningStep::secret(
                Text::new(
                    "The deviceToken from regnwl, not signed",
                    "regnwl 返回的 deviceToken，无需签名",
                ),
                token.clone(),
            )];
            Signed {
                client_id,
                password: token,
                steps,
            }
        }
        "register" | "regnwl" => {
            let drawn = format!("{}", draw.random % 1_000_000_000);
            let random = match value(identity, "random") {
                "" => drawn.as_str(),
                given => given,
            };
            let fields = [
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
                ("random", random),
            ];
            let secret = verbatim(identity, "product_secret").trim();
            let mut parameters = vec![
                ("securemode", securemode),
                ("authType", way),
                ("random", random),
                ("signmethod", method.word()),
            ];
            let instance = value(identity, "instance_id");
            if enterprise && !instance.is_empty() {
                parameters.push(("instanceId", instance));
            }
            signed(
                &own_id,
                parameters,
                &fields,
                ("ProductSecret", secret),
                method,
            )
        }
        _ => {
            let now = draw.now.unix.0.to_string();
            let timestamp = match value(identity, "timestamp") {
                "" => Some(now.as_str()),
                "none" => None,
                given => Some(given),
            };
            let mut fields = vec![
                ("clientId", own_id.as_str()),
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
            ];
            let mut parameters = vec![("securemode", securemode), ("signmethod", method.word())];
            if let Some(timestamp) = timestamp {
                fields.push(("timestamp", timestamp));
                parameters.push(("timestamp", timestamp));
            }
            let ext = extensions(identity).map(|bits| bits.to_string());
            if let Some(ext) = &ext {
                parameters.push(("ext", ext.as_str()));
            }
            let secret = verbatim(identity, "device_secret").trim();
            signed(
                &own_id,
                parameters,
                &fields,
                ("DeviceSecret", secret),
                method,
            )
        }
    }
}

fn signed(
    own_id: &str,
    parameters: Vec<(&str, &str)>,
    fields: &[(&str, &str)],
    (secret_name, secret): (&str, &str),
    method: SignMethod,
) -> Signed {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let lines: Vec<String> = sorted
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let content = auth::content(fields);
    let password = auth::password(method, secret, &content);
    let mac = hmac(method.digest(), secret.as_bytes(), content.as_bytes());
    let client_id = MqttClientId {
        client_id: own_id,
        parameters,
    }
    .to_string();
    let mut steps = vec![SigningStep::plain(
        Text::new(
            "Parameters that are signed, sorted by name",
            "参与签名的参数，按名称排序",
        ),
        lines.join("\n"),
    )];
    steps.extend(hmac_steps(
        method.digest(),
        text!("Key: {secret_name}", "密钥：{secret_name}"),
        secret,
        Text::new(
            "String to sign: names and values, nothing between them",
            "待签名字符串：参数名与值依次拼接，无分隔符",
        ),
        (&content, false),
        &mac,
    ));
    steps.push(SigningStep::secret(
        Text::new(
            "Encoding: hexadecimal, either case; the password",
            "编码：十六进制，大小写均可；即密码",
        ),
        password.clone(),
    ));
    Signed {
        steps,
        client_id,
        password,
    }
}

//! The token of the newer OneNET Studio, as a calculator. Not part of this dialect: Studio's
//! topics start with `$sys/`.

use base64::Engine as _;
use thiserror::Error;

use crate::platform::calendar::{BEIJING_MINUTES, DateTime};
use crate::platform::form::{value, value_or, verbatim};
use crate::platform::sign::{Digest, hmac};
use crate::platform::text::text;
use crate::platform::workbench::slips::{
    Candidate, Encoding, Explained, LENIENT as BASE64, Search, percent_decoded,
};
use crate::platform::workbench::{self, Calculation, Calculator, hmac_steps};
use crate::platform::{
    Choice, Draw, Finding, FormField, FormValues, Place, SigningStep, Text, to_hex,
};
use crate::time::UnixMillis;

/// The version that every published example carries.
pub const VERSION: &str = "2018-10-31";

/// What a token is made of.
#[derive(Clone, Copy)]
pub struct TokenInputs<'a> {
    /// Device or product key, base64.
    pub key: &'a str,
    /// `products/{pid}/devices/{name}`.
    pub resource: &'a str,
    /// Expiry in seconds since 1970.
    pub expiry: &'a str,
    /// `md5`, `sha1` or `sha256`.
    pub method: &'a str,
    /// [`VERSION`].
    pub version: &'a str,
}

/// A token, and how it came about.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// `version=…&res=…&et=…&method=…&sign=…`: the password.
    pub token: String,
    /// What was signed.
    pub string_to_sign: String,
    /// The signature, base64.
    pub sign: String,
    /// Product id out of the resource: the user name.
    pub product: Option<String>,
    /// Device name out of the resource: the client id.
    pub device: Option<String>,
}

/// Why no token can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The key is not base64; pasted raw, it signs something else.
    #[error("the key is not base64")]
    Key,
    /// No such method.
    #[error("the method is none of md5, sha1, sha256")]
    Method,
}

/// Makes a token.
///
/// # Errors
/// When the key is not base64, or the method is not one of the three.
pub fn token(inputs: &TokenInputs<'_>) -> Result<Token, TokenError> {
    let digest = digest_of(inputs.method).ok_or(TokenError::Method)?;
    let key = BASE64.decode(inputs.key).map_err(|_| TokenError::Key)?;
    let string_to_sign = string_to_sign(inputs);
    let sign = BASE64.encode(hmac(digest, &key, string_to_sign.as_bytes()));
    let token = format!(
        "version={}&res={}&et={}&method={}&sign={}",
        encoded(inputs.version),
        encoded(inputs.resource),
        encoded(inputs.expiry),
        encoded(inputs.method),
        encoded(&sign)
    );
    let mut parts = inputs.resource.split('/');
    let (product, device) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("products"), product, Some("devices"), device) => (product, device),
        (Some("products"), product, None, None) => (product, None),
        _ => (None, None),
    };
    Ok(Token {
        product: product.map(str::to_owned),
        device: device.map(str::to_owned),
        token,
        string_to_sign,
        sign,
    })
}

fn digest_of(method: &str) -> Option<Digest> {
    match method {
        "md5" => Some(Digest::Md5),
        "sha1" => Some(Digest::Sha1),
        "sha256" => Some(Digest::Sha256),
        _ => None,
    }
}

/// Expiry, method, resource and version, a line feed between them and none at the end.
fn string_to_sign(inputs: &TokenInputs<'_>) -> String {
    format!(
        "{}\n{}\n{}\n{}",
        inputs.expiry, inputs.method, inputs.resource, inputs.version
    )
}

/// The characters that the document encodes: `+`, blank, `/`, `?`, `%`, `#`, `&`, `=`.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '+' | ' ' | '/' | '?' | '%' | '#' | '&' | '=' => {
                out.push_str(&format!("%{:02X}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out
}

/// The key of the calculator.
pub const CALCULATOR: &str = "studio";

const SOURCE: &str = "OneNET Studio token";
/// Proposed life of a token, in seconds.
const LIFE_SECS: i64 = 24 * 3600;

/// The calculator, as the dialect declares it.
pub(super) fn calculator() -> Calculator {
    Calculator {
        key: CALCULATOR.into(),
        label: Text::new("OneNET Studio token", "OneNET Studio token"),
        summary: Text::new(
            "The password of the newer OneNET Studio, which this device does not speak",
            "新版 OneNET Studio 的密码；本设备使用旧版接入，不使用该 token",
        ),
        of_identity: false,
        fields: vec![
            FormField::text("product", Text::new("Product id", "产品 ID")).required(),
            FormField::text("device", Text::new("Device name", "设备名称")).helped(Text::new(
                "empty: a token for the whole product",
                "留空则为产品级 token",
            )),
            FormField::secret("key", Text::new("Key (base64)", "密钥（base64）"))
                .required()
                .helped(Text::new(
                    "the device's key, or the product's access_key",
                    "设备密钥，或产品 access_key",
                )),
            FormField::choice(
                "method",
                Text::new("Method", "签名方法（method）"),
                vec![
                    Choice::new("sha256", Text::same("sha256")),
                    Choice::new("sha1", Text::same("sha1")),
                    Choice::new("md5", Text::same("md5")),
                ],
            ),
            FormField::text("expiry", Text::new("Expiry (et, s)", "过期时间（et，秒）")).helped(
                Text::new(
                    "seconds since 1970; empty: a day from now",
                    "自 1970 年起的秒数；留空为一天后",
                ),
            ),
            FormField::text("version", Text::new("Version", "版本（version）"))
                .starting_with(VERSION),
        ],
        presented: workbench::credential_fields(),
    }
}

/// The form, read.
struct Typed {
    product: String,
    device: String,
    key: String,
    method: String,
    expiry: String,
    version: String,
}

impl Typed {
    fn of(values: &FormValues, draw: &Draw) -> Self {
        let text = |key: &str| value(values, key).to_owned();
        Self {
            product: text("product"),
            device: text("device"),
            key: verbatim(values, "key").trim().to_owned(),
            method: value_or(values, "method", "sha256").to_owned(),
            expiry: match value(values, "expiry") {
                "" => draw
                    .now
                    .unix
                    .0
                    .div_euclid(1000)
                    .saturating_add(LIFE_SECS)
                    .to_string(),
                given => given.to_owned(),
            },
            version: value_or(values, "version", VERSION).to_owned(),
        }
    }

    fn resource(&self) -> String {
        if self.device.is_empty() {
            format!("products/{}", self.product)
        } else {
            format!("products/{}/devices/{}", self.product, self.device)
        }
    }
}

/// Remarks on an expiry.
fn expiry_findings(expiry: &str, place: Place, draw: &Draw) -> Vec<Finding> {
    let now = draw.now.unix.0.div_euclid(1000);
    let remark = |words: Text| vec![Finding::error("BadField", place.clone(), words, SOURCE)];
    match expiry.parse::<i64>() {
        Err(_) => remark(Text::new(
            "et is a whole number of seconds since 1970",
            "et 应为自 1970 年起的整数秒",
        )),
        Ok(at) if at > 100_000_000_000 => remark(Text::new(
            "et looks like milliseconds; it is seconds",
            "et 像是毫秒；应为秒",
        )),
        Ok(at) if at <= now => remark(text!(
            "expired {} s ago",
            "已过期 {} 秒",
            now.saturating_sub(at)
        )),
        Ok(_) => Vec::new(),
    }
}

/// Works the token out, step by step.
pub(super) fn calculate(values: &FormValues, draw: &Draw) -> Calculation {
    let typed = Typed::of(values, draw);
    let mut findings = Vec::new();
    for (key, found) in [("product", &typed.product), ("key", &typed.key)] {
        if found.is_empty() {
            findings.push(Finding::error(
                "MissingField",
                Place::form(key),
                text!("{key} is missing", "缺少 {key}"),
                SOURCE,
            ));
        }
    }
    findings.extend(expiry_findings(&typed.expiry, Place::form("expiry"), draw));
    let resource = typed.resource();
    let inputs = TokenInputs {
        key: &typed.key,
        resource: &resource,
        expiry: &typed.expiry,
        method: &typed.method,
        version: &typed.version,
    };
    let (token, digest, key) = match (
        token(&inputs),
        digest_of(inputs.method),
        BASE64.decode(inputs.key),
    ) {
        (Ok(token), Some(digest), Ok(key)) => (token, digest, key),
        (made, ..) => {
            let method = matches!(made, Err(TokenError::Method));
            findings.push(Finding::error(
                "BadField",
                Place::form(if method { "method" } else { "key" }),
                if method {
                    Text::new(
                        "method is md5, sha1 or sha256",
                        "method 应为 md5、sha1 或 sha256",
                    )
                } else {
                    Text::new(
                        "the key is not base64: it is decoded before it signs",
                        "密钥不是 base64；签名前须先解码",
                    )
                },
                SOURCE,
            ));
            return Calculation {
                steps: Vec::new(),
                findings,
            };
        }
    };
    let mac = hmac(digest, &key, token.string_to_sign.as_bytes());
    let mut steps = vec![SigningStep::plain(
        Text::new("Resource (res)", "资源（res）"),
        resource.as_str(),
    )];
    if let Ok(seconds) = typed.expiry.parse::<i64>() {
        let moment = UnixMillis(seconds.saturating_mul(1000));
        if (0..=253_402_300_799).contains(&seconds) {
            steps.push(SigningStep::plain(
                Text::new("Expiry (et), Beijing time", "过期时间（et），北京时间"),
                format!(
                    "{seconds} = {}",
                    DateTime::at(moment, BEIJING_MINUTES).spaced()
                ),
            ));
        }
    }
    steps.extend(hmac_steps(
        digest,
        text!(
            "Key, decoded from base64: {} bytes, as hexadecimal",
            "密钥，base64 解码后 {} 字节（十六进制）",
            key.len()
        ),
        &to_hex(&key),
        Text::new(
            "String to sign: et, method, res, version, one to a line",
            "待签名字符串：et、method、res、version，以换行分隔",
        ),
        (&token.string_to_sign, false),
        &mac,
    ));
    steps.push(SigningStep::secret(
        Text::new("Encoding: base64 (sign)", "编码：base64（sign）"),
        token.sign.as_str(),
    ));
    steps.push(SigningStep::secret(
        Text::new(
            "Token: values percent-encoded; the password",
            "Token：各值做 URL 编码；即密码",
        ),
        token.token.as_str(),
    ));
    for (label, found) in [
        (
            Text::new("Client id: device name", "客户端 ID：设备名称"),
            &token.device,
        ),
        (
            Text::new("User name: product id", "用户名：产品 ID"),
            &token.product,
        ),
    ] {
        if let Some(found) = found {
            steps.push(SigningStep::plain(label, found.as_str()));
        }
    }
    Calculation { steps, findings }
}

fn wrong(name: &'static str, words: Text) -> Finding {
    Finding::error(
        "WrongCredential",
        Place::Connect(name.into()),
        words,
        SOURCE,
    )
}

/// Holds client id, user name and token against the form.
pub(super) fn check(values: &FormValues, presented: &FormValues, draw: &Draw) -> Vec<Finding> {
    let typed = Typed::of(values, draw);
    let mut out = Vec::new();
    let (client_id, user_name) = (value(presented, "client_id"), value(presented, "user_name"));
    if client_id == typed.product && user_name == typed.device && typed.product != typed.device {
        out.push(wrong(
            "client id",
            Text::new(
                "product and device are swapped: the client id is the device name, the user name \
                 the product id",
                "产品与设备填反：客户端 ID 应为设备名称，用户名应为产品 ID",
            ),
        ));
    } else {
        for (name, found, wanted) in [
            ("client id", client_id, &typed.device),
            ("user name", user_name, &typed.product),
        ] {
            if !found.is_empty() && found != wanted {
                out.push(wrong(
                    name,
                    if found.eq_ignore_ascii_case(wanted) {
                        Text::new("differs in upper and lower case", "大小写不一致")
                    } else {
                        text!(
                            "{found:?}; the form gives {wanted:?}",
                            "为 {found:?}；表单为 {wanted:?}"
                        )
                    },
                ));
            }
        }
    }
    let password = verbatim(presented, "password");
    if password.is_empty() {
        return out;
    }
    if password.trim() != password {
        out.push(wrong(
            "password",
            Text::new("blanks around it", "前后有空白字符"),
        ));
    }
    check_token(password.trim(), &typed, draw, &mut out);
    out
}

fn check_token(token: &str, typed: &Typed, draw: &Draw, out: &mut Vec<Finding>) {
    let pairs: Vec<(&str, &str)> = token
        .split('&')
        .filter_map(|part| part.split_once('='))
        .collect();
    let mut parts = std::collections::BTreeMap::new();
    for (name, raw) in &pairs {
        let decoded = percent_decoded(raw).unwrap_or_else(|| (*raw).to_owned());
        if encoded(&decoded) != *raw {
            out.push(wrong(
                "password",
                text!(
                    "{name} is not percent-encoded as the document wants: + blank / ? % # & = are",
                    "{name} 未按文档做 URL 编码：+ 空格 / ? % # & = 需编码"
                ),
            ));
        }
        parts.insert(*name, decoded);
    }
    let missing: Vec<&str> = ["version", "res", "et", "method", "sign"]
        .into_iter()
        .filter(|name| !parts.contains_key(name))
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        out.push(wrong(
            "password",
            text!(
                "{missing} is missing from the token",
                "token 中缺少 {missing}"
            ),
        ));
        return;
    }
    let part = |name: &str| parts.get(name).map_or("", String::as_str);
    let (resource, expiry, method) = (part("res"), part("et"), part("method"));
    let Some(digest) = digest_of(method) else {
        out.push(wrong(
            "password",
            text!(
                "method is {method:?}; md5, sha1 or sha256",
                "method 为 {method:?}；应为 md5、sha1 或 sha256"
            ),
        ));
        return;
    };
    let wanted = typed.resource();
    let product_wide = format!("products/{}", typed.product);
    if resource != wanted && resource != product_wide {
        let swapped = format!("products/{}/devices/{}", typed.device, typed.product);
        out.push(wrong(
            "password",
            if resource == swapped {
                Text::new(
                    "product and device are swapped in res",
                    "res 中产品与设备颠倒",
                )
            } else {
                text!(
                    "res is {resource:?}; the form gives {wanted:?}",
                    "res 为 {resource:?}；表单应为 {wanted:?}"
                )
            },
        ));
    }
    out.extend(expiry_findings(
        expiry,
        Place::Connect("password".into()),
        draw,
    ));
    let inputs = TokenInputs {
        key: &typed.key,
        resource,
        expiry,
        method,
        version: part("version"),
    };
    let found = Search {
        digest,
        keys: keys(&typed.key),
        messages: messages(&inputs, &wanted),
        encoding: Encoding::Base64,
        presented: part("sign"),
        field: "password",
    }
    .explain();
    let slips = match found {
        Explained::Right => Vec::new(),
        Explained::Slips(slips) => slips,
        Explained::Unknown(slip) => vec![slip],
    };
    out.extend(slips.into_iter().map(|slip| wrong(slip.field, slip.words)));
}

/// The key decoded, and what people sign with instead.
fn keys(typed: &str) -> Vec<Candidate> {
    let raw = || {
        Candidate::wrong(
            typed,
            "password",
            Text::new(
                "the base64 key was used as it is; it is decoded first",
                "直接使用了 base64 密钥；应先解码",
            ),
        )
    };
    match BASE64.decode(typed) {
        Ok(bytes) => {
            let hex = to_hex(&bytes);
            vec![
                Candidate::right(bytes),
                raw(),
                Candidate::wrong(
                    hex,
                    "password",
                    Text::new(
                        "the key was written out in hexadecimal before signing",
                        "签名前把密钥转成了十六进制文本",
                    ),
                ),
            ]
        }
        Err(_) => vec![raw()],
    }
}

/// The string to sign, and what people sign instead.
fn messages(inputs: &TokenInputs<'_>, wanted_resource: &str) -> Vec<Candidate> {
    let right = string_to_sign(inputs);
    let mut out = vec![Candidate::right(right.as_str())];
    let mut wrong = |message: String, words: Text| {
        if message != right {
            out.push(Candidate::wrong(message, "password", words));
        }
    };
    let (expiry, method, resource, version) = (
        inputs.expiry,
        inputs.method,
        inputs.resource,
        inputs.version,
    );
    for order in [
        [version, resource, expiry, method],
        [resource, expiry, method, version],
        [expiry, resource, method, version],
        [version, method, resource, expiry],
        [method, expiry, resource, version],
    ] {
        wrong(
            order.join("\n"),
            Text::new(
                "the lines are in another order than et, method, res, version",
                "各行顺序不是 et、method、res、version",
            ),
        );
    }
    for (between, en, zh) in [
        (
            "\r\n",
            "CR LF between the lines; it is LF alone",
            "各行以 CRLF 分隔；应为 LF",
        ),
        (
            "\\n",
            "the two characters \\ and n between the lines; it is LF",
            "各行之间是 \\n 两个字符；应为换行符",
        ),
        (
            "",
            "nothing between the lines; there is LF",
            "各行之间没有换行",
        ),
        (
            "&",
            "& between the parts; there is LF",
            "各部分以 & 分隔；应为换行",
        ),
    ] {
        wrong(
            [expiry, method, resource, version].join(between),
            Text::new(en, zh),
        );
    }
    wrong(
        format!("{right}\n"),
        Text::new("a line feed at the end", "末尾多了换行"),
    );
    wrong(
        string_to_sign(&TokenInputs {
            resource: &encoded(resource),
            ..*inputs
        }),
        Text::new(
            "res was signed percent-encoded; it is signed as it is",
            "对 URL 编码后的 res 签名；应对原文签名",
        ),
    );
    wrong(
        string_to_sign(&TokenInputs {
            resource: wanted_resource,
            ..*inputs
        }),
        text!(
            "another res was signed, {wanted_resource}, than the token carries",
            "签名使用的 res 为 {wanted_resource}，与 token 中的不同"
        ),
    );
    for other in ["md5", "sha1", "sha256"] {
        wrong(
            string_to_sign(&TokenInputs {
                method: other,
                ..*inputs
            }),
            text!(
                "the string to sign names the method {other}, the token {method}",
                "待签名字符串中的 method 为 {other}，token 中为 {method}"
            ),
        );
    }
    if let Ok(seconds) = expiry.parse::<i64>() {
        let millis = seconds.saturating_mul(1000).to_string();
        wrong(
            string_to_sign(&TokenInputs {
                expiry: &millis,
                ..*inputs
            }),
            Text::new(
                "et was signed in milliseconds, and is sent in seconds",
                "签名中的 et 为毫秒，而 token 中为秒",
            ),
        );
    }
    out
}

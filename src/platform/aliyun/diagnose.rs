//! The credentials that fail, held against the right ones: which part differs, and why.

use super::auth::{MqttClientId, SignMethod};
use super::{CONNECT_SOURCE, Device, auth, client_id_of};
use crate::platform::cloud::ConnectRequest;
use crate::platform::form::{value, verbatim};
use crate::platform::text::text;
use crate::platform::workbench::slips::{self, Candidate, Encoding, Explained, Search};
use crate::platform::{Draw, Finding, Identity, Place, Text};

/// Compares credentials with what the identity gives, part by part.
pub(super) fn diagnose(
    identity: &Identity,
    presented: &ConnectRequest<'_>,
    parsed: &MqttClientId<'_>,
    draw: &Draw,
    out: &mut Vec<Finding>,
) {
    let wrong = |name: &'static str, words: Text| {
        Finding::error(
            "WrongCredential",
            Place::Connect(name.into()),
            words,
            CONNECT_SOURCE,
        )
    };
    let device = Device::of(identity);
    let user = presented.user_name.unwrap_or("");
    if user != device.user_name() {
        let swapped = format!("{}&{}", device.product_key, device.device_name);
        out.push(wrong(
            "user name",
            if user == swapped {
                Text::new(
                    "product and device are swapped: {deviceName}&{productKey}",
                    "产品与设备颠倒：应为 {deviceName}&{productKey}",
                )
            } else if user.trim() == device.user_name() {
                Text::new("blanks around the user name", "用户名前后有空白字符")
            } else if user == device.device_name {
                Text::new(
                    "the product key is missing: {deviceName}&{productKey}",
                    "缺少 &{productKey}：应为 {deviceName}&{productKey}",
                )
            } else if slips::percent_decoded(user).is_some_and(|text| text == device.user_name()) {
                Text::new(
                    "percent-encoded: the & stands as it is",
                    "进行了 URL 编码：& 应原样书写",
                )
            } else if user.eq_ignore_ascii_case(&device.user_name()) {
                Text::new("differs in upper and lower case", "用户名大小写不一致")
            } else {
                text!(
                    "user name is {user:?}; {{deviceName}}&{{productKey}} gives {:?}",
                    "用户名为 {user:?}；{{deviceName}}&{{productKey}} 应为 {:?}",
                    device.user_name()
                )
            },
        ));
    }
    let way = parsed.parameter("authType").unwrap_or("secret");
    let Ok(password) = core::str::from_utf8(presented.password.unwrap_or(b"")) else {
        out.push(wrong(
            "password",
            Text::new("the password is not text", "密码不是文本"),
        ));
        return;
    };
    if way == "connwl" {
        if password != verbatim(identity, "device_token").trim() {
            out.push(wrong(
                "password",
                Text::new(
                    "with authType=connwl the password is the deviceToken as it is",
                    "authType=connwl 时密码为 deviceToken 原样",
                ),
            ));
        }
        return;
    }
    let method = match parsed.parameter("signmethod") {
        None => {
            out.push(Finding::warning(
                "signmethod-absent",
                Place::Connect("signmethod".into()),
                Text::new(
                    "no signmethod: the platform takes hmacmd5",
                    "没有 signmethod，平台按 hmacmd5 处理",
                ),
                CONNECT_SOURCE,
            ));
            SignMethod::Md5
        }
        Some(word) => match SignMethod::from_word(word) {
            Some(method) => method,
            None => {
                out.push(wrong(
                    "signmethod",
                    text!(
                        "signmethod is {word}; hmacsha256, hmacsha1 or hmacmd5",
                        "signmethod 为 {word}；应为 hmacsha256、hmacsha1 或 hmacmd5"
                    ),
                ));
                return;
            }
        },
    };
    let dynamic = matches!(way, "register" | "regnwl");
    let secret = if dynamic {
        verbatim(identity, "product_secret").trim()
    } else {
        verbatim(identity, "device_secret").trim()
    };
    let inputs = Inputs {
        device: &device,
        dynamic,
        sent_id: parsed.client_id,
        sent_time: parsed.parameter("timestamp"),
        random: parsed.parameter("random").unwrap_or(""),
    };
    let mut keys = slips::secrets(secret);
    for (key, en, zh) in [
        (
            "product_secret",
            "made with the product's secret; a device logs in with its own",
            "使用了产品密钥；设备登录应使用设备密钥",
        ),
        (
            "device_secret",
            "made with the device's secret; registration is signed with the product's",
            "使用了设备密钥；动态注册应使用产品密钥",
        ),
    ] {
        let other = verbatim(identity, key).trim();
        if !other.is_empty() && other != secret {
            keys.push(Candidate::wrong(other, "password", Text::new(en, zh)));
        }
    }
    let found = Search {
        digest: method.digest(),
        keys,
        messages: inputs.messages(identity, presented, parsed, draw),
        encoding: Encoding::Hex,
        presented: password,
        field: "password",
    }
    .explain();
    let slips = match found {
        Explained::Right => return,
        Explained::Slips(slips) => slips,
        Explained::Unknown(slip) => vec![slip],
    };
    out.extend(slips.into_iter().map(|slip| {
        let rule = match slip.field {
            "timestamp" | "clientId" => "SignatureInputsDisagree",
            _ => "WrongCredential",
        };
        Finding::error(
            rule,
            Place::Connect(slip.field.into()),
            slip.words,
            CONNECT_SOURCE,
        )
    }));
}

/// What the content is made of.
struct Inputs<'a> {
    device: &'a Device<'a>,
    dynamic: bool,
    sent_id: &'a str,
    sent_time: Option<&'a str>,
    random: &'a str,
}

impl<'a> Inputs<'a> {
    /// The signed parameters, in the order in which the documents name them.
    fn fields(&self, client_id: &'a str, time: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
        let mut out = vec![
            ("deviceName", self.device.device_name),
            ("productKey", self.device.product_key),
        ];
        if self.dynamic {
            out.push(("random", self.random));
        } else {
            out.insert(0, ("clientId", client_id));
            out.extend(time.map(|time| ("timestamp", time)));
        }
        out
    }

    /// The content, and what people sign in its place.
    fn messages(
        &self,
        identity: &Identity,
        presented: &ConnectRequest<'_>,
        parsed: &MqttClientId<'_>,
        draw: &Draw,
    ) -> Vec<Candidate> {
        let right = self.fields(self.sent_id, self.sent_time);
        let content = auth::content(&right);
        let mut out = vec![Candidate::right(content.as_str())];
        self.other_times(value(identity, "timestamp"), draw, &mut out);
        self.other_ids(&client_id_of(identity), presented.client_id, &mut out);
        let mut wrong = |message: String, words: Text| {
            if message != content {
                out.push(Candidate::wrong(message, "password", words));
            }
        };
        let (product_key, device_name) = (self.device.product_key, self.device.device_name);
        let swapped: Vec<_> = right
            .iter()
            .map(|(name, value)| match *name {
                "deviceName" => (*name, product_key),
                "productKey" => (*name, device_name),
                _ => (*name, *value),
            })
            .collect();
        wrong(
            auth::content(&swapped),
            Text::new(
                "product and device are swapped in the content",
                "签名内容中产品与设备颠倒",
            ),
        );
        wrong(
            content.replace(
                &format!("productKey{product_key}"),
                &format!("producy{product_key}"),
            ),
            Text::new(
                "the content has producy… as some copies of the documents print it; it is \
                 productKey",
                "签名内容中写成了 producy…（部分文档副本的误印），应为 productKey",
            ),
        );
        for order in orders(&right) {
            wrong(
                order
                    .iter()
                    .flat_map(|(name, value)| [*name, *value])
                    .collect(),
                Text::new("the parameters are not sorted by name", "参数未按名称排序"),
            );
        }
        for (between, after) in [("=", "&"), ("=", ","), ("", ","), ("", "&"), ("=", "")] {
            let parts: Vec<String> = right
                .iter()
                .map(|(name, value)| format!("{name}{between}{value}"))
                .collect();
            wrong(
                parts.join(after),
                text!(
                    "the content has {between:?} or {after:?} between its parts; there is nothing between them",
                    "签名内容中加入了分隔符 {between:?} 或 {after:?}；应直接拼接"
                ),
            );
        }
        wrong(
            right.iter().map(|(_, value)| *value).collect(),
            Text::new(
                "the values alone were signed, without their names",
                "只对参数值签名，缺少参数名",
            ),
        );
        wrong(
            right
                .iter()
                .flat_map(|(name, value)| [name.to_ascii_lowercase(), (*value).to_owned()])
                .collect(),
            Text::new(
                "the names were signed in lower case; it is clientId, deviceName, productKey",
                "参数名写成了小写；应为 clientId、deviceName、productKey",
            ),
        );
        let mut all = right.clone();
        for (name, value) in &parsed.parameters {
            if !all.iter().any(|(known, _)| known == name) {
                all.push((name, value));
            }
        }
        wrong(
            auth::content(&all),
            Text::new(
                "everything between the bars was signed; securemode, signmethod and the rest are not",
                "竖线之间的参数全部参与了签名；securemode、signmethod 等不参与",
            ),
        );
        let other = Self {
            dynamic: !self.dynamic,
            ..*self
        };
        wrong(
            auth::content(&other.fields(self.sent_id, self.sent_time)),
            if self.dynamic {
                Text::new(
                    "the content of a login was signed; registration signs deviceName, \
                     productKey and random",
                    "签名内容为设备登录的格式；动态注册应对 deviceName、productKey、random 签名",
                )
            } else {
                Text::new(
                    "the content of a registration was signed; a login signs clientId, \
                     deviceName, productKey and timestamp",
                    "签名内容为动态注册的格式；设备登录应对 clientId、deviceName、productKey、timestamp 签名",
                )
            },
        );
        wrong(
            format!("{content}\n"),
            Text::new("a line end follows the content", "签名内容末尾多了换行"),
        );
        out
    }

    /// Another timestamp was signed than is sent: none at all, the form's, the clock's, or the
    /// same in another unit.
    fn other_times(&self, form_time: &str, draw: &Draw, out: &mut Vec<Candidate>) {
        if self.dynamic {
            return;
        }
        let now = draw.now.unix.0.to_string();
        let sent: Option<i64> = self.sent_time.and_then(|time| time.parse().ok());
        let seconds = sent.map(|time| (time / 1000).to_string());
        let millis = sent
            .and_then(|time| time.checked_mul(1000))
            .map(|time| time.to_string());
        let form_time = Some(form_time).filter(|time| !matches!(*time, "" | "none"));
        for signed in [
            None,
            form_time,
            Some(now.as_str()),
            seconds.as_deref(),
            millis.as_deref(),
        ] {
            if signed == self.sent_time {
                continue;
            }
            let content = auth::content(&self.fields(self.sent_id, signed));
            let words = match (signed, self.sent_time) {
                (None, Some(sent)) => text!(
                    "signed without a timestamp, while the client id carries {sent}",
                    "签名未包含 timestamp，而客户端 ID 中的 timestamp 为 {sent}"
                ),
                (Some(signed), None) => text!(
                    "timestamp {signed} is signed, but not in the client id",
                    "签名包含 timestamp {signed}，而客户端 ID 中没有 timestamp"
                ),
                (signed, sent) => text!(
                    "signed with timestamp {}, while the client id carries {}",
                    "签名使用的 timestamp 为 {}，而客户端 ID 中为 {}",
                    signed.unwrap_or("none"),
                    sent.unwrap_or("none")
                ),
            };
            out.push(Candidate::wrong(content, "timestamp", words));
        }
    }

    /// Another client id was signed: the form's, the whole one with its bars, or an SDK's default.
    fn other_ids(&self, form_id: &str, whole: &str, out: &mut Vec<Candidate>) {
        if self.dynamic {
            return;
        }
        let (product_key, device_name) = (self.device.product_key, self.device.device_name);
        for signed in [
            form_id,
            whole,
            device_name,
            &format!("{product_key}.{device_name}"),
            &format!("{product_key}&{device_name}"),
            &format!("{device_name}&{product_key}"),
        ] {
            if signed == self.sent_id {
                continue;
            }
            let content = auth::content(
                &self
                    .fields("", self.sent_time)
                    .into_iter()
                    .map(|(name, value)| (name, if name == "clientId" { signed } else { value }))
                    .collect::<Vec<_>>(),
            );
            out.push(Candidate::wrong(
                content,
                "clientId",
                text!(
                    "signed with the client id {signed:?}, while {:?} is sent",
                    "签名使用的 clientId 为 {signed:?}，而发送的是 {:?}",
                    self.sent_id
                ),
            ));
        }
    }
}

/// Every order of a few parameters.
fn orders<'a>(fields: &[(&'a str, &'a str)]) -> Vec<Vec<(&'a str, &'a str)>> {
    let mut out: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    for field in fields {
        out = out
            .into_iter()
            .flat_map(|order| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, *field);
                    longer
                })
            })
            .collect();
    }
    out
}

//! The credentials that fail, held against the right ones: which part differs, and why.

use super::auth::{MqttClientId, SignMethod};
use super::{CONNECT_SOURCE, Device, auth, client_id_of};
use crate::platform::cloud::ConnectRequest;
use crate::platform::form::{value, verbatim};
use crate::platform::text::text;
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
    let fields = |client_id: &str, time: Option<&str>| {
        let random = parsed.parameter("random").unwrap_or("");
        if dynamic {
            auth::content(&[
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
                ("random", random),
            ])
        } else {
            let mut fields = vec![
                ("clientId", client_id),
                ("deviceName", device.device_name),
                ("productKey", device.product_key),
            ];
            if let Some(time) = time {
                fields.push(("timestamp", time));
            }
            auth::content(&fields)
        }
    };
    let sent_time = parsed.parameter("timestamp");
    let content = fields(parsed.client_id, sent_time);
    let same = |made: &str| made.eq_ignore_ascii_case(password.trim());
    if same(&auth::password(method, secret, &content)) {
        if password.trim() != password {
            out.push(wrong(
                "password",
                Text::new("right, with blanks around it", "计算正确，但前后有空白字符"),
            ));
        }
        return;
    }
    let disagree = |field: &'static str, words: Text| {
        Finding::error(
            "SignatureInputsDisagree",
            Place::Connect(field.into()),
            words,
            CONNECT_SOURCE,
        )
    };
    // Another timestamp was signed than is sent: none at all, or the one of the form.
    let form_time = value(identity, "timestamp");
    let now = draw.now.unix.0.to_string();
    for (signed, shown) in [
        (None, "no timestamp"),
        (Some(form_time), form_time),
        (Some(now.as_str()), now.as_str()),
    ] {
        if signed != sent_time
            && same(&auth::password(
                method,
                secret,
                &fields(parsed.client_id, signed),
            ))
        {
            let sent = sent_time.unwrap_or("none");
            out.push(disagree(
                "timestamp",
                text!(
                    "signed with {shown}, while the client id carries {sent}",
                    "签名使用了 {shown}，而客户端 ID 中的 timestamp 为 {sent}"
                ),
            ));
            return;
        }
    }
    // Another client id was signed: the one of the form, or the one with its bars.
    let form_id = client_id_of(identity);
    for signed in [form_id.as_str(), presented.client_id] {
        if signed != parsed.client_id
            && same(&auth::password(method, secret, &fields(signed, sent_time)))
        {
            out.push(disagree(
                "clientId",
                text!(
                    "signed with the client id {signed:?}, while {:?} is sent",
                    "签名使用的 clientId 为 {signed:?}，而发送的是 {:?}",
                    parsed.client_id
                ),
            ));
            return;
        }
    }
    out.push(wrong(
        "password",
        password_slip(password, method, secret, &content, identity, &device),
    ));
}

/// Which slip gives this password, tried one after the other.
pub(super) fn password_slip(
    password: &str,
    method: SignMethod,
    secret: &str,
    content: &str,
    identity: &Identity,
    device: &Device<'_>,
) -> Text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;

    use crate::platform::sign::hmac;

    let password = password.trim();
    if password == secret {
        return Text::new(
            "the secret itself; the password is its HMAC",
            "直接使用了密钥；密码应为 HMAC 值",
        );
    }
    for other in SignMethod::ALL {
        if other != method && auth::password(other, secret, content).eq_ignore_ascii_case(password)
        {
            return text!(
                "made with {}, while signmethod says {}",
                "计算使用了 {}，而 signmethod 为 {}",
                other.word(),
                method.word()
            );
        }
        if BASE64.encode(hmac(other.digest(), secret.as_bytes(), content.as_bytes())) == password {
            return Text::new(
                "base64; the platform wants hexadecimal digits",
                "使用了 base64；平台要求十六进制",
            );
        }
        if auth::password(other, content, secret).eq_ignore_ascii_case(password) {
            return Text::new(
                "key and content are swapped: the secret is the key",
                "密钥与内容颠倒：密钥应作为 HMAC 的 key",
            );
        }
        let printed = content.replace(
            &format!("productKey{}", device.product_key),
            &format!("producy{}", device.product_key),
        );
        if auth::password(other, secret, &printed).eq_ignore_ascii_case(password) {
            return Text::new(
                "the content has producy… as some copies of the documents print it; it is \
                 productKey",
                "签名内容中写成了 producy…（部分文档副本的误印），应为 productKey",
            );
        }
    }
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
        if !other.is_empty()
            && other != secret
            && auth::password(method, other, content).eq_ignore_ascii_case(password)
        {
            return Text::new(en, zh);
        }
    }
    let wanted = method.digest().len() * 2;
    if password.len() != wanted {
        return text!(
            "{} characters; {} gives {wanted} hexadecimal digits",
            "长度为 {} 个字符；{} 应为 {wanted} 个十六进制字符",
            password.len(),
            method.word()
        );
    }
    Text::new(
        "another secret, or another content was signed; compare with the string to sign",
        "密钥不同，或签名内容不同；请与待签名内容对照",
    )
}

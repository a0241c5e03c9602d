//! A keyed digest by hand: key and message as typed, for comparing with any other tool.

use std::borrow::Cow;

use super::slips::{Candidate, Encoding, Explained, LENIENT, Search};
use super::{Calculation, Calculator, HMAC, MAX_VALUE};
use crate::platform::form::{value_or, verbatim};
use crate::platform::sign::{Digest, hmac};
use crate::platform::text::text;
use crate::platform::{
    Choice, Finding, FormField, FormValues, Place, SigningStep, Text, from_hex, to_hex,
};
use base64::Engine as _;

const SOURCE: &str = "RFC 2104";

fn writings(key: &'static str, label: Text) -> FormField {
    FormField::choice(
        key,
        label,
        vec![
            Choice::new("text", Text::new("text (UTF-8)", "文本（UTF-8）")),
            Choice::new("hex", Text::new("hexadecimal", "十六进制")),
            Choice::new("base64", Text::same("base64")),
        ],
    )
}

pub(super) fn calculator() -> Calculator {
    Calculator {
        key: Cow::Borrowed(HMAC),
        label: Text::new("HMAC by hand", "HMAC 计算"),
        summary: Text::new(
            "Any key and any message, to compare with another tool step by step",
            "任意密钥与消息，便于与其他工具逐步对照",
        ),
        of_identity: false,
        fields: vec![
            FormField::choice(
                "digest",
                Text::new("Algorithm", "算法"),
                vec![
                    Choice::new("sha256", Text::same("HMAC-SHA256")),
                    Choice::new("sha1", Text::same("HMAC-SHA1")),
                    Choice::new("md5", Text::same("HMAC-MD5")),
                    Choice::new("sm3", Text::same("HMAC-SM3")),
                ],
            ),
            FormField::secret("key", Text::new("Key", "密钥")),
            writings("key_as", Text::new("Key is", "密钥格式")),
            FormField::multiline("message", Text::new("Message", "消息")),
            writings("message_as", Text::new("Message is", "消息格式")),
        ],
        presented: vec![FormField::secret(
            "result",
            Text::new("Result of the other tool", "其他工具的结果"),
        )],
    }
}

/// The algorithm of a name such as `sha256`.
pub(crate) fn digest_of(name: &str) -> Option<Digest> {
    match name {
        "md5" => Some(Digest::Md5),
        "sha1" => Some(Digest::Sha1),
        "sha256" => Some(Digest::Sha256),
        "sm3" => Some(Digest::Sm3),
        _ => None,
    }
}

struct Inputs {
    digest: Digest,
    key: Vec<u8>,
    message: Vec<u8>,
}

fn bytes_of(values: &FormValues, key: &'static str, how: &str) -> Result<Vec<u8>, Finding> {
    let typed = verbatim(values, key);
    if typed.len() > MAX_VALUE {
        return Err(Finding::error(
            "OutOfRange",
            Place::form(key),
            text!(
                "{} bytes; at most {MAX_VALUE}",
                "{} 字节，最多 {MAX_VALUE}",
                typed.len()
            ),
            "own rule",
        ));
    }
    match value_or(values, how, "text") {
        "hex" => from_hex(typed).map_err(|at| {
            Finding::error(
                "BadField",
                Place::form(key),
                text!(
                    "no hexadecimal digits at character {at}",
                    "第 {at} 个字符不是十六进制数字"
                ),
                "own rule",
            )
        }),
        "base64" => LENIENT.decode(typed.trim()).map_err(|_| {
            Finding::error(
                "BadField",
                Place::form(key),
                Text::new("this is not base64", "不是有效的 base64"),
                "RFC 4648",
            )
        }),
        _ => Ok(typed.as_bytes().to_vec()),
    }
}

fn inputs(values: &FormValues) -> Result<Inputs, Finding> {
    let digest = digest_of(value_or(values, "digest", "sha256")).ok_or_else(|| {
        Finding::error(
            "UnknownType",
            Place::form("digest"),
            Text::new("no such algorithm", "没有这种算法"),
            "own rule",
        )
    })?;
    Ok(Inputs {
        digest,
        key: bytes_of(values, "key", "key_as")?,
        message: bytes_of(values, "message", "message_as")?,
    })
}

pub(super) fn calculate(values: &FormValues) -> Calculation {
    let Inputs {
        digest,
        key,
        message,
    } = match inputs(values) {
        Ok(inputs) => inputs,
        Err(finding) => return Calculation::refused(finding),
    };
    let mac = hmac(digest, &key, &message);
    let name = digest.hmac_name();
    let hex = to_hex(&mac);
    let steps = vec![
        SigningStep::plain(
            text!(
                "Message, {} bytes, as hexadecimal",
                "消息，{} 字节（十六进制）",
                message.len()
            ),
            to_hex(&message),
        ),
        SigningStep::secret(
            text!(
                "Key, {} bytes, as hexadecimal",
                "密钥，{} 字节（十六进制）",
                key.len()
            ),
            to_hex(&key),
        ),
        SigningStep::secret(
            text!("{name}, lower-case hexadecimal", "{name}，小写十六进制"),
            hex.clone(),
        ),
        SigningStep::secret(
            text!("{name}, upper-case hexadecimal", "{name}，大写十六进制"),
            hex.to_uppercase(),
        ),
        SigningStep::secret(
            text!("{name}, base64", "{name}，base64"),
            LENIENT.encode(&mac),
        ),
    ];
    let mut findings = Vec::new();
    if key.is_empty() {
        findings.push(Finding::info(
            "empty-key",
            Place::form("key"),
            Text::new("the key is empty", "密钥为空"),
            SOURCE,
        ));
    }
    Calculation { steps, findings }
}

pub(super) fn check(values: &FormValues, presented: &FormValues) -> Vec<Finding> {
    let Inputs {
        digest,
        key,
        message,
    } = match inputs(values) {
        Ok(inputs) => inputs,
        Err(finding) => return vec![finding],
    };
    let result = verbatim(presented, "result");
    let mut keys = vec![Candidate::right(key)];
    let mut messages = vec![Candidate::right(message.clone())];
    let typed = verbatim(values, "key");
    for (how, en, zh) in [
        ("text", "the key was taken as text", "密钥按文本使用"),
        (
            "hex",
            "the key was decoded from hexadecimal",
            "密钥按十六进制解码",
        ),
        (
            "base64",
            "the key was decoded from base64",
            "密钥按 base64 解码",
        ),
    ] {
        let bytes = match how {
            "hex" => from_hex(typed).ok(),
            "base64" => LENIENT.decode(typed.trim()).ok(),
            _ => Some(typed.as_bytes().to_vec()),
        };
        if let Some(bytes) = bytes
            && how != value_or(values, "key_as", "text")
        {
            keys.push(Candidate::wrong(bytes, "result", Text::new(en, zh)));
        }
    }
    for (ending, en, zh) in [
        (
            "\n",
            "a line feed follows the message",
            "消息末尾多了换行（LF）",
        ),
        (
            "\r\n",
            "carriage return and line feed follow the message",
            "消息末尾多了回车换行（CRLF）",
        ),
    ] {
        let mut longer = message.clone();
        longer.extend_from_slice(ending.as_bytes());
        messages.push(Candidate::wrong(longer, "result", Text::new(en, zh)));
    }
    if let Ok(text) = core::str::from_utf8(&message)
        && text.contains('\n')
    {
        messages.push(Candidate::wrong(
            text.replace('\n', "\r\n"),
            "result",
            Text::new(
                "line ends were CR LF instead of LF",
                "换行使用了 CRLF，而非 LF",
            ),
        ));
        messages.push(Candidate::wrong(
            text.replace('\n', "\\n"),
            "result",
            Text::new(
                "line ends were the two characters \\ and n",
                "换行被写成了 \\n 两个字符",
            ),
        ));
    }
    let explained = Search {
        digest,
        keys,
        messages,
        encoding: Encoding::Any,
        presented: result,
        field: "result",
    }
    .explain();
    let words = match explained {
        Explained::Right => return Vec::new(),
        Explained::Slips(slips) => slips,
        Explained::Unknown(slip) => vec![slip],
    };
    words
        .into_iter()
        .map(|slip| {
            Finding::error(
                "WrongCredential",
                Place::Connect("result".into()),
                slip.words,
                SOURCE,
            )
        })
        .collect()
}

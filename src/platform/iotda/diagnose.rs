//! The credentials that fail, held against the right ones: which part differs, and why.

use super::auth::{self, ClientId, SignType};
use super::forms::connect_rules;
use super::{CONNECT_SOURCE, bad_client_id, unknown_sign_type};
use crate::platform::calendar::DateTime;
use crate::platform::cloud::ConnectRequest;
use crate::platform::form::{value, verbatim};
use crate::platform::text::text;
use crate::platform::workbench::slips::{self, Candidate, Encoding, Explained, Search};
use crate::platform::{Draw, Finding, Identity, Place, Text, rules};
use crate::time::UnixMillis;

/// A remark if the hour is more than one away from the clock.
pub(super) fn hour_difference(timestamp: &str, draw: &Draw) -> Option<Finding> {
    let stamped = DateTime::parse_hour_stamp(timestamp)?.unix(0);
    let hours = (stamped.0 - draw.now.unix.0).div_euclid(3_600_000);
    if (-2..=1).contains(&hours) {
        return None;
    }
    let words = if (7..=8).contains(&hours) {
        text!(
            "the hour {timestamp} looks like Beijing time (UTC+8); the platform wants UTC",
            "时间戳 {timestamp} 像是北京时间（UTC+8）；平台要求 UTC"
        )
    } else {
        text!(
            "the hour {timestamp} is {hours} hours off; with this sign type about one hour is \
             allowed; sign type 0 does not check it",
            "时间戳 {timestamp} 与当前相差 {hours} 小时；该签名类型约允许 1 小时，签名类型 0 不校验时间"
        )
    };
    Some(Finding::warning(
        "hour-is-off",
        Place::form("timestamp"),
        words,
        CONNECT_SOURCE,
    ))
}

fn wrong(name: &'static str, words: Text) -> Finding {
    Finding::error(
        "WrongCredential",
        Place::Connect(name.into()),
        words,
        CONNECT_SOURCE,
    )
}

/// Compares credentials with what the identity gives, part by part.
pub(super) fn diagnose(
    identity: &Identity,
    presented: &ConnectRequest<'_>,
    draw: &Draw,
) -> Vec<Finding> {
    let mut out = rules::lint_connect(&connect_rules(), presented, "IoTDA limits");
    let device_id = value(identity, "device_id");
    let secret = verbatim(identity, "secret").trim();
    let sent_id = presented.client_id;
    let parsed = match ClientId::parse(sent_id) {
        Ok(parsed) => parsed,
        Err(why) => {
            out.push(if sent_id == device_id {
                wrong(
                    "client id",
                    Text::new(
                        "the device id alone; the client id is {device_id}_{type}_{signType}_{YYYYMMDDHH}",
                        "仅为设备 ID；客户端 ID 应为 {device_id}_{type}_{signType}_{YYYYMMDDHH}",
                    ),
                )
            } else if ClientId::parse(sent_id.trim()).is_ok() {
                wrong(
                    "client id",
                    Text::new("blanks around the client id", "客户端 ID 前后有空白字符"),
                )
            } else {
                bad_client_id(&why)
            });
            return out;
        }
    };
    if parsed.device_id != device_id {
        out.push(wrong(
            "client id",
            if parsed.device_id.eq_ignore_ascii_case(device_id) {
                Text::new(
                    "the device id in the client id differs in upper and lower case",
                    "客户端 ID 中的设备 ID 大小写不一致",
                )
            } else {
                text!(
                    "the client id is of device {}, not of {device_id}",
                    "客户端 ID 属于设备 {}，不是 {device_id}",
                    parsed.device_id
                )
            },
        ));
    }
    let user = presented.user_name.unwrap_or("");
    if user != device_id {
        out.push(wrong("user name", user_slip(user, device_id, sent_id)));
    }
    let Some(sign_type) = SignType::from_digit(parsed.sign_type) else {
        out.push(wrong("client id", unknown_sign_type(parsed.sign_type)));
        return out;
    };
    if !matches!(parsed.node_type, "0" | "3") {
        out.push(Finding::warning(
            "unknown-type",
            Place::Connect("client id".into()),
            text!(
                "type {} between device id and sign type; 0 is a device",
                "设备 ID 与签名类型之间的类型为 {}；设备应为 0",
                parsed.node_type
            ),
            CONNECT_SOURCE,
        ));
    }
    if sign_type.checks_time()
        && let Some(finding) = hour_difference(parsed.timestamp, draw)
    {
        out.push(Finding {
            severity: crate::mqtt::Severity::Error,
            place: Place::Connect("client id".into()),
            ..finding
        });
    }
    let Ok(password) = core::str::from_utf8(presented.password.unwrap_or(b"")) else {
        out.push(wrong(
            "password",
            Text::new("the password is not text", "密码不是文本"),
        ));
        return out;
    };
    let found = Search {
        digest: sign_type.digest(),
        keys: hours(parsed.timestamp, draw),
        messages: slips::secrets(secret),
        encoding: Encoding::LowerHex,
        presented: password,
        field: "password",
    }
    .explain();
    let slips = match found {
        Explained::Right => Vec::new(),
        Explained::Slips(slips) => slips,
        Explained::Unknown(slip) => vec![slip],
    };
    out.extend(slips.into_iter().map(|slip| wrong(slip.field, slip.words)));
    out
}

fn user_slip(user: &str, device_id: &str, client_id: &str) -> Text {
    if user == client_id {
        Text::new(
            "the user name is the whole client id; it is the device id alone",
            "用户名填成了完整的客户端 ID；应仅为设备 ID",
        )
    } else if user.trim() == device_id {
        Text::new("blanks around the user name", "用户名前后有空白字符")
    } else if user.eq_ignore_ascii_case(device_id) {
        Text::new("differs in upper and lower case", "用户名大小写不一致")
    } else if !user.is_empty() && device_id.starts_with(&format!("{user}_")) {
        Text::new(
            "the user name is the first part of the device id, the product id; it is the whole device id",
            "用户名为设备 ID 的前半部分（产品 ID）；应为完整的设备 ID",
        )
    } else if !user.is_empty() && device_id.ends_with(&format!("_{user}")) {
        Text::new(
            "the user name is the last part of the device id, the node id; it is the whole device id",
            "用户名为设备 ID 的后半部分（节点 ID）；应为完整的设备 ID",
        )
    } else {
        text!(
            "the user name is {user:?}; it is the device id {device_id:?}",
            "用户名为 {user:?}，应为设备 ID {device_id:?}"
        )
    }
}

/// The hour that keys the digest, and the ones that people take instead: local time, the hour of
/// an older client id, another form of it.
fn hours(sent: &str, draw: &Draw) -> Vec<Candidate> {
    let mut out = vec![Candidate::right(sent)];
    let mut wrong = |key: String, words: Text| {
        if key != sent {
            out.push(Candidate::wrong(key, "password", words));
        }
    };
    let stamped = DateTime::parse_hour_stamp(sent).map(|stamp| stamp.unix(0));
    for moment in stamped.into_iter().chain([draw.now.unix]) {
        for hours in -26..=26 {
            let stamp = auth::timestamp(UnixMillis(moment.0.saturating_add(hours * 3_600_000)));
            let words = if hours == 8 {
                text!(
                    "made with the hour {stamp}, local time (UTC+8), while the client id says \
                     {sent}",
                    "密码使用了本地时间（UTC+8）{stamp}，而客户端 ID 为 {sent}"
                )
            } else {
                text!(
                    "made with the hour {stamp}, while the client id says {sent}: both must be \
                     the same",
                    "密码使用的时间戳为 {stamp}，而客户端 ID 为 {sent}，两者必须一致"
                )
            };
            wrong(stamp, words);
        }
    }
    for moment in stamped.into_iter().chain([draw.now.unix]) {
        let hour = auth::timestamp(moment);
        let other_forms = [
            hour.get(..8).unwrap_or("").to_owned(),
            format!("{hour}00"),
            format!("{hour}0000"),
            (moment.0.div_euclid(1000)).to_string(),
            moment.0.to_string(),
        ];
        for form in other_forms {
            wrong(
                form,
                Text::new(
                    "the time is in another form; the key is the ten digits YYYYMMDDHH",
                    "时间格式不同；密钥应为 10 位数字 YYYYMMDDHH",
                ),
            );
        }
    }
    out
}

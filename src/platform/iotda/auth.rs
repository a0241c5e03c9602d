//! Client id and password: the secret signed with the hour as key.
//!
//! Client id `{device_id}_{type}_{signType}_{YYYYMMDDHH}`, user name the device id, password the
//! lower-case hexadecimal HMAC of the secret, keyed with the ten digits of the hour in UTC.

use crate::platform::calendar::DateTime;
use crate::platform::sign::{Digest, hmac};
use crate::platform::to_hex;
use crate::time::UnixMillis;

/// How the password is made, and whether the platform checks the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignType {
    /// 0: HMAC-SHA256, the hour is not checked.
    Sha256,
    /// 1: HMAC-SHA256, the hour is checked.
    Sha256Checked,
    /// 2: HMAC-SM3, the hour is checked.
    Sm3Checked,
}

impl SignType {
    /// The digit in the client id.
    pub const fn digit(self) -> &'static str {
        match self {
            Self::Sha256 => "0",
            Self::Sha256Checked => "1",
            Self::Sm3Checked => "2",
        }
    }

    /// The sign type of that digit.
    pub fn from_digit(digit: &str) -> Option<Self> {
        match digit {
            "0" => Some(Self::Sha256),
            "1" => Some(Self::Sha256Checked),
            "2" => Some(Self::Sm3Checked),
            _ => None,
        }
    }

    /// The digest under the HMAC.
    pub const fn digest(self) -> Digest {
        match self {
            Self::Sm3Checked => Digest::Sm3,
            _ => Digest::Sha256,
        }
    }

    /// Whether the platform compares the hour with its own clock.
    pub const fn checks_time(self) -> bool {
        !matches!(self, Self::Sha256)
    }
}

/// A client id, taken apart from the right: device ids contain underscores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientId<'a> {
    /// Device id.
    pub device_id: &'a str,
    /// `0`: the id is a device's; `3`: a bridge's.
    pub node_type: &'a str,
    /// Digit of [`SignType`].
    pub sign_type: &'a str,
    /// `YYYYMMDDHH`
    pub timestamp: &'a str,
}

/// Why text is no client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientIdError {
    /// Fewer than four parts.
    #[error("needs four parts separated by _, counted from the right")]
    Parts,
    /// The device id has other characters, or none, or more than 128.
    #[error("device id: 1 to 128 letters, digits, _ or -")]
    DeviceId,
    /// Node type and sign type are single digits.
    #[error("node type and sign type are single digits")]
    Types,
    /// Not ten digits, or no hour that exists.
    #[error("time: ten digits YYYYMMDDHH of an hour that exists")]
    Timestamp,
}

impl ClientIdError {
    /// The same in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Parts => "应由 _ 分为四部分，从右侧数起",
            Self::DeviceId => "设备 ID 应为 1 至 128 个字母、数字、_ 或 -",
            Self::Types => "节点类型与签名类型各为一位数字",
            Self::Timestamp => "时间应为十位数字 YYYYMMDDHH，且该时刻存在",
        }
    }
}

impl<'a> ClientId<'a> {
    /// Takes a client id apart.
    ///
    /// # Errors
    /// The first part that does not fit.
    pub fn parse(text: &'a str) -> Result<Self, ClientIdError> {
        let mut parts = text.rsplitn(4, '_');
        let (Some(timestamp), Some(sign_type), Some(node_type), Some(device_id)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ClientIdError::Parts);
        };
        let digit = |text: &str| text.len() == 1 && text.bytes().all(|b| b.is_ascii_digit());
        if DateTime::parse_hour_stamp(timestamp).is_none() {
            return Err(ClientIdError::Timestamp);
        }
        if !digit(node_type) || !digit(sign_type) {
            return Err(ClientIdError::Types);
        }
        if !is_device_id(device_id) {
            return Err(ClientIdError::DeviceId);
        }
        Ok(Self {
            device_id,
            node_type,
            sign_type,
            timestamp,
        })
    }
}

/// Whether text is a device id: 1 to 128 letters, digits, `_`, `-`.
pub fn is_device_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The hour as the platform's clock, UTC, shows it.
pub fn timestamp(moment: UnixMillis) -> String {
    DateTime::at(moment, 0).hour_stamp()
}

/// The password for a secret and an hour.
pub fn password(sign_type: SignType, secret: &str, timestamp: &str) -> String {
    to_hex(&hmac(
        sign_type.digest(),
        timestamp.as_bytes(),
        secret.as_bytes(),
    ))
}

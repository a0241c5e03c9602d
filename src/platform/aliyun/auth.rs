//! Client id, user name and password: HMAC over the sorted parameters.
//!
//! `{clientId}|securemode={2|3},signmethod={m},timestamp={ms}|`, `{deviceName}&{productKey}`, and
//! the hexadecimal HMAC, keyed with the secret, of name and value of each signed parameter, sorted
//! by name, without separators.

use core::fmt;

use thiserror::Error;

use crate::platform::sign::{Digest, hmac};
use crate::platform::to_hex;

/// Longest client id, before the bars, in characters.
pub const MAX_CLIENT_ID: usize = 64;

/// `signmethod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignMethod {
    /// `hmacsha256`
    Sha256,
    /// `hmacsha1`
    Sha1,
    /// `hmacmd5`
    Md5,
}

impl SignMethod {
    /// All of them, the one to prefer first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha1, Self::Md5];

    /// The word in the client id.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sha256 => "hmacsha256",
            Self::Sha1 => "hmacsha1",
            Self::Md5 => "hmacmd5",
        }
    }

    /// The method of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }

    /// The digest under the HMAC.
    pub const fn digest(self) -> Digest {
        match self {
            Self::Sha256 => Digest::Sha256,
            Self::Sha1 => Digest::Sha1,
            Self::Md5 => Digest::Md5,
        }
    }
}

/// What is signed: each name and its value, sorted by name, nothing between them.
pub fn content(parameters: &[(&str, &str)]) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    sorted
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect()
}

/// The password, in lower-case hexadecimal; the platform takes either case.
pub fn password(method: SignMethod, secret: &str, content: &str) -> String {
    to_hex(&hmac(
        method.digest(),
        secret.as_bytes(),
        content.as_bytes(),
    ))
}

/// The client identifier of CONNECT, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MqttClientId<'a> {
    /// What stands before the bars.
    pub client_id: &'a str,
    /// Parameters between the bars, in order.
    pub parameters: Vec<(&'a str, &'a str)>,
}

/// Why text is no client identifier of this platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClientIdError {
    /// No `|…|` at its end.
    #[error("no parameters between two bars at its end")]
    Bars,
    /// Nothing before the bars.
    #[error("nothing stands before the bars")]
    Empty,
    /// A parameter without `=`.
    #[error("a parameter between the bars has no =")]
    Parameter,
}

impl ClientIdError {
    /// The same in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Bars => "末尾没有两条竖线之间的参数",
            Self::Empty => "竖线之前为空",
            Self::Parameter => "竖线之间有参数缺少 =",
        }
    }
}

impl<'a> MqttClientId<'a> {
    /// Takes a client identifier apart.
    ///
    /// # Errors
    /// When the bars are missing, nothing stands before them, or a parameter has no `=`.
    pub fn parse(text: &'a str) -> Result<Self, ClientIdError> {
        let inner = text.strip_suffix('|').ok_or(ClientIdError::Bars)?;
        let (client_id, list) = inner.rsplit_once('|').ok_or(ClientIdError::Bars)?;
        if client_id.is_empty() {
            return Err(ClientIdError::Empty);
        }
        let parameters = list
            .split(',')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').ok_or(ClientIdError::Parameter))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            client_id,
            parameters,
        })
    }

    /// Whether it asks for a registration instead of a login.
    pub fn registers(&self) -> bool {
        matches!(self.parameter("authType"), Some("register" | "regnwl"))
    }

    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| *value)
    }
}

impl fmt::Display for MqttClientId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|", self.client_id)?;
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{name}={value}")?;
        }
        f.write_str("|")
    }
}

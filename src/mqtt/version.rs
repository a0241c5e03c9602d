//! The three protocol versions and how a CONNECT names them.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A version of MQTT, as CONNECT names it by protocol name and protocol level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProtocolVersion {
    /// MQTT 3.1: protocol name `MQIsdp`, level 3.
    V3_1,
    /// MQTT 3.1.1: protocol name `MQTT`, level 4.
    V3_1_1,
    /// MQTT 5.0: protocol name `MQTT`, version 5.
    V5_0,
}

impl ProtocolVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 3] = [Self::V3_1, Self::V3_1_1, Self::V5_0];

    /// The protocol name that CONNECT carries.
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Self::V3_1 => "MQIsdp",
            Self::V3_1_1 | Self::V5_0 => "MQTT",
        }
    }

    /// The protocol level (3.x) or protocol version (5.0) byte that CONNECT carries.
    pub const fn level(self) -> u8 {
        match self {
            Self::V3_1 => 3,
            Self::V3_1_1 => 4,
            Self::V5_0 => 5,
        }
    }

    /// The version with this protocol level.
    pub const fn from_level(level: u8) -> Option<Self> {
        match level {
            3 => Some(Self::V3_1),
            4 => Some(Self::V3_1_1),
            5 => Some(Self::V5_0),
            _ => None,
        }
    }

    /// `3.1`, `3.1.1` or `5.0`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V3_1 => "3.1",
            Self::V3_1_1 => "3.1.1",
            Self::V5_0 => "5.0",
        }
    }

    /// The version that a CONNECT frame names, from its protocol name and level alone.
    ///
    /// `None` when the frame is no CONNECT, is too short, or names a protocol that is not MQTT.
    pub fn of_connect(frame: &[u8]) -> Option<Self> {
        let (&first, rest) = frame.split_first()?;
        if first >> 4 != 1 {
            return None;
        }
        let length = rest.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
        let body = rest.get(length..)?;
        Self::ALL.into_iter().find(|version| {
            let name = version.protocol_name().as_bytes();
            body.get(..2) == Some(&[0, name.len() as u8])
                && body.get(2..2 + name.len()) == Some(name)
                && body.get(2 + name.len()) == Some(&version.level())
        })
    }

    /// Whether packets carry properties and reason codes.
    pub(crate) const fn has_properties(self) -> bool {
        matches!(self, Self::V5_0)
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

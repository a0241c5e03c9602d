//! Bytes to MQTT control packets and back, for 3.1, 3.1.1 and 5.0, and the dissection of both.

mod field;

pub use field::{BitRange, Field, FieldKind, Note, Severity};

use serde::{Deserialize, Serialize};

/// MQTT protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProtocolVersion {
    /// 3.1
    V3_1,
    /// 3.1.1
    V3_1_1,
    /// 5.0
    V5_0,
}

/// Quality of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum QoS {
    /// 0
    AtMostOnce,
    /// 1
    AtLeastOnce,
    /// 2
    ExactlyOnce,
}

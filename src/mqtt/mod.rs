//! Bytes to MQTT control packets and back, for 3.1, 3.1.1 and 5.0, and the dissection of both.

mod field;

pub use field::{BitRange, Field, FieldKind, Note, Severity};

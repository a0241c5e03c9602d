//! What the composer holds, and what it would send.

use super::{Field, Finding, FormValues, Publication, PublishProperties};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What the composer holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Draft {
    /// A form of the dialect, with `${variables}`.
    Form {
        /// [`MessageKind::key`](super::MessageKind::key) of a kind that travels up.
        kind: String,
        /// The form.
        values: FormValues,
    },
    /// Topic and bytes as they are.
    Raw(Publication),
    /// Topic and payload with `${variables}`.
    Template(Publication),
    /// Any of these with properties of MQTT 5.0, which other versions leave out.
    WithProperties(Box<Self>, Box<PublishProperties>),
}

/// What a draft would send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// [`DeviceCommand::Preview`](super::DeviceCommand::Preview)'s number.
    pub draft: u64,
    /// The message; `None` when what was typed cannot be turned into one.
    pub publication: Option<Publication>,
    /// The whole PUBLISH as it would go over the wire now, with the packet identifier shown as 1
    /// where there will be one.
    pub bytes: Bytes,
    /// Its field tree.
    pub tree: Vec<Field>,
    /// Remarks.
    pub findings: Vec<Finding>,
}

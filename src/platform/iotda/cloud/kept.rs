//! What the platform keeps about devices, messages and requests.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::SEED;
use super::super::payload::MessageStatus;
use super::super::topics::Kind;
use crate::platform::form::value;
use crate::platform::json::{self, Node, ObjectWriter};
use crate::platform::{Finding, FormValues, Place};
use crate::time::{Instant, UnixMillis};

#[derive(Clone, Debug, Default)]
pub(super) struct Device {
    pub(super) secret: String,
    /// The client id of its connection, while it has one.
    pub(super) client_id: Option<String>,
    pub(super) filters: BTreeSet<String>,
    pub(super) reported: BTreeMap<String, Stored>,
    pub(super) desired: BTreeMap<String, Stored>,
    pub(super) messages: VecDeque<Message>,
    pub(super) version: i64,
}

/// A service's properties, as JSON, and when they came.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) properties: String,
    pub(super) at: UnixMillis,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) payload: String,
    pub(super) status: MessageStatus,
    pub(super) expires: Instant,
}

#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) device: String,
    pub(super) kind: Kind,
    pub(super) sent: Instant,
    /// Name of the batch task that it belongs to.
    pub(super) task: Option<String>,
    /// The application's request that waits for it.
    pub(super) exchange: Option<u64>,
}

/// A batch task: how many devices it speaks to, and how many parts have ended how.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) name: String,
    pub(super) total: usize,
    pub(super) succeeded: usize,
    pub(super) failed: usize,
}

/// JSON as typed; `default` if nothing was.
pub(super) fn json_or(
    key: &'static str,
    values: &FormValues,
    default: &str,
) -> Result<String, Box<Finding>> {
    let typed = match value(values, key) {
        "" => default,
        typed => typed,
    };
    match json::parse(typed.as_bytes()) {
        Ok(_) => Ok(typed.to_owned()),
        Err(error) => Err(Box::new(Finding::error(
            "BadJson",
            Place::form(key),
            error.message(),
            SEED,
        ))),
    }
}

/// The stored properties with those of `update` put over them.
pub(super) fn merge(stored: &str, update: &Node, source: &[u8]) -> String {
    let Ok(old) = json::parse(stored.as_bytes()) else {
        return update.raw(source).to_owned();
    };
    let mut out = ObjectWriter::new();
    for member in old.members() {
        if update.member(&member.key).is_none() {
            out = out.raw(&member.key, member.node.raw(stored.as_bytes()));
        }
    }
    for member in update.members().iter().filter(|member| !member.repeated) {
        if let Some(node) = update.member(&member.key) {
            out = out.raw(&member.key, node.raw(source));
        }
    }
    out.finish()
}

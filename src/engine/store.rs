//! What the engine asks of the browser's storage: a small table of numbered records under one key
//! for each MQTT session.

use bytes::Bytes;

/// One request to the storage. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreTicket(pub(super) u64);

/// Names one MQTT session in the storage: a digest of server, client identifier and protocol
/// version. What is stored under it holds topics and payloads that are on their way, as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreKey(pub(super) String);

impl StoreKey {
    /// Its text: hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Changes to the records under one key, all of them or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Whether everything that is there goes first.
    pub clear: bool,
    /// Records to write, by number.
    pub put: Vec<(u64, Bytes)>,
    /// Numbers of records to remove.
    pub delete: Vec<u64>,
}

/// Why nothing was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The browser gives this page no storage.
    #[error("this browser gives the page no storage")]
    Unavailable,
    /// The browser refused, usually because the quota is used up.
    #[error("the browser refused to store, its quota may be used up")]
    Refused,
    /// The browser did not answer.
    #[error("the browser's storage does not answer")]
    Silent,
}

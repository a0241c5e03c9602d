//! The same reading as every platform wants it.

use std::collections::BTreeMap;

use super::{DialectId, Finding, FormValues, Publication};
use serde::{Deserialize, Serialize};

/// Values to be reported, and who reports them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareRequest {
    /// Returned in [`Comparison::number`].
    pub number: u64,
    /// Name and value of each reading. A value that is a number, `true` or `false` in JSON is that;
    /// any other is text.
    pub readings: Vec<(String, String)>,
    /// Identity forms that the user filled in, by platform; elsewhere the declared defaults count.
    pub identities: BTreeMap<DialectId, FormValues>,
}

// Identities hold secrets.
impl core::fmt::Debug for CompareRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CompareRequest")
            .field("number", &self.number)
            .field("readings", &self.readings)
            .finish_non_exhaustive()
    }
}

/// The same reading on every platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// [`CompareRequest::number`].
    pub number: u64,
    /// One or more messages of each platform, in the order of the catalogue.
    pub rows: Vec<CompareRow>,
}

/// One message of one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareRow {
    /// The platform.
    pub dialect: DialectId,
    /// The message; `None` when the reading cannot be turned into one.
    pub publication: Option<Publication>,
    /// Bytes of the whole PUBLISH, by the platform's preferred version.
    pub size: u32,
    /// Remarks.
    pub findings: Vec<Finding>,
}

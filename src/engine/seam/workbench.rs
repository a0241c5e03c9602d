//! The credential workbench: what is to be worked out, and every step of it.

use core::fmt;

use super::{Finding, FormValues, Text};
use serde::{Deserialize, Serialize};

/// What the workbench shows. Held in memory on both sides of the seam, never stored or logged.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkbenchRequest {
    /// [`Calculator::key`](super::Calculator::key).
    pub calculator: String,
    /// The calculator's own form; the identity takes its place where the calculator says so.
    pub values: FormValues,
    /// What was pasted to be held against the result; blank fields are not compared.
    pub presented: FormValues,
    /// Whether steps that hold a secret come with their value.
    pub reveal: bool,
}

impl fmt::Debug for WorkbenchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkbenchRequest")
            .field("calculator", &self.calculator)
            .field("values", &"(redacted)")
            .field("presented", &"(redacted)")
            .field("reveal", &self.reveal)
            .finish()
    }
}

/// A computation worked through.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkbenchView {
    /// [`DeviceCommand::Workbench`](super::DeviceCommand::Workbench)'s number.
    pub number: u64,
    /// Every step, the results last.
    pub steps: Vec<WorkbenchStep>,
    /// Remarks on what was typed.
    pub findings: Vec<Finding>,
    /// What is wrong with what was pasted, part by part; no error among them: it is right.
    /// `None` while nothing is pasted.
    pub verdict: Option<Vec<Finding>>,
}

/// One step of a computation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkbenchStep {
    /// What this step makes.
    pub label: Text,
    /// Whether the value is masked until it is asked for.
    pub secret: bool,
    /// The result; `None` while it is masked.
    pub value: Option<String>,
}

impl fmt::Debug for WorkbenchStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_deref();
        f.debug_struct("WorkbenchStep")
            .field("label", &self.label.en)
            .field(
                "value",
                &if self.secret && value.is_some() {
                    Some("(redacted)")
                } else {
                    value
                },
            )
            .finish()
    }
}

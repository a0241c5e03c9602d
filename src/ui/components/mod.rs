//! Parts that know no panel: inputs, lists, tabs, dividers, findings, bytes.

mod choice;
mod dialog;
mod fields;
mod findings;
mod form;
mod hex_editor;
mod hex_view;
mod live;
mod progress;
mod size;
mod splitter;
mod tabs;
mod virtual_rows;

pub use choice::{Choose, QosChoice};
pub use dialog::{Caps, Modal};
pub use fields::{DigitsField, Fold, NumberField, SwitchField, TextField};
pub use findings::{FindingList, SeverityMark, severity_name};
pub use form::{FormFields, SecretInput};
pub use hex_editor::HexEditor;
pub use hex_view::{HexView, Mapped, Pick, kind_name};
pub use live::{live, part};
pub use progress::Progress;
pub use size::observe_size;
pub use splitter::{Axis, Splitter};
pub use tabs::{Badge, TabList, TabSpec};
pub use virtual_rows::VirtualRows;

//! The parts of the page.

mod above;
mod attempt;
mod beside;
mod charts;
mod cloud;
mod commands;
mod compare;
mod compose;
mod connection;
mod decode;
mod device;
mod device_tabs;
mod dock;
mod faults;
mod guide;
mod inspector;
mod library;
mod log;
mod mqtt5;
mod overlay;
pub mod registry;
mod reports;
mod rules;
mod subscriptions;
mod top_bar;
mod topics;
mod workbench;

pub use above::Above;
pub use beside::Beside;
pub use device::DevicePanel;
pub use dock::Dock;
pub use guide::Guide;
pub use inspector::Inspector;
pub use log::{LogPanel, Side};
pub use overlay::{EngineFailed, Toasts};
pub use top_bar::{Status, TopBar, Totals};

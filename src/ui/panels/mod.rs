//! The parts of the page.

mod attempt;
mod charts;
mod cloud;
mod commands;
mod compare;
mod compose;
mod connection;
mod decode;
mod device;
mod dock;
mod faults;
mod inspector;
mod library;
mod log;
mod overlay;
pub mod registry;
mod reports;
mod rules;
mod subscriptions;
mod top_bar;
mod topics;
mod workbench;

pub use device::DevicePanel;
pub use dock::Dock;
pub use inspector::Inspector;
pub use log::LogPanel;
pub use overlay::{EngineFailed, Toasts};
pub use top_bar::TopBar;

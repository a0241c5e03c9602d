//! The parts of the page.

mod attempt;
mod cloud;
mod commands;
mod compare;
mod compose;
mod connection;
mod decode;
mod device;
mod dock;
mod inspector;
mod library;
mod log;
mod overlay;
pub mod registry;
mod subscriptions;
mod top_bar;
mod workbench;

pub use device::DevicePanel;
pub use dock::Dock;
pub use inspector::Inspector;
pub use log::LogPanel;
pub use overlay::{EngineFailed, Toasts};
pub use top_bar::TopBar;

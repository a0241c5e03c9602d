//! The page: Leptos panels over the engine's updates. It sees the types of the seam and the
//! adapters of `browser`, and nothing behind them.
//!
//! What needs no DOM is in plain modules that compile and are tested natively: [`viewport`],
//! [`byte_map`], [`mod@format`], [`hex_edit`], [`keys`], [`workspace`], [`portable`], [`settings`],
//! [`shelf`], [`ticks`], [`i18n`]. The rest exists for wasm32.

pub mod byte_map;
pub mod convert;
pub mod diff;
pub mod fold;
pub mod format;
pub mod hex_edit;
pub mod i18n;
pub mod keys;
pub mod library;
pub mod portable;
pub mod readings;
pub mod settings;
pub mod shelf;
pub mod ticks;
pub mod viewport;
pub mod workspace;

#[cfg(target_arch = "wasm32")]
mod actions;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod asking;
#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
mod composing;
#[cfg(target_arch = "wasm32")]
mod console;
#[cfg(target_arch = "wasm32")]
mod decoding;
#[cfg(target_arch = "wasm32")]
mod devices;
#[cfg(target_arch = "wasm32")]
mod looking;
#[cfg(target_arch = "wasm32")]
mod near;
#[cfg(target_arch = "wasm32")]
mod notices;
#[cfg(target_arch = "wasm32")]
mod outward;
#[cfg(target_arch = "wasm32")]
mod panels;

#[cfg(target_arch = "wasm32")]
pub use app::mount;

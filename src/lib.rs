//! Device Console: a static web page that *is* an IoT device.
//!
//! The page computes a device's credentials, speaks MQTT over WebSocket, registers, reports,
//! answers commands, and shows every control packet down to the bit.
//!
//! # Rooms, and who may know whom
//!
//! ```text
//! time <- mqtt <- {session, platform} <- {sim, capture} <- engine <- ui (the seam types alone)
//! ```
//!
//! | room | holds |
//! |---|---|
//! | [`time`] | [`time::Instant`] and [`time::UnixMillis`] as plain numbers; no clock |
//! | [`mqtt`] | bytes to control packets and back, all versions; the dissection |
//! | [`session`] | a sans-IO client: bytes and time in; frames, events, next deadline out |
//! | [`platform`] | the dialects: declaration, messages, linting; device half and cloud half |
//! | [`sim`] | the simulated platform: a sans-IO broker around the dialects' cloud halves |
//! | [`transport`] | what a link is; the WebSocket link (wasm32) |
//! | [`engine`] | owns sessions, links, log, ledger and rules; `Command` in, `Update` out |
//! | `browser` | one small adapter per browser API (wasm32) |
//! | [`ui`] | the page: plain modules, and Leptos panels over `Update`s (wasm32) |
//!
//! Everything but `browser`, the panels of [`ui`] and `transport::web_socket` compiles and is tested
//! natively.
//! Pure rooms take time and randomness as arguments and never panic, whatever bytes arrive.

#![warn(missing_docs)]
// Whatever arrives, a room answers with an error and not with a panic.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::unimplemented,
    clippy::indexing_slicing
)]

pub mod capture;
pub mod engine;
pub mod mqtt;
pub mod platform;
pub mod session;
pub mod sim;
pub mod time;
pub mod transport;
pub mod ui;

#[cfg(target_arch = "wasm32")]
pub mod browser;

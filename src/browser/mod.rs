//! One small adapter per browser API, each with a plain-Rust signature. No `JsValue` leaves this
//! room.

pub mod clipboard;
pub mod clock;
pub mod engine_host;
pub mod files;
pub mod locale;
pub mod network;
pub mod parts;
pub mod random;
pub mod session_locks;
pub mod session_store;
pub mod storage;
pub mod worker;

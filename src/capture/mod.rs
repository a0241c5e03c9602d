//! Bytes that come into the console from outside a connection: pasted text and dropped files, read
//! as whatever they are written in, and cut into control packets; and the log as a file for others.
//!
//! This room knows no connection and no state. Whatever is pasted gives a result: what could not be
//! read is told with its place, and what is no packet is shown as bytes.

pub mod cut;
pub mod expected;
pub mod export;
pub mod paste;
pub mod payload;

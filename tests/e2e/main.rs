//! End-to-end tests: the release page in headless Chromium against real peers. `make e2e` builds
//! the page and runs them.
//!
//! Every process is started by the test that needs it, on free ports, and ended with it. Waits are
//! for conditions, never for time.

// Real processes take real time; the rule that time is an argument is for the product.
#![allow(clippy::disallowed_methods)]

mod browser;
mod doubles;
mod held_server;
mod mosquitto;
mod page;
mod process;
mod simulated_broker;
mod static_server;
mod valve;

// What the native tests of the session have, too: a broker that is killed, the barrier in front of
// it, and a session with a plain socket.
#[allow(dead_code)]
#[path = "../chaos/barrier.rs"]
mod barrier;
#[allow(dead_code)]
#[path = "../chaos/broker.rs"]
mod broker;
#[allow(dead_code)]
#[path = "../chaos/device.rs"]
mod device;
#[path = "../chaos/promises.rs"]
mod promises;
#[path = "../chaos/tools.rs"]
mod tools;
#[path = "../chaos/trace.rs"]
mod trace;

mod accessibility;
mod bad_input;
mod chaos;
mod composer;
mod cuts;
mod decoder;
mod fit;
mod harness;
mod hidden_tab;
mod inspector;
mod keyboard;
mod log;
mod mqtt5;
mod owners;
mod platforms;
mod real_broker;
mod reconnect;
mod relay;
mod screenshots;
mod simulated_platform;
mod soak;
mod start;
mod survives;
mod workspace;

//! End-to-end tests: the release page in headless Chromium against real peers. `make e2e` builds
//! the page and runs them.
//!
//! Every process is started by the test that needs it, on free ports, and ended with it. Waits are
//! for conditions, never for time.

mod browser;
mod doubles;
mod mosquitto;
mod page;
mod process;
mod static_server;

mod bad_input;
mod harness;
mod real_broker;
mod screenshots;
mod simulated_platform;

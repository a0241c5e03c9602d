//! The session against a real Mosquitto, while everything between and behind them breaks: nothing is
//! lost, nothing of QoS 2 comes twice.
//!
//! Mosquitto writes its sessions when told to (SIGUSR1), not before it acknowledges; what it has
//! acknowledged and not written is lost by SIGKILL whatever a client does. So `kills` lets it write
//! while the device stands still, and kills it then; and `barrier` holds back everything that the
//! broker says until it has written what it said, and kills it at any moment. `cuts` leaves the
//! broker alone and cuts the connection at every single byte. Who counts is independent:
//! `mosquitto_sub` collects what the device published, `mosquitto_pub` publishes what it must
//! receive. What passes the barrier is noted with its time, and written to the folder for temporary
//! files when a test fails.
//!
//! `CHAOS_KILLS` and `CHAOS_MESSAGES` (of each QoS, each way) make it long, `CHAOS_SEED` another.

// The clock is the real one: a real broker is on the other side.
#![allow(clippy::disallowed_methods)]

// Some of it is for the tests of the page alone.
#[allow(dead_code)]
mod barrier;
// Its WebSocket port is for the tests of the page.
#[allow(dead_code)]
mod broker;
mod cuts;
// Some of it is for the soak test alone.
#[allow(dead_code)]
mod device;
mod kills;
mod moments;
mod promises;
#[allow(dead_code)]
mod proxy;
mod tools;
mod trace;

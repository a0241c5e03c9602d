//! The engine: owns sessions, links, log, ledger and answer rules, and the simulated platform.
//! [`seam::Command`] in, [`seam::Update`] out; no DOM, so it runs natively in tests.

pub mod seam;

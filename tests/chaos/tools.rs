//! Patience, settings and chance.

use std::time::{Duration, Instant};

/// How long anything may take that takes no time when it works.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn setting(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text:?} is not a number")),
        Err(_) => default,
    }
}

/// Waits until `done`, or panics saying what was awaited.
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A small generator, so that a failing run can be repeated.
pub struct Random(u64);

impl Random {
    pub fn new(seed: usize) -> Self {
        // Neighbouring seeds must not start alike, and zero stays zero.
        let seed = u64::try_from(seed).expect("a number");
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }
}

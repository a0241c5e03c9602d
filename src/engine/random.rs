//! Numbers that must not repeat by accident, from a seed that the browser drew. Not for secrets.

/// A generator (Steele, Lea and Flood's SplitMix64): every seed gives a full period of 2^64.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Numbers used once that nobody may foresee: a digest of random bytes from the browser and of a
/// counter, so that those given before tell nothing of those to come.
#[derive(Default)]
pub(super) struct Nonces {
    entropy: [u8; 32],
    count: u64,
}

impl Nonces {
    pub(super) const fn new(entropy: [u8; 32]) -> Self {
        Self { entropy, count: 0 }
    }

    pub(super) fn next(&mut self) -> [u8; 18] {
        use sha2::{Digest as _, Sha256};
        let mut digest = Sha256::new();
        digest.update(self.entropy);
        digest.update(self.count.to_be_bytes());
        self.count = self.count.saturating_add(1);
        let mut nonce = [0; 18];
        for (to, from) in nonce.iter_mut().zip(digest.finalize()) {
            *to = from;
        }
        nonce
    }
}

//! The fuzz targets over their seeds, and over each seed with bytes changed and cut off, so that
//! they are run without a nightly compiler and without a fuzzer.

#[path = "../fuzz/src/mqtt.rs"]
mod fuzz;

use std::{fs, path::Path};

/// The seeds of a folder, each as it is, cut at every byte, and with every byte changed.
fn for_each_input(folder: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(folder);
    let mut seeds = 0;
    for entry in fs::read_dir(folder).expect("the folder of the seeds") {
        let seed = fs::read(entry.expect("an entry").path()).expect("a readable seed");
        seeds += 1;
        check(&seed);
        for at in 0..seed.len().min(160) {
            check(&seed[..at]);
            for change in [0x01, 0x80, 0xFF] {
                let mut changed = seed.clone();
                changed[at] ^= change;
                check(&changed);
            }
        }
    }
    assert!(seeds > 20, "only {seeds} seeds");
}

#[test]
fn decode_holds_over_its_seeds() {
    for_each_input("frames", fuzz::decode);
}

#[test]
fn dissect_holds_over_its_seeds() {
    for_each_input("frames", fuzz::dissect);
}

#[test]
fn reencode_holds_over_its_seeds() {
    for_each_input("frames", fuzz::reencode);
}

#[test]
fn framer_holds_over_its_seeds() {
    for_each_input("streams", fuzz::framer);
}

//! The platforms' fuzz targets over every payload of the vectors, each as it is, cut at every byte
//! and with every byte changed, so that they are run without a nightly compiler and a fuzzer.

#[path = "../fuzz/src/platform.rs"]
mod fuzz;

use std::fs;

use device_console::platform::from_hex;
use serde_json::Value;

/// Payloads of the rows of that dialect.
fn payloads(dialect: &str) -> Vec<Vec<u8>> {
    let mut files = vec!["tests/vectors/platform.json".to_owned()];
    for entry in fs::read_dir("tests/vectors/platform").expect("the folder of the vectors") {
        files.push(
            entry
                .expect("an entry")
                .path()
                .to_string_lossy()
                .into_owned(),
        );
    }
    let mut out = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable file");
        let rows: Vec<Value> = serde_json::from_str(&text).expect("an array of rows");
        for row in rows.iter().filter(|row| row["dialect"] == dialect) {
            for side in ["input", "expected"] {
                match (&row[side]["payload"], &row[side]["hex"]) {
                    (Value::String(text), _) => out.push(text.clone().into_bytes()),
                    (Value::Null, Value::String(hex)) => out.extend(from_hex(hex)),
                    (Value::Null, _) => {}
                    (json, _) => out.push(json.to_string().into_bytes()),
                }
            }
        }
    }
    out
}

fn run(dialect: &str, check: fn(&[u8])) {
    let seeds = payloads(dialect);
    assert!(seeds.len() > 4, "{dialect}: only {} seeds", seeds.len());
    for (number, seed) in seeds.iter().enumerate() {
        // Every topic and direction once with the seed whole, then one with it spoilt.
        for choice in 0..=u8::MAX {
            let mut input = vec![choice];
            input.extend(seed);
            check(&input);
        }
        let choice = u8::try_from(number % 256).expect("below 256");
        for at in 0..seed.len().min(120) {
            let mut cut = vec![choice];
            cut.extend(&seed[..at]);
            check(&cut);
            let mut changed = vec![choice];
            changed.extend(seed);
            changed[at + 1] ^= 0x81;
            check(&changed);
        }
    }
}

/// The seeds that the fuzzer begins with.
fn committed_seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(folder).expect("the folder of the seeds");
    let seeds: Vec<Vec<u8>> = entries
        .map(|entry| fs::read(entry.expect("an entry").path()).expect("a readable seed"))
        .collect();
    assert!(seeds.len() > 4, "{target}: only {} seeds", seeds.len());
    seeds
}

/// A fuzz target's name, and what it does with an input.
type Target = (&'static str, fn(&[u8]));

#[test]
fn every_target_holds_over_the_seeds_that_its_fuzzer_begins_with() {
    let targets: [Target; 7] = [
        ("onem2m", fuzz::onem2m),
        ("onenet", fuzz::onenet),
        ("aliyun", fuzz::aliyun),
        ("eztcloud", fuzz::eztcloud),
        ("thingscloud", fuzz::thingscloud),
        ("iotda", fuzz::iotda),
        ("json_reader", fuzz::json_reader),
    ];
    for (target, check) in targets {
        for seed in committed_seeds(target) {
            check(&seed);
        }
    }
}

#[test]
fn onem2m_holds() {
    run("onem2m", fuzz::onem2m);
}

#[test]
fn onenet_holds() {
    run("onenet", fuzz::onenet);
}

#[test]
fn aliyun_holds() {
    run("aliyun", fuzz::aliyun);
}

#[test]
fn eztcloud_holds() {
    run("eztcloud", fuzz::eztcloud);
}

#[test]
fn thingscloud_holds() {
    run("thingscloud", fuzz::thingscloud);
}

#[test]
fn iotda_holds() {
    run("iotda", fuzz::iotda);
}

#[test]
fn json_reader_holds() {
    for dialect in ["onem2m", "aliyun", "eztcloud", "iotda"] {
        for seed in payloads(dialect) {
            fuzz::json_reader(&seed);
            for at in 0..seed.len() {
                fuzz::json_reader(&seed[..at]);
            }
        }
    }
}

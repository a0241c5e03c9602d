#![no_main]

#[path = "../src/mqtt.rs"]
mod mqtt;

libfuzzer_sys::fuzz_target!(|data: &[u8]| mqtt::decode(data));

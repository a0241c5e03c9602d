#![no_main]

#[path = "../src/platform.rs"]
mod platform;

libfuzzer_sys::fuzz_target!(|data: &[u8]| platform::eztcloud(data));

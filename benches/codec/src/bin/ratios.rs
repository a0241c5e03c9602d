//! Packets per second of every codec in one native run, and our ratio to the fastest of the others.
//!
//! ```text
//! cargo run --release --bin ratios -- [--rounds 9] [--ms 60] [--case TEXT] [--codec NAME]
//! ```
//!
//! Every codec runs once per round, round after round, so that a slow spell of the machine hits
//! all alike; figures are medians, and ratios are medians of the rounds' ratios. `--case` takes
//! the cases whose name contains the text, `--codec` one codec alone, as a profiler wants it.

use std::{hint::black_box, time::Instant};

use codec_bench::{
    CODECS, corpus, decoder, encoder,
    table::{Measurements, Task},
};

struct Options {
    rounds: u32,
    milliseconds: u32,
    case: String,
    codec: Option<String>,
}

fn options() -> Options {
    let mut options = Options {
        rounds: 9,
        milliseconds: 60,
        case: String::new(),
        codec: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match name.as_str() {
            "--rounds" => options.rounds = value.parse().expect("a number of rounds"),
            "--ms" => options.milliseconds = value.parse().expect("milliseconds for each cell"),
            "--case" => options.case = value,
            "--codec" => options.codec = Some(value),
            _ => panic!("unknown argument {name:?}"),
        }
    }
    options
}

fn main() {
    let options = options();
    let cases = corpus::cases();
    let mut measurements = Measurements::default();
    for round in 0..=options.rounds {
        for task in Task::ALL {
            for case in cases
                .iter()
                .filter(|case| task == Task::Decode || case.chunk.is_none())
            {
                let label = format!("{} {}", task.name(), case.name);
                if !label.contains(&options.case) {
                    continue;
                }
                for &codec in CODECS {
                    if options.codec.as_deref().is_some_and(|only| only != codec) {
                        continue;
                    }
                    let limit = f64::from(options.milliseconds) / 1e3;
                    let rate = match task {
                        Task::Decode => decoding_rate(case, codec, limit),
                        Task::Encode => encoding_rate(case, codec, limit),
                    };
                    // The first round warms up.
                    if let Some(rate) = rate.filter(|_| round > 0) {
                        measurements.add(task, case.name, codec, rate);
                    }
                }
            }
        }
    }
    print!("{}", measurements.tables());
}

/// Packets per second over so many seconds; `None` where the codec lacks the version.
fn decoding_rate(case: &corpus::Case, codec: &str, limit: f64) -> Option<f64> {
    let mut decoder = decoder(codec, case.version)?;
    let chunks = case.chunks();
    let mut packets = 0;
    let start = Instant::now();
    loop {
        let decoded: usize = chunks
            .iter()
            .map(|chunk| decoder.feed(black_box(chunk)))
            .sum();
        assert_eq!(decoded, case.packets, "{codec}, {}", case.name);
        packets += decoded;
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed > limit {
            return Some(packets as f64 / elapsed);
        }
    }
}

/// Likewise for encoding.
fn encoding_rate(case: &corpus::Case, codec: &str, limit: f64) -> Option<f64> {
    let mut encoder = encoder(codec, case.version, &case.stream)?;
    let mut packets = 0;
    let start = Instant::now();
    loop {
        let length = encoder.encode_all();
        assert_eq!(length, case.stream.len(), "{codec}, {}", case.name);
        packets += case.packets;
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed > limit {
            return Some(packets as f64 / elapsed);
        }
    }
}

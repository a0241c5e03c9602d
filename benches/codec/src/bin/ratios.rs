//! Packets per second of every codec in one run, and our ratio to the fastest of the others.
//!
//! ```text
//! cargo run --release [--] [rounds, 9] [milliseconds per cell, 60]
//! ```
//!
//! Every codec runs once per round, round after round, so that a slow spell of the machine hits
//! all alike; figures are medians, and ratios are medians of the rounds' ratios.

use std::{hint::black_box, time::Instant};

use codec_bench::{CODECS, corpus, decoder, encoder};

/// What is ours; the first decodes and encodes.
const OURS: [&str; 2] = ["device-console", "device-console, dissection"];
const LIMIT: &str = "fixed headers alone";

struct Row {
    case: &'static str,
    codec: &'static str,
    rates: Vec<f64>,
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u32>());
    let rounds = arguments.next().map_or(9, |rounds| rounds.expect("a number of rounds"));
    let cell = arguments.next().map_or(60, |cell| cell.expect("milliseconds"));
    let cases = corpus::cases();
    for encoding in [false, true] {
        let mut rows: Vec<Row> = Vec::new();
        for round in 0..=rounds {
            for case in cases.iter().filter(|case| !encoding || case.chunk.is_none()) {
                for &codec in CODECS {
                    let Some(rate) = measure(case, codec, encoding, cell) else { continue };
                    // The first round warms up.
                    if round == 0 {
                        rows.push(Row { case: case.name, codec, rates: Vec::new() });
                    } else if let Some(row) =
                        rows.iter_mut().find(|row| row.case == case.name && row.codec == codec)
                    {
                        row.rates.push(rate);
                    }
                }
            }
        }
        println!("{}, million packets per second", if encoding { "Encode" } else { "Decode" });
        for case in &cases {
            print_case(case.name, &rows);
        }
        println!();
    }
}

/// Packets per second.
fn measure(case: &corpus::Case, codec: &str, encoding: bool, milliseconds: u32) -> Option<f64> {
    let limit = f64::from(milliseconds) / 1e3;
    let mut packets = 0;
    if encoding {
        let mut encoder = encoder(codec, case.version, &case.stream)?;
        let mut out = Vec::with_capacity(case.stream.len() * 2);
        encoder.encode_all(&mut out);
        assert_eq!(out.len(), case.stream.len(), "{codec}, {}", case.name);
        let start = Instant::now();
        loop {
            out.clear();
            encoder.encode_all(&mut out);
            black_box(&out);
            packets += case.packets;
            let elapsed = start.elapsed().as_secs_f64();
            if elapsed > limit {
                return Some(packets as f64 / elapsed);
            }
        }
    }
    let mut decoder = decoder(codec, case.version)?;
    let chunks = case.chunks();
    let start = Instant::now();
    loop {
        let decoded: usize = chunks.iter().map(|chunk| decoder.feed(black_box(chunk))).sum();
        assert_eq!(decoded, case.packets, "{codec}, {}", case.name);
        packets += decoded;
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed > limit {
            return Some(packets as f64 / elapsed);
        }
    }
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn print_case(case: &str, rows: &[Row]) {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.case == case).collect();
    if rows.is_empty() {
        return;
    }
    println!("  {case}");
    for row in &rows {
        println!("    {:<30}{:>8.2}", row.codec, median(row.rates.iter().copied()) / 1e6);
    }
    let peers = rows.iter().filter(|row| row.codec != LIMIT && !OURS.contains(&row.codec));
    let fastest = peers.max_by(|a, b| {
        median(a.rates.iter().copied()).total_cmp(&median(b.rates.iter().copied()))
    });
    let (Some(ours), Some(fastest)) = (rows.iter().find(|row| row.codec == OURS[0]), fastest)
    else {
        return;
    };
    let ratio = median(ours.rates.iter().zip(&fastest.rates).map(|(ours, peer)| ours / peer));
    println!("    ratio to {:<21}{ratio:>8.2}x", fastest.codec);
}

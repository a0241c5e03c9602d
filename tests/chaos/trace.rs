//! What went over the wire, kept for the case that a test fails.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use device_console::mqtt::{FrameDecoder, ProtocolVersion, Summary};

/// Bytes that are kept at most; the oldest go first.
const KEPT: usize = 8 << 20;

/// Who said what is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// What a client sent, as it is passed to the broker.
    ByClient,
    /// What the broker sent, as it is read from it.
    ByBroker,
    /// What the broker sent, as it is passed to the client.
    HandedOn,
    /// What the test did.
    ByTest,
}

struct Entry {
    micros: u128,
    connection: usize,
    said: Said,
    bytes: Vec<u8>,
}

/// The last of what passed on every connection of a test, in the order in which it passed.
pub struct Trace {
    started: Instant,
    entries: Mutex<(VecDeque<Entry>, usize)>,
}

impl Trace {
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            entries: Mutex::default(),
        }
    }

    pub fn bytes(&self, connection: usize, said: Said, bytes: &[u8]) {
        // A trace is written by tests that fail: it has to outlive them.
        let mut entries = self.entries.lock().unwrap_or_else(|it| it.into_inner());
        let (entries, size) = &mut *entries;
        *size += bytes.len();
        entries.push_back(Entry {
            micros: self.started.elapsed().as_micros(),
            connection,
            said,
            bytes: bytes.to_vec(),
        });
        while *size > KEPT {
            *size -= entries.pop_front().map_or(*size, |entry| entry.bytes.len());
        }
    }

    pub fn note(&self, what: &str) {
        self.bytes(0, Said::ByTest, what.as_bytes());
    }

    /// One line for each packet: when its last byte passed, on which connection, who said it, what
    /// it is and its bytes. What is no packet, such as a WebSocket's frames, stands as it came.
    fn text(&self, version: ProtocolVersion) -> String {
        let entries = self.entries.lock().unwrap_or_else(|it| it.into_inner());
        let mut frames = HashMap::<_, FrameDecoder>::new();
        let mut text = String::new();
        for Entry {
            micros,
            connection,
            said,
            bytes,
        } in &entries.0
        {
            let mut line = |what: &str, bytes: &[u8]| {
                let hexadecimal = bytes.iter().fold(String::new(), |mut all, byte| {
                    let _ = write!(all, "{byte:02x}");
                    all
                });
                let _ = writeln!(
                    text,
                    "{:>12} #{connection} {said:?} {what} {hexadecimal}",
                    micros
                );
            };
            if *said == Said::ByTest {
                line(&String::from_utf8_lossy(bytes), &[]);
                continue;
            }
            let decoder = frames
                .entry((connection, said))
                .or_insert_with(|| FrameDecoder::new(KEPT));
            let mut rest: &[u8] = bytes;
            loop {
                match decoder.next_frame(&mut rest) {
                    Ok(Some(frame)) => {
                        line(&Summary::of(version, frame).to_string(), frame);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        line(&error.to_string(), rest);
                        break;
                    }
                }
            }
        }
        text
    }

    /// Writes all of it into the folder for temporary files, and says where.
    pub fn write(&self, version: ProtocolVersion, name: &str) -> PathBuf {
        let file = format!("device-console-{name}-{}.trace", std::process::id());
        let path = std::env::temp_dir().join(file);
        write_to(&path, &self.text(version));
        path
    }
}

fn write_to(path: &Path, text: &str) {
    if let Err(error) = std::fs::write(path, text) {
        eprintln!("{}: {error}", path.display());
    }
}

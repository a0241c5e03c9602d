//! The release page on loopback, under a path, as a static host would have it.

use std::path::Path;
use std::process::Command;

use crate::process::Process;

/// The server that `make serve` runs.
pub struct StaticServer {
    url: String,
    _process: Process,
}

impl StaticServer {
    /// Serves `dist/`.
    pub fn start() -> Self {
        let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
        assert!(
            dist.join("index.html").is_file(),
            "no dist/index.html: `make dist` builds it"
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_serve"));
        command
            .arg(dist)
            .args(["--port", "0", "--base", "/some/path/"]);
        let mut process = Process::start("serve", command);
        let url = process.expect_line("its address", |line| {
            line.split_whitespace()
                .find(|word| word.starts_with("http://"))
                .map(str::to_owned)
        });
        Self {
            url,
            _process: process,
        }
    }

    /// The page's address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

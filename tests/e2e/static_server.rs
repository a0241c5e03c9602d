//! The release page on loopback, under a path, as a static host would have it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Process, scratch_folder};

/// The server that `make serve` runs.
pub struct StaticServer {
    url: String,
    folder: PathBuf,
    _process: Process,
}

impl StaticServer {
    /// Serves the built page.
    pub fn start() -> Self {
        Self::start_in(dist())
    }

    /// Serves a copy of the page whose engine is missing.
    pub fn start_with_a_broken_engine() -> Self {
        let folder = scratch_folder("broken");
        copy(&dist(), &folder);
        fs::remove_file(engine(&folder)).expect("the copy is ours");
        Self::start_in(folder)
    }

    /// Serves a copy of the page without what comes after its start.
    pub fn start_without_the_rest() -> Self {
        let folder = scratch_folder("start-alone");
        copy(&dist(), &folder);
        fs::remove_file(folder.join(rest())).expect("the copy is ours");
        Self::start_in(folder)
    }

    /// Puts the missing rest in its place.
    pub fn mend_the_rest(&self) {
        fs::copy(dist().join(rest()), self.folder.join(rest())).expect("the copy is ours");
    }

    /// Puts the missing engine in its place.
    pub fn mend_the_engine(&self) {
        fs::copy(engine(&dist()), engine(&self.folder)).expect("the copy is ours");
    }

    fn start_in(folder: PathBuf) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serve"));
        command
            .arg(&folder)
            .args(["--port", "0", "--base", "/some/path/"]);
        let mut process = Process::start("serve", command);
        let url = process.expect_line("its address", |line| {
            line.split_whitespace()
                .find(|word| word.starts_with("http://"))
                .map(str::to_owned)
        });
        Self {
            url,
            folder,
            _process: process,
        }
    }

    /// The page's address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The built page.
pub fn dist() -> PathBuf {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
    assert!(
        dist.join("index.html").is_file(),
        "no dist/index.html: `make dist` builds it"
    );
    dist
}

/// The WebAssembly of the engine, which lies in a folder named after its content.
fn engine(page: &Path) -> PathBuf {
    fs::read_dir(dist())
        .expect("dist is a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.starts_with("engine-"))
        .map(|name| page.join(name).join("engine_bg.wasm"))
        .expect("dist has a folder for the engine")
}

/// The name of the part of the page that comes after its start.
fn rest() -> String {
    fs::read_dir(dist())
        .expect("dist is a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.ends_with("_rest.wasm"))
        .expect("the page is in two parts")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the target folder can be written");
    for entry in fs::read_dir(from)
        .expect("a folder can be read")
        .map_while(Result::ok)
    {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(&source, &target).expect("the target folder can be written");
        }
    }
}

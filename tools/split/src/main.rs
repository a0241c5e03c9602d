//! Splits a linked WebAssembly program in two: what its start needs, and the rest, which is loaded
//! after the start or when it is first called.
//!
//! ```text
//! split in-two BOUND LINKED NEEDED FIRST REST   the two parts, into FIRST and REST
//! split watch BOUND WATCHED NAMES               a module that notes which functions are entered
//! ```
//!
//! `LINKED` is what the linker made, with `--emit-relocs`; `BOUND` is what wasm-bindgen made of it,
//! with the names of its functions. `NEEDED` has one plain function name on each line.

mod module;
mod references;
mod split;
mod watch;

use std::collections::HashSet;
use std::fs;

use anyhow::{Context, Result, bail};

use module::Module;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["in-two", bound, linked, needed, first, rest] => {
            let (bound, linked) = (read(bound)?, read(linked)?);
            let needed: HashSet<String> = (fs::read_to_string(needed).context("the list")?.lines())
                .map(str::to_owned)
                .collect();
            let parts = split::split(&Module::read(&bound)?, &Module::read(&linked)?, &needed)?;
            write(first, &parts.first)?;
            write(rest, &parts.rest)
        }
        ["watch", bound, watched, names] => {
            let bound = read(bound)?;
            let (bytes, list) = watch::watch(&bound, &Module::read(&bound)?)?;
            write(watched, &bytes)?;
            write(names, list.join("\n").as_bytes())
        }
        _ => {
            bail!("usage: split in-two BOUND LINKED NEEDED FIRST REST | watch BOUND WATCHED NAMES")
        }
    }
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.to_owned())
}

fn write(path: &str, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.to_owned())
}

//! Splits a linked WebAssembly program in two: what its start needs, and the rest, which is loaded
//! after the start or when it is first called.
//!
//! ```text
//! split in-two BOUND LINKED NEEDED FIRST REST GLUE   the two parts, into FIRST and REST
//! split watch BOUND WATCHED NAMES                    a module that notes which functions are entered
//! split weigh BOUND NEEDED                           bytes and name of each function of the start
//! ```
//!
//! `LINKED` is what the linker made, with `--emit-relocs`; `BOUND` is what wasm-bindgen made of it,
//! with the names of its functions, and `GLUE` the JavaScript beside it, which is made to fit.
//! `NEEDED` has one plain function name on each line.

mod glue;
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
        ["in-two", bound, linked, needed, first, rest, glue] => {
            let (bound, linked) = (read(bound)?, read(linked)?);
            let module = Module::read(&bound)?;
            let parts = split::split(&module, &Module::read(&linked)?, &list(needed)?)?;
            let generated = fs::read_to_string(glue).context("the generated code")?;
            let from = module.imports.first().context("no import")?.0;
            let joined = glue::join(&generated, from, &parts.renamed)?;
            write(first, &parts.first)?;
            write(rest, &parts.rest)?;
            write(glue, joined.as_bytes())
        }
        ["weigh", bound, needed] => {
            let bound = read(bound)?;
            for (bytes, name) in split::weigh(&Module::read(&bound)?, &list(needed)?) {
                println!("{bytes:>8} {name}");
            }
            Ok(())
        }
        ["watch", bound, watched, names] => {
            let bound = read(bound)?;
            let (bytes, list) = watch::watch(&bound, &Module::read(&bound)?)?;
            write(watched, &bytes)?;
            write(names, list.join("\n").as_bytes())
        }
        _ => {
            bail!(
                "usage: split in-two BOUND LINKED NEEDED FIRST REST GLUE | \
                 watch BOUND WATCHED NAMES | weigh BOUND NEEDED"
            )
        }
    }
}

/// The names on the lines of a file.
fn list(path: &str) -> Result<HashSet<String>> {
    let text = fs::read_to_string(path).with_context(|| path.to_owned())?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.to_owned())
}

fn write(path: &str, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.to_owned())
}

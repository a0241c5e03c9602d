//! Runs the platforms' test vectors: `tests/vectors/platform.json`, `tests/vectors/platform/*.json`
//! and the file or folder named in `EXTRA_VECTORS`. Rows are `{dialect, kind, name, input,
//! expected, provenance, source}`; how a row is run depends on its dialect and kind alone.
//!
//! An unknown kind, or an expectation that nothing here checks, is a failure: a row must never
//! pass by not being looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use device_console::platform::eztcloud::Variant;
use serde_json::Value;

mod aliyun;
mod expect;
mod eztcloud;
mod iotda;
mod onem2m;
mod onenet;
mod packets;

/// What became of a row.
type Verdict = Result<(), String>;

#[derive(Default)]
struct Tally {
    ran: usize,
    failed: usize,
}

fn main() -> ExitCode {
    let mut files = vec![PathBuf::from("tests/vectors/platform.json")];
    files.extend(json_files(Path::new("tests/vectors/platform")));
    if let Some(extra) = std::env::var_os("EXTRA_VECTORS").filter(|name| !name.is_empty()) {
        let extra = PathBuf::from(extra);
        if extra.is_dir() {
            files.extend(json_files(&extra));
        } else {
            files.push(extra);
        }
    }

    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut broken_files = 0;
    for file in &files {
        let rows = match read_rows(file) {
            Ok(rows) => rows,
            Err(why) => {
                println!("{}: {why}", file.display());
                broken_files += 1;
                continue;
            }
        };
        for row in &rows {
            let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or("?");
            let dialect = text("dialect");
            let tally = tallies.entry(dialect.to_owned()).or_default();
            let verdict = match dialect {
                "aliyun" => aliyun::run(row),
                "eztcloud" => eztcloud::run(row, Variant::Eztcloud),
                "iotda" => iotda::run(row),
                "onem2m" => onem2m::run(row),
                "onenet" => onenet::run(row),
                "thingscloud" => eztcloud::run(row, Variant::Thingscloud),
                _ => Err("no such dialect".to_owned()),
            };
            tally.ran += 1;
            if let Err(why) = verdict {
                tally.failed += 1;
                println!(
                    "FAILED {dialect} / {} / {} ({}):\n  {why}",
                    text("kind"),
                    text("name"),
                    file.display()
                );
            }
        }
    }

    println!();
    println!("{:<14}{:>6}{:>8}", "dialect", "ran", "failed");
    let mut failed = broken_files;
    let mut ran = 0;
    for (dialect, tally) in &tallies {
        println!("{dialect:<14}{:>6}{:>8}", tally.ran, tally.failed);
        failed += tally.failed;
        ran += tally.ran;
    }
    println!(
        "{ran} vectors ran, {failed} failed, from {} files",
        files.len()
    );
    if failed == 0 && ran > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

fn read_rows(file: &Path) -> Result<Vec<Value>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match value {
        Value::Array(rows) => Ok(rows),
        _ => Err("not an array of rows".to_owned()),
    }
}

//! The manifests in `conformance/`: every normative statement on how a client behaves is listed,
//! with the tests that show it or the reason why there are none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    statement: Vec<Statement>,
    #[serde(default)]
    omitted: Vec<Omitted>,
}

#[derive(Deserialize)]
struct Statement {
    id: String,
    text: String,
    tests: Vec<String>,
}

#[derive(Deserialize)]
struct Omitted {
    id: String,
    reason: String,
}

/// Whether `file::name` is a test of this folder.
fn exists(reference: &str) -> bool {
    let Some((file, name)) = reference.split_once("::") else {
        return false;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/session/{file}.rs"));
    let Ok(text) = fs::read_to_string(path) else {
        return false;
    };
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else {
        return false;
    };
    // The attribute stands between the function before and this one.
    let attribute = before.rfind("#[test]");
    attribute.is_some_and(|at| !before[at..].contains("fn "))
}

#[test]
fn every_listed_statement_names_tests_that_exist() {
    for (version, least) in [("3.1.1", 30), ("5.0", 60)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/session/conformance/mqtt-{version}.toml"));
        let text = fs::read_to_string(&path).expect("the manifest");
        let manifest: Manifest = toml::from_str(&text).expect("a manifest");
        let mut problems = Vec::new();
        let mut ids = BTreeSet::new();
        for Statement { id, text, tests } in &manifest.statement {
            if text.is_empty() || tests.is_empty() {
                problems.push(format!("{id} has no text or no test"));
            }
            for test in tests.iter().filter(|test| !exists(test)) {
                problems.push(format!("{id} names {test:?}, which is not there"));
            }
            if !ids.insert(id) {
                problems.push(format!("{id} is listed twice"));
            }
        }
        for Omitted { id, reason } in &manifest.omitted {
            if reason.is_empty() || !ids.insert(id) {
                problems.push(format!("{id} is omitted without a reason, or listed twice"));
            }
        }
        assert!(problems.is_empty(), "{version}:\n{}", problems.join("\n"));
        let covered = manifest.statement.len();
        assert!(covered >= least, "only {covered} statements of {version}");
        println!(
            "{version}: {covered} of {} statements on client behaviour",
            ids.len()
        );
    }
}

//! The manifest in `conformance/`: every statement that is listed there has tests, and they exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    statement: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    id: String,
    text: String,
    #[serde(default)]
    tests: Vec<String>,
}

#[derive(Deserialize)]
struct Vectors {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    version: String,
    #[serde(default)]
    statements: Vec<String>,
    fault: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    statement: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// By version: the statements.
fn manifests() -> BTreeMap<String, Vec<Statement>> {
    files("tests/conformance")
        .iter()
        .map(|path| {
            let stem = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let version = stem
                .strip_prefix("mqtt-")
                .expect("mqtt-<version>.toml")
                .to_owned();
            (version, parse::<Manifest>(path).statement)
        })
        .collect()
}

/// Version, "file: name", and the statements that it shows.
fn vectors() -> Vec<(String, String, Vec<String>)> {
    let mut found = Vec::new();
    for path in files("tests/vectors/mqtt") {
        let stem = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        for vector in parse::<Vectors>(&path).vector {
            let mut statements = vector.statements;
            statements.extend(vector.fault.map(|fault| fault.statement));
            found.push((
                vector.version,
                format!("{stem}: {}", vector.name),
                statements,
            ));
        }
    }
    found
}

/// Whether `path::name` names a test function that is there.
fn has_function(reference: &str) -> bool {
    let Some((path, name)) = reference.rsplit_once("::") else {
        return false;
    };
    let Ok(text) = fs::read_to_string(root().join(path)) else {
        return false;
    };
    let Some(at) = text.find(&format!("fn {name}(")) else {
        return false;
    };
    // A plain test, or a function in the body of `proptest!`, has the attribute in front.
    let before = &text[..at];
    before
        .rfind("#[test]")
        .is_some_and(|attribute| !before[attribute..].contains("fn "))
}

#[test]
fn every_statement_has_tests_that_exist() {
    let known: BTreeSet<_> = vectors()
        .into_iter()
        .map(|(version, name, _)| (version, name))
        .collect();
    let mut problems = Vec::new();
    for (version, statements) in manifests() {
        assert!(
            statements.len() > 40,
            "only {} statements of {version}",
            statements.len()
        );
        let mut ids = BTreeSet::new();
        for Statement { id, text, tests } in statements {
            if text.is_empty() || tests.is_empty() {
                problems.push(format!("{version} {id} has no text or no test"));
            }
            if !ids.insert(id.clone()) {
                problems.push(format!("{version} {id} is listed twice"));
            }
            for test in tests {
                if !has_function(&test) && !known.contains(&(version.clone(), test.clone())) {
                    problems.push(format!("{version} {id} names {test:?}, which is not there"));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_statement_that_a_vector_shows_is_listed() {
    let manifests = manifests();
    let mut missing = BTreeSet::new();
    for (version, name, statements) in vectors() {
        // 3.1 has no numbered statements.
        let Some(listed) = manifests.get(&version) else {
            continue;
        };
        for id in statements.iter().filter(|id| id.starts_with("MQTT-")) {
            if !listed.iter().any(|statement| statement.id == *id) {
                missing.insert(format!("{version} {id}, shown by {name:?}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

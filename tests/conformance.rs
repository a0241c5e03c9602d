//! The manifests: every numbered statement of the specifications that binds a client
//! (`statements/`) is listed in `conformance/` or in `session/conformance/`, with tests that exist or
//! with the reason why there are none; and no other statement is spoken of anywhere.

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

#[derive(Deserialize)]
struct Specification {
    section: Vec<Section>,
}

/// The statements of a section are numbered from `first` to `count`.
#[derive(Deserialize)]
struct Section {
    id: String,
    #[serde(default = "one")]
    first: u32,
    count: u32,
    /// Those that bind a server alone.
    #[serde(default)]
    server: Vec<u32>,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    statement: Vec<Id>,
    #[serde(default)]
    omitted: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// By statement: whether it binds a client.
fn specification(version: &str) -> BTreeMap<String, bool> {
    let path = root().join(format!("tests/statements/mqtt-{version}.toml"));
    let mut statements = BTreeMap::new();
    for section in parse::<Specification>(&path).section {
        for number in section.first..=section.count {
            let id = format!("MQTT-{}-{number}", section.id);
            let binds_client = !section.server.contains(&number);
            assert_eq!(statements.insert(id, binds_client), None, "{}", section.id);
        }
        for number in section.server {
            assert!(number <= section.count, "{} has no {number}", section.id);
        }
    }
    statements
}

/// Statements with tests, and those left out, of both manifests.
fn listed(version: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut covered, mut omitted) = (BTreeSet::new(), BTreeSet::new());
    for folder in ["tests/conformance", "tests/session/conformance"] {
        let manifest: Listed = parse(&root().join(format!("{folder}/mqtt-{version}.toml")));
        covered.extend(manifest.statement.into_iter().map(|listed| listed.id));
        omitted.extend(manifest.omitted.into_iter().map(|listed| listed.id));
    }
    (covered, omitted)
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
    // A plain test, an asynchronous one, one that runs in a browser too, or a function in the body
    // of `proptest!`, has the attribute in front.
    let before = &text[..at];
    [
        "#[test]",
        "#[tokio::test]",
        "#[cfg_attr(not(target_arch = \"wasm32\"), test)]",
    ]
    .iter()
    .filter_map(|attribute| before.rfind(attribute))
    .max()
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

#[test]
fn every_statement_that_binds_a_client_is_listed_and_no_other_exists() {
    let mut problems = Vec::new();
    for (version, least) in [("3.1.1", 70), ("5.0", 130)] {
        let statements = specification(version);
        let (covered, omitted) = listed(version);
        for id in covered.union(&omitted) {
            if !statements.contains_key(id) {
                problems.push(format!("{version} has no {id}"));
            }
        }
        problems.extend(
            covered
                .intersection(&omitted)
                .map(|id| format!("{version} {id} is covered and left out")),
        );
        let of_client: BTreeSet<_> = statements
            .iter()
            .filter(|(_, binds_client)| **binds_client)
            .map(|(id, _)| id.clone())
            .collect();
        problems.extend(
            of_client
                .iter()
                .filter(|id| !covered.contains(*id) && !omitted.contains(*id))
                .map(|id| format!("{version} {id} is in no manifest")),
        );
        let shown = of_client.intersection(&covered).count();
        assert!(shown >= least, "only {shown} of {version}");
        println!(
            "{version}: {shown} of {} statements that bind a client, left out: {omitted:?}; \
             of {} that bind a server alone {} are shown by the simulated broker",
            of_client.len(),
            statements.len() - of_client.len(),
            covered.difference(&of_client).count()
        );
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Statement ids such as `MQTT-3.3.1-4` in a text.
fn cited(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("MQTT-").filter_map(|(at, prefix)| {
        let rest = &text[at + prefix.len()..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-')
            .unwrap_or(rest.len());
        let id = rest[..end].trim_end_matches(['.', '-']);
        let is_id = id.contains('-') && id.starts_with(|c: char| c.is_ascii_digit());
        is_id.then(|| &text[at..at + prefix.len() + id.len()])
    })
}

#[test]
fn the_code_cites_statements_that_exist() {
    let mut known: BTreeSet<_> = specification("3.1.1").into_keys().collect();
    known.extend(specification("5.0").into_keys());
    let mut folders = vec![root().join("src"), root().join("docs")];
    let (mut problems, mut count) = (Vec::new(), 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            for id in cited(&text) {
                count += 1;
                if !known.contains(id) {
                    problems.push(format!("{}: {id}", path.display()));
                }
            }
        }
    }
    assert!(count > 100, "only {count} citations were found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

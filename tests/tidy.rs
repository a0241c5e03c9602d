//! The repository's own rules: who may know whom, what no file may hold, and that the documents
//! tell the truth about the tree.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room of `src/`, and the paths inside the crate that it may name besides its own. An entry
/// admits everything under it.
const ROOMS: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("mqtt", &["time"]),
    ("session", &["time", "mqtt"]),
    ("platform", &["time", "mqtt"]),
    ("sim", &["time", "mqtt", "session", "platform"]),
    ("capture", &["time", "mqtt", "platform"]),
    ("transport", &["time", "platform", "sim"]),
    (
        "engine",
        &[
            "time",
            "mqtt",
            "session",
            "platform",
            "sim",
            "capture",
            "transport",
        ],
    ),
    ("browser", &["time", "transport", "engine"]),
    ("ui", &["browser", "engine::seam"]),
];

/// Crates that only exist in a browser, and the only places that may name them.
const BROWSER_CRATES: &[&str] = &[
    "console_error_panic_hook",
    "gloo_events",
    "gloo_timers",
    "js_sys",
    "leptos",
    "wasm_bindgen",
    "web_sys",
];
const BROWSER_PLACES: &[&str] = &[
    "src/browser/",
    "src/ui/",
    "src/transport/web_socket.rs",
    "src/main.rs",
    "src/bin/",
];

/// A file with more lines than this before its tests does more than one thing.
const MOST_LINES: usize = 1600;

#[test]
fn rooms_know_only_the_rooms_below_them() {
    let mut faults = Vec::new();
    for file in files("src", &["rs"]) {
        let Some(room) = room_of(&file) else { continue };
        let (_, allowed) = ROOMS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{file}: room {room} is not in tests/tidy.rs"));
        for path in crate_paths(&code_of(&read(&file))) {
            let knows = |prefix: &str| path == prefix || path.starts_with(&format!("{prefix}::"));
            // An item at the crate's root has no room of its own.
            let rooms = ROOMS.iter().any(|(name, _)| knows(name));
            if rooms && !knows(room) && !allowed.iter().any(|prefix| knows(prefix)) {
                faults.push(format!("{file}: crate::{path}"));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "rooms that know too much:\n{}",
        faults.join("\n")
    );
}

#[test]
fn browser_crates_stay_in_the_browser_rooms() {
    let mut faults = Vec::new();
    for file in files("src", &["rs"]) {
        if BROWSER_PLACES.iter().any(|place| file.starts_with(place)) {
            continue;
        }
        let code = code_of(&read(&file));
        for name in BROWSER_CRATES {
            if words(&code).any(|word| word == *name) {
                faults.push(format!("{file}: {name}"));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "browser crates out of place:\n{}",
        faults.join("\n")
    );
}

#[test]
fn every_dialect_is_in_the_one_list() {
    let module = read("src/platform/mod.rs");
    let start = module
        .find("pub fn all()")
        .expect("platform::all is the list");
    let list = &module[start..start + module[start..].find("\n}").expect("a function ends")];
    // What every dialect shares, and too long for one file.
    let shared = ["workbench"];
    for folder in folders("src/platform") {
        if shared.contains(&folder.as_str()) {
            continue;
        }
        assert!(
            list.contains(&format!("&{folder}::")),
            "platform::all() does not list the dialect {folder}"
        );
    }
}

#[test]
fn files_are_short_and_finished() {
    // Spelled so that this file does not hold them itself.
    let forbidden = [
        concat!("#[ig", "nore"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
    ];
    let mut faults = Vec::new();
    for file in source_files() {
        let text = read(&file);
        let lines = text
            .lines()
            .take_while(|line| *line != "#[cfg(test)]")
            .count();
        if file.ends_with(".rs") && lines > MOST_LINES {
            faults.push(format!("{file}: {lines} lines, at most {MOST_LINES}"));
        }
        for (number, line) in text.lines().enumerate() {
            for word in forbidden {
                if line.contains(word) {
                    faults.push(format!("{file}:{}: {word}", number + 1));
                }
            }
            if line.ends_with([' ', '\t']) && !file.ends_with(".md") {
                faults.push(format!("{file}:{}: space at the end", number + 1));
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            faults.push(format!("{file}: no line end at its end"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_page_obeys_its_content_security_policy() {
    let page = read("index.html");
    assert!(
        page.contains("http-equiv=\"Content-Security-Policy\""),
        "no policy in index.html"
    );
    for (at, _) in page.match_indices("<script") {
        let tag = &page[at..page[at..].find('>').map_or(page.len(), |end| at + end)];
        assert!(tag.contains(" src="), "index.html: an inline script: {tag}");
    }
    for file in files("src/ui", &["rs"])
        .into_iter()
        .chain(["index.html".to_owned()])
    {
        let text = read(&file);
        for inline in [" style=\"", " onclick=\"", "inner_html"] {
            assert!(!text.contains(inline), "{file}: {inline:?}");
        }
    }
}

#[test]
fn the_page_speaks_from_its_table_of_words_alone() {
    let mut faults = Vec::new();
    for file in files("src/ui", &["rs"]) {
        if file.starts_with("src/ui/i18n/") {
            continue;
        }
        let text = read(&file);
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(wrong) = hard_coded(code) {
                faults.push(format!("{file}:{}: {wrong}", number + 1));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "words outside src/ui/i18n/words.rs:\n{}",
        faults.join("\n")
    );
}

#[test]
fn every_phrase_of_the_table_is_said_somewhere() {
    let table = read("src/ui/i18n/words.rs");
    let said: String = files("src/ui", &["rs"])
        .into_iter()
        .filter(|file| file != "src/ui/i18n/words.rs")
        .map(|file| read(&file))
        .collect();
    let said: BTreeSet<&str> = words(&said).collect();
    let names = table.lines().filter_map(|line| {
        let (name, rest) = line.trim().split_once(": \"")?;
        let is_name = name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        (is_name && !rest.is_empty()).then_some(name)
    });
    let names: Vec<_> = names.collect();
    assert!(names.len() > 100, "the table was not read");
    let silent: Vec<_> = names.iter().filter(|name| !said.contains(*name)).collect();
    assert!(silent.is_empty(), "phrases that nobody says: {silent:?}");
}

#[test]
fn hard_coded_words_are_recognised() {
    for wrong in [
        r#"<h2>"Device"</h2>"#,
        r#"            "Send it now""#,
        r#"title="Close""#,
        r#"aria-label="Log""#,
        r#"placeholder="Type here""#,
        r#"let x = "设备";"#,
    ] {
        assert!(hard_coded(wrong).is_some(), "{wrong}");
    }
    for right in [
        r#"<kbd class="cap">"?"</kbd>"#,
        r#"class="button-quiet device-fold""#,
        r#"            "×""#,
        r#"title=live(move || console.say(words::CLOSE))"#,
        r#"            "tab-commands""#,
    ] {
        assert_eq!(hard_coded(right), None, "{right}");
    }
}

#[test]
fn every_style_sheet_is_linked_and_colours_are_tokens() {
    let page = read("index.html");
    for file in files("style", &["css"]) {
        assert!(
            page.contains(&format!("href=\"{file}\"")),
            "index.html does not link {file}"
        );
        // The static shell shows when nothing else does, so it stands on its own.
        if file.ends_with("/tokens.css") || file.ends_with("/loading.css") {
            continue;
        }
        for (number, line) in read(&file).lines().enumerate() {
            let raw = ["rgb(", "rgba(", "hsl(", "oklch("]
                .iter()
                .any(|f| line.contains(f))
                || hexadecimal_colour(line);
            assert!(
                !raw,
                "{file}:{}: a raw colour outside tokens.css: {line}",
                number + 1
            );
        }
    }
}

#[test]
fn documents_tell_the_truth_about_the_tree() {
    let mut documents: Vec<_> = files("docs", &["md"]);
    documents.extend(
        [
            "README.md",
            "README.zh-CN.md",
            "ARCHITECTURE.md",
            "CONTRIBUTING.md",
            "CHANGELOG.md",
        ]
        .map(str::to_owned),
    );
    let mut faults = Vec::new();
    for document in &documents {
        let folder = Path::new(document).parent().unwrap_or(Path::new(""));
        for link in links(&read(document)) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !root().join(folder).join(target).exists() {
                faults.push(format!("{document}: no such file: {link}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    let architecture = read("ARCHITECTURE.md");
    assert!(
        architecture.lines().count() <= 150,
        "ARCHITECTURE.md: more than 150 lines"
    );
    for room in rooms_of_the_tree() {
        assert!(
            architecture.contains(&format!("`{room}")),
            "ARCHITECTURE.md does not name the room {room}"
        );
    }
}

#[test]
fn every_make_target_that_a_document_names_exists() {
    let makefile = read("Makefile");
    for document in [
        "README.md",
        "README.zh-CN.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
    ] {
        let text = read(document);
        for (at, _) in text.match_indices("make ") {
            // Only in code: after a backtick or at a line's start.
            let before = text[..at].chars().next_back();
            if !matches!(before, None | Some('`' | '\n')) {
                continue;
            }
            let target: String = text[at + "make ".len()..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            assert!(
                makefile
                    .lines()
                    .any(|line| line.starts_with(&format!("{target}:"))),
                "{document}: make {target}: no such target"
            );
        }
    }
}

#[test]
fn wasm_bindgen_is_one_version_everywhere() {
    let value = |file: &str, key: &str| {
        read(file)
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_suffix('"').map(str::to_owned))
            .unwrap_or_else(|| panic!("{file} has no line {key}…\""))
    };
    // The tool refuses a module that another version of the crate made.
    assert_eq!(
        value("Cargo.toml", "wasm-bindgen = \"="),
        value("Trunk.toml", "wasm_bindgen = \""),
        "Cargo.toml and Trunk.toml name different versions of wasm-bindgen"
    );
}

/// `make bench` builds with `--locked` and `make fuzz` from a lock file of its own, so both files have
/// to know what the product depends on now.
#[test]
fn the_lock_files_of_bench_and_fuzz_know_the_dependencies() {
    let wanted = dependencies_in(&read("Cargo.lock"));
    let product: toml::Table = toml::from_str(&read("Cargo.toml")).expect("a manifest");
    let browser = &product["target"]["cfg(target_arch = \"wasm32\")"]["dependencies"];
    let needed: BTreeSet<&String> = [&product["dependencies"], browser]
        .into_iter()
        .flat_map(|table| table.as_table().expect("a table").keys())
        .collect();
    assert!(needed.iter().all(|name| wanted.contains(name.as_str())));
    for file in ["benches/codec/Cargo.lock", "fuzz/Cargo.lock"] {
        let known = dependencies_in(&read(file));
        let missing: Vec<_> = needed
            .iter()
            .filter(|name| !known.contains(name.as_str()))
            .collect();
        assert!(
            missing.is_empty(),
            "{file} lacks {missing:?}: run cargo metadata in its folder"
        );
    }
}

/// What a lock file says that the product depends on.
fn dependencies_in(lock: &str) -> BTreeSet<String> {
    let lock: toml::Table = toml::from_str(lock).expect("a lock file");
    let packages = lock["package"].as_array().expect("packages");
    let product = packages
        .iter()
        .find(|package| package["name"].as_str() == Some("device-console"))
        .expect("the product");
    let names = product["dependencies"].as_array().expect("dependencies");
    names
        .iter()
        .filter_map(|name| name.as_str()?.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn crate_paths_are_read_from_every_form_of_use() {
    let code = code_of(
        "use crate::{a::{b, c::{d as e, *}}, f};\n\
         // use crate::comment;\n\
         /* use crate::block; */ let _ = \"crate::text\";\n\
         let x = crate::g::h::<crate::i>();",
    );
    let found: Vec<_> = crate_paths(&code).into_iter().collect();
    assert_eq!(found, ["a::b", "a::c::*", "a::c::d", "f", "g::h", "i"]);
}

// ---- Reading the tree --------------------------------------------------------------------------

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Files under a folder with one of these extensions, as paths from the root, in order.
fn files(folder: &str, extensions: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.expect("a folder can be read").path()) {
            if path.is_dir() {
                open.push(path);
            } else if extensions
                .iter()
                .any(|e| path.extension().is_some_and(|x| x == *e))
            {
                found.push(from_root(&path));
            }
        }
    }
    found.sort();
    found
}

fn source_files() -> Vec<String> {
    let mut all = files("src", &["rs"]);
    all.extend(files("tests", &["rs"]));
    all.extend(files("scripts", &["sh"]));
    all.extend(files("style", &["css"]));
    all.extend(files("static", &["js", "svg"]));
    all.extend(files("docs", &["md"]));
    all.extend(
        [
            "README.md",
            "ARCHITECTURE.md",
            "CONTRIBUTING.md",
            "Makefile",
            "index.html",
        ]
        .map(str::to_owned),
    );
    all
}

fn folders(folder: &str) -> Vec<String> {
    let mut found: Vec<_> = fs::read_dir(root().join(folder))
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.is_dir())
        .filter_map(|path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        })
        .collect();
    found.sort();
    found
}

fn from_root(path: &Path) -> String {
    let path: PathBuf = path
        .strip_prefix(root())
        .expect("under the root")
        .components()
        .collect();
    path.to_string_lossy().replace('\\', "/")
}

/// The room a file of `src/` belongs to; `None` for the crate's root and the binaries.
fn room_of(file: &str) -> Option<&str> {
    let path = file.strip_prefix("src/")?;
    let room = path.split('/').next()?;
    match room.strip_suffix(".rs") {
        Some("lib" | "main") => None,
        Some(room) => Some(room),
        None if room == "bin" => None,
        None => Some(room),
    }
}

fn rooms_of_the_tree() -> BTreeSet<String> {
    files("src", &["rs"])
        .iter()
        .filter_map(|file| room_of(file))
        .map(str::to_owned)
        .collect()
}

/// Rust without its comments and the insides of its strings.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string_hashes(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = hashes + 2;
            rest[body..]
                .find(&end)
                .map_or(rest.len(), |at| body + at + end.len())
        } else if c == '"' {
            string_length(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest[1..].find('\'').map_or(rest.len(), |at| at + 2)
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[skip..];
    }
    code
}

fn raw_string_hashes(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// Every path that starts with `crate::`, without that start, with groups written out.
fn crate_paths(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let whole_word =
            !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if whole_word {
            read_path(&code[at + start.len()..], "", &mut found);
        }
    }
    found
}

/// Reads one path or group from the start of `text`; returns what is left.
fn read_path<'a>(text: &'a str, prefix: &str, found: &mut BTreeSet<String>) -> &'a str {
    let mut path = prefix.to_owned();
    let mut text = text.trim_start();
    loop {
        if let Some(mut group) = text.strip_prefix('{') {
            loop {
                group = group.trim_start().trim_start_matches(',').trim_start();
                if let Some(rest) = group.strip_prefix('}') {
                    return rest;
                }
                if group.is_empty() {
                    return group;
                }
                group = read_path(group, &path, found);
                // A name after `as` belongs to this file.
                let end = group.find([',', '}']).unwrap_or(group.len());
                group = &group[end..];
            }
        }
        let end = text
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*')
            .unwrap_or(text.len());
        if end == 0 {
            return text;
        }
        path.push_str(&text[..end]);
        text = &text[end..];
        match text.strip_prefix("::") {
            Some(rest) if !rest.starts_with('<') => {
                path.push_str("::");
                text = rest.trim_start();
            }
            _ => {
                if path != "self" {
                    found.insert(path);
                }
                return text;
            }
        }
    }
}

/// Targets of Markdown links and of images in HTML.
fn links(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, end) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
        for (at, _) in markdown.match_indices(start) {
            let rest = &markdown[at + start.len()..];
            if let Some(length) = rest.find(end) {
                found.push(rest[..length].to_owned());
            }
        }
    }
    found
}

/// What a line of a view says in words of its own: a text between tags or alone on its line, an
/// attribute that is read out, or anything in Chinese.
fn hard_coded(line: &str) -> Option<String> {
    let is_words = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        // A unit reads the same everywhere.
        letters >= 2 && text != "MiB" && !text.contains(['_', '/', '#', '[', '{', '=', ':'])
    };
    let literal = |from: &str| from.split('"').next().unwrap_or_default().to_owned();
    if line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        return Some(line.trim().to_owned());
    }
    for attribute in ["title", "aria-label", "placeholder", "alt", "label"] {
        for (at, found) in line.match_indices(&format!("{attribute}=\"")) {
            let is_whole = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-');
            let value = literal(&line[at + found.len()..]);
            if is_whole && is_words(&value) {
                return Some(value);
            }
        }
    }
    for (at, found) in line.match_indices(">\"") {
        let value = literal(&line[at + found.len()..]);
        if is_words(&value) {
            return Some(value);
        }
    }
    let alone = line.trim();
    let inside = alone.strip_prefix('"')?.strip_suffix('"')?;
    // A name of something is one word in lower case; a text begins otherwise or has several.
    let speaks = inside.contains(' ') || inside.starts_with(|c: char| c.is_uppercase());
    (!inside.contains('"') && speaks && is_words(inside)).then(|| inside.to_owned())
}

fn hexadecimal_colour(line: &str) -> bool {
    line.match_indices('#').any(|(at, _)| {
        let digits = line[at + 1..]
            .chars()
            .take_while(char::is_ascii_hexdigit)
            .count();
        let next = line[at + 1 + digits..].chars().next();
        let ends = !next.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
        ends && matches!(digits, 3 | 4 | 6 | 8)
    })
}

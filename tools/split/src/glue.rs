//! The JavaScript that wasm-bindgen generates, made to fit a program in two parts.

use anyhow::{Context, Result, bail};

/// What the first part imports under the name of the rest: see `static/parts.js`.
const SECOND_PART: &str = "secondPart";

/// Puts the imports of the rest beside wasm-bindgen's own, and calls those by their new names:
/// wasm-bindgen's are long, end in a hash, and stand in the program as well.
///
/// `from` is the module that wasm-bindgen's imports come from, `renamed` their old and new names.
///
/// # Errors
/// When this is not what wasm-bindgen generates.
pub fn join(glue: &str, from: &str, renamed: &[(&str, String)]) -> Result<String> {
    let glue = &bare(glue);
    let exports = exports_of(glue)?;
    let own = format!("{from:?}:");
    let (before, after) = once(glue, &own)?;
    let joined = format!("{before}rest: {SECOND_PART}(() => {exports}),{own}{after}");
    let mut out = String::with_capacity(joined.len());
    let mut rest = joined.as_str();
    // Each is a member of one object, and named nowhere else.
    let mut found = 0;
    while let Some(start) = rest.find(is_word) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match renamed.binary_search_by_key(&word, |(old, _)| old) {
            Ok(at) => {
                found += 1;
                out.push_str(&renamed[at].1);
            }
            Err(_) => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    if found != renamed.len() {
        bail!(
            "{} imports are named {found} times in the generated code",
            renamed.len()
        );
    }
    Ok(out)
}

/// The same without what only a reader needs: indentation, empty lines, and comments, which have
/// lines of their own there.
fn bare(glue: &str) -> String {
    let mut out = String::with_capacity(glue.len());
    let mut in_comment = false;
    for line in glue.lines().map(str::trim) {
        if in_comment || line.starts_with("/*") {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// The variable that the generated code keeps the program's exports in: the one place where it asks
/// an instance for them.
fn exports_of(glue: &str) -> Result<&str> {
    let (before, _) = once(glue, ".exports")?;
    let before = before.trim_end_matches(is_word).trim_end();
    let variable = (before.strip_suffix('='))
        .context("the exports are kept in no variable")?
        .trim_end();
    let start = variable.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    Ok(&variable[start..])
}

/// What stands before and after the one place of something.
fn once<'g>(glue: &'g str, what: &str) -> Result<(&'g str, &'g str)> {
    match glue.split_once(what) {
        Some((before, after)) if !after.contains(what) => Ok((before, after)),
        Some(_) => bail!("{what} is more than once in the generated code"),
        None => bail!("{what} is not in the generated code"),
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    const GLUE: &str = "function imports() {
    /**
     * What the page imports.
     */
    // One module.
    const import0 = {
        __wbg_log_0123: function(arg0) { console.log(arg0, \"__wbg\"); },
        __wbg_now_4567: () => Date.now(),
    };
    return { __proto__: null, \"./page_bg.js\": import0 };
}
let wasm;
function finalize(instance) {
    wasm = instance.exports;
    wasm.start();
}";

    fn renamed() -> Vec<(&'static str, String)> {
        vec![
            ("__wbg_log_0123", "a0".to_owned()),
            ("__wbg_now_4567", "a1".to_owned()),
        ]
    }

    #[test]
    fn the_rest_is_imported_beside_what_is_generated() {
        let glue = join(GLUE, "./page_bg.js", &renamed()).unwrap();
        assert!(
            glue.contains(
                "__proto__: null, rest: secondPart(() => wasm),\"./page_bg.js\": import0"
            )
        );
    }

    #[test]
    fn imports_have_their_short_names() {
        let glue = join(GLUE, "./page_bg.js", &renamed()).unwrap();
        assert!(glue.contains("a0: function(arg0)") && glue.contains("a1: () =>"));
        assert!(!glue.contains("__wbg_log"));
        assert!(glue.contains("\"__wbg\""), "a part of a name is no name");
    }

    #[test]
    fn comments_and_indentation_are_left_out() {
        let glue = join(GLUE, "./page_bg.js", &renamed()).unwrap();
        assert!(glue.starts_with("function imports() {\nconst import0 = {\n"));
    }

    #[test]
    fn other_code_is_refused() {
        let unknown = vec![("__wbg_gone_89", "a0".to_owned())];
        assert!(join(GLUE, "./page_bg.js", &unknown).is_err());
        assert!(join(GLUE, "./engine_bg.js", &renamed()).is_err());
        assert!(join("let wasm;", "./page_bg.js", &[]).is_err());
        let twice = format!("{GLUE}\nconst more = other.exports;");
        assert!(join(&twice, "./page_bg.js", &renamed()).is_err());
    }
}

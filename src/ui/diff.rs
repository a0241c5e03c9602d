//! What changed from one frame to the next of the same topic: by field, by member of a JSON payload,
//! and where neither tells, by bytes.

use std::collections::HashMap;

use super::format::hex;
use super::i18n::Language;
use crate::engine::seam::{Field, FieldKind};

/// The most changes that are listed.
const MOST: usize = 500;

/// A field that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Names from the top down.
    pub path: String,
    /// The same in the reader's language.
    pub shown: String,
    /// The value before; `None`: it was not there.
    pub before: Option<String>,
    /// The value now; `None`: it is gone.
    pub after: Option<String>,
    /// Where it is now, for what is there.
    pub bytes: Option<(usize, usize)>,
}

/// The leaves that differ. Secrets are compared by nothing: their values are masked already.
pub fn changes(before: &[Field], after: &[Field], language: Language) -> Vec<Change> {
    let (old, new) = (leaves(before, language), leaves(after, language));
    let old_by_path: HashMap<&str, &Leaf> =
        old.iter().map(|leaf| (leaf.path.as_str(), leaf)).collect();
    let new_by_path: HashMap<&str, &Leaf> =
        new.iter().map(|leaf| (leaf.path.as_str(), leaf)).collect();
    let changed = new.iter().filter_map(|leaf| {
        let before = old_by_path
            .get(leaf.path.as_str())
            .map(|old| old.value.clone());
        (before.as_ref() != Some(&leaf.value)).then(|| Change {
            path: leaf.path.clone(),
            shown: leaf.shown.clone(),
            before,
            after: Some(leaf.value.clone()),
            bytes: Some(leaf.bytes),
        })
    });
    let gone = old
        .iter()
        .filter(|leaf| !new_by_path.contains_key(leaf.path.as_str()))
        .map(|leaf| Change {
            path: leaf.path.clone(),
            shown: leaf.shown.clone(),
            before: Some(leaf.value.clone()),
            after: None,
            bytes: None,
        });
    changed.chain(gone).take(MOST).collect()
}

struct Leaf {
    path: String,
    shown: String,
    value: String,
    bytes: (usize, usize),
}

/// Fields without parts, each with a path of its own: the second of a name counts.
fn leaves(fields: &[Field], language: Language) -> Vec<Leaf> {
    fn below(path: &str, name: &str, count: usize) -> String {
        let above = if path.is_empty() { "" } else { " › " };
        match count {
            ..=1 => format!("{path}{above}{name}"),
            _ => format!("{path}{above}{name} ({count})"),
        }
    }
    fn walk(
        fields: &[Field],
        (path, shown): (&str, &str),
        language: Language,
        out: &mut Vec<Leaf>,
    ) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for field in fields {
            let count = seen.entry(&field.name).or_default();
            *count += 1;
            let (name, value) = match language {
                Language::English => (&field.name, &field.value),
                Language::Chinese => (
                    field.chinese_name.as_ref().unwrap_or(&field.name),
                    field.chinese.as_ref().unwrap_or(&field.value),
                ),
            };
            let path = below(path, &field.name, *count);
            let shown = below(shown, name, *count);
            if field.children.is_empty() {
                if field.kind != FieldKind::Secret {
                    out.push(Leaf {
                        path,
                        shown,
                        value: value.clone(),
                        bytes: (field.start, field.end),
                    });
                }
            } else {
                walk(&field.children, (&path, &shown), language, out);
            }
        }
    }
    let mut out = Vec::new();
    walk(fields, ("", ""), language, &mut out);
    out
}

/// Where two byte strings differ: what stands between their common beginning and their common end,
/// before and now. `None` when they are the same.
pub fn changed_bytes(before: &[u8], after: &[u8]) -> Option<(usize, String, String)> {
    if before == after {
        return None;
    }
    let start = before
        .iter()
        .zip(after)
        .take_while(|(old, new)| old == new)
        .count();
    let most = before.len().min(after.len()) - start;
    let tail = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(most)
        .take_while(|(old, new)| old == new)
        .count();
    let part = |bytes: &[u8]| {
        let part = bytes.get(start..bytes.len() - tail).unwrap_or_default();
        let shown = part.get(..64).unwrap_or(part);
        let more = if part.len() > 64 { " …" } else { "" };
        format!("{}{more}", hex(shown))
    };
    Some((start, part(before), part(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &'static str, value: &str) -> Field {
        Field::leaf(name, FieldKind::Text, 0..1, value)
    }

    #[test]
    fn only_what_differs_is_listed() {
        let tree = |t: &str, more: Vec<Field>| {
            let mut parts = vec![leaf("t", t), leaf("h", "40")];
            parts.extend(more);
            vec![Field::group("Payload", 0..9, parts), leaf("QoS", "1")]
        };
        assert_eq!(
            changes(&tree("22", vec![]), &tree("22", vec![]), Language::English),
            []
        );
        let found = changes(
            &tree("22", vec![leaf("old", "1")]),
            &tree("23", vec![leaf("t", "x")]),
            Language::English,
        );
        let found: Vec<_> = found
            .iter()
            .map(|change| {
                let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
                (
                    change.path.as_str(),
                    value(&change.before),
                    value(&change.after),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("Payload › t", "22".to_owned(), "23".to_owned()),
                ("Payload › t (2)", "-".to_owned(), "x".to_owned()),
                ("Payload › old", "1".to_owned(), "-".to_owned()),
            ]
        );
    }

    #[test]
    fn secrets_are_not_compared() {
        let secret = |value| vec![Field::leaf("Password", FieldKind::Secret, 0..3, value)];
        assert_eq!(changes(&secret("a"), &secret("b"), Language::English), []);
    }

    #[test]
    fn a_reader_of_chinese_sees_names_and_values_in_chinese() {
        let tree = |value: &str, chinese: &str| {
            let flag = leaf("time flag", value)
                .named("时间标志")
                .with_chinese(chinese);
            vec![Field::group("Payload", 0..9, vec![flag, leaf("t", value)]).named("载荷")]
        };
        let found = changes(&tree("0", "无"), &tree("1", "有"), Language::Chinese);
        let found: Vec<_> = found
            .iter()
            .map(|change| {
                (
                    change.path.as_str(),
                    change.shown.as_str(),
                    change.after.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("Payload › time flag", "载荷 › 时间标志", Some("有")),
                ("Payload › t", "载荷 › t", Some("1")),
            ]
        );
    }

    #[test]
    fn bytes_differ_between_a_common_beginning_and_a_common_end() {
        let parts =
            |start, before: &str, after: &str| Some((start, before.to_owned(), after.to_owned()));
        assert_eq!(changed_bytes(b"abc", b"abc"), None);
        assert_eq!(changed_bytes(b"abc", b"axc"), parts(1, "62", "78"));
        assert_eq!(changed_bytes(b"aa", b"aaa"), parts(2, "", "61"));
        assert_eq!(changed_bytes(b"", b"x"), parts(0, "", "78"));
    }
}

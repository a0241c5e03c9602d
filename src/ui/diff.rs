//! What changed from one frame to the next of the same topic: by field, by member of a JSON payload,
//! and where neither tells, by bytes.

use std::collections::HashMap;

use super::format::hex;
use crate::engine::seam::{Field, FieldKind};

/// The most changes that are listed.
const MOST: usize = 500;

/// A field that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Names from the top down.
    pub path: String,
    /// The value before; `None`: it was not there.
    pub before: Option<String>,
    /// The value now; `None`: it is gone.
    pub after: Option<String>,
    /// Where it is now, for what is there.
    pub bytes: Option<(usize, usize)>,
}

/// The leaves that differ. Secrets are compared by nothing: their values are masked already.
pub fn changes(before: &[Field], after: &[Field]) -> Vec<Change> {
    let (old, new) = (leaves(before), leaves(after));
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
            before: Some(leaf.value.clone()),
            after: None,
            bytes: None,
        });
    changed.chain(gone).take(MOST).collect()
}

struct Leaf {
    path: String,
    value: String,
    bytes: (usize, usize),
}

/// Fields without parts, each with a path of its own: the second of a name counts.
fn leaves(fields: &[Field]) -> Vec<Leaf> {
    fn walk(fields: &[Field], path: &str, out: &mut Vec<Leaf>) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for field in fields {
            let count = seen.entry(&field.name).or_default();
            *count += 1;
            let name = if *count > 1 {
                format!("{} ({count})", field.name)
            } else {
                field.name.to_string()
            };
            let path = if path.is_empty() {
                name
            } else {
                format!("{path} › {name}")
            };
            if field.children.is_empty() {
                if field.kind != FieldKind::Secret {
                    out.push(Leaf {
                        path,
                        value: field.value.clone(),
                        bytes: (field.start, field.end),
                    });
                }
            } else {
                walk(&field.children, &path, out);
            }
        }
    }
    let mut out = Vec::new();
    walk(fields, "", &mut out);
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
        assert_eq!(changes(&tree("22", vec![]), &tree("22", vec![])), []);
        let found = changes(
            &tree("22", vec![leaf("old", "1")]),
            &tree("23", vec![leaf("t", "x")]),
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
        assert_eq!(changes(&secret("a"), &secret("b")), []);
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

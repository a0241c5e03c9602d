//! JSON as spans over the payload, and findings pinned to the spans that they speak of. Shared by
//! every dialect whose payloads are JSON.

use std::borrow::Cow;

use super::json::{JsonError, Node, Value};
use super::{Finding, Place, Text};
use crate::mqtt::{Field, FieldKind, Note};

/// More spans than this are not listed one by one; the rest is one span. Nobody reads them, and a
/// hostile payload must not grow a thousandfold in memory.
const MAX_FIELDS: usize = 3000;

/// Values longer than this many characters are cut for display.
const MAX_VALUE_CHARS: usize = 256;

/// What a dialect knows about a member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Described {
    /// Kind of span, if not the one that its JSON type suggests.
    pub(crate) kind: Option<FieldKind>,
    /// Section of the platform's document.
    pub(crate) reference: &'static str,
    /// Meaning of the value, shown after it.
    pub(crate) meaning: Text,
}

/// `text` cut to a length that a row can show.
pub(crate) fn preview(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE_CHARS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// The spans of a JSON document, as one group named `name` over `cover`, which contains it.
/// `base` is added to every offset: the document's place in the payload.
pub(crate) fn json_field(
    name: impl Into<Cow<'static, str>>,
    cover: core::ops::Range<usize>,
    base: usize,
    node: &Node,
    source: &[u8],
    describe: &dyn Fn(&str, &Node) -> Option<Described>,
) -> Field {
    let mut walk = Walk {
        base,
        source,
        describe,
        listed: 0,
    };
    let children = match &node.value {
        Value::Object(_) | Value::Array(_) => walk.parts(node, ""),
        _ => vec![walk.leaf("value".into(), node.range.clone(), node, "")],
    };
    Field::group(name, cover, children)
}

/// The spans of a document that could not be read: what was read, then the fault.
pub(crate) fn broken_json(
    name: impl Into<Cow<'static, str>>,
    cover: core::ops::Range<usize>,
    base: usize,
    source: &[u8],
    error: &JsonError,
) -> Field {
    let fault_at = base
        .saturating_add(error.offset)
        .min(cover.end)
        .max(cover.start);
    let mut children = Vec::new();
    if fault_at > cover.start {
        let read = source.get(..error.offset).unwrap_or(source);
        children.push(Field::leaf(
            "readable",
            FieldKind::Text,
            cover.start..fault_at,
            preview(&String::from_utf8_lossy(read)),
        ));
    }
    let mut fault = Field::leaf(
        "not JSON",
        FieldKind::Fault,
        fault_at..cover.end,
        error.text().en,
    )
    .with_chinese(error.text().zh);
    fault.notes.push(Note {
        severity: crate::mqtt::Severity::Error,
        text: error.text().en,
        chinese: error.text().zh,
        rule: Cow::Borrowed("RFC 8259"),
    });
    children.push(fault);
    Field::group(name, cover, children)
}

struct Walk<'a> {
    base: usize,
    source: &'a [u8],
    describe: &'a dyn Fn(&str, &Node) -> Option<Described>,
    listed: usize,
}

impl Walk<'_> {
    fn parts(&mut self, node: &Node, path: &str) -> Vec<Field> {
        let mut out = Vec::new();
        let total = node.members().len() + node.items().len();
        let members = node.members().iter().map(|member| {
            let path = if path.is_empty() {
                member.key.clone()
            } else {
                format!("{path}.{}", member.key)
            };
            (
                Cow::Owned(preview(&member.key)),
                member.key_range.start..member.node.range.end,
                &member.node,
                path,
            )
        });
        let items = node.items().iter().enumerate().map(|(index, item)| {
            (
                Cow::Owned(format!("[{index}]")),
                item.range.clone(),
                item,
                format!("{path}[{index}]"),
            )
        });
        for (done, (name, range, value, path)) in members.chain(items).enumerate() {
            if self.listed >= MAX_FIELDS {
                let end = node.range.end.saturating_sub(1).max(range.start);
                out.push(
                    Field::leaf(
                        "more",
                        FieldKind::Gap,
                        self.base + range.start..self.base + end,
                        format!("{} more, not listed", total - done),
                    )
                    .with_chinese(format!("另有 {} 项未列出", total - done)),
                );
                break;
            }
            self.listed += 1;
            out.push(self.leaf(name, range, value, &path));
        }
        out
    }

    fn leaf(
        &mut self,
        name: Cow<'static, str>,
        range: core::ops::Range<usize>,
        node: &Node,
        path: &str,
    ) -> Field {
        let described = (self.describe)(path, node).unwrap_or_default();
        let usual = match node.value {
            Value::Object(_) | Value::Array(_) => FieldKind::Group,
            Value::String(_) => FieldKind::Text,
            _ => FieldKind::Payload,
        };
        let mut value = match node.value {
            Value::Object(_) | Value::Array(_) => String::new(),
            _ => preview(node.display(self.source)),
        };
        if described.kind == Some(FieldKind::Secret) {
            value = "••••".to_owned();
        }
        let mut chinese = value.clone();
        let Text { en, zh } = described.meaning;
        match (en.is_empty(), value.is_empty()) {
            (true, _) => {}
            (false, true) => (value, chinese) = (en.into_owned(), zh.into_owned()),
            (false, false) => {
                value = format!("{value} ({en})");
                chinese = format!("{chinese}（{zh}）");
            }
        }
        let mut field = Field::leaf(
            name,
            described.kind.unwrap_or(usual),
            self.base + range.start..self.base + range.end,
            value,
        )
        .with_chinese(chinese)
        .with_reference(described.reference);
        field.children = self.parts(node, path);
        field
    }
}

/// Pins every finding that speaks of bytes to the smallest span that covers them.
pub(crate) fn pin(findings: &[Finding], fields: &mut [Field]) {
    for finding in findings {
        let Place::Payload { start, end } = finding.place else {
            continue;
        };
        if let Some(field) = innermost(fields, start, end) {
            let note = Note {
                severity: finding.severity,
                text: finding.text.en.clone(),
                chinese: finding.text.zh.clone(),
                rule: finding.source.clone(),
            };
            if !field.notes.iter().any(|known| known.text == note.text) {
                field.notes.push(note);
            }
        }
    }
}

fn innermost(fields: &mut [Field], start: usize, end: usize) -> Option<&mut Field> {
    let field = fields
        .iter_mut()
        .find(|field| field.start <= start && end <= field.end)?;
    let deeper = field
        .children
        .iter()
        .any(|child| child.start <= start && end <= child.end);
    if deeper {
        innermost(&mut field.children, start, end)
    } else {
        Some(field)
    }
}

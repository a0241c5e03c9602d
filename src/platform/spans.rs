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

/// Whether a reading lists the spans of the payload. Only who looks at one message needs them, and
/// making them takes as long as everything else about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spans {
    /// One by one.
    Listed,
    /// Not at all.
    Omitted,
}

impl Spans {
    /// The spans, made only if they are wanted.
    pub(crate) fn list(self, make: impl FnOnce() -> Vec<Field>) -> Vec<Field> {
        match self {
            Self::Listed => make(),
            Self::Omitted => Vec::new(),
        }
    }
}

/// What a payload is called as a whole, in English and in Chinese.
pub(crate) type Title = (&'static str, &'static str);

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
    // No longer in bytes, no longer in characters.
    if text.len() <= MAX_VALUE_CHARS {
        return text.to_owned();
    }
    match text.char_indices().nth(MAX_VALUE_CHARS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// The spans of a JSON document, as one group named `name` over `cover`, which contains it.
/// `base` is added to every offset: the document's place in the payload.
pub(crate) fn json_field(
    (name, chinese): Title,
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
        path: String::new(),
    };
    let children = match &node.value {
        Value::Object(_) | Value::Array(_) => walk.parts(node),
        _ => vec![
            walk.leaf("value".into(), node.range.clone(), node)
                .named("值"),
        ],
    };
    Field::group(name, cover, children).named(chinese)
}

/// The spans of a document that could not be read: what was read, then the fault.
pub(crate) fn broken_json(
    (name, chinese): Title,
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
        let text = preview(&String::from_utf8_lossy(read));
        let readable = Field::leaf("readable", FieldKind::Text, cover.start..fault_at, text);
        children.push(readable.named("可读部分"));
    }
    let mut fault = Field::leaf(
        "not JSON",
        FieldKind::Fault,
        fault_at..cover.end,
        error.text().en,
    )
    .named("不是 JSON")
    .with_chinese(error.text().zh);
    fault.notes.push(Note {
        severity: crate::mqtt::Severity::Error,
        text: error.text().en,
        chinese: error.text().zh,
        rule: Cow::Borrowed("RFC 8259"),
    });
    children.push(fault);
    Field::group(name, cover, children).named(chinese)
}

struct Walk<'a> {
    base: usize,
    source: &'a [u8],
    describe: &'a dyn Fn(&str, &Node) -> Option<Described>,
    listed: usize,
    /// Where the walk is, such as `params.items[2].name`.
    path: String,
}

impl Walk<'_> {
    /// The spans of everything in `node`, which is where the walk is.
    fn parts(&mut self, node: &Node) -> Vec<Field> {
        let (members, items) = (node.members(), node.items());
        let total = members.len() + items.len();
        let here = self.path.len();
        let mut out = Vec::with_capacity(total.min(MAX_FIELDS - self.listed));
        for (done, member) in members.iter().enumerate() {
            let range = member.key_range.start..member.node.range.end;
            if self.is_full(node, range.start, total - done, &mut out) {
                return out;
            }
            if here > 0 {
                self.path.push('.');
            }
            self.path.push_str(&member.key);
            out.push(self.leaf(preview(&member.key).into(), range, &member.node));
            self.path.truncate(here);
        }
        for (index, item) in items.iter().enumerate() {
            if self.is_full(node, item.range.start, total - index, &mut out) {
                return out;
            }
            let name = format!("[{index}]");
            self.path.push_str(&name);
            out.push(self.leaf(name.into(), item.range.clone(), item));
            self.path.truncate(here);
        }
        out
    }

    /// Whether no more spans are listed; then the `left` parts of `node` from `start` on are one.
    /// Otherwise one more is.
    fn is_full(&mut self, node: &Node, start: usize, left: usize, out: &mut Vec<Field>) -> bool {
        if self.listed < MAX_FIELDS {
            self.listed += 1;
            return false;
        }
        let end = node.range.end.saturating_sub(1).max(start);
        out.push(
            Field::leaf(
                "more",
                FieldKind::Gap,
                self.base + start..self.base + end,
                format!("{left} more, not listed"),
            )
            .named("其余")
            .with_chinese(format!("另有 {left} 项未列出")),
        );
        true
    }

    /// The span of `node`, which is where the walk is.
    fn leaf(
        &mut self,
        name: Cow<'static, str>,
        range: core::ops::Range<usize>,
        node: &Node,
    ) -> Field {
        let described = (self.describe)(&self.path, node).unwrap_or_default();
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
        field.children = self.parts(node);
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

//! One span of a frame with its name and readable value: the node of the field tree that the
//! inspector shows, from the fixed header down to a member of the platform's payload.
//!
//! Offsets count from the frame's first byte, in every layer, so one hex view serves all of them.
//! Among siblings, fields are in order and do not overlap; every field lies within its parent.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What a span is, for colour and for reading aloud. Never the only carrier of meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldKind {
    /// Groups other fields: fixed header, variable header, payload, properties.
    Group,
    /// Packet type, flags, protocol name and level: what says how to read the rest.
    Header,
    /// A length of something that follows.
    Length,
    /// A packet identifier, reason code, or another number that names something.
    Identifier,
    /// A property of MQTT 5.0.
    Property,
    /// Text: topic, client identifier, user name.
    Text,
    /// Application bytes.
    Payload,
    /// A password or a key: its value is never shown in clear.
    Secret,
    /// Bytes that no field covers.
    Gap,
    /// Where reading stopped, and why.
    Fault,
}

/// How serious a remark about a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Readable and probably accepted, but not what the rule says.
    Warning,
    /// Will be refused, or cannot be read.
    Error,
}

/// A remark about a field: legal but unusual, or a rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// How serious it is.
    pub severity: Severity,
    /// One sentence in English, lower case, without a full stop.
    pub text: Cow<'static, str>,
    /// The same in Chinese.
    pub chinese: Cow<'static, str>,
    /// The rule: a statement id such as `MQTT-3.3.1-4`, or a platform's section.
    pub rule: Cow<'static, str>,
}

/// The bits of one byte that a field covers, both inclusive, 7 the most significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BitRange {
    /// Most significant bit covered.
    pub high: u8,
    /// Least significant bit covered.
    pub low: u8,
}

/// One node of the field tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The specification's or the platform's own name.
    pub name: Cow<'static, str>,
    /// What readers of Chinese see in its place: for a name of the specification, Chinese with that
    /// name behind it. `None` where the name is data or reads the same, such as a member of JSON.
    pub chinese_name: Option<Cow<'static, str>>,
    /// What the span is.
    pub kind: FieldKind,
    /// First byte covered, from the start of the frame.
    pub start: usize,
    /// One past the last byte covered.
    pub end: usize,
    /// The bits covered, when the field is part of one byte.
    pub bits: Option<BitRange>,
    /// The value as people read it; empty for groups.
    pub value: String,
    /// The value in Chinese, where it has words; else it is the same in both languages.
    pub chinese: Option<String>,
    /// The section of the specification or platform document that defines it, such as
    /// `MQTT 3.1.1 §3.3.2.1`; empty when there is none.
    pub reference: Cow<'static, str>,
    /// Remarks on this field.
    pub notes: Vec<Note>,
    /// Parts, in order.
    pub children: Vec<Field>,
}

impl Field {
    /// A leaf of whole bytes.
    pub fn leaf(
        name: impl Into<Cow<'static, str>>,
        kind: FieldKind,
        range: core::ops::Range<usize>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            chinese_name: None,
            kind,
            start: range.start,
            end: range.end,
            bits: None,
            value: value.into(),
            chinese: None,
            reference: Cow::Borrowed(""),
            notes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// A node whose meaning is in its parts.
    pub fn group(
        name: impl Into<Cow<'static, str>>,
        range: core::ops::Range<usize>,
        children: Vec<Field>,
    ) -> Self {
        Self {
            children,
            ..Self::leaf(name, FieldKind::Group, range, "")
        }
    }

    /// The same field with its name in Chinese.
    #[must_use]
    pub fn named(mut self, chinese: impl Into<Cow<'static, str>>) -> Self {
        self.chinese_name = Some(chinese.into()).filter(|chinese| *chinese != self.name);
        self
    }

    /// The same field with its value in Chinese.
    #[must_use]
    pub fn with_chinese(mut self, chinese: impl Into<String>) -> Self {
        self.chinese = Some(chinese.into()).filter(|chinese| *chinese != self.value);
        self
    }

    /// The same field with the section that defines it.
    #[must_use]
    pub fn with_reference(mut self, reference: impl Into<Cow<'static, str>>) -> Self {
        self.reference = reference.into();
        self
    }
}

/// Puts an asterisk in the place of each byte of a secret: of the innermost fields, since what is
/// around them says how long they are, and within the quotes, so that JSON stays JSON.
pub fn conceal(fields: &[Field], bytes: &mut [u8]) {
    for field in fields {
        if field.kind == FieldKind::Secret && field.children.is_empty() {
            if let Some(secret) = bytes.get_mut(field.start..field.end) {
                let is_quoted = secret.len() >= 2
                    && secret.first() == Some(&b'"')
                    && secret.last() == Some(&b'"');
                let inner = if is_quoted {
                    secret.get_mut(1..secret.len().saturating_sub(1))
                } else {
                    Some(secret)
                };
                inner.unwrap_or_default().fill(b'*');
            }
        } else {
            conceal(&field.children, bytes);
        }
    }
}

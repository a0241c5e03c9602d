//! Reading the members of a JSON payload one by one, keeping a remark for each that is not as the
//! platform's document prints it.

use std::borrow::Cow;

use super::json::{self, Node};
use super::spans::{self, Title};
use super::text::text;
use super::{Finding, Place, Text};
use crate::mqtt::Field;

/// What a value ought to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Object,
    Array,
    String,
    WholeNumber,
    /// A number of milliseconds.
    Milliseconds,
    /// An object whose members are times.
    Times,
}

impl Wanted {
    /// That the value at this path is something else.
    pub(crate) fn not(self, node: &Node, path: &str) -> Text {
        let (wanted, chinese) = match self {
            Self::Object => ("an object", "对象"),
            Self::Array => ("an array", "数组"),
            Self::String => ("a string", "字符串"),
            Self::WholeNumber => ("a whole number", "整数"),
            Self::Milliseconds => ("a number of milliseconds", "毫秒数"),
            Self::Times => ("an object of times", "以时间为成员的对象"),
        };
        let (path, place) = match path {
            "" => ("the payload", "载荷"),
            path => (path, path),
        };
        let Text { en, zh } = node.type_name();
        Text::owned(
            format!("{path} is a JSON {en}, not {wanted}"),
            format!("{place} 是 JSON {zh}，应为{chinese}"),
        )
    }
}

/// Reads members and keeps the remarks.
pub(crate) struct Scan<'a> {
    /// The payload.
    pub(crate) source: &'a [u8],
    /// Section of the platform's document, put into every remark.
    pub(crate) section: &'static str,
    /// Remarks so far.
    pub(crate) findings: Vec<Finding>,
}

/// The payload as JSON; otherwise the remark and the spans up to the fault.
pub(crate) fn document(
    title: Title,
    section: &'static str,
    payload: &[u8],
) -> Result<Node, Box<(Finding, Field)>> {
    json::parse(payload).map_err(|error| {
        let start = error.offset.min(payload.len());
        let end = start.saturating_add(1).min(payload.len());
        Box::new((
            Finding::error(
                "BadJson",
                Place::Payload { start, end },
                error.message(),
                section,
            ),
            spans::broken_json(title, 0..payload.len(), 0, payload, &error),
        ))
    })
}

impl<'a> Scan<'a> {
    pub(crate) fn new(source: &'a [u8], section: &'static str) -> Self {
        Self {
            source,
            section,
            findings: Vec::new(),
        }
    }

    /// A member that must be there is not.
    pub(crate) fn missing(&mut self, path: impl Into<Cow<'static, str>>) {
        let path = path.into();
        self.findings.push(Finding::error(
            "MissingField",
            Place::Member(path.clone()),
            text!("{path} is missing", "缺少字段 {path}"),
            self.section,
        ));
    }

    /// A value is of another type. The whole payload has no path.
    pub(crate) fn wrong_type(&mut self, node: &Node, path: &str, wanted: Wanted) {
        self.findings.push(Finding::error(
            "WrongType",
            Place::bytes(&node.range),
            wanted.not(node, path),
            self.section,
        ));
    }

    /// A remark on a value.
    pub(crate) fn warn(&mut self, rule: &'static str, node: &Node, words: super::Text) {
        self.findings.push(Finding::warning(
            rule,
            Place::bytes(&node.range),
            words,
            self.section,
        ));
    }

    /// A value out of its range.
    pub(crate) fn out_of_range(&mut self, node: &Node, words: super::Text) {
        self.findings.push(Finding::error(
            "OutOfRange",
            Place::bytes(&node.range),
            words,
            self.section,
        ));
    }

    /// The member `key` of `node`, whose absence is an error at `path`.
    pub(crate) fn require<'n>(
        &mut self,
        node: &'n Node,
        key: &str,
        path: &str,
    ) -> Option<&'n Node> {
        let found = node.member(key);
        if found.is_none() {
            self.missing(path.to_owned());
        }
        found
    }

    /// A required member that is a string.
    pub(crate) fn require_string<'n>(
        &mut self,
        node: &'n Node,
        key: &str,
        path: &str,
    ) -> Option<&'n str> {
        let found = self.require(node, key, path)?;
        let text = found.as_str();
        if text.is_none() {
            self.wrong_type(found, path, Wanted::String);
        }
        text
    }

    /// A required member that is an object.
    pub(crate) fn require_object<'n>(
        &mut self,
        node: &'n Node,
        key: &str,
        path: &str,
    ) -> Option<&'n Node> {
        let found = self.require(node, key, path)?;
        if found.is_object() {
            Some(found)
        } else {
            self.wrong_type(found, path, Wanted::Object);
            None
        }
    }

    /// A required member that is an array.
    pub(crate) fn require_array<'n>(
        &mut self,
        node: &'n Node,
        key: &str,
        path: &str,
    ) -> Option<&'n Node> {
        let found = self.require(node, key, path)?;
        if found.is_array() {
            Some(found)
        } else {
            self.wrong_type(found, path, Wanted::Array);
            None
        }
    }

    /// An optional member that is a string if it is there; `null` counts as absent.
    pub(crate) fn optional_string<'n>(
        &mut self,
        node: &'n Node,
        key: &str,
        path: &str,
    ) -> Option<&'n str> {
        let found = node.member(key).filter(|found| !found.is_null())?;
        let text = found.as_str();
        if text.is_none() {
            self.wrong_type(found, path, Wanted::String);
        }
        text
    }

    /// A remark for each member that `known` does not list.
    pub(crate) fn unknown_members(&mut self, node: &Node, known: &[&str]) {
        for member in node.members() {
            if !known.contains(&member.key.as_str()) {
                let key = &member.key;
                self.findings.push(Finding::info(
                    "unknown-member",
                    Place::bytes(&member.key_range),
                    text!(
                        "the document does not list the member {key:?}",
                        "文档中没有字段 {key:?}"
                    ),
                    self.section,
                ));
            }
        }
    }

    /// A remark for each key that an object holds twice.
    pub(crate) fn repeated(&mut self, node: &Node) {
        for member in node.members() {
            if member.repeated {
                let key = &member.key;
                self.findings.push(Finding::warning(
                    "repeated-key",
                    Place::bytes(&member.key_range),
                    text!(
                        "{key:?} stands here twice; the last one counts",
                        "{key:?} 重复出现，以最后一个为准"
                    ),
                    "RFC 8259 §4",
                ));
            }
        }
    }
}

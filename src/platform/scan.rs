//! Reading the members of a JSON payload one by one, keeping a remark for each that is not as the
//! platform's document prints it.

use std::borrow::Cow;

use super::json::{self, Node};
use super::spans;
use super::text::text;
use super::{Finding, Place};
use crate::mqtt::Field;

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
    title: &'static str,
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

    /// A value is of another type.
    pub(crate) fn wrong_type(&mut self, node: &Node, path: &str, wanted: &str) {
        self.findings.push(Finding::error(
            "WrongType",
            Place::bytes(&node.range),
            text!(
                "{path} is a JSON {}, not {wanted}",
                "{path} 是 JSON {}，类型应为 {wanted}",
                node.type_name()
            ),
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
            self.wrong_type(found, path, "a string");
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
            self.wrong_type(found, path, "an object");
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
            self.wrong_type(found, path, "an array");
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
            self.wrong_type(found, path, "a string");
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

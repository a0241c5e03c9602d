//! The JSON inside `$dp` types 1 to 4, walked into points and spans.

use core::ops::Range;

use super::{DataType, Decoded, Point, is_time, number_of};
use crate::platform::json::{self, Node};
use crate::platform::scan::Wanted;
use crate::platform::spans;
use crate::platform::text::text;
use crate::platform::{Finding, Place};

pub(super) fn json_part(
    data_type: DataType,
    payload: &[u8],
    range: Range<usize>,
    out: &mut Decoded,
) {
    let source = payload.get(range.clone()).unwrap_or(&[]);
    out.text = Some(String::from_utf8_lossy(source).into_owned());
    let base = range.start;
    let root = match json::parse(source) {
        Ok(root) => root,
        Err(error) => {
            let at = (base + error.offset).min(range.end);
            out.error("BadJson", at..(at + 1).min(range.end), error.message());
            out.fields.push(spans::broken_json(
                ("JSON", "JSON"),
                range,
                base,
                source,
                &error,
            ));
            return;
        }
    };
    let mut walk = JsonWalk { source, base, out };
    match data_type {
        DataType::FullJson => walk.full(&root),
        DataType::Binary => walk.binary_head(&root),
        DataType::TimedJson => walk.timed(&root),
        _ => walk.simple(&root),
    }
    out.fields.push(spans::json_field(
        ("JSON", "JSON"),
        range,
        base,
        &root,
        source,
        &|_, _| None,
    ));
}

struct JsonWalk<'a> {
    source: &'a [u8],
    base: usize,
    out: &'a mut Decoded,
}

impl JsonWalk<'_> {
    fn place(&self, node: &Node) -> Range<usize> {
        self.base + node.range.start..self.base + node.range.end
    }

    fn wrong_type(&mut self, node: &Node, path: &str, wanted: Wanted) {
        let range = self.place(node);
        self.out.error("WrongType", range, wanted.not(node, path));
    }

    /// A remark for each member that the document does not print.
    fn unknown_members(&mut self, node: &Node, known: &[&str]) {
        for member in node.members() {
            if !known.contains(&member.key.as_str()) {
                let (start, key) = (self.base, &member.key);
                let range = start + member.key_range.start..start + member.key_range.end;
                self.out.findings.push(Finding::info(
                    "unknown-member",
                    Place::bytes(&range),
                    text!(
                        "the document does not list the member {key:?}",
                        "文档中没有字段 {key:?}"
                    ),
                    "OneNET MQTT §5.2.1",
                ));
            }
        }
    }

    fn check_time(&mut self, text: &str, range: Range<usize>) {
        if !is_time(text) {
            self.out.warn(
                "time-format",
                range,
                text!(
                    "{text:?} is not a time in the form YYYY-MM-DD HH:MM:SS",
                    "{text:?} 不符合 YYYY-MM-DD HH:MM:SS 格式"
                ),
            );
        }
    }

    fn point(&mut self, id: &str, at: Option<&str>, value: &Node) {
        self.out.points.push(Point {
            id: id.to_owned(),
            at: at.map(str::to_owned),
            value: value.display(self.source).to_owned(),
            number: number_of(value),
        });
    }

    fn full(&mut self, root: &Node) {
        self.unknown_members(root, &["datastreams"]);
        let Some(streams) = root.member("datastreams") else {
            self.out.missing("datastreams".to_owned());
            return;
        };
        if !streams.is_array() {
            self.wrong_type(streams, "datastreams", Wanted::Array);
            return;
        }
        for (index, stream) in streams.items().iter().enumerate() {
            let path = format!("datastreams[{index}]");
            self.unknown_members(stream, &["id", "datapoints"]);
            let id = match stream.member("id") {
                Some(id) => match id.as_str() {
                    Some(id) => id.to_owned(),
                    None => {
                        self.wrong_type(id, &format!("{path}.id"), Wanted::String);
                        id.raw(self.source).to_owned()
                    }
                },
                None => {
                    self.out.missing(format!("{path}.id"));
                    String::new()
                }
            };
            let Some(points) = stream.member("datapoints") else {
                self.out.missing(format!("{path}.datapoints"));
                continue;
            };
            if !points.is_array() {
                self.wrong_type(points, &format!("{path}.datapoints"), Wanted::Array);
                continue;
            }
            let mut untimed = 0;
            for (number, point) in points.items().iter().enumerate() {
                self.unknown_members(point, &["at", "value"]);
                let at = point.member("at");
                if let Some(at) = at {
                    match at.as_str() {
                        Some(text) => {
                            let range = self.place(at);
                            self.check_time(text, range);
                        }
                        None => self.wrong_type(
                            at,
                            &format!("{path}.datapoints[{number}].at"),
                            Wanted::String,
                        ),
                    }
                } else {
                    untimed += 1;
                }
                match point.member("value") {
                    Some(value) => self.point(&id, at.and_then(Node::as_str), value),
                    None => self
                        .out
                        .missing(format!("{path}.datapoints[{number}].value")),
                }
            }
            if untimed > 1 {
                let range = self.place(points);
                self.out.findings.push(Finding::info(
                    "only-the-last-is-kept",
                    Place::bytes(&range),
                    text!(
                        "{untimed} points of {id:?} have no time: only the last is kept",
                        "{id:?} 有 {untimed} 个点没有时间，平台只保留最后一个"
                    ),
                    "OneNET HTTP upload",
                ));
            }
        }
    }

    fn binary_head(&mut self, root: &Node) {
        self.unknown_members(root, &["ds_id", "at", "desc"]);
        match root.member("ds_id") {
            None => self.out.missing("ds_id".to_owned()),
            Some(id) if id.as_str().is_none() => self.wrong_type(id, "ds_id", Wanted::String),
            Some(_) => {}
        }
        if let Some(at) = root.member("at") {
            match at.as_str() {
                Some(text) => {
                    let range = self.place(at);
                    self.check_time(text, range);
                }
                None => self.wrong_type(at, "at", Wanted::String),
            }
        }
        if let Some(id) = root.member("ds_id").and_then(Node::as_str) {
            self.out.points.push(Point {
                id: id.to_owned(),
                at: root.member("at").and_then(Node::as_str).map(str::to_owned),
                value: String::new(),
                number: None,
            });
        }
    }

    fn simple(&mut self, root: &Node) {
        if !root.is_object() {
            self.wrong_type(root, "", Wanted::Object);
            return;
        }
        for member in root.members() {
            self.point(&member.key, None, &member.node);
        }
    }

    fn timed(&mut self, root: &Node) {
        if !root.is_object() {
            self.wrong_type(root, "", Wanted::Object);
            return;
        }
        for member in root.members() {
            if !member.node.is_object() {
                self.wrong_type(&member.node, &member.key, Wanted::Times);
                continue;
            }
            for timed in member.node.members() {
                let range = self.base + timed.key_range.start..self.base + timed.key_range.end;
                self.check_time(&timed.key, range);
                self.point(&member.key, Some(&timed.key), &timed.node);
            }
        }
    }
}

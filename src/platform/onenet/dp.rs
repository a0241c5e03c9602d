//! `$dp` payloads, byte-exact both ways: section 5.2.1 of the document, with its table under
//! "type 5" read as what it is, the table of type 7.
//!
//! ```text
//! byte 1   bit 7: time present (types 6 and 7)   bit 6: reserved, 0   bits 5-0: type
//! 1        u16 length, JSON {"datastreams":[{"id","datapoints":[{"at"?,"value"}]}]}
//! 2        u16 length, JSON {"ds_id","at"?,"desc"?}, u32 length, bytes (at most 3 MB)
//! 3        u16 length, JSON {"id":value,...}
//! 4        u16 length, JSON {"id":{"time":value},...}
//! 5        u16 length, text with separators
//! 6        [6 bytes of time,] u16 length, text with separators
//! 7        [6 bytes of time,] groups: u16 name, u16 count, count × f32 little-endian
//! ```
//! Integers are big-endian, floats little-endian.

mod encode;
mod json_part;

use core::ops::Range;

use crate::mqtt::{BitRange, Field, FieldKind};
use crate::platform::bytes_text::hex_preview;
use crate::platform::calendar::DateTime;
use crate::platform::json::Node;
use crate::platform::spans;
use crate::platform::text::text;
use crate::platform::{Finding, Place, Text};
pub use encode::{Body, encode};
use json_part::json_part;

/// Largest length that the two length bytes of text and JSON can say.
pub const MAX_TEXT: usize = 65_535;
/// Largest binary part of type 2, in bytes.
pub const MAX_BINARY: usize = 3 * 1024 * 1024;
/// Most floats of one group, and of one message.
pub const MAX_FLOATS: usize = 500;

/// The name of the span over the six bytes of time.
pub(super) const TIME: &str = "time";

const SOURCE: &str = "OneNET MQTT §5.2.1";
const BIT_TIME: u8 = 0b1000_0000;
const BIT_RESERVED: u8 = 0b0100_0000;
const MASK_TYPE: u8 = 0b0011_1111;

/// The seven data types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataType {
    /// 1: full JSON
    FullJson,
    /// 2: binary with a JSON head
    Binary,
    /// 3: simple JSON
    SimpleJson,
    /// 4: simple JSON with times
    TimedJson,
    /// 5: text with separators
    Text,
    /// 6: text with separators, optional time
    TimedText,
    /// 7: floats, optional time
    Floats,
}

impl DataType {
    /// All types, in order.
    pub const ALL: [Self; 7] = [
        Self::FullJson,
        Self::Binary,
        Self::SimpleJson,
        Self::TimedJson,
        Self::Text,
        Self::TimedText,
        Self::Floats,
    ];

    /// The number on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::FullJson => 1,
            Self::Binary => 2,
            Self::SimpleJson => 3,
            Self::TimedJson => 4,
            Self::Text => 5,
            Self::TimedText => 6,
            Self::Floats => 7,
        }
    }

    /// The type of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// What it is.
    pub const fn title(self) -> Text {
        match self {
            Self::FullJson => Text::new("full JSON", "完整 JSON"),
            Self::Binary => Text::new("binary", "二进制"),
            Self::SimpleJson => Text::new("simple JSON", "简单 JSON"),
            Self::TimedJson => Text::new("simple JSON with times", "带时间的简单 JSON"),
            Self::Text => Text::new("text with separators", "带分隔符的文本"),
            Self::TimedText => Text::new("text with separators and time", "带分隔符和时间的文本"),
            Self::Floats => Text::new("floats", "浮点数"),
        }
    }

    const fn may_have_time(self) -> bool {
        matches!(self, Self::TimedText | Self::Floats)
    }
}

/// Six bytes of time: year minus 2000, month, day, hour, minute, second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedTime(pub [u8; 6]);

impl PackedTime {
    /// Packs a time.
    ///
    /// # Errors
    /// When the year is outside 2000 to 2099, of which the document has the last two digits, or
    /// the date does not exist.
    pub fn pack(time: &DateTime) -> Result<Self, Box<Finding>> {
        let part = |value: i64| u8::try_from(value).ok();
        let packed = || {
            Some([
                part(time.year - 2000)?,
                part(time.month)?,
                part(time.day)?,
                part(time.hour)?,
                part(time.minute)?,
                part(time.second)?,
            ])
        };
        packed()
            .filter(|_| time.is_valid() && time.year < 2100)
            .map(Self)
            .ok_or_else(|| {
                Box::new(Finding::error(
                    "OutOfRange",
                    Place::form("time"),
                    Text::new(
                        "the time cannot be packed: years 2000 to 2099, and a date that exists",
                        "时间无法打包：年份须在 2000 至 2099 之间，且日期须存在",
                    ),
                    SOURCE,
                ))
            })
    }

    /// The time, in no particular zone: the document states none.
    pub fn unpack(self) -> DateTime {
        let [year, month, day, hour, minute, second] = self.0.map(i64::from);
        DateTime {
            year: year + 2000,
            month,
            day,
            hour,
            minute,
            second,
            millisecond: 0,
        }
    }
}

/// A group of type 7: streams `name`, `name + 1` … have one value each.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Id of the first stream, 1 to 65535.
    pub name: u16,
    /// One value per stream.
    pub values: Vec<f32>,
}

/// A value found in a payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Stream.
    pub id: String,
    /// Time as printed; `None`: the platform's clock.
    pub at: Option<String>,
    /// Value as printed: JSON, or the text of a field.
    pub value: String,
    /// The value as a number, if it is one.
    pub number: Option<f64>,
}

/// What a payload says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// Type, if it is one of the seven.
    pub data_type: Option<DataType>,
    /// Time of types 6 and 7, `YYYY-MM-DD HH:MM:SS`.
    pub time: Option<String>,
    /// The text of types 5 and 6, or the JSON of types 1 to 4.
    pub text: Option<String>,
    /// Inner and outer separator of types 5 and 6.
    pub separators: Option<(char, char)>,
    /// The bytes of type 2, as a range of the payload.
    pub binary: Option<Range<usize>>,
    /// The groups of type 7.
    pub groups: Vec<Group>,
    /// Values, in order.
    pub points: Vec<Point>,
    /// Remarks.
    pub findings: Vec<Finding>,
    /// Spans over the payload, without gaps.
    pub fields: Vec<Field>,
}

impl Decoded {
    fn error(&mut self, rule: &'static str, range: Range<usize>, words: Text) {
        self.findings
            .push(Finding::error(rule, Place::bytes(&range), words, SOURCE));
    }

    fn warn(&mut self, rule: &'static str, range: Range<usize>, words: Text) {
        self.findings
            .push(Finding::warning(rule, Place::bytes(&range), words, SOURCE));
    }

    fn fault(&mut self, name: &'static str, range: Range<usize>, value: impl Into<String>) {
        self.fields
            .push(leaf_of(name, FieldKind::Fault, range, value));
    }

    fn missing(&mut self, path: String) {
        self.findings.push(Finding::error(
            "MissingField",
            Place::Member(path.clone().into()),
            text!("{path} is missing", "缺少字段 {path}"),
            SOURCE,
        ));
    }
}

/// Reads a payload. Total: any bytes give a result, faults are remarks and spans.
pub fn decode(payload: &[u8]) -> Decoded {
    let mut out = Decoded::default();
    let Some(first) = payload.first().copied() else {
        out.error(
            "Truncated",
            0..0,
            Text::new(
                "empty: the first byte tells the data type",
                "载荷为空：首字节为数据类型",
            ),
        );
        return out;
    };
    let number = first & MASK_TYPE;
    out.data_type = DataType::from_number(number);
    out.fields.push(first_byte(first, out.data_type));
    if first & BIT_RESERVED != 0 {
        out.warn(
            "reserved-bit-set",
            0..1,
            Text::new("reserved bit 6 is set", "保留位 bit6 被置 1"),
        );
    }
    let Some(data_type) = out.data_type else {
        out.error(
            "UnknownType",
            0..1,
            text!(
                "data type {number}; the document knows 1 to 7",
                "数据类型为 {number}；文档只规定 1 至 7"
            ),
        );
        if payload.len() > 1 {
            out.fault(
                "unreadable",
                1..payload.len(),
                hex_preview(rest(payload, 1)),
            );
        }
        return out;
    };
    let has_time = first & BIT_TIME != 0;
    if has_time && !data_type.may_have_time() {
        out.warn(
            "time-flag-not-defined",
            0..1,
            Text::new(
                "bit 7 is defined for types 6 and 7 only",
                "bit7（时间标志）仅用于类型 6 和 7",
            ),
        );
    }
    let mut at = 1;
    if has_time && data_type.may_have_time() {
        match time_bytes(payload, at, &mut out) {
            Some(next) => at = next,
            None => return out,
        }
    }
    match data_type {
        DataType::FullJson | DataType::SimpleJson | DataType::TimedJson => {
            if let Some((range, end)) = sized(payload, at, "JSON", &mut out) {
                json_part(data_type, payload, range, &mut out);
                trailing(payload, end, &mut out);
            }
        }
        DataType::Binary => binary(payload, at, &mut out),
        DataType::Text | DataType::TimedText => text_part(data_type, payload, at, &mut out),
        DataType::Floats => groups(payload, at, &mut out),
    }
    spans::pin(&out.findings, &mut out.fields);
    out
}

fn rest(payload: &[u8], at: usize) -> &[u8] {
    payload.get(at..).unwrap_or(&[])
}

fn first_byte(first: u8, data_type: Option<DataType>) -> Field {
    let bit = |name: &'static str, high: u8, low: u8, value: String| Field {
        bits: Some(BitRange { high, low }),
        ..leaf_of(name, FieldKind::Header, 0..1, value)
    };
    let number = first & MASK_TYPE;
    let Text { en, zh } = data_type.map_or(Text::new("unknown", "未知"), DataType::title);
    group_of(
        "data type byte",
        0..1,
        vec![
            bit(
                "time flag",
                7,
                7,
                u8::from(first & BIT_TIME != 0).to_string(),
            ),
            bit(
                "reserved",
                6,
                6,
                u8::from(first & BIT_RESERVED != 0).to_string(),
            ),
            bit("type", 5, 0, format!("{number} ({en})")).with_chinese(format!("{number}（{zh}）")),
        ],
    )
    .with_reference(SOURCE)
}

fn u16_at(payload: &[u8], at: usize) -> Option<u16> {
    let bytes = payload.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn u32_at(payload: &[u8], at: usize) -> Option<u32> {
    let bytes = payload.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// A span with the name that the document gives to it, in both languages.
fn leaf_of(
    name: &'static str,
    kind: FieldKind,
    range: Range<usize>,
    value: impl Into<String>,
) -> Field {
    Field::leaf(name, kind, range, value).named(chinese(name))
}

/// The same for a span of parts.
fn group_of(name: &'static str, range: Range<usize>, children: Vec<Field>) -> Field {
    Field::group(name, range, children).named(chinese(name))
}

/// What the document calls a part, in Chinese.
fn chinese(part: &'static str) -> &'static str {
    match part {
        "data type byte" => "数据类型字节",
        "time flag" => "时间标志",
        "reserved" => "保留位",
        "type" => "类型",
        "length" => "长度",
        "data length" => "数据长度",
        "data" => "数据",
        "text" => "文本",
        "time" => "时间",
        "stream name" => "数据流名称",
        "count" => "数据流个数",
        "float" => "浮点数",
        "year" => "年",
        "month" => "月",
        "day" => "日",
        "hour" => "时",
        "minute" => "分",
        "second" => "秒",
        "group" => "一组数值",
        "separators" => "分隔符",
        "inner separator" => "字段内分隔符",
        "outer separator" => "字段间分隔符",
        "fields" => "各字段",
        "field" => "字段",
        "value" => "值",
        "unreadable" => "无法解析",
        "trailing bytes" => "多余字节",
        other => other,
    }
}

/// The payload ends inside `name`: the remark, and the rest as a fault.
fn truncated(payload: &[u8], at: usize, name: &'static str, wanted: usize, out: &mut Decoded) {
    let left = payload.len().saturating_sub(at);
    let chinese = chinese(name);
    out.error(
        "Truncated",
        at..payload.len(),
        text!(
            "{name} needs {wanted} bytes, {left} are left",
            "{chinese}需要 {wanted} 字节，仅剩 {left} 字节"
        ),
    );
    if left > 0 {
        out.fault(name, at..payload.len(), hex_preview(rest(payload, at)));
    }
}

fn trailing(payload: &[u8], at: usize, out: &mut Decoded) {
    if at < payload.len() {
        let count = payload.len() - at;
        out.error(
            "TrailingBytes",
            at..payload.len(),
            text!(
                "{count} bytes follow the end of the data",
                "数据结束后还有 {count} 个字节"
            ),
        );
        out.fault(
            "trailing bytes",
            at..payload.len(),
            hex_preview(rest(payload, at)),
        );
    }
}

/// A part with two bytes of length before it: its range and its end.
fn sized(
    payload: &[u8],
    at: usize,
    name: &'static str,
    out: &mut Decoded,
) -> Option<(Range<usize>, usize)> {
    let Some(length) = u16_at(payload, at) else {
        truncated(payload, at, "length", 2, out);
        return None;
    };
    let length = usize::from(length);
    out.fields.push(leaf_of(
        "length",
        FieldKind::Length,
        at..at + 2,
        length.to_string(),
    ));
    let start = at + 2;
    let end = start + length;
    if end > payload.len() {
        truncated(payload, start, name, length, out);
        return None;
    }
    Some((start..end, end))
}

fn time_bytes(payload: &[u8], at: usize, out: &mut Decoded) -> Option<usize> {
    let Some(bytes) = payload
        .get(at..at + 6)
        .and_then(|bytes| <[u8; 6]>::try_from(bytes).ok())
    else {
        truncated(payload, at, "time", 6, out);
        return None;
    };
    let time = PackedTime(bytes).unpack();
    let printed = time.spaced();
    let names: [&'static str; 6] = ["year", "month", "day", "hour", "minute", "second"];
    let children = names
        .into_iter()
        .zip(bytes)
        .enumerate()
        .map(|(index, (name, value))| {
            let from = at + index;
            leaf_of(name, FieldKind::Payload, from..from + 1, value.to_string())
        })
        .collect();
    let mut field = group_of(TIME, at..at + 6, children);
    field.value.clone_from(&printed);
    out.fields.push(field.with_reference(SOURCE));
    let ranges = [0..=99, 1..=12, 1..=31, 0..=23, 0..=59, 0..=59];
    let outside: Vec<(usize, &'static str, u8)> = names
        .into_iter()
        .zip(bytes)
        .zip(ranges)
        .enumerate()
        .filter(|(_, ((_, value), range))| !range.contains(value))
        .map(|(index, ((name, value), _))| (at + index, name, value))
        .collect();
    for (byte, name, value) in &outside {
        let chinese = chinese(name);
        out.error(
            "OutOfRange",
            *byte..*byte + 1,
            text!(
                "{name} is {value}, outside the document's range",
                "{chinese}为 {value}，超出文档规定的取值范围"
            ),
        );
    }
    if outside.is_empty() && !time.is_valid() {
        out.warn(
            "time-does-not-exist",
            at..at + 6,
            text!("{printed} is no date and time", "{printed} 不是有效的时间"),
        );
    }
    out.time = Some(printed);
    Some(at + 6)
}

fn number_of(node: &Node) -> Option<f64> {
    node.as_number().or_else(|| {
        node.as_str()
            .and_then(|text| text.trim().parse::<f64>().ok())
            .filter(|value| value.is_finite())
    })
}

fn is_time(text: &str) -> bool {
    DateTime::parse_spaced(text).is_some()
}

fn binary(payload: &[u8], at: usize, out: &mut Decoded) {
    let Some((range, end)) = sized(payload, at, "JSON", out) else {
        return;
    };
    json_part(DataType::Binary, payload, range, out);
    let Some(length) = u32_at(payload, end) else {
        truncated(payload, end, "data length", 4, out);
        return;
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    out.fields.push(leaf_of(
        "data length",
        FieldKind::Length,
        end..end + 4,
        length.to_string(),
    ));
    if length > MAX_BINARY {
        out.error(
            "OutOfRange",
            end..end + 4,
            text!(
                "{length} bytes of data; at most {MAX_BINARY} (3 MB)",
                "数据为 {length} 字节，超过上限 {MAX_BINARY}（3 MB）"
            ),
        );
    }
    let start = end + 4;
    let Some(stop) = start
        .checked_add(length)
        .filter(|stop| *stop <= payload.len())
    else {
        truncated(payload, start, "data", length, out);
        return;
    };
    let bytes = payload.get(start..stop).unwrap_or(&[]);
    if stop > start {
        out.fields.push(leaf_of(
            "data",
            FieldKind::Payload,
            start..stop,
            hex_preview(bytes),
        ));
    }
    if let Some(point) = out.points.last_mut() {
        point.value = hex_preview(bytes);
    }
    out.binary = Some(start..stop);
    trailing(payload, stop, out);
}

fn text_part(data_type: DataType, payload: &[u8], at: usize, out: &mut Decoded) {
    // The document's table under "type 5" is the table of type 7. A device built by it sends
    // 0x05, six bytes of time and groups: say so, and show what it meant.
    let length = u16_at(payload, at).map(usize::from);
    let fits = length.is_some_and(|length| at + 2 + length == payload.len());
    if data_type == DataType::Text && !fits && fits_floats_with_time(payload) {
        out.error(
            "Truncated",
            at..payload.len(),
            Text::new(
                "the length of the text does not fit; the body fits type 7 with time: the \
                 document's table under type 5 is the table of type 7, whose first byte is 0x87",
                "字符串长度与内容不符；内容符合带时间的类型 7：文档中“类型 5”的表其实是类型 7 的表，\
                 首字节应为 0x87",
            ),
        );
        out.warn(
            "body-fits-type-7",
            0..1,
            Text::new(
                "body fits type 7 with time; the seed's type 5 table is the type 7 table",
                "内容符合带时间的类型 7",
            ),
        );
        if let Some(next) = time_bytes(payload, at, out) {
            groups(payload, next, out);
        }
        return;
    }
    let Some((range, end)) = sized(payload, at, "text", out) else {
        return;
    };
    let bytes = payload.get(range.clone()).unwrap_or(&[]);
    match core::str::from_utf8(bytes) {
        Ok(text) => {
            let text = text.to_owned();
            separated(&text, range, out);
            out.text = Some(text);
        }
        Err(error) => {
            let bad = range.start + error.valid_up_to();
            out.error(
                "BadField",
                bad..(bad + 1).min(range.end),
                Text::new("the text is not UTF-8", "文本不是 UTF-8 编码"),
            );
            out.fault("text", range, hex_preview(bytes));
        }
    }
    trailing(payload, end, out);
}

/// Reads the text of types 5 and 6: `is` the separator inside a field, `is` between fields.
fn separated(text: &str, range: Range<usize>, out: &mut Decoded) {
    let mut characters = text.char_indices();
    let (Some((_, inner)), Some((second_at, outer))) = (characters.next(), characters.next())
    else {
        out.error(
            "BadSeparators",
            range.clone(),
            Text::new(
                "the text starts with two separators: inside a field, and between fields",
                "文本须以两个分隔符开头：字段内分隔符与字段间分隔符",
            ),
        );
        if !range.is_empty() {
            out.fault("separators", range, text);
        }
        return;
    };
    let body_at = second_at + outer.len_utf8();
    let base = range.start;
    let mut children = vec![
        leaf_of(
            "inner separator",
            FieldKind::Header,
            base..base + second_at,
            inner.to_string(),
        ),
        leaf_of(
            "outer separator",
            FieldKind::Header,
            base + second_at..base + body_at,
            outer.to_string(),
        ),
    ];
    out.separators = Some((inner, outer));
    if inner == outer {
        out.error(
            "BadSeparators",
            base..base + body_at,
            text!(
                "both separators are {inner:?}; they must differ",
                "两个分隔符都是 {inner:?}，必须不同"
            ),
        );
        if base + body_at < range.end {
            children.push(leaf_of(
                "fields",
                FieldKind::Fault,
                base + body_at..range.end,
                spans::preview(text.get(body_at..).unwrap_or("")),
            ));
        }
        out.fields.push(group_of("text", range, children));
        return;
    }
    let mut at = body_at;
    let body = text.get(body_at..).unwrap_or("");
    let header_time = out.time.clone();
    for (index, field) in body.split(outer).enumerate() {
        if index > 0 {
            at += outer.len_utf8();
        }
        let start = base + at;
        let end = start + field.len();
        at += field.len();
        let parts: Vec<&str> = field.split(inner).collect();
        let named: Option<(String, Option<&str>, &str)> = match parts.as_slice() {
            [value] => Some((index.to_string(), None, *value)),
            [id, value] => Some(((*id).to_owned(), None, *value)),
            [id, time, value] => Some(((*id).to_owned(), Some(*time), *value)),
            _ => None,
        };
        let Some((id, time, value)) = named else {
            let count = parts.len();
            out.error(
                "BadField",
                start..end,
                text!(
                    "field {index} has {count} parts; id, time and value at most",
                    "第 {index} 个字段有 {count} 段；最多为 id、时间、值三段"
                ),
            );
            children.push(leaf_of("field", FieldKind::Fault, start..end, field));
            continue;
        };
        if id.is_empty() || field.is_empty() {
            out.error(
                "BadField",
                start..end,
                text!("field {index} is empty", "第 {index} 个字段为空"),
            );
        }
        if let Some(time) = time
            && !is_time(time)
        {
            out.warn(
                "time-format",
                start..end,
                text!(
                    "{time:?} is not a time in the form YYYY-MM-DD HH:MM:SS",
                    "{time:?} 不符合 YYYY-MM-DD HH:MM:SS 格式"
                ),
            );
        }
        let names: &[&'static str] = match parts.len() {
            1 => &["value"],
            2 => &["id", "value"],
            _ => &["id", "time", "value"],
        };
        let mut part_at = start;
        let mut part_fields = Vec::new();
        for (name, part) in names.iter().zip(&parts) {
            let kind = if *name == "id" {
                FieldKind::Identifier
            } else {
                FieldKind::Payload
            };
            part_fields.push(leaf_of(
                name,
                kind,
                part_at..part_at + part.len(),
                spans::preview(part),
            ));
            part_at += part.len() + inner.len_utf8();
        }
        let mut group = group_of("field", start..end, part_fields);
        group.value = spans::preview(&format!("{id} = {value}"));
        children.push(group);
        out.points.push(Point {
            id,
            at: time.map(str::to_owned).or_else(|| header_time.clone()),
            value: value.to_owned(),
            number: value
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite()),
        });
    }
    out.fields.push(group_of("text", range, children));
}

/// Whether the bytes after the first one are six bytes of time and whole groups.
fn fits_floats_with_time(payload: &[u8]) -> bool {
    let Some(time) = payload
        .get(1..7)
        .and_then(|bytes| <[u8; 6]>::try_from(bytes).ok())
    else {
        return false;
    };
    if !PackedTime(time).unpack().is_valid() {
        return false;
    }
    let mut at = 7;
    while at < payload.len() {
        match u16_at(payload, at + 2).map(usize::from) {
            Some(count) if (1..=MAX_FLOATS).contains(&count) => at += 4 + 4 * count,
            _ => return false,
        }
    }
    at == payload.len() && at > 7
}

fn groups(payload: &[u8], from: usize, out: &mut Decoded) {
    let mut at = from;
    let mut total = 0;
    if at >= payload.len() {
        truncated(payload, at, "stream name", 2, out);
        return;
    }
    while at < payload.len() {
        let Some(name) = u16_at(payload, at) else {
            truncated(payload, at, "stream name", 2, out);
            return;
        };
        let name_field = leaf_of(
            "stream name",
            FieldKind::Identifier,
            at..at + 2,
            name.to_string(),
        );
        let Some(count) = u16_at(payload, at + 2) else {
            out.fields.push(name_field);
            truncated(payload, at + 2, "count", 2, out);
            return;
        };
        let count_field = leaf_of(
            "count",
            FieldKind::Length,
            at + 2..at + 4,
            count.to_string(),
        );
        let count = usize::from(count);
        if name == 0 {
            out.warn(
                "name-out-of-range",
                at..at + 2,
                Text::new(
                    "stream name 0; the document gives 1 to 65535",
                    "数据流名称为 0；取值范围为 1-65535",
                ),
            );
        }
        if count == 0 || count > MAX_FLOATS {
            out.error(
                "OutOfRange",
                at + 2..at + 4,
                text!(
                    "count is {count}; the document gives 1 to 500",
                    "数据流个数为 {count}；取值范围为 1-500"
                ),
            );
        }
        total += count;
        let start = at + 4;
        let have = payload.len().saturating_sub(start) / 4;
        let mut values = Vec::new();
        let mut children = vec![name_field, count_field];
        for index in 0..count.min(have) {
            let place = start + 4 * index;
            let Some(bytes) = payload
                .get(place..place + 4)
                .and_then(|bytes| <[u8; 4]>::try_from(bytes).ok())
            else {
                break;
            };
            let value = f32::from_le_bytes(bytes);
            let id = usize::from(name) + index;
            if !value.is_finite() {
                out.warn(
                    "not-a-finite-number",
                    place..place + 4,
                    text!("{value} is no finite number", "{value} 不是有限数值"),
                );
            }
            children.push(leaf_of(
                "float",
                FieldKind::Payload,
                place..place + 4,
                format!("{id} = {value}"),
            ));
            out.points.push(Point {
                id: id.to_string(),
                at: out.time.clone(),
                value: value.to_string(),
                number: f64::from(value).is_finite().then(|| shortest(value)),
            });
            values.push(value);
        }
        let read = start + 4 * values.len();
        let mut group = group_of("group", at..read, children);
        group.value = format!("{count} values from stream {name}");
        out.fields
            .push(group.with_chinese(format!("从数据流 {name} 起的 {count} 个数值")));
        let complete = values.len() == count;
        out.groups.push(Group { name, values });
        if !complete {
            truncated(
                payload,
                read,
                "float",
                4 * (count - (read - start) / 4),
                out,
            );
            return;
        }
        at = read;
    }
    if total > MAX_FLOATS {
        out.findings.push(
            Finding::warning(
                "too-many-floats",
                Place::bytes(&(from..payload.len())),
                text!(
                    "{total} floats in one message; the older document gives 500",
                    "一条消息中有 {total} 个浮点数；旧版文档的上限为 500"
                ),
                "OneNET MQTT V2.3",
            )
            .unconfirmed(),
        );
    }
}

/// The double that prints like the float: 22.5, and not 22.5 with binary digits of noise.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

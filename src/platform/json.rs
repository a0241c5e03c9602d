//! Reads JSON with the byte range of every key and value, so that findings and the inspector can
//! point at bytes, and so that nothing that was there is lost: numbers keep their text, repeated
//! keys are kept and noticed.
//!
//! Total over any bytes: it never panics, and depth and number of values are bounded. RFC 8259 is
//! applied strictly; the usual slips of people who type JSON (typographic quotes, comments,
//! apostrophes, trailing commas) are named as the reason instead of "unexpected character".

use core::ops::Range;

use thiserror::Error;

use super::Text;

/// Values nested deeper than this are refused: no platform needs it, and recursion stays bounded.
pub const MAX_DEPTH: usize = 96;

/// Documents with more values than this are refused, which bounds memory to a small multiple of
/// the payload's size.
pub const MAX_VALUES: usize = 200_000;

/// A value with the bytes that it covers.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes of the value, quotes and brackets included.
    pub range: Range<usize>,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as printed.
    Number(String),
    /// A string, escapes resolved.
    String(String),
    /// An array.
    Array(Vec<Node>),
    /// An object; members in the order in which they came.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key, escapes resolved.
    pub key: String,
    /// The bytes of the key, quotes included.
    pub key_range: Range<usize>,
    /// The value.
    pub node: Node,
    /// Whether an earlier member of the same object has the same key.
    pub repeated: bool,
}

/// A part of a document, where it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Any value.
    Value,
    /// A member's name.
    Key,
    /// What stands between name and value.
    Colon,
    /// What goes on or ends an object.
    CommaOrBrace,
    /// What goes on or ends an array.
    CommaOrBracket,
    /// What ends a string.
    Quote,
    /// The rest of an escape.
    Escape,
}

impl Part {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Value => ("a value", "一个值"),
            Self::Key => ("a key in double quotes", "双引号括起的成员名"),
            Self::Colon => ("a colon", "冒号"),
            Self::CommaOrBrace => ("a comma or }", "逗号或 } "),
            Self::CommaOrBracket => ("a comma or ]", "逗号或 ] "),
            Self::Escape => ("an escape", "转义"),
            Self::Quote => ("a closing double quote", "结尾的双引号"),
        }
    }
}

/// Why bytes are not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Something else was expected here.
    Expected(Part),
    /// The document ends where something was expected.
    Ends(Part),
    /// A typographic quotation mark stands where `"` belongs.
    TypographicQuote,
    /// An apostrophe stands where `"` belongs.
    Apostrophe,
    /// JSON has no comments.
    Comment,
    /// A comma before a closing bracket.
    TrailingComma,
    /// A control character inside a string.
    ControlCharacter,
    /// A backslash followed by something that is no escape, or half a surrogate pair.
    Escape,
    /// A number in a form that JSON does not have.
    Number,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The document starts with a byte order mark.
    ByteOrderMark,
    /// Something follows the document.
    TrailingData,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_VALUES`] values.
    TooMany,
}

/// Where bytes stop being JSON, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("byte {offset}: {}", self.text().en)]
pub struct JsonError {
    /// Offset of the first byte that does not fit; the length if the document ends too early.
    pub offset: usize,
    /// Why.
    pub reason: Reason,
}

impl JsonError {
    /// Offset and reason in words.
    pub fn message(&self) -> Text {
        let reason = self.text();
        let offset = self.offset;
        Text::owned(
            format!("not JSON at byte {offset}: {}", reason.en),
            format!("第 {offset} 字节处不是合法 JSON：{}", reason.zh),
        )
    }

    /// The reason in words.
    pub fn text(&self) -> Text {
        match self.reason {
            Reason::Expected(part) => {
                let (en, zh) = part.words();
                Text::owned(format!("expected {en}"), format!("此处应为{zh}"))
            }
            Reason::Ends(part) => {
                let (en, zh) = part.words();
                Text::owned(
                    format!("the text ends where {en} was expected"),
                    format!("内容在应出现{zh}处中断"),
                )
            }
            Reason::TypographicQuote => Text::new(
                "typographic quotation mark; JSON wants the plain double quote \"",
                "使用了中文或排版引号，JSON 只接受英文双引号 \"",
            ),
            Reason::Apostrophe => Text::new(
                "apostrophe; JSON wants the double quote \"",
                "使用了单引号，JSON 只接受双引号 \"",
            ),
            Reason::Comment => Text::new(
                "comment; JSON has none, remove it",
                "JSON 不支持注释，请删除",
            ),
            Reason::TrailingComma => {
                Text::new("comma before a closing bracket", "右括号前有多余的逗号")
            }
            Reason::ControlCharacter => Text::new(
                "control character in a string; write it as an escape such as \\n",
                "字符串中含有控制字符，请写成转义形式，例如 \\n",
            ),
            Reason::Escape => Text::new("broken escape in a string", "字符串中的转义不正确"),
            Reason::Number => Text::new(
                "number in a form that JSON does not have",
                "数字写法不符合 JSON",
            ),
            Reason::NotUtf8 => Text::new("not UTF-8", "不是 UTF-8 编码"),
            Reason::ByteOrderMark => Text::new(
                "byte order mark before the document",
                "内容前有字节序标记（BOM）",
            ),
            Reason::TrailingData => {
                Text::new("something follows the document", "JSON 之后还有多余内容")
            }
            Reason::TooDeep => Text::new("nested too deeply", "嵌套层数过多"),
            Reason::TooMany => Text::new("too many values", "值的数量过多"),
        }
    }
}

/// Reads one JSON document.
///
/// # Errors
/// The first byte that does not fit, with the reason.
pub fn parse(source: &[u8]) -> Result<Node, JsonError> {
    if source.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return Err(JsonError {
            offset: 0,
            reason: Reason::ByteOrderMark,
        });
    }
    let text = core::str::from_utf8(source).map_err(|error| JsonError {
        offset: error.valid_up_to(),
        reason: Reason::NotUtf8,
    })?;
    let mut parser = Parser {
        text,
        bytes: source,
        at: 0,
        values: 0,
    };
    let node = parser.value(0)?;
    parser.skip_space();
    if parser.at < source.len() {
        return Err(parser.fail_or(Reason::TrailingData));
    }
    Ok(node)
}

/// Objects with fewer members than this are looked through one by one; a set costs more.
const MANY_MEMBERS: usize = 16;

/// The keys of an object with many members.
#[derive(Default)]
struct Keys(Option<std::collections::HashSet<String>>);

impl Keys {
    /// Whether one of `members`, all that came before, has this key.
    fn is_repeated(&mut self, members: &[Member], key: &str) -> bool {
        if members.len() < MANY_MEMBERS {
            return members.iter().any(|member| member.key == key);
        }
        let keys = self
            .0
            .get_or_insert_with(|| members.iter().map(|member| member.key.clone()).collect());
        !keys.insert(key.to_owned())
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    values: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fail(&self, reason: Reason) -> JsonError {
        JsonError {
            offset: self.at,
            reason,
        }
    }

    /// The more telling reason if what stands here is one of the usual slips.
    fn fail_or(&self, reason: Reason) -> JsonError {
        let rest = self.text.get(self.at..).unwrap_or("");
        let told = match rest.chars().next() {
            Some('“' | '”' | '„' | '‟' | '＂' | '″' | '‘' | '’' | '＇') => {
                Reason::TypographicQuote
            }
            Some('\'') => Reason::Apostrophe,
            Some('/') if rest.starts_with("//") || rest.starts_with("/*") => Reason::Comment,
            Some('#') => Reason::Comment,
            _ => reason,
        };
        self.fail(told)
    }

    fn expected(&self, what: Part) -> JsonError {
        if self.at >= self.bytes.len() {
            self.fail(Reason::Ends(what))
        } else {
            self.fail_or(Reason::Expected(what))
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        self.skip_space();
        if depth > MAX_DEPTH {
            return Err(self.fail(Reason::TooDeep));
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(self.fail(Reason::TooMany));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.expected(Part::Value)),
        };
        Ok(Node {
            range: start..self.at,
            value,
        })
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.expected(Part::Value))
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        let mut keys = Keys::default();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(if self.peek() == Some(b'}') {
                    self.fail(Reason::TrailingComma)
                } else {
                    self.expected(Part::Key)
                });
            }
            let key_start = self.at;
            let key = self.string()?;
            let key_range = key_start..self.at;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.expected(Part::Colon));
            }
            self.at += 1;
            let node = self.value(depth + 1)?;
            let repeated = keys.is_repeated(&members, &key);
            members.push(Member {
                key,
                key_range,
                node,
                repeated,
            });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                _ => return Err(self.expected(Part::CommaOrBrace)),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                return Err(self.fail(Reason::TrailingComma));
            }
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                _ => return Err(self.expected(Part::CommaOrBracket)),
            }
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => {
                self.at += 1;
                if matches!(self.peek(), Some(b'0'..=b'9' | b'x' | b'X')) {
                    return Err(self.fail(Reason::Number));
                }
            }
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.fail(Reason::Number)),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.fail(Reason::Number));
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.fail(Reason::Number));
            }
            self.digits();
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        Ok(Value::Number(text.to_owned()))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// Reads a string; stands on its opening quote.
    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or(&[]);
            let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
            let plain_start = self.at;
            self.at += rest.iter().position(is_special).unwrap_or(rest.len());
            let plain = self.text.get(plain_start..self.at).unwrap_or("");
            match self.peek() {
                None => return Err(self.fail(Reason::Ends(Part::Quote))),
                Some(b'"') => {
                    self.at += 1;
                    if out.is_empty() {
                        // Most strings have no escape: one allocation, of the right size.
                        return Ok(plain.to_owned());
                    }
                    out.push_str(plain);
                    return Ok(out);
                }
                Some(b'\\') => {
                    out.push_str(plain);
                    out.push(self.escape()?);
                }
                Some(_) => return Err(self.fail(Reason::ControlCharacter)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let wrong = self.fail(Reason::Escape);
        self.at += 1;
        let letter = self
            .peek()
            .ok_or_else(|| self.fail(Reason::Ends(Part::Escape)))?;
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex4().ok_or(wrong)?;
                let scalar = if (0xD800..0xDC00).contains(&first) {
                    if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                        return Err(wrong);
                    }
                    self.at += 2;
                    let second = self.hex4().ok_or(wrong)?;
                    if !(0xDC00..0xE000).contains(&second) {
                        return Err(wrong);
                    }
                    0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                } else {
                    first
                };
                char::from_u32(scalar).ok_or(wrong)?
            }
            _ => return Err(wrong),
        })
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        let mut value = 0;
        for digit in digits {
            value = value * 16 + char::from(*digit).to_digit(16)?;
        }
        self.at += 4;
        Some(value)
    }
}

impl Node {
    /// The member of that key; the last one if the key is repeated, as in every browser.
    pub fn member(&self, key: &str) -> Option<&Node> {
        self.members()
            .iter()
            .rev()
            .find(|member| member.key == key)
            .map(|member| &member.node)
    }

    /// The value reached through these keys, one after the other.
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.member(key))
    }

    /// Members in order; empty if this is no object.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// Items in order; empty if this is no array.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// Whether this is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// Whether this is an array.
    pub fn is_array(&self) -> bool {
        matches!(self.value, Value::Array(_))
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a number that is whole and fits.
    pub fn as_integer(&self) -> Option<i64> {
        match &self.value {
            Value::Number(text) => integer_of(text),
            _ => None,
        }
    }

    /// The value of a number, if finite.
    pub fn as_number(&self) -> Option<f64> {
        match &self.value {
            Value::Number(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
            _ => None,
        }
    }

    /// The bytes as they came.
    pub fn raw<'a>(&self, source: &'a [u8]) -> &'a str {
        source
            .get(self.range.clone())
            .and_then(|bytes| core::str::from_utf8(bytes).ok())
            .unwrap_or("")
    }

    /// A string's text, and anything else as printed.
    pub fn display<'a>(&'a self, source: &'a [u8]) -> &'a str {
        match &self.value {
            Value::String(text) => text,
            _ => self.raw(source),
        }
    }

    /// `string`, `number` … for findings.
    pub fn type_name(&self) -> Text {
        match self.value {
            Value::Null => Text::new("null", "null"),
            Value::Bool(_) => Text::new("boolean", "布尔值"),
            Value::Number(_) => Text::new("number", "数字"),
            Value::String(_) => Text::new("string", "字符串"),
            Value::Array(_) => Text::new("array", "数组"),
            Value::Object(_) => Text::new("object", "对象"),
        }
    }
}

/// The whole number that `text` prints, also when it is printed as `1.0` or `1e3`.
fn integer_of(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let value: f64 = text.parse().ok()?;
    // Above 2^53 the float no longer tells whole numbers apart.
    (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
}

/// `text` as a JSON string, quotes included.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Writes an object member by member, in the order of the platform's own examples, and takes
/// JSON typed by the user exactly as typed.
#[derive(Clone, Debug)]
pub struct ObjectWriter {
    text: String,
}

impl ObjectWriter {
    /// `{`
    pub fn new() -> Self {
        Self {
            text: String::from("{"),
        }
    }

    /// Adds a member whose value is JSON already.
    #[must_use]
    pub fn raw(mut self, key: &str, value: &str) -> Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push_str(&quote(key));
        self.text.push(':');
        self.text.push_str(value);
        self
    }

    /// Adds a string.
    #[must_use]
    pub fn string(self, key: &str, value: &str) -> Self {
        let quoted = quote(value);
        self.raw(key, &quoted)
    }

    /// Adds a whole number.
    #[must_use]
    pub fn integer(self, key: &str, value: i64) -> Self {
        self.raw(key, &value.to_string())
    }

    /// Adds a string unless it is empty.
    #[must_use]
    pub fn string_unless_empty(self, key: &str, value: &str) -> Self {
        if value.is_empty() {
            self
        } else {
            self.string(key, value)
        }
    }

    /// `}`
    pub fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

impl Default for ObjectWriter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_keys_and_values() {
        let source = br#" {"a": 1.50, "b":["x",null] }"#;
        let node = parse(source).unwrap();
        assert_eq!(node.range, 1..29);
        let a = node.member("a").unwrap();
        assert_eq!((a.range.clone(), a.raw(source)), (7..11, "1.50"));
        assert_eq!(node.members()[0].key_range, 2..5);
        let b = node.member("b").unwrap();
        assert_eq!(b.items()[1].range, 22..26);
    }

    #[test]
    fn a_repeated_key_is_marked_however_many_members_there_are() {
        for count in [2, MANY_MEMBERS - 1, MANY_MEMBERS, MANY_MEMBERS + 1, 40] {
            let members: Vec<_> = (0..count)
                .chain([0, count, count])
                .map(|key| format!("\"k{key}\":1"))
                .collect();
            let node = parse(format!("{{{}}}", members.join(",")).as_bytes()).unwrap();
            let repeated: Vec<_> = node
                .members()
                .iter()
                .enumerate()
                .filter_map(|(at, member)| member.repeated.then_some(at))
                .collect();
            assert_eq!(repeated, [count, count + 2], "of {count}");
        }
    }

    #[test]
    fn the_usual_slips_are_named() {
        let rows: &[(&str, usize, Reason)] = &[
            ("{“id”:1}", 1, Reason::TypographicQuote),
            ("{\"a\":1, // note\n}", 8, Reason::Comment),
            ("{\"a\":1 // note\n}", 7, Reason::Comment),
            ("{'a':1}", 1, Reason::Apostrophe),
            ("{\"a\":1,}", 7, Reason::TrailingComma),
            ("[1,]", 3, Reason::TrailingComma),
            ("{\"a\":01}", 6, Reason::Number),
            ("{\"a\":1", 6, Reason::Ends(Part::CommaOrBrace)),
            ("{} x", 3, Reason::TrailingData),
            ("temperature=1", 0, Reason::Expected(Part::Value)),
            ("", 0, Reason::Ends(Part::Value)),
            ("\"a\nb\"", 2, Reason::ControlCharacter),
            ("\"\\ud800\"", 1, Reason::Escape),
            ("\u{feff}{}", 0, Reason::ByteOrderMark),
        ];
        for (text, offset, reason) in rows {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.offset, error.reason), (*offset, *reason), "{text}");
        }
        assert_eq!(
            parse(b"{\"a\":\"\xff\"}").unwrap_err(),
            JsonError {
                offset: 6,
                reason: Reason::NotUtf8
            }
        );
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(parse(deep.as_bytes()).unwrap_err().reason, Reason::TooDeep);
    }

    #[test]
    fn repeated_keys_are_kept_and_the_last_one_counts() {
        let node = parse(br#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(node.member("a").unwrap().as_integer(), Some(2));
        assert!(node.members()[1].repeated);
    }

    #[test]
    fn quote_and_parse_are_inverse() {
        for text in ["", "a\"b\\c", "\u{1}\n\t", "南京 😀"] {
            let node = parse(quote(text).as_bytes()).unwrap();
            assert_eq!(node.as_str(), Some(text));
        }
    }
}

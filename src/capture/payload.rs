//! A payload as people read it: text, JSON, hexadecimal, base64, CBOR, MessagePack. Views over
//! bytes that stay as they are.
//!
//! CBOR is written in the diagnostic notation of RFC 8949 §8; MessagePack in the same notation, with
//! its extension types as `ext(type, h'…')`.

use core::fmt::Write as _;

use base64::Engine as _;
use minicbor::data::Token;
use minicbor::decode::{Decoder, Tokenizer};
use rmp::Marker;
use serde::{Deserialize, Serialize};

use crate::platform::text;
use crate::platform::{Text, to_hex};

/// The longest view, in bytes; what is beyond is left out and said so.
const MOST: usize = 1 << 20;
/// The deepest nesting that is read.
const DEEPEST: usize = 256;

/// A way to read a payload.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum PayloadFormat {
    /// UTF-8.
    #[default]
    Text,
    /// JSON, as it was written.
    Json,
    /// Hexadecimal.
    Hex,
    /// Base64.
    Base64,
    /// CBOR, RFC 8949.
    Cbor,
    /// MessagePack.
    MessagePack,
}

/// A payload read in one way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The view; up to the fault where there is one.
    pub text: String,
    /// Where the payload does not follow the format, in bytes from its start, and why.
    pub fault: Option<(u64, Text)>,
}

/// The format that a payload most likely has. A guess: the reader can choose another.
pub fn guess(payload: &[u8]) -> PayloadFormat {
    if let Ok(text) = core::str::from_utf8(payload) {
        let opens = text.trim_start().starts_with(['{', '[']);
        if opens && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
            return PayloadFormat::Json;
        }
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if !text.chars().any(control) {
            return PayloadFormat::Text;
        }
    }
    let Some(first) = payload.first() else {
        return PayloadFormat::Text;
    };
    let whole = |format| render(format, payload).fault.is_none();
    match first {
        // A map of each; what the one calls a map is an array or a text to the other.
        0xA0..=0xBF | 0xC6..=0xDB if whole(PayloadFormat::Cbor) => PayloadFormat::Cbor,
        0x80..=0x9F | 0xDC..=0xDF if whole(PayloadFormat::MessagePack) => {
            PayloadFormat::MessagePack
        }
        0x80..=0x9F if whole(PayloadFormat::Cbor) => PayloadFormat::Cbor,
        _ => PayloadFormat::Hex,
    }
}

/// Reads a payload in this way. Total: what does not follow the format is a fault with its place.
pub fn render(format: PayloadFormat, payload: &[u8]) -> Rendered {
    let (head, cut) = match payload.split_at_checked(MOST) {
        Some((head, rest)) => (head, !rest.is_empty()),
        None => (payload, false),
    };
    let mut rendered = match format {
        PayloadFormat::Text => utf8(head),
        PayloadFormat::Json => json(head),
        PayloadFormat::Hex => plain(spaced(head)),
        PayloadFormat::Base64 => plain(base64::engine::general_purpose::STANDARD.encode(head)),
        PayloadFormat::Cbor => cbor(head),
        PayloadFormat::MessagePack => message_pack(head),
    };
    if cut {
        rendered.fault = Some((
            MOST as u64,
            text!(
                "only the first {} KiB are shown",
                "仅显示前 {} KiB",
                MOST >> 10
            ),
        ));
    }
    rendered
}

fn plain(text: String) -> Rendered {
    Rendered { text, fault: None }
}

fn spaced(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(if index.is_multiple_of(16) { '\n' } else { ' ' });
        }
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02X}");
    }
    out
}

fn utf8(payload: &[u8]) -> Rendered {
    match core::str::from_utf8(payload) {
        Ok(text) => plain(text.to_owned()),
        Err(error) => Rendered {
            text: String::from_utf8_lossy(payload).replace('\u{fffd}', "·"),
            fault: Some((
                error.valid_up_to() as u64,
                Text::new(
                    "not UTF-8; such bytes show as ·",
                    "不是 UTF-8，无法显示的字节以 · 代替",
                ),
            )),
        },
    }
}

fn json(payload: &[u8]) -> Rendered {
    let mut rendered = utf8(payload);
    if rendered.fault.is_none()
        && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&rendered.text)
    {
        let (line, column) = (error.line(), error.column());
        let lines = rendered.text.split_inclusive('\n');
        let before: usize = lines
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = before + error.column().saturating_sub(1);
        rendered.fault = Some((
            at.min(payload.len()) as u64,
            text!(
                "not JSON: {error}",
                "不是 JSON：第 {line} 行第 {column} 列有误"
            ),
        ));
    }
    rendered
}

/// One thing that the bytes say.
enum Item {
    Scalar(String),
    /// With so many members; `None`: up to a break.
    Array(Option<u64>),
    Map(Option<u64>),
    /// Strings in chunks, up to a break.
    Chunks,
    Tag(u64),
    Break,
}

/// An open array, map or tag.
struct Open {
    close: char,
    map: bool,
    left: Option<u64>,
    count: u64,
}

#[derive(Default)]
struct Printer {
    out: String,
    open: Vec<Open>,
    whole: u64,
}

impl Printer {
    /// Writes an item; `Err` when it cannot stand here.
    fn push(&mut self, item: Item) -> Result<(), Text> {
        if matches!(item, Item::Break) {
            return match self.open.pop() {
                Some(Open {
                    close,
                    left: None,
                    map,
                    count,
                }) if !map || count.is_multiple_of(2) => {
                    self.out.push(close);
                    self.end();
                    Ok(())
                }
                other => {
                    self.open.extend(other);
                    Err(Text::new(
                        "a break outside of an item of indefinite length",
                        "中断码不在不定长项目中",
                    ))
                }
            };
        }
        self.separate();
        if self.open.len() >= DEEPEST {
            return Err(Text::new("nested too deeply", "嵌套过深"));
        }
        let (start, close, map, left) = match item {
            Item::Scalar(text) => {
                self.out.push_str(&text);
                self.end();
                return Ok(());
            }
            Item::Array(left) => ("[".to_owned(), ']', false, left),
            Item::Map(left) => (
                "{".to_owned(),
                '}',
                true,
                left.map(|pairs| pairs.saturating_mul(2)),
            ),
            Item::Chunks => ("(_ ".to_owned(), ')', false, None),
            Item::Tag(tag) => (format!("{tag}("), ')', false, Some(1)),
            Item::Break => return Ok(()),
        };
        self.out.push_str(&start);
        if left == Some(0) {
            self.out.push(close);
            self.end();
        } else {
            self.open.push(Open {
                close,
                map,
                left,
                count: 0,
            });
        }
        Ok(())
    }

    /// What stands between the item before and this one.
    fn separate(&mut self) {
        match self.open.last() {
            Some(open) if open.count == 0 => {}
            Some(open) if open.map && open.count % 2 == 1 => self.out.push_str(": "),
            Some(_) => self.out.push_str(", "),
            None if self.whole > 0 => self.out.push_str(", "),
            None => {}
        }
    }

    /// An item is complete, and with it perhaps those around it.
    fn end(&mut self) {
        while let Some(mut open) = self.open.pop() {
            open.count += 1;
            let Some(left) = open.left else {
                self.open.push(open);
                return;
            };
            open.left = Some(left.saturating_sub(1));
            if open.left != Some(0) {
                self.open.push(open);
                return;
            }
            self.out.push(open.close);
        }
        self.whole += 1;
    }

    fn finish(self, length: usize, fault: Option<(usize, Text)>) -> Rendered {
        let missing = fault.is_none() && (!self.open.is_empty() || self.whole == 0);
        let fault = fault.or_else(|| {
            missing.then(|| {
                (
                    length,
                    Text::new("the bytes end inside an item", "字节在项目中途结束"),
                )
            })
        });
        Rendered {
            text: self.out,
            fault: fault.map(|(at, why)| (at as u64, why)),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn bytes(bytes: &[u8]) -> String {
    format!("h'{}'", to_hex(bytes))
}

fn float(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        format!("{value:?}")
    }
}

fn cbor(payload: &[u8]) -> Rendered {
    let mut decoder = Decoder::new(payload);
    let mut printer = Printer::default();
    while decoder.position() < payload.len() {
        let at = decoder.position();
        let item = match Tokenizer::from(&mut decoder).token() {
            Ok(token) => cbor_item(token),
            Err(error) => {
                let why = text!("not CBOR: {error}", "不是 CBOR：第 {at} 字节处有误");
                return printer.finish(payload.len(), Some((at, why)));
            }
        };
        if let Err(why) = printer.push(item) {
            return printer.finish(payload.len(), Some((at, why)));
        }
    }
    printer.finish(payload.len(), None)
}

fn cbor_item(token: Token<'_>) -> Item {
    Item::Scalar(match token {
        Token::Bool(value) => value.to_string(),
        Token::U8(value) => value.to_string(),
        Token::U16(value) => value.to_string(),
        Token::U32(value) => value.to_string(),
        Token::U64(value) => value.to_string(),
        Token::I8(value) => value.to_string(),
        Token::I16(value) => value.to_string(),
        Token::I32(value) => value.to_string(),
        Token::I64(value) => value.to_string(),
        Token::Int(value) => value.to_string(),
        Token::F16(value) | Token::F32(value) => float(f64::from(value)),
        Token::F64(value) => float(value),
        Token::Bytes(value) => bytes(value),
        Token::String(value) => quoted(value),
        Token::Simple(value) => format!("simple({value})"),
        Token::Null => "null".to_owned(),
        Token::Undefined => "undefined".to_owned(),
        Token::Array(count) => return Item::Array(Some(count)),
        Token::Map(count) => return Item::Map(Some(count)),
        Token::Tag(tag) => return Item::Tag(tag.as_u64()),
        Token::BeginArray => return Item::Array(None),
        Token::BeginMap => return Item::Map(None),
        Token::BeginBytes | Token::BeginString => return Item::Chunks,
        Token::Break => return Item::Break,
    })
}

fn message_pack(payload: &[u8]) -> Rendered {
    let mut printer = Printer::default();
    let mut rest = payload;
    while !rest.is_empty() {
        let at = payload.len() - rest.len();
        let item = match message_pack_item(&mut rest) {
            Some(item) => item,
            None => {
                let why = match payload.get(at) {
                    Some(0xC1) => Text::new(
                        "not MessagePack: 0xC1 is never used",
                        "不是 MessagePack：0xC1 为保留字节",
                    ),
                    _ => Text::new(
                        "not MessagePack: the bytes end inside this item",
                        "不是 MessagePack：字节在该项目中途结束",
                    ),
                };
                return printer.finish(payload.len(), Some((at, why)));
            }
        };
        if let Err(why) = printer.push(item) {
            return printer.finish(payload.len(), Some((at, why)));
        }
    }
    printer.finish(payload.len(), None)
}

/// Takes one item from the front; `None` when it is cut or is none.
fn message_pack_item(rest: &mut &[u8]) -> Option<Item> {
    let [first] = take(rest)?;
    Some(Item::Scalar(match Marker::from_u8(first) {
        Marker::FixPos(value) => value.to_string(),
        Marker::FixNeg(value) => value.to_string(),
        Marker::Null => "null".to_owned(),
        Marker::True => "true".to_owned(),
        Marker::False => "false".to_owned(),
        Marker::U8 => u8::from_be_bytes(take(rest)?).to_string(),
        Marker::U16 => u16::from_be_bytes(take(rest)?).to_string(),
        Marker::U32 => u32::from_be_bytes(take(rest)?).to_string(),
        Marker::U64 => u64::from_be_bytes(take(rest)?).to_string(),
        Marker::I8 => i8::from_be_bytes(take(rest)?).to_string(),
        Marker::I16 => i16::from_be_bytes(take(rest)?).to_string(),
        Marker::I32 => i32::from_be_bytes(take(rest)?).to_string(),
        Marker::I64 => i64::from_be_bytes(take(rest)?).to_string(),
        Marker::F32 => float(f64::from(f32::from_be_bytes(take(rest)?))),
        Marker::F64 => float(f64::from_be_bytes(take(rest)?)),
        Marker::FixStr(length) => string(rest, usize::from(length))?,
        Marker::Str8 => {
            let length = length8(rest)?;
            string(rest, length)?
        }
        Marker::Str16 => {
            let length = length16(rest)?;
            string(rest, length)?
        }
        Marker::Str32 => {
            let length = length32(rest)?;
            string(rest, length)?
        }
        Marker::Bin8 => {
            let length = length8(rest)?;
            bytes(slice(rest, length)?)
        }
        Marker::Bin16 => {
            let length = length16(rest)?;
            bytes(slice(rest, length)?)
        }
        Marker::Bin32 => {
            let length = length32(rest)?;
            bytes(slice(rest, length)?)
        }
        Marker::FixExt1 => extension(rest, 1)?,
        Marker::FixExt2 => extension(rest, 2)?,
        Marker::FixExt4 => extension(rest, 4)?,
        Marker::FixExt8 => extension(rest, 8)?,
        Marker::FixExt16 => extension(rest, 16)?,
        Marker::Ext8 => {
            let length = length8(rest)?;
            extension(rest, length)?
        }
        Marker::Ext16 => {
            let length = length16(rest)?;
            extension(rest, length)?
        }
        Marker::Ext32 => {
            let length = length32(rest)?;
            extension(rest, length)?
        }
        Marker::FixArray(count) => return Some(Item::Array(Some(u64::from(count)))),
        Marker::Array16 => return Some(Item::Array(Some(length16(rest)? as u64))),
        Marker::Array32 => return Some(Item::Array(Some(length32(rest)? as u64))),
        Marker::FixMap(count) => return Some(Item::Map(Some(u64::from(count)))),
        Marker::Map16 => return Some(Item::Map(Some(length16(rest)? as u64))),
        Marker::Map32 => return Some(Item::Map(Some(length32(rest)? as u64))),
        Marker::Reserved => return None,
    }))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn slice<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn length8(rest: &mut &[u8]) -> Option<usize> {
    Some(usize::from(u8::from_be_bytes(take(rest)?)))
}

fn length16(rest: &mut &[u8]) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(take(rest)?)))
}

fn length32(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(take(rest)?)).ok()
}

/// MessagePack's strings are UTF-8; one that is not shows as bytes.
fn string(rest: &mut &[u8], length: usize) -> Option<String> {
    let raw = slice(rest, length)?;
    Some(core::str::from_utf8(raw).map_or_else(|_| bytes(raw), quoted))
}

fn extension(rest: &mut &[u8], length: usize) -> Option<String> {
    let kind = i8::from_be_bytes(take(rest)?);
    let data = slice(rest, length)?;
    Some(format!("ext({kind}, {})", bytes(data)))
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;

    fn shows(format: PayloadFormat, payload: &[u8], expected: &str) {
        let rendered = render(format, payload);
        assert_eq!(rendered.fault, None, "{expected}");
        assert_eq!(rendered.text, expected);
    }

    #[test]
    fn cbor_reads_as_the_appendix_of_the_rfc_says() {
        // RFC 8949 appendix A.
        for (payload, expected) in [
            (&hex!("00")[..], "0"),
            (&hex!("1bffffffffffffffff"), "18446744073709551615"),
            (&hex!("3bffffffffffffffff"), "-18446744073709551616"),
            (&hex!("3903e7"), "-1000"),
            (&hex!("f93c00"), "1.0"),
            (&hex!("fb3ff199999999999a"), "1.1"),
            (&hex!("f97e00"), "NaN"),
            (&hex!("f7"), "undefined"),
            (&hex!("f0"), "simple(16)"),
            (&hex!("c11a514b67b0"), "1(1363896240)"),
            (&hex!("4401020304"), "h'01020304'"),
            (&hex!("62225c"), "\"\\\"\\\\\""),
            (&hex!("8301820203820405"), "[1, [2, 3], [4, 5]]"),
            (&hex!("a26161016162820203"), "{\"a\": 1, \"b\": [2, 3]}"),
            (&hex!("5f42010243030405ff"), "(_ h'0102', h'030405')"),
            (&hex!("9f018202039f0405ffff"), "[1, [2, 3], [4, 5]]"),
            (&hex!("bf61610161629f0203ffff"), "{\"a\": 1, \"b\": [2, 3]}"),
            (&hex!("80"), "[]"),
            (&hex!("a0"), "{}"),
        ] {
            shows(PayloadFormat::Cbor, payload, expected);
        }
    }

    #[test]
    fn message_pack_reads_every_kind_of_item() {
        for (payload, expected) in [
            (
                &hex!("82a7636f6d70616374c3a6736368656d6100")[..],
                "{\"compact\": true, \"schema\": 0}",
            ),
            (&hex!("93c0ccffe0"), "[null, 255, -32]"),
            (&hex!("cdffff"), "65535"),
            (&hex!("d1fc18"), "-1000"),
            (&hex!("cb3ff199999999999a"), "1.1"),
            (&hex!("ca3fc00000"), "1.5"),
            (&hex!("c403010203"), "h'010203'"),
            (&hex!("d6ff00000001"), "ext(-1, h'00000001')"),
            (&hex!("d9026869"), "\"hi\""),
            (&hex!("dc000101"), "[1]"),
            (&hex!("de000101c2"), "{1: false}"),
            (&hex!("a180"), "h'80'"),
        ] {
            shows(PayloadFormat::MessagePack, payload, expected);
        }
    }

    #[test]
    fn what_does_not_follow_the_format_is_shown_up_to_the_fault() {
        for (format, payload, at, text) in [
            (
                PayloadFormat::Cbor,
                &hex!("8301820203")[..],
                5,
                "[1, [2, 3]",
            ),
            (PayloadFormat::Cbor, &hex!("830118"), 2, "[1"),
            (PayloadFormat::Cbor, &hex!("01ff"), 1, "1"),
            (PayloadFormat::MessagePack, &hex!("92c1"), 1, "["),
            (PayloadFormat::MessagePack, &hex!("9201"), 2, "[1"),
            (PayloadFormat::MessagePack, &hex!("a568"), 0, ""),
            (PayloadFormat::Json, b"{\"a\":\n1,}", 8, "{\"a\":\n1,}"),
            (PayloadFormat::Text, b"ab\xFFc", 2, "ab·c"),
        ] {
            let rendered = render(format, payload);
            assert_eq!(rendered.text, text);
            assert_eq!(rendered.fault.map(|(at, _)| at), Some(at), "{text}");
        }
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = vec![0x81; 100_000];
        assert!(render(PayloadFormat::Cbor, &deep).fault.is_some());
        assert!(
            render(PayloadFormat::MessagePack, &[0x91; 100_000])
                .fault
                .is_some()
        );
    }

    #[test]
    fn a_guess_needs_all_bytes_to_fit() {
        for (payload, expected) in [
            (&b"{\"t\":22.5}"[..], PayloadFormat::Json),
            (b"22.5", PayloadFormat::Text),
            (b"{not json", PayloadFormat::Text),
            ("温度".as_bytes(), PayloadFormat::Text),
            (b"", PayloadFormat::Text),
            (&hex!("a16161f93c00"), PayloadFormat::Cbor),
            (&hex!("81a16101"), PayloadFormat::MessagePack),
            (&hex!("830102c5"), PayloadFormat::Hex),
            (&hex!("0300044100ff"), PayloadFormat::Hex),
        ] {
            assert_eq!(guess(payload), expected, "{payload:02x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_shown_in_any_format(payload: Vec<u8>) {
            let _ = guess(&payload);
            for format in [
                PayloadFormat::Text,
                PayloadFormat::Json,
                PayloadFormat::Hex,
                PayloadFormat::Base64,
                PayloadFormat::Cbor,
                PayloadFormat::MessagePack,
            ] {
                let rendered = render(format, &payload);
                if let Some((at, _)) = rendered.fault {
                    prop_assert!(at <= payload.len() as u64);
                }
            }
        }
    }
}

//! The selected bytes as numbers, times and text, in both byte orders; and as text to be copied.

use base64::Engine as _;

use super::format::{hex, plain_date, plain_time_of_day};
use crate::engine::seam::UnixMillis;

/// One way to read the bytes, in both orders; `None` where it makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Its name, such as `u16`.
    pub name: &'static str,
    /// Most significant byte first.
    pub big: Option<String>,
    /// Least significant byte first.
    pub little: Option<String>,
}

/// Everything that the first bytes of a selection may be. A number needs as many bytes as it has;
/// further ones are not looked at.
pub fn conversions(bytes: &[u8], offset_minutes: i32) -> Vec<Conversion> {
    let mut out = Vec::new();
    if let Some(&byte) = bytes.first() {
        let both = |name, text: String| Conversion {
            name,
            big: Some(text.clone()),
            little: Some(text),
        };
        out.push(both("u8", byte.to_string()));
        out.push(both("i8", byte.cast_signed().to_string()));
    }
    if let Some(&[a, b]) = bytes.first_chunk::<2>() {
        out.push(pair(
            "u16",
            u16::from_be_bytes([a, b]),
            u16::from_be_bytes([b, a]),
        ));
        out.push(pair(
            "i16",
            i16::from_be_bytes([a, b]),
            i16::from_be_bytes([b, a]),
        ));
    }
    if let Some(&four) = bytes.first_chunk::<4>() {
        let back = reversed(four);
        let (big, little) = (u32::from_be_bytes(four), u32::from_be_bytes(back));
        out.push(pair("u32", big, little));
        out.push(pair("i32", big.cast_signed(), little.cast_signed()));
        out.push(pair("f32", float32(big), float32(little)));
        out.push(Conversion {
            name: "time s",
            big: moment(i64::from(big) * 1000, offset_minutes),
            little: moment(i64::from(little) * 1000, offset_minutes),
        });
    }
    if let Some(&eight) = bytes.first_chunk::<8>() {
        let back = reversed(eight);
        let (big, little) = (u64::from_be_bytes(eight), u64::from_be_bytes(back));
        out.push(pair("u64", big, little));
        out.push(pair("i64", big.cast_signed(), little.cast_signed()));
        out.push(pair("f64", float64(big), float64(little)));
        let millis = |number: u64| {
            let millis = i64::try_from(number).ok()?;
            moment(millis, offset_minutes)
        };
        out.push(Conversion {
            name: "time ms",
            big: millis(big),
            little: millis(little),
        });
    }
    if !bytes.is_empty() {
        let text = core::str::from_utf8(bytes).ok().map(str::to_owned);
        out.push(Conversion {
            name: "UTF-8",
            big: text.clone(),
            little: text,
        });
    }
    out
}

fn pair(name: &'static str, big: impl ToString, little: impl ToString) -> Conversion {
    Conversion {
        name,
        big: Some(big.to_string()),
        little: Some(little.to_string()),
    }
}

fn reversed<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes.reverse();
    bytes
}

fn float32(bits: u32) -> String {
    format!("{:?}", f32::from_bits(bits))
}

fn float64(bits: u64) -> String {
    format!("{:?}", f64::from_bits(bits))
}

/// A date and a time, from 1970 to 2199: beyond, the bytes are rather something else.
fn moment(millis: i64, offset_minutes: i32) -> Option<String> {
    const LAST: i64 = 7_258_118_400_000;
    (0..LAST).contains(&millis).then(|| {
        let at = UnixMillis(millis);
        format!(
            "{} {}",
            plain_date(at, offset_minutes),
            plain_time_of_day(at, offset_minutes)
        )
    })
}

/// A dress in which bytes are copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CopyFormat {
    /// `30 0A 00`.
    #[default]
    Hex,
    /// `300a00`.
    HexStream,
    /// `0x30, 0x0a, 0x00`, in braces with a name.
    CArray,
    /// `"\x30\x0a\x00"`.
    Escaped,
    /// Base64.
    Base64,
    /// The text that they are.
    Text,
    /// That text as a string of JSON.
    JsonString,
}

impl CopyFormat {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Hex,
        Self::HexStream,
        Self::CArray,
        Self::Escaped,
        Self::Base64,
        Self::Text,
        Self::JsonString,
    ];

    /// Its name in attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::HexStream => "hex-stream",
            Self::CArray => "c-array",
            Self::Escaped => "escaped",
            Self::Base64 => "base64",
            Self::Text => "text",
            Self::JsonString => "json",
        }
    }
}

/// The bytes in that dress; `None` for a text that is not UTF-8.
pub fn copy_as(format: CopyFormat, bytes: &[u8]) -> Option<String> {
    let each = |write: fn(u8) -> String| bytes.iter().copied().map(write).collect::<String>();
    Some(match format {
        CopyFormat::Hex => hex(bytes),
        CopyFormat::HexStream => each(|byte| format!("{byte:02x}")),
        CopyFormat::CArray => {
            let mut out = format!("static const unsigned char bytes[{}] = {{\n", bytes.len());
            for row in bytes.chunks(12) {
                let row: Vec<String> = row.iter().map(|byte| format!("0x{byte:02x}")).collect();
                out.push_str("    ");
                out.push_str(&row.join(", "));
                out.push_str(",\n");
            }
            out.push_str("};\n");
            out
        }
        CopyFormat::Escaped => format!("\"{}\"", each(|byte| format!("\\x{byte:02x}"))),
        CopyFormat::Base64 => base64::engine::general_purpose::STANDARD.encode(bytes),
        CopyFormat::Text => core::str::from_utf8(bytes).ok()?.to_owned(),
        CopyFormat::JsonString => serde_json::to_string(core::str::from_utf8(bytes).ok()?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], name: &str) -> (Option<String>, Option<String>) {
        let found = conversions(bytes, 0)
            .into_iter()
            .find(|conversion| conversion.name == name);
        found.map_or((None, None), |found| (found.big, found.little))
    }

    fn both(big: &str, little: &str) -> (Option<String>, Option<String>) {
        (Some(big.to_owned()), Some(little.to_owned()))
    }

    #[test]
    fn numbers_read_in_both_orders() {
        let bytes = [0xFF, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x80];
        assert_eq!(read(&bytes, "u8"), both("255", "255"));
        assert_eq!(read(&bytes, "i8"), both("-1", "-1"));
        assert_eq!(read(&bytes, "u16"), both("65280", "255"));
        assert_eq!(read(&bytes, "i16"), both("-256", "255"));
        assert_eq!(read(&bytes, "u32"), both("4278190081", "16777471"));
        assert_eq!(read(&bytes, "i32"), both("-16777215", "16777471"));
        assert_eq!(
            read(&bytes, "i64"),
            both("-72057589742960512", "-9223372036837998337")
        );
        assert_eq!(read(&[0x3F, 0xC0, 0, 0], "f32").0.as_deref(), Some("1.5"));
        assert_eq!(
            read(&1.1_f64.to_le_bytes(), "f64").1.as_deref(),
            Some("1.1")
        );
        assert_eq!(read(&bytes[..3], "u32"), (None, None));
        assert_eq!(conversions(&[], 0), []);
    }

    #[test]
    fn times_are_shown_where_they_are_likely() {
        let seconds = 1_700_000_000_u32.to_be_bytes();
        assert_eq!(
            read(&seconds, "time s").0.as_deref(),
            Some("2023-11-14 22:13:20.000")
        );
        let millis = 1_700_000_000_123_u64.to_le_bytes();
        assert_eq!(
            read(&millis, "time ms"),
            (None, Some("2023-11-14 22:13:20.123".to_owned()))
        );
    }

    #[test]
    fn text_is_text_only_when_it_is_utf_8() {
        assert_eq!(read("温".as_bytes(), "UTF-8").0.as_deref(), Some("温"));
        assert_eq!(read(&[0xFF], "UTF-8"), (None, None));
    }

    #[test]
    fn bytes_are_copied_in_every_dress() {
        let bytes = b"0\n\"";
        for (format, expected) in [
            (CopyFormat::Hex, "30 0A 22"),
            (CopyFormat::HexStream, "300a22"),
            (
                CopyFormat::CArray,
                "static const unsigned char bytes[3] = {\n    0x30, 0x0a, 0x22,\n};\n",
            ),
            (CopyFormat::Escaped, "\"\\x30\\x0a\\x22\""),
            (CopyFormat::Base64, "MAoi"),
            (CopyFormat::Text, "0\n\""),
            (CopyFormat::JsonString, "\"0\\n\\\"\""),
        ] {
            assert_eq!(copy_as(format, bytes).as_deref(), Some(expected));
        }
        assert_eq!(copy_as(CopyFormat::Text, &[0xFF]), None);
        assert_eq!(copy_as(CopyFormat::JsonString, &[0xFF]), None);
        assert_eq!(copy_as(CopyFormat::Hex, &[0xFF]).as_deref(), Some("FF"));
    }
}

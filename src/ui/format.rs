//! Numbers, times and bytes as people read them, and hexadecimal as people type it.

use core::fmt::Write as _;

use thiserror::Error;

use super::i18n::{Language, words};
use crate::engine::seam::UnixMillis;

#[cfg(target_arch = "wasm32")]
use crate::browser::locale;

/// Outside a browser nobody reads: every locale is unknown.
#[cfg(not(target_arch = "wasm32"))]
mod locale {
    use super::UnixMillis;

    pub(super) fn whole(_: u64) -> Option<String> {
        None
    }

    pub(super) fn decimal(_: f64, _: usize) -> Option<String> {
        None
    }

    pub(super) fn time_of_day(_: UnixMillis) -> Option<String> {
        None
    }

    pub(super) fn date(_: UnixMillis) -> Option<String> {
        None
    }
}

const DAY: i64 = 86_400_000;

/// `10:32:07.418`, as the reader's locale writes it; where there is none, in a time zone that is
/// `offset_minutes` ahead of UTC.
pub fn time_of_day(at: UnixMillis, offset_minutes: i32) -> String {
    locale::time_of_day(at).unwrap_or_else(|| plain_time_of_day(at, offset_minutes))
}

/// `10:32:07`: the same without milliseconds.
pub fn second_of_day(at: UnixMillis, offset_minutes: i32) -> String {
    without_millis(&time_of_day(at, offset_minutes))
}

/// The last digits of a time are its milliseconds, behind some sign, whatever words a locale writes
/// after them.
fn without_millis(time: &str) -> String {
    let is_digit = |character: char| character.is_ascii_digit();
    let digits = time.trim_end_matches(|character: char| !is_digit(character));
    let after = time.get(digits.len()..).unwrap_or_default();
    let seconds = digits
        .trim_end_matches(is_digit)
        .trim_end_matches(|character: char| !is_digit(character));
    format!("{seconds}{after}")
}

/// `10:32:07.418` in whichever locale, for what is read as a value and not as a moment of the log.
pub fn plain_time_of_day(at: UnixMillis, offset_minutes: i32) -> String {
    let local =
        at.0.saturating_add(i64::from(offset_minutes) * 60_000)
            .rem_euclid(DAY);
    let (seconds, millis) = (local / 1000, local % 1000);
    format!(
        "{:02}:{:02}:{:02}.{millis:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The date as the reader's locale writes it; where there is none, `2026-11-20` in a time zone that
/// is `offset_minutes` ahead of UTC.
pub fn date(at: UnixMillis, offset_minutes: i32) -> String {
    locale::date(at).unwrap_or_else(|| plain_date(at, offset_minutes))
}

/// `2026-11-20` in whichever locale.
pub fn plain_date(at: UnixMillis, offset_minutes: i32) -> String {
    let days =
        at.0.saturating_add(i64::from(offset_minutes) * 60_000)
            .div_euclid(DAY);
    // Days to a civil date, counting years from March so that the leap day comes last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `00:12:41`; negative spans, which a corrected clock can make, read as zero.
pub fn span(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// A number with so many digits behind the decimal sign; in the reader's way with at most six.
pub fn decimal(number: f64, digits: usize) -> String {
    locale::decimal(number, digits).unwrap_or_else(|| format!("{number:.digits$}"))
}

/// A measured value with at most seven digits that say something: `23.5`, `1,204.25`, `1.2500e12`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e9).contains(&size) {
        return scientific(value, 4);
    }
    let digits = if size >= 1000.0 { 2 } else { 5 };
    let text = format!("{value:.digits$}");
    let used = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.trim_end_matches('0').len());
    decimal(value, used)
}

/// A value of an axis with so many digits as tell marks apart that are `step` from one another.
pub fn marked(value: f64, step: f64) -> String {
    let size = value.abs();
    if step <= 0.0 || !step.is_finite() || size == 0.0 {
        return number(value);
    }
    // The last digit of a power of ten is its own, however it is rounded.
    let power = |of: f64| (of.log10() + 1e-9).floor() as i32;
    if size >= 1e9 || step < 1e-6 {
        let digits = power(size).saturating_sub(power(step)).clamp(0, 15);
        return scientific(value, digits.unsigned_abs() as usize);
    }
    decimal(value, power(step).min(0).unsigned_abs() as usize)
}

fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    let parts = text.split_once('e');
    match parts.and_then(|(mantissa, power)| Some((mantissa.parse::<f64>().ok()?, power))) {
        Some((mantissa, power)) => format!("{}e{power}", decimal(mantissa, digits)),
        None => text,
    }
}

/// Browsers let the page's clock tick in tenths of a millisecond: what took less than this took no
/// time that can be told.
const CLOCK_TICK: u64 = 100;

/// `<0.1 ms`, `412 µs`, `4.2 ms`, `1.30 s`, `2 min 05 s`.
pub fn micros(micros: u64) -> String {
    match micros {
        0..CLOCK_TICK => format!("<{} ms", decimal(0.1, 1)),
        CLOCK_TICK..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{} ms", decimal(micros as f64 / 1e3, 1)),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..60_000_000 => format!("{} s", decimal(micros as f64 / 1e6, 2)),
        _ => format!(
            "{} min {:02} s",
            micros / 60_000_000,
            micros / 1_000_000 % 60
        ),
    }
}

/// `300 ms`, `1.30 s`: a time that is counted and not measured, in tenths of a second. What has run
/// out is `0 ms`.
pub fn tenths(millis: i64) -> String {
    match millis.max(0).unsigned_abs() / 100 {
        0 => "0 ms".to_owned(),
        tenths => micros(tenths.saturating_mul(100_000)),
    }
}

/// `87 B`, `1.2 kB`, `3.4 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", decimal(bytes as f64 / 1e3, 1)),
        1_000_000..1_000_000_000 => format!("{} MB", decimal(bytes as f64 / 1e6, 1)),
        _ => format!("{} GB", decimal(bytes as f64 / 1e9, 1)),
    }
}

/// `48,310`: thousands apart as the reader's locale does; where there is none, as both languages of
/// the console do.
pub fn grouped(number: u64) -> String {
    locale::whole(number).unwrap_or_else(|| plain_grouped(number))
}

fn plain_grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `30 55 00`, upper case.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

/// The byte as an ASCII character, or a middle dot.
pub fn ascii(byte: u8) -> char {
    if (0x20..0x7f).contains(&byte) {
        char::from(byte)
    } else {
        '·'
    }
}

/// JSON text with line breaks and two spaces for each level; every token stays as it was written.
/// Text that is no JSON comes out broken into lines all the same.
pub fn indent_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = text.chars().peekable();
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        // Nesting that no screen shows is not worth the memory.
        out.extend(core::iter::repeat_n("  ", depth.min(64)));
    };
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '"' => {
                in_string = true;
                out.push(character);
            }
            '{' | '[' => {
                out.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(character);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if character.is_ascii_whitespace() => {}
            _ => out.push(character),
        }
    }
    out
}

/// Where a line and a column, both counted from 1, are in a text, in UTF-16 code units: the unit in
/// which browsers count a selection. Beyond the end of the line, its end.
pub fn place_in(text: &str, (line, column): (u32, u32)) -> u32 {
    let mut units = 0;
    for (index, content) in (1..).zip(text.split_inclusive('\n')) {
        if index < line {
            units += content.encode_utf16().count();
            continue;
        }
        let before = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        let content = content.trim_end_matches('\n');
        units += content
            .chars()
            .take(before)
            .map(char::len_utf16)
            .sum::<usize>();
        break;
    }
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// Why typed hexadecimal is no byte string. Positions count characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HexError {
    /// Something that is neither a digit nor a separator.
    #[error("'{found}' at character {position} is not a hexadecimal digit")]
    NotADigit {
        /// The character.
        found: char,
        /// Where.
        position: usize,
    },
    /// A digit without its partner.
    #[error("half a byte at character {position}: two digits make a byte")]
    HalfByte {
        /// Where the lonely digit is.
        position: usize,
    },
}

impl HexError {
    /// The same sentence as its [`Display`](core::fmt::Display), in the reader's language.
    pub fn say(self, language: Language) -> String {
        match self {
            Self::NotADigit { found, position } => {
                let (found, position) = (found.to_string(), position.to_string());
                words::HEX_NOT_A_DIGIT.fill(language, &[&found, &position])
            }
            Self::HalfByte { position } => {
                words::HEX_HALF_BYTE.fill(language, &[&position.to_string()])
            }
        }
    }
}

/// Bytes from typed hexadecimal: digits in pairs, upper or lower case, with spaces, line breaks,
/// commas, colons or hyphens between bytes, and `0x` in front of a byte if wished.
///
/// # Errors
/// [`HexError`] with the position of the first character that does not fit.
pub fn parse_hex(text: &str) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut half: Option<(u8, usize)> = None;
    for (index, found) in text.chars().enumerate() {
        let position = index + 1;
        let prefix = half == Some((0, position.saturating_sub(1))) && matches!(found, 'x' | 'X');
        match (found.to_digit(16), half) {
            _ if prefix => half = None,
            (Some(digit), None) => half = Some((digit as u8, position)),
            (Some(digit), Some((high, _))) => {
                bytes.push(high << 4 | digit as u8);
                half = None;
            }
            (None, Some((_, position))) => return Err(HexError::HalfByte { position }),
            (None, None) if found.is_whitespace() || matches!(found, ',' | ':' | '-') => {}
            (None, None) => return Err(HexError::NotADigit { found, position }),
        }
    }
    match half {
        Some((_, position)) => Err(HexError::HalfByte { position }),
        None => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_read_in_the_readers_zone() {
        let at = UnixMillis(1_700_000_000_123);
        assert_eq!(
            (date(at, 0).as_str(), time_of_day(at, 0).as_str()),
            ("2023-11-14", "22:13:20.123")
        );
        assert_eq!(
            (date(at, 480).as_str(), time_of_day(at, 480).as_str()),
            ("2023-11-15", "06:13:20.123")
        );
        assert_eq!(time_of_day(UnixMillis(-1), 0), "23:59:59.999");
        for (millis, expected) in [
            (0, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (1_709_251_200_000, "2024-03-01"),
            (-86_400_000, "1969-12-31"),
        ] {
            assert_eq!(date(UnixMillis(millis), 0), expected);
        }
    }

    #[test]
    fn seconds_are_all_but_the_last_digits() {
        for (time, expected) in [
            ("10:32:07.418", "10:32:07"),
            ("10:32:07,418", "10:32:07"),
            ("10.32.07,418", "10.32.07"),
            ("10:32:07,418 ч.", "10:32:07 ч."),
            ("", ""),
        ] {
            assert_eq!(without_millis(time), expected);
        }
        assert_eq!(second_of_day(UnixMillis(1_700_000_000_123), 0), "22:13:20");
    }

    #[test]
    fn a_latency_below_the_clocks_tick_is_not_told_as_none() {
        for (value, expected) in [
            (0, "<0.1 ms"),
            (99, "<0.1 ms"),
            (100, "100 µs"),
            (999, "999 µs"),
            (1_000, "1.0 ms"),
        ] {
            assert_eq!(micros(value), expected);
        }
    }

    #[test]
    fn a_counted_time_runs_out() {
        for (millis, expected) in [
            (i64::MIN, "0 ms"),
            (-5, "0 ms"),
            (99, "0 ms"),
            (199, "100 ms"),
            (1_350, "1.30 s"),
            (61_000, "1 min 01 s"),
        ] {
            assert_eq!(tenths(millis), expected);
        }
    }

    #[test]
    fn values_have_the_digits_that_say_something() {
        for (value, expected) in [
            (0.0, "0"),
            (-4.0, "-4"),
            (23.5, "23.5"),
            (0.001_25, "0.00125"),
            (1204.256, "1204.26"),
            (0.000_01, "1.0000e-5"),
            (-1.25e12, "-1.2500e12"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn marks_of_an_axis_have_as_many_digits_as_one_another() {
        for (value, step, expected) in [
            (20.0, 2.0, "20"),
            (0.5, 0.1, "0.5"),
            (1.0, 0.1, "1.0"),
            (0.0, 0.1, "0"),
            (-0.25, 0.05, "-0.25"),
            (1500.0, 500.0, "1500"),
            (2e9, 5e8, "2.0e9"),
            (2e-7, 1e-7, "2e-7"),
            (1e300, 5e299, "1.0e300"),
            (7.5, 0.0, "7.5"),
            (7.5, f64::NAN, "7.5"),
        ] {
            assert_eq!(marked(value, step), expected);
        }
    }

    #[test]
    fn spans_and_sizes_keep_their_width() {
        assert_eq!(span(761_999), "00:12:41");
        assert_eq!(span(-5), "00:00:00");
        assert_eq!(span(360_000_000), "100:00:00");
        for (value, expected) in [
            (412, "412 µs"),
            (4_210, "4.2 ms"),
            (42_900, "42 ms"),
            (1_300_000, "1.30 s"),
            (125_000_000, "2 min 05 s"),
        ] {
            assert_eq!(micros(value), expected);
        }
        for (value, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_200, "1.2 kB"),
            (64_000_000, "64.0 MB"),
        ] {
            assert_eq!(size(value), expected);
        }
        for (value, expected) in [
            (0, "0"),
            (999, "999"),
            (1_204, "1,204"),
            (1_048_310, "1,048,310"),
        ] {
            assert_eq!(grouped(value), expected);
        }
    }

    #[test]
    fn places_in_a_text_count_as_browsers_do() {
        let text = "ab\n温😀c\nd";
        assert_eq!(place_in(text, (1, 1)), 0);
        assert_eq!(place_in(text, (2, 3)), 6);
        assert_eq!(place_in(text, (2, 99)), 7);
        assert_eq!(place_in(text, (3, 1)), 8);
        assert_eq!(place_in("", (5, 5)), 0);
    }

    #[test]
    fn typed_hex_may_come_in_any_usual_dress() {
        for text in [
            "300a00ff",
            "30 0A 00 FF",
            "0x30,0x0a,0x00,0xff",
            "30:0a:00:ff",
            " 30-0a\n00\tff ",
        ] {
            assert_eq!(
                parse_hex(text),
                Ok(vec![0x30, 0x0a, 0x00, 0xff]),
                "{text:?}"
            );
        }
        assert_eq!(parse_hex(""), Ok(vec![]));
    }

    #[test]
    fn wrong_hex_says_where() {
        assert_eq!(parse_hex("30 0g"), Err(HexError::HalfByte { position: 4 }));
        assert_eq!(
            parse_hex("zz"),
            Err(HexError::NotADigit {
                found: 'z',
                position: 1
            })
        );
        assert_eq!(parse_hex("30 5"), Err(HexError::HalfByte { position: 4 }));
        assert_eq!(parse_hex("1 23"), Err(HexError::HalfByte { position: 1 }));
    }

    #[test]
    fn indented_json_keeps_every_token_as_written() {
        for (text, expected) in [
            ("1.500", "1.500"),
            ("{}", "{}"),
            ("[ ]", "[]"),
            (
                r#"{"a":1.0,"b":[true, null]}"#,
                "{\n  \"a\": 1.0,\n  \"b\": [\n    true,\n    null\n  ]\n}",
            ),
            (r#"{"k":"a , { \" b"}"#, "{\n  \"k\": \"a , { \\\" b\"\n}"),
        ] {
            assert_eq!(indent_json(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn indenting_changes_nothing_but_blanks(text in r#"[\{\}\[\],:"a1\\ ]{0,40}"#) {
            let solid = |text: &str| text.replace([' ', '\n'], "");
            prop_assert_eq!(solid(&indent_json(&text)), solid(&text));
        }

        #[test]
        fn hex_reads_back_what_it_wrote(bytes: Vec<u8>) {
            prop_assert_eq!(parse_hex(&hex(&bytes)), Ok(bytes));
        }

        #[test]
        fn parsing_hex_never_panics(text: String) {
            let _ = parse_hex(&text);
        }
    }
}

//! Dates and times in the forms that the platforms print. Proleptic Gregorian calendar, no leap
//! seconds, no time zone data: an offset from UTC is a plain number of minutes.

use crate::time::UnixMillis;

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime {
    /// Year, 1970 to 9999.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: i64,
    /// Day of the month, 1 to 31.
    pub day: i64,
    /// Hour, 0 to 23.
    pub hour: i64,
    /// Minute, 0 to 59.
    pub minute: i64,
    /// Second, 0 to 59.
    pub second: i64,
    /// Millisecond, 0 to 999.
    pub millisecond: i64,
}

/// UTC+8, in minutes: the time zone of these platforms' documents.
pub const BEIJING_MINUTES: i64 = 480;

impl DateTime {
    /// The moment as a clock `offset_minutes` east of UTC shows it.
    pub fn at(moment: UnixMillis, offset_minutes: i64) -> Self {
        let millis = moment
            .0
            .saturating_add(offset_minutes.saturating_mul(60_000));
        let days = millis.div_euclid(86_400_000);
        let rest = millis.rem_euclid(86_400_000);
        let (year, month, day) = civil(days);
        Self {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millisecond: rest % 1000,
        }
    }

    /// The moment at which a clock `offset_minutes` east of UTC shows this.
    pub fn unix(&self, offset_minutes: i64) -> UnixMillis {
        let days = days_from_civil(self.year, self.month, self.day);
        let seconds = (days * 24 + self.hour) * 3600 + self.minute * 60 + self.second;
        UnixMillis(seconds * 1000 + self.millisecond - offset_minutes * 60_000)
    }

    /// Whether every part is in its range, the length of the month included.
    pub fn is_valid(&self) -> bool {
        (1970..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && (0..24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..60).contains(&self.second)
    }

    /// `YYYY-MM-DD HH:MM:SS`
    pub fn spaced(&self) -> String {
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }

    /// `yyyyMMdd'T'HHmmss'Z'`
    pub fn compact(&self) -> String {
        format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }

    /// `YYYYMMDDHH`
    pub fn hour_stamp(&self) -> String {
        format!(
            "{:04}{:02}{:02}{:02}",
            self.year, self.month, self.day, self.hour
        )
    }

    /// Reads `YYYY-MM-DD HH:MM:SS`, with a blank or `T` in the middle.
    pub fn parse_spaced(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 19 || !matches!(bytes.get(10), Some(b' ' | b'T')) {
            return None;
        }
        let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if separators
            .iter()
            .any(|(at, wanted)| bytes.get(*at) != Some(wanted))
        {
            return None;
        }
        Self {
            year: number(text, 0, 4)?,
            month: number(text, 5, 7)?,
            day: number(text, 8, 10)?,
            hour: number(text, 11, 13)?,
            minute: number(text, 14, 16)?,
            second: number(text, 17, 19)?,
            millisecond: 0,
        }
        .valid()
    }

    /// Reads `yyyyMMdd'T'HHmmss'Z'`.
    pub fn parse_compact(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 16 || bytes.get(8) != Some(&b'T') || bytes.get(15) != Some(&b'Z') {
            return None;
        }
        Self {
            year: number(text, 0, 4)?,
            month: number(text, 4, 6)?,
            day: number(text, 6, 8)?,
            hour: number(text, 9, 11)?,
            minute: number(text, 11, 13)?,
            second: number(text, 13, 15)?,
            millisecond: 0,
        }
        .valid()
    }

    /// Reads `yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`.
    pub fn parse_iso_millis(text: &str) -> Option<Self> {
        let (head, millis) = text.strip_suffix('Z')?.split_once('.')?;
        if millis.len() != 3 || head.as_bytes().get(10) != Some(&b'T') {
            return None;
        }
        Some(Self {
            millisecond: number(millis, 0, 3)?,
            ..Self::parse_spaced(head)?
        })
    }

    /// Reads `YYYYMMDDHH`.
    pub fn parse_hour_stamp(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        Self {
            year: number(text, 0, 4)?,
            month: number(text, 4, 6)?,
            day: number(text, 6, 8)?,
            hour: number(text, 8, 10)?,
            minute: 0,
            second: 0,
            millisecond: 0,
        }
        .valid()
    }

    fn valid(self) -> Option<Self> {
        self.is_valid().then_some(self)
    }
}

/// Reads RFC 3339 with `Z` or a numeric offset, such as `2019-12-27T07:30:00+08:00`.
pub fn parse_rfc3339(text: &str) -> Option<UnixMillis> {
    let head = text.get(..19)?;
    let mut rest = text.get(19..)?;
    let mut moment = DateTime::parse_spaced(head)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.len()
            - fraction
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let millis: String = fraction.chars().take(digits.min(3)).collect();
        moment.millisecond = format!("{millis:0<3}").parse().ok()?;
        rest = fraction.get(digits..)?;
    }
    if rest == "Z" {
        return Some(moment.unix(0));
    }
    let sign = match rest.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = rest.get(1..)?.split_once(':')?;
    let offset = number(hours, 0, 2)? * 60 + number(minutes, 0, 2)?;
    Some(moment.unix(sign * offset))
}

/// The number that the ASCII digits from `start` to `end` print.
fn number(text: &str, start: usize, end: usize) -> Option<i64> {
    let digits = text.get(start..end)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date; years counted from March, so that leap days come last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date `days` days after 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for (millis, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_400_000, "2000-02-29 00:00:00"),
            (1_700_000_000_000, "2023-11-14 22:13:20"),
            (4_107_542_399_000, "2100-02-28 23:59:59"),
        ] {
            let moment = DateTime::at(UnixMillis(millis), 0);
            assert_eq!(moment.spaced(), text);
            assert_eq!(
                DateTime::parse_spaced(text).unwrap().unix(0),
                UnixMillis(millis)
            );
        }
        for day in 0..80_000 {
            let (year, month, date) = civil(day);
            assert_eq!(days_from_civil(year, month, date), day);
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-29 00:00:00",
            "2023-13-01 00:00:00",
            "2023-01-01 24:00:00",
            "2023-01-01_00:00:00",
            "2023-1-1 00:00:00",
            "+023-01-01 00:00:00",
        ] {
            assert_eq!(DateTime::parse_spaced(text), None, "{text}");
        }
        assert_eq!(DateTime::parse_hour_stamp("2019122624"), None);
    }

    #[test]
    fn offsets_count() {
        let moment = parse_rfc3339("2019-12-27T07:30:00+08:00").unwrap();
        assert_eq!(DateTime::at(moment, 0).hour_stamp(), "2019122623");
        assert_eq!(DateTime::at(moment, BEIJING_MINUTES).hour, 7);
        assert_eq!(
            parse_rfc3339("2019-12-26T14:05:09.5Z"),
            Some(UnixMillis(1_577_369_109_500))
        );
    }
}

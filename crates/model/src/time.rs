//! Time units and the text forms of an instant. Calendar arithmetic is proleptic Gregorian, UTC.

use crate::clock::TimestampNs;

pub const NS_PER_MICROSECOND: i64 = 1_000;
pub const NS_PER_MILLISECOND: i64 = 1_000_000;
pub const NS_PER_SECOND: i64 = 1_000_000_000;
pub const NS_PER_MINUTE: i64 = 60 * NS_PER_SECOND;
pub const NS_PER_HOUR: i64 = 60 * NS_PER_MINUTE;
pub const NS_PER_DAY: i64 = 24 * NS_PER_HOUR;

/// The unit of a record's `Time` and of its TIMESTAMP values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TimeUnit {
    #[default]
    Milliseconds,
    Seconds,
    Microseconds,
    Nanoseconds,
}

impl TimeUnit {
    pub fn ns(self) -> i64 {
        match self {
            Self::Seconds => NS_PER_SECOND,
            Self::Milliseconds => NS_PER_MILLISECOND,
            Self::Microseconds => NS_PER_MICROSECOND,
            Self::Nanoseconds => 1,
        }
    }

    /// Parses a decimal integer in this unit into nanoseconds; `None` when it is not one, is negative, or lies after
    /// 2262-04-11 23:47:16.854775807.
    pub fn parse_ns(self, text: &str) -> Option<TimestampNs> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        text.parse::<i64>().ok()?.checked_mul(self.ns())
    }
}

/// A calendar date and time of day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub nanosecond: u32,
}

impl Civil {
    pub fn from_ns(instant_ns: TimestampNs) -> Self {
        let days = instant_ns.div_euclid(NS_PER_DAY);
        let of_day_ns = instant_ns.rem_euclid(NS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        let second_of_day = of_day_ns / NS_PER_SECOND;
        Self {
            year,
            month,
            day,
            hour: (second_of_day / 3600) as u32,
            minute: (second_of_day / 60 % 60) as u32,
            second: (second_of_day % 60) as u32,
            nanosecond: (of_day_ns % NS_PER_SECOND) as u32,
        }
    }
}

/// The date that lies `days` after 1970-01-01, as (year, month, day).
///
/// # Source
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

/// Days from 1970-01-01 to a date; the inverse of [`civil_from_days`]. The date must exist.
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let month_index = if month > 2 { i64::from(month) - 3 } else { i64::from(month) + 9 };
    let day_of_year = (153 * month_index + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// `YYYY-MM-DD hh:mm:ss.nnnnnnnnn`, the text of a TIMESTAMP in query results (api.md 4.3).
pub fn format_timestamp(instant_ns: TimestampNs) -> String {
    let c = Civil::from_ns(instant_ns);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09}",
        c.year, c.month, c.day, c.hour, c.minute, c.second, c.nanosecond
    )
}

/// `YYYY-MM-DDThh:mm:ss.mmmZ`, the text of an instant in rejection reasons (api.md 3.8).
pub fn format_iso_ms(instant_ns: TimestampNs) -> String {
    let c = Civil::from_ns(instant_ns);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        c.year,
        c.month,
        c.day,
        c.hour,
        c.minute,
        c.second,
        c.nanosecond / 1_000_000
    )
}

/// Parses `YYYY-MM-DDThh:mm:ss[.fraction](Z|+hh:mm|-hh:mm)`; `None` when it is not one or lies outside of what
/// nanoseconds in 64 bits can hold.
///
/// # Source
/// RFC 3339, section 5.6, without leap seconds.
pub fn parse_rfc3339(text: &str) -> Option<TimestampNs> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let is_at =
        |offset: usize, allowed: &[u8]| text.as_bytes().get(offset).is_some_and(|b| allowed.contains(b));
    if !(is_at(4, b"-") && is_at(7, b"-") && is_at(10, b"Tt ") && is_at(13, b":") && is_at(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)? as u32, number(8..10)? as u32);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let date_exists = civil_from_days(days_from_civil(year, month.max(1), day)) == (year, month, day);
    if !date_exists || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = text.get(19..)?;
    let zone_start = rest.find(['Z', 'z', '+', '-'])?;
    let fraction_ns = match rest.get(..zone_start)? {
        "" => 0,
        fraction => {
            let digits = fraction.strip_prefix('.')?;
            if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            digits.parse::<i64>().ok()? * 10_i64.pow(9 - digits.len() as u32)
        }
    };
    let zone_minutes = match rest.get(zone_start..)? {
        "Z" | "z" => 0,
        zone => {
            let zone_at = 19 + zone_start;
            let (hours, minutes) = (number(zone_at + 1..zone_at + 3)?, number(zone_at + 4..zone_at + 6)?);
            if zone.len() != 6 || !is_at(zone_at + 3, b":") || hours > 23 || minutes > 59 {
                return None;
            }
            if zone.starts_with('-') { -(hours * 60 + minutes) } else { hours * 60 + minutes }
        }
    };
    let seconds =
        days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - zone_minutes * 60;
    seconds.checked_mul(NS_PER_SECOND)?.checked_add(fraction_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_rfc3339() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2021-11-20T00:27:04.593Z", Some(1_637_368_024_593_000_000)),
            ("2021-11-20t01:27:04.593+01:00", Some(1_637_368_024_593_000_000)),
            ("2021-11-19T22:27:04.593000000-02:00", Some(1_637_368_024_593_000_000)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000_000_000)),
            ("2023-02-29T00:00:00Z", None),
            ("2023-00-01T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("2023-01-01T00:00:00", None),
            ("2023-01-01T00:00:00.Z", None),
            ("2023-01-01T00:00:00+0100", None),
            ("9999-01-01T00:00:00Z", None),
            ("\u{e9}\u{e9}\u{e9}\u{e9}", None),
            ("", None),
        ] {
            assert_eq!(parse_rfc3339(text), expected, "{text}");
        }
    }

    #[test]
    fn formats_known_instants() {
        assert_eq!(format_timestamp(0), "1970-01-01 00:00:00.000000000");
        assert_eq!(format_timestamp(i64::MAX), "2262-04-11 23:47:16.854775807");
        assert_eq!(format_timestamp(i64::MIN), "1677-09-21 00:12:43.145224192");
        assert_eq!(format_iso_ms(1_637_368_024_593_000_000), "2021-11-20T00:27:04.593Z");
    }

    #[test]
    fn dates_round_trip() {
        for days in (-110_000..110_000).step_by(13) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn parses_times_in_every_unit() {
        assert_eq!(TimeUnit::Seconds.parse_ns("1700000000"), Some(1_700_000_000_000_000_000));
        assert_eq!(TimeUnit::Nanoseconds.parse_ns("9223372036854775807"), Some(i64::MAX));
        for wrong in ["", "-1", "+1", "1.5", "2026-01-01", " 1", "9223372036854775807"] {
            assert_eq!(TimeUnit::Seconds.parse_ns(wrong), None, "{wrong}");
        }
    }
}

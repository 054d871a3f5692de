//! Text of values: what a cast from varchar and a typed literal read, and how a constant prints (sql.md 2.3, 3.2, 3.4).
//!
//! Pure functions; `None` is text of another form or out of range.

use model::time::{NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, days_from_civil};

use crate::functions::datetime::calendar::is_date;

/// `YYYY-MM-DD`: days since 1970-01-01.
pub fn parse_date(text: &str) -> Option<i32> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut parts = unsigned.split('-');
    let year = sign * number(parts.next()?, 4, 6)?;
    let month = number(parts.next()?, 1, 2)? as u32;
    let day = number(parts.next()?, 1, 2)? as u32;
    if parts.next().is_some() || !is_date(year, month, day) {
        return None;
    }
    i32::try_from(days_from_civil(year, month, day)).ok()
}

/// `hh:mm[:ss[.fraction]]`: nanoseconds since midnight.
pub fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let hour = number(parts.next()?, 1, 2)?;
    let minute = number(parts.next()?, 1, 2)?;
    let second_ns = match parts.next() {
        Some(second) => parse_second(second)?,
        None => 0,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    Some(hour * NS_PER_HOUR + minute * NS_PER_MINUTE + second_ns)
}

/// `YYYY-MM-DD[ hh:mm[:ss[.fraction]]]`: nanoseconds since the epoch. A date alone is its midnight.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let time_ns = match time {
        Some(time) => parse_time(time)?,
        None => 0,
    };
    let instant_ns = i128::from(parse_date(date)?) * i128::from(NS_PER_DAY) + i128::from(time_ns);
    i64::try_from(instant_ns).ok()
}

/// Decimal digits with an optional sign, as Java reads an integer.
pub fn parse_bigint(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

pub fn parse_integer(text: &str) -> Option<i32> {
    parse_bigint(text).and_then(|value| i32::try_from(value).ok())
}

/// A decimal number with an optional exponent, `NaN`, or `Infinity`, as Java reads a double; no blanks around it.
pub fn parse_double(text: &str) -> Option<f64> {
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
        "NaN" => return Some(f64::NAN),
        "Infinity" if text.starts_with('-') => return Some(f64::NEG_INFINITY),
        "Infinity" => return Some(f64::INFINITY),
        _ => {}
    }
    let decimal = |byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(decimal) {
        return None;
    }
    text.parse().ok()
}

/// `true`, `t`, `1`, `false`, `f`, `0` in any case.
pub fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// `days hh:mm:ss.nnnnnnnnn` with a leading `-` for negative intervals.
pub fn format_day_to_second(interval_ns: i64) -> String {
    let sign = if interval_ns < 0 { "-" } else { "" };
    let ns = interval_ns.unsigned_abs();
    let (days, of_day) = (ns / NS_PER_DAY as u64, ns % NS_PER_DAY as u64);
    format!("{sign}{days} {}", format_time(of_day as i64))
}

/// `years-months` with a leading `-` for negative intervals.
pub fn format_year_to_month(months: i32) -> String {
    let sign = if months < 0 { "-" } else { "" };
    let months = months.unsigned_abs();
    format!("{sign}{}-{}", months / 12, months % 12)
}

/// `hh:mm:ss.nnnnnnnnn` of a time of day.
pub fn format_time(of_day_ns: i64) -> String {
    let second = of_day_ns / NS_PER_SECOND;
    format!(
        "{:02}:{:02}:{:02}.{:09}",
        second / 3600,
        second / 60 % 60,
        second % 60,
        of_day_ns % NS_PER_SECOND
    )
}

/// `YYYY-MM-DD`.
pub fn format_date(days: i32) -> String {
    let (year, month, day) = model::time::civil_from_days(i64::from(days));
    format!("{year:04}-{month:02}-{day:02}")
}

/// `ss[.fraction]` with at most nine digits of fraction, as nanoseconds.
fn parse_second(text: &str) -> Option<i64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let second = number(whole, 1, 2)?;
    if second > 59 {
        return None;
    }
    let fraction_ns = match fraction {
        Some(digits) => number(digits, 1, 9)? * 10_i64.pow(9 - digits.len() as u32),
        None => 0,
    };
    Some(second * NS_PER_SECOND + fraction_ns)
}

/// A number of `digits_min` to `digits_max` digits and nothing else.
fn number(text: &str, digits_min: usize, digits_max: usize) -> Option<i64> {
    let digits = text.len() >= digits_min && text.len() <= digits_max;
    if digits && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_of_timestamps() {
        for (text, instant_ns) in [
            ("1970-01-01", 0),
            ("1970-01-01 00:01", 60_000_000_000),
            ("1970-01-01 00:00:01.5", 1_500_000_000),
            ("1970-1-2 1:02:03.000000001", 90_123_000_000_001),
            ("2262-04-11 23:47:16.854775807", i64::MAX),
        ] {
            assert_eq!(parse_timestamp(text), Some(instant_ns), "{text}");
        }
        for text in [
            "",
            "2022-13-01",
            "2022-02-29",
            "2262-04-11 23:47:16.854775808",
            "2022-01-01 24:00",
            "2022-01-01T00:00",
            " 2022-01-01",
            "22-01-01",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn reads_numbers_as_java_does() {
        assert_eq!((parse_bigint("+7"), parse_bigint("-9223372036854775808")), (Some(7), Some(i64::MIN)));
        for text in ["", "-", " 1", "1.0", "9223372036854775808", "0x1"] {
            assert_eq!(parse_bigint(text), None, "{text}");
        }
        assert_eq!((parse_double("1e3"), parse_double("-Infinity")), (Some(1000.0), Some(f64::NEG_INFINITY)));
        for text in ["", "inf", "nan", " 1", "1_0", "e"] {
            assert_eq!(parse_double(text), None, "{text}");
        }
        assert_eq!((parse_integer("2147483647"), parse_integer("2147483648")), (Some(i32::MAX), None));
    }

    #[test]
    fn prints_intervals() {
        assert_eq!(format_day_to_second(45 * NS_PER_HOUR), "1 21:00:00.000000000");
        assert_eq!(format_day_to_second(-1), "-0 00:00:00.000000001");
        assert_eq!((format_year_to_month(31), format_year_to_month(-31)), ("2-7".into(), "-2-7".into()));
    }
}

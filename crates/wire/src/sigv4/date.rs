//! The basic ISO 8601 form of an instant, `20240102T030405Z`.

use model::time::{Civil, NS_PER_SECOND, civil_from_days, days_from_civil};

const SECONDS_PER_DAY: i64 = 86_400;

/// Seconds since the epoch of an existing date and time; `None` for anything else.
pub fn parse_seconds(text: &str) -> Option<i64> {
    let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
    let number = |start: usize, end: usize| {
        bytes.get(start..end)?.iter().try_fold(0u32, |value, digit| {
            digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0'))
        })
    };
    if bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let (year, month, day) = (i64::from(number(0, 4)?), number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    if civil_from_days(days) != (year, month, day) {
        return None;
    }
    Some(days * SECONDS_PER_DAY + i64::from(hour * 3_600 + minute * 60 + second))
}

pub fn format_seconds(seconds: i64) -> String {
    let c = Civil::from_ns(seconds.saturating_mul(NS_PER_SECOND));
    format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        assert_eq!(parse_seconds("19700101T000000Z"), Some(0));
        assert_eq!(parse_seconds("20240229T235959Z"), Some(1_709_251_199));
        for text in [
            "",
            "20240230T000000Z",
            "20240102T030405",
            "20240102 030405Z",
            "2024-102T030405Z",
            "20241302T030405Z",
            "20240102T240000Z",
            "+0240102T030405Z",
        ] {
            assert_eq!(parse_seconds(text), None, "{text}");
        }
        assert_eq!(format_seconds(1_709_251_199), "20240229T235959Z");
    }
}

//! Text to values. Nothing is trimmed: a blank around a value makes it another text.

use model::limits::QUERY_INSTANT_NS_MIN;
use model::time::{NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, days_from_civil};

/// An optional sign and digits, within 64 bits.
pub fn parse_bigint(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A decimal number with an optional exponent, `NaN`, or `Infinity` with an optional sign.
pub fn parse_double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        "NaN" => return Some(f64::NAN),
        "Infinity" if text.starts_with('-') => return Some(f64::NEG_INFINITY),
        "Infinity" => return Some(f64::INFINITY),
        _ => {}
    }
    let is_numeric =
        unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if is_numeric { text.parse().ok() } else { None }
}

/// `true`, `t`, `1`, `false`, `f`, `0` in any case.
pub fn parse_boolean(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "t", "1"]) {
        Some(true)
    } else if is(&["false", "f", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// `YYYY-MM-DD` as days since 1970-01-01.
pub fn parse_date(text: &str) -> Option<i32> {
    let mut cursor = Cursor { rest: text.as_bytes() };
    let days = cursor.date()?;
    cursor.end()?;
    i32::try_from(days).ok()
}

/// `hh:mm[:ss[.fraction]]` as nanoseconds since midnight.
pub fn parse_time(text: &str) -> Option<i64> {
    let mut cursor = Cursor { rest: text.as_bytes() };
    let of_day_ns = cursor.time()?;
    cursor.end()?;
    Some(of_day_ns)
}

/// `YYYY-MM-DD[ hh:mm[:ss[.fraction]][ ][offset]]` as nanoseconds since the epoch; `None` also outside their range. The
/// offset from UTC is `Z`, `UTC` or `+hh:mm`: clients send what their language prints for an instant.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let mut cursor = Cursor { rest: text.as_bytes() };
    let days = cursor.date()?;
    let of_day_ns = if cursor.take(b' ') { cursor.time()? - cursor.offset()? } else { 0 };
    cursor.end()?;
    let instant_ns = i128::from(days) * i128::from(NS_PER_DAY) + i128::from(of_day_ns);
    i64::try_from(instant_ns).ok().filter(|instant_ns| *instant_ns >= QUERY_INSTANT_NS_MIN)
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn take(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    /// Digits, at least one and at most `width_max`, as a number and how many they were.
    fn digits(&mut self, width_max: usize) -> Option<(u32, usize)> {
        let width = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if width == 0 || width > width_max {
            return None;
        }
        let (digits, rest) = self.rest.split_at_checked(width)?;
        self.rest = rest;
        let number = digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        Some((number, width))
    }

    fn number(&mut self, width_max: usize) -> Option<i64> {
        self.digits(width_max).map(|(number, _)| i64::from(number))
    }

    fn date(&mut self) -> Option<i64> {
        let (year, width) = self.digits(5)?;
        if width < 4 || !self.take(b'-') {
            return None;
        }
        let month = self.number(2)?;
        if !self.take(b'-') {
            return None;
        }
        let day = self.number(2)?;
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(i64::from(year), month) {
            return None;
        }
        Some(days_from_civil(i64::from(year), month as u32, day as u32))
    }

    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        if !self.take(b':') {
            return None;
        }
        let minute = self.number(2)?;
        let mut second = 0;
        let mut fraction_ns = 0;
        if self.take(b':') {
            second = self.number(2)?;
            if self.take(b'.') {
                let (digits, width) = self.digits(9)?;
                fraction_ns = i64::from(digits) * 10_i64.pow(9 - width as u32);
            }
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(hour * NS_PER_HOUR + minute * NS_PER_MINUTE + second * NS_PER_SECOND + fraction_ns)
    }

    /// How far local time is ahead of UTC, 0 where nothing says so.
    fn offset(&mut self) -> Option<i64> {
        let zone = self.rest.strip_prefix(b" ").unwrap_or(self.rest);
        let (sign, rest) = match zone {
            [] => return Some(0),
            b"Z" | b"UTC" => {
                self.rest = &[];
                return Some(0);
            }
            [b'+', rest @ ..] => (1, rest),
            [b'-', rest @ ..] => (-1, rest),
            _ => return None,
        };
        let mut cursor = Cursor { rest };
        let (hour, minute) = (cursor.digits(2)?, cursor.take(b':').then(|| cursor.digits(2))??);
        self.rest = cursor.rest;
        let is_offset = hour.1 == 2 && minute.1 == 2 && hour.0 <= 18 && minute.0 <= 59;
        is_offset.then_some(sign * (i64::from(hour.0) * NS_PER_HOUR + i64::from(minute.0) * NS_PER_MINUTE))
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

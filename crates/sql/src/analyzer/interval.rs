//! Interval literals: `INTERVAL '12 10:45:32.123' DAY TO SECOND` and `72.5h` (sql.md 2.3, 2.4).
//!
//! `None` means text that does not fit the fields, or an interval out of range.

use model::time::{
    NS_PER_DAY, NS_PER_HOUR, NS_PER_MICROSECOND, NS_PER_MILLISECOND, NS_PER_MINUTE, NS_PER_SECOND,
};

use crate::syntax::ast::{IntervalField, ShortUnit};
use crate::value::Value;

/// Digits after the point that a number in an interval can have.
const FRACTION_DIGITS_MAX: usize = 18;

/// `INTERVAL [-] 'text' start [TO end]`.
pub(super) fn long(
    text: &str,
    start: IntervalField,
    end: Option<IntervalField>,
    negative: bool,
) -> Option<Value> {
    let (inner_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let sign = if negative != inner_negative { -1 } else { 1 };
    let end = end.unwrap_or(start);
    match (start, end) {
        (IntervalField::Year | IntervalField::Month, IntervalField::Year | IntervalField::Month) => {
            let months = sign * year_to_month(text, start, end)?;
            i32::try_from(months).ok().map(Value::IntervalYearToMonth)
        }
        _ => {
            let ns = i128::from(sign) * day_to_second(text, start, end)?;
            i64::try_from(ns).ok().map(Value::IntervalDayToSecond)
        }
    }
}

/// A number and its unit. The number may have a fraction; below one nanosecond it rounds half up, and months must come
/// out whole.
pub(super) fn short(number: &str, unit: ShortUnit) -> Option<Value> {
    match unit {
        ShortUnit::Month | ShortUnit::Year => {
            let months_per_unit = if unit == ShortUnit::Year { 12 } else { 1 };
            let (scaled, divisor) = scale(number, months_per_unit)?;
            if scaled % divisor != 0 {
                return None;
            }
            i32::try_from(scaled / divisor).ok().map(Value::IntervalYearToMonth)
        }
        _ => {
            let (scaled, divisor) = scale(number, unit_ns(unit))?;
            let ns = (scaled + divisor / 2) / divisor;
            i64::try_from(ns).ok().map(Value::IntervalDayToSecond)
        }
    }
}

fn unit_ns(unit: ShortUnit) -> i64 {
    match unit {
        ShortUnit::Nanosecond => 1,
        ShortUnit::Microsecond => NS_PER_MICROSECOND,
        ShortUnit::Millisecond => NS_PER_MILLISECOND,
        ShortUnit::Second => NS_PER_SECOND,
        ShortUnit::Minute => NS_PER_MINUTE,
        ShortUnit::Hour => NS_PER_HOUR,
        ShortUnit::Day | ShortUnit::Month | ShortUnit::Year => NS_PER_DAY,
    }
}

fn year_to_month(text: &str, start: IntervalField, end: IntervalField) -> Option<i64> {
    match (start, end) {
        (IntervalField::Year, IntervalField::Year) => digits(text)?.checked_mul(12),
        (IntervalField::Month, IntervalField::Month) => digits(text),
        (IntervalField::Year, IntervalField::Month) => match text.split_once('-') {
            Some((years, months)) => digits(years)?.checked_mul(12)?.checked_add(digits(months)?),
            None => digits(text)?.checked_mul(12),
        },
        _ => None,
    }
}

/// `d hh:mm:ss.fraction` from `start` to `end`; trailing fields may be left out.
fn day_to_second(text: &str, start: IntervalField, end: IntervalField) -> Option<i128> {
    let fields = [IntervalField::Day, IntervalField::Hour, IntervalField::Minute, IntervalField::Second];
    if start == IntervalField::Week && end == IntervalField::Week {
        return Some(i128::from(digits(text)?) * 7 * i128::from(NS_PER_DAY));
    }
    let first = fields.iter().position(|field| *field == start)?;
    let last = fields.iter().position(|field| *field == end)?;
    let mut rest = Some(text);
    let mut total_ns = 0_i128;
    for field in fields.get(first..=last)? {
        let Some(current) = rest else { break };
        let separator = if *field == IntervalField::Day { ' ' } else { ':' };
        let (value, after) = match current.split_once(separator) {
            Some((value, after)) if *field != end => (value, Some(after)),
            _ => (current, None),
        };
        total_ns = total_ns.checked_add(field_ns(value, *field)?)?;
        rest = after;
    }
    Some(total_ns)
}

fn field_ns(text: &str, field: IntervalField) -> Option<i128> {
    let unit_ns = match field {
        IntervalField::Day => NS_PER_DAY,
        IntervalField::Hour => NS_PER_HOUR,
        IntervalField::Minute => NS_PER_MINUTE,
        IntervalField::Second => {
            let (scaled, divisor) = scale(text, NS_PER_SECOND)?;
            return (scaled % divisor == 0).then_some(scaled / divisor);
        }
        _ => return None,
    };
    Some(i128::from(digits(text)?) * i128::from(unit_ns))
}

/// `number * factor` as a fraction: numerator and a power of ten.
fn scale(number: &str, factor: i64) -> Option<(i128, i128)> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.len() > FRACTION_DIGITS_MAX {
        return None;
    }
    let divisor = 10_i128.pow(fraction.len() as u32);
    let whole = if whole.is_empty() { 0 } else { digits(whole)? };
    let fraction = if fraction.is_empty() { 0 } else { digits(fraction)? };
    let scaled = i128::from(whole) * divisor + i128::from(fraction);
    Some((scaled.checked_mul(i128::from(factor))?, divisor))
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IntervalField::{Day, Hour, Minute, Month, Second, Week, Year};

    #[test]
    fn long_forms() {
        let cases = [
            ("2", Day, None, "interval '2 00:00:00.000000000'"),
            ("-2", Day, None, "interval '-2 00:00:00.000000000'"),
            ("2", Week, None, "interval '14 00:00:00.000000000'"),
            ("1.5", Second, None, "interval '0 00:00:01.500000000'"),
            ("12 10:45:32.123", Day, Some(Second), "interval '12 10:45:32.123000000'"),
            ("12 10:45", Day, Some(Second), "interval '12 10:45:00.000000000'"),
            ("1 02", Day, Some(Hour), "interval '1 02:00:00.000000000'"),
            ("10:45", Minute, Some(Second), "interval '0 00:10:45.000000000'"),
            ("3-4", Year, Some(Month), "interval '3-4'"),
            ("29", Month, None, "interval '2-5'"),
        ];
        for (text, start, end, printed) in cases {
            assert_eq!(
                long(text, start, end, false).map(|v| v.to_string()).as_deref(),
                Some(printed),
                "{text}"
            );
        }
        for (text, start, end) in [
            ("12X", Day, None),
            ("", Day, None),
            ("1.5", Day, None),
            ("1:2", Day, None),
            ("106752", Day, None),
            ("1 2:3:4:5", Day, Some(Second)),
        ] {
            assert_eq!(long(text, start, end, false), None, "{text}");
        }
        assert_eq!(long("-1", Day, None, true), Some(Value::IntervalDayToSecond(NS_PER_DAY)));
    }

    #[test]
    fn short_forms() {
        let hours = |number| short(number, ShortUnit::Hour);
        assert_eq!(hours("72.5"), Some(Value::IntervalDayToSecond(261_000 * NS_PER_SECOND)));
        assert_eq!(short("1.5", ShortUnit::Year), Some(Value::IntervalYearToMonth(18)));
        assert_eq!(short("1.5", ShortUnit::Month), None);
        assert_eq!(short("0.5", ShortUnit::Nanosecond), Some(Value::IntervalDayToSecond(1)));
        assert_eq!(hours("99999999999999999999"), None);
    }
}

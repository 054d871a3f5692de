//! Values to text.

use model::time::{Civil, NS_PER_DAY, NS_PER_SECOND, civil_from_days};

pub fn write_boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

pub fn write_bigint(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    write_digits(out, value.unsigned_abs(), 1);
}

/// Java's `Double.toString`: a decimal with at least one digit on each side of the point between 10^-3 and 10^7, else
/// one digit before the point and an exponent. The digits are the shortest that read back as the same number.
pub fn write_double(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        return out.extend_from_slice(b"Infinity");
    }
    if magnitude == 0.0 {
        return out.extend_from_slice(b"0.0");
    }
    if (1e-3..1e7).contains(&magnitude) {
        let start = out.len();
        write_display(out, format_args!("{magnitude}"));
        if !out[start..].contains(&b'.') {
            out.extend_from_slice(b".0");
        }
        return;
    }
    let start = out.len();
    write_display(out, format_args!("{magnitude:E}"));
    if out.get(start + 1) == Some(&b'E') {
        // Java has two digits even here: those that come nearest, where they read back as the same number.
        let digits = format!("{magnitude:.1E}");
        if digits.parse() == Ok(magnitude) {
            out.truncate(start);
            return out.extend_from_slice(digits.as_bytes());
        }
    }
    if let Some(exponent) = out[start..].iter().position(|&byte| byte == b'E')
        && !out[start..start + exponent].contains(&b'.')
    {
        out.splice(start + exponent..start + exponent, *b".0");
    }
}

/// `YYYY-MM-DD hh:mm:ss.nnnnnnnnn`.
pub fn write_timestamp(out: &mut Vec<u8>, instant_ns: i64) {
    let civil = Civil::from_ns(instant_ns);
    write_calendar_date(out, civil.year, civil.month, civil.day);
    out.push(b' ');
    write_time(out, instant_ns.rem_euclid(NS_PER_DAY));
}

/// `YYYY-MM-DD` of a day counted from 1970-01-01.
pub fn write_date(out: &mut Vec<u8>, days: i32) {
    let (year, month, day) = civil_from_days(i64::from(days));
    write_calendar_date(out, year, month, day);
}

/// `hh:mm:ss.nnnnnnnnn` of nanoseconds since midnight.
pub fn write_time(out: &mut Vec<u8>, of_day_ns: i64) {
    write_clock(out, of_day_ns.unsigned_abs());
}

/// `D hh:mm:ss.nnnnnnnnn`, with a leading minus.
pub fn write_day_to_second(out: &mut Vec<u8>, interval_ns: i64) {
    if interval_ns < 0 {
        out.push(b'-');
    }
    let magnitude = interval_ns.unsigned_abs();
    let day_ns = NS_PER_DAY.unsigned_abs();
    write_digits(out, magnitude / day_ns, 1);
    out.push(b' ');
    write_clock(out, magnitude % day_ns);
}

/// `Y-M`, with a leading minus.
pub fn write_year_to_month(out: &mut Vec<u8>, months: i32) {
    if months < 0 {
        out.push(b'-');
    }
    let magnitude = u64::from(months.unsigned_abs());
    write_digits(out, magnitude / 12, 1);
    out.push(b'-');
    write_digits(out, magnitude % 12, 1);
}

fn write_calendar_date(out: &mut Vec<u8>, year: i64, month: u32, day: u32) {
    if year < 0 {
        out.push(b'-');
    }
    write_digits(out, year.unsigned_abs(), 4);
    out.push(b'-');
    write_digits(out, u64::from(month), 2);
    out.push(b'-');
    write_digits(out, u64::from(day), 2);
}

fn write_clock(out: &mut Vec<u8>, of_day_ns: u64) {
    let second_ns = NS_PER_SECOND.unsigned_abs();
    let seconds = of_day_ns / second_ns;
    write_digits(out, seconds / 3_600, 2);
    out.push(b':');
    write_digits(out, seconds / 60 % 60, 2);
    out.push(b':');
    write_digits(out, seconds % 60, 2);
    out.push(b'.');
    write_digits(out, of_day_ns % second_ns, 9);
}

/// Decimal digits with zeros in front up to `width`.
fn write_digits(out: &mut Vec<u8>, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    while value > 0 {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    let start = start.min(digits.len() - width);
    out.extend_from_slice(&digits[start..]);
}

fn write_display(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = out.write_fmt(text);
}

//! ISO 8601 dates and date-times (sql.md 10.3).

use super::parts::{Parts, take_fraction_ns, take_number, take_offset_ns};

/// Reads a calendar date (`2020-05-11`, `2020-05`, `2020`), a week date (`2020-W10`, `2020-W10-1`) or an ordinal date
/// (`2020-123`) from the start of a text.
pub fn take_date(parts: &mut Parts, text: &str) -> Option<usize> {
    let (year, rest) = take_number(text, 4, 4)?;
    let Some(after) = rest.strip_prefix('-') else {
        parts.year = Some(year);
        return Some(text.len() - rest.len());
    };
    let rest = if let Some(week) = after.strip_prefix('W') {
        let (week, rest) = take_number(week, 2, 2)?;
        (parts.week_year, parts.week) = (Some(year), Some(week));
        match rest.strip_prefix('-') {
            Some(day) => {
                let (day, rest) = take_number(day, 1, 1)?;
                parts.day_of_week = Some(day);
                rest
            }
            None => rest,
        }
    } else if let Some((day_of_year, rest)) = take_number(after, 3, 3) {
        (parts.year, parts.day_of_year) = (Some(year), Some(day_of_year));
        rest
    } else {
        let (month, rest) = take_number(after, 2, 2)?;
        (parts.year, parts.month) = (Some(year), Some(month));
        match rest.strip_prefix('-') {
            Some(day) => {
                let (day, rest) = take_number(day, 2, 2)?;
                parts.day = Some(day);
                rest
            }
            None => rest,
        }
    };
    Some(text.len() - rest.len())
}

/// Reads a date, or a date and time with `T`, with an offset or `Z`; the whole text must match.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let mut parts = Parts::default();
    let date_end = take_date(&mut parts, text)?;
    let rest = text.get(date_end..)?;
    let rest = match rest.strip_prefix(['T', 't']) {
        Some(time) => take_time(&mut parts, time)?,
        None => rest,
    };
    rest.is_empty().then(|| parts.instant_ns())?
}

fn take_time<'a>(parts: &mut Parts, text: &'a str) -> Option<&'a str> {
    let (hour, mut rest) = take_number(text, 2, 2)?;
    parts.hour = Some(hour);
    if let Some(after) = rest.strip_prefix(':') {
        let (minute, after) = take_number(after, 2, 2)?;
        parts.minute = Some(minute);
        rest = after;
        if let Some(after) = rest.strip_prefix(':') {
            let (second, after) = take_number(after, 2, 2)?;
            parts.second = Some(second);
            rest = after;
            if let Some(after) = rest.strip_prefix(['.', ',']) {
                let (fraction_ns, after) = take_fraction_ns(after, 9)?;
                parts.fraction_ns = fraction_ns;
                rest = after;
            }
        }
    }
    if let Some((offset_ns, after)) = take_offset_ns(rest) {
        parts.offset_ns = offset_ns;
        rest = after;
    }
    Some(rest)
}

//! MySQL-style formats of `date_format` and `date_parse` (sql.md 10.1).

use std::fmt::Write;

use model::time::Civil;

use super::calendar::{day_of_week, day_of_year, days_of, iso_week};
use super::names::{DAYS, MONTHS, name_of, short_name_of, take_name};
use super::parts::{Parts, take_fraction_ns, take_number};
use crate::functions::RowError;

/// Writes an instant in a format.
pub fn format(instant_ns: i64, format: &str) -> Result<String, RowError> {
    let mut text = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        match (character, character == '%') {
            (_, true) => match characters.next() {
                Some(specifier) => write_specifier(&mut text, specifier, instant_ns)?,
                None => text.push('%'),
            },
            (other, false) => text.push(other),
        }
    }
    Ok(text)
}

fn write_specifier(text: &mut String, specifier: char, instant_ns: i64) -> Result<(), RowError> {
    let c = Civil::from_ns(instant_ns);
    let days = days_of(instant_ns);
    let hour_of_half = if c.hour.is_multiple_of(12) { 12 } else { c.hour % 12 };
    let half = if c.hour < 12 { "AM" } else { "PM" };
    let written = match specifier {
        'a' => write!(text, "{}", short_name_of(&DAYS, day_of_week(days))),
        'b' => write!(text, "{}", short_name_of(&MONTHS, c.month.into())),
        'c' => write!(text, "{}", c.month),
        'd' => write!(text, "{:02}", c.day),
        'e' => write!(text, "{}", c.day),
        // Six digits of which only milliseconds are kept, as Trino prints them.
        'f' => write!(text, "{:03}000", c.nanosecond / 1_000_000),
        'H' => write!(text, "{:02}", c.hour),
        'h' | 'I' => write!(text, "{hour_of_half:02}"),
        'i' => write!(text, "{:02}", c.minute),
        'j' => write!(text, "{:03}", day_of_year(days)),
        'k' => write!(text, "{}", c.hour),
        'l' => write!(text, "{hour_of_half}"),
        'M' => write!(text, "{}", name_of(&MONTHS, c.month.into())),
        'm' => write!(text, "{:02}", c.month),
        'p' => write!(text, "{half}"),
        'r' => write!(text, "{hour_of_half:02}:{:02}:{:02} {half}", c.minute, c.second),
        'S' | 's' => write!(text, "{:02}", c.second),
        'T' => write!(text, "{:02}:{:02}:{:02}", c.hour, c.minute, c.second),
        'v' => write!(text, "{:02}", iso_week(days).1),
        'W' => write!(text, "{}", name_of(&DAYS, day_of_week(days))),
        'x' => write!(text, "{:04}", iso_week(days).0),
        'Y' => write!(text, "{:04}", c.year),
        'y' => write!(text, "{:02}", c.year.rem_euclid(100)),
        'D' | 'U' | 'u' | 'V' | 'w' | 'X' => return Err(unsupported(specifier)),
        other => write!(text, "{other}"),
    };
    written.map_err(|error| RowError::new(error.to_string()))
}

/// Reads an instant written in a format; the whole text must match.
pub fn parse(text: &str, format: &str) -> Result<i64, RowError> {
    let invalid = || RowError::new(format!("Invalid format: \"{text}\""));
    let mut parts = Parts::default();
    let mut rest = text;
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        rest = match (character, characters.as_str().is_empty()) {
            ('%', false) => {
                let specifier = characters.next().unwrap_or('%');
                take_specifier(&mut parts, specifier, rest)?.ok_or_else(invalid)?
            }
            (other, _) => rest.strip_prefix(other).ok_or_else(invalid)?,
        };
    }
    if !rest.is_empty() {
        return Err(RowError::new(format!("Invalid format: \"{text}\" is malformed at \"{rest}\"")));
    }
    parts
        .instant_ns()
        .ok_or_else(|| RowError::new(format!("Cannot parse \"{text}\": a value is out of range")))
}

fn take_specifier<'a>(
    parts: &mut Parts,
    specifier: char,
    text: &'a str,
) -> Result<Option<&'a str>, RowError> {
    if matches!(specifier, 'D' | 'U' | 'u' | 'V' | 'w' | 'X') {
        return Err(unsupported(specifier));
    }
    Ok(take_supported(parts, specifier, text))
}

fn take_supported<'a>(parts: &mut Parts, specifier: char, text: &'a str) -> Option<&'a str> {
    match specifier {
        'a' | 'W' => take_name(&DAYS, text).map(|(_, rest)| rest),
        'b' | 'M' => keep(&mut parts.month, take_name(&MONTHS, text)),
        'c' | 'm' => keep(&mut parts.month, take_number(text, 1, 2)),
        'd' | 'e' => keep(&mut parts.day, take_number(text, 1, 2)),
        'f' => {
            let (fraction_ns, rest) = take_fraction_ns(text, 9)?;
            parts.fraction_ns = fraction_ns;
            Some(rest)
        }
        'H' | 'k' => keep(&mut parts.hour, take_number(text, 1, 2)),
        'h' | 'I' | 'l' => {
            let (hour, rest) = take_number(text, 1, 2).filter(|(hour, _)| (1..=12).contains(hour))?;
            parts.hour_of_half = Some(hour % 12);
            Some(rest)
        }
        'i' => keep(&mut parts.minute, take_number(text, 1, 2)),
        'j' => keep(&mut parts.day_of_year, take_number(text, 1, 3)),
        'p' => {
            let half = text.get(..2)?.to_ascii_uppercase();
            parts.afternoon = Some(half == "PM");
            matches!(half.as_str(), "AM" | "PM").then(|| text.get(2..))?
        }
        'r' => take_sequence(parts, "h:i:s p", text),
        'S' | 's' => keep(&mut parts.second, take_number(text, 1, 2)),
        'T' => take_sequence(parts, "H:i:s", text),
        'v' => keep(&mut parts.week, take_number(text, 1, 2)),
        'x' => keep(&mut parts.week_year, take_number(text, 1, 4)),
        'Y' => keep(&mut parts.year, take_number(text, 1, 4)),
        'y' => {
            let (year, rest) = take_number(text, 2, 2)?;
            parts.year = Some(if year >= 70 { 1900 + year } else { 2000 + year });
            Some(rest)
        }
        other => text.strip_prefix(other),
    }
}

/// Reads specifiers, written as letters, with their separators.
fn take_sequence<'a>(parts: &mut Parts, sequence: &str, text: &'a str) -> Option<&'a str> {
    sequence.chars().try_fold(text, |rest, item| match item {
        ':' | ' ' => rest.strip_prefix(item),
        specifier => take_supported(parts, specifier, rest),
    })
}

fn keep<'a>(part: &mut Option<i64>, taken: Option<(i64, &'a str)>) -> Option<&'a str> {
    let (value, rest) = taken?;
    *part = Some(value);
    Some(rest)
}

fn unsupported(specifier: char) -> RowError {
    RowError::new(format!("%{specifier} not supported in date format string"))
}

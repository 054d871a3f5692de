//! Joda-style patterns of `format_datetime` and `parse_datetime` (sql.md 10.2). `u` is read as `y` and `L` as `M`.

use std::fmt::Write;

use arrow::array::{Array, AsArray, TimestampNanosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use model::time::Civil;

use super::calendar::{day_of_week, day_of_year, days_of, iso_week};
use super::names::{DAYS, MONTHS, name_of, short_name_of, take_name};
use super::parts::{Parts, take_fraction_ns, take_number, take_offset_ns};
use crate::functions::RowError;

/// A piece of a pattern: a run of one letter, or text.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Field { letter: char, count: usize },
    Text(String),
}

/// Writes an instant in a pattern.
pub fn format(instant_ns: i64, pattern: &str) -> Result<String, RowError> {
    let mut text = String::new();
    for piece in split(pattern)? {
        match piece {
            Piece::Text(literal) => text.push_str(&literal),
            Piece::Field { letter, count } => write_field(&mut text, letter, count, instant_ns)?,
        }
    }
    Ok(text)
}

/// Reads an instant written in a pattern; the whole text must match. A zone is applied, the result is UTC.
pub fn parse(text: &str, pattern: &str) -> Result<i64, RowError> {
    let invalid =
        |rest: &str| RowError::new(format!("Invalid format: \"{text}\" is malformed at \"{rest}\""));
    let mut parts = Parts::default();
    let mut rest = text;
    let pieces = split(pattern)?;
    for (index, piece) in pieces.iter().enumerate() {
        rest = match piece {
            Piece::Text(literal) => rest.strip_prefix(literal.as_str()).ok_or_else(|| invalid(rest))?,
            Piece::Field { letter, count } => {
                // A field directly before another number takes exactly as many digits as it has letters.
                let adjacent = matches!(pieces.get(index + 1), Some(Piece::Field { .. }));
                take_field(&mut parts, *letter, *count, adjacent, rest).ok_or_else(|| invalid(rest))?
            }
        };
    }
    if !rest.is_empty() {
        return Err(invalid(rest));
    }
    let instant_ns = parts
        .instant_ns()
        .ok_or_else(|| RowError::new(format!("Cannot parse \"{text}\": a value is out of range")))?;
    match &parts.region {
        Some(region) => in_region(instant_ns, region)
            .ok_or_else(|| RowError::new(format!("Cannot parse \"{text}\": no such instant in {region}"))),
        None => Ok(instant_ns),
    }
}

/// The instant at which clocks of a region show what they would in UTC at `local_ns`.
fn in_region(local_ns: i64, region: &str) -> Option<i64> {
    let local = TimestampNanosecondArray::from(vec![local_ns]);
    let zoned = DataType::Timestamp(TimeUnit::Nanosecond, Some(region.into()));
    let instants = cast(&local, &zoned).ok()?;
    let instants = instants.as_primitive_opt::<TimestampNanosecondType>()?;
    instants.is_valid(0).then(|| instants.value(0))
}

fn split(pattern: &str) -> Result<Vec<Piece>, RowError> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => pieces.push(Piece::Text(take_quoted(&mut characters))),
            'u' | 'L' | 'G' | 'C' | 'Y' | 'x' | 'w' | 'e' | 'E' | 'y' | 'D' | 'M' | 'd' | 'a' | 'K' | 'h'
            | 'H' | 'k' | 'm' | 's' | 'S' | 'z' | 'Z' => {
                let mut count = 1;
                while characters.next_if_eq(&character).is_some() {
                    count += 1;
                }
                let letter = match character {
                    'u' | 'Y' => 'y',
                    'L' => 'M',
                    other => other,
                };
                pieces.push(Piece::Field { letter, count });
            }
            letter if letter.is_ascii_alphabetic() => {
                return Err(RowError::new(format!("Illegal pattern component: {letter}")));
            }
            other => pieces.push(Piece::Text(other.to_string())),
        }
    }
    Ok(pieces)
}

/// Reads the rest of a quoted text; two quotes are one.
fn take_quoted(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    if characters.next_if_eq(&'\'').is_some() {
        return "'".to_owned();
    }
    let mut literal = String::new();
    while let Some(character) = characters.next() {
        if character != '\'' {
            literal.push(character);
        } else if characters.next_if_eq(&'\'').is_some() {
            literal.push('\'');
        } else {
            break;
        }
    }
    literal
}

fn write_field(text: &mut String, letter: char, count: usize, instant_ns: i64) -> Result<(), RowError> {
    let c = Civil::from_ns(instant_ns);
    let days = days_of(instant_ns);
    let number = |text: &mut String, value: i64| write!(text, "{value:0count$}");
    let two_digits = |text: &mut String, year: i64| write!(text, "{:02}", year.rem_euclid(100));
    let written = match letter {
        'G' => write!(text, "{}", if c.year > 0 { "AD" } else { "BC" }),
        'C' => number(text, c.year.div_euclid(100)),
        'y' if count == 2 => two_digits(text, c.year),
        'y' => number(text, c.year),
        'x' if count == 2 => two_digits(text, iso_week(days).0),
        'x' => number(text, iso_week(days).0),
        'w' => number(text, iso_week(days).1),
        'e' => number(text, day_of_week(days)),
        'E' if count < 4 => write!(text, "{}", short_name_of(&DAYS, day_of_week(days))),
        'E' => write!(text, "{}", name_of(&DAYS, day_of_week(days))),
        'D' => number(text, day_of_year(days)),
        'M' if count == 3 => write!(text, "{}", short_name_of(&MONTHS, c.month.into())),
        'M' if count > 3 => write!(text, "{}", name_of(&MONTHS, c.month.into())),
        'M' => number(text, c.month.into()),
        'd' => number(text, c.day.into()),
        'a' => write!(text, "{}", if c.hour < 12 { "AM" } else { "PM" }),
        'K' => number(text, i64::from(c.hour % 12)),
        'h' => number(text, if c.hour.is_multiple_of(12) { 12 } else { i64::from(c.hour % 12) }),
        'H' => number(text, c.hour.into()),
        'k' => number(text, if c.hour == 0 { 24 } else { c.hour.into() }),
        'm' => number(text, c.minute.into()),
        's' => number(text, c.second.into()),
        'S' => {
            let digits = format!("{:09}", c.nanosecond);
            let padded: String = digits.chars().chain(std::iter::repeat('0')).take(count.min(64)).collect();
            write!(text, "{padded}")
        }
        'z' if count >= 4 => write!(text, "Coordinated Universal Time"),
        'z' => write!(text, "UTC"),
        'Z' if count == 1 => write!(text, "+0000"),
        'Z' if count == 2 => write!(text, "+00:00"),
        _ => write!(text, "UTC"),
    };
    written.map_err(|error| RowError::new(error.to_string()))
}

fn take_field<'a>(
    parts: &mut Parts,
    letter: char,
    count: usize,
    adjacent: bool,
    text: &'a str,
) -> Option<&'a str> {
    let digits = |max: usize| take_number(text, 1, if adjacent { count.min(max).max(1) } else { max });
    match letter {
        'G' => text.strip_prefix("AD").or_else(|| text.strip_prefix("BC")),
        'C' => digits(2).map(|(_, rest)| rest),
        'y' if count == 2 => {
            let (year, rest) = take_number(text, 2, 2)?;
            parts.year = Some(if year >= 70 { 1900 + year } else { 2000 + year });
            Some(rest)
        }
        'y' => keep(&mut parts.year, digits(4)),
        'x' => keep(&mut parts.week_year, digits(4)),
        'w' => keep(&mut parts.week, digits(2)),
        'e' => keep(&mut parts.day_of_week, digits(1)),
        'E' => take_name(&DAYS, text).map(|(_, rest)| rest),
        'D' => keep(&mut parts.day_of_year, digits(3)),
        'M' if count >= 3 => keep(&mut parts.month, take_name(&MONTHS, text)),
        'M' => keep(&mut parts.month, digits(2)),
        'd' => keep(&mut parts.day, digits(2)),
        'a' => {
            let half = text.get(..2)?.to_ascii_uppercase();
            parts.afternoon = Some(half == "PM");
            matches!(half.as_str(), "AM" | "PM").then(|| text.get(2..))?
        }
        'K' => keep(&mut parts.hour_of_half, digits(2).filter(|(hour, _)| *hour < 12)),
        'h' => {
            let taken = digits(2).filter(|(hour, _)| (1..=12).contains(hour));
            keep(&mut parts.hour_of_half, taken.map(|(hour, rest)| (hour % 12, rest)))
        }
        'H' => keep(&mut parts.hour, digits(2)),
        'k' => {
            let taken = digits(2).filter(|(hour, _)| (1..=24).contains(hour));
            keep(&mut parts.hour, taken.map(|(hour, rest)| (hour % 24, rest)))
        }
        'm' => keep(&mut parts.minute, digits(2)),
        's' => keep(&mut parts.second, digits(2)),
        'S' => {
            let (fraction_ns, rest) = take_fraction_ns(text, if adjacent { count } else { 9 })?;
            parts.fraction_ns = fraction_ns;
            Some(rest)
        }
        'Z' if count >= 3 => {
            let (region, rest) = take_region(text)?;
            parts.region = Some(region.to_owned());
            Some(rest)
        }
        'z' | 'Z' => {
            let (offset_ns, rest) = take_offset_ns(text).or_else(|| take_zone_ns(text))?;
            parts.offset_ns = offset_ns;
            Some(rest)
        }
        _ => None,
    }
}

/// The id of a zone of the time zone database, such as `Europe/Bern` or `UTC`, or an offset.
fn take_region(text: &str) -> Option<(&str, &str)> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"/_+-:".contains(byte);
    let length = text.bytes().take_while(|byte| is_part(byte)).count();
    let (region, rest) = text.split_at_checked(length)?;
    in_region(0, region).map(|_| (region, rest))
}

/// Zone names whose offset does not depend on the date, and the abbreviations of North American zones.
fn take_zone_ns(text: &str) -> Option<(i64, &str)> {
    const ZONES: [(&str, i64); 12] = [
        ("UTC", 0),
        ("GMT", 0),
        ("EST", -5),
        ("EDT", -4),
        ("CST", -6),
        ("CDT", -5),
        ("MST", -7),
        ("MDT", -6),
        ("PST", -8),
        ("PDT", -7),
        ("CET", 1),
        ("CEST", 2),
    ];
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, rest) = text.split_at_checked(length)?;
    let (_, hours) = ZONES.iter().find(|(zone, _)| zone.eq_ignore_ascii_case(name))?;
    Some((hours * model::time::NS_PER_HOUR, rest))
}

fn keep<'a>(part: &mut Option<i64>, taken: Option<(i64, &'a str)>) -> Option<&'a str> {
    let (value, rest) = taken?;
    *part = Some(value);
    Some(rest)
}

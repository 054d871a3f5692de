//! `parse_duration`.

use arrow::array::ArrayRef;
use model::time::{
    NS_PER_DAY, NS_PER_HOUR, NS_PER_MICROSECOND, NS_PER_MILLISECOND, NS_PER_MINUTE, NS_PER_SECOND,
};

use crate::functions::map::{self, DayToSecond, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "parse_duration",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "parse_duration(varchar) -> interval day to second", kernel }],
    documentation: Documentation {
        summary: "Reads a number with a unit, such as 42.8ms or 1 day, as an interval.",
        edges: "Fails for other text and for more than about 292 years.",
        examples: &[("SELECT parse_duration('1 day')", "1 00:00:00.000000000")],
        source: "sql.md 7.8, 10",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, DayToSecond>(call, arguments, parse)
}

fn parse(text: &str) -> Result<i64, RowError> {
    let invalid = || RowError::new(format!("duration is not a valid data duration string: {text}"));
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = text.split_at_checked(digits).ok_or_else(invalid)?;
    let unit_ns = unit_ns(unit.trim()).ok_or_else(invalid)?;
    scale(number, unit_ns).ok_or_else(invalid)
}

fn unit_ns(unit: &str) -> Option<i64> {
    Some(match unit {
        "ns" | "nanosecond" => 1,
        "us" | "microsecond" => NS_PER_MICROSECOND,
        "ms" | "millisecond" => NS_PER_MILLISECOND,
        "s" | "second" => NS_PER_SECOND,
        "m" | "minute" => NS_PER_MINUTE,
        "h" | "hour" => NS_PER_HOUR,
        "d" | "day" => NS_PER_DAY,
        _ => return None,
    })
}

/// Multiplies a decimal number exactly; below one nanosecond it rounds half up.
fn scale(number: &str, unit_ns: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || fraction.len() > 18 {
        return None;
    }
    let whole_ns = whole.parse::<i64>().ok()?.checked_mul(unit_ns)?;
    if fraction.is_empty() {
        return Some(whole_ns);
    }
    let divisor = 10_i128.pow(fraction.len() as u32);
    let scaled = i128::from(fraction.parse::<i64>().ok()?) * i128::from(unit_ns);
    whole_ns.checked_add(i64::try_from((scaled + divisor / 2) / divisor).ok()?)
}

//! `human_readable_seconds`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "human_readable_seconds",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "human_readable_seconds(double) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Writes a number of seconds as weeks, days, hours, minutes and seconds.",
        edges: "Seconds are rounded and the sign is dropped. Fails for NaN and infinities.",
        examples: &[
            ("SELECT human_readable_seconds(3762)", "1 hour, 2 minutes, 42 seconds"),
            ("SELECT human_readable_seconds(56363463)", "93 weeks, 1 day, 8 hours, 31 minutes, 3 seconds"),
        ],
        source: "sql.md 7.12",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Varchar>(call, arguments, write)
}

const UNITS: [(&str, u64); 5] =
    [("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];

fn write(seconds: f64) -> Result<String, RowError> {
    if !seconds.is_finite() {
        return Err(RowError::new("Invalid argument found: NaN or infinity"));
    }
    let mut rest = seconds.abs().round() as u64;
    if rest == 0 {
        return Ok("0 seconds".to_owned());
    }
    let mut parts = Vec::new();
    for (unit, length) in UNITS {
        let count = rest / length;
        rest %= length;
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            count => parts.push(format!("{count} {unit}s")),
        }
    }
    Ok(parts.join(", "))
}

//! `from_iso8601_timestamp`.

use arrow::array::ArrayRef;

use super::iso8601::parse_timestamp;

use crate::functions::map::{self, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_iso8601_timestamp",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_iso8601_timestamp(varchar) -> timestamp", kernel }],
    documentation: Documentation {
        summary: "Reads an ISO 8601 date or date-time; an offset is applied.",
        edges: "Fails for other text.",
        examples: &[(
            "SELECT from_iso8601_timestamp('2022-06-17T08:04:05.000000000+05:00')",
            "2022-06-17 03:04:05.000000000",
        )],
        source: "sql.md 7.8, 10",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Timestamp>(call, arguments, |text| {
        parse_timestamp(text).ok_or_else(|| RowError::new(format!("Invalid format: \"{text}\"")))
    })
}

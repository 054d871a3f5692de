//! `parse_datetime`.

use arrow::array::ArrayRef;

use super::joda;

use crate::functions::map::{self, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "parse_datetime",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "parse_datetime(varchar, varchar) -> timestamp", kernel }],
    documentation: Documentation {
        summary: "Reads a timestamp written in a Joda-style pattern; a zone is applied.",
        edges: "Fails when the text does not match the pattern.",
        examples: &[(
            "SELECT parse_datetime('2019-12-29 10:10 PST', 'uuuu-LL-dd HH:mm z')",
            "2019-12-29 18:10:00.000000000",
        )],
        source: "sql.md 7.8, 10",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Timestamp>(call, arguments, joda::parse)
}

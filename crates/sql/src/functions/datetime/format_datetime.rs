//! `format_datetime`.

use arrow::array::ArrayRef;

use super::joda;

use crate::functions::map::{self, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "format_datetime",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "format_datetime(timestamp, varchar) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Writes a timestamp in a Joda-style pattern.",
        edges: "Fails for letters without a meaning.",
        examples: &[(
            "SELECT format_datetime(TIMESTAMP '2019-10-20 10:20:20', 'yyyy-MM-dd HH')",
            "2019-10-20 10",
        )],
        source: "sql.md 7.8, 10",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, Varchar, Varchar>(call, arguments, joda::format)
}

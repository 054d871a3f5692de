//! `to_unixtime`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_unixtime",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "to_unixtime(timestamp) -> double", kernel }],
    documentation: Documentation {
        summary: "Returns a timestamp as a number of seconds since 1970-01-01 00:00 UTC.",
        edges: "",
        examples: &[("SELECT to_unixtime(TIMESTAMP '1970-01-01 00:00:01.5')", "1.5")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Double>(call, arguments, |x| Ok(x as f64 / 1e9))
}

//! `from_nanoseconds`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_nanoseconds",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_nanoseconds(bigint) -> timestamp", kernel }],
    documentation: Documentation {
        summary: "Returns the instant that lies a number of nanoseconds after 1970-01-01 00:00 UTC.",
        edges: "",
        examples: &[("SELECT from_nanoseconds(300000001)", "1970-01-01 00:00:00.300000001")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Timestamp>(call, arguments, Ok)
}

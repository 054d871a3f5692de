//! `now`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "now",
    aliases: &["current_timestamp", "localtimestamp"],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "now() -> timestamp", kernel }],
    documentation: Documentation {
        summary: "Returns the start of the query.",
        edges: "The same instant everywhere in a query.",
        examples: &[("SELECT now() = current_timestamp", "true")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Timestamp>(call, || Ok(call.query.now_ns))
}

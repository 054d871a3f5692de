//! `current_time`.

use arrow::array::ArrayRef;
use model::time::NS_PER_DAY;

use crate::functions::map::{self, Time};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "current_time",
    aliases: &["localtime"],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "current_time() -> time", kernel }],
    documentation: Documentation {
        summary: "Returns the time of day of the start of the query, UTC.",
        edges: "The same instant everywhere in a query.",
        examples: &[("SELECT current_time = localtime", "true")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Time>(call, || Ok(call.query.now_ns.rem_euclid(NS_PER_DAY)))
}

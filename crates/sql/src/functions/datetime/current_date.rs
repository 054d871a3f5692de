//! `current_date`.

use arrow::array::ArrayRef;
use model::time::NS_PER_DAY;

use crate::functions::map::{self, Date};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "current_date",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "current_date() -> date", kernel }],
    documentation: Documentation {
        summary: "Returns the date of the start of the query, UTC.",
        edges: "The same instant everywhere in a query.",
        examples: &[("SELECT current_date = date(now())", "true")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Date>(call, || Ok(i32::try_from(call.query.now_ns.div_euclid(NS_PER_DAY)).unwrap_or(0)))
}

//! `infinity`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "infinity",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "infinity() -> double", kernel }],
    documentation: Documentation {
        summary: "Returns positive infinity.",
        edges: "",
        examples: &[("SELECT infinity()", "Infinity")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Double>(call, || Ok(f64::INFINITY))
}

//! `e`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "e",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "e() -> double", kernel }],
    documentation: Documentation {
        summary: "Returns Euler's number.",
        edges: "",
        examples: &[("SELECT e()", "2.718281828459045")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Double>(call, || Ok(std::f64::consts::E))
}

//! `pi`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Double};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "pi",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "pi() -> double", kernel }],
    documentation: Documentation {
        summary: "Returns pi.",
        edges: "",
        examples: &[("SELECT pi()", "3.141592653589793")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Double>(call, || Ok(std::f64::consts::PI))
}

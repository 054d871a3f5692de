//! `ceiling`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "ceiling",
    aliases: &["ceil"],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "ceiling(integer) -> integer", kernel: integer },
        Overload { signature: "ceiling(bigint) -> bigint", kernel: bigint },
        Overload { signature: "ceiling(double) -> double", kernel: double },
    ],
    documentation: Documentation {
        summary: "Rounds up to the nearest integer.",
        edges: "",
        examples: &[("SELECT ceiling(42.1)", "43.0"), ("SELECT ceil(3)", "3")],
        source: "sql.md 7.2",
    },
};

fn integer(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Integer, Integer>(call, arguments, Ok)
}

fn bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Bigint>(call, arguments, Ok)
}

fn double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.ceil()))
}

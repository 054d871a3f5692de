//! `floor`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "floor",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "floor(integer) -> integer", kernel: integer },
        Overload { signature: "floor(bigint) -> bigint", kernel: bigint },
        Overload { signature: "floor(double) -> double", kernel: double },
    ],
    documentation: Documentation {
        summary: "Rounds down to the nearest integer.",
        edges: "",
        examples: &[("SELECT floor(42.9)", "42.0"), ("SELECT floor(3)", "3")],
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
    map::unary::<Double, Double>(call, arguments, |x| Ok(x.floor()))
}

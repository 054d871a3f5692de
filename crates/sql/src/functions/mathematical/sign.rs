//! `sign`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "sign",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "sign(integer) -> integer", kernel: integer },
        Overload { signature: "sign(bigint) -> bigint", kernel: bigint },
        Overload { signature: "sign(double) -> double", kernel: double },
    ],
    documentation: Documentation {
        summary: "Returns 1, 0 or -1 by the sign of a number.",
        edges: "NaN for NaN.",
        examples: &[("SELECT sign(-7)", "-1"), ("SELECT sign(0.0)", "0.0")],
        source: "sql.md 7.2",
    },
};

fn integer(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Integer, Integer>(call, arguments, |x| Ok(x.signum()))
}

fn bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Bigint>(call, arguments, |x| Ok(x.signum()))
}

fn double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Double, Double>(call, arguments, |x| Ok(if x == 0.0 || x.is_nan() { x } else { x.signum() }))
}

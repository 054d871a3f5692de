//! `mod`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "mod",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "mod(integer, integer) -> integer", kernel: integer_integer },
        Overload { signature: "mod(bigint, bigint) -> bigint", kernel: bigint_bigint },
        Overload { signature: "mod(double, double) -> double", kernel: double_double },
    ],
    documentation: Documentation {
        summary: "Returns the remainder of n / m.",
        edges: "The sign follows n. A zero m fails for integers and gives NaN for doubles.",
        examples: &[("SELECT mod(-7, 3)", "-1")],
        source: "sql.md 7.2",
    },
};

fn integer_integer(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Integer, Integer, Integer>(call, arguments, |n, m| {
        if m == 0 { Err(RowError::division_by_zero()) } else { Ok(n.wrapping_rem(m)) }
    })
}

fn bigint_bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, Bigint, Bigint>(call, arguments, |n, m| {
        if m == 0 { Err(RowError::division_by_zero()) } else { Ok(n.wrapping_rem(m)) }
    })
}

fn double_double(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Double, Double, Double>(call, arguments, |n, m| Ok(n % m))
}

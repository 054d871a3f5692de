//! `%`.

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric::rem;

use super::arithmetic::checked;
use crate::functions::map::{Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$modulus",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$modulus(integer, integer) -> integer", kernel: integers },
        Overload { signature: "$modulus(bigint, bigint) -> bigint", kernel: bigints },
        Overload { signature: "$modulus(double, double) -> double", kernel: doubles },
    ],
    documentation: Documentation {
        summary: "Returns the remainder of a division.",
        edges: "The sign follows the dividend. A zero divisor fails for integers and gives NaN for doubles.",
        examples: &[("SELECT -7 % 3", "-1")],
        source: "sql.md 6.3",
    },
};

fn integers(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Integer>(call, arguments, rem, |x, y| match y {
        0 => Err(RowError::division_by_zero()),
        y => Ok(x.wrapping_rem(y)),
    })
}

fn bigints(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Bigint>(call, arguments, rem, |x, y| match y {
        0 => Err(RowError::division_by_zero()),
        y => Ok(x.wrapping_rem(y)),
    })
}

fn doubles(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    checked::<Double>(call, arguments, rem, |x, y| Ok(x % y))
}

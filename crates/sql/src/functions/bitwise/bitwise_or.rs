//! `bitwise_or`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "bitwise_or",
    aliases: &[],
    family: Family::Bitwise,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "bitwise_or(bigint, bigint) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Returns the bitwise OR of two integers in two's complement.",
        edges: "",
        examples: &[("SELECT bitwise_or(12, 10)", "14")],
        source: "sql.md 7.3",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, Bigint, Bigint>(call, arguments, |x, y| Ok(x | y))
}

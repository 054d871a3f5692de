//! `bitwise_and`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "bitwise_and",
    aliases: &[],
    family: Family::Bitwise,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "bitwise_and(bigint, bigint) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Returns the bitwise AND of two integers in two's complement.",
        edges: "",
        examples: &[("SELECT bitwise_and(12, 10)", "8")],
        source: "sql.md 7.3",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, Bigint, Bigint>(call, arguments, |x, y| Ok(x & y))
}

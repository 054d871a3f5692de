//! `bitwise_not`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "bitwise_not",
    aliases: &[],
    family: Family::Bitwise,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "bitwise_not(bigint) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Returns the bitwise NOT of an integer in two's complement.",
        edges: "",
        examples: &[("SELECT bitwise_not(5)", "-6")],
        source: "sql.md 7.3",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Bigint>(call, arguments, |x| Ok(!x))
}

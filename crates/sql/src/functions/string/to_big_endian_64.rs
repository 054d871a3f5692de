//! `to_big_endian_64`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varbinary};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_big_endian_64",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "to_big_endian_64(bigint) -> varbinary", kernel }],
    documentation: Documentation {
        summary: "Writes a number as eight bytes, the highest first.",
        edges: "",
        examples: &[("SELECT to_hex(to_big_endian_64(258))", "0000000000000102")],
        source: "Trino's binary functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Varbinary>(call, arguments, |number| Ok(number.to_be_bytes().to_vec()))
}

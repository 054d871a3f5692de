//! `chr`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "chr",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "chr(bigint) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Returns the character with a Unicode code point.",
        edges: "Fails when there is no such code point.",
        examples: &[("SELECT chr(65)", "A")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Varchar>(call, arguments, character)
}

fn character(code_point: i64) -> Result<String, RowError> {
    let character = u32::try_from(code_point).ok().and_then(char::from_u32);
    character
        .map(String::from)
        .ok_or_else(|| RowError::new(format!("Not a valid Unicode code point: {code_point}")))
}

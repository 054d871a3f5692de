//! `lower`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "lower",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "lower(varchar) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Converts to lower case, code point by code point.",
        edges: "A code point without a single counterpart stays, so the length never changes.",
        examples: &[("SELECT lower('AbC')", "abc")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varchar>(call, arguments, |text| Ok(text.chars().map(convert).collect()))
}

fn convert(character: char) -> char {
    let mut mapped = character.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        // The one letter with both: a single counterpart, and a longer one.
        _ if character == 'İ' => 'i',
        _ => character,
    }
}

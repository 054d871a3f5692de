//! `upper`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "upper",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "upper(varchar) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Converts to upper case, code point by code point.",
        edges: "A code point without a single counterpart stays, so the length never changes.",
        examples: &[("SELECT upper('AbC')", "ABC")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varchar>(call, arguments, |text| Ok(text.chars().map(convert).collect()))
}

fn convert(character: char) -> char {
    let mut mapped = character.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => titlecase(character).unwrap_or(character),
    }
}

/// Greek letters with a iota below, whose single counterpart is the titlecase letter.
fn titlecase(character: char) -> Option<char> {
    let distance = match character {
        'ᾀ'..='ᾇ' | 'ᾐ'..='ᾗ' | 'ᾠ'..='ᾧ' => 8,
        'ᾳ' | 'ῃ' | 'ῳ' => 9,
        _ => return None,
    };
    char::from_u32(character as u32 + distance)
}

//! `translate`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "translate",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "translate(varchar, varchar, varchar) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Replaces the characters of the second argument by those at the same place in the third.",
        edges: "Characters without a counterpart are deleted; of equal characters the first counts.",
        examples: &[("SELECT translate('abcd', 'ad', 'z')", "zbc")],
        source: "Trino's string functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::ternary::<Varchar, Varchar, Varchar, Varchar>(call, arguments, |text, from, to| {
        let replacement = |character: char| match from.chars().position(|other| other == character) {
            None => Some(character),
            Some(place) => to.chars().nth(place),
        };
        Ok(text.chars().filter_map(replacement).collect())
    })
}

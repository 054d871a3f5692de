//! `trim`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "trim",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "trim(varchar) -> varchar", kernel },
        Overload { signature: "trim(varchar, varchar) -> varchar", kernel: characters },
    ],
    documentation: Documentation {
        summary: "Removes white space at both ends, or the characters of a set.",
        edges: "",
        examples: &[("SELECT length(trim('  a '))", "1")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varchar>(call, arguments, |text| Ok(text.trim().to_owned()))
}

fn characters(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Varchar>(call, arguments, |text, set| {
        Ok(text.trim_matches(|c| set.contains(c)).to_owned())
    })
}

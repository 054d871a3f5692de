//! `ltrim`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "ltrim",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "ltrim(varchar) -> varchar", kernel },
        Overload { signature: "ltrim(varchar, varchar) -> varchar", kernel: characters },
    ],
    documentation: Documentation {
        summary: "Removes white space at the start, or the characters of a set.",
        edges: "",
        examples: &[("SELECT length(ltrim('  a '))", "2")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varchar>(call, arguments, |text| Ok(text.trim_start().to_owned()))
}

fn characters(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Varchar>(call, arguments, |text, set| {
        Ok(text.trim_start_matches(|c| set.contains(c)).to_owned())
    })
}

//! `starts_with`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Boolean, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "starts_with",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "starts_with(varchar, varchar) -> boolean", kernel }],
    documentation: Documentation {
        summary: "Tells whether a string starts with another.",
        edges: "",
        examples: &[("SELECT starts_with('timestream', 'time')", "true")],
        source: "sql.md 7.12: Trino, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Boolean>(call, arguments, |text, start| Ok(text.starts_with(start)))
}

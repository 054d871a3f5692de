//! `length`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "length",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "length(varchar) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Counts the characters (code points) of a string.",
        edges: "",
        examples: &[("SELECT length('héllo')", "5")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Bigint>(call, arguments, |text| Ok(text.chars().count() as i64))
}

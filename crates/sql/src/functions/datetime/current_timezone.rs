//! `current_timezone`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "current_timezone",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "current_timezone() -> varchar", kernel }],
    documentation: Documentation {
        summary: "Returns the time zone of all times: UTC.",
        edges: "",
        examples: &[("SELECT current_timezone()", "UTC")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::nullary::<Varchar>(call, || Ok("UTC".to_owned()))
}

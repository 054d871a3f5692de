//! `date`.

use arrow::array::ArrayRef;

use super::calendar::{days_of, to_date};

use crate::functions::map::{self, Date, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "date",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "date(timestamp) -> date", kernel }],
    documentation: Documentation {
        summary: "Returns the date of a timestamp.",
        edges: "",
        examples: &[("SELECT date(TIMESTAMP '2022-07-07 17:44:43.771')", "2022-07-07")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Date>(call, arguments, |x| to_date(days_of(x)))
}

//! `from_milliseconds`.

use arrow::array::ArrayRef;
use model::time::NS_PER_MILLISECOND;

use super::calendar::out_of_range;

use crate::functions::map::{self, Bigint, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_milliseconds",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_milliseconds(bigint) -> timestamp", kernel }],
    documentation: Documentation {
        summary: "Returns the instant that lies a number of milliseconds after 1970-01-01 00:00 UTC.",
        edges: "Fails outside the range of timestamps.",
        examples: &[("SELECT from_milliseconds(1)", "1970-01-01 00:00:00.001000000")],
        source: "sql.md 7.8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Bigint, Timestamp>(call, arguments, |ms| {
        ms.checked_mul(NS_PER_MILLISECOND).ok_or_else(out_of_range)
    })
}

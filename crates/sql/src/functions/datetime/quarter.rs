//! `quarter`.

use arrow::array::ArrayRef;
use model::time::{Civil, civil_from_days};

use crate::functions::map::{self, Bigint, Date, Timestamp};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "quarter",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "quarter(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "quarter(date) -> bigint", kernel: date },
    ],
    documentation: Documentation {
        summary: "Returns the quarter of the year, 1 to 4.",
        edges: "",
        examples: &[("SELECT quarter('2022-06-17 17:44:43.771000678')", "2")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok((i64::from(Civil::from_ns(x).month) + 2) / 3))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Bigint>(call, arguments, |x| Ok((i64::from(civil_from_days(i64::from(x)).1) + 2) / 3))
}

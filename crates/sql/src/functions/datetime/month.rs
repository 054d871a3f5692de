//! `month`.

use arrow::array::ArrayRef;
use model::time::{Civil, civil_from_days};

use crate::functions::map::{self, Bigint, Date, Timestamp, YearToMonth};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "month",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "month(timestamp) -> bigint", kernel: timestamp },
        Overload { signature: "month(date) -> bigint", kernel: date },
        Overload { signature: "month(interval year to month) -> bigint", kernel: year_to_month },
    ],
    documentation: Documentation {
        summary: "Returns the month of the year, 1 to 12.",
        edges: "",
        examples: &[("SELECT month('2022-06-17 17:44:43.771000678')", "6")],
        source: "sql.md 7.8",
    },
};

fn timestamp(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Timestamp, Bigint>(call, arguments, |x| Ok(i64::from(Civil::from_ns(x).month)))
}

fn date(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Date, Bigint>(call, arguments, |x| Ok(i64::from(civil_from_days(i64::from(x)).1)))
}

fn year_to_month(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<YearToMonth, Bigint>(call, arguments, |x| Ok(i64::from(x % 12)))
}

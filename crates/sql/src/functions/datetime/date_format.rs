//! `date_format`.

use arrow::array::ArrayRef;

use super::mysql;

use crate::functions::map::{self, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "date_format",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "date_format(timestamp, varchar) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Writes a timestamp in a MySQL-style format.",
        edges: "Fails for %D, %U, %u, %V, %w and %X.",
        examples: &[(
            "SELECT date_format(TIMESTAMP '2019-10-20 10:20:20', '%Y-%m-%d %H:%i:%s')",
            "2019-10-20 10:20:20",
        )],
        source: "sql.md 7.8, 10",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Timestamp, Varchar, Varchar>(call, arguments, mysql::format)
}

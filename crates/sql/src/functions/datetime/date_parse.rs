//! `date_parse`.

use arrow::array::ArrayRef;

use super::mysql;

use crate::functions::map::{self, Timestamp, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "date_parse",
    aliases: &[],
    family: Family::DateTime,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "date_parse(varchar, varchar) -> timestamp", kernel }],
    documentation: Documentation {
        summary: "Reads a timestamp written in a MySQL-style format.",
        edges: "Fails when the text does not match the format.",
        examples: &[(
            "SELECT date_parse('2019-10-20 10:20:20', '%Y-%m-%d %H:%i:%s')",
            "2019-10-20 10:20:20.000000000",
        )],
        source: "sql.md 7.8, 10",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Timestamp>(call, arguments, mysql::parse)
}

//! `cardinality`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use super::lists::Lists;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "cardinality",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "cardinality(array(T)) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Counts the elements of an array.",
        edges: "",
        examples: &[("SELECT cardinality(ARRAY[1, NULL])", "2")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let counts: Int64Array =
        (0..call.rows).map(|row| lists.range(row).map(|range| range.len() as i64)).collect();
    Ok(Arc::new(counts))
}

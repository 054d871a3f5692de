//! `array_position`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use super::lists::{Lists, comparable, is_nan, is_null, join_values};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_position",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "array_position(array(T), T) -> bigint where T: comparable", kernel }],
    documentation: Documentation {
        summary: "Returns the 1-based position of the first element equal to a value.",
        edges: "0 when there is none. NaN equals nothing.",
        examples: &[("SELECT array_position(ARRAY[4, 5, 6], 5)", "2")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let wanted = arguments.array(1, call.rows)?;
    let (values, shift) = join_values(lists.values(), &wanted)?;
    let elements = comparable(&values)?;
    let position = |row: usize| {
        let range = lists.range(row).filter(|_| !is_null(&wanted, row))?;
        let start = range.start;
        let is_wanted = |position: &usize| elements.row(*position) == elements.row(shift + row);
        let found = if is_nan(&wanted, row) { None } else { range.into_iter().find(is_wanted) };
        Some(found.map_or(0, |position| (position - start + 1) as i64))
    };
    let positions: Int64Array = (0..call.rows).map(position).collect();
    Ok(Arc::new(positions))
}

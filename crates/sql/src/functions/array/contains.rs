//! `contains`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};

use super::lists::{Lists, comparable, is_nan, is_null, join_values};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "contains",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "contains(array(T), T) -> boolean where T: comparable", kernel }],
    documentation: Documentation {
        summary: "Tells whether an array has an element equal to a value.",
        edges: "NULL when it has none but has a NULL. NaN equals nothing.",
        examples: &[("SELECT contains(ARRAY[1, 2], 2)", "true")],
        source: "sql.md 7.12",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let wanted = arguments.array(1, call.rows)?;
    let (values, shift) = join_values(lists.values(), &wanted)?;
    let elements = comparable(&values)?;
    let contains = |row: usize| {
        let range = lists.range(row).filter(|_| !is_null(&wanted, row))?;
        let is_wanted = |position: usize| elements.row(position) == elements.row(shift + row);
        if !is_nan(&wanted, row) && range.clone().any(is_wanted) {
            return Some(true);
        }
        let has_null = range.into_iter().any(|position| is_null(&values, position));
        if has_null { None } else { Some(false) }
    };
    let result: BooleanArray = (0..call.rows).map(contains).collect();
    Ok(Arc::new(result))
}

//! `array_distinct`.

use std::collections::HashSet;

use arrow::array::ArrayRef;

use super::lists::{Lists, Picker, comparable};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_distinct",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "array_distinct(array(T)) -> array(T) where T: comparable", kernel }],
    documentation: Documentation {
        summary: "Removes duplicates, keeping the order of first appearance.",
        edges: "NULL is one distinct value.",
        examples: &[("SELECT array_distinct(ARRAY[1, 2, 1])", "[1,2]")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let elements = comparable(lists.values())?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match lists.range(row) {
            Some(range) => {
                let mut seen = HashSet::new();
                picker.push_all(range.filter(|position| seen.insert(elements.row(*position))));
            }
            None => picker.push_null(),
        }
    }
    picker.finish(lists.values())
}

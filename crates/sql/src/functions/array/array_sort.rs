//! `array_sort`.

use arrow::array::{ArrayRef, make_comparator};
use arrow::compute::SortOptions;

use super::lists::{Lists, Picker};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility, lambda,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_sort",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "array_sort(array(T)) -> array(T) where T: orderable", kernel },
        Overload {
            signature: "array_sort(array(T), function(T, T, integer)) -> array(T)",
            kernel: lambda::array_sort,
        },
    ],
    documentation: Documentation {
        summary: "Sorts an array in ascending order, or by a lambda that gives -1, 0 or 1 for two elements.",
        edges: "NULLs come last; a lambda gets them too. Elements that compare equal keep their order.",
        examples: &[
            ("SELECT array_sort(ARRAY[3, NULL, 1])", "[1,3,null]"),
            ("SELECT array_sort(ARRAY[3, 2, 5], (x, y) -> IF(x < y, 1, IF(x = y, 0, -1)))", "[5,3,2]"),
        ],
        source: "sql.md 7.5, 7.12",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let values = lists.values();
    let compare = make_comparator(values, values, SortOptions { descending: false, nulls_first: false })?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match lists.range(row) {
            Some(range) => {
                let mut positions: Vec<usize> = range.collect();
                positions.sort_by(|left, right| compare(*left, *right));
                picker.push_all(positions);
            }
            None => picker.push_null(),
        }
    }
    picker.finish(values)
}

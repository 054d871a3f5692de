//! `filter`.

use arrow::array::{Array, ArrayRef};

use super::elements::conditions;
use crate::functions::array::lists::{Lists, Picker};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "filter",
    aliases: &[],
    family: Family::Lambda,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "filter(array(T), function(T, boolean)) -> array(T)", kernel },
        Overload { signature: "filter(timeseries(T), function(point(T), boolean)) -> timeseries(T)", kernel },
    ],
    documentation: Documentation {
        summary: "Keeps the elements of an array, or the points of a series, for which a condition is true.",
        edges: "An element for which the condition is NULL is left out.",
        examples: &[("SELECT filter(ARRAY[5, -6, NULL, 7], x -> x > 0)", "[5,7]")],
        source: "sql.md 7.6, 8.8",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let keep = conditions(arguments.lambda(1)?, &lists, call.rows)?;
    let mut picker = Picker::with_capacity(call.rows);
    let mut start = 0;
    for row in 0..call.rows {
        let Some(range) = lists.range(row) else {
            picker.push_null();
            continue;
        };
        let length = range.len();
        let kept = range.zip(start..).filter(|(_, at)| keep.is_valid(*at) && keep.value(*at));
        picker.push_all(kept.map(|(position, _)| position));
        start += length;
    }
    picker.finish(lists.values())
}

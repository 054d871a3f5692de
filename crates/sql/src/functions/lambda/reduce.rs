//! `reduce`.

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::compute::{concat, take};
use arrow::datatypes::DataType;

use super::elements::typed;
use crate::functions::array::lists::Lists;
use crate::functions::{
    Arguments, Call, Documentation, Family, LambdaArgument, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "reduce",
    aliases: &[],
    family: Family::Lambda,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "reduce(array(T), S, function(S, T, S), function(S, R)) -> R", kernel },
        Overload {
            signature: "reduce(timeseries(T), S, function(S, point(T), S), function(S, R)) -> R",
            kernel,
        },
    ],
    documentation: Documentation {
        summary: "Folds an array or a series from the left: a lambda makes the next state of the last one and an element, another the result of the last state.",
        edges: "NULL elements are passed to the lambda. The state has the type that its first value and the step's result have in common.",
        examples: &[("SELECT reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)", "75")],
        source: "sql.md 7.6, 8.8",
    },
};

/// Rows are folded side by side: step `k` is one call of the lambda over the `k`-th elements of all rows that have
/// so many.
fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let initial = arguments.array(1, call.rows)?;
    let (step, finish) = (arguments.lambda(2)?, arguments.lambda(3)?);
    let mut rows: Vec<(usize, usize)> =
        (0..call.rows).filter_map(|row| Some((row, lists.range(row)?.len()))).collect();
    // The longest first, so that the rows of each step are the first ones of the step before.
    rows.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    let order: UInt32Array = rows.iter().map(|(row, _)| Some(*row as u32)).collect();
    let states = fold(step, &lists, &rows, take(&initial, &order, None)?)?;
    let return_type = call.return_type.data_type();
    let results = if rows.is_empty() {
        new_null_array(&return_type, 0)
    } else {
        typed(finish.call(&[states], &order)?, &return_type)
    };
    let mut place_of = vec![None; call.rows];
    for (place, (row, _)) in rows.iter().enumerate() {
        if let Some(slot) = place_of.get_mut(*row) {
            *slot = Some(place as u32);
        }
    }
    Ok(take(&results, &UInt32Array::from(place_of), None)?)
}

/// The last states of `rows`, which are (row, length) with the longest first.
fn fold(
    step: &dyn LambdaArgument,
    lists: &Lists<'_>,
    rows: &[(usize, usize)],
    initial: ArrayRef,
) -> Result<ArrayRef, RowError> {
    let state_type: DataType = initial.data_type().clone();
    let mut states = initial;
    // States of rows that ran out of elements, the last rows first.
    let mut finished: Vec<ArrayRef> = Vec::new();
    let mut index = 0;
    loop {
        let active = rows.partition_point(|(_, length)| *length > index);
        if active < states.len() {
            finished.push(states.slice(active, states.len() - active));
            states = states.slice(0, active);
        }
        if active == 0 {
            break;
        }
        let rows = rows.iter().take(active);
        let positions: UInt32Array = rows
            .clone()
            .map(|(row, _)| lists.range(*row).and_then(|mut range| range.nth(index)).map(|at| at as u32))
            .collect();
        let row_of: UInt32Array = rows.map(|(row, _)| Some(*row as u32)).collect();
        let elements = take(lists.values(), &positions, None)?;
        states = typed(step.call(&[states, elements], &row_of)?, &state_type);
        if states.len() != active {
            return Err(RowError::new("a lambda gave an unexpected number of results"));
        }
        index += 1;
    }
    let pieces: Vec<&dyn Array> = finished.iter().rev().map(AsRef::as_ref).collect();
    if pieces.is_empty() {
        return Ok(states);
    }
    Ok(concat(&pieces)?)
}

//! The common kernel of `greatest` and `least`.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, interleave};

use crate::functions::{Arguments, Call, RowError, nan};

/// Picks, row by row, the argument that wins every comparison with `better`; NULL where any argument is NULL.
pub(super) fn pick(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    better: Ordering,
) -> Result<ArrayRef, RowError> {
    let arrays = (0..arguments.len())
        .map(|index| arguments.array(index, call.rows))
        .collect::<Result<Vec<ArrayRef>, RowError>>()?;
    let Some(first) = arrays.first() else {
        return Err(RowError::new("at least one argument is required"));
    };
    let mut winners = vec![0_usize; call.rows];
    // NaN never wins over a number.
    let compared: Vec<ArrayRef> = match better {
        Ordering::Greater => arrays.iter().map(nan::ordered_first).collect(),
        _ => arrays.clone(),
    };
    // Arguments before `index` are compared through the winner so far, so each pair needs its own comparator.
    for index in 1..arrays.len() {
        let comparators = (0..index)
            .map(|other| make_comparator(&compared[index], &compared[other], SortOptions::default()))
            .collect::<Result<Vec<_>, _>>()?;
        for (row, winner) in winners.iter_mut().enumerate() {
            if comparators[*winner](row, row) == better {
                *winner = index;
            }
        }
    }
    let choices: Vec<(usize, usize)> = winners.iter().copied().zip(0..).collect();
    let references: Vec<&dyn Array> = arrays.iter().map(|array| array.as_ref()).collect();
    let picked = interleave(&references, &choices)?;
    if arrays.iter().all(|array| array.null_count() == 0) {
        return Ok(picked);
    }
    let row_or_null = |row: usize| arrays.iter().all(|array| array.is_valid(row)).then_some(row as u32);
    let rows: UInt32Array = (0..first.len()).map(row_or_null).collect();
    Ok(arrow::compute::take(&picked, &rows, None)?)
}

//! The common kernel of `array_max` and `array_min`.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, take};

use super::lists::{Lists, is_null};
use crate::functions::{Arguments, Call, RowError, nan};

/// Picks, per array, the element that wins every comparison with `better`.
pub(super) fn pick(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    better: Ordering,
) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let values = lists.values();
    // NaN never wins over a number.
    let compared = if better == Ordering::Greater { nan::ordered_first(values) } else { Arc::clone(values) };
    let compare = make_comparator(&compared, &compared, SortOptions::default())?;
    let winner = |row: usize| {
        let range = lists.range(row)?;
        if range.clone().any(|position| is_null(values, position)) {
            return None;
        }
        range.reduce(|best, next| if compare(next, best) == better { next } else { best })
    };
    let winners: UInt32Array =
        (0..call.rows).map(|row| winner(row).map(|position| position as u32)).collect();
    Ok(take(values, &winners, None)?)
}

//! The common kernel of `any_match`, `all_match` and `none_match`.

use arrow::array::{Array, ArrayRef};

use super::elements::conditions;
use crate::functions::array::lists::Lists;
use crate::functions::map::{Boolean, Output};
use crate::functions::{Arguments, Call, RowError};

/// Whether any element of an array gives `wanted`: true if one does, else NULL if a condition is NULL. The answer is
/// negated with `negate`.
pub(super) fn any(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    wanted: bool,
    negate: bool,
) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let results = conditions(arguments.lambda(1)?, &lists, call.rows)?;
    let mut builder = Boolean::builder(call.rows);
    let mut start = 0;
    for row in 0..call.rows {
        let Some(range) = lists.range(row) else {
            builder.append_null();
            continue;
        };
        let results = results.slice(start, range.len());
        start += range.len();
        let answer = if results.iter().any(|result| result == Some(wanted)) {
            Some(true)
        } else if results.null_count() > 0 {
            None
        } else {
            Some(false)
        };
        Boolean::push(&mut builder, answer.map(|answer| answer != negate));
    }
    Ok(Boolean::finish(builder))
}

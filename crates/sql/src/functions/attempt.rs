//! Evaluation that turns failing rows into NULL: TRY, and TRY_CAST of nested values.

use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::DataType;

use super::RowError;

/// Evaluates rows `0..rows` with `evaluate(start, count)`. Where that fails the range is halved until the rows that
/// fail stand alone; they become NULL. A batch without failures costs one evaluation.
pub fn or_null(
    rows: usize,
    data_type: &DataType,
    evaluate: &dyn Fn(usize, usize) -> Result<ArrayRef, RowError>,
) -> Result<ArrayRef, RowError> {
    if rows == 0 {
        return Ok(new_null_array(data_type, 0));
    }
    if let Ok(array) = evaluate(0, rows) {
        return Ok(array);
    }
    let mut pieces = Vec::new();
    let mut pending = if rows == 1 { Vec::new() } else { halves(0, rows) };
    if rows == 1 {
        pieces.push(new_null_array(data_type, 1));
    }
    while let Some((start, count)) = pending.pop() {
        match evaluate(start, count) {
            Ok(array) => pieces.push(array),
            Err(_) if count == 1 => pieces.push(new_null_array(data_type, 1)),
            Err(_) => pending.extend(halves(start, count)),
        }
    }
    let pieces: Vec<_> = pieces.iter().map(AsRef::as_ref).collect();
    Ok(concat(&pieces)?)
}

/// Both halves of a range, the later one first, so that a stack gives the earlier one first.
fn halves(start: usize, count: usize) -> Vec<(usize, usize)> {
    let half = count / 2;
    vec![(start + half, count - half), (start, half)]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn only_failing_rows_become_null() {
        for failing in [vec![], vec![0], vec![6], vec![0, 1, 2, 3, 4, 5, 6], vec![2, 5]] {
            let evaluate = |start: usize, count: usize| {
                let rows = start..start + count;
                if failing.iter().any(|row| rows.contains(row)) {
                    return Err(RowError::division_by_zero());
                }
                Ok(Arc::new(Int32Array::from_iter_values(rows.map(|row| row as i32))) as ArrayRef)
            };
            let result = or_null(7, &DataType::Int32, &evaluate).unwrap();
            let expected: Vec<_> =
                (0..7).map(|row| (!failing.contains(&row)).then_some(row as i32)).collect();
            assert_eq!(result.as_primitive::<Int32Type>().iter().collect::<Vec<_>>(), expected);
        }
    }
}

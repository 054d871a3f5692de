//! Calls of a lambda on chosen elements.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array, new_empty_array};
use arrow::compute::{concat, take};
use arrow::datatypes::DataType;
use model::limits::{FUNCTION_RESULT_ELEMENTS_MAX, LAMBDA_ELEMENTS_MAX};

use crate::functions::array::lists::Lists;
use crate::functions::{LambdaArgument, RowError};

/// One parameter of a lambda: for each call, which of the values it gets; `None` is NULL.
#[derive(Debug)]
pub struct Parameter<'a> {
    pub values: &'a ArrayRef,
    pub positions: UInt32Array,
}

/// Evaluates a lambda once per position, in pieces that bound what its body may take. `row_of` tells the row each
/// call belongs to; `data_type` is the lambda's result.
pub fn call(
    lambda: &dyn LambdaArgument,
    parameters: &[Parameter<'_>],
    row_of: &UInt32Array,
    data_type: &DataType,
) -> Result<ArrayRef, RowError> {
    let total = row_of.len();
    if total > FUNCTION_RESULT_ELEMENTS_MAX {
        let message =
            format!("a lambda would be called for more than {FUNCTION_RESULT_ELEMENTS_MAX} elements");
        return Err(RowError::new(message));
    }
    let mut pieces = Vec::new();
    for start in (0..total).step_by(LAMBDA_ELEMENTS_MAX) {
        let count = LAMBDA_ELEMENTS_MAX.min(total - start);
        let elements = parameters
            .iter()
            .map(|parameter| Ok(take(parameter.values, &parameter.positions.slice(start, count), None)?))
            .collect::<Result<Vec<ArrayRef>, RowError>>()?;
        let piece = lambda.call(&elements, &row_of.slice(start, count))?;
        if piece.len() != count {
            return Err(RowError::new("a lambda gave an unexpected number of results"));
        }
        pieces.push(piece);
    }
    match pieces.len() {
        0 => Ok(new_empty_array(data_type)),
        1 => Ok(pieces.swap_remove(0)),
        _ => {
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            Ok(concat(&pieces)?)
        }
    }
}

/// The elements of all rows of an array argument, one after the other, and the row of each.
pub fn all(lists: &Lists<'_>, rows: usize) -> (UInt32Array, UInt32Array) {
    let (mut positions, mut row_of) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let range = lists.range(row).unwrap_or_default();
        row_of.extend(std::iter::repeat_n(row as u32, range.len()));
        positions.extend(range.map(|position| position as u32));
        if positions.len() > FUNCTION_RESULT_ELEMENTS_MAX {
            break;
        }
    }
    (UInt32Array::from(positions), UInt32Array::from(row_of))
}

/// What a condition says of each element of an array argument, in the order of [`all`].
pub fn conditions(
    lambda: &dyn LambdaArgument,
    lists: &Lists<'_>,
    rows: usize,
) -> Result<BooleanArray, RowError> {
    let (positions, row_of) = all(lists, rows);
    let parameter = Parameter { values: lists.values(), positions };
    let results = call(lambda, &[parameter], &row_of, &DataType::Boolean)?;
    let results = results.as_any().downcast_ref::<BooleanArray>().cloned();
    results.ok_or_else(|| RowError::new("the lambda must give a boolean"))
}

/// The type of the elements of a list type.
pub fn element_type(list: &DataType) -> Result<DataType, RowError> {
    match list {
        DataType::List(field) => Ok(field.data_type().clone()),
        _ => Err(RowError::new("an array is required")),
    }
}

/// An array of one type whatever it is: `NULL` literals as bodies may come without a type.
pub fn typed(array: ArrayRef, data_type: &DataType) -> ArrayRef {
    if array.data_type() == &DataType::Null && data_type != &DataType::Null {
        return arrow::array::new_null_array(data_type, array.len());
    }
    Arc::clone(&array)
}

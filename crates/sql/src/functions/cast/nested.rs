//! Casts of arrays, series and rows: element by element.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, make_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;

use super::no_cast;
use crate::functions::RowError;
use crate::types::Type;

pub(super) fn cast(array: &ArrayRef, from: &Type, to: &Type) -> Result<ArrayRef, RowError> {
    match (from, to) {
        (Type::Array(from_element), Type::Array(to_element)) => {
            cast_elements(array, from, from_element, to, to_element)
        }
        (Type::Timeseries(from_value), Type::Timeseries(to_value)) => {
            let from_point = Type::point((**from_value).clone());
            let to_point = Type::point((**to_value).clone());
            cast_elements(array, from, &from_point, to, &to_point)
        }
        (Type::Row(from_fields), Type::Row(to_fields)) if from_fields.len() == to_fields.len() => {
            let (Some(rows), DataType::Struct(fields)) = (array.as_struct_opt(), to.data_type()) else {
                return Err(no_cast(from, to));
            };
            let columns = rows
                .columns()
                .iter()
                .zip(from_fields.iter().zip(to_fields))
                .map(|(column, (from, to))| {
                    super::cast(&masked(column, rows.nulls())?, &from.ty, &to.ty, false)
                })
                .collect::<Result<Vec<_>, _>>()?;
            let rows = StructArray::try_new_with_length(fields, columns, rows.nulls().cloned(), rows.len())?;
            Ok(Arc::new(rows))
        }
        (from, to) => Err(no_cast(from, to)),
    }
}

fn cast_elements(
    array: &ArrayRef,
    from: &Type,
    from_element: &Type,
    to: &Type,
    to_element: &Type,
) -> Result<ArrayRef, RowError> {
    let (Some(lists), DataType::List(field)) = (array.as_list_opt::<i32>(), to.data_type()) else {
        return Err(no_cast(from, to));
    };
    // Only what the lists cover is cast: a slice shares its child with rows that are not part of it.
    let start = lists.value_offsets().first().copied().unwrap_or_default();
    let end = lists.value_offsets().last().copied().unwrap_or_default();
    let covered = lists.values().slice(start as usize, (end - start) as usize);
    let elements = super::cast(&covered, from_element, to_element, false)?;
    let offsets = OffsetBuffer::from_lengths(lists.offsets().lengths());
    Ok(Arc::new(ListArray::try_new(field, offsets, elements, lists.nulls().cloned())?))
}

/// The column with NULL wherever the row it is part of is NULL.
fn masked(column: &ArrayRef, nulls: Option<&NullBuffer>) -> Result<ArrayRef, RowError> {
    if nulls.is_none() {
        return Ok(column.clone());
    }
    let nulls = NullBuffer::union(column.nulls(), nulls);
    Ok(make_array(column.to_data().into_builder().nulls(nulls).build()?))
}

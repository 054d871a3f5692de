//! Reading and building arrays (Arrow lists) whatever their elements are: a kernel decides which elements of the
//! inputs make up each row, and [`Picker`] takes them.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, Field, Float64Type};
use arrow::row::{RowConverter, Rows, SortField};
use model::limits::FUNCTION_RESULT_ELEMENTS_MAX;

use crate::functions::arguments::Column;
use crate::functions::{Arguments, RowError};

/// An array argument seen row by row.
#[derive(Debug)]
pub struct Lists<'a> {
    column: Column<'a, ListArray>,
}

impl<'a> Lists<'a> {
    pub fn new(arguments: &Arguments<'a>, index: usize) -> Result<Self, RowError> {
        Ok(Self { column: arguments.column(index)? })
    }

    /// The elements of a row as positions in [`Self::values`]; `None` when the array is NULL.
    pub fn range(&self, row: usize) -> Option<Range<usize>> {
        let position = self.column.row(row)?;
        let offsets = self.column.values.value_offsets();
        match (offsets.get(position), offsets.get(position + 1)) {
            (Some(start), Some(end)) => Some(*start as usize..*end as usize),
            _ => None,
        }
    }

    pub fn values(&self) -> &'a ArrayRef {
        self.column.values.values()
    }
}

/// Collects, row by row, which elements the result has.
#[derive(Debug, Default)]
pub struct Picker {
    positions: Vec<Option<u32>>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl Picker {
    pub fn with_capacity(rows: usize) -> Self {
        Self { positions: Vec::new(), lengths: Vec::with_capacity(rows), valid: Vec::with_capacity(rows) }
    }

    /// Adds a row of elements given by their positions; `None` is a NULL element.
    pub fn push(&mut self, positions: impl IntoIterator<Item = Option<usize>>) {
        let before = self.positions.len();
        // One more than allowed is kept, so that `finish` can tell.
        let room = (FUNCTION_RESULT_ELEMENTS_MAX + 1).saturating_sub(before);
        let positions = positions.into_iter().take(room);
        self.positions.extend(positions.map(|position| position.map(|position| position as u32)));
        self.lengths.push(self.positions.len() - before);
        self.valid.push(true);
    }

    pub fn push_all(&mut self, positions: impl IntoIterator<Item = usize>) {
        self.push(positions.into_iter().map(Some));
    }

    pub fn push_null(&mut self) {
        self.lengths.push(0);
        self.valid.push(false);
    }

    /// How many elements were picked so far.
    pub fn elements(&self) -> usize {
        self.positions.len()
    }

    /// The arrays made of the picked elements of `values`.
    pub fn finish(self, values: &ArrayRef) -> Result<ArrayRef, RowError> {
        if self.positions.len() > FUNCTION_RESULT_ELEMENTS_MAX {
            let message = format!("arrays of one batch exceed {FUNCTION_RESULT_ELEMENTS_MAX} elements");
            return Err(RowError::new(message));
        }
        let elements = take(values, &UInt32Array::from(self.positions), None)?;
        list_of(elements, self.lengths, self.valid)
    }
}

/// An array of lists from the elements of all rows, the number of elements per row, and which rows are not NULL.
pub fn list_of(elements: ArrayRef, lengths: Vec<usize>, valid: Vec<bool>) -> Result<ArrayRef, RowError> {
    let field = Arc::new(Field::new("item", elements.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls = NullBuffer::from(valid);
    let nulls = (nulls.null_count() > 0).then_some(nulls);
    Ok(Arc::new(ListArray::try_new(field, offsets, elements, nulls)?))
}

/// The elements of two arrays one after the other, and where the second one starts.
pub fn join_values(left: &ArrayRef, right: &ArrayRef) -> Result<(ArrayRef, usize), RowError> {
    Ok((concat(&[left.as_ref(), right.as_ref()])?, left.len()))
}

/// Whether an element is NULL; an array of nothing but NULLs has no other mark of it than its type.
pub fn is_null(values: &ArrayRef, position: usize) -> bool {
    values.data_type() == &DataType::Null || values.is_null(position)
}

/// The elements in a form whose bytes are equal where the elements are (NULL equals NULL, NaN equals NaN).
pub fn comparable(values: &ArrayRef) -> Result<Rows, RowError> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    Ok(converter.convert_columns(&[unsigned_zeros(values)?])?)
}

/// Arrow compares doubles by their bits, while -0.0 equals 0.0.
fn unsigned_zeros(values: &ArrayRef) -> Result<ArrayRef, RowError> {
    if let Some(doubles) = values.as_primitive_opt::<Float64Type>() {
        let signed = |value: &f64| *value == 0.0 && value.is_sign_negative();
        if doubles.values().iter().any(signed) {
            return Ok(Arc::new(doubles.unary::<_, Float64Type>(|value| value + 0.0)));
        }
    } else if let Some(lists) = values.as_list_opt::<i32>() {
        let (field, offsets, elements, nulls) = lists.clone().into_parts();
        return Ok(Arc::new(ListArray::try_new(field, offsets, unsigned_zeros(&elements)?, nulls)?));
    } else if let Some(rows) = values.as_struct_opt() {
        let (fields, columns, nulls) = rows.clone().into_parts();
        let columns = columns.iter().map(unsigned_zeros).collect::<Result<_, _>>()?;
        return Ok(Arc::new(StructArray::try_new_with_length(fields, columns, nulls, rows.len())?));
    }
    Ok(Arc::clone(values))
}

/// Whether nothing equals the value.
pub fn is_nan(values: &ArrayRef, position: usize) -> bool {
    values.as_primitive_opt::<Float64Type>().is_some_and(|doubles| doubles.value(position).is_nan())
}

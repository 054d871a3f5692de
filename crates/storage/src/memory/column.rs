//! One measure column of a run. Columns that few rows have take memory for those rows only: a table may have a thousand
//! attributes of which each record has a few.

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{concat, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use model::value::MeasureValue;

use super::run_data::{array_bytes, value_at};

/// At least one row has a value.
#[derive(Debug, Clone)]
pub enum RunColumn {
    /// An element for every row, NULL where a row has no value.
    Dense(ArrayRef),
    Sparse(SparseColumn),
}

/// The rows that have a value, ascending, and the values, of which none is NULL.
#[derive(Debug, Clone)]
pub struct SparseColumn {
    rows: ScalarBuffer<u32>,
    values: ArrayRef,
}

impl PartialEq for SparseColumn {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && *self.values == *other.values
    }
}

impl SparseColumn {
    /// `None` unless there is one value for each row and rows ascend within `row_count`.
    pub fn new(row_count: usize, rows: ScalarBuffer<u32>, values: ArrayRef) -> Option<Self> {
        let ascend = rows.is_sorted_by(|one, other| one < other);
        let inside = rows.last().is_some_and(|last| (*last as usize) < row_count);
        let fits = rows.len() == values.len() && values.null_count() == 0;
        (ascend && inside && fits).then_some(Self { rows, values })
    }

    pub fn rows(&self) -> &ScalarBuffer<u32> {
        &self.rows
    }

    pub fn values(&self) -> &ArrayRef {
        &self.values
    }

    /// The positions of the values of rows `start..end`.
    fn positions(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let before = |bound: usize| self.rows.partition_point(|row| (*row as usize) < bound);
        before(start)..before(end)
    }
}

impl PartialEq for RunColumn {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dense(one), Self::Dense(other)) => **one == **other,
            (Self::Sparse(one), Self::Sparse(other)) => one == other,
            (Self::Dense(_), Self::Sparse(_)) | (Self::Sparse(_), Self::Dense(_)) => false,
        }
    }
}

impl RunColumn {
    /// The column with these values in these rows, ascending, in the form that takes less memory. `None` when there
    /// are no values.
    pub fn of_values(row_count: usize, rows: Vec<u32>, values: ArrayRef) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        if rows.len() == row_count {
            return Some(Self::Dense(values));
        }
        let sparse = Self::Sparse(SparseColumn { rows: rows.into(), values });
        if is_sparse(sparse.value_count(), row_count) {
            return Some(sparse);
        }
        // The sparse form is right for any number of values.
        let dense = sparse.gather(std::iter::once((0, row_count)));
        Some(dense.map_or(sparse, Self::Dense))
    }

    /// The column with these elements, of which some may be NULL, in the form that takes less memory. `None` when all
    /// are.
    pub fn of_array(array: ArrayRef) -> Option<Self> {
        let row_count = array.len();
        let value_count = row_count - array.null_count();
        if value_count == 0 {
            return None;
        }
        if !is_sparse(value_count, row_count) {
            return Some(Self::Dense(array));
        }
        let rows: Vec<u32> =
            (0..row_count).filter(|row| array.is_valid(*row)).map(|row| row as u32).collect();
        let values = take(array.as_ref(), &UInt32Array::from(rows.clone()), None);
        let sparse = |values| Self::Sparse(SparseColumn { rows: rows.into(), values: owned(values) });
        Some(values.map_or(Self::Dense(array), sparse))
    }

    pub fn data_type(&self) -> &DataType {
        self.values().data_type()
    }

    /// The array that holds the values, which is not one element per row if the column is sparse.
    pub fn values(&self) -> &ArrayRef {
        match self {
            Self::Dense(array) => array,
            Self::Sparse(sparse) => &sparse.values,
        }
    }

    pub fn value_count(&self) -> usize {
        self.values().len() - self.values().null_count()
    }

    /// Where the value of a row is in [`RunColumn::values`]; `None` when the row has none.
    pub fn position(&self, row: usize) -> Option<usize> {
        match self {
            Self::Dense(array) => (row < array.len() && array.is_valid(row)).then_some(row),
            Self::Sparse(sparse) => sparse.rows.binary_search(&u32::try_from(row).ok()?).ok(),
        }
    }

    /// `None` when the row has no value.
    pub fn value(&self, row: usize) -> Option<MeasureValue<'_>> {
        value_at(self.values().as_ref(), self.position(row)?)
    }

    /// Rows that have a value, and where it is in [`RunColumn::values`].
    pub fn entries(&self) -> Box<dyn Iterator<Item = (usize, usize)> + '_> {
        match self {
            Self::Dense(array) => {
                Box::new((0..array.len()).filter(|row| array.is_valid(*row)).map(|row| (row, row)))
            }
            Self::Sparse(sparse) => {
                Box::new(sparse.rows.iter().enumerate().map(|(position, row)| (*row as usize, position)))
            }
        }
    }

    /// One element for each row of some ranges, in their order.
    pub fn gather(&self, ranges: impl Iterator<Item = (usize, usize)>) -> Result<ArrayRef, ArrowError> {
        let sparse = match self {
            Self::Dense(array) => {
                let rows = ranges.flat_map(|(start, end)| start as u32..end as u32);
                return take(array.as_ref(), &UInt32Array::from_iter_values(rows), None);
            }
            Self::Sparse(sparse) => sparse,
        };
        let mut places: Vec<Option<u32>> = Vec::new();
        let mut has_value = false;
        for (start, end) in ranges {
            let first = places.len();
            places.resize(first + (end - start), None);
            for position in sparse.positions(start, end) {
                has_value = true;
                places[first + sparse.rows[position] as usize - start] = Some(position as u32);
            }
        }
        if !has_value {
            return Ok(new_null_array(sparse.values.data_type(), places.len()));
        }
        take(sparse.values.as_ref(), &UInt32Array::from(places), None)
    }

    /// One element for each of `rows` rows from `start` on.
    pub fn slice(&self, start: usize, rows: usize) -> Result<ArrayRef, ArrowError> {
        match self {
            Self::Dense(array) => Ok(array.slice(start, rows)),
            Self::Sparse(_) => self.gather(std::iter::once((start, start + rows))),
        }
    }

    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Dense(array) => array_bytes(array.as_ref()),
            Self::Sparse(sparse) => {
                sparse.rows.len() * size_of::<u32>() + array_bytes(sparse.values.as_ref())
            }
        }
    }
}

/// Finds values by row, fast when the rows asked for ascend.
#[derive(Debug)]
pub struct ColumnCursor<'a> {
    column: &'a RunColumn,
    /// Of a sparse column: how many of its rows are before the last one asked for.
    before: usize,
}

impl<'a> ColumnCursor<'a> {
    pub fn new(column: &'a RunColumn) -> Self {
        Self { column, before: 0 }
    }

    /// As [`RunColumn::position`].
    pub fn position(&mut self, row: usize) -> Option<usize> {
        let RunColumn::Sparse(sparse) = self.column else { return self.column.position(row) };
        let row_at = |position: usize| sparse.rows.get(position).map(|row| *row as usize);
        let is_after = self.before.checked_sub(1).is_none_or(|last| row_at(last) < Some(row));
        let is_next = is_after && row_at(self.before).is_none_or(|next| next >= row);
        if !is_next {
            self.before = sparse.rows.partition_point(|found| (*found as usize) < row);
        }
        let is_found = row_at(self.before) == Some(row);
        is_found.then(|| {
            self.before += 1;
            self.before - 1
        })
    }
}

/// Collects a column from arrays that follow each other.
#[derive(Debug, Default)]
pub struct ColumnPieces {
    row_count: usize,
    rows: Vec<u32>,
    values: Vec<ArrayRef>,
}

impl ColumnPieces {
    pub fn push(&mut self, array: &ArrayRef) -> Result<(), ArrowError> {
        let first = self.row_count;
        self.row_count += array.len();
        if array.null_count() == 0 {
            self.rows.extend((first..self.row_count).map(|row| row as u32));
            self.values.push(ArrayRef::clone(array));
        } else if array.null_count() < array.len() {
            let valid: Vec<u32> =
                (0..array.len()).filter(|row| array.is_valid(*row)).map(|row| row as u32).collect();
            self.rows.extend(valid.iter().map(|row| first as u32 + row));
            self.values.push(take(array.as_ref(), &UInt32Array::from(valid), None)?);
        }
        Ok(())
    }

    /// `None` when no row has a value.
    pub fn finish(self) -> Result<Option<RunColumn>, ArrowError> {
        let borrowed: Vec<&dyn Array> = self.values.iter().map(AsRef::as_ref).collect();
        if borrowed.is_empty() {
            return Ok(None);
        }
        let values = concat(&borrowed)?;
        drop(borrowed);
        Ok(RunColumn::of_values(self.row_count, self.rows, values))
    }
}

/// Half the rows: a row number takes up to half as much as a value, and a missing value as much as one that is there.
fn is_sparse(value_count: usize, row_count: usize) -> bool {
    value_count * 2 < row_count
}

/// A view array would keep the texts of the array alive that its elements were taken from.
pub(super) fn owned(array: ArrayRef) -> ArrayRef {
    use arrow::array::AsArray;
    match array.as_string_view_opt() {
        Some(views) => std::sync::Arc::new(views.gc()),
        None => array,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;

    use super::*;

    #[test]
    fn both_forms_answer_alike() {
        for every in [1, 2, 3, 10] {
            let element = |row: i64| (row % every == 0).then_some(row * 7);
            let elements: Vec<Option<i64>> = (0..100).map(element).collect();
            let array: ArrayRef = Arc::new(Int64Array::from(elements.clone()));
            let rows: Vec<u32> = (0..100).filter(|row| i64::from(*row) % every == 0).collect();
            let values: ArrayRef = Arc::new(Int64Array::from_iter_values(elements.iter().copied().flatten()));
            let of_values = RunColumn::of_values(100, rows, values).unwrap();
            let of_array = RunColumn::of_array(Arc::clone(&array)).unwrap();
            assert_eq!(of_values, of_array);
            assert_eq!(matches!(of_array, RunColumn::Sparse(_)), every > 2);
            assert_eq!(&of_array.slice(13, 40).unwrap(), &array.slice(13, 40));
            let ranges = [(3, 9), (9, 10), (50, 100)];
            let indices = ranges.iter().flat_map(|(start, end)| *start..*end);
            let expected = take(&array, &UInt32Array::from_iter_values(indices), None).unwrap();
            let found = of_array.gather(ranges.iter().map(|(start, end)| (*start as usize, *end as usize)));
            assert_eq!(&found.unwrap(), &expected);
            for (row, element) in elements.iter().enumerate() {
                assert_eq!(of_array.value(row), element.map(MeasureValue::Bigint));
            }
            let mut cursor = ColumnCursor::new(&of_array);
            for row in (0..100).chain([50, 3, 4, 99, 0]) {
                assert_eq!(cursor.position(row), of_array.position(row), "{row}");
            }
            let mut pieces = ColumnPieces::default();
            for (start, rows) in [(0, 1), (1, 1), (2, 60), (62, 38)] {
                pieces.push(&array.slice(start, rows)).unwrap();
            }
            assert_eq!(pieces.finish().unwrap().unwrap(), of_array);
            let entries =
                of_array.entries().map(|(row, position)| (row, of_array.position(row) == Some(position)));
            assert!(entries.eq((0..100).filter(|row| elements[*row].is_some()).map(|row| (row, true))));
        }
    }

    #[test]
    fn few_values_take_little_memory() {
        let values: ArrayRef = Arc::new(Int64Array::from_iter_values([1, 2, 3]));
        let column = RunColumn::of_values(1_000_000, vec![5, 6, 999_999], values).unwrap();
        assert_eq!(column.memory_bytes(), 3 * (8 + 4));
        let nothing = arrow::array::new_empty_array(&DataType::Int64);
        assert_eq!(RunColumn::of_values(10, Vec::new(), nothing), None);
    }
}

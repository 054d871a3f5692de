//! The rows with the largest or smallest keys: `max_by`, `min_by`, and the forms of `max` and `min` that give several.

mod best;
mod extreme;
mod several;

pub(super) use best::Best;
pub(super) use extreme::Extreme;
pub(super) use several::Several;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_empty_array, new_null_array};
use arrow::compute::SortOptions;
use arrow::datatypes::DataType;
use arrow::row::{OwnedRow, RowConverter, SortField};

use crate::functions::{RowError, nan};

/// Which end of the order wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Largest,
    Smallest,
}

impl End {
    /// Keys in whose order NaN wins only where there is nothing else.
    pub fn ordered(self, keys: &ArrayRef) -> ArrayRef {
        match self {
            Self::Largest => nan::ordered_first(keys),
            Self::Smallest => Arc::clone(keys),
        }
    }
}

/// Values of one type as bytes and back. The bytes compare as the values do, or the other way round.
#[derive(Debug)]
pub(super) struct Rows {
    data_type: DataType,
    descending: bool,
    converter: Option<Arc<RowConverter>>,
}

impl Clone for Rows {
    fn clone(&self) -> Self {
        Self { data_type: self.data_type.clone(), descending: self.descending, converter: None }
    }
}

impl Rows {
    pub fn new(data_type: DataType) -> Self {
        Self { data_type, descending: false, converter: None }
    }

    pub fn descending(data_type: DataType) -> Self {
        Self { data_type, descending: true, converter: None }
    }

    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }

    fn converter(&mut self) -> Result<&RowConverter, RowError> {
        if self.converter.is_none() {
            let options = SortOptions { descending: self.descending, nulls_first: false };
            let field = SortField::new_with_options(self.data_type.clone(), options);
            self.converter = Some(Arc::new(RowConverter::new(vec![field])?));
        }
        self.converter.as_deref().ok_or_else(|| RowError::new("values cannot be encoded"))
    }

    pub fn encode(&mut self, array: &ArrayRef) -> Result<arrow::row::Rows, RowError> {
        Ok(self.converter()?.convert_columns(std::slice::from_ref(array))?)
    }

    /// The values of encoded rows; `None` is NULL.
    pub fn decode<'a>(
        &mut self,
        rows: impl ExactSizeIterator<Item = Option<&'a [u8]>>,
    ) -> Result<ArrayRef, RowError> {
        if rows.len() == 0 {
            return Ok(new_empty_array(&self.data_type));
        }
        let null = new_null_array(&self.data_type, 1);
        let null: Option<OwnedRow> = self.encode(&null)?.iter().next().map(|row| row.owned());
        let null = null.ok_or_else(|| RowError::new("NULL cannot be encoded"))?;
        let converter = self.converter()?;
        let parser = converter.parser();
        let rows = rows.map(|row| match row {
            Some(row) => parser.parse(row),
            None => null.row(),
        });
        let columns = converter.convert_rows(rows)?;
        columns.into_iter().next().ok_or_else(|| RowError::new("encoded values are missing"))
    }
}

/// Whether a row has a value; of the type of NULL it never has.
pub(super) fn has_value(array: &ArrayRef, row: usize) -> bool {
    array.data_type() != &DataType::Null && array.is_valid(row)
}

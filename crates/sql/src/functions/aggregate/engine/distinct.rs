//! DISTINCT for any aggregate: different rows are collected first and aggregated at the end.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::Accumulator;
use std::sync::Arc;

use super::inner::Inner;
use crate::functions::array::lists::list_of;

/// The type of the one column of saved states: the encoded rows.
pub(super) fn saved_type() -> DataType {
    DataType::new_list(DataType::Binary, true)
}

#[derive(Debug)]
pub(super) struct Distinct {
    inner: Inner,
    converter: RowConverter,
    rows: BTreeSet<Box<[u8]>>,
    bytes: usize,
}

impl Distinct {
    pub fn new(inner: Inner, arguments: &[DataType]) -> Result<Self> {
        let fields = arguments.iter().map(|data_type| SortField::new(data_type.clone())).collect();
        Ok(Self { inner, converter: RowConverter::new(fields)?, rows: BTreeSet::new(), bytes: 0 })
    }

    fn insert(&mut self, row: &[u8]) {
        if !self.rows.contains(row) {
            self.bytes += row.len() + size_of::<Box<[u8]>>() * 2;
            self.rows.insert(row.into());
        }
    }
}

impl Accumulator for Distinct {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for row in &self.converter.convert_columns(values)? {
            self.insert(row.as_ref());
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let parser = self.converter.parser();
        let columns = self.converter.convert_rows(self.rows.iter().map(|row| parser.parse(row)))?;
        let mut inner = self.inner.make()?;
        inner.update_batch(&columns)?;
        inner.evaluate()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.bytes + self.converter.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let rows = BinaryArray::from_iter_values(&self.rows);
        let list = list_of(Arc::new(rows), vec![self.rows.len()], vec![true]).map_err(super::row_error)?;
        Ok(vec![ScalarValue::try_from_array(&list, 0)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states.first().and_then(|column| column.as_list_opt::<i32>());
        let Some(lists) = lists else {
            return Err(DataFusionError::Internal("saved rows of DISTINCT are missing".to_owned()));
        };
        for rows in lists.iter().flatten() {
            if let Some(rows) = rows.as_binary_opt::<i32>() {
                (0..rows.len()).for_each(|at| self.insert(rows.value(at)));
            }
        }
        Ok(())
    }
}

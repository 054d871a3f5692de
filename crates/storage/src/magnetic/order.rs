//! The order of series in data files: measure name, then the dimensions of the partition key, then the other dimensions
//! in order of first appearance. A series without a dimension comes before those that have it.
//!
//! A dimension that a table gets later goes to the end, where all older series are equal: the order of old files stays
//! right.

use std::cmp::Ordering;

use model::catalog::{PartitionKey, Table};
use model::schema::{ColumnId, ColumnRole, MEASURE_NAME_COLUMN, TableSchema};
use model::series::SeriesId;

use crate::memory::series_columns::SeriesColumns;

/// The columns to compare, the most significant first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesOrder {
    columns: Vec<ColumnId>,
}

impl SeriesOrder {
    pub fn new(table: &Table, schema: &TableSchema) -> Self {
        let mut columns = vec![MEASURE_NAME_COLUMN];
        let keys = table.partition_key.iter().filter_map(|key| match key {
            PartitionKey::Dimension { name, .. } => schema.find(name),
            PartitionKey::Measure => None,
        });
        let dimensions = schema.columns().iter();
        for column in keys.chain(dimensions).filter(|column| column.role == ColumnRole::Dimension) {
            if !columns.contains(&column.id) {
                columns.push(column.id);
            }
        }
        Self { columns }
    }

    pub fn columns(&self) -> &[ColumnId] {
        &self.columns
    }

    pub fn compare(&self, texts: &SeriesColumns, one: SeriesId, other: SeriesId) -> Ordering {
        for column in &self.columns {
            let ordering = texts.compare(*column, one, other);
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }
}

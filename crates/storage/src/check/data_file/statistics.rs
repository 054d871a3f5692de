//! The statistics of a row group: scans leave out what they exclude, so they must include every row.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

/// What the rows of a group are.
pub(super) struct GroupBounds {
    rows: i64,
    columns: Vec<ColumnBounds>,
}

#[derive(Clone, Default)]
struct ColumnBounds {
    nulls: u64,
    integers: Option<(i64, i64)>,
    /// Without NaN.
    doubles: Option<(f64, f64)>,
}

impl GroupBounds {
    pub(super) fn new(columns: usize) -> Self {
        Self { rows: 0, columns: vec![ColumnBounds::default(); columns] }
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as i64;
        for (bounds, array) in self.columns.iter_mut().zip(batch.columns()) {
            bounds.add(array);
        }
    }

    /// Whether the group's metadata includes all of it.
    pub(super) fn compare(&self, group: usize, metadata: &RowGroupMetaData) -> Result<(), String> {
        if metadata.num_rows() != self.rows {
            return Err(format!(
                "row group {group} has {} rows and states {}",
                self.rows,
                metadata.num_rows()
            ));
        }
        for (bounds, chunk) in self.columns.iter().zip(metadata.columns()) {
            if !chunk.statistics().is_none_or(|stated| bounds.is_within(stated)) {
                let column = chunk.column_path().string();
                return Err(format!("the statistics of column {column:?} in row group {group} exclude rows"));
            }
        }
        Ok(())
    }
}

impl ColumnBounds {
    fn add(&mut self, array: &ArrayRef) {
        self.nulls += array.null_count() as u64;
        let integers =
            array.as_primitive_opt::<Int64Type>().map(|array| min(array).zip(max(array))).or_else(|| {
                array.as_primitive_opt::<TimestampNanosecondType>().map(|array| min(array).zip(max(array)))
            });
        if let Some((least, most)) = integers.flatten() {
            let (before_least, before_most) = self.integers.unwrap_or((least, most));
            self.integers = Some((before_least.min(least), before_most.max(most)));
        }
        let doubles = array.as_primitive_opt::<Float64Type>();
        for value in doubles.iter().flat_map(|array| array.iter()).flatten().filter(|value| !value.is_nan()) {
            let (least, most) = self.doubles.unwrap_or((value, value));
            self.doubles = Some((least.min(value), most.max(value)));
        }
    }

    fn is_within(&self, stated: &Statistics) -> bool {
        let has_nulls = stated.null_count_opt().is_none_or(|nulls| nulls == self.nulls);
        let has_values = match stated {
            Statistics::Int64(stated) => includes(stated.min_opt(), stated.max_opt(), self.integers),
            Statistics::Double(stated) => includes(stated.min_opt(), stated.max_opt(), self.doubles),
            _ => true,
        };
        has_nulls && has_values
    }
}

/// Whether bounds that are stated, where they are, include what was found.
fn includes<T: PartialOrd>(least: Option<&T>, most: Option<&T>, found: Option<(T, T)>) -> bool {
    let Some((found_least, found_most)) = found else { return true };
    least.is_none_or(|least| *least <= found_least) && most.is_none_or(|most| *most >= found_most)
}

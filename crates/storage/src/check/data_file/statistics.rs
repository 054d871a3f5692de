//! The statistics of row groups and pages: readers leave out what they exclude, so they must include every row.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;

/// What the rows of a group are.
pub(super) struct GroupBounds<'a> {
    metadata: &'a ParquetMetaData,
    group: usize,
    rows: usize,
    columns: Vec<ColumnPages>,
}

/// A column of a group, page by page.
struct ColumnPages {
    /// The first row of each page, ascending.
    starts: Vec<usize>,
    pages: Vec<Bounds>,
}

#[derive(Clone, Copy, Default)]
struct Bounds {
    values: usize,
    nulls: u64,
    integers: Option<(i64, i64)>,
    /// Without NaN.
    doubles: Option<(f64, f64)>,
}

impl<'a> GroupBounds<'a> {
    pub(super) fn new(metadata: &'a ParquetMetaData, group: usize) -> Self {
        let offsets = metadata.offset_index().and_then(|index| index.get(group));
        let pages_of = |leaf: usize| {
            let locations = offsets.and_then(|offsets| offsets.get(leaf)).map(|pages| pages.page_locations());
            let start = |first_row: i64| usize::try_from(first_row).unwrap_or(usize::MAX);
            let mut starts: Vec<usize> =
                locations.into_iter().flatten().map(|page| start(page.first_row_index)).collect();
            if starts.is_empty() {
                starts.push(0);
            }
            ColumnPages { pages: vec![Bounds::default(); starts.len()], starts }
        };
        let columns = metadata.row_group(group).num_columns();
        Self { metadata, group, rows: 0, columns: (0..columns).map(pages_of).collect() }
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) {
        for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
            column.add(self.rows, array);
        }
        self.rows += batch.num_rows();
    }

    /// Whether the group's metadata includes all of it.
    pub(super) fn compare(&self) -> Result<(), String> {
        let (group, stated) = (self.group, self.metadata.row_group(self.group));
        if usize::try_from(stated.num_rows()) != Ok(self.rows) {
            return Err(format!("row group {group} has {} rows and states {}", self.rows, stated.num_rows()));
        }
        let index = self.metadata.column_index().and_then(|index| index.get(group));
        for (leaf, (column, chunk)) in self.columns.iter().zip(stated.columns()).enumerate() {
            let name = chunk.column_path().string();
            if !chunk.statistics().is_none_or(|stated| column.all().is_within(stated)) {
                return Err(format!("the statistics of column {name:?} in row group {group} exclude rows"));
            }
            let index = index.and_then(|index| index.get(leaf));
            let is_wrong = |(page, bounds): (usize, &Bounds)| {
                index.is_some_and(|index| !bounds.is_within_page(index, page))
            };
            if let Some(page) = column.pages.iter().enumerate().position(is_wrong) {
                let place = format!("page {page} of column {name:?} in row group {group}");
                return Err(format!("the statistics of {place} exclude rows"));
            }
        }
        Ok(())
    }
}

impl ColumnPages {
    /// Adds rows that begin at `row`.
    fn add(&mut self, row: usize, array: &ArrayRef) {
        let mut taken = 0;
        while taken < array.len() {
            let page = self.starts.partition_point(|start| *start <= row + taken).saturating_sub(1);
            let end = self.starts.get(page + 1).map_or(array.len(), |next| array.len().min(next - row));
            if let Some(bounds) = self.pages.get_mut(page) {
                bounds.add(&array.slice(taken, end - taken));
            }
            taken = end;
        }
    }

    fn all(&self) -> Bounds {
        self.pages.iter().fold(Bounds::default(), |all, page| all.with(page))
    }
}

impl Bounds {
    fn add(&mut self, array: &ArrayRef) {
        let integers =
            array.as_primitive_opt::<Int64Type>().map(|array| min(array).zip(max(array))).or_else(|| {
                array.as_primitive_opt::<TimestampNanosecondType>().map(|array| min(array).zip(max(array)))
            });
        let doubles = array.as_primitive_opt::<Float64Type>();
        let doubles = doubles.iter().flat_map(|array| array.iter()).flatten().filter(|value| !value.is_nan());
        let found = Self {
            values: array.len() - array.null_count(),
            nulls: array.null_count() as u64,
            integers: integers.flatten(),
            doubles: doubles.map(|value| (value, value)).reduce(cover),
        };
        *self = self.with(&found);
    }

    fn with(&self, other: &Self) -> Self {
        Self {
            values: self.values + other.values,
            nulls: self.nulls + other.nulls,
            integers: self.integers.into_iter().chain(other.integers).reduce(cover),
            doubles: self.doubles.into_iter().chain(other.doubles).reduce(cover),
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

    fn is_within_page(&self, index: &ColumnIndexMetaData, page: usize) -> bool {
        let has_values = match index {
            ColumnIndexMetaData::NONE => return true,
            _ if index.is_null_page(page) => return self.values == 0,
            ColumnIndexMetaData::INT64(index) => {
                includes(index.min_value(page), index.max_value(page), self.integers)
            }
            ColumnIndexMetaData::DOUBLE(index) => {
                includes(index.min_value(page), index.max_value(page), self.doubles)
            }
            _ => true,
        };
        let nulls = index.null_count(page).and_then(|nulls| u64::try_from(nulls).ok());
        has_values && nulls.is_none_or(|nulls| nulls == self.nulls)
    }
}

fn cover<T: PartialOrd>(one: (T, T), other: (T, T)) -> (T, T) {
    let least = if other.0 < one.0 { other.0 } else { one.0 };
    (least, if other.1 > one.1 { other.1 } else { one.1 })
}

/// Whether bounds that are stated, where they are, include what was found.
fn includes<T: PartialOrd>(least: Option<&T>, most: Option<&T>, found: Option<(T, T)>) -> bool {
    let Some((found_least, found_most)) = found else { return true };
    least.is_none_or(|least| *least <= found_least) && most.is_none_or(|most| *most >= found_most)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, Int64Array};
    use bytes::Bytes;
    use parquet::basic::Encoding;
    use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};

    use super::*;
    use crate::magnetic::data_file::encoding::{ColumnEncoding, encode_alone};

    const ROWS: usize = 100_000;

    /// What is said of `rows` under the statistics of `written`.
    fn compared(written: ArrayRef, rows: ArrayRef) -> Result<(), String> {
        let encoding = ColumnEncoding::Parquet { has_dictionary: false, encoding: Encoding::PLAIN };
        let bytes = Bytes::from(encode_alone(&written, encoding, 0).unwrap());
        let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
        reader.try_parse(&bytes).unwrap();
        let metadata = reader.finish().unwrap();
        let mut found = GroupBounds::new(&metadata, 0);
        assert!(found.columns[0].pages.len() > 1);
        for start in (0..rows.len()).step_by(7_000) {
            let piece = rows.slice(start, 7_000.min(rows.len() - start));
            found.add(&RecordBatch::try_from_iter_with_nullable([("column", piece, true)]).unwrap());
        }
        found.compare()
    }

    #[test]
    fn rows_that_statistics_exclude_are_found() {
        let integer = |row: usize| (!row.is_multiple_of(1_000) && row < 90_000).then_some(row as i64);
        let integers = || -> Vec<Option<i64>> { (0..ROWS).map(integer).collect() };
        let of_integers = |values: Vec<Option<i64>>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
        let doubles = || -> Vec<f64> { (0..ROWS).map(|row| row as f64).collect() };
        let of_doubles = |values: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
        assert_eq!(compared(of_integers(integers()), of_integers(integers())), Ok(()));
        assert_eq!(compared(of_doubles(doubles()), of_doubles(doubles())), Ok(()));
        // Beyond the bounds of the group, in another page, a NULL more, a value where there is none.
        let group = "the statistics of column \"column\" in row group 0 exclude rows";
        let page = "the statistics of page 0 of column \"column\" in row group 0 exclude rows";
        for (changes, expected) in [
            (&[(70_000, Some(90_000))][..], group),
            (&[(5, Some(80_001)), (80_001, Some(5))], page),
            (&[(5, None)], group),
            (&[(5, None), (80_000, Some(80_000))], page),
        ] {
            let mut values = integers();
            changes.iter().for_each(|(row, value)| values[*row] = *value);
            let found = compared(of_integers(integers()), of_integers(values));
            assert_eq!(found, Err(expected.to_owned()), "{changes:?}");
        }
        let mut values = doubles();
        values.swap(3, ROWS - 1);
        assert_eq!(compared(of_doubles(doubles()), of_doubles(values)), Err(page.to_owned()));
        let mut values = doubles();
        values[3] = -1.0;
        assert_eq!(compared(of_doubles(doubles()), of_doubles(values)), Err(group.to_owned()));
        let fewer = of_doubles(doubles()).slice(1, ROWS - 1);
        let said = compared(of_doubles(doubles()), fewer);
        assert_eq!(said, Err("row group 0 has 99999 rows and states 100000".to_owned()));
    }
}

//! Reading and building series: lists of (time, value), ascending by time.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, StructArray, TimestampNanosecondArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, TimestampNanosecondType};

use crate::functions::array::lists::{Lists, list_of};
use crate::functions::{Arguments, RowError};
use crate::types::Type;

/// A series argument seen row by row.
#[derive(Debug)]
pub struct SeriesColumn<'a> {
    lists: Lists<'a>,
    times: &'a TimestampNanosecondArray,
    values: &'a ArrayRef,
}

impl<'a> SeriesColumn<'a> {
    pub fn new(arguments: &Arguments<'a>, index: usize) -> Result<Self, RowError> {
        let lists = Lists::new(arguments, index)?;
        let points = lists.values().as_struct_opt().ok_or_else(not_a_series)?;
        match points.columns() {
            [times, values] => {
                let times = times.as_primitive_opt::<TimestampNanosecondType>().ok_or_else(not_a_series)?;
                Ok(Self { lists, times, values })
            }
            _ => Err(not_a_series()),
        }
    }

    /// The points of a row as positions in [`Self::times`] and [`Self::values`]; `None` when the series is NULL.
    pub fn range(&self, row: usize) -> Option<Range<usize>> {
        self.lists.range(row)
    }

    pub fn times(&self) -> &'a [i64] {
        self.times.values()
    }

    pub fn values(&self) -> &'a ArrayRef {
        self.values
    }

    /// The points of a row whose values are not NULL, as numbers; `None` when the series is NULL.
    pub fn numbers(&self, row: usize) -> Result<Option<Vec<(i64, f64)>>, RowError> {
        let values = self.values.as_any().downcast_ref::<Float64Array>().ok_or_else(not_a_series)?;
        let Some(range) = self.range(row) else { return Ok(None) };
        let times = self.times();
        let point = |position: usize| {
            let time_ns = times.get(position).copied()?;
            values.is_valid(position).then(|| (time_ns, values.value(position)))
        };
        Ok(Some(range.filter_map(point).collect()))
    }
}

fn not_a_series() -> RowError {
    RowError::new("a time series of numbers is required")
}

/// Collects the series of all rows, with values of type double.
#[derive(Debug, Default)]
pub struct NumberSeries {
    times: Vec<i64>,
    values: Vec<Option<f64>>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl NumberSeries {
    pub fn push(&mut self, points: impl IntoIterator<Item = (i64, Option<f64>)>) {
        let before = self.times.len();
        for (time_ns, value) in points {
            self.times.push(time_ns);
            self.values.push(value);
        }
        self.lengths.push(self.times.len() - before);
        self.valid.push(true);
    }

    pub fn push_null(&mut self) {
        self.lengths.push(0);
        self.valid.push(false);
    }

    pub fn finish(self) -> Result<ArrayRef, RowError> {
        let values: ArrayRef = Arc::new(Float64Array::from(self.values));
        series_of(self.times, values, self.lengths, self.valid, &Type::Double)
    }
}

/// Collects the series of all rows, with values picked from given ones.
#[derive(Debug, Default)]
pub struct PickedSeries {
    times: Vec<i64>,
    positions: Vec<Option<u32>>,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl PickedSeries {
    pub fn push(&mut self, points: impl IntoIterator<Item = (i64, Option<usize>)>) {
        let before = self.times.len();
        for (time_ns, position) in points {
            self.times.push(time_ns);
            self.positions.push(position.map(|position| position as u32));
        }
        self.lengths.push(self.times.len() - before);
        self.valid.push(true);
    }

    pub fn push_null(&mut self) {
        self.lengths.push(0);
        self.valid.push(false);
    }

    pub fn finish(self, values: &ArrayRef, value_type: &Type) -> Result<ArrayRef, RowError> {
        let values = take(values, &UInt32Array::from(self.positions), None)?;
        series_of(self.times, values, self.lengths, self.valid, value_type)
    }
}

fn series_of(
    times: Vec<i64>,
    values: ArrayRef,
    lengths: Vec<usize>,
    valid: Vec<bool>,
    value_type: &Type,
) -> Result<ArrayRef, RowError> {
    let DataType::Struct(fields) = Type::point(value_type.clone()).data_type() else {
        return Err(RowError::new("a point must be a row"));
    };
    let times: ArrayRef = Arc::new(TimestampNanosecondArray::from(times));
    list_of(Arc::new(StructArray::try_new(fields, vec![times, values], None)?), lengths, valid)
}

/// The instants that an array argument asks for, row by row.
#[derive(Debug)]
pub struct Instants<'a> {
    lists: Lists<'a>,
    times: &'a TimestampNanosecondArray,
}

impl<'a> Instants<'a> {
    pub fn new(arguments: &Arguments<'a>, index: usize) -> Result<Self, RowError> {
        let lists = Lists::new(arguments, index)?;
        let times = lists
            .values()
            .as_primitive_opt::<TimestampNanosecondType>()
            .ok_or_else(|| RowError::new("an array of timestamps is required"))?;
        Ok(Self { lists, times })
    }

    /// The instants of a row that are not NULL; `None` when the array is NULL.
    pub fn row(&self, row: usize) -> Option<impl Iterator<Item = i64>> {
        let range = self.lists.range(row)?;
        let times = self.times;
        Some(range.filter(|position| times.is_valid(*position)).map(|position| times.value(position)))
    }
}

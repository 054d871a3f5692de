//! `create_time_series`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, StructArray, TimestampNanosecondArray, new_empty_array,
};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, TimestampNanosecondType};

use super::fold::{Fold, any, list, primitive, unexpected, value};
use super::ranking::has_value;
use crate::functions::array::lists::list_of;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};
use crate::types::Type;

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "create_time_series",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "create_time_series(timestamp, T) -> timeseries(T)",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let value = arguments.get(1).cloned().unwrap_or(Type::Unknown);
            super::engine::own("create_time_series", arguments, returns, CreateTimeSeries::new(value))
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Collects times and values into a series, ascending by time.",
        edges: "Rows with a NULL time or value are left out; points of equal time keep their order. NULL without points.",
        examples: &[(
            "SELECT create_time_series(time, v) FROM (VALUES (TIMESTAMP '2022-01-01 00:00:20', 2), (TIMESTAMP '2022-01-01 00:00:10', 1)) AS t(time, v)",
            "[{time: 2022-01-01 00:00:10.000000000, value: 1},{time: 2022-01-01 00:00:20.000000000, value: 2}]",
        )],
        source: "sql.md 7.11, 8.2",
    },
};

/// Points refer to values in the batches they came in, which all groups share.
#[derive(Debug, Clone)]
struct CreateTimeSeries {
    value_type: Type,
    batches: Vec<ArrayRef>,
    batch_bytes: usize,
    batch_rows: usize,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    time_ns: i64,
    batch: u32,
    row: u32,
}

/// The points of one group, in the order they came.
#[derive(Debug, Default)]
struct Points {
    points: Vec<Point>,
}

struct Batch {
    number: u32,
    times: TimestampNanosecondArray,
    values: ArrayRef,
}

struct SavedBatch {
    number: u32,
    lists: ListArray,
    times: TimestampNanosecondArray,
}

impl CreateTimeSeries {
    fn new(value_type: Type) -> Self {
        Self { value_type, batches: Vec::new(), batch_bytes: 0, batch_rows: 0 }
    }

    /// Keeps a batch of values and gives its number.
    fn keep(&mut self, values: &ArrayRef) -> Result<u32, RowError> {
        // Views of text would keep buffers alive that hold much more than these values.
        let values = match values.as_string_view_opt() {
            Some(views) => Arc::new(views.gc()) as ArrayRef,
            None => Arc::clone(values),
        };
        let number = u32::try_from(self.batches.len()).map_err(|_| RowError::new("too many batches"))?;
        self.batch_bytes += values.get_array_memory_size();
        self.batch_rows += values.len();
        self.batches.push(values);
        Ok(number)
    }

    /// The values of points, in order.
    fn values<'a>(&self, points: impl Iterator<Item = &'a Point>) -> Result<ArrayRef, RowError> {
        let indices: Vec<(usize, usize)> =
            points.map(|point| (point.batch as usize, point.row as usize)).collect();
        if indices.is_empty() {
            return Ok(new_empty_array(&self.value_type.data_type()));
        }
        let batches: Vec<&dyn Array> = self.batches.iter().map(AsRef::as_ref).collect();
        Ok(interleave(&batches, &indices)?)
    }
}

impl Fold for CreateTimeSeries {
    type State = Points;
    type Input = Batch;
    type Saved = SavedBatch;

    const HAS_HEAP: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Batch, RowError> {
        let values = any(arguments, 1)?;
        let number = self.keep(&values)?;
        Ok(Batch { number, times: primitive::<TimestampNanosecondType>(arguments, 0)?, values })
    }

    fn update(&mut self, state: &mut Points, input: &Batch, row: usize) -> Result<(), RowError> {
        if let Some(time_ns) = value(&input.times, row)
            && has_value(&input.values, row)
        {
            state.points.push(Point { time_ns, batch: input.number, row: row as u32 });
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![Type::timeseries(self.value_type.clone()).data_type()]
    }

    fn save(&mut self, states: &mut [Points]) -> Result<Vec<ArrayRef>, RowError> {
        Ok(vec![self.finish(states)?])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<SavedBatch, RowError> {
        let lists = list(columns, 0)?;
        let points = lists.values().as_struct_opt().ok_or_else(|| unexpected(0))?;
        let times = primitive::<TimestampNanosecondType>(points.columns(), 0)?;
        let number = self.keep(&any(points.columns(), 1)?)?;
        Ok(SavedBatch { number, times, lists })
    }

    fn merge(&mut self, state: &mut Points, saved: &SavedBatch, row: usize) -> Result<(), RowError> {
        if saved.lists.is_null(row) {
            return Ok(());
        }
        let offsets = saved.lists.value_offsets();
        let bounds = offsets.get(row).zip(offsets.get(row + 1)).ok_or_else(|| unexpected(0))?;
        let points = (*bounds.0 as usize..*bounds.1 as usize).map(|at| Point {
            time_ns: saved.times.value(at),
            batch: saved.number,
            row: at as u32,
        });
        state.points.extend(points);
        Ok(())
    }

    fn finish(&mut self, states: &mut [Points]) -> Result<ArrayRef, RowError> {
        for state in states.iter_mut() {
            if !state.points.is_sorted_by_key(|point| point.time_ns) {
                state.points.sort_by_key(|point| point.time_ns);
            }
        }
        let points = || states.iter().flat_map(|state| &state.points);
        let times = TimestampNanosecondArray::from_iter_values(points().map(|point| point.time_ns));
        let values = self.values(points())?;
        let DataType::Struct(fields) = Type::point(self.value_type.clone()).data_type() else {
            return Err(unexpected(1));
        };
        let points = StructArray::try_new(fields, vec![Arc::new(times), values], None)?;
        let lengths = states.iter().map(|state| state.points.len()).collect();
        list_of(Arc::new(points), lengths, states.iter().map(|state| !state.points.is_empty()).collect())
    }

    fn heap_bytes(state: &Points) -> usize {
        state.points.capacity() * size_of::<Point>()
    }

    fn shared_bytes(&self) -> usize {
        self.batch_bytes
    }

    /// Copies the values that are still needed once they are few.
    fn compact(&mut self, states: &mut [Points]) -> Result<(), RowError> {
        const ROWS_MIN: usize = 8_192;
        let needed: usize = states.iter().map(|state| state.points.len()).sum();
        if self.batch_rows < ROWS_MIN.max(2 * needed) {
            return Ok(());
        }
        let values = self.values(states.iter().flat_map(|state| &state.points))?;
        for (row, point) in states.iter_mut().flat_map(|state| &mut state.points).enumerate() {
            point.batch = 0;
            point.row = row as u32;
        }
        *self = Self::new(self.value_type.clone());
        self.keep(&values)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    /// Group `row % 2` of each row; the times go backwards, the values count.
    fn fold(fold: &mut CreateTimeSeries, states: &mut [Points], batches: i64) {
        const ROWS: i64 = 4_096;
        for batch in 0..batches {
            let rows = batch * ROWS..(batch + 1) * ROWS;
            let times = TimestampNanosecondArray::from_iter_values(rows.clone().map(|row| -row));
            let values: ArrayRef = Arc::new(Int64Array::from_iter_values(rows));
            let input = fold.open(&[Arc::new(times), values]).unwrap();
            for row in 0..ROWS as usize {
                fold.update(&mut states[row % states.len()], &input, row).unwrap();
            }
        }
    }

    #[test]
    fn compacting_frees_what_left_and_keeps_what_stays() {
        let new = || CreateTimeSeries::new(Type::Bigint);
        let (mut kept, mut compacted) = (new(), new());
        let mut expected = [Points::default(), Points::default(), Points::default()];
        let mut states = [Points::default(), Points::default(), Points::default()];
        fold(&mut kept, &mut expected, 4);
        fold(&mut compacted, &mut states, 4);
        let before = compacted.shared_bytes();
        compacted.compact(&mut states[2..]).unwrap();
        assert!(compacted.shared_bytes() < before / 2, "{} of {before}", compacted.shared_bytes());
        let expected = kept.finish(&mut expected[2..]).unwrap();
        assert_eq!(&compacted.finish(&mut states[2..]).unwrap(), &expected);
        // More rows may come after it.
        fold(&mut compacted, &mut states[2..], 1);
        let longer = compacted.finish(&mut states[2..]).unwrap();
        assert_eq!(
            longer.as_list::<i32>().value_length(0),
            expected.as_list::<i32>().value_length(0) + 4_096
        );
    }

    #[test]
    fn saved_states_merge() {
        let (mut first, mut second) =
            (CreateTimeSeries::new(Type::Bigint), CreateTimeSeries::new(Type::Bigint));
        let mut states = [Points::default(), Points::default()];
        fold(&mut first, &mut states, 1);
        let expected = first.finish(&mut states).unwrap();
        let saved = first.save(&mut states).unwrap();
        let saved = second.open_saved(&saved).unwrap();
        let mut merged = [Points::default(), Points::default()];
        for (row, state) in merged.iter_mut().enumerate() {
            second.merge(state, &saved, row).unwrap();
        }
        assert_eq!(&second.finish(&mut merged).unwrap(), &expected);
    }
}

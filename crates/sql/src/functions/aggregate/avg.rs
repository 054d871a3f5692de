//! `avg`.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, PrimitiveArray};
use arrow::datatypes::{DataType, Decimal128Type, DurationNanosecondType, Int64Type, IntervalYearMonthType};

use super::fold::{Fold, primitive};
use super::sum::{Narrow, Total};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "avg",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "avg(double) -> double",
            #[cfg(feature = "engine")]
            engine: |_, _| datafusion::functions_aggregate::average::avg_udaf(),
        },
        AggregateOverload {
            signature: "avg(interval day to second) -> interval day to second",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                super::engine::own("avg", arguments, returns, Average::<DurationNanosecondType>::NEW)
            },
        },
        AggregateOverload {
            signature: "avg(interval year to month) -> interval year to month",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                super::engine::own("avg", arguments, returns, Average::<IntervalYearMonthType>::NEW)
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the average.",
        edges: "NULLs are skipped; NULL without values. The average of intervals is rounded, halves up.",
        examples: &[("SELECT avg(x) FROM (VALUES 1, 2, NULL, 4) AS t(x)", "2.3333333333333335")],
        source: "sql.md 7.9",
    },
};

/// Averages of intervals, whose sum is wide enough for every table.
#[derive(Debug)]
struct Average<T> {
    marker: PhantomData<fn() -> T>,
}

impl<T> Clone for Average<T> {
    fn clone(&self) -> Self {
        Self::NEW
    }
}

impl<T> Average<T> {
    const NEW: Self = Self { marker: PhantomData };
}

impl<T: Narrow> Fold for Average<T> {
    type State = Total;
    type Input = PrimitiveArray<T>;
    type Saved = (Decimal128Array, Int64Array);

    const RETRACTS: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Self::Input, RowError> {
        primitive::<T>(arguments, 0)
    }

    fn update(&mut self, state: &mut Total, input: &Self::Input, row: usize) -> Result<(), RowError> {
        state.add(input, row);
        Ok(())
    }

    fn retract(&mut self, state: &mut Total, input: &Self::Input, row: usize) -> Result<(), RowError> {
        state.remove(input, row);
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Decimal128(38, 0), DataType::Int64]
    }

    fn save(&mut self, states: &mut [Total]) -> Result<Vec<ArrayRef>, RowError> {
        let sums = states.iter().map(|state| Some(state.sum)).collect::<Decimal128Array>();
        let counts = Int64Array::from_iter_values(states.iter().map(|state| state.count));
        Ok(vec![Arc::new(sums.with_precision_and_scale(38, 0)?), Arc::new(counts)])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        Ok((primitive::<Decimal128Type>(columns, 0)?, primitive::<Int64Type>(columns, 1)?))
    }

    fn merge(&mut self, state: &mut Total, saved: &Self::Saved, row: usize) -> Result<(), RowError> {
        state.sum += saved.0.value(row);
        state.count += saved.1.value(row);
        Ok(())
    }

    fn finish(&mut self, states: &mut [Total]) -> Result<ArrayRef, RowError> {
        let average = |state: &Total| {
            if state.count == 0 {
                return Ok(None);
            }
            let doubled = 2 * i128::from(state.count);
            let rounded = (2 * state.sum + i128::from(state.count)).div_euclid(doubled);
            T::narrow(rounded).map(Some).ok_or_else(|| RowError::new("the average is out of range"))
        };
        Ok(T::array(states.iter().map(average).collect::<Result<Vec<_>, _>>()?))
    }
}

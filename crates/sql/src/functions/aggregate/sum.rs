//! `sum`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, DurationNanosecondArray, Int64Array, IntervalYearMonthArray, PrimitiveArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Int64Type, IntervalYearMonthType,
};

use super::fold::{Fold, primitive, value};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "sum",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "sum(bigint) -> bigint",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| super::engine::own("sum", arguments, returns, Sum::<Int64Type>::NEW),
        },
        AggregateOverload {
            signature: "sum(double) -> double",
            #[cfg(feature = "engine")]
            engine: |_, _| datafusion::functions_aggregate::sum::sum_udaf(),
        },
        AggregateOverload {
            signature: "sum(interval day to second) -> interval day to second",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                super::engine::own("sum", arguments, returns, Sum::<DurationNanosecondType>::NEW)
            },
        },
        AggregateOverload {
            signature: "sum(interval year to month) -> interval year to month",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                super::engine::own("sum", arguments, returns, Sum::<IntervalYearMonthType>::NEW)
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the sum.",
        edges: "NULLs are skipped; NULL without values. Fails when the sum of integers or intervals does not fit its type.",
        examples: &[("SELECT sum(x) FROM (VALUES 1, 2, NULL, 3) AS t(x)", "6")],
        source: "sql.md 7.9",
    },
};

/// Sums of integers that overflow only at the end: the state is wide enough for every table.
#[derive(Debug)]
struct Sum<T> {
    marker: std::marker::PhantomData<fn() -> T>,
}

impl<T> Clone for Sum<T> {
    fn clone(&self) -> Self {
        Self::NEW
    }
}

impl<T> Sum<T> {
    const NEW: Self = Self { marker: std::marker::PhantomData };
}

/// The values of a group or frame: their exact sum, and how many they are.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) sum: i128,
    pub(super) count: i64,
}

impl Total {
    pub(super) fn add<T: Narrow>(&mut self, input: &PrimitiveArray<T>, row: usize) {
        if let Some(value) = value(input, row) {
            self.sum += T::widen(value);
            self.count += 1;
        }
    }

    pub(super) fn remove<T: Narrow>(&mut self, input: &PrimitiveArray<T>, row: usize) {
        if let Some(value) = value(input, row) {
            self.sum -= T::widen(value);
            self.count -= 1;
        }
    }
}

/// How an exact sum becomes a result.
pub(super) trait Narrow: ArrowPrimitiveType + std::fmt::Debug {
    fn narrow(sum: i128) -> Option<Self::Native>;
    fn widen(value: Self::Native) -> i128;
    fn array(values: Vec<Option<Self::Native>>) -> ArrayRef;
}

macro_rules! narrow {
    ($arrow:ty, $array:ty) => {
        impl Narrow for $arrow {
            fn narrow(sum: i128) -> Option<Self::Native> {
                sum.try_into().ok()
            }
            fn widen(value: Self::Native) -> i128 {
                value.into()
            }
            fn array(values: Vec<Option<Self::Native>>) -> ArrayRef {
                Arc::new(<$array>::from(values))
            }
        }
    };
}

narrow!(Int64Type, Int64Array);
narrow!(DurationNanosecondType, DurationNanosecondArray);
narrow!(IntervalYearMonthType, IntervalYearMonthArray);

impl<T: Narrow> Fold for Sum<T> {
    type State = Total;
    type Input = PrimitiveArray<T>;
    type Saved = Decimal128Array;

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
        vec![DataType::Decimal128(38, 0)]
    }

    fn save(&mut self, states: &mut [Total]) -> Result<Vec<ArrayRef>, RowError> {
        let sums = states.iter().map(|state| (state.count > 0).then_some(state.sum));
        let sums = sums.collect::<Decimal128Array>().with_precision_and_scale(38, 0)?;
        Ok(vec![Arc::new(sums)])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Decimal128Array, RowError> {
        primitive::<Decimal128Type>(columns, 0)
    }

    fn merge(&mut self, state: &mut Total, saved: &Decimal128Array, row: usize) -> Result<(), RowError> {
        if let Some(sum) = value(saved, row) {
            state.sum += sum;
            state.count += 1;
        }
        Ok(())
    }

    fn finish(&mut self, states: &mut [Total]) -> Result<ArrayRef, RowError> {
        let result = |state: &Total| {
            if state.count == 0 {
                return Ok(None);
            }
            let sum = T::narrow(state.sum);
            sum.map(Some).ok_or_else(|| RowError::new("the sum is out of range"))
        };
        Ok(T::array(states.iter().map(result).collect::<Result<Vec<_>, _>>()?))
    }
}

//! `approx_percentile`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int32Array, Int64Array, ListArray, UInt64Array, new_null_array,
};
use arrow::datatypes::{DataType, Float64Type, UInt64Type};

use super::fold::{Fold, any, list, primitive, unexpected, value};
use super::keys;
use super::ranking::has_value;
use super::summary::Summary;
use crate::functions::array::lists::list_of;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

macro_rules! overload {
    ($signature:literal, $form:expr) => {
        AggregateOverload {
            signature: $signature,
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let value = arguments.first().unwrap_or(returns).data_type();
                super::engine::own("approx_percentile", arguments, returns, Percentile { value, form: $form })
            },
        }
    };
}

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "approx_percentile",
    aliases: &[],
    overloads: &[
        overload!("approx_percentile(T, double) -> T where T: numeric", ONE),
        overload!(
            "approx_percentile(T, array(double)) -> array(T) where T: numeric",
            Form { many: true, ..ONE }
        ),
        overload!("approx_percentile(T, double, double) -> T where T: numeric", WEIGHTED),
        overload!(
            "approx_percentile(T, double, array(double)) -> array(T) where T: numeric",
            Form { many: true, ..WEIGHTED }
        ),
        overload!(
            "approx_percentile(T, double, double, double) -> T where T: numeric",
            Form { accuracy: true, ..WEIGHTED }
        ),
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the value below which a fraction of the values lies, or one for each of several fractions; the arguments are the value, optionally its weight, the fraction, and optionally the accuracy.",
        edges: "The result is one of the values: the smallest whose cumulative weight exceeds the fraction, exactly so for up to 4,096 different values. NULLs are skipped; NULL without values. Fails for a fraction outside of 0 to 1 and a weight that is not positive.",
        examples: &[
            ("SELECT approx_percentile(x, 0.4) FROM (VALUES 1, 2, 3, 4) AS t(x)", "2"),
            ("SELECT approx_percentile(x, ARRAY[0.1, 0.8]) FROM (VALUES 1, 2, 3, 4) AS t(x)", "[1,4]"),
        ],
        source: "sql.md 7.9, 13",
    },
};

/// Which arguments there are.
#[derive(Debug, Clone, Copy)]
struct Form {
    weighted: bool,
    many: bool,
    accuracy: bool,
}

const ONE: Form = Form { weighted: false, many: false, accuracy: false };
const WEIGHTED: Form = Form { weighted: true, ..ONE };

#[derive(Debug, Clone)]
struct Percentile {
    value: DataType,
    form: Form,
}

#[derive(Debug, Default)]
struct Distribution {
    /// The fractions asked for, from the first row.
    fractions: Option<Vec<f64>>,
    summary: Summary,
}

struct Batch {
    values: ArrayRef,
    keys: Option<Vec<u64>>,
    weights: Option<Float64Array>,
    fractions: Fractions,
    accuracies: Option<Float64Array>,
}

enum Fractions {
    One(Float64Array),
    Many(ListArray),
}

impl Fractions {
    /// The fractions of a row, checked.
    fn row(&self, row: usize) -> Result<Vec<f64>, RowError> {
        let fractions = match self {
            Self::One(column) => value(column, row).map(|fraction| vec![fraction]),
            Self::Many(lists) if lists.is_null(row) => None,
            Self::Many(lists) => {
                let fractions = lists.value(row);
                let fractions = fractions.as_primitive_opt::<Float64Type>().ok_or_else(|| unexpected(1))?;
                fractions.iter().collect()
            }
        };
        let fractions = fractions.ok_or_else(|| RowError::new("Percentile must not be null"))?;
        if fractions.iter().all(|fraction| (0.0..=1.0).contains(fraction)) {
            return Ok(fractions);
        }
        Err(RowError::new("Percentile must be between 0 and 1"))
    }
}

impl Percentile {
    fn check(state: &mut Distribution, input: &Batch, row: usize) -> Result<(), RowError> {
        if state.fractions.is_none() {
            state.fractions = Some(input.fractions.row(row)?);
        }
        if let Some(accuracies) = &input.accuracies
            && !value(accuracies, row).is_some_and(|accuracy| accuracy > 0.0 && accuracy < 1.0)
        {
            return Err(RowError::new("Percentile accuracy must be strictly between 0 and 1"));
        }
        Ok(())
    }

    /// Keys as values of the input's type.
    fn values(&self, keys: Vec<u64>) -> ArrayRef {
        match &self.value {
            DataType::Int32 => {
                Arc::new(Int32Array::from_iter_values(keys.into_iter().map(|key| keys::to_i64(key) as i32)))
            }
            DataType::Int64 => Arc::new(Int64Array::from_iter_values(keys.into_iter().map(keys::to_i64))),
            DataType::Float64 => Arc::new(Float64Array::from_iter_values(keys.into_iter().map(keys::to_f64))),
            other => new_null_array(other, keys.len()),
        }
    }
}

impl Fold for Percentile {
    type State = Distribution;
    type Input = Batch;
    /// The fractions, the keys and their weights.
    type Saved = [ListArray; 3];

    const HAS_HEAP: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Batch, RowError> {
        let values = any(arguments, 0)?;
        let weights = if self.form.weighted { Some(primitive::<Float64Type>(arguments, 1)?) } else { None };
        let fraction_index = if self.form.weighted { 2 } else { 1 };
        let fractions = if self.form.many {
            Fractions::Many(list(arguments, fraction_index)?)
        } else {
            Fractions::One(primitive::<Float64Type>(arguments, fraction_index)?)
        };
        let accuracies =
            if self.form.accuracy { Some(primitive::<Float64Type>(arguments, 3)?) } else { None };
        Ok(Batch { keys: keys::of_array(&values), values, weights, fractions, accuracies })
    }

    fn update(&mut self, state: &mut Distribution, input: &Batch, row: usize) -> Result<(), RowError> {
        Self::check(state, input, row)?;
        let weight = match &input.weights {
            Some(weights) => value(weights, row),
            None => Some(1.0),
        };
        let key = input.keys.as_ref().and_then(|keys| keys.get(row));
        let (Some(key), Some(weight)) = (key.filter(|_| has_value(&input.values, row)), weight) else {
            return Ok(());
        };
        if !(weight > 0.0 && weight.is_finite()) {
            return Err(RowError::new("percentile weight must be > 0"));
        }
        state.summary.add(*key, weight);
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        let numbers = DataType::new_list(DataType::Float64, true);
        vec![numbers.clone(), DataType::new_list(DataType::UInt64, true), numbers]
    }

    fn save(&mut self, states: &mut [Distribution]) -> Result<Vec<ArrayRef>, RowError> {
        let (mut keys, mut weights, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        for state in states.iter_mut() {
            let entries = state.summary.entries();
            keys.extend(entries.iter().map(|(key, _)| *key));
            weights.extend(entries.iter().map(|(_, weight)| *weight));
            lengths.push(entries.len());
        }
        let fractions = states.iter().flat_map(|state| state.fractions.iter().flatten().copied());
        let fractions = Float64Array::from_iter_values(fractions);
        let fraction_lengths =
            states.iter().map(|state| state.fractions.as_ref().map_or(0, Vec::len)).collect();
        let is_known = states.iter().map(|state| state.fractions.is_some()).collect();
        let all = vec![true; states.len()];
        Ok(vec![
            list_of(Arc::new(fractions), fraction_lengths, is_known)?,
            list_of(Arc::new(UInt64Array::from(keys)), lengths.clone(), all.clone())?,
            list_of(Arc::new(Float64Array::from(weights)), lengths, all)?,
        ])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        Ok([list(columns, 0)?, list(columns, 1)?, list(columns, 2)?])
    }

    fn merge(&mut self, state: &mut Distribution, saved: &Self::Saved, row: usize) -> Result<(), RowError> {
        let [fractions, keys, weights] = saved;
        if state.fractions.is_none() && fractions.is_valid(row) {
            let fractions = fractions.value(row);
            let fractions = fractions.as_primitive_opt::<Float64Type>().ok_or_else(|| unexpected(0))?;
            state.fractions = Some(fractions.values().to_vec());
        }
        let (keys, weights) = (keys.value(row), weights.value(row));
        let keys = keys.as_primitive_opt::<UInt64Type>().ok_or_else(|| unexpected(1))?;
        let weights = weights.as_primitive_opt::<Float64Type>().ok_or_else(|| unexpected(2))?;
        for (key, weight) in keys.values().iter().zip(weights.values()) {
            state.summary.add(*key, *weight);
        }
        Ok(())
    }

    fn finish(&mut self, states: &mut [Distribution]) -> Result<ArrayRef, RowError> {
        let mut found = Vec::new();
        let mut positions: Vec<Option<u32>> = Vec::with_capacity(states.len());
        let (mut lengths, mut valid) = (Vec::new(), Vec::new());
        for state in states {
            let fractions = state.fractions.as_deref().filter(|_| !state.summary.is_empty());
            let keys = fractions.and_then(|fractions| state.summary.percentiles(fractions));
            positions.push(keys.as_ref().map(|_| found.len() as u32));
            lengths.push(keys.as_ref().map_or(0, Vec::len));
            valid.push(keys.is_some());
            found.extend(keys.into_iter().flatten());
        }
        let values = self.values(found);
        if self.form.many {
            return list_of(values, lengths, valid);
        }
        Ok(arrow::compute::take(&values, &arrow::array::UInt32Array::from(positions), None)?)
    }

    fn heap_bytes(state: &Distribution) -> usize {
        state.summary.heap_bytes() + state.fractions.as_ref().map_or(0, |list| list.capacity() * 8)
    }
}

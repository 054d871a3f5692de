//! `approx_distinct`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array};
use arrow::datatypes::{DataType, Float64Type};
use model::limits::DISTINCT_EXACT_VALUES_MAX;

use super::fold::{Fold, any, binary, primitive, value};
use super::ranking::{Rows, has_value};
use crate::functions::string::xxhash64;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation, RowError};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "approx_distinct",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "approx_distinct(T) -> bigint where T: comparable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                super::engine::own("approx_distinct", arguments, returns, ApproxDistinct::new(arguments))
            },
        },
        AggregateOverload {
            signature: "approx_distinct(T, double) -> bigint where T: comparable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                super::engine::own("approx_distinct", arguments, returns, ApproxDistinct::new(arguments))
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns about how many different values there are; the second argument is the standard error.",
        edges: "NULLs are skipped; 0 without values. The error is 2.3 % unless given; up to 256 different values are counted exactly. Fails for an error outside of 0.0040625 to 0.26.",
        examples: &[("SELECT approx_distinct(x, 0.2) FROM (VALUES 1, 2, 3, 4, 8, 8) AS t(x)", "5")],
        source: "sql.md 7.9; Flajolet et al., HyperLogLog, 2007",
    },
};

const ERROR_DEFAULT: f64 = 0.023;
const ERROR_MIN: f64 = 0.0040625;
const ERROR_MAX: f64 = 0.26;

#[derive(Debug, Clone)]
struct ApproxDistinct {
    rows: Rows,
    with_error: bool,
}

impl ApproxDistinct {
    #[cfg(feature = "engine")]
    fn new(arguments: &[crate::types::Type]) -> Self {
        let value = arguments.first().map_or(DataType::Null, crate::types::Type::data_type);
        Self { rows: Rows::new(value), with_error: arguments.len() > 1 }
    }
}

/// Hashes while they are few, then the registers of a HyperLogLog.
#[derive(Debug, Default)]
struct Sketch {
    /// The base-2 logarithm of the number of registers; 0 until the first row.
    precision: u8,
    hashes: Vec<u64>,
    registers: Vec<u8>,
}

impl Sketch {
    fn insert(&mut self, hash: u64) {
        if !self.registers.is_empty() {
            return self.register(hash);
        }
        if let Err(at) = self.hashes.binary_search(&hash) {
            self.hashes.insert(at, hash);
        }
        if self.hashes.len() > DISTINCT_EXACT_VALUES_MAX {
            self.spread();
        }
    }

    fn spread(&mut self) {
        self.registers = vec![0; 1 << self.precision];
        for hash in std::mem::take(&mut self.hashes) {
            self.register(hash);
        }
    }

    /// The highest bits choose the register; it keeps the longest run of zeros that follows them.
    fn register(&mut self, hash: u64) {
        let index = hash >> (64 - u32::from(self.precision));
        let rest = (hash << self.precision) | (1 << (self.precision - 1));
        let run = rest.leading_zeros() as u8 + 1;
        if let Some(register) = self.registers.get_mut(index as usize) {
            *register = run.max(*register);
        }
    }

    fn merge(&mut self, registers: &[u8]) {
        if self.registers.is_empty() {
            self.spread();
        }
        for (mine, other) in self.registers.iter_mut().zip(registers) {
            *mine = (*mine).max(*other);
        }
    }

    fn count(&self) -> i64 {
        if self.registers.is_empty() {
            return self.hashes.len() as i64;
        }
        let m = self.registers.len() as f64;
        let alpha = match self.registers.len() {
            16 => 0.673,
            32 => 0.697,
            64 => 0.709,
            _ => 0.7213 / (1.0 + 1.079 / m),
        };
        let sum: f64 = self.registers.iter().map(|register| (-f64::from(*register)).exp2()).sum();
        let estimate = alpha * m * m / sum;
        let zeros = self.registers.iter().filter(|register| **register == 0).count();
        if estimate <= 2.5 * m && zeros > 0 {
            return (m * (m / zeros as f64).ln()).round() as i64;
        }
        estimate.round() as i64
    }
}

/// Enough registers for a standard error of `1.04 / sqrt(registers)`.
fn precision(error: Option<f64>) -> Result<u8, RowError> {
    let error = error.filter(|error| (ERROR_MIN..=ERROR_MAX).contains(error));
    let error = error
        .ok_or_else(|| RowError::new(format!("Standard error must be in [{ERROR_MIN}, {ERROR_MAX}]")))?;
    Ok((1.04 / error).powi(2).log2().ceil().clamp(4.0, 16.0) as u8)
}

struct Batch {
    rows: arrow::row::Rows,
    values: ArrayRef,
    errors: Option<Float64Array>,
}

impl Fold for ApproxDistinct {
    type State = Sketch;
    type Input = Batch;
    /// The precision, then hashes, then registers; one of both is empty.
    type Saved = [BinaryArray; 2];

    const HAS_HEAP: bool = true;

    fn open(&mut self, arguments: &[ArrayRef]) -> Result<Batch, RowError> {
        let values = any(arguments, 0)?;
        let errors = if self.with_error { Some(primitive::<Float64Type>(arguments, 1)?) } else { None };
        Ok(Batch { rows: self.rows.encode(&values)?, values, errors })
    }

    fn update(&mut self, state: &mut Sketch, input: &Batch, row: usize) -> Result<(), RowError> {
        if state.precision == 0 {
            state.precision = match &input.errors {
                Some(errors) => precision(value(errors, row))?,
                None => precision(Some(ERROR_DEFAULT))?,
            };
        }
        if has_value(&input.values, row) {
            state.insert(xxhash64::hash(input.rows.row(row).as_ref()));
        }
        Ok(())
    }

    fn saved_types(&self) -> Vec<DataType> {
        vec![DataType::Binary; 2]
    }

    fn save(&mut self, states: &mut [Sketch]) -> Result<Vec<ArrayRef>, RowError> {
        let hashes = |state: &Sketch| -> Vec<u8> {
            let hashes = state.hashes.iter().flat_map(|hash| hash.to_be_bytes());
            std::iter::once(state.precision).chain(hashes).collect()
        };
        Ok(vec![
            Arc::new(BinaryArray::from_iter_values(states.iter().map(hashes))),
            Arc::new(BinaryArray::from_iter_values(states.iter().map(|state| &state.registers))),
        ])
    }

    fn open_saved(&mut self, columns: &[ArrayRef]) -> Result<Self::Saved, RowError> {
        Ok([binary(columns, 0)?, binary(columns, 1)?])
    }

    fn merge(&mut self, state: &mut Sketch, saved: &Self::Saved, row: usize) -> Result<(), RowError> {
        let [hashes, registers] = saved.each_ref().map(|column| column.value(row));
        let Some((precision, hashes)) = hashes.split_first().filter(|(precision, _)| **precision > 0) else {
            return Ok(());
        };
        if state.precision == 0 {
            state.precision = *precision;
        }
        for hash in hashes.as_chunks::<8>().0 {
            state.insert(u64::from_be_bytes(*hash));
        }
        if !registers.is_empty() {
            state.merge(registers);
        }
        Ok(())
    }

    fn finish(&mut self, states: &mut [Sketch]) -> Result<ArrayRef, RowError> {
        Ok(Arc::new(Int64Array::from_iter_values(states.iter().map(Sketch::count))))
    }

    fn heap_bytes(state: &Sketch) -> usize {
        state.hashes.capacity() * size_of::<u64>() + state.registers.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_stays_near_the_standard_error() {
        for (error, count) in
            [(0.023, 200_u64), (0.023, 1_000), (0.023, 100_000), (0.26, 5_000), (0.01, 50_000)]
        {
            let precision = precision(Some(error)).unwrap();
            let mut sketch = Sketch { precision, ..Sketch::default() };
            for round in 0..2 {
                for value in 0..count {
                    let _ = round;
                    sketch.insert(xxhash64::hash(&value.to_be_bytes()));
                }
            }
            let off = (sketch.count() as f64 / count as f64 - 1.0).abs();
            assert!(off <= 3.0 * error, "{error} {count}: {}", sketch.count());
            if count <= DISTINCT_EXACT_VALUES_MAX as u64 {
                assert_eq!(sketch.count(), count as i64);
            }
        }
    }

    #[test]
    fn merged_halves_count_like_the_whole() {
        let hash = |value: u64| xxhash64::hash(&value.to_be_bytes());
        let sketch = |range: std::ops::Range<u64>| {
            let mut sketch = Sketch { precision: 11, ..Sketch::default() };
            range.for_each(|value| sketch.insert(hash(value)));
            sketch
        };
        let (mut half, other, whole) = (sketch(0..100), sketch(50..9_000), sketch(0..9_000));
        half.merge(&other.registers);
        assert_eq!(half.count(), whole.count());
    }
}

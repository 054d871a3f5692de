//! The values of one leaf column of a row group, with the levels that say where they belong.

use bytes::Bytes;
use model::time::NS_PER_DAY;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedColumnWriter;

use crate::result::json::write_scalar;
use crate::result::values::Cell;
use crate::types::Type;

/// Julian day of 1970-01-01.
const EPOCH_DAY: i64 = 2_440_588;
/// What a text takes until it is written, beside its bytes.
const TEXT_BYTES: usize = 40;

#[derive(Debug)]
pub struct Leaf {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

#[derive(Debug)]
enum Values {
    Boolean(Vec<bool>),
    Integer(Vec<i32>),
    Bigint(Vec<i64>),
    Double(Vec<f64>),
    Timestamp(Vec<Int96>),
    /// All texts behind each other, and where each ends.
    Text {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
}

impl Leaf {
    pub fn new(ty: &Type) -> Self {
        let values = match ty {
            Type::Boolean => Values::Boolean(Vec::new()),
            Type::Integer | Type::Date => Values::Integer(Vec::new()),
            Type::Bigint => Values::Bigint(Vec::new()),
            Type::Double => Values::Double(Vec::new()),
            Type::Timestamp => Values::Timestamp(Vec::new()),
            _ => Values::Text { bytes: Vec::new(), ends: Vec::new() },
        };
        Self { values, definitions: Vec::new(), repetitions: Vec::new() }
    }

    /// Notes that there is no value.
    pub fn push_missing(&mut self, definition: i16, repetition: i16) {
        self.definitions.push(definition);
        self.repetitions.push(repetition);
    }

    pub fn push(&mut self, cell: &Cell<'_, '_>, definition: i16, repetition: i16) {
        self.push_missing(definition, repetition);
        match (&mut self.values, cell) {
            (Values::Boolean(values), Cell::Boolean(value)) => values.push(*value),
            (Values::Integer(values), Cell::Date(value)) => values.push(*value),
            // The value comes from 32 bits.
            (Values::Integer(values), Cell::Bigint(value)) => values.push(*value as i32),
            (Values::Bigint(values), Cell::Bigint(value)) => values.push(*value),
            (Values::Double(values), Cell::Double(value)) => values.push(*value),
            (Values::Timestamp(values), Cell::Timestamp(instant_ns)) => values.push(int96(*instant_ns)),
            (Values::Text { bytes, ends }, Cell::Varchar(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len());
            }
            (Values::Text { bytes, ends }, scalar) => {
                write_scalar(bytes, scalar);
                ends.push(bytes.len());
            }
            // A column's values have its type; the writer counts them against the levels.
            _ => {}
        }
    }

    pub fn held_bytes(&self) -> usize {
        let levels = size_of::<i16>() * (self.definitions.len() + self.repetitions.len());
        levels
            + match &self.values {
                Values::Boolean(values) => values.len(),
                Values::Integer(values) => size_of_val(values.as_slice()),
                Values::Bigint(values) => size_of_val(values.as_slice()),
                Values::Double(values) => size_of_val(values.as_slice()),
                Values::Timestamp(values) => size_of_val(values.as_slice()),
                Values::Text { bytes, ends } => bytes.len() + TEXT_BYTES * ends.len(),
            }
    }

    /// Writes what was collected and begins anew.
    pub fn write(&mut self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let definitions = std::mem::take(&mut self.definitions);
        let repetitions = std::mem::take(&mut self.repetitions);
        // Levels that a column can't have are not looked at.
        let levels = (Some(definitions.as_slice()), Some(repetitions.as_slice()));
        match &mut self.values {
            Values::Boolean(values) => {
                let values = std::mem::take(values);
                column.typed::<BoolType>().write_batch(&values, levels.0, levels.1)
            }
            Values::Integer(values) => {
                let values = std::mem::take(values);
                column.typed::<Int32Type>().write_batch(&values, levels.0, levels.1)
            }
            Values::Bigint(values) => {
                let values = std::mem::take(values);
                column.typed::<Int64Type>().write_batch(&values, levels.0, levels.1)
            }
            Values::Double(values) => {
                let values = std::mem::take(values);
                column.typed::<DoubleType>().write_batch(&values, levels.0, levels.1)
            }
            Values::Timestamp(values) => {
                let values = std::mem::take(values);
                column.typed::<Int96Type>().write_batch(&values, levels.0, levels.1)
            }
            Values::Text { bytes, ends } => {
                let bytes = Bytes::from(std::mem::take(bytes));
                let mut start = 0;
                let texts = std::mem::take(ends).into_iter().map(|end| {
                    let text = bytes.slice(start..end);
                    start = end;
                    ByteArray::from(text)
                });
                let texts: Vec<ByteArray> = texts.collect();
                column.typed::<ByteArrayType>().write_batch(&texts, levels.0, levels.1)
            }
        }?;
        Ok(())
    }
}

/// Nanoseconds of the day in the first two words, the lower one first, and the Julian day in the third.
fn int96(instant_ns: i64) -> Int96 {
    let of_day_ns = instant_ns.rem_euclid(NS_PER_DAY);
    let day = instant_ns.div_euclid(NS_PER_DAY) + EPOCH_DAY;
    let mut value = Int96::new();
    // The days of all instants of 64 bits have far fewer than 32.
    value.set_data(of_day_ns as u32, (of_day_ns >> 32) as u32, day as u32);
    value
}

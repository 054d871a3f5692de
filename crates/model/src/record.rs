//! A record after common attributes were merged and its values parsed: what storage is asked to write.

use crate::clock::TimestampNs;
use crate::value::MeasureValue;

/// One dimension of a record. Borrows from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimension<'a> {
    pub name: &'a str,
    pub value: &'a str,
    /// Its place among the dimensions of the request, which is the order of new columns.
    pub place: u8,
}

/// The measured value or values of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure<'a> {
    Single(MeasureValue<'a>),
    /// Attribute names are unique within the record.
    Multi(Vec<(&'a str, MeasureValue<'a>)>),
}

/// A valid record.
///
/// `dimensions` holds at least one entry, sorted by name, names unique. `version` is at least 1. `time_ns` is not
/// negative. Names follow [`crate::names`].
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'a> {
    pub dimensions: Vec<Dimension<'a>>,
    pub measure_name: &'a str,
    pub measure: Measure<'a>,
    pub time_ns: TimestampNs,
    pub version: i64,
}

impl Record<'_> {
    /// Bytes of all dimension names and values, which the original limits per series.
    pub fn dimension_bytes(&self) -> usize {
        self.dimensions.iter().map(|dimension| dimension.name.len() + dimension.value.len()).sum()
    }
}

//! Common attributes put together with a record (api.md 3.4): lists are joined, of a scalar given twice the record's
//! wins. Pure; whether the result makes sense is checked later.

use wire::write::input::{Dimension, MeasureValue, Record};
use wire::write::{MeasureValueType, TimeUnit};

/// A record with everything that applies to it. Borrows from the request.
#[derive(Debug, Clone, Copy)]
pub struct MergedRecord<'a> {
    common: &'a Record<'a>,
    record: &'a Record<'a>,
}

impl<'a> MergedRecord<'a> {
    pub fn new(common: &'a Record<'a>, record: &'a Record<'a>) -> Self {
        Self { common, record }
    }

    /// Those of the common attributes first.
    pub fn dimensions(&self) -> impl Iterator<Item = &'a Dimension<'a>> + use<'a> {
        self.common.dimensions().iter().chain(self.record.dimensions())
    }

    pub fn dimension_count(&self) -> usize {
        self.common.dimensions().len() + self.record.dimensions().len()
    }

    /// Those of the common attributes first.
    pub fn measure_values(&self) -> impl Iterator<Item = &'a MeasureValue<'a>> + use<'a> {
        self.common.measure_values().iter().chain(self.record.measure_values())
    }

    pub fn measure_value_count(&self) -> usize {
        self.common.measure_values().len() + self.record.measure_values().len()
    }

    pub fn measure_name(&self) -> Option<&'a str> {
        self.record.measure_name().or(self.common.measure_name())
    }

    pub fn measure_value(&self) -> Option<&'a str> {
        self.record.measure_value().or(self.common.measure_value())
    }

    pub fn measure_value_type(&self) -> MeasureValueType {
        let given = self.record.measure_value_type().or(self.common.measure_value_type());
        given.unwrap_or(MeasureValueType::Double)
    }

    pub fn time(&self) -> Option<&'a str> {
        self.record.time().or(self.common.time())
    }

    pub fn time_unit(&self) -> TimeUnit {
        self.record.time_unit().or(self.common.time_unit()).unwrap_or(TimeUnit::Milliseconds)
    }

    pub fn version(&self) -> i64 {
        self.record.version.or(self.common.version).unwrap_or(1)
    }
}

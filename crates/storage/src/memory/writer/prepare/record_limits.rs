//! Limits that a record violates by itself (api.md 7).

use model::record::{Measure, Record};
use model::rejection::Rejection;
use model::value::MeasureValue;

use crate::engine::TableLimits;

/// The first one.
pub(super) fn check(record: &Record<'_>, limits: &TableLimits) -> Result<(), Rejection> {
    let limit = |what, max, is_over: bool| {
        if is_over { Err(Rejection::LimitExceeded { what, max }) } else { Ok(()) }
    };
    let series_bytes = record.dimension_bytes();
    let max = limits.series_bytes_max;
    limit("bytes of dimension names and values", max, series_bytes > max)?;
    let max = limits.record_bytes_max;
    let key_bytes = series_bytes + record.measure_name.len();
    match &record.measure {
        Measure::Single(value) => limit("bytes per record", max, key_bytes + value_bytes(value) > max),
        // The values of a multi-measure record have a limit of their own, as large as that of a record.
        Measure::Multi(values) => {
            limit("bytes per record", max, key_bytes > max)?;
            let max = limits.attributes_per_record_max;
            limit("measures per record", max, values.len() > max)?;
            let values_bytes: usize = values.iter().map(|(_, value)| value_bytes(value)).sum();
            let max = limits.measure_values_bytes_max;
            limit("bytes of measure values per record", max, values_bytes > max)
        }
    }
}

fn value_bytes(value: &MeasureValue<'_>) -> usize {
    match value {
        MeasureValue::Varchar(text) => text.len(),
        MeasureValue::Boolean(_) => size_of::<bool>(),
        MeasureValue::Double(_) | MeasureValue::Bigint(_) | MeasureValue::Timestamp(_) => size_of::<u64>(),
    }
}

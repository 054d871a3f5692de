//! What is known of a scan before it runs: an upper bound of its rows and the reach of its times.

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use model::scan::ScanPart;
use std::sync::Arc;

/// Statistics over `parts`; all are bounds, never exact.
pub(super) fn of_parts<'p>(
    parts: impl Iterator<Item = &'p Arc<dyn ScanPart>>,
    schema: &SchemaRef,
    time_field: Option<usize>,
    fetch: Option<usize>,
) -> Statistics {
    let mut rows = 0_usize;
    let mut reach: Option<(i64, i64)> = None;
    for part in parts {
        rows = rows.saturating_add(part.rows_max());
        let range = part.time_range();
        let (start_ns, end_ns) = reach.unwrap_or((i64::MAX, i64::MIN));
        reach = Some((start_ns.min(range.start_ns), end_ns.max(range.end_ns)));
    }
    let mut statistics = Statistics::new_unknown(schema);
    statistics.num_rows = Precision::Inexact(fetch.map_or(rows, |fetch| rows.min(fetch)));
    if let (Some((start_ns, end_ns)), Some(field)) = (reach, time_field)
        && let Some(column) = statistics.column_statistics.get_mut(field)
    {
        let instant =
            |instant_ns| Precision::Inexact(ScalarValue::TimestampNanosecond(Some(instant_ns), None));
        *column = ColumnStatistics {
            null_count: Precision::Inexact(0),
            min_value: instant(start_ns),
            max_value: instant(end_ns),
            ..ColumnStatistics::new_unknown()
        };
    }
    statistics
}

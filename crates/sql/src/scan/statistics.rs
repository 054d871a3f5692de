//! What is known of a scan before it runs: its rows and the reach of its times, exact where storage says so.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use model::scan::ScanPart;

/// Statistics over `parts`. Whether all parts of the scan are among them decides whether they can be exact.
pub(super) fn of_parts<'p>(
    parts: impl Iterator<Item = &'p Arc<dyn ScanPart>>,
    schema: &SchemaRef,
    time_field: Option<usize>,
    is_whole: bool,
) -> Statistics {
    let mut rows = 0_usize;
    let mut rows_are_exact = is_whole;
    let (mut first, mut last) = (Edge::default(), Edge::default());
    for part in parts {
        let (range, exactness) = (part.time_range(), part.exactness());
        rows = rows.saturating_add(part.rows_max());
        rows_are_exact &= exactness.rows;
        first.meet(range.start_ns, exactness.first, |new, old| new < old);
        // The greatest instant has none behind it.
        last.meet(range.end_ns.saturating_sub(1), exactness.last && range.end_ns < i64::MAX, |new, old| {
            new > old
        });
    }
    let mut statistics = Statistics::new_unknown(schema);
    statistics.num_rows = if rows_are_exact { Precision::Exact(rows) } else { Precision::Inexact(rows) };
    if let Some(column) = time_field.and_then(|field| statistics.column_statistics.get_mut(field)) {
        *column = ColumnStatistics {
            null_count: if rows_are_exact { Precision::Exact(0) } else { Precision::Inexact(0) },
            min_value: first.precision(is_whole),
            max_value: last.precision(is_whole),
            ..ColumnStatistics::new_unknown()
        };
    }
    statistics
}

/// The first or the last instant of several parts.
#[derive(Default)]
struct Edge {
    instant: Option<(i64, bool)>,
}

impl Edge {
    fn meet(&mut self, instant_ns: i64, is_exact: bool, is_farther: impl Fn(i64, i64) -> bool) {
        self.instant = Some(match self.instant {
            Some((known_ns, known_exact)) if known_ns == instant_ns => (known_ns, known_exact || is_exact),
            Some(known) if !is_farther(instant_ns, known.0) => known,
            _ => (instant_ns, is_exact),
        });
    }

    fn precision(&self, is_whole: bool) -> Precision<ScalarValue> {
        let value = |instant_ns| ScalarValue::TimestampNanosecond(Some(instant_ns), None);
        match self.instant {
            Some((instant_ns, true)) if is_whole => Precision::Exact(value(instant_ns)),
            Some((instant_ns, _)) => Precision::Inexact(value(instant_ns)),
            None => Precision::Absent,
        }
    }
}

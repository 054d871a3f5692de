//! Scans of a snapshot: one part per run and one per tail, each sorted by (series, time), none needs merging.

mod file_part;
mod part;
mod select;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use model::catalog::Retention;
use model::clock::TimestampNs;
use model::limits;
use model::scan::{Scan, ScanError, ScanMetrics, ScanPart, ScanRequest, TimeRange};
use model::schema::{ColumnId, ColumnRole};

use super::snapshot::{Partition, TableSnapshot};
use file_part::FilePart;
use part::{RunPart, TailPart};
use select::Selection;

/// What all parts of a scan share.
#[derive(Debug)]
struct ScanShape {
    snapshot: Arc<TableSnapshot>,
    schema: SchemaRef,
    columns: Vec<ScanColumn>,
    time_range: TimeRange,
    /// `None` when every series is wanted.
    selection: Option<Selection>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScanColumn {
    Time,
    /// A dimension or the measure name: its text follows from the series.
    Series(ColumnId),
    Measure(ColumnId),
}

impl ScanShape {
    fn measures(&self) -> Vec<ColumnId> {
        let measure = |column: &ScanColumn| match column {
            ScanColumn::Measure(id) => Some(*id),
            ScanColumn::Time | ScanColumn::Series(_) => None,
        };
        self.columns.iter().filter_map(measure).collect()
    }
}

/// Plans a scan of what `snapshot` holds and `retention` has not made invisible at `now_ns`.
pub fn plan(
    snapshot: &Arc<TableSnapshot>,
    retention: Retention,
    now_ns: TimestampNs,
    request: &ScanRequest,
) -> Result<Scan, ScanError> {
    let visible = TimeRange { start_ns: retention.visible_start_ns(now_ns), end_ns: i64::MAX };
    let shape = Arc::new(ScanShape {
        snapshot: Arc::clone(snapshot),
        schema: snapshot.schema.scan_schema(&request.columns),
        columns: scan_columns(snapshot, &request.columns)?,
        time_range: request.time_range.intersect(&visible),
        selection: Selection::of(&snapshot.series, &request.predicates),
    });
    let mut parts: Vec<Arc<dyn ScanPart>> = Vec::new();
    let mut metrics = ScanMetrics::default();
    let is_nothing = shape.time_range.is_empty() || shape.selection.as_ref().is_some_and(Selection::is_empty);
    for partition in snapshot.partitions.values() {
        let parts_before = parts.len();
        metrics.partitions_total += 1;
        metrics.rows_total += partition.rows() as u64;
        if !is_nothing && overlaps(partition, &shape.time_range) {
            add_parts(partition, &shape, &mut parts);
        }
        metrics.partitions_kept += u64::from(parts.len() > parts_before);
    }
    metrics.rows_kept = parts.iter().map(|part| part.rows_max() as u64).sum();
    Ok(Scan { schema: Arc::clone(&shape.schema), parts, metrics })
}

fn scan_columns(snapshot: &TableSnapshot, ids: &[ColumnId]) -> Result<Vec<ScanColumn>, ScanError> {
    let column = |id: &ColumnId| {
        let column = snapshot.schema.column(*id).ok_or(ScanError::TableGone)?;
        Ok(match column.role {
            ColumnRole::Time => ScanColumn::Time,
            ColumnRole::Dimension | ColumnRole::MeasureName => ScanColumn::Series(*id),
            ColumnRole::MeasureValue | ColumnRole::MultiMeasure => ScanColumn::Measure(*id),
        })
    };
    ids.iter().map(column).collect()
}

fn add_parts(partition: &Arc<Partition>, shape: &Arc<ScanShape>, parts: &mut Vec<Arc<dyn ScanPart>>) {
    for entry in &partition.files {
        parts.extend(FilePart::of_file(entry, shape).map(|part| Arc::new(part) as Arc<dyn ScanPart>));
    }
    for entry in &partition.runs {
        if let Some(part) = RunPart::new(entry, shape) {
            parts.push(Arc::new(part));
        }
    }
    if let Some(part) = TailPart::new(partition, shape) {
        parts.push(Arc::new(part));
    }
}

fn overlaps(partition: &Partition, range: &TimeRange) -> bool {
    let last_ns = partition.start_ns.saturating_add(limits::PARTITION_NS - 1);
    !range.is_empty() && meets(partition.start_ns, last_ns, range)
}

/// Whether an inclusive time range and a half-open one have an instant in common.
fn meets(first_ns: TimestampNs, last_ns: TimestampNs, range: &TimeRange) -> bool {
    last_ns >= range.start_ns && (first_ns < range.end_ns || range.end_ns == i64::MAX)
}

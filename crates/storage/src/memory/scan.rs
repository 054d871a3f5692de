//! Scans of a snapshot: one part per run, per tail and per row group of a file, each sorted by (series, time), none needs
//! merging. Start with [`plan`].

mod file_part;
mod file_reader;
mod latest;
mod part;
mod select;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use model::catalog::Retention;
use model::clock::TimestampNs;
use model::limits;
use model::scan::{
    Exactness, RowsWanted, Scan, ScanError, ScanMetrics, ScanPart, ScanRequest, TimeRange, ValueRange,
};
use model::schema::{ColumnId, ColumnRole};
use model::series::SeriesId;

use super::snapshot::{Partition, TableSnapshot};
use file_part::FilePart;
use latest::LatestPart;
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
    value_ranges: Vec<ValueRange>,
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

    fn is_wanted(&self, series: SeriesId) -> bool {
        self.selection.as_ref().is_none_or(|selection| selection.contains(series))
    }

    /// How many series are wanted.
    fn series_count(&self) -> usize {
        self.selection.as_ref().map_or(self.snapshot.series.count(), Selection::len)
    }

    /// Whether some series between two is wanted, both inclusive.
    fn wants_between(&self, first: SeriesId, last: SeriesId) -> bool {
        self.selection.as_ref().is_none_or(|selection| !selection.between(first, last).is_empty())
    }

    /// What is exact of rows with these bounds of time, some of which may be deleted. Deleted rows count for the bounds. One
    /// that was replaced has left a row of its time in the same partition. One that was removed because it had expired
    /// (`engine/expire`) has left nothing, but all rows of its run or file that are not removed are later than it.
    fn exactness(
        &self,
        (first_ns, last_ns): (TimestampNs, TimestampNs),
        may_lack_first: bool,
        rows_are_exact: bool,
    ) -> Exactness {
        if self.selection.is_some() || !self.value_ranges.is_empty() {
            return Exactness::default();
        }
        let (first, last) = (self.time_range.contains(first_ns), self.time_range.contains(last_ns));
        Exactness { rows: first && last && rows_are_exact, first: first && !may_lack_first, last }
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
        selection: Selection::of(&snapshot.series, &request.predicates, &request.series_filters),
        value_ranges: request.value_ranges.clone(),
    });
    let mut planning =
        Planning { shape: &shape, kept: Vec::new(), parts: Vec::new(), metrics: base_metrics(&shape) };
    let is_nothing = shape.time_range.is_empty() || shape.series_count() == 0;
    for partition in snapshot.partitions.values().rev() {
        planning.add(partition, is_nothing);
    }
    let Planning { kept, mut parts, mut metrics, .. } = planning;
    // A series' latest row may be one that the values rule out.
    if request.rows == RowsWanted::LatestOfSeries && request.value_ranges.is_empty() {
        parts = LatestPart::new(kept, &shape)
            .map(|part| Arc::new(part) as Arc<dyn ScanPart>)
            .into_iter()
            .collect();
    }
    metrics.rows_kept = parts.iter().map(|part| part.rows_max() as u64).sum();
    Ok(Scan { schema: Arc::clone(&shape.schema), parts, metrics })
}

fn base_metrics(shape: &ScanShape) -> ScanMetrics {
    ScanMetrics {
        series_total: shape.snapshot.series.count() as u64,
        series_kept: shape.series_count() as u64,
        ..ScanMetrics::default()
    }
}

/// Collects the parts of a scan, the latest partition first.
struct Planning<'a> {
    shape: &'a Arc<ScanShape>,
    kept: Vec<Arc<Partition>>,
    parts: Vec<Arc<dyn ScanPart>>,
    metrics: ScanMetrics,
}

impl Planning<'_> {
    fn add(&mut self, partition: &Arc<Partition>, is_nothing: bool) {
        let metrics = &mut self.metrics;
        metrics.partitions_total += 1;
        metrics.rows_total += partition.rows() as u64;
        metrics.runs_total += partition.runs.len() as u64;
        metrics.files_total += partition.files.len() as u64;
        let file_bytes = |entry: &super::snapshot::FileEntry| entry.file.facts.file_bytes;
        metrics.bytes_total += partition.files.iter().map(file_bytes).sum::<u64>();
        if is_nothing || !overlaps(partition, &self.shape.time_range) {
            return;
        }
        let parts_before = self.parts.len();
        if let Some(part) = TailPart::new(partition, self.shape) {
            self.parts.push(Arc::new(part));
        }
        for part in partition.runs.iter().filter_map(|entry| RunPart::new(entry, self.shape)) {
            self.metrics.runs_kept += 1;
            self.parts.push(Arc::new(part));
        }
        for entry in &partition.files {
            let before = self.parts.len();
            self.parts
                .extend(FilePart::of_file(entry, self.shape).map(|part| Arc::new(part) as Arc<dyn ScanPart>));
            if self.parts.len() > before {
                self.metrics.files_kept += 1;
                self.metrics.bytes_kept += file_bytes(entry);
            }
        }
        if self.parts.len() > parts_before {
            self.metrics.partitions_kept += 1;
            self.kept.push(Arc::clone(partition));
        }
    }
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

fn overlaps(partition: &Partition, range: &TimeRange) -> bool {
    let last_ns = partition.start_ns.saturating_add(limits::PARTITION_NS - 1);
    !range.is_empty() && meets(partition.start_ns, last_ns, range)
}

/// Whether an inclusive time range and a half-open one have an instant in common.
fn meets(first_ns: TimestampNs, last_ns: TimestampNs, range: &TimeRange) -> bool {
    last_ns >= range.start_ns && (first_ns < range.end_ns || range.end_ns == i64::MAX)
}

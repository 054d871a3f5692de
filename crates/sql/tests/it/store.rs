//! Tables in memory behind the scan contract: each has several parts, sorted by series and time, that drop rows
//! outside the requested times and rows of series that are not wanted. Every second part also drops the rows whose
//! values are out of bounds, the others only skip themselves when no row passes: both are allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType};
use model::catalog::{MagneticWrites, Retention, Table, TableId};
use model::clock::TimestampNs;
use model::scan::{
    Batches, ColumnPredicate, Exactness, ReadControl, ReadCount, ReadView, RowsWanted, Scan, ScanError,
    ScanMetrics, ScanPart, ScanRequest, ScanSource, TableView, TimeRange, ValueBounds, ValueRange,
};
use model::schema::{Column, ColumnRole, TIME_COLUMN, TableSchema};

/// A table's rows: one batch per part with all columns by id.
#[derive(Debug, Clone)]
pub struct Stored {
    pub view: TableView,
    pub parts: Vec<RecordBatch>,
}

#[derive(Debug, Clone, Default)]
pub struct Store {
    tables: Vec<Stored>,
    databases: BTreeMap<String, BTreeMap<String, usize>>,
    /// No part claims to wait, so that each is read only when its turn has come.
    pub never_waits: bool,
}

impl Store {
    /// Adds a table; one of the same name replaces it.
    pub fn add(&mut self, database: &str, table: &str, schema: TableSchema, parts: Vec<RecordBatch>) {
        let id = self.tables.len();
        let definition = Table {
            id: TableId(id as u64),
            database: database.to_owned(),
            name: table.to_owned(),
            retention: Retention::default(),
            magnetic_writes: MagneticWrites::default(),
            partition_key: Vec::new(),
            created_ns: 0,
            updated_ns: 0,
            expired: None,
        };
        let view = TableView { table: Arc::new(definition), schema: Arc::new(schema) };
        self.tables.push(Stored { view, parts });
        self.databases.entry(database.to_owned()).or_default().insert(table.to_owned(), id);
    }

    /// Takes over every table of another store.
    pub fn add_all(&mut self, other: &Store) {
        for stored in &other.tables {
            let Table { database, name, .. } = &*stored.view.table;
            self.add(database, name, (*stored.view.schema).clone(), stored.parts.clone());
        }
    }
}

#[derive(Debug)]
pub struct MemorySource(pub Arc<Store>);

impl ScanSource for MemorySource {
    fn read_view(&self, _: TimestampNs) -> Arc<dyn ReadView> {
        Arc::clone(&self.0) as Arc<dyn ReadView>
    }
}

impl ReadView for Store {
    fn databases(&self) -> Vec<String> {
        self.databases.keys().cloned().collect()
    }

    fn tables(&self, database: &str) -> Option<Vec<String>> {
        Some(self.databases.get(database)?.keys().cloned().collect())
    }

    fn find_table(&self, database: &str, table: &str) -> Option<TableView> {
        let id = self.databases.get(database)?.get(table)?;
        Some(self.tables[*id].view.clone())
    }

    fn scan(&self, table: TableId, request: &ScanRequest) -> Result<Scan, ScanError> {
        let stored = self.tables.get(table.0 as usize).ok_or(ScanError::TableGone)?;
        let mut metrics = ScanMetrics::default();
        let mut parts: Vec<Arc<dyn ScanPart>> = Vec::new();
        let mut kept_rows = Vec::new();
        for (number, rows) in stored.parts.iter().enumerate() {
            let rows_total = rows.num_rows() as u64;
            metrics.partitions_total += 1;
            metrics.rows_total += rows_total;
            let kept = exactly(rows, request);
            let passing = in_bounds(&kept, request);
            let rows = if number % 2 == 0 || passing.num_rows() == 0 { passing } else { kept };
            kept_rows.push((number, rows));
        }
        if request.rows == RowsWanted::LatestOfSeries && request.value_ranges.is_empty() {
            keep_latest(&mut kept_rows, &stored.view.schema);
        }
        kept_rows.retain(|(_, rows)| rows.num_rows() > 0);
        let series: BTreeSet<_> =
            kept_rows.iter().flat_map(|(_, rows)| series_of(rows, &stored.view.schema)).collect();
        for (number, rows) in kept_rows {
            metrics.partitions_kept += 1;
            metrics.rows_kept += rows.num_rows() as u64;
            parts.push(Arc::new(Part::new(
                &rows,
                request,
                series.len() == 1,
                number % 3 == 2 && !self.never_waits,
            )));
        }
        let schema = stored.view.schema.scan_schema(&request.columns);
        Ok(Scan { schema, parts, metrics })
    }
}

/// The rows that satisfy what must hold exactly.
fn exactly(rows: &RecordBatch, request: &ScanRequest) -> RecordBatch {
    let times = times(rows);
    let keep = |row: usize| {
        request.time_range.contains(times[row]) && request.predicates.iter().all(|it| passes(rows, it, row))
    };
    let keep: BooleanArray = (0..rows.num_rows()).map(keep).map(Some).collect();
    let mut rows = filter_record_batch(rows, &keep).unwrap();
    for filter in &request.series_filters {
        let fields: Vec<usize> = filter.columns().iter().map(|id| id.0 as usize).collect();
        if let Some(keep) = filter.keep(&rows.project(&fields).unwrap()) {
            rows = filter_record_batch(&rows, &keep).unwrap();
        }
    }
    rows
}

/// The rows whose measures are in their bounds.
fn in_bounds(rows: &RecordBatch, request: &ScanRequest) -> RecordBatch {
    let keep = |row: usize| request.value_ranges.iter().all(|range| is_in_bounds(rows, range, row));
    filter_record_batch(rows, &(0..rows.num_rows()).map(keep).map(Some).collect::<BooleanArray>()).unwrap()
}

fn is_in_bounds(rows: &RecordBatch, range: &ValueRange, row: usize) -> bool {
    let array = rows.column(range.column.0 as usize);
    if array.is_null(row) {
        return false;
    }
    match range.bounds {
        ValueBounds::NotNull => true,
        ValueBounds::Double { min, max } => {
            let value = array.as_primitive::<Float64Type>().value(row);
            value >= min && value <= max
        }
        ValueBounds::Bigint { min, max } => {
            (min..=max).contains(&array.as_primitive::<Int64Type>().value(row))
        }
        ValueBounds::Timestamp { min_ns, max_ns } => {
            (min_ns..=max_ns).contains(&array.as_primitive::<TimestampNanosecondType>().value(row))
        }
    }
}

type Series = Vec<Option<String>>;

/// The series of each row.
fn series_of(rows: &RecordBatch, schema: &TableSchema) -> Vec<Series> {
    let is_text = |column: &&Column| matches!(column.role, ColumnRole::Dimension | ColumnRole::MeasureName);
    let columns: Vec<_> = schema.columns().iter().filter(is_text).collect();
    let text = |column: &Column, row: usize| {
        let array = rows.column(column.id.0 as usize).as_string_view();
        array.is_valid(row).then(|| array.value(row).to_owned())
    };
    (0..rows.num_rows()).map(|row| columns.iter().map(|column| text(column, row)).collect()).collect()
}

/// Leaves nothing but the latest row of each series.
fn keep_latest(parts: &mut [(usize, RecordBatch)], schema: &TableSchema) {
    let mut latest: BTreeMap<Series, i64> = BTreeMap::new();
    for (_, rows) in parts.iter() {
        for (series, time_ns) in series_of(rows, schema).into_iter().zip(times(rows)) {
            let known = latest.entry(series).or_insert(*time_ns);
            *known = (*known).max(*time_ns);
        }
    }
    for (_, rows) in parts {
        let all = series_of(rows, schema);
        let keep = all.iter().zip(times(rows)).map(|(series, time_ns)| Some(latest[series] == *time_ns));
        *rows = filter_record_batch(rows, &keep.collect::<BooleanArray>()).unwrap();
    }
}

fn passes(rows: &RecordBatch, predicate: &ColumnPredicate, row: usize) -> bool {
    let column: &ArrayRef = rows.column(predicate.column.0 as usize);
    let text = column.as_string_view();
    text.is_valid(row) && predicate.values.iter().any(|value| value == text.value(row))
}

fn times(rows: &RecordBatch) -> &[i64] {
    rows.column(TIME_COLUMN.0 as usize).as_primitive::<TimestampNanosecondType>().values()
}

#[derive(Debug)]
struct Part {
    rows: RecordBatch,
    range: TimeRange,
    is_exact: bool,
    is_one_series: bool,
    may_wait: bool,
}

impl Part {
    fn new(rows: &RecordBatch, request: &ScanRequest, is_one_series: bool, may_wait: bool) -> Self {
        let start_ns = times(rows).iter().min().copied().unwrap_or(i64::MAX);
        let end_ns = times(rows).iter().max().map_or(i64::MIN, |last| last.saturating_add(1));
        let fields: Vec<usize> = request.columns.iter().map(|id| id.0 as usize).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
        let schema = Arc::new(rows.schema().project(&fields).unwrap());
        let arrays = fields.iter().map(|field| Arc::clone(rows.column(*field))).collect();
        let projected = RecordBatch::try_new_with_options(schema, arrays, &options).unwrap();
        let is_exact = request.value_ranges.is_empty();
        Self { rows: projected, range: TimeRange { start_ns, end_ns }, is_exact, is_one_series, may_wait }
    }
}

impl ScanPart for Part {
    fn rows_max(&self) -> usize {
        self.rows.num_rows()
    }

    fn time_range(&self) -> TimeRange {
        self.range
    }

    fn exactness(&self) -> Exactness {
        Exactness { rows: self.is_exact, first: self.is_exact, last: self.is_exact }
    }

    fn is_one_series(&self) -> bool {
        self.is_one_series
    }

    fn may_wait(&self) -> bool {
        self.may_wait
    }

    fn read(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Batches {
        control.count(ReadCount::PartsRead, 1);
        control.count(ReadCount::RowsKept, self.rows.num_rows());
        let rows = self.rows.clone();
        let starts = (0..rows.num_rows()).step_by(batch_rows_max.max(1));
        Box::new(starts.map(move |start| Ok(rows.slice(start, batch_rows_max.min(rows.num_rows() - start)))))
    }
}

//! Tables in memory behind the scan contract: each has several parts, sorted by series and time, that drop rows
//! outside the requested times. Every second part also drops the rows that fail a predicate, the others only skip
//! themselves when no row passes: both are allowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::filter_record_batch;
use arrow::datatypes::TimestampNanosecondType;
use model::catalog::{MagneticWrites, Retention, Table, TableId};
use model::clock::TimestampNs;
use model::scan::{
    ColumnPredicate, ReadView, Scan, ScanError, ScanMetrics, ScanPart, ScanRequest, ScanSource, TableView,
    TimeRange,
};
use model::schema::{ColumnId, TIME_COLUMN, TableSchema};

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
        for (number, rows) in stored.parts.iter().enumerate() {
            let rows_total = rows.num_rows() as u64;
            metrics.partitions_total += 1;
            metrics.rows_total += rows_total;
            let kept = wanted(rows, request);
            let rows =
                if number % 2 == 0 { kept } else { in_time(rows, request.time_range, kept.num_rows()) };
            if rows.num_rows() > 0 {
                metrics.partitions_kept += 1;
                metrics.rows_kept += rows_total;
                parts.push(Arc::new(Part::new(&rows, &request.columns)));
            }
        }
        let schema = stored.view.schema.scan_schema(&request.columns);
        Ok(Scan { schema, parts, metrics })
    }
}

fn wanted(rows: &RecordBatch, request: &ScanRequest) -> RecordBatch {
    let times = times(rows);
    let keep = |row: usize| {
        request.time_range.contains(times[row]) && request.predicates.iter().all(|it| passes(rows, it, row))
    };
    filter_record_batch(rows, &(0..rows.num_rows()).map(keep).map(Some).collect::<BooleanArray>()).unwrap()
}

fn in_time(rows: &RecordBatch, range: TimeRange, wanted: usize) -> RecordBatch {
    if wanted == 0 {
        return rows.slice(0, 0);
    }
    let keep = times(rows).iter().map(|instant_ns| Some(range.contains(*instant_ns)));
    filter_record_batch(rows, &keep.collect::<BooleanArray>()).unwrap()
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
}

impl Part {
    fn new(rows: &RecordBatch, columns: &[ColumnId]) -> Self {
        let start_ns = times(rows).iter().min().copied().unwrap_or(i64::MAX);
        let end_ns = times(rows).iter().max().map_or(i64::MIN, |last| last.saturating_add(1));
        let fields: Vec<usize> = columns.iter().map(|id| id.0 as usize).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
        let schema = Arc::new(rows.schema().project(&fields).unwrap());
        let arrays = fields.iter().map(|field| Arc::clone(rows.column(*field))).collect();
        let projected = RecordBatch::try_new_with_options(schema, arrays, &options).unwrap();
        Self { rows: projected, range: TimeRange { start_ns, end_ns } }
    }
}

impl ScanPart for Part {
    fn rows_max(&self) -> usize {
        self.rows.num_rows()
    }

    fn time_range(&self) -> TimeRange {
        self.range
    }

    fn read(&self, batch_rows_max: usize) -> Box<dyn Iterator<Item = Result<RecordBatch, ScanError>> + Send> {
        let rows = self.rows.clone();
        let starts = (0..rows.num_rows()).step_by(batch_rows_max.max(1));
        Box::new(starts.map(move |start| Ok(rows.slice(start, batch_rows_max.min(rows.num_rows() - start)))))
    }
}

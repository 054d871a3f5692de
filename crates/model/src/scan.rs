//! The contract between storage and sql: a query pins one [`ReadView`] and scans tables through it.
//!
//! Storage answers a scan with parts: each part is sorted by (series, time), and no record appears in two parts or
//! twice in one, so no reader ever merges. Tests implement the same contract with vectors of batches.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::catalog::{Table, TableId};
use crate::clock::TimestampNs;
use crate::schema::{ColumnId, TableSchema};

/// Opens read views. Held by the query side for the life of the server.
pub trait ScanSource: Send + Sync + fmt::Debug {
    /// Pins what is published now. Every write acknowledged before this call is seen, and rows past their retention
    /// at `now_ns` are not.
    fn read_view(&self, now_ns: TimestampNs) -> Arc<dyn ReadView>;
}

/// One consistent state of all tables, for the life of one query.
pub trait ReadView: Send + Sync + fmt::Debug {
    /// Names of all databases, sorted.
    fn databases(&self) -> Vec<String>;

    /// Names of a database's tables, sorted; `None` when there is no such database.
    fn tables(&self, database: &str) -> Option<Vec<String>>;

    /// A table and its schema as of this view. Names compare exactly.
    fn find_table(&self, database: &str, table: &str) -> Option<TableView>;

    /// Plans a scan; reads no rows yet.
    fn scan(&self, table: TableId, request: &ScanRequest) -> Result<Scan, ScanError>;
}

#[derive(Debug, Clone)]
pub struct TableView {
    pub table: Arc<Table>,
    pub schema: Arc<TableSchema>,
}

/// What to read. `columns` gives the order of the result's columns and may be empty (only row counts are wanted).
#[derive(Debug, Clone, Default)]
pub struct ScanRequest {
    pub columns: Vec<ColumnId>,
    pub time_range: TimeRange,
    /// All must hold. Storage may use any of them to skip data and need not apply them exactly.
    pub predicates: Vec<ColumnPredicate>,
}

/// Half-open `[start_ns, end_ns)`; an `end_ns` of `i64::MAX` includes the last instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    pub start_ns: TimestampNs,
    pub end_ns: TimestampNs,
}

impl Default for TimeRange {
    fn default() -> Self {
        Self::ALL
    }
}

impl TimeRange {
    pub const ALL: Self = Self { start_ns: i64::MIN, end_ns: i64::MAX };

    pub fn contains(&self, instant_ns: TimestampNs) -> bool {
        instant_ns >= self.start_ns && (instant_ns < self.end_ns || self.end_ns == i64::MAX)
    }

    pub fn intersect(&self, other: &Self) -> Self {
        Self { start_ns: self.start_ns.max(other.start_ns), end_ns: self.end_ns.min(other.end_ns) }
    }

    pub fn is_empty(&self) -> bool {
        self.start_ns > self.end_ns || (self.start_ns == self.end_ns && self.end_ns != i64::MAX)
    }
}

/// A condition on a dimension or on `measure_name`: the column's text is one of `values`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPredicate {
    pub column: ColumnId,
    pub values: Vec<String>,
}

/// The answer to a scan request.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The requested columns in the requested order.
    pub schema: SchemaRef,
    pub parts: Vec<Arc<dyn ScanPart>>,
    /// What was kept and skipped, for EXPLAIN ANALYZE and metering.
    pub metrics: ScanMetrics,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScanMetrics {
    pub partitions_total: u64,
    pub partitions_kept: u64,
    pub rows_total: u64,
    pub rows_kept: u64,
}

/// One independently readable, sorted piece of a scan. Parts may be read at the same time by several threads.
pub trait ScanPart: Send + Sync + fmt::Debug {
    /// An upper bound of the rows of this part.
    fn rows_max(&self) -> usize;

    /// A time range that covers every row of this part.
    fn time_range(&self) -> TimeRange;

    /// Reads the part in batches of at most `batch_rows_max` rows. Rows outside the request's time range are already
    /// dropped; rows that fail a predicate may still appear.
    fn read(&self, batch_rows_max: usize) -> Box<dyn Iterator<Item = Result<RecordBatch, ScanError>> + Send>;
}

/// A scan that could not be answered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ScanError {
    #[error("table is gone")]
    TableGone,
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    #[error("reading stored data failed: {0}")]
    Io(String),
}

//! The contract between storage and sql: a query pins one [`ReadView`] and scans tables through it.
//!
//! Storage answers a scan with parts: each part is sorted by (series, time), and no record appears in two parts or
//! twice in one, so no reader ever merges. Tests implement the same contract with vectors of batches.

mod control;
mod count;

use std::fmt;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;

pub use control::ReadControl;
pub use count::{ReadCount, ReadCounts, ScanMetrics};

use crate::catalog::{Table, TableId};
use crate::clock::TimestampNs;
use crate::schema::{ColumnId, TableSchema};

/// Opens read views. Held by the query side for the life of the server.
pub trait ScanSource: Send + Sync + fmt::Debug {
    /// Pins what is published now. Every write acknowledged before this call is seen, and rows past their retention
    /// at `now_ns` are not.
    fn read_view(&self, now_ns: TimestampNs) -> Arc<dyn ReadView>;

    /// Whether rows that only open views still keep in memory take too much of it. Whoever keeps a view without reading
    /// should let go of it then.
    fn views_hold_too_much(&self) -> bool {
        false
    }
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
    /// Applied exactly.
    pub time_range: TimeRange,
    /// All must hold; applied exactly.
    pub predicates: Vec<ColumnPredicate>,
    /// All must hold; applied exactly.
    pub series_filters: Vec<Arc<dyn SeriesFilter>>,
    /// All must hold. Used to skip data where statistics tell; not applied exactly.
    pub value_ranges: Vec<ValueRange>,
    pub rows: RowsWanted,
}

/// Which rows of those that satisfy a request are of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowsWanted {
    #[default]
    All,
    /// Only the latest row of each series, in any order. Storage may give any other rows besides.
    LatestOfSeries,
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

/// Any other condition on dimensions and `measure_name`: what it says follows from the series.
pub trait SeriesFilter: Send + Sync + fmt::Debug {
    /// The columns it looks at.
    fn columns(&self) -> &[ColumnId];

    /// Which rows of `texts`, whose columns are [`Self::columns`], may pass; `None` when that can't be told.
    fn keep(&self, texts: &RecordBatch) -> Option<BooleanArray>;
}

/// A condition on a measure: the value is not NULL and lies between the bounds, both inclusive.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueRange {
    pub column: ColumnId,
    pub bounds: ValueBounds,
}

/// Bounds for values of one type; an open side has the least or the greatest value. A NULL lies in none of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueBounds {
    /// Of any type: the value is not NULL.
    NotNull,
    Double {
        min: f64,
        max: f64,
    },
    Bigint {
        min: i64,
        max: i64,
    },
    Timestamp {
        min_ns: i64,
        max_ns: i64,
    },
}

/// The answer to a scan request.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The requested columns in the requested order.
    pub schema: SchemaRef,
    /// In the order of their times, the latest first, as far as they do not overlap.
    pub parts: Vec<Arc<dyn ScanPart>>,
    /// What was kept and skipped, for EXPLAIN ANALYZE and metering.
    pub metrics: ScanMetrics,
}

/// Which properties of a part are more than bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exactness {
    /// The part has exactly `rows_max` rows.
    pub rows: bool,
    /// The scan has a row at the first instant of the part's time range.
    pub first: bool,
    /// The scan has a row at the last instant of the part's time range.
    pub last: bool,
}

/// One independently readable piece of a scan, sorted if all rows are wanted. Parts may be read at the same time by several threads.
pub trait ScanPart: Send + Sync + fmt::Debug {
    /// An upper bound of the rows of this part.
    fn rows_max(&self) -> usize;

    /// A time range that covers every row of this part.
    fn time_range(&self) -> TimeRange;

    fn exactness(&self) -> Exactness {
        Exactness::default()
    }

    /// Whether all rows are of one series, so that their times ascend.
    fn is_one_series(&self) -> bool {
        false
    }

    /// Whether reading waits for a disk or the network.
    fn may_wait(&self) -> bool {
        false
    }

    /// Reads the part in batches of at most `batch_rows_max` rows, more if there are no columns. Rows outside the
    /// control's time range may be missing; after it was cancelled anything may.
    fn read(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Batches;
}

pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ScanError>> + Send>;

/// A scan that could not be answered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ScanError {
    #[error("table is gone")]
    TableGone,
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    #[error("reading stored data failed: {0}")]
    Io(String),
    #[error("reading was cancelled")]
    Cancelled,
}

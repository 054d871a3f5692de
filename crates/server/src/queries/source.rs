//! Where rows come from: the border to the query engine.

use async_trait::async_trait;
use bytes::Bytes;
use wire::ApiError;

/// Starts queries.
pub trait Execution: Send + Sync + std::fmt::Debug {
    /// Starts a query and returns at once; what is wrong with its text may show only in the results.
    fn start(&self, query_id: &str, text: &str) -> Result<Box<dyn RowSource>, ApiError>;
}

/// The result of one query, in the order of its rows. Dropping it ends the query.
#[async_trait]
pub trait RowSource: Send + std::fmt::Debug {
    /// The columns as a JSON list of `ColumnInfo`.
    async fn column_info(&mut self) -> Result<Bytes, ApiError>;

    /// The next rows; `None` after the last. The future may be dropped without losing rows.
    async fn next_rows(&mut self) -> Result<Option<RenderedRows>, ApiError>;

    fn progress(&self) -> Progress;
}

/// Rows as JSON objects, one after the other without anything between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RenderedRows {
    pub json: Bytes,
    /// Where each row ends within `json`, ascending.
    pub ends: Vec<usize>,
}

/// How far a query has come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// 0 to 100.
    pub percentage: f64,
    pub bytes_scanned: u64,
    pub bytes_metered: u64,
    pub tables: u64,
    /// Set once an UNLOAD has written all it writes.
    pub unloaded: Option<Unloaded>,
}

/// What an UNLOAD wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unloaded {
    pub partitions: u64,
    pub rows: u64,
    pub bytes: u64,
}

//! The metastore: definitions, the list of live files and where the log starts, changed by transactions.
//!
//! [`Metastore`] only stores: what a call means is decided by pure functions on a [`Catalog`] ([`decide`]), whose
//! answer is a list of [`Change`]s that are committed together or not at all. [`SqliteMetastore`] and [`PostgresMetastore`]
//! keep them with the same SQL ([`sql`]), [`MemoryMetastore`] in memory for simulation. Knows nothing of rows.

pub mod catalog;
pub mod decide;
mod memory;
mod postgres;
mod sql;
mod sqlite;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use model::catalog::{Database, Table, TableId, Tag};
use model::clock::TimestampNs;
use model::schema::{Column, MeasureEntry};

pub use catalog::{Catalog, DatabaseEntry, TableEntry};
pub use memory::{CommitFault, MemoryMetastore};
pub use postgres::{PostgresMetastore, PostgresPlace, without_password};
pub use sqlite::SqliteMetastore;

use crate::error::Result;
use crate::wal::Lsn;

/// A transactional store of [`Stored`]. Commits are durable when they return.
#[async_trait]
pub trait Metastore: Send + Sync + std::fmt::Debug {
    /// Reads everything as of one transaction.
    async fn load(&self) -> Result<Stored>;

    /// The number of the last committed transaction.
    async fn revision(&self) -> Result<u64>;

    /// Applies all changes in one transaction, which becomes number `expected_revision + 1`.
    ///
    /// # Errors
    /// - `MetastoreConflict`: the last transaction is not `expected_revision`. Nothing was stored.
    /// - `MetastoreTaken`: another server has taken the metastore over. Nothing was stored, and nothing will be.
    /// - Any other: unknown until [`Metastore::revision`] is asked.
    async fn commit(&self, expected_revision: u64, changes: &[Change]) -> Result<()>;

    /// Ends all connections. Nothing may be asked any more.
    async fn close(&self) {}
}

/// One change of the stored state. Within a transaction they apply in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Inserts or replaces.
    PutDatabase(Database),
    /// Removes an empty database and its tags.
    DeleteDatabase {
        name: String,
    },
    /// Inserts or replaces; the position in the log is kept.
    PutTable(Table),
    /// Removes a table and everything that names it: tags, columns, measures, files.
    DeleteTable {
        id: TableId,
    },
    PutTag {
        resource: ResourceId,
        tag: Tag,
    },
    DeleteTag {
        resource: ResourceId,
        key: String,
    },
    SetNextTableId(u64),
    /// Everything the log says about a table up to this position is in its files, columns and measures.
    SetAppliedLsn {
        table: TableId,
        applied_lsn: Lsn,
    },
    PutColumns {
        table: TableId,
        columns: Vec<Column>,
    },
    PutMeasures {
        table: TableId,
        measures: Vec<(Arc<str>, MeasureEntry)>,
    },
    AddFile(DataFile),
    /// Replaces the encoded set of deleted rows of a run file.
    SetDeletedRows {
        file: String,
        deleted_rows: Vec<u8>,
    },
    RemoveFile {
        file: String,
    },
    /// Recovery starts from this position.
    SetLogStart(Lsn),
    /// How far the wall clock is believed.
    SetTrustedClock(TimestampNs),
    AddReport(Report),
    RemoveReport {
        id: String,
    },
}

/// A report of rejected late records that is not known to be in its bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub id: String,
    pub table: TableId,
    pub bucket: String,
    pub object_key: String,
    pub encryption_option: Option<String>,
    pub kms_key_id: Option<String>,
    pub records: u64,
    pub body: Vec<u8>,
}

/// What a tag hangs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceId {
    Database(String),
    Table(TableId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Rows sorted by (series, time).
    Run,
    /// Keys of consecutive series.
    Series,
    /// Rows of the magnetic store, in an object.
    Data,
}

/// A live file of the data directory's `memory` folder, or a live object of the magnetic store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Unique for ever.
    pub file: String,
    pub table: TableId,
    pub kind: FileKind,
    /// Half-open; 0 and 0 for series files.
    pub partition_start_ns: TimestampNs,
    pub partition_end_ns: TimestampNs,
    /// Rows of a run, keys of a series file.
    pub rows: u64,
    pub file_bytes: u64,
    /// Inclusive bounds; 0 for series files.
    pub time_min_ns: TimestampNs,
    pub time_max_ns: TimestampNs,
    /// Inclusive bounds.
    pub series_min: u32,
    pub series_max: u32,
    /// Of the whole file.
    pub crc32c: u32,
    /// Encoded by `format::deleted_rows`; empty when there are none.
    pub deleted_rows: Vec<u8>,
    /// For `FileKind::Data`, and only for that.
    pub object: Option<ObjectFacts>,
}

/// What is kept of an object of the magnetic store beside what is kept of every file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    /// Where the series index begins.
    pub tail_offset: u64,
    /// The first and last series in the order of the file.
    pub series_first: u32,
    pub series_last: u32,
    pub series_count: u64,
    pub version_max: i64,
    /// Encoded by `format::data_file`.
    pub block_checksums: Vec<u8>,
}

/// Everything a metastore holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub revision: u64,
    pub next_table_id: u64,
    pub log_start: Lsn,
    /// `None` before the first checkpoint.
    pub trusted_clock_ns: Option<TimestampNs>,
    /// By name.
    pub databases: BTreeMap<String, Database>,
    pub tables: BTreeMap<TableId, StoredTable>,
    pub tags: BTreeMap<ResourceId, BTreeMap<String, String>>,
    /// By id.
    pub reports: BTreeMap<String, Report>,
}

/// A table and the part of its data that needs no log.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTable {
    pub table: Table,
    /// `None` before the first checkpoint.
    pub applied_lsn: Option<Lsn>,
    /// By id, without the two that every table has.
    pub columns: Vec<Column>,
    pub measures: BTreeMap<Arc<str>, MeasureEntry>,
    /// By name of the file.
    pub files: BTreeMap<String, DataFile>,
}

impl Default for Stored {
    /// The state of a new metastore.
    fn default() -> Self {
        Self {
            revision: 0,
            next_table_id: 1,
            log_start: Lsn::FIRST,
            trusted_clock_ns: None,
            databases: BTreeMap::new(),
            tables: BTreeMap::new(),
            tags: BTreeMap::new(),
            reports: BTreeMap::new(),
        }
    }
}

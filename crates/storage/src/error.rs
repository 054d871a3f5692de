//! The one error type of this crate. Variants are conditions, not places; [`StorageError::kind`] says what the
//! caller should do. Errors are `Clone` because one failed sync answers every request that waited for it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::error::ErrorKind;
use thiserror::Error;

#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum StorageError {
    /// A system call failed for a reason that is not a full disk.
    #[error("i/o failed call={call} path={}", path.display())]
    Io { call: &'static str, path: PathBuf, source: Arc<io::Error> },

    /// The disk has no room. Nothing of the request was stored, and writes are accepted again when space returns.
    #[error("storage is full call={call} path={}", path.display())]
    StorageFull { call: &'static str, path: PathBuf },

    /// The queue of the write-ahead log is full: retry later. Nothing of the request was stored.
    #[error("write-ahead log queue is full queued_bytes={queued_bytes} queue_bytes_max={queue_bytes_max}")]
    Overloaded { queued_bytes: u64, queue_bytes_max: u64 },

    /// The entry can never be stored as it is.
    #[error("log entry has an invalid size entry_bytes={entry_bytes} entry_bytes_max={entry_bytes_max}")]
    EntrySize { entry_bytes: u64, entry_bytes_max: u64 },

    /// A write or sync failed before: the outcome of this entry is unknown, and the log accepts nothing until it is
    /// recovered.
    #[error("write-ahead log is poisoned until recovery reason={reason}")]
    Poisoned { reason: Arc<str> },

    /// The log was closed before the entry was taken. Nothing of it was stored.
    #[error("write-ahead log is closed")]
    Closed,

    /// Stored bytes are not what was written. Nothing was changed on disk.
    #[error("stored data is damaged path={} offset={offset} lsn={lsn} reason={reason}", path.display())]
    Corrupt { path: PathBuf, offset: u64, lsn: u64, reason: Arc<str> },

    /// The artefact was written by a newer release. Nothing was changed on disk.
    #[error("format is newer than this release reads path={} artefact={artefact} found={found} supported={supported}", path.display())]
    NewerVersion { path: PathBuf, artefact: &'static str, found: u64, supported: u64 },

    /// The directory holds something, but not what a data directory must hold.
    #[error("not a usable data directory path={} reason={reason}", path.display())]
    DataDirectory { path: PathBuf, reason: Arc<str> },

    /// Another process has the data directory open.
    #[error("data directory is in use by another process path={}", path.display())]
    Locked { path: PathBuf },

    /// A database or table has this name already.
    #[error("{what} exists already name={name}")]
    AlreadyExists { what: &'static str, name: String },

    #[error("database does not exist name={name}")]
    DatabaseNotFound { name: String },

    #[error("table does not exist database={database} table={table}")]
    TableNotFound { database: String, table: String },

    #[error("database still has tables name={name}")]
    DatabaseNotEmpty { name: String },

    /// A count quota is used up.
    #[error("quota exceeded what={what} max={max}")]
    QuotaExceeded { what: &'static str, max: usize },

    /// Only the enforcement of a partition key can be changed.
    #[error("the name, type, count and order of partition keys can't be changed table={table}")]
    PartitionKeyFixed { table: String },

    /// The metastore failed; whether its last transaction was stored has been found out unless the reason says
    /// otherwise.
    #[error("metastore failed reason={reason}")]
    Metastore { reason: Arc<str> },

    /// A background task died.
    #[error("background task failed reason={reason}")]
    Background { reason: Arc<str> },

    /// Somebody else committed to the metastore first. Nothing was stored.
    #[error("metastore was changed by another process expected_revision={expected_revision} found={found}")]
    MetastoreConflict { expected_revision: u64, found: u64 },

    /// Another server has taken the metastore over. Nothing was stored, and nothing will be.
    #[error("another server has taken the metastore over")]
    MetastoreTaken,

    /// Another server has the metastore open.
    #[error("metastore is in use by another server place={place}")]
    MetastoreInUse { place: String },

    /// The metastore can't be used as it is configured. Nothing was changed.
    #[error("metastore can't be used place={place} reason={reason}")]
    MetastoreUnusable { place: String, reason: Arc<str> },

    /// The object store failed, after all retries. A put may have happened or not.
    #[error("object store failed call={call} object={object}")]
    ObjectStore { call: &'static str, object: String, source: Arc<object_store::Error> },

    /// The data directory belongs to another store than the one it was opened with. Nothing was changed.
    #[error("the data directory uses another {what} used={used} configured={configured} path={}", path.display())]
    OtherStore { path: PathBuf, what: &'static str, used: String, configured: String },

    /// The object store can't be used as it is configured. Nothing was changed.
    #[error("object store can't be used location={location} reason={reason}")]
    ObjectStoreUnusable { location: String, reason: Arc<str> },

    /// A setting is outside its range.
    #[error("invalid setting name={name} reason={reason}")]
    Setting { name: &'static str, reason: Arc<str> },
}

pub type Result<T, E = StorageError> = std::result::Result<T, E>;

impl StorageError {
    /// Wraps a failed system call; a full disk becomes [`StorageError::StorageFull`].
    pub fn io(call: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::StorageFull { call, path },
            _ => Self::Io { call, path, source: Arc::new(source) },
        }
    }

    /// Damage at a byte `offset` of a file, met where the record with `lsn` was expected (0 where there is none).
    pub fn corrupt(path: &Path, offset: u64, lsn: u64, reason: impl Into<Arc<str>>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), offset, lsn, reason: reason.into() }
    }

    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } | Self::Poisoned { .. } | Self::Closed | Self::Locked { .. } => {
                ErrorKind::Internal
            }
            Self::Setting { .. } | Self::DataDirectory { .. } | Self::OtherStore { .. } => {
                ErrorKind::Internal
            }
            Self::Metastore { .. } | Self::MetastoreConflict { .. } | Self::Background { .. } => {
                ErrorKind::Internal
            }
            Self::MetastoreTaken | Self::MetastoreInUse { .. } | Self::MetastoreUnusable { .. } => {
                ErrorKind::Internal
            }
            Self::ObjectStore { .. } | Self::ObjectStoreUnusable { .. } => ErrorKind::Internal,
            Self::AlreadyExists { .. } => ErrorKind::Conflict,
            Self::DatabaseNotFound { .. } | Self::TableNotFound { .. } => ErrorKind::NotFound,
            Self::DatabaseNotEmpty { .. } | Self::PartitionKeyFixed { .. } => ErrorKind::Invalid,
            Self::QuotaExceeded { .. } => ErrorKind::QuotaExceeded,
            Self::StorageFull { .. } => ErrorKind::StorageFull,
            Self::Overloaded { .. } => ErrorKind::Overloaded,
            Self::EntrySize { .. } => ErrorKind::Invalid,
            Self::Corrupt { .. } | Self::NewerVersion { .. } => ErrorKind::Corrupt,
        }
    }
}

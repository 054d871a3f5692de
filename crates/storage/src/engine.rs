//! The engine: catalog operations, the way of a write, snapshots for queries, checkpoints and recovery.
//!
//! Start with [`Engine::write`] for the way of a write, [`Engine::open`] for recovery, [`Engine::maintain`] for what
//! runs in the background. Knows nothing of HTTP or SQL.

mod catalog;
mod settings;
mod stats;

use std::sync::Arc;

use model::clock::{Clock, TimestampNs};
use model::entropy::Entropy;
use model::record::Record;
use model::rejection::Rejection;
use model::scan::{ReadView, ScanSource};

pub use catalog::DatabaseView;
pub use settings::{EngineSettings, TableLimits};
pub use stats::EngineStats;

use crate::data_dir::DataDir;
use crate::error::{Result, StorageError};
use crate::metastore::Metastore;

/// What an engine is made of.
#[derive(Debug, Clone)]
pub struct EngineParts {
    /// Open and locked.
    pub data_dir: Arc<DataDir>,
    pub metastore: Arc<dyn Metastore>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub settings: EngineSettings,
}

/// The storage engine. Clones are handles to one engine.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    parts: EngineParts,
    definitions: catalog::Definitions,
}

/// What became of the records of one write. All that are not rejected are durable and visible.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteOutcome {
    /// Accepted records by store; no-ops and records replaced later in the same request count.
    pub memory_store: usize,
    pub magnetic_store: usize,
    /// Positions in the request, ascending, and reasons.
    pub rejected: Vec<(usize, Rejection)>,
}

/// What one step of maintenance did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintenance {
    pub tails_sealed: u64,
    pub runs_merged: u64,
    pub partitions_dropped: u64,
    pub tables_checkpointed: u64,
    pub files_written: u64,
    pub files_removed: u64,
    pub segments_removed: u64,
}

impl Engine {
    /// Recovers the state from metastore, files and log, and opens the log for writing.
    ///
    /// # Errors
    /// `Corrupt` and `NewerVersion` when something stored can't be read; nothing was changed then.
    pub async fn open(parts: EngineParts) -> Result<Self> {
        let stored = parts.metastore.load().await?;
        let definitions = catalog::Definitions::new(&stored);
        Ok(Self { shared: Arc::new(Shared { parts, definitions }) })
    }

    /// Writes records to a table. Returns when every accepted record is durable and visible to the next
    /// [`ScanSource::read_view`]; after a crash all accepted records of one call are there, or none.
    ///
    /// The future may be dropped at any time: the records may then have been written or not.
    ///
    /// # Errors
    /// - `TableNotFound`.
    /// - `Overloaded`, `StorageFull`: nothing was written; retry later.
    /// - `Poisoned`: unknown for this call; nothing is accepted until the engine is opened anew.
    pub async fn write(&self, database: &str, table: &str, records: &[Record<'_>]) -> Result<WriteOutcome> {
        let _ = (database, table, records);
        Err(StorageError::Closed)
    }

    /// Does what is due now: seals, merges, drops expired partitions, checkpoints, cuts the log. The server calls it
    /// with a period; one call at a time does work.
    pub async fn maintain(&self) -> Result<Maintenance> {
        Ok(Maintenance::default())
    }

    /// Writes a checkpoint of everything and closes the log. Writes are refused from now on.
    pub async fn close(&self) -> Result<()> {
        Ok(())
    }

    pub fn stats(&self) -> EngineStats {
        EngineStats::default()
    }

    /// Whether writes are refused until the engine is opened anew.
    pub fn is_poisoned(&self) -> bool {
        false
    }

    fn now_ns(&self) -> TimestampNs {
        self.shared.parts.clock.now_ns()
    }
}

impl ScanSource for Engine {
    fn read_view(&self, _now_ns: TimestampNs) -> Arc<dyn ReadView> {
        unreachable!("in work")
    }
}

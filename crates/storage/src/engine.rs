//! The engine: catalog operations, the way of a write, snapshots for queries, checkpoints and recovery.
//!
//! Start with [`Engine::write`] for the way of a write, [`Engine::open`] for recovery, [`Engine::maintain`] for what
//! runs in the background. Knows nothing of HTTP or SQL.

mod catalog;
mod checkpoint;
pub mod decide;
mod expire;
pub mod listing;
mod maintain;
pub(crate) mod pressure;
mod progress;
mod publisher;
mod recover;
mod reports;
mod saved;
mod settings;
mod stats;
mod tier;
pub mod trust;
mod view;
mod write;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use model::clock::{Clock, TimestampNs};
use model::entropy::Entropy;
use model::limits;
use model::rejection::Rejection;
use model::time::NS_PER_MINUTE;
use object_store::ObjectStore;
use tokio::sync::Mutex as AsyncMutex;

pub use catalog::DatabaseView;
pub use settings::{EngineSettings, TableLimits};
pub use stats::EngineStats;

use crate::data_dir::DataDir;
use crate::error::Result;
use crate::magnetic::bridge::Bridge;
use crate::magnetic::store::MagneticStore;
use crate::memory::run::RunMemory;
use crate::metastore::Metastore;
use crate::object::{DataObjects, LocalObjects, Pacing, RetryPolicy, TimerPacing};
use crate::wal::{Wal, WalSettings};
use catalog::Definitions;
use maintain::MaintenanceState;
use pressure::Pressure;
use progress::Damaged;
use publisher::Publisher;
use reports::Reports;
use tier::Watch;
use trust::{ClockReading, TrustedClock};

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

/// Where data files go: the folder of the data directory unless the engine is told otherwise.
#[derive(Debug, Clone)]
pub struct ObjectParts {
    /// Written by nobody else. Its own retries should be off.
    pub store: Arc<dyn ObjectStore>,
    /// Where the store's futures run; a store that needs a reactor must have a runtime.
    pub bridge: Bridge,
    pub pacing: Arc<dyn Pacing>,
    pub policy: RetryPolicy,
}

/// The storage engine. Clones are handles to one engine.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    parts: EngineParts,
    memory: Arc<RunMemory>,
    magnetic: Arc<MagneticStore>,
    definitions: Definitions,
    publisher: Arc<Publisher>,
    /// `None` when the engine is closed.
    wal: RwLock<Option<Wal>>,
    maintenance: AsyncMutex<MaintenanceState>,
    trusted_clock: Mutex<TrustedClock>,
    /// The believed time that the metastore holds.
    saved_clock_ns: AtomicI64,
    /// Whether the log may hold entries of deleted tables only, so that it can be cut although no table needs it.
    has_dead_log: AtomicBool,
    reports: Reports,
    pressure: Pressure,
    damaged: Damaged,
    /// How writes wait.
    pacing: Arc<dyn Pacing>,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    records_memory_store: AtomicU64,
    records_magnetic_store: AtomicU64,
    records_rejected: AtomicU64,
    /// Searches for rows that a record may replace.
    lookups: AtomicU64,
    data_files_written: AtomicU64,
    data_file_rows_written: AtomicU64,
    checkpoints: AtomicU64,
    checkpoint_failures: AtomicU64,
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
    /// Partitions whose rows went to the magnetic store, or whose data files were written anew.
    pub partitions_rewritten: u64,
    pub tables_checkpointed: u64,
    pub files_written: u64,
    pub files_removed: u64,
    pub segments_removed: u64,
}

impl Maintenance {
    fn add(&mut self, other: &Self) {
        self.tails_sealed += other.tails_sealed;
        self.runs_merged += other.runs_merged;
        self.partitions_dropped += other.partitions_dropped;
        self.partitions_rewritten += other.partitions_rewritten;
        self.tables_checkpointed += other.tables_checkpointed;
        self.files_written += other.files_written;
        self.files_removed += other.files_removed;
        self.segments_removed += other.segments_removed;
    }
}

impl Engine {
    /// Recovers the state from metastore, files and log, and opens the log for writing.
    ///
    /// # Errors
    /// `Corrupt` and `NewerVersion` when something stored can't be read; nothing was changed then.
    pub async fn open(parts: EngineParts) -> Result<Self> {
        let (fs, root) = (Arc::clone(parts.data_dir.fs()), parts.data_dir.magnetic());
        let leave_bytes = pressure::objects_leave_bytes(parts.settings.reserve_bytes);
        let store = checkpoint::blocking(move || {
            let store = LocalObjects::open_leaving(fs, &root, leave_bytes)?;
            store.remove_empty_folders().map(|()| store)
        })
        .await?;
        let objects = ObjectParts {
            store: Arc::new(store),
            bridge: Bridge::Inline,
            pacing: Arc::new(TimerPacing),
            policy: RetryPolicy::default(),
        };
        Self::open_on(parts, objects).await
    }

    /// As [`Engine::open`], with data files in another object store.
    pub async fn open_on(parts: EngineParts, objects: ObjectParts) -> Result<Self> {
        let stored = parts.metastore.load().await?;
        let shared = checkpoint::blocking(move || Shared::recover(parts, objects, &stored)).await?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Saves everything and closes the log. Writes are refused from now on; queries still see what there is.
    pub async fn close(&self) -> Result<()> {
        if !self.is_poisoned()
            && let Err(error) = self.checkpoint().await
        {
            // Nothing is lost: the log has it.
            tracing::warn!(%error, "no checkpoint at shutdown");
        }
        let shared = Arc::clone(&self.shared);
        checkpoint::blocking(move || {
            let wal = shared.wal.write().unwrap_or_else(PoisonError::into_inner).take();
            wal.map_or(Ok(()), Wal::close)
        })
        .await
    }

    /// Whether writes are refused until the engine is opened anew.
    pub fn is_poisoned(&self) -> bool {
        let wal = self.shared.wal.read().unwrap_or_else(PoisonError::into_inner);
        self.shared.publisher.is_broken()
            || self.shared.definitions.is_taken()
            || self.shared.definitions.is_outdated()
            || wal.as_ref().is_some_and(Wal::is_poisoned)
    }

    fn now_ns(&self) -> TimestampNs {
        self.shared.parts.clock.now_ns()
    }
}

impl Shared {
    /// The time by which rows may be removed.
    fn trusted_now_ns(&self) -> TimestampNs {
        let clock = &self.parts.clock;
        let now = ClockReading { wall_ns: clock.now_ns(), monotonic_ns: clock.monotonic_ns() };
        let mut trusted = self.trusted_clock.lock().unwrap_or_else(PoisonError::into_inner);
        let was_doubtful = trusted.is_doubtful();
        let trusted_ns = trusted.observe(now);
        if trusted.is_doubtful() && !was_doubtful {
            tracing::warn!(
                wall_ns = now.wall_ns,
                trusted_ns,
                "the wall clock was set: retention removes rows by the old time until the new one has held for hours"
            );
        }
        trusted_ns
    }

    /// Whether the believed time has run on so far that a restart would doubt the clock.
    fn is_clock_unsaved(&self) -> bool {
        let saved_ns = self.saved_clock_ns.load(Ordering::Relaxed);
        self.trusted_now_ns().saturating_sub(saved_ns) >= limits::CLOCK_SAVE_MINUTES * NS_PER_MINUTE
    }

    fn recover(parts: EngineParts, objects: ObjectParts, stored: &crate::metastore::Stored) -> Result<Self> {
        let settings = &parts.settings;
        let fs = Arc::clone(parts.data_dir.fs());
        let memory_dir = parts.data_dir.memory();
        let memory = Arc::new(RunMemory::new(Arc::clone(&fs), memory_dir, settings.memory_bytes_max));
        let wal_dir = parts.data_dir.wal();
        let (clock, entropy) = (Arc::clone(&parts.clock), Arc::clone(&parts.entropy));
        let ObjectParts { store, bridge, pacing, policy } = objects;
        let objects = DataObjects::new(store, clock, entropy, Arc::clone(&pacing), policy);
        let magnetic = Arc::new(MagneticStore::new(objects, bridge, settings.file_cache_bytes_max));
        let recovery = recover::recover(stored, &memory, &magnetic, &wal_dir, settings)?;
        let wal_settings = WalSettings {
            segment_bytes_max: settings.wal_segment_bytes_max,
            queue_bytes_max: settings.wal_queue_bytes_max,
            reserve_bytes: settings.reserve_bytes,
            ..WalSettings::new(parts.entropy.next_u64())
        };
        let wal = Wal::open(fs, &wal_dir, &recovery.log, wal_settings)?;
        let published_lsn = recovery.log.next_lsn.0.saturating_sub(1);
        let start = ClockReading { wall_ns: parts.clock.now_ns(), monotonic_ns: parts.clock.monotonic_ns() };
        let last_ns = stored.trusted_clock_ns.filter(|_| !settings.believes_clock_at_start);
        Ok(Self {
            memory,
            magnetic,
            definitions: Definitions::new(stored, recovery.tables),
            publisher: Arc::new(Publisher::new(Arc::clone(&parts.clock), published_lsn)),
            wal: RwLock::new(Some(wal)),
            maintenance: AsyncMutex::new(MaintenanceState {
                log_bytes_saved: 0,
                watch: Watch::default(),
                next_collection_ns: 0,
            }),
            saved_clock_ns: AtomicI64::new(stored.trusted_clock_ns.unwrap_or(i64::MIN)),
            trusted_clock: Mutex::new(TrustedClock::new(start, last_ns)),
            has_dead_log: AtomicBool::new(recovery.has_dead_entries),
            reports: Reports::new(stored),
            pressure: Pressure::default(),
            damaged: Damaged::default(),
            pacing,
            counters: Counters::default(),
            parts,
        })
    }
}

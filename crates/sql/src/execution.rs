//! Runs statements: from a text to pages of rows.
//!
//! Queries are planned and executed on a runtime of their own, whose threads have deep stacks; deadlines and
//! cancellation are kept on the caller's runtime, so that no query can outlive its caller's patience by keeping its own
//! threads busy. What a query holds (permit, memory) is given back only when its last task has really ended. Start with
//! [`QueryEngine::start`]; `work.rs` is what runs, `control.rs` what watches.

mod admission;
mod again;
mod control;
mod failure;
mod memory;
mod optimizer;
mod pages;
mod parked;
mod plan;
mod session;
mod settings;
mod simplification;
mod slices;
mod unload;
mod watch;
mod work;

use std::sync::Arc;
use std::time::Duration;

use datafusion::execution::disk_manager::{DiskManager, DiskManagerMode};
use model::bucket::Buckets;
use model::clock::Clock;
use model::entropy::Entropy;
use model::limits;
use model::scan::ScanSource;
use tokio::runtime::Runtime;

use crate::analyzer::{Parameters, Prepared};
use crate::error::SqlError;
use admission::Admission;
use memory::TotalMemory;
pub use pages::{EncodedRows, Page, Progress, RunningQuery, TextResult, Unloaded};
pub use settings::{QuerySettings, partitions};

/// What the engine is made of.
#[derive(Debug)]
pub struct EngineParts {
    pub scan_source: Arc<dyn ScanSource>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// Where UNLOAD writes; without them it is refused.
    pub buckets: Option<Arc<dyn Buckets>>,
    pub settings: QuerySettings,
}

/// A statement to run.
#[derive(Debug, Clone, Default)]
pub struct QueryRequest {
    /// For the log, and for the names of the files that UNLOAD writes.
    pub query_id: String,
    pub text: String,
    /// How long the statement may work; time spent waiting for whoever takes its rows does not count.
    pub deadline: Option<Duration>,
    pub parameters: Parameters,
}

/// Runs statements. Cheap to share behind an `Arc`; dropping it ends what still runs.
#[derive(Debug)]
pub struct QueryEngine {
    shared: Arc<Shared>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

/// What every query uses.
#[derive(Debug)]
struct Shared {
    scan_source: Arc<dyn ScanSource>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    buckets: Option<Arc<dyn Buckets>>,
    settings: QuerySettings,
    admission: Admission,
    memory: Arc<TotalMemory>,
    spill: Arc<DiskManager>,
}

impl QueryEngine {
    /// Starts the engine's threads.
    ///
    /// # Errors
    /// When threads or the spill folder cannot be made.
    pub fn new(parts: EngineParts) -> Result<Self, std::io::Error> {
        let EngineParts { scan_source, clock, entropy, buckets, settings } = parts;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(settings.threads.max(1))
            .thread_name("query")
            .thread_stack_size(limits::QUERY_STACK_BYTES)
            .enable_time()
            .build()?;
        let mode = match &settings.spill_folder {
            Some(folder) => DiskManagerMode::Directories(vec![folder.clone()]),
            None => DiskManagerMode::Disabled,
        };
        let spill = DiskManager::builder()
            .with_mode(mode)
            .with_max_temp_directory_size(settings.spill_bytes_max)
            .build()
            .map_err(std::io::Error::other)?;
        let admission = Admission::new(&settings, Arc::clone(&scan_source));
        let shared = Shared {
            scan_source,
            clock,
            entropy,
            buckets,
            memory: Arc::new(TotalMemory::new(settings.memory_bytes_max, admission.parked())),
            admission,
            spill: Arc::new(spill),
            settings,
        };
        Ok(Self { shared: Arc::new(shared), runtime: Some(runtime) })
    }

    /// Starts a statement and returns at once; what is wrong with it shows when its columns or rows are asked for.
    ///
    /// # Panics
    /// Outside a tokio runtime: the caller's runtime keeps the deadline.
    pub fn start(&self, request: QueryRequest) -> RunningQuery {
        control::start(&self.shared, self.handle(), request)
    }

    /// Runs a statement to its end, for tests and tools: all rows are kept.
    pub async fn run_to_text(&self, request: QueryRequest) -> Result<TextResult, SqlError> {
        control::run_to_text(&self.shared, self.handle(), request).await
    }

    /// Analyzes a query without running it, for PrepareQuery.
    pub async fn prepare(&self, text: String) -> Result<Prepared, SqlError> {
        let permit = self.shared.admission.plan().await?;
        let shared = Arc::clone(&self.shared);
        let task = self.handle().spawn_blocking(move || {
            let _permit = permit;
            work::guarded(|| plan::prepare(&shared, &text))
        });
        task.await.unwrap_or(Err(SqlError::Internal))
    }

    /// Bytes that running queries have reserved.
    pub fn memory_bytes_reserved(&self) -> usize {
        self.shared.memory.reserved()
    }

    /// Ends a query that waits for whoever takes its rows, if views hold too much. To be called now and then: a query
    /// that waits does nothing by itself.
    pub fn release_view(&self) {
        self.shared.admission.parked().release_view();
    }

    /// Queries that run now.
    pub fn queries_running(&self) -> usize {
        self.shared.admission.running()
    }

    fn handle(&self) -> tokio::runtime::Handle {
        match &self.runtime {
            Some(runtime) => runtime.handle().clone(),
            None => unreachable!("the runtime is taken only by drop"),
        }
    }
}

impl Drop for QueryEngine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for busy threads is not allowed where the engine may be dropped.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests;

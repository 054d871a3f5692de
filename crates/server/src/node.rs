//! Everything an operation needs, put together once at the start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::bucket::Buckets;
use model::clock::Clock;
use model::entropy::Entropy;
use model::limits;
use model::time::{NS_PER_MINUTE, NS_PER_SECOND};
use sql::execution::QueryEngine;
use storage::data_dir::DataDir;
use storage::engine::{Engine, EngineParts, EngineSettings};
use storage::fs::{self, Fs};
use storage::magnetic::plan::RewriteLimits;
use storage::metastore::Metastore;
use tokio_util::task::TaskTracker;
use wire::page_token::TokenKey;
use wire::sigv4::Verifier;

use crate::admission::Rate;
use crate::arn::ArnScope;
use crate::buckets::HalfSet;
use crate::credentials::{CredentialsError, KeyPair, RootCredentials};
use crate::queries::{Execution, Queries, QuerySettings};
use crate::query_engine;
use crate::settings::Settings;
use crate::stores::{self, ObjectThreads, OpenStores};
use crate::telemetry::Metrics;

/// What the server takes from the world. Tests and the simulation give their own.
#[derive(Debug, Clone)]
pub struct World {
    /// The clock of the data: ingestion window, retention, `now()`.
    pub clock: Arc<dyn Clock>,
    /// The clock of the machine: signatures, waiting, durations.
    pub machine_clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub fs: Arc<dyn Fs>,
    /// Where definitions are kept; `None` for SQLite in the data directory.
    pub metastore: Option<Arc<dyn Metastore>>,
    /// Where queries put what exceeds their memory; it is emptied at the start. `None`: such queries fail.
    pub spill_folder: Option<PathBuf>,
    pub environment: BTreeMap<String, String>,
}

/// An open server without its listener.
pub struct Node {
    pub settings: Settings,
    pub clock: Arc<dyn Clock>,
    pub machine_clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub engine: Engine,
    pub query_engine: Arc<QueryEngine>,
    pub queries: Queries,
    /// How often UNLOAD may be started, where rates are limited.
    pub unload_rate: Option<Rate>,
    pub insights_rate: Option<Rate>,
    pub metrics: Arc<Metrics>,
    pub credentials: RootCredentials,
    pub verifier: Verifier,
    data_dir: Arc<DataDir>,
    metastore: Arc<dyn Metastore>,
    /// Where users' objects go: UNLOAD and reports.
    pub buckets: Arc<dyn Buckets>,
    /// Seals page tokens. Made anew by every process: pages do not outlive it.
    pub token_key: TokenKey,
    /// Calls in progress.
    pub tasks: TaskTracker,
    /// Where the calls of the engine's bucket run, if it has one.
    _object_threads: Option<ObjectThreads>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Node").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Why a node can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error(transparent)]
    Storage(#[from] storage::error::StorageError),
    #[error(transparent)]
    BucketKeys(#[from] HalfSet),
    #[error("threads can't be started: {0}")]
    Threads(#[from] std::io::Error),
}

impl Node {
    /// Opens the data directory, recovers what it holds, and settles the credentials.
    pub async fn open(settings: Settings, world: World, metrics: Arc<Metrics>) -> Result<Self, OpenError> {
        let data_dir = Arc::new(DataDir::open(Arc::clone(&world.fs), Path::new(&settings.data_dir))?);
        if let Some(folder) = &world.spill_folder {
            // What a process left behind that died in the middle of a query.
            fs::remove_tree(&*world.fs, folder)?;
            fs::create_dir_durably(&*world.fs, folder)?;
        }
        let pair = KeyPair::settle(&world.environment, &*world.fs, &data_dir.credentials(), &*world.entropy)?;
        let OpenStores { objects, metastore } = stores::open_stores(&settings, &world, &data_dir).await?;
        let buckets = stores::open_user_buckets(&settings, &world.environment, &data_dir)?;
        let parts = EngineParts {
            data_dir: Arc::clone(&data_dir),
            metastore: Arc::clone(&metastore),
            clock: Arc::clone(&world.clock),
            entropy: Arc::clone(&world.entropy),
            settings: engine_settings(&settings),
        };
        let (engine, object_threads) = match objects {
            Some((objects, threads)) => (Engine::open_on(parts, objects).await?, Some(threads)),
            None => (Engine::open(parts).await?, None),
        };
        let token_key = token_key(&*world.entropy);
        let query_engine = Arc::new(QueryEngine::new(sql::execution::EngineParts {
            scan_source: Arc::new(engine.clone()),
            clock: Arc::clone(&world.clock),
            entropy: Arc::clone(&world.entropy),
            buckets: Some(Arc::clone(&buckets)),
            settings: query_engine::query_settings(&settings, world.spill_folder),
        })?);
        let queries = Queries::new(
            Arc::clone(&query_engine) as Arc<dyn Execution>,
            page_settings(&settings),
            metrics.query.clone(),
            token_key.clone(),
            Arc::clone(&world.machine_clock),
            Arc::clone(&world.entropy),
        );
        let skew_seconds_max = i64::try_from(settings.signature_skew_seconds_max).unwrap_or(i64::MAX);
        let verifier = Verifier::new(vec![settings.region.clone()]).with_skew_seconds_max(skew_seconds_max);
        Ok(Self {
            credentials: RootCredentials::new(&pair, &settings.account),
            verifier,
            data_dir,
            metastore,
            buckets,
            token_key,
            clock: world.clock,
            machine_clock: world.machine_clock,
            entropy: world.entropy,
            engine,
            query_engine,
            queries,
            unload_rate: settings.rate_limits.then(|| Rate::new(limits::UNLOADS_PER_SECOND_MAX)),
            insights_rate: settings.rate_limits.then(|| Rate::new(limits::INSIGHTS_PER_SECOND_MAX)),
            metrics,
            tasks: TaskTracker::new(),
            _object_threads: object_threads,
            settings,
        })
    }

    /// Region and account of the ARNs of this server.
    pub fn arns(&self) -> ArnScope<'_> {
        ArnScope { region: &self.settings.region, account: &self.settings.account }
    }

    /// Whether writes are accepted.
    pub fn is_healthy(&self) -> bool {
        !self.engine.is_poisoned()
    }

    /// Waits for calls in progress, writes a checkpoint and closes the data directory.
    pub async fn close(&self) {
        self.queries.close();
        self.tasks.close();
        let deadline = Duration::from_secs(self.settings.shutdown_seconds_max);
        if tokio::time::timeout(deadline, self.tasks.wait()).await.is_err() {
            tracing::warn!(calls = self.tasks.len(), "calls dropped at the shutdown deadline");
        }
        if let Err(error) = self.engine.close().await {
            // Nothing acknowledged is lost: recovery reads the log.
            tracing::error!(%error, "closing the data directory failed");
        }
        self.metastore.close().await;
        if let Err(error) = self.data_dir.state_digest() {
            tracing::warn!(%error, "the metastore's checksum was not stated");
        }
    }
}

fn engine_settings(settings: &Settings) -> EngineSettings {
    let nanoseconds = |count: u64, unit_ns| i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(unit_ns);
    EngineSettings {
        ingestion_future_ns: nanoseconds(settings.ingestion_future_minutes, NS_PER_MINUTE),
        ingestion_past_slack_ns: nanoseconds(settings.ingestion_past_slack_minutes, NS_PER_MINUTE),
        wal_segment_bytes_max: settings.wal_segment_bytes_max,
        tail_rows_max: usize::try_from(settings.seal_rows_max).unwrap_or(usize::MAX),
        memory_bytes_max: settings.memory_store_bytes_max,
        series_memory_bytes_max: settings.series_memory_bytes_max,
        unsaved_bytes_max: settings.memory_store_bytes_max,
        write_wait: Duration::from_millis(settings.queue_wait_ms),
        reserve_bytes: settings.disk_reserve_bytes_min,
        checkpoint_age_ns: nanoseconds(settings.checkpoint_seconds_max, NS_PER_SECOND),
        checkpoint_log_bytes: settings.checkpoint_log_bytes_max,
        believes_clock_at_start: settings.test_clock.0.is_some(),
        rewrite: RewriteLimits {
            quiet_ns: settings.move_quiet_seconds.saturating_mul(NS_PER_SECOND.unsigned_abs()),
            ..RewriteLimits::default()
        },
        ..EngineSettings::default()
    }
}

fn page_settings(settings: &Settings) -> QuerySettings {
    QuerySettings {
        first_page_wait: Duration::from_millis(settings.query_first_page_wait_ms),
        next_page_wait: Duration::from_millis(limits::QUERY_NEXT_PAGE_WAIT_MS),
        open_max: usize::try_from(settings.queries_open_max).unwrap_or(usize::MAX),
        pages_bytes_max: usize::try_from(settings.query_pages_bytes_max).unwrap_or(usize::MAX),
    }
}

fn token_key(entropy: &dyn Entropy) -> TokenKey {
    let mut key = [0; 32];
    entropy.fill(&mut key);
    TokenKey::new(key)
}

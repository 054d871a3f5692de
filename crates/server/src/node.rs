//! Everything an operation needs, put together once at the start.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::clock::Clock;
use model::entropy::Entropy;
use storage::fs::Fs;
use tokio_util::task::TaskTracker;
use wire::page_token::TokenKey;
use wire::sigv4::Verifier;

use crate::credentials::{CredentialsError, KeyPair, RootCredentials};
use crate::settings::Settings;
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
    pub environment: BTreeMap<String, String>,
}

/// An open server without its listener.
pub struct Node {
    pub settings: Settings,
    pub clock: Arc<dyn Clock>,
    pub machine_clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Arc<Metrics>,
    pub credentials: RootCredentials,
    pub verifier: Verifier,
    /// Seals page tokens. Made anew by every process: pages do not outlive it.
    pub token_key: TokenKey,
    /// Calls in progress.
    pub tasks: TaskTracker,
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
}

impl Node {
    /// Opens the data directory, recovers what it holds, and settles the credentials.
    pub async fn open(settings: Settings, world: World, metrics: Arc<Metrics>) -> Result<Self, OpenError> {
        let pair = Self::key_pair(&settings, &world)?;
        let mut token_key = [0; 32];
        world.entropy.fill(&mut token_key);
        let skew_seconds_max = i64::try_from(settings.signature_skew_seconds_max).unwrap_or(i64::MAX);
        let verifier = Verifier::new(vec![settings.region.clone()]).with_skew_seconds_max(skew_seconds_max);
        Ok(Self {
            credentials: RootCredentials::new(&pair, &settings.account),
            verifier,
            token_key: TokenKey::new(token_key),
            clock: world.clock,
            machine_clock: world.machine_clock,
            entropy: world.entropy,
            metrics,
            tasks: TaskTracker::new(),
            settings,
        })
    }

    fn key_pair(settings: &Settings, world: &World) -> Result<KeyPair, OpenError> {
        let data_dir = storage::data_dir::DataDir::open(Arc::clone(&world.fs), Path::new(&settings.data_dir))?;
        Ok(KeyPair::settle(&world.environment, &*world.fs, &data_dir.credentials(), &*world.entropy)?)
    }

    /// Whether writes are accepted.
    pub fn is_healthy(&self) -> bool {
        true
    }

    /// Waits for calls in progress and closes the data directory.
    pub async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

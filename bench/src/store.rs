//! A storage engine of this process on a data directory, with a clock that is set by the measurement.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use model::catalog::{MagneticWrites, PartitionKey, Retention};
use model::clock::{Clock, ManualClock};
use model::entropy::{Entropy, OsEntropy};
use model::time::NS_PER_SECOND;
use sql::execution::{QueryEngine, QuerySettings};
use storage::data_dir::DataDir;
use storage::engine::{Engine, EngineParts, EngineSettings};
use storage::metastore::SqliteMetastore;
use storage::metastore::decide::{NewDatabase, NewTable};

use crate::metered_fs::{MeteredFs, Written};
use crate::tsbs::{Form, Host, INTERVAL_NS, MEASURES, Walk};

pub const DATABASE: &str = "benchmark";
pub const TABLE: &str = "cpu";

/// The start of the measured data: a day that has long passed for the machine's clock.
pub const START_NS: i64 = 1_767_225_600 * NS_PER_SECOND;

pub struct Store {
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub written: Arc<Written>,
}

pub fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// A new folder below `parent`, removed with everything in it when it is dropped.
pub struct ScratchFolder(pub PathBuf);

impl ScratchFolder {
    pub fn new(parent: &Path) -> Result<Self, String> {
        let path = parent.join(format!("headwater-bench-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(text)?;
        Ok(Self(path))
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Store {
    pub async fn open(folder: &Path, now_ns: i64, settings: EngineSettings) -> Result<Self, String> {
        let written = Arc::new(Written::default());
        let clock = Arc::new(ManualClock::new(now_ns));
        let data_dir = DataDir::open(Arc::new(MeteredFs::new(&written)), folder).map_err(text)?;
        let metastore = SqliteMetastore::open(&data_dir.metastore()).await.map_err(text)?;
        let engine = Engine::open(EngineParts {
            data_dir: Arc::new(data_dir),
            metastore: Arc::new(metastore),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(OsEntropy) as Arc<dyn Entropy>,
            settings,
        })
        .await
        .map_err(text)?;
        Ok(Self { engine, clock, written })
    }

    pub async fn create_table(&self, retention: Retention) -> Result<(), String> {
        let database = NewDatabase { name: DATABASE.to_owned(), kms_key_id: String::new(), tags: Vec::new() };
        self.engine.create_database(database).await.map_err(text)?;
        let table = NewTable {
            database: DATABASE.to_owned(),
            name: TABLE.to_owned(),
            retention,
            magnetic_writes: MagneticWrites { enabled: true, rejected_data_location: None },
            partition_key: vec![PartitionKey::Measure],
            tags: Vec::new(),
        };
        self.engine.create_table(table).await.map(drop).map_err(text)
    }

    /// Writes some instants of all hosts, a hundred records at a time, many at once.
    pub async fn ingest(
        &self,
        hosts: &[Host],
        form: Form,
        walks: &mut [Walk],
        start_ns: i64,
        instants: usize,
    ) -> Result<usize, String> {
        const RECORDS: usize = 100;
        const REQUESTS_AT_ONCE: usize = 64;
        let hosts_per_request = RECORDS / form.measure_names().len();
        let requests = (0..instants).flat_map(|instant| {
            let values: Vec<f64> = walks.iter_mut().map(Walk::next_value).collect();
            let time_ns = start_ns + instant as i64 * INTERVAL_NS;
            let of_hosts = hosts.chunks(hosts_per_request);
            let of_values = values.chunks(hosts_per_request * MEASURES.len()).map(<[f64]>::to_vec);
            of_hosts.zip(of_values.collect::<Vec<_>>()).map(move |(hosts, values)| (hosts, values, time_ns))
        });
        stream::iter(requests)
            .map(|(hosts, values, time_ns)| async move {
                let values = values.chunks(MEASURES.len());
                let records: Vec<_> =
                    hosts.iter().zip(values).flat_map(|(host, v)| host.records(form, time_ns, v)).collect();
                let outcome = self.engine.write(DATABASE, TABLE, &records).await.map_err(text)?;
                match outcome.rejected.first() {
                    None => Ok(records.len()),
                    Some((_, rejection)) => Err(format!("a record was rejected: {rejection:?}")),
                }
            })
            .buffer_unordered(REQUESTS_AT_ONCE)
            .try_fold(0, |sum, count| async move { Ok(sum + count) })
            .await
    }

    /// Lets time pass until everything is in data files and nothing is left to rewrite.
    pub async fn settle(&self) -> Result<(), String> {
        const STEPS_MAX: usize = 200;
        for _ in 0..STEPS_MAX {
            self.clock.advance_ns(700 * NS_PER_SECOND);
            let done = self.engine.maintain().await.map_err(text)?;
            if self.engine.stats().runs == 0 && done.partitions_rewritten == 0 {
                return self.engine.checkpoint().await.map(drop).map_err(text);
            }
        }
        Err("rows stay in the memory store".to_owned())
    }

    pub fn clock_ns(&self) -> i64 {
        self.clock.now_ns()
    }

    pub fn query_engine(&self, partitions: usize) -> Result<QueryEngine, String> {
        QueryEngine::new(sql::execution::EngineParts {
            scan_source: Arc::new(self.engine.clone()),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            entropy: Arc::new(OsEntropy),
            buckets: None,
            settings: QuerySettings {
                threads: partitions,
                partitions_max: partitions,
                ..QuerySettings::default()
            },
        })
        .map_err(text)
    }
}

/// All files below a folder.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(text)? {
        let path = entry.map_err(text)?.path();
        if path.is_dir() { files.extend(files_below(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

pub fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(text)
}

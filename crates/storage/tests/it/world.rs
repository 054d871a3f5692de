//! A simulated machine with an engine on it, and ways to look at what the engine shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::model::catalog::{MagneticWrites, PartitionKey, Retention};
use ::model::clock::{Clock, ManualClock};
use ::model::entropy::SeededEntropy;
use ::model::scan::{
    ColumnPredicate, ReadControl, ReadView, RowsWanted, Scan, ScanError, ScanRequest, ScanSource, TimeRange,
};
use ::model::schema::{ColumnId, ColumnRole, TableSchema};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampNanosecondType;
use futures::TryStreamExt;
use object_store::ObjectStore;
use storage::check::{self, FileParts, Report};
use storage::data_dir::DataDir;
use storage::data_dir::stores::Stores;
use storage::engine::{Engine, EngineParts, EngineSettings, WriteOutcome};
use storage::error::StorageError;
use storage::fs::Fs;
use storage::fs::sim::SimFs;
use storage::magnetic::bridge::Bridge;
use storage::magnetic::plan::RewriteLimits;
use storage::magnetic::rewrite::FileLimits;
use storage::memory::run_data::value_at;
use storage::metastore::decide::{NewDatabase, NewTable};
use storage::metastore::{MemoryMetastore, Metastore, PostgresMetastore, PostgresPlace};
use storage::object::{DataObjects, LocalObjects, RetryPolicy, TimerPacing};

use crate::model::{Identity, Row};
use crate::stores::places::Bucket;

pub const NOW_NS: i64 = 1_700_000_000_000_000_000;
pub const SECOND_NS: i64 = 1_000_000_000;
/// How long an engine that was dropped may hold its metastore.
pub const LOCK_WAIT: Duration = Duration::from_secs(30);
pub const DATABASE: &str = "db1";
pub const TABLE: &str = "table1";

/// What survives a restart, and the clock.
#[derive(Debug)]
pub struct World {
    pub fs: SimFs,
    pub metastore: MemoryMetastore,
    pub clock: Arc<ManualClock>,
    pub settings: EngineSettings,
    /// Where data files are kept; `None` for the simulated disk.
    pub bucket: Option<Bucket>,
    /// Where definitions are kept; `None` for memory.
    pub postgres: Option<PostgresPlace>,
    seed: u64,
}

impl World {
    pub fn new() -> Self {
        Self {
            fs: SimFs::new(),
            metastore: MemoryMetastore::new(),
            clock: Arc::new(ManualClock::new(NOW_NS)),
            settings: small_settings(),
            bucket: None,
            postgres: None,
            seed: 1,
        }
    }

    /// A machine that was found in some state.
    pub fn at(fs: SimFs, metastore: MemoryMetastore, now_ns: i64, settings: EngineSettings) -> Self {
        Self {
            fs,
            metastore,
            clock: Arc::new(ManualClock::new(now_ns)),
            settings,
            bucket: None,
            postgres: None,
            seed: 7,
        }
    }

    pub fn with_postgres(self, place: PostgresPlace) -> Self {
        Self { postgres: Some(place), ..self }
    }

    /// Names of all files that the metastore lists, sorted.
    pub async fn listed_files(&self) -> Vec<String> {
        let Some(place) = &self.postgres else { return self.metastore.files() };
        let stored = PostgresMetastore::open_read_only(place).await.unwrap().load().await.unwrap();
        let mut files: Vec<String> =
            stored.tables.values().flat_map(|table| table.files.keys().cloned()).collect();
        files.sort();
        files
    }

    pub fn with_bucket(self, bucket: Bucket) -> Self {
        Self { bucket: Some(bucket), ..self }
    }

    pub async fn open(&mut self) -> Result<Engine, StorageError> {
        let mut parts = self.parts()?;
        if let Some(place) = &self.postgres {
            let stores = Stores { objects: "local".to_owned(), metastore: "postgres".to_owned() };
            let claim = parts.data_dir.claim(stores, &*parts.entropy)?;
            // An engine that was dropped a moment ago may not be gone yet.
            let mut metastore = PostgresMetastore::open(place, LOCK_WAIT).await?;
            metastore.check(&claim).await?;
            parts.data_dir.keep(&claim)?;
            metastore.take(&claim).await?;
            parts.metastore = Arc::new(metastore);
        }
        match &self.bucket {
            Some(bucket) => Engine::open_on(parts, bucket.parts()).await,
            None => Engine::open(parts).await,
        }
    }

    /// What the next engine is made of.
    pub fn parts(&mut self) -> Result<EngineParts, StorageError> {
        self.seed += 1;
        let data_dir = DataDir::open(Arc::new(self.fs.clone()), Path::new("/data"))?;
        Ok(EngineParts {
            data_dir: Arc::new(data_dir),
            metastore: Arc::new(self.metastore.clone()),
            clock: Arc::clone(&self.clock) as _,
            entropy: Arc::new(SeededEntropy::new(self.seed)),
            settings: self.settings.clone(),
        })
    }

    /// Opens an engine that has one empty table.
    pub async fn open_with_table(&mut self) -> Engine {
        let engine = self.open().await.unwrap();
        create_table(&engine, TABLE).await.unwrap();
        engine
    }

    /// Names in a directory.
    pub fn fs_names(&self, dir: &str) -> Vec<String> {
        // The one failing call of a test may be this one.
        let list = || self.fs.list(Path::new(dir));
        list().or_else(|_| list()).unwrap().into_iter().map(|entry| entry.name).collect()
    }

    pub fn now_ns(&self) -> i64 {
        self.clock.now_ns()
    }

    /// What `headwater check` says about what is on the disk now.
    pub async fn check(&self) -> Report {
        let stored = self.metastore.load().await.unwrap();
        check::files(&self.file_parts(), &stored)
    }

    /// As [`World::check`], with data files elsewhere.
    pub async fn check_on(&self, objects: Arc<dyn ObjectStore>) -> Report {
        let stored = self.metastore.load().await.unwrap();
        check::files(&self.file_parts_on(objects), &stored)
    }

    /// Where the files are that the metastore lists.
    pub fn file_parts(&self) -> FileParts {
        let fs: Arc<dyn Fs> = Arc::new(self.fs.clone());
        self.file_parts_on(Arc::new(LocalObjects::read_only(fs, Path::new("/data/magnetic"))))
    }

    fn file_parts_on(&self, objects: Arc<dyn ObjectStore>) -> FileParts {
        let fs: Arc<dyn Fs> = Arc::new(self.fs.clone());
        let entropy = Arc::new(SeededEntropy::new(1));
        let objects = DataObjects::new(
            objects,
            Arc::clone(&self.clock) as _,
            Arc::clone(&entropy) as _,
            Arc::new(TimerPacing),
            RetryPolicy::default(),
        );
        FileParts { fs, root: "/data".into(), objects, bridge: Bridge::Inline, entropy }
    }

    /// Names of all objects of the magnetic store, sorted.
    pub async fn object_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if let Some(bucket) = &self.bucket {
            let listed: Vec<_> = bucket.store().list(None).try_collect().await.unwrap();
            names.extend(listed.into_iter().map(|object| object.location.to_string()));
        } else {
            for folder in self.fs_names("/data/magnetic") {
                let objects = self.fs_names(&format!("/data/magnetic/{folder}"));
                names.extend(objects.into_iter().map(|object| format!("{folder}/{object}")));
            }
        }
        names.sort();
        names
    }

    /// Puts a file on the disk that nobody asked for.
    pub fn leave_file(&self, path: &str) {
        storage::fs::write_durably(&self.fs, Path::new(path), b"left behind").unwrap();
    }

    /// The machine after a power loss.
    pub fn crash(&self, seed: u64) -> Self {
        Self {
            fs: self.fs.crash(seed),
            metastore: self.metastore.restart(),
            clock: Arc::clone(&self.clock),
            settings: self.settings.clone(),
            bucket: self.bucket.clone(),
            postgres: self.postgres.clone(),
            seed: self.seed + 100,
        }
    }
}

/// Everything happens after a few rows.
pub fn small_settings() -> EngineSettings {
    EngineSettings {
        tail_rows_max: 8,
        tail_batches_max: 4,
        run_rows_max: 64,
        merge_runs_min: 3,
        memory_bytes_max: 4_000,
        wal_segment_bytes_max: 4_096,
        checkpoint_age_ns: 60 * SECOND_NS,
        reserve_bytes: 0,
        file_cache_bytes_max: 100_000,
        // Making a compressor costs more than all these rows.
        file_limits: FileLimits {
            rows_max: 12,
            file_bytes_max: 1 << 20,
            decoded_bytes_max: usize::MAX,
            batch_rows: 4,
            slice_rows: 16,
            slice_bytes: usize::MAX,
            zstd_level: 0,
        },
        rewrite: RewriteLimits {
            quiet_ns: 30 * SECOND_NS as u64,
            rows_max: 1_000,
            ..RewriteLimits::default()
        },
        ..EngineSettings::default()
    }
}

pub async fn create_table(engine: &Engine, name: &str) -> Result<(), StorageError> {
    let database = NewDatabase { name: DATABASE.to_owned(), kms_key_id: "key".to_owned(), tags: Vec::new() };
    match engine.create_database(database).await {
        Ok(_) | Err(StorageError::AlreadyExists { .. }) => {}
        Err(error) => return Err(error),
    }
    engine
        .create_table(NewTable {
            database: DATABASE.to_owned(),
            name: name.to_owned(),
            retention: Retention { memory_hours: 24, magnetic_days: 10 },
            magnetic_writes: MagneticWrites { enabled: true, rejected_data_location: None },
            partition_key: vec![PartitionKey::Measure],
            tags: Vec::new(),
        })
        .await
        .map(drop)
}

pub async fn write(engine: &Engine, rows: &[Row]) -> Result<WriteOutcome, StorageError> {
    write_to(engine, TABLE, rows).await
}

pub async fn write_to(engine: &Engine, table: &str, rows: &[Row]) -> Result<WriteOutcome, StorageError> {
    let records: Vec<_> = rows.iter().map(Row::record).collect();
    engine.write(DATABASE, table, &records).await
}

/// Everything a query sees now.
pub fn read(engine: &Engine) -> BTreeMap<Identity, String> {
    try_read(engine).unwrap()
}

/// As [`read`]; fails when the disk is gone.
pub fn try_read(engine: &Engine) -> Result<BTreeMap<Identity, String>, ScanError> {
    read_at(engine, NOW_NS)
}

/// Everything a query sees at an instant.
pub fn read_at(engine: &Engine, now_ns: i64) -> Result<BTreeMap<Identity, String>, ScanError> {
    try_read_where(engine, now_ns, TimeRange::ALL, &[])
}

/// What a query with these conditions sees now.
pub fn read_where(
    engine: &Engine,
    time_range: TimeRange,
    predicates: &[(&str, &[&str])],
) -> BTreeMap<Identity, String> {
    try_read_where(engine, NOW_NS, time_range, predicates).unwrap()
}

/// How many rows a reader asks for at once, when it does not matter.
const BATCH_ROWS: usize = 5;

fn try_read_where(
    engine: &Engine,
    now_ns: i64,
    time_range: TimeRange,
    predicates: &[(&str, &[&str])],
) -> Result<BTreeMap<Identity, String>, ScanError> {
    read_view(&*engine.read_view(now_ns), time_range, predicates, BATCH_ROWS)
}

/// Everything a view shows, read in batches.
pub fn read_view(
    view: &dyn ReadView,
    time_range: TimeRange,
    predicates: &[(&str, &[&str])],
    batch_rows_max: usize,
) -> Result<BTreeMap<Identity, String>, ScanError> {
    let request = |schema: &TableSchema| {
        let predicates = predicates.iter().filter_map(|(name, values)| {
            let column = schema.find(name)?.id;
            Some(ColumnPredicate { column, values: values.iter().map(|value| (*value).to_owned()).collect() })
        });
        ScanRequest { time_range, predicates: predicates.collect(), ..ScanRequest::default() }
    };
    Ok(scan(view, batch_rows_max, request)?.map(|scanned| scanned.rows).unwrap_or_default())
}

/// What a scan of all columns gave.
pub struct Scanned {
    pub rows: BTreeMap<Identity, String>,
    pub planned: Scan,
    pub control: Arc<ReadControl>,
}

/// Scans the table, if there is one. Asserts that parts are sorted and that nothing is seen twice.
pub fn scan(
    view: &dyn ReadView,
    batch_rows_max: usize,
    request: impl FnOnce(&TableSchema) -> ScanRequest,
) -> Result<Option<Scanned>, ScanError> {
    let Some(found) = view.find_table(DATABASE, TABLE) else { return Ok(None) };
    let columns: Vec<ColumnId> = found.schema.columns().iter().map(|column| column.id).collect();
    let request = ScanRequest { columns, ..request(&found.schema) };
    let scan = view.scan(found.table.id, &request)?;
    let control = Arc::<ReadControl>::default();
    let mut seen = BTreeMap::new();
    for part in &scan.parts {
        let mut rows = Vec::new();
        for batch in part.read(batch_rows_max, &control) {
            let batch = batch?;
            assert!(batch.num_rows() <= batch_rows_max && batch.num_rows() > 0);
            assert_eq!(batch.schema(), scan.schema);
            add_rows(&batch, &found.schema, &mut rows);
        }
        assert!(rows.len() <= part.rows_max());
        if request.rows == RowsWanted::All {
            assert_sorted(&rows);
        }
        for (identity, values) in rows {
            assert!(part.time_range().contains(identity.3), "a row outside its part's range: {identity:?}");
            if let Some(other) = seen.insert(identity, values) {
                panic!("seen twice: {other}");
            }
        }
    }
    assert_exactness(&scan, &seen);
    Ok(Some(Scanned { rows: seen, planned: scan, control }))
}

/// What a scan says of itself before it is read is so.
fn assert_exactness(planned: &Scan, rows: &BTreeMap<Identity, String>) {
    const DAY_NS: i64 = 86_400 * SECOND_NS;
    let parts = &planned.parts;
    if parts.iter().all(|part| part.exactness().rows) {
        assert_eq!(parts.iter().map(|part| part.rows_max()).sum::<usize>(), rows.len());
    }
    let times: BTreeSet<i64> = rows.keys().map(|identity| identity.3).collect();
    for part in parts {
        let TimeRange { start_ns, end_ns } = part.time_range();
        assert!(!part.exactness().first || times.contains(&start_ns), "no row at {start_ns}");
        assert!(!part.exactness().last || times.contains(&(end_ns - 1)), "no row before {end_ns}");
    }
    let starts: Vec<i64> = parts.iter().map(|part| part.time_range().start_ns.div_euclid(DAY_NS)).collect();
    assert!(starts.is_sorted_by(|one, other| one >= other), "the latest partition comes first: {starts:?}");
}

fn add_rows(batch: &RecordBatch, schema: &TableSchema, rows: &mut Vec<(Identity, String)>) {
    let first = rows.len();
    let nobody: Identity = (String::new(), None, String::new(), 0);
    rows.resize(first + batch.num_rows(), (nobody, String::new()));
    // In the order of the model's texts.
    let mut columns: Vec<_> = schema.columns().iter().zip(batch.columns()).collect();
    columns.sort_by_cached_key(|(column, _)| format!("{}=", column.name));
    for (column, array) in columns {
        if array.null_count() == array.len() {
            continue;
        }
        for (row, (identity, values)) in rows[first..].iter_mut().enumerate() {
            if array.is_null(row) {
                continue;
            }
            let text = || array.as_string_view().value(row).to_owned();
            match column.role {
                ColumnRole::Time => identity.3 = array.as_primitive::<TimestampNanosecondType>().value(row),
                ColumnRole::MeasureName => identity.2 = text(),
                ColumnRole::Dimension if &*column.name == "host" => identity.0 = text(),
                ColumnRole::Dimension => identity.1 = Some(text()),
                ColumnRole::MeasureValue | ColumnRole::MultiMeasure => {
                    let value = value_at(array, row).unwrap();
                    let comma = if values.is_empty() { "" } else { "," };
                    write!(values, "{comma}{}={value:?}", column.name).unwrap();
                }
            }
        }
    }
}

fn series((identity, _): &(Identity, String)) -> (&str, Option<&str>, &str) {
    (&identity.0, identity.1.as_deref(), &identity.2)
}

/// Rows of a series stand together, their times ascend.
fn assert_sorted(rows: &[(Identity, String)]) {
    let mut done = BTreeSet::new();
    for pair in rows.windows(2) {
        let (one, other) = (series(&pair[0]), series(&pair[1]));
        if one == other {
            assert!(pair[0].0.3 < pair[1].0.3, "times do not ascend: {pair:?}");
        } else {
            done.insert(one);
            assert!(!done.contains(&other), "a series in two places: {other:?}");
        }
    }
}

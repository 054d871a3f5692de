//! Opens what the settings name beside the data directory, and makes sure that both belong together: where data files are
//! kept, and the buckets that users name.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use model::bucket::Buckets;
use model::limits;
use storage::data_dir::DataDir;
use storage::data_dir::stores::Stores;
use storage::engine::ObjectParts;
use storage::magnetic::bridge::Bridge;
use storage::metastore::{Metastore, PostgresMetastore, SqliteMetastore};
use storage::object::s3::{self, owner};
use storage::object::{AllowedBuckets, FolderBuckets, RetryPolicy, ServiceBuckets, TimerPacing};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::buckets;
use crate::node::{OpenError, World};
use crate::settings::{MetastorePlace, ObjectPlace, Settings};

/// Threads for the calls of a bucket. They are apart from those that serve requests, which may wait for them.
const OBJECT_THREADS: usize = 2;

/// Runs the calls of a bucket until it is dropped.
#[derive(Debug)]
pub struct ObjectThreads(Option<Runtime>);

impl ObjectThreads {
    fn start() -> io::Result<(Self, Bridge)> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(OBJECT_THREADS).thread_name("objects").enable_all().build()?;
        let bridge = Bridge::Runtime(runtime.handle().clone());
        Ok((Self(Some(runtime)), bridge))
    }
}

impl Drop for ObjectThreads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // A plain drop would wait, which a thread that serves requests must not.
            runtime.shutdown_background();
        }
    }
}

/// Where the data is, as the settings say. Every store has answered, and is this data directory's.
#[derive(Debug)]
pub struct OpenStores {
    /// `None` for the folder of the data directory. The threads must live as long as the store is used.
    pub objects: Option<(ObjectParts, ObjectThreads)>,
    pub metastore: Arc<dyn Metastore>,
}

/// Opens the stores. All are asked before the first is told: a mistyped place leaves no trace.
pub async fn open_stores(
    settings: &Settings,
    world: &World,
    data_dir: &DataDir,
) -> Result<OpenStores, OpenError> {
    let configured = Stores {
        objects: settings.object_store.to_string(),
        metastore: settings.metastore.kind().to_owned(),
    };
    let claim = data_dir.claim(configured, &*world.entropy)?;
    let bucket = match &settings.object_store {
        ObjectPlace::Local => None,
        ObjectPlace::S3(location) => {
            let store = buckets::s3_settings(settings, &world.environment)?.open_bucket(location, 0)?;
            s3::probe(&store, location).await?;
            owner::ownership(&store, location, &claim).await?;
            Some((store, location))
        }
    };
    let postgres = match (&world.metastore, &settings.metastore) {
        (None, MetastorePlace::Postgres(place)) => {
            let lock_wait = Duration::from_millis(limits::METASTORE_LOCK_WAIT_MS);
            let metastore = PostgresMetastore::open(place, lock_wait).await?;
            metastore.check(&claim).await?;
            Some(metastore)
        }
        _ => None,
    };
    data_dir.keep(&claim)?;
    let objects = match bucket {
        None => None,
        Some((store, location)) => {
            owner::take(&store, location, &claim).await?;
            let (threads, bridge) = ObjectThreads::start()?;
            let pacing = Arc::new(TimerPacing);
            Some((ObjectParts { store, bridge, pacing, policy: RetryPolicy::default() }, threads))
        }
    };
    let metastore: Arc<dyn Metastore> = match (&world.metastore, postgres) {
        (Some(metastore), _) => Arc::clone(metastore),
        (None, Some(mut metastore)) => {
            metastore.take(&claim).await?;
            Arc::new(metastore)
        }
        (None, None) => {
            data_dir.take_digest()?;
            Arc::new(SqliteMetastore::open(&data_dir.metastore()).await?)
        }
    };
    Ok(OpenStores { objects, metastore })
}

/// The buckets that users name: those of the configured service, or folders of the data directory.
pub fn open_user_buckets(
    settings: &Settings,
    environment: &BTreeMap<String, String>,
    data_dir: &DataDir,
) -> Result<Arc<dyn Buckets>, OpenError> {
    if settings.s3_endpoint.is_none() {
        let (fs, leave_bytes) = (Arc::clone(data_dir.fs()), settings.disk_reserve_bytes_min);
        return Ok(Arc::new(FolderBuckets::open(fs, &data_dir.buckets(), leave_bytes)?));
    }
    let names = settings.s3_user_buckets.as_deref().unwrap_or_default();
    let allowed = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let allowed = AllowedBuckets::new(allowed.map(str::to_owned).collect());
    let own = match &settings.object_store {
        ObjectPlace::Local => None,
        ObjectPlace::S3(location) => Some(location.clone()),
    };
    let service = buckets::s3_settings(settings, environment)?;
    Ok(Arc::new(ServiceBuckets::new(service, allowed, own, Handle::current())))
}

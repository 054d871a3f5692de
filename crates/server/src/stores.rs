//! Opens what the settings name beside the data directory, and makes sure that both belong together: where data files are
//! kept, and the buckets that users name.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use model::bucket::Buckets;
use storage::data_dir::DataDir;
use storage::data_dir::stores::Stores;
use storage::engine::ObjectParts;
use storage::magnetic::bridge::Bridge;
use storage::object::s3::{self, owner};
use storage::object::{AllowedBuckets, FolderBuckets, RetryPolicy, ServiceBuckets, TimerPacing};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::buckets;
use crate::node::{OpenError, World};
use crate::settings::{ObjectPlace, Settings};

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

/// The object store of data files; `None` for the folder of the data directory. A bucket has answered when this returns,
/// and is this data directory's. The threads must live as long as the store is used.
pub async fn open_objects(
    settings: &Settings,
    world: &World,
    data_dir: &DataDir,
) -> Result<Option<(ObjectParts, ObjectThreads)>, OpenError> {
    let metastore = Stores::local().metastore;
    let configured = Stores { objects: settings.object_store.to_string(), metastore };
    let claim = data_dir.claim(configured, &*world.entropy)?;
    let ObjectPlace::S3(location) = &settings.object_store else {
        data_dir.keep(&claim)?;
        return Ok(None);
    };
    let store = buckets::s3_settings(settings, &world.environment)?.open_bucket(location, 0)?;
    s3::probe(&store, location).await?;
    owner::ownership(&store, location, &claim).await?;
    data_dir.keep(&claim)?;
    owner::take(&store, location, &claim).await?;
    let (threads, bridge) = ObjectThreads::start()?;
    let pacing = Arc::new(TimerPacing);
    Ok(Some((ObjectParts { store, bridge, pacing, policy: RetryPolicy::default() }, threads)))
}

/// The buckets that users name: those of the configured service, or folders of the data directory.
pub fn open_user_buckets(
    settings: &Settings,
    environment: &BTreeMap<String, String>,
    data_dir: &DataDir,
) -> Result<Arc<dyn Buckets>, OpenError> {
    if settings.s3_endpoint.is_none() {
        return Ok(Arc::new(FolderBuckets::open(Arc::clone(data_dir.fs()), &data_dir.buckets())?));
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

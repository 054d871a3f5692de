//! Opens what the settings name beside the data directory: where data files are kept, and the buckets that users name.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::bucket::Buckets;
use storage::data_dir::DataDir;
use storage::engine::ObjectParts;
use storage::magnetic::bridge::Bridge;
use storage::object::{AllowedBuckets, FolderBuckets, RetryPolicy, ServiceBuckets, TimerPacing, s3};
use tokio::runtime::Handle;

use crate::buckets;
use crate::node::OpenError;
use crate::settings::{ObjectPlace, Settings};

/// The object store of data files; `None` for the folder of the data directory. A bucket has answered when this returns.
pub async fn open_objects(
    settings: &Settings,
    environment: &BTreeMap<String, String>,
) -> Result<Option<ObjectParts>, OpenError> {
    let ObjectPlace::S3(location) = &settings.object_store else { return Ok(None) };
    let store = buckets::s3_settings(settings, environment)?.open_bucket(location, 0)?;
    s3::probe(&store, location).await?;
    Ok(Some(ObjectParts {
        store,
        bridge: Bridge::Runtime(Handle::current()),
        pacing: Arc::new(TimerPacing),
        policy: RetryPolicy::default(),
    }))
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
    let allowed = settings.s3_user_buckets.split(',').map(str::trim).filter(|name| !name.is_empty());
    let allowed = AllowedBuckets::new(allowed.map(str::to_owned).collect());
    let own = match &settings.object_store {
        ObjectPlace::Local => None,
        ObjectPlace::S3(location) => Some(location.clone()),
    };
    let service = buckets::s3_settings(settings, environment)?;
    Ok(Arc::new(ServiceBuckets::new(service, allowed, own, Handle::current())))
}

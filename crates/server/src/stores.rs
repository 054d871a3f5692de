//! Opens what the settings name beside the data directory: where data files are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use storage::engine::ObjectParts;
use storage::magnetic::bridge::Bridge;
use storage::object::{RetryPolicy, TimerPacing, s3};
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

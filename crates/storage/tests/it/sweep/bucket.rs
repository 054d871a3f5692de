//! An object store as a bucket is: a put is there whole or not at all, and what is there stays.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::{BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use storage::check::Report;
use storage::engine::{Engine, ObjectParts};
use storage::error::StorageError;
use storage::magnetic::bridge::Bridge;
use storage::object::{RetryPolicy, TimerPacing};

use crate::workload;
use crate::world::World;

type Look = dyn Fn(InMemory) + Send + Sync;

#[derive(Clone)]
pub struct Bucket {
    objects: Arc<InMemory>,
    look: Arc<Look>,
}

impl Bucket {
    pub fn new(objects: InMemory) -> Self {
        Self::watched(objects, |_| {})
    }

    /// `look` sees the bucket before each change, and after it, when the answer is still on its way.
    pub fn watched(objects: InMemory, look: impl Fn(InMemory) + Send + Sync + 'static) -> Self {
        Self { objects: Arc::new(objects), look: Arc::new(look) }
    }

    pub fn copy(&self) -> InMemory {
        self.objects.fork()
    }

    fn show(&self) {
        (self.look)(self.copy());
    }
}

/// Opens the engine of a machine whose data files are in the bucket, if there is one.
pub async fn open_on(world: &mut World, bucket: Option<&Bucket>) -> Result<Engine, StorageError> {
    let Some(bucket) = bucket else { return world.open().await };
    let objects = ObjectParts {
        store: Arc::new(bucket.clone()),
        bridge: Bridge::Inline,
        pacing: Arc::new(TimerPacing),
        policy: RetryPolicy { attempts_max: 1, ..RetryPolicy::default() },
    };
    Engine::open_on(world.parts()?, objects).await
}

/// Every file of both stores is listed, and every listed file is there.
pub async fn assert_no_orphans(world: &World, bucket: Option<&Bucket>) {
    let Some(bucket) = bucket else { return workload::assert_no_orphans(world) };
    let objects: Vec<ObjectMeta> = bucket.objects.list(None).try_collect().await.unwrap();
    let mut there = world.fs_names("/data/memory");
    there.extend(objects.into_iter().map(|object| object.location.to_string()));
    there.sort();
    assert_eq!(there, world.metastore.files());
}

/// What `headwater check` says.
pub async fn check(world: &World, bucket: Option<&Bucket>) -> Report {
    match bucket {
        Some(bucket) => world.check_on(Arc::new(bucket.clone())).await,
        None => world.check().await,
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bucket")
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bucket")
    }
}

#[async_trait]
impl ObjectStore for Bucket {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.show();
        let answer = self.objects.put_opts(location, payload, options).await;
        self.show();
        answer
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.objects.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.objects.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let (before, after) = (self.clone(), self.clone());
        let locations = locations.inspect(move |_| before.show()).boxed();
        self.objects.delete_stream(locations).inspect(move |_| after.show()).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}

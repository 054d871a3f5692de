//! An object store that fails on demand, for tests and simulation.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectFault {
    /// The call does nothing and fails, as with status 500 or 503 or a timeout before the request arrived.
    Unavailable,
    /// The call is done, but its answer is lost.
    LostAnswer,
    /// The call does nothing; its failure comes late, as with a timeout.
    TimedOut,
    /// The call is done, and answered late.
    Slow,
    /// The call does nothing and claims that the name is taken, as a store that answers 409 to two writers does.
    Conflict,
    /// A read answers only a first part.
    Cut,
    /// A read answers with one bit changed.
    Flipped,
}

impl ObjectFault {
    pub const ALL: [Self; 7] = [
        Self::Unavailable,
        Self::TimedOut,
        Self::Slow,
        Self::LostAnswer,
        Self::Conflict,
        Self::Cut,
        Self::Flipped,
    ];
}

/// Passes calls on to another store, except for those that were chosen to fail. Clones are handles.
#[derive(Debug, Clone)]
pub struct FaultyObjects {
    inner: Arc<dyn ObjectStore>,
    plan: Arc<Mutex<Plan>>,
    /// Lets time pass, for what is late.
    delay: Delay,
}

#[derive(Clone)]
struct Delay(Arc<dyn Fn() + Send + Sync>);

impl fmt::Debug for Delay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Delay")
    }
}

#[derive(Debug, Default)]
struct Plan {
    calls: u64,
    faults: BTreeMap<u64, ObjectFault>,
    always: Option<ObjectFault>,
}

impl FaultyObjects {
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self::with_delay(inner, || {})
    }

    /// `delay` is called once for each late answer.
    pub fn with_delay(inner: Arc<dyn ObjectStore>, delay: impl Fn() + Send + Sync + 'static) -> Self {
        Self { inner, plan: Arc::default(), delay: Delay(Arc::new(delay)) }
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.plan().calls
    }

    /// Makes call number `call` (the first is 1) fail, once.
    pub fn fail_at(&self, call: u64, fault: ObjectFault) {
        self.plan().faults.insert(call, fault);
    }

    /// Makes every call fail until it is told otherwise.
    pub fn set_always(&self, fault: Option<ObjectFault>) {
        self.plan().always = fault;
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call; its fault, unless that is one that comes after the call.
    fn begin(&self, location: &str) -> Result<Option<ObjectFault>> {
        let fault = {
            let mut plan = self.plan();
            plan.calls += 1;
            let call = plan.calls;
            plan.faults.remove(&call).or(plan.always)
        };
        if matches!(fault, Some(ObjectFault::TimedOut | ObjectFault::Slow)) {
            (self.delay.0)();
        }
        match fault {
            Some(ObjectFault::Unavailable | ObjectFault::TimedOut) => Err(unavailable()),
            Some(ObjectFault::Conflict) => {
                Err(Error::AlreadyExists { path: location.to_owned(), source: "409 Conflict".into() })
            }
            fault => Ok(fault),
        }
    }
}

impl fmt::Display for FaultyObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultyObjects({})", self.inner)
    }
}

fn unavailable() -> Error {
    Error::Generic { store: "faulty", source: "503 Service Unavailable".into() }
}

fn spoil(bytes: Bytes, fault: Option<ObjectFault>) -> Bytes {
    match fault {
        Some(ObjectFault::Cut) => bytes.slice(..bytes.len() / 2),
        Some(ObjectFault::Flipped) => {
            let mut flipped = bytes.to_vec();
            let middle = flipped.len() / 2;
            if let Some(byte) = flipped.get_mut(middle) {
                *byte ^= 0x10;
            }
            flipped.into()
        }
        _ => bytes,
    }
}

#[async_trait]
impl ObjectStore for FaultyObjects {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let fault = self.begin(location.as_ref())?;
        let answer = self.inner.put_opts(location, payload, options).await?;
        if fault == Some(ObjectFault::LostAnswer) { Err(unavailable()) } else { Ok(answer) }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.begin(location.as_ref())?;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let fault = self.begin(location.as_ref())?;
        let answer = self.inner.get_opts(location, options).await?;
        if fault == Some(ObjectFault::LostAnswer) {
            return Err(unavailable());
        }
        let (meta, range, attributes) =
            (answer.meta.clone(), answer.range.clone(), answer.attributes.clone());
        let bytes = spoil(answer.bytes().await?, fault);
        let payload = GetResultPayload::Stream(stream::iter([Ok(bytes)]).boxed());
        Ok(GetResult { payload, meta, range, attributes })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let fault = self.begin(location.as_ref())?;
        let parts = self.inner.get_ranges(location, ranges).await?;
        if fault == Some(ObjectFault::LostAnswer) {
            return Err(unavailable());
        }
        Ok(parts.into_iter().map(|part| spoil(part, fault)).collect())
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let fault = match self.begin("") {
            Ok(fault) => fault,
            Err(error) => return stream::iter([Err(error)]).boxed(),
        };
        let answers = self.inner.delete_stream(locations);
        if fault == Some(ObjectFault::LostAnswer) {
            return answers.map(|_| Err(unavailable())).boxed();
        }
        answers
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.begin("") {
            Ok(Some(ObjectFault::LostAnswer)) | Err(_) => stream::iter([Err(unavailable())]).boxed(),
            Ok(_) => self.inner.list(prefix),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.begin("")?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.begin(from.as_ref())?;
        self.inner.copy_opts(from, to, options).await
    }
}

//! A server in this process, with a simulated disk, a clock that stands still, and reproducible randomness.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use model::clock::{Clock, ManualClock};
use model::entropy::SeededEntropy;
use model::limits;
use server::node::{Node, OpenError, World};
use server::router::Router;
use server::settings::Settings;
use server::telemetry::Metrics;
use storage::error::StorageError;
use storage::fs::sim::SimFs;
use storage::metastore::MemoryMetastore;
use wire::sigv4::{Request as SignedRequest, Signer, sign};

pub const ACCESS_KEY_ID: &str = "AKIDSCENARIO";
pub const SECRET: &str = "scenario-secret-key";
const OPEN_WAIT_MAX: Duration = Duration::from_secs(120);
const HOST: &str = "127.0.0.1:8421";

/// What can be changed about a request to break it.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tampering {
    /// Signs with another secret.
    pub secret: Option<String>,
    /// Signs with another access key.
    pub access_key_id: Option<String>,
    /// Signs for another region.
    pub region: Option<String>,
    /// Signs this many seconds before (negative) or after now.
    pub skew_seconds: i64,
    /// Leaves the signature out.
    pub unsigned: bool,
    /// Adds headers after signing.
    pub added_headers: BTreeMap<String, String>,
    /// Sends another body than was signed.
    pub body: Option<String>,
    /// Sends another User-Agent than a generic one.
    pub user_agent: Option<String>,
}

#[derive(Debug)]
pub struct Host {
    pub clock: Arc<ManualClock>,
    pub disk: SimFs,
    settings: Settings,
    world: World,
    router: Arc<Router>,
    node: Arc<Node>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: serde_json::Value,
}

impl Host {
    pub async fn start(settings: Settings, now_ns: i64) -> Self {
        // The same on every machine: a busy one answers the rows and not an empty first page, or an error.
        let settings = Settings {
            data_dir: "/data".into(),
            query_threads: 4,
            query_first_page_wait_ms: 55_000,
            query_seconds_max: limits::QUERY_SECONDS_MAX,
            ..settings
        };
        let clock = Arc::new(ManualClock::new(now_ns));
        let environment =
            [("HEADWATER_ROOT_ACCESS_KEY_ID", ACCESS_KEY_ID), ("HEADWATER_ROOT_SECRET_ACCESS_KEY", SECRET)];
        let disk = SimFs::new();
        let world = World {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            machine_clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SeededEntropy::new(1)),
            fs: Arc::new(disk.clone()),
            metastore: Some(Arc::new(MemoryMetastore::new())),
            spill_folder: None,
            environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        };
        let (router, node) = open(&settings, &world).await;
        Self { clock, disk, settings, world, router, node }
    }

    /// Stops the server in good order and starts it again on the same disk.
    pub async fn restart(self) -> Self {
        self.node.close().await;
        let Self { clock, disk, settings, world, router, node } = self;
        drop((router, node));
        let (router, node) = open(&settings, &world).await;
        Self { clock, disk, settings, world, router, node }
    }

    /// Checkpoint, maintenance, reports.
    pub async fn settle(&self) {
        self.node.engine.checkpoint().await.unwrap();
        self.node.engine.maintain().await.unwrap();
        assert!(server::reports::put_waiting(&self.node).await);
    }

    /// The objects of a bucket in the order of their keys; what is JSON, as JSON.
    pub fn objects(&self, bucket: &str) -> serde_json::Value {
        let mut objects = Vec::new();
        self.add_objects(&Path::new("/data/buckets").join(bucket), "", &mut objects);
        objects.into()
    }

    fn add_objects(&self, folder: &Path, prefix: &str, objects: &mut Vec<serde_json::Value>) {
        for entry in self.world.fs.list(folder).unwrap_or_default() {
            let (path, key) = (folder.join(&entry.name), format!("{prefix}{}", entry.name));
            if entry.is_dir {
                self.add_objects(&path, &format!("{key}/"), objects);
                continue;
            }
            let bytes = storage::fs::read(&*self.world.fs, &path).unwrap();
            let text = || String::from_utf8_lossy(&bytes).into_owned().into();
            let content: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
            objects.push(serde_json::json!({ "key": key, "content": content }));
        }
    }

    pub fn node(&self) -> &Node {
        &self.node
    }

    pub async fn stop(self) {
        self.node.close().await;
    }

    /// Sends a signed call the way the network would.
    pub async fn call(&self, target: &str, body: Vec<u8>, tampering: &Tampering) -> Answer {
        let agent = tampering.user_agent.as_deref().unwrap_or("scenario/1");
        let headers: [(&str, &[u8]); 4] = [
            ("content-type", wire::CONTENT_TYPE.as_bytes()),
            ("host", HOST.as_bytes()),
            ("user-agent", agent.as_bytes()),
            ("x-amz-target", target.as_bytes()),
        ];
        let unsigned = SignedRequest { method: "POST", path: "/", query: "", headers: &headers, body: &body };
        let signer = Signer {
            access_key_id: tampering.access_key_id.as_deref().unwrap_or(ACCESS_KEY_ID),
            secret_access_key: tampering.secret.as_deref().unwrap_or(SECRET),
            session_token: None,
            region: tampering.region.as_deref().unwrap_or(&self.settings.region),
        };
        let mut request = Request::post("/");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if !tampering.unsigned {
            let signed_ns = self.clock.now_ns() + tampering.skew_seconds * model::time::NS_PER_SECOND;
            for (name, value) in sign(&unsigned, &signer, signed_ns) {
                request = request.header(name, value);
            }
        }
        for (name, value) in &tampering.added_headers {
            request = request.header(name, value);
        }
        let body = tampering.body.as_ref().map_or(body, |body| body.clone().into_bytes());
        self.send(request.body(Full::new(Bytes::from(body))).unwrap()).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let answer = self.router.answer(request).await;
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}

async fn open(settings: &Settings, world: &World) -> (Arc<Router>, Arc<Node>) {
    let metrics = Arc::new(Metrics::new());
    let (clock, entropy) = (Arc::clone(&world.machine_clock), Arc::clone(&world.entropy));
    let router = Arc::new(Router::new(settings, clock, entropy, Arc::clone(&metrics)));
    let opening = tokio::time::timeout(OPEN_WAIT_MAX, open_node(settings, world, &metrics));
    let node = Arc::new(opening.await.expect("the data directory is still locked"));
    router.open(Arc::clone(&node));
    (router, node)
}

/// The threads of a query end a little after its answer, and keep the data directory of the server before until then.
async fn open_node(settings: &Settings, world: &World, metrics: &Arc<Metrics>) -> Node {
    loop {
        match Node::open(settings.clone(), world.clone(), Arc::clone(metrics)).await {
            Ok(node) => return node,
            Err(OpenError::Storage(StorageError::Locked { .. })) => {
                std::thread::yield_now();
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

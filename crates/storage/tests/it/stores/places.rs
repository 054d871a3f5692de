//! Stores beside the simulated machine: a bucket of a real server, a database file.
//!
//! The gate starts the servers and names them in the environment. Without them the tests that need one say that they are
//! skipped, and the gate counts that as a failure.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use object_store::ObjectStore;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use storage::engine::ObjectParts;
use storage::magnetic::bridge::Bridge;
use storage::metastore::PostgresPlace;
use storage::object::s3::{S3Credentials, S3Location, S3Settings};
use storage::object::{FaultyObjects, ObjectFault, Pacing, RetryPolicy};
use tokio::runtime::Runtime;

pub const ENDPOINT_VARIABLE: &str = "HEADWATER_TEST_S3_ENDPOINT";
pub const POSTGRES_VARIABLE: &str = "HEADWATER_TEST_POSTGRES";
const BUCKET_VARIABLE: &str = "HEADWATER_TEST_S3_BUCKET";
const ACCESS_KEY_VARIABLE: &str = "HEADWATER_TEST_S3_ACCESS_KEY_ID";
const SECRET_KEY_VARIABLE: &str = "HEADWATER_TEST_S3_SECRET_ACCESS_KEY";

/// One place of its own for data files in the bucket of the tests.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub settings: S3Settings,
    pub location: S3Location,
    /// Every so many calls one fails; 0 for never.
    pub fault_period: u64,
}

impl Bucket {
    /// `None`, with a word on standard error, when there is no server.
    pub fn find(test: &str) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(endpoint) = variable(ENDPOINT_VARIABLE) else {
            skip(test, ENDPOINT_VARIABLE);
            return None;
        };
        let needed = |name| variable(name).unwrap_or_else(|| panic!("{name} is not set"));
        let prefix = format!("{test}/{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Self {
            settings: S3Settings {
                allow_http: true,
                endpoint: Some(endpoint),
                region: "us-east-1".to_owned(),
                path_style: true,
                credentials: S3Credentials::Keys {
                    access_key_id: needed(ACCESS_KEY_VARIABLE),
                    secret_access_key: needed(SECRET_KEY_VARIABLE),
                    session_token: None,
                },
            },
            location: S3Location { bucket: needed(BUCKET_VARIABLE), prefix },
            fault_period: 0,
        })
    }

    /// A client that has not been used.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        self.settings.open_bucket(&self.location, 0).unwrap()
    }

    /// What an engine is given.
    pub fn parts(&self) -> ObjectParts {
        let mut store = self.store();
        if self.fault_period > 0 {
            let faulty = FaultyObjects::new(store);
            let faults = [ObjectFault::LostAnswer, ObjectFault::Unavailable, ObjectFault::Cut];
            for (number, fault) in faults.into_iter().cycle().enumerate().take(2_000) {
                faulty.fail_at((number as u64 + 1) * self.fault_period, fault);
            }
            store = Arc::new(faulty);
        }
        let policy = RetryPolicy { total_max: Duration::from_secs(600), ..RetryPolicy::default() };
        ObjectParts {
            store,
            bridge: Bridge::Runtime(io().handle().clone()),
            pacing: Arc::new(NoPause),
            policy,
        }
    }
}

/// A schema of its own in the database of the tests; `None`, with a word on standard error, without a server.
pub async fn new_schema(test: &str) -> Option<PostgresPlace> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some(url) = std::env::var(POSTGRES_VARIABLE).ok().filter(|value| !value.is_empty()) else {
        skip(test, POSTGRES_VARIABLE);
        return None;
    };
    let schema = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Some(format!("{url}?options[search_path]={schema}").parse().unwrap())
}

/// Says past the capture of test output that a test did not run.
pub fn skip(test: &str, variable: &str) {
    let line = format!("skipped {test}: {variable} is not set; `cargo xtask stores COMMAND` sets it\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Threads for the calls of buckets: those of a test wait for them.
fn io() -> &'static Runtime {
    static IO: OnceLock<Runtime> = OnceLock::new();
    IO.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().unwrap()
    })
}

/// Tries again at once: only whether it is tried matters here.
#[derive(Debug)]
struct NoPause;

#[async_trait]
impl Pacing for NoPause {
    async fn pause(&self, _duration: Duration) {
        tokio::task::yield_now().await;
    }
}

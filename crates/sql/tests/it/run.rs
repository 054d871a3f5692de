//! Runs statements the way the server does: through the engine, page by page.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use model::clock::ManualClock;
use model::entropy::SeededEntropy;
use model::limits;
use serde_json::Value;
use sql::analyzer::Parameters;
use sql::error::SqlError;
use sql::execution::{EngineParts, QueryEngine, QueryRequest, QuerySettings, RunningQuery};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::buckets::MemoryBuckets;
use super::datum::{Cell, cells};
use super::store::{MemorySource, Store};

/// The instant of queries whose case names none.
pub const NOW_DEFAULT: &str = "2022-06-17 12:00:00.000000000";

const PAGE_ROWS_MAX: usize = 1_000;
const PAGE_BYTES_MAX: usize = 1_048_576;

/// The same on a machine with many processors and on one with few, on a busy one and on an idle one: a test that is
/// about a deadline gives one to its request.
pub fn settings() -> QuerySettings {
    QuerySettings {
        threads: 4,
        partitions_max: 4,
        wait_max: Duration::from_secs(600),
        deadline: Duration::from_secs(limits::QUERY_SECONDS_MAX),
        ..QuerySettings::default()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Names and types, as Trino spells types.
    pub columns: Vec<(String, String)>,
    pub rows: Vec<Vec<Cell>>,
}

/// An engine over a store, whose clock stands.
#[derive(Debug)]
pub struct Session {
    engine: QueryEngine,
    /// What UNLOAD wrote.
    pub buckets: MemoryBuckets,
    /// Keeps the deadlines.
    runtime: Runtime,
}

impl Session {
    pub fn new(store: Store, now_ns: i64) -> Self {
        Self::with_settings(store, now_ns, settings())
    }

    /// An engine that hands on `batch_rows` rows at once, so that even small tables take several partitions.
    pub fn with_small_batches(store: Store, now_ns: i64, partitions_max: usize, batch_rows: usize) -> Self {
        Self::with_settings(store, now_ns, QuerySettings { partitions_max, batch_rows, ..settings() })
    }

    pub fn with_settings(store: Store, now_ns: i64, settings: QuerySettings) -> Self {
        let buckets = MemoryBuckets::default();
        let parts = EngineParts {
            buckets: Some(Arc::new(buckets.clone())),
            scan_source: Arc::new(MemorySource(Arc::new(store))),
            clock: Arc::new(ManualClock::new(now_ns)),
            entropy: Arc::new(SeededEntropy::new(1)),
            settings,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build();
        Self { engine: QueryEngine::new(parts).unwrap(), buckets, runtime: runtime.unwrap() }
    }

    /// The whole answer. A panic on the way is an internal error.
    pub fn run(&self, text: &str, parameters: Parameters) -> Result<Answer, SqlError> {
        self.run_within(text, parameters, None)
    }

    pub fn run_within(
        &self,
        text: &str,
        parameters: Parameters,
        deadline: Option<Duration>,
    ) -> Result<Answer, SqlError> {
        let query_id = "TEST".to_owned();
        let request = QueryRequest { query_id, text: text.to_owned(), parameters, deadline };
        let answer = catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(self.answer(request))));
        answer.unwrap_or(Err(SqlError::Internal))
    }

    /// Starts a statement and leaves it running.
    pub fn start(&self, text: &str) -> RunningQuery {
        let _context = self.runtime.enter();
        self.engine.start(QueryRequest { text: text.to_owned(), ..QueryRequest::default() })
    }

    /// Starts a statement, cancels it when told, and waits until nobody answers for it any more.
    pub fn cancel_when(&self, text: &str, when: Arc<Notify>) {
        self.runtime.block_on(async {
            let request = QueryRequest { text: text.to_owned(), ..QueryRequest::default() };
            let mut running = self.engine.start(request);
            when.notified().await;
            running.cancel();
            let page = running.next_page(PAGE_ROWS_MAX, PAGE_BYTES_MAX).await;
            assert_eq!(page, Err(SqlError::Cancelled));
            while self.buckets.open() > 0 {
                tokio::task::yield_now().await;
            }
        });
    }

    /// Waits for something.
    pub fn wait(&self, what: impl Future<Output = ()>) {
        self.runtime.block_on(what);
    }

    async fn answer(&self, request: QueryRequest) -> Result<Answer, SqlError> {
        let mut running = self.engine.start(request);
        let columns = running.columns().await?;
        let columns = columns.iter().map(|it| (it.name.clone(), it.ty.to_string())).collect();
        let mut rows = Vec::new();
        loop {
            let page = running.next_page(PAGE_ROWS_MAX, PAGE_BYTES_MAX).await?;
            let text = String::from_utf8(page.rows_json).unwrap();
            let page_rows: Vec<Value> = serde_json::from_str(&format!("[{text}]")).unwrap();
            assert_eq!(page_rows.len(), page.rows, "a page counts its rows");
            rows.extend(page_rows.iter().map(cells));
            if page.last {
                return Ok(Answer { columns, rows });
            }
        }
    }
}

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::catalog::TableId;
use model::clock::ManualClock;
use model::entropy::SeededEntropy;
use model::scan::{ReadView, Scan, ScanError, ScanRequest, ScanSource, TableView};

use super::*;

/// A source without databases.
#[derive(Debug)]
struct Nothing;

/// The same, whose views may hold too much.
#[derive(Debug)]
struct Crowded(AtomicBool);

impl ScanSource for Crowded {
    fn read_view(&self, _now_ns: i64) -> Arc<dyn ReadView> {
        Arc::new(Nothing)
    }

    fn views_hold_too_much(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl ReadView for Nothing {
    fn databases(&self) -> Vec<String> {
        Vec::new()
    }

    fn tables(&self, _database: &str) -> Option<Vec<String>> {
        None
    }

    fn find_table(&self, _database: &str, _table: &str) -> Option<TableView> {
        None
    }

    fn scan(&self, _table: TableId, _request: &ScanRequest) -> Result<Scan, ScanError> {
        Err(ScanError::TableGone)
    }
}

pub(super) fn engine(change: impl FnOnce(&mut QuerySettings)) -> QueryEngine {
    engine_on(Arc::new(Crowded(AtomicBool::new(false))), change)
}

fn engine_on(source: Arc<Crowded>, change: impl FnOnce(&mut QuerySettings)) -> QueryEngine {
    let mut settings = QuerySettings {
        threads: 2,
        partitions_max: 2,
        wait_max: Duration::from_secs(600),
        deadline: Duration::from_secs(model::limits::QUERY_SECONDS_MAX),
        ..QuerySettings::default()
    };
    change(&mut settings);
    let parts = EngineParts {
        scan_source: source,
        clock: Arc::new(ManualClock::new(1_700_000_000_000_000_000)),
        entropy: Arc::new(SeededEntropy::new(7)),
        buckets: None,
        settings,
    };
    QueryEngine::new(parts).unwrap()
}

pub(super) fn request(text: &str) -> QueryRequest {
    QueryRequest { query_id: "q".into(), text: text.into(), ..QueryRequest::default() }
}

/// Ten thousand rows, each with its number.
const MANY: &str = "SELECT n FROM UNNEST(sequence(1, 10000)) AS t(n)";
/// More work than any test waits for, in little memory: each join keeps ten thousand rows and streams the others.
const ENDLESS: &str = "WITH s AS (SELECT n FROM UNNEST(sequence(1, 10000)) AS t(n)) \
     SELECT a.n % 7, count(*) FROM s a LEFT JOIN (s b LEFT JOIN s c ON b.n < c.n + 20000) ON a.n < b.n + c.n GROUP BY 1";

#[tokio::test]
async fn pages_have_all_rows_in_order_and_end() {
    let engine = engine(|_| {});
    for (rows_max, bytes_max) in
        [(1_000, 1_000_000), (999, 1_000_000), (100_000, 5_000), (1_000_000, 10_000_000)]
    {
        let mut query = engine.start(request(MANY));
        assert_eq!(query.columns().await.unwrap()[0].name, "n");
        let mut rows = Vec::new();
        loop {
            let page = query.next_page(rows_max, bytes_max).await.unwrap();
            assert!(page.rows <= rows_max && page.rows_json.len() <= bytes_max);
            assert!(page.rows > 0 || page.last);
            let json = format!("[{}]", String::from_utf8(page.rows_json).unwrap());
            let parsed: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
            assert_eq!(parsed.len(), page.rows);
            rows.extend(parsed);
            if page.last {
                break;
            }
        }
        let numbers: Vec<String> =
            rows.iter().map(|row| row["Data"][0]["ScalarValue"].as_str().unwrap().to_owned()).collect();
        assert_eq!(numbers, (1..=10_000).map(|n: i32| n.to_string()).collect::<Vec<_>>());
        assert_eq!(query.progress().percentage, 100.0);
    }
}

#[tokio::test]
async fn errors_have_their_kinds_and_texts() {
    let engine = engine(|_| {});
    let cases = [
        ("SELECT 1 +", "The query syntax is invalid at line 1:11", "Invalid"),
        ("SELECT a", "line 1:8: Column 'a' does not exist", "Invalid"),
        ("SELECT 1 / (n - 1) FROM (VALUES 1, 2) AS t(n)", "Division by zero", "Execution"),
        (
            "SELECT (SELECT n FROM (VALUES 1, 2) AS t(n))",
            "Scalar sub-query has returned multiple rows",
            "Execution",
        ),
        ("SELECT CAST('P332a' AS BIGINT)", "Cannot cast 'P332a' to BIGINT", "Execution"),
    ];
    for (text, message, kind) in cases {
        let error = engine.run_to_text(request(text)).await.unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), format!("{:?}", error.kind()).as_str()),
            (message, kind),
            "{text}"
        );
        let mut query = engine.start(request(text));
        assert_eq!(query.next_page(10, 1_000).await.unwrap_err(), error, "{text}");
    }
}

#[tokio::test]
async fn a_query_ends_at_its_deadline() {
    // Had the statement to keep what it joins, it would reach this limit at once.
    let engine = engine(|settings| settings.query_memory_bytes_max = 4_000_000);
    let deadline = Some(Duration::from_millis(50));
    let mut query = engine.start(QueryRequest { deadline, ..request(ENDLESS) });
    let error = query.next_page(10, 1_000).await.unwrap_err();
    assert_eq!(error, SqlError::execution("Query exceeded the time limit of 0.05 seconds"));
}

#[tokio::test]
async fn a_cancelled_query_gives_its_place_back() {
    let engine = engine(|settings| settings.queries_running_max = 1);
    let mut first = engine.start(request(ENDLESS));
    first.columns().await.unwrap();
    assert_eq!(engine.queries_running(), 1);
    first.cancel();
    assert_eq!(first.next_page(10, 1_000).await.unwrap_err(), SqlError::Cancelled);
    let mut second = engine.start(request("SELECT 1"));
    assert_eq!(second.next_page(10, 1_000).await.unwrap().rows, 1);
}

#[tokio::test]
async fn a_cancelled_query_lets_go_of_everything() {
    let engine = engine(|_| {});
    let mut query = engine.start(request(ENDLESS));
    query.columns().await.unwrap();
    while engine.memory_bytes_reserved() == 0 {
        tokio::task::yield_now().await;
    }
    query.cancel();
    assert_eq!(query.next_rows().await.unwrap_err(), SqlError::Cancelled);
    while engine.queries_running() > 0 || engine.memory_bytes_reserved() > 0 {
        tokio::task::yield_now().await;
    }
    drop(engine.start(request(ENDLESS)));
    while engine.queries_running() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn chunks_and_pages_mix() {
    let engine = engine(|_| {});
    let mut query = engine.start(request(MANY));
    let page = query.next_page(10, 1_000_000).await.unwrap();
    assert_eq!(page.rows, 10);
    let mut rows = page.rows;
    let first = query.next_rows().await.unwrap().unwrap();
    assert!(first.json.starts_with(br#"{"Data":[{"ScalarValue":"11"}]}"#));
    assert_eq!(first.ends.last(), Some(&first.json.len()));
    rows += first.ends.len();
    while let Some(chunk) = query.next_rows().await.unwrap() {
        rows += chunk.ends.len();
    }
    assert_eq!(rows, 10_000);
    assert!(query.next_page(10, 1_000).await.unwrap().last);
}

#[tokio::test]
async fn too_much_metadata_is_refused() {
    let engine = engine(|_| {});
    let columns: Vec<String> = (0..1_600).map(|n| format!("1 AS {}{n}", "a".repeat(60))).collect();
    let error = engine.run_to_text(request(&format!("SELECT {}", columns.join(", ")))).await.unwrap_err();
    assert_eq!(error, SqlError::execution("The metadata of the result exceeds 102400 bytes"));
}

#[tokio::test]
async fn a_result_that_is_too_large_is_refused() {
    let engine = engine(|settings| settings.result_bytes_max = 300_000);
    let mut query = engine.start(request(MANY));
    let error = loop {
        match query.next_page(1_000, 1_000_000).await {
            Ok(page) => assert!(!page.last, "all rows came"),
            Err(error) => break error,
        }
    };
    assert_eq!(error, SqlError::execution("The result of the query exceeds 300000 bytes"));
    let mut small = engine.start(request("SELECT n FROM UNNEST(sequence(1, 1000)) AS t(n)"));
    assert_eq!(small.next_page(1_000, 1_000_000).await.unwrap().rows, 1_000);
}

#[tokio::test]
async fn too_many_queries_are_refused() {
    let engine = engine(|settings| {
        settings.queries_running_max = 1;
        settings.queries_waiting_max = 0;
    });
    let first = engine.start(request(ENDLESS));
    first.columns().await.unwrap();
    let mut second = engine.start(request("SELECT 1"));
    assert_eq!(second.next_page(10, 1_000).await.unwrap_err(), SqlError::Overloaded);
}

#[tokio::test]
async fn a_query_that_waits_for_its_reader_frees_its_place_and_keeps_its_time() {
    let engine = engine(|settings| settings.queries_running_max = 1);
    // Chunks of 128 KiB: far more than may wait.
    let text = "SELECT n, rpad('x', 100, 'y') FROM UNNEST(sequence(1, 10000)) AS t(n)";
    let mut slow = engine.start(request(text));
    slow.next_page(1, 1_000_000).await.unwrap();
    let mut other = engine.start(request("SELECT 1"));
    assert_eq!(other.next_page(10, 1_000).await.unwrap().rows, 1);
    let mut rows = 1;
    loop {
        let page = slow.next_page(1_000, 1_000_000).await.unwrap();
        rows += page.rows;
        if page.last {
            break;
        }
    }
    assert_eq!(rows, 10_000);
}

#[tokio::test]
async fn memory_is_limited_and_given_back() {
    let engine = engine(|settings| settings.query_memory_bytes_max = 1_000_000);
    let text = "SELECT n, count(*) FROM (SELECT a.n * 10000 + b.n AS n FROM UNNEST(sequence(1, 1000)) AS a(n), \
        UNNEST(sequence(1, 1000)) AS b(n)) GROUP BY n ORDER BY n";
    let error = engine.run_to_text(request(text)).await.unwrap_err();
    assert_eq!(error, SqlError::execution("Query exceeded the memory limit"));
}

#[tokio::test]
async fn a_query_that_nobody_reads_gives_its_memory_to_others() {
    let engine = engine(|settings| {
        settings.query_memory_bytes_max = 900_000;
        settings.memory_bytes_max = 900_000;
    });
    // Chunks of 128 KiB: far more than may wait. The join keeps the rows of one side until the last is taken.
    let text = "SELECT a.t, b.n FROM (SELECT rpad(CAST(n AS varchar), 100, 'y') AS t \
        FROM UNNEST(sequence(1, 5000)) AS t(n)) a, UNNEST(sequence(1, 4)) AS b(n)";
    let mut unread = engine.start(request(text));
    unread.parked().await;
    let rows = loop {
        match engine.run_to_text(request(text)).await {
            Ok(result) => break result.rows.len(),
            // The other is ending.
            Err(error) => assert_eq!(error, SqlError::Overloaded),
        }
    };
    assert_eq!(rows, 20_000);
    let ended = loop {
        match unread.next_page(1_000, 1_000_000).await {
            Ok(page) => assert!(!page.last, "both had room"),
            Err(error) => break error,
        }
    };
    assert_eq!(ended, SqlError::execution("The rows were not taken while other queries needed the memory"));
}

#[tokio::test]
async fn a_view_that_nobody_reads_from_is_let_go_of() {
    let source = Arc::new(Crowded(AtomicBool::new(false)));
    let engine = engine_on(Arc::clone(&source), |_| {});
    // Chunks of 128 KiB: far more than may wait.
    let text = "SELECT n, rpad('x', 100, 'y') FROM UNNEST(sequence(1, 10000)) AS t(n)";
    let mut unread = engine.start(request(text));
    unread.parked().await;
    let mut read = engine.start(request(text));
    read.parked().await;
    // With room for all, a query may wait for its reader however long.
    engine.release_view();
    assert!(unread.sign().check().is_ok());
    source.0.store(true, Ordering::Relaxed);
    engine.release_view();
    engine.release_view();
    let error = unread.next_page(1, 1_000_000).await.unwrap_err();
    assert_eq!(error, SqlError::execution("The rows were not taken while other queries needed the memory"));
    // The newest stays.
    let mut rows = 0;
    loop {
        let page = read.next_page(1_000, 1_000_000).await.unwrap();
        rows += page.rows;
        if page.last {
            break;
        }
    }
    assert_eq!(rows, 10_000);
}

#[tokio::test]
async fn the_number_of_queries_that_wait_for_readers_is_limited() {
    let engine = engine(|settings| settings.queries_parked_max = 1);
    let text = "SELECT n, rpad('x', 100, 'y') FROM UNNEST(sequence(1, 10000)) AS t(n)";
    let mut first = engine.start(request(text));
    first.parked().await;
    assert!(first.sign().check().is_ok());
    let second = engine.start(request(text));
    second.parked().await;
    let error = first.next_page(1, 1_000_000).await.unwrap_err();
    assert_eq!(error, SqlError::execution("The rows were not taken while other queries needed the memory"));
    assert!(second.sign().check().is_ok());
}

#[tokio::test]
async fn a_row_that_fits_no_page_is_refused() {
    let engine = engine(|_| {});
    let numbers = ["sequence(1, 10000)"; 6].join(", ");
    let mut query = engine.start(request(&format!("SELECT ARRAY[{numbers}]")));
    let error = query.next_page(10, 1_000).await.unwrap_err();
    assert!(error.to_string().starts_with("Query aborted as max page response size"), "{error}");
}

#[tokio::test]
async fn explain_shows_the_plan() {
    let engine = engine(|_| {});
    let plan =
        engine.run_to_text(request("EXPLAIN SELECT count(*) FROM (VALUES 1, 2) AS t(n)")).await.unwrap();
    assert_eq!(plan.columns[0].name, "Query Plan");
    assert!(!plan.rows.is_empty());
}

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use model::clock::ManualClock;
use model::entropy::SeededEntropy;
use model::time::{NS_PER_HOUR, NS_PER_MINUTE};
use tokio::sync::mpsc;

use super::registry::{Candidate, decide_forgotten};
use super::session::{Decision, Served, decide};
use super::*;

#[test]
fn pages_are_decided_by_number_and_uses() {
    let served = |pages, uses| Served { pages, uses };
    for (served, number, expected) in [
        (served(0, 0), 0, Decision::Make),
        (served(0, 0), 1, Decision::Refuse),
        (served(1, 1), 0, Decision::RepeatFirst),
        (served(1, 1), 1, Decision::Make),
        (served(2, 1), 1, Decision::Repeat),
        (served(2, 4), 1, Decision::Repeat),
        (served(2, 5), 1, Decision::Refuse),
        (served(2, 5), 2, Decision::Make),
        (served(3, 1), 1, Decision::Refuse),
        (served(3, 1), 0, Decision::RepeatFirst),
        (served(3, 1), 4, Decision::Refuse),
    ] {
        assert_eq!(decide(served, number), expected, "{served:?} page {number}");
    }
}

#[test]
fn ended_and_least_recently_used_queries_are_forgotten_first() {
    let candidate = |id: &str, used_s: u64, has_ended, kept_bytes| Candidate {
        id: id.to_owned(),
        used_ns: used_s * 1_000_000_000,
        has_ended,
        kept_bytes,
    };
    let all = vec![
        candidate("running-old", 1, false, 10),
        candidate("running-new", 90, false, 10),
        candidate("ended-old", 2, true, 10),
        candidate("ended-new", 80, true, 10),
    ];
    let now_s = |s: u64| s * 1_000_000_000;
    for (now_ns, open_max, bytes_max, expected) in [
        (now_s(100), 10, 100, vec![]),
        (now_s(100), 3, 100, vec!["ended-old"]),
        (now_s(100), 1, 100, vec!["ended-old", "ended-new", "running-old"]),
        (now_s(100), 10, 25, vec!["ended-old", "ended-new"]),
        (now_s(303), 10, 100, vec!["ended-old"]),
        (now_s(3_602), 10, 100, vec!["ended-old", "ended-new", "running-old"]),
    ] {
        assert_eq!(
            decide_forgotten(all.clone(), now_ns, open_max, bytes_max),
            expected,
            "{now_ns} {open_max} {bytes_max}"
        );
    }
}

#[test]
fn at_the_bound_ended_queries_go_in_groups() {
    let candidate = |number: u64, has_ended| Candidate {
        id: number.to_string(),
        used_ns: number,
        has_ended,
        kept_bytes: 1,
    };
    for (ended, running, forgotten) in [(160, 0, 0), (161, 0, 11), (155, 6, 11), (3, 160, 3), (0, 163, 3)] {
        let candidates = (0..ended).map(|number| candidate(number, true));
        let candidates = candidates.chain((0..running).map(|number| candidate(1_000 + number, false)));
        let ids = decide_forgotten(candidates.collect(), 2_000, 160, 1_000);
        assert_eq!(ids.len(), forgotten, "{ended} {running}");
    }
}

/// What a scripted query does next.
#[derive(Debug, Clone)]
enum Act {
    Rows(Vec<String>),
    Fail(ApiError),
    End,
}

/// Queries whose rows are given by the test; the text of a query names nothing.
#[derive(Debug, Default)]
struct Script {
    started: AtomicUsize,
    sources: Mutex<Vec<mpsc::UnboundedReceiver<Act>>>,
}

impl Script {
    fn query(&self) -> mpsc::UnboundedSender<Act> {
        let (acts, source) = mpsc::unbounded_channel();
        self.sources.lock().unwrap().insert(0, source);
        acts
    }
}

impl Execution for Script {
    fn start(&self, _query_id: &str, _text: &str) -> Result<Box<dyn RowSource>, ApiError> {
        self.started.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(ScriptedRows(self.sources.lock().unwrap().pop().expect("a scripted query"))))
    }
}

#[derive(Debug)]
struct ScriptedRows(mpsc::UnboundedReceiver<Act>);

#[async_trait]
impl RowSource for ScriptedRows {
    async fn column_info(&mut self) -> Result<Bytes, ApiError> {
        Ok(Bytes::from_static(br#"[{"Name":"x","Type":{"ScalarType":"VARCHAR"}}]"#))
    }

    async fn next_rows(&mut self) -> Result<Option<RenderedRows>, ApiError> {
        match self.0.recv().await {
            Some(Act::Rows(values)) => {
                let (mut json, mut ends) = (Vec::new(), Vec::new());
                for value in values {
                    json.extend_from_slice(format!(r#"{{"Data":[{{"ScalarValue":"{value}"}}]}}"#).as_bytes());
                    ends.push(json.len());
                }
                Ok(Some(RenderedRows { json: json.into(), ends }))
            }
            Some(Act::Fail(error)) => Err(error),
            Some(Act::End) => Ok(None),
            None => std::future::pending().await,
        }
    }

    fn progress(&self) -> Progress {
        Progress { percentage: 50.0, bytes_scanned: 7, bytes_metered: 10_000_000, tables: 1, unloaded: None }
    }
}

struct Bench {
    script: Arc<Script>,
    clock: Arc<ManualClock>,
    queries: Queries,
}

impl Bench {
    fn new() -> Self {
        let (script, clock) = (Arc::new(Script::default()), Arc::new(ManualClock::new(0)));
        let settings = QuerySettings {
            first_page_wait: Duration::ZERO,
            next_page_wait: Duration::ZERO,
            open_max: 10,
            pages_bytes_max: 10_000_000,
        };
        let (execution, entropy) = (Arc::clone(&script), Arc::new(SeededEntropy::new(1)));
        let machine = Arc::clone(&clock) as Arc<dyn Clock>;
        let queries = Queries::new(
            execution,
            settings,
            QueryCounters::default(),
            TokenKey::new([7; 32]),
            machine,
            entropy,
        );
        Self { script, clock, queries }
    }

    /// Starts a query with rows that end.
    fn query(&self, values: &[&str]) {
        let acts = self.script.query();
        acts.send(Act::Rows(values.iter().map(|value| value.to_string()).collect())).unwrap();
        acts.send(Act::End).unwrap();
    }

    async fn first(&self, request: PageRequest<'_>) -> Result<Page, ApiError> {
        self.queries.first_page(request).await.map(Page::read)
    }

    async fn next(&self, request: PageRequest<'_>, token: &Page) -> Result<Page, ApiError> {
        self.queries.next_page(request, token.token.as_deref().unwrap()).await.map(Page::read)
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Page {
    query_id: String,
    rows: Vec<String>,
    token: Option<String>,
}

impl Page {
    fn read(body: Bytes) -> Self {
        let page: wire::query::output::QueryResponse = wire::decode::decode_output(&body).unwrap();
        assert_eq!(page.column_info.len(), 1);
        let text = |row: &wire::query::output::Row| row.data[0].scalar_value.clone().unwrap();
        Self { query_id: page.query_id, rows: page.rows.iter().map(text).collect(), token: page.next_token }
    }
}

const REQUEST: PageRequest<'static> = PageRequest {
    principal: "me",
    text: "SELECT x",
    client_token: None,
    max_rows: Some(2),
    with_insights: false,
};

fn message(failure: Result<Page, ApiError>) -> String {
    failure.unwrap_err().message.unwrap_or_default()
}

#[tokio::test]
async fn pages_follow_each_other_and_the_last_has_no_token() {
    let bench = Bench::new();
    bench.query(&["a", "b", "c", "d"]);
    let first = bench.first(REQUEST).await.unwrap();
    assert_eq!(first.rows, ["a", "b"]);
    assert!(first.query_id.starts_with("AEDA") && first.query_id.len() == 63);
    let second = bench.next(REQUEST, &first).await.unwrap();
    assert_eq!((second.rows.as_slice(), &second.token), (["c".to_owned(), "d".to_owned()].as_slice(), &None));
    for _ in 0..4 {
        assert_eq!(bench.next(REQUEST, &first).await.unwrap(), second, "a token may be used again");
    }
    assert_eq!(message(bench.next(REQUEST, &first).await), "Invalid pagination token", "the sixth use");
    assert_eq!(bench.queries.running(), 0);
}

#[tokio::test]
async fn a_newer_token_ends_the_older_and_tokens_are_bound() {
    let bench = Bench::new();
    bench.query(&["a", "b", "c"]);
    let one = PageRequest { max_rows: Some(1), ..REQUEST };
    let first = bench.first(one).await.unwrap();
    for other in [PageRequest { text: "SELECT y", ..one }, PageRequest { principal: "you", ..one }] {
        assert_eq!(message(bench.next(other, &first).await), "Invalid pagination token");
    }
    let second = bench.next(one, &first).await.unwrap();
    let third = bench.next(PageRequest { max_rows: Some(9), ..one }, &second).await.unwrap();
    assert_eq!(
        (third.rows.as_slice(), &third.token),
        (["c".to_owned()].as_slice(), &None),
        "MaxRows may change"
    );
    assert_eq!(message(bench.next(one, &first).await), "Invalid pagination token");
    bench.clock.advance_ns(NS_PER_HOUR + NS_PER_MINUTE);
    assert_eq!(message(bench.next(one, &second).await), "Invalid pagination token", "after an hour");
}

#[tokio::test]
async fn a_slow_query_answers_an_empty_first_page() {
    let bench = Bench::new();
    let acts = bench.script.query();
    let first = bench.first(REQUEST).await.unwrap();
    assert!(first.rows.is_empty() && first.token.is_some());
    acts.send(Act::Rows(vec!["a".into()])).unwrap();
    acts.send(Act::End).unwrap();
    let second = bench.next(REQUEST, &first).await.unwrap();
    assert_eq!((second.rows.as_slice(), &second.token), (["a".to_owned()].as_slice(), &None));
}

#[tokio::test]
async fn a_failure_ends_the_query_and_is_repeated() {
    let bench = Bench::new();
    let acts = bench.script.query();
    acts.send(Act::Rows(vec!["a".into(), "b".into(), "c".into()])).unwrap();
    acts.send(Act::Fail(ApiError::new(ErrorCode::QueryExecution, "Division by zero"))).unwrap();
    let first = bench.first(REQUEST).await.unwrap();
    for _ in 0..2 {
        assert_eq!(message(bench.next(REQUEST, &first).await), "Division by zero");
    }
    assert!(bench.queries.cancel("me", &first.query_id).is_err());
}

#[tokio::test]
async fn pages_before_a_failure_are_not_repeated_empty() {
    let bench = Bench::new();
    let acts = bench.script.query();
    acts.send(Act::Rows(["a", "b", "c", "d", "e"].map(str::to_owned).to_vec())).unwrap();
    acts.send(Act::Fail(ApiError::new(ErrorCode::QueryExecution, "Division by zero"))).unwrap();
    let call = PageRequest { client_token: Some("11111111-1111-1111-1111-111111111111"), ..REQUEST };
    let first = bench.first(call).await.unwrap();
    let second = bench.next(call, &first).await.unwrap();
    assert_eq!(message(bench.next(call, &second).await), "Division by zero");
    assert_eq!(message(bench.next(call, &first).await), "Division by zero", "the page before");
    assert_eq!(message(bench.first(call).await), "Division by zero", "the first page, by its ClientToken");
}

#[tokio::test]
async fn cancelling() {
    let bench = Bench::new();
    let _acts = bench.script.query();
    let first = bench.first(REQUEST).await.unwrap();
    assert!(bench.queries.cancel("you", &first.query_id).is_err(), "somebody else's query is unknown");
    assert_eq!(bench.queries.running(), 1);
    assert_eq!(bench.queries.cancel("me", &first.query_id), Ok(Cancellation::Done));
    assert_eq!(bench.queries.cancel("me", &first.query_id), Ok(Cancellation::DoneBefore));
    assert_eq!(bench.next(REQUEST, &first).await.unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(bench.queries.running(), 0);
    bench.query(&["a"]);
    let ended = bench.first(REQUEST).await.unwrap();
    assert!(bench.queries.cancel("me", &ended.query_id).is_err(), "it has ended");
    assert!(bench.queries.cancel("me", "AEDANONE").is_err());
}

#[tokio::test]
async fn client_tokens_repeat_a_call_for_five_minutes() {
    let bench = Bench::new();
    let started = || bench.script.started.load(Ordering::SeqCst);
    bench.query(&["a", "b", "c"]);
    let call = PageRequest { client_token: Some("11111111-1111-1111-1111-111111111111"), ..REQUEST };
    let first = bench.first(call).await.unwrap();
    assert_eq!(bench.first(call).await.unwrap(), first);
    bench.next(call, &first).await.unwrap();
    assert_eq!(bench.first(call).await.unwrap(), first, "also when later pages were read");
    assert_eq!(started(), 1);
    for other in [PageRequest { text: "SELECT y", ..call }, PageRequest { max_rows: None, ..call }] {
        assert!(message(bench.first(other).await).contains("ClientToken"));
    }
    bench.query(&["z"]);
    assert_eq!(bench.first(PageRequest { principal: "you", ..call }).await.unwrap().rows, ["z"]);
    bench.clock.advance_ns(6 * NS_PER_MINUTE);
    bench.query(&["new"]);
    assert_eq!(bench.first(call).await.unwrap().rows, ["new"]);
}

#[tokio::test]
async fn a_call_that_failed_runs_again() {
    let bench = Bench::new();
    let call = PageRequest { client_token: Some("11111111-1111-1111-1111-111111111111"), ..REQUEST };
    bench.script.query().send(Act::Fail(ApiError::internal())).unwrap();
    assert!(bench.first(call).await.is_err());
    bench.query(&["a"]);
    assert_eq!(bench.first(call).await.unwrap().rows, ["a"]);
}

#[tokio::test]
async fn pages_are_cut_at_a_megabyte() {
    let bench = Bench::new();
    let large = "x".repeat(300_000);
    bench.query(&[&large, &large, &large, &large]);
    let call = PageRequest { max_rows: None, ..REQUEST };
    let body = bench.queries.first_page(call).await.unwrap();
    assert!(body.len() <= model::limits::QUERY_PAGE_BYTES_MAX);
    let first = Page::read(body);
    assert_eq!(first.rows.len(), 3);
    assert_eq!(bench.next(call, &first).await.unwrap().rows.len(), 1);

    bench.query(&[&"x".repeat(model::limits::QUERY_PAGE_BYTES_MAX)]);
    let failure = bench.first(call).await.unwrap_err();
    assert_eq!(failure.code, ErrorCode::QueryExecution);
    assert!(failure.message.unwrap().starts_with("Query aborted as max page response size"));
}

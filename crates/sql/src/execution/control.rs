//! What a query and its caller tell each other, and the task that keeps the deadline.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::pages::{RunningQuery, TextResult, Unloaded};
use super::work::Rows;
use super::{QueryRequest, Shared, work};
use crate::bound::OutputColumn;
use crate::error::SqlError;
use crate::functions::stop::StopSign;
use crate::scan::ScanMeter;
use crate::syntax::is_unload;
use crate::unload::Exported;

/// Chunks that wait for whoever takes the rows.
const CHUNKS_WAITING_MAX: usize = 2;

type Columns = Option<Result<Arc<[OutputColumn]>, SqlError>>;

/// Shared by a query's work, its control and its caller.
#[derive(Debug)]
pub(super) struct Signals {
    /// Ends the query; [`Signals::reason`] says why.
    stop: CancellationToken,
    /// Asked by the query's work; set when the query has ended.
    pub sign: Arc<StopSign>,
    reason: OnceLock<SqlError>,
    columns: watch::Sender<Columns>,
    /// Whether the query waits for whoever takes its rows; the deadline stands still meanwhile.
    pub parked: watch::Sender<bool>,
    pub meter: Arc<ScanMeter>,
    /// How many tables the query reads.
    pub tables: AtomicU64,
    pub unloaded: OnceLock<Unloaded>,
}

impl Signals {
    fn new() -> Self {
        Self {
            stop: CancellationToken::new(),
            sign: Arc::default(),
            reason: OnceLock::new(),
            columns: watch::Sender::new(None),
            parked: watch::Sender::new(false),
            meter: Arc::default(),
            tables: AtomicU64::new(0),
            unloaded: OnceLock::new(),
        }
    }

    /// Ends the query. The first reason counts.
    pub fn end(&self, reason: SqlError) {
        if self.reason.set(reason.clone()).is_ok() {
            self.columns.send_if_modified(|columns| {
                let is_open = columns.is_none();
                if is_open {
                    *columns = Some(Err(reason));
                }
                is_open
            });
        }
        self.sign.set();
        self.stop.cancel();
    }

    pub fn reason(&self) -> SqlError {
        self.reason.get().cloned().unwrap_or(SqlError::Cancelled)
    }

    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells the columns of the result.
    pub fn announce(&self, columns: Arc<[OutputColumn]>) {
        self.columns.send_if_modified(|known| {
            let is_open = known.is_none();
            if is_open {
                *known = Some(Ok(columns));
            }
            is_open
        });
    }

    /// Tells what an UNLOAD wrote, once.
    pub fn note_unloaded(&self, exported: &Exported) {
        let unloaded =
            Unloaded { partitions: exported.partitions as u64, rows: exported.rows, bytes: exported.bytes };
        self.unloaded.get_or_init(|| unloaded);
    }

    pub async fn columns(&self) -> Result<Arc<[OutputColumn]>, SqlError> {
        let mut columns = self.columns.subscribe();
        match columns.wait_for(Option::is_some).await {
            Ok(known) => known.clone().unwrap_or(Err(SqlError::Internal)),
            Err(_) => Err(SqlError::Internal),
        }
    }
}

pub(super) fn start(shared: &Arc<Shared>, queries: Handle, request: QueryRequest) -> RunningQuery {
    let signals = Arc::new(Signals::new());
    let (rows, receiver) = mpsc::channel(CHUNKS_WAITING_MAX);
    let rows = Rows::Chunks(rows);
    let control = control(Arc::clone(shared), queries, request, Arc::clone(&signals), rows);
    tokio::spawn(control);
    RunningQuery::new(signals, receiver)
}

/// Runs a statement to its end and keeps all its rows, as text.
pub(super) async fn run_to_text(
    shared: &Arc<Shared>,
    queries: Handle,
    request: QueryRequest,
) -> Result<TextResult, SqlError> {
    let signals = Arc::new(Signals::new());
    let (rows, mut receiver) = mpsc::unbounded_channel();
    let rows = Rows::Batches(rows);
    // Whoever drops this future ends the query.
    let _guard = EndWhenDropped(&signals);
    control(Arc::clone(shared), queries, request, Arc::clone(&signals), rows).await;
    if signals.is_stopped() {
        return Err(signals.reason());
    }
    let columns = signals.columns().await?;
    let mut texts = Vec::new();
    while let Some(batch) = receiver.recv().await {
        let rows = crate::result::text::rows(&batch, &columns).map_err(|error| {
            tracing::error!(%error, "a batch does not fit its columns");
            SqlError::Internal
        })?;
        texts.extend(rows);
    }
    Ok(TextResult { columns, rows: texts })
}

/// Ends a query that nobody waits for any more; one that has ended already keeps its reason.
struct EndWhenDropped<'a>(&'a Signals);

impl Drop for EndWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.end(SqlError::Cancelled);
    }
}

/// Runs on the caller's runtime: admits the query, starts its work on the other runtime, and ends it at its deadline.
async fn control(
    shared: Arc<Shared>,
    queries: Handle,
    request: QueryRequest,
    signals: Arc<Signals>,
    rows: Rows,
) {
    let deadline = request.deadline.unwrap_or(match is_unload(&request.text) {
        true => shared.settings.unload_deadline,
        false => shared.settings.deadline,
    });
    let permit = tokio::select! {
        biased;
        () = signals.stopped() => return,
        permit = shared.admission.run() => permit,
    };
    let permit = match permit {
        Ok(permit) => permit,
        Err(error) => return signals.end(error),
    };
    let work = work::run(Arc::clone(&shared), request, Arc::clone(&signals), permit, rows);
    let mut work = queries.spawn(work);
    let watch = watch_deadline(&shared, &signals, deadline);
    tokio::select! {
        biased;
        _ = &mut work => {}
        () = signals.stopped() => {}
        () = watch => signals.end(time_limit(deadline)),
    }
}

/// Ends when the query has worked for as long as it may.
async fn watch_deadline(shared: &Shared, signals: &Signals, deadline: Duration) {
    let mut parked = signals.parked.subscribe();
    let mut left = deadline;
    loop {
        if parked.wait_for(|parked| !parked).await.is_err() {
            return;
        }
        let started_ns = shared.clock.monotonic_ns();
        tokio::select! {
            () = tokio::time::sleep(left) => return,
            changed = parked.wait_for(|parked| *parked) => if changed.is_err() { return },
        }
        let worked_ns = shared.clock.monotonic_ns().saturating_sub(started_ns);
        left = left.saturating_sub(Duration::from_nanos(worked_ns));
    }
}

fn time_limit(deadline: Duration) -> SqlError {
    SqlError::execution(format!("Query exceeded the time limit of {} seconds", deadline.as_secs_f64()))
}

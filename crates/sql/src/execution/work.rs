//! The work of one query, on the query runtime.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{RecordBatch, StringViewArray};
use arrow::datatypes::{Field, Schema};
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::execute_stream;
use futures::{FutureExt, StreamExt};
use model::limits;
use tokio::sync::mpsc;

use super::admission::RunPermit;
use super::control::Signals;
use super::failure::classify;
use super::pages::EncodedRows;
use super::plan::{self, Execution, Planned};
use super::{QueryRequest, Shared, unload};
use crate::bound::OutputColumn;
use crate::error::SqlError;
use crate::functions::stop::within;
use crate::result::json::{RowWriter, write_column_info};
use crate::scan::describe_scans;

/// Plans and executes; ends early when stopped. Whatever it does, the caller hears how it ended.
pub(super) async fn run(
    shared: Arc<Shared>,
    request: QueryRequest,
    signals: Arc<Signals>,
    permit: Arc<RunPermit>,
    rows: Rows,
) {
    let query_id = request.query_id.clone();
    let work = plan_and_execute(&shared, request, &signals, &permit, &rows);
    let outcome = tokio::select! {
        biased;
        () = signals.stopped() => return,
        outcome = AssertUnwindSafe(work).catch_unwind() => outcome,
    };
    let error = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(panic) => panicked(panic.as_ref()),
    };
    tracing::debug!(query_id, %error, "query failed");
    signals.end(error);
}

/// Runs what may panic on behalf of a query.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> SqlError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text");
    tracing::error!(panic = text, "a query panicked");
    SqlError::Internal
}

async fn plan_and_execute(
    shared: &Arc<Shared>,
    request: QueryRequest,
    signals: &Arc<Signals>,
    permit: &Arc<RunPermit>,
    rows: &Rows,
) -> Result<(), SqlError> {
    let planning = shared.admission.plan().await?;
    let (plan_shared, plan_permit, plan_signals) =
        (Arc::clone(shared), Arc::clone(permit), Arc::clone(signals));
    let task = tokio::task::spawn_blocking(move || {
        // Given back when planning has ended, even if nobody waits for it any more.
        let _planning = planning;
        within(&plan_signals.sign, || {
            guarded(|| plan::plan(&plan_shared, &request, &plan_permit, &plan_signals))
        })
    });
    let planned = task.await.unwrap_or(Err(SqlError::Internal))?;
    let result_bytes_max = shared.settings.result_bytes_max;
    match planned {
        Planned::Answer(answer) => {
            let mut sink = Sink::new(answer.columns, signals, permit, rows, result_bytes_max)?;
            sink.write(&answer.batch).await?;
            sink.finish().await
        }
        Planned::Execution(execution) => {
            let mut sink =
                Sink::new(Arc::clone(&execution.columns), signals, permit, rows, result_bytes_max)?;
            execute(&execution, Some(&mut sink)).await?;
            sink.finish().await
        }
        Planned::Unload { execution, target } => {
            let _place = shared.admission.unload()?;
            let exported = unload::run(shared, &execution, *target).await?;
            signals.note_unloaded(&exported);
            let answer = unload::answer(&exported)?;
            let mut sink = Sink::new(answer.columns, signals, permit, rows, result_bytes_max)?;
            sink.write(&answer.batch).await?;
            sink.finish().await
        }
        Planned::Explain { execution, analyze } => {
            if analyze {
                execute(&execution, None).await?;
            }
            let mut sink = Sink::new(plan::explain_columns(), signals, permit, rows, result_bytes_max)?;
            sink.write(&describe(&execution, analyze)?).await?;
            sink.finish().await
        }
    }
}

async fn execute(execution: &Execution, mut sink: Option<&mut Sink<'_>>) -> Result<(), SqlError> {
    let stream = execute_stream(Arc::clone(&execution.plan), Arc::clone(&execution.context));
    let mut stream = stream.map_err(classify)?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(classify)?;
        if let Some(sink) = &mut sink {
            sink.write(&batch).await?;
        }
    }
    Ok(())
}

/// The plan as text, a line per row; behind an executed one what its scans kept and skipped.
fn describe(execution: &Execution, with_metrics: bool) -> Result<RecordBatch, SqlError> {
    let text = match with_metrics {
        true => DisplayableExecutionPlan::with_metrics(execution.plan.as_ref()).indent(false).to_string(),
        false => DisplayableExecutionPlan::new(execution.plan.as_ref()).indent(false).to_string(),
    };
    let scans = if with_metrics { describe_scans(&execution.plan) } else { Vec::new() };
    let lines = text.lines().chain(scans.iter().map(String::as_str));
    let lines = StringViewArray::from_iter_values(lines);
    let schema = Schema::new(vec![Field::new("o0", arrow::datatypes::DataType::Utf8View, true)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(lines)]).map_err(|error| classify(error.into()))
}

/// The way of the rows to whoever takes them.
pub(super) enum Rows {
    /// Encoded and held back while nobody takes them.
    Chunks(mpsc::Sender<EncodedRows>),
    /// As they are and all of them.
    Batches(mpsc::UnboundedSender<RecordBatch>),
}

/// Cuts rows into chunks and keeps the limits of results.
struct Sink<'a> {
    columns: Arc<[OutputColumn]>,
    signals: &'a Arc<Signals>,
    permit: &'a RunPermit,
    rows: &'a Rows,
    chunk: EncodedRows,
    metadata_bytes: usize,
    written_bytes: u64,
    result_bytes_max: u64,
}

impl<'a> Sink<'a> {
    /// Tells the columns.
    fn new(
        columns: Arc<[OutputColumn]>,
        signals: &'a Arc<Signals>,
        permit: &'a RunPermit,
        rows: &'a Rows,
        result_bytes_max: u64,
    ) -> Result<Self, SqlError> {
        let mut metadata = Vec::new();
        write_column_info(&mut metadata, &columns);
        let metadata_bytes = metadata.len();
        if metadata_bytes > limits::QUERY_METADATA_BYTES_MAX {
            return Err(SqlError::execution(format!(
                "The metadata of the result exceeds {} bytes",
                limits::QUERY_METADATA_BYTES_MAX
            )));
        }
        signals.announce(Arc::clone(&columns));
        let chunk = EncodedRows::default();
        Ok(Self { columns, signals, permit, rows, chunk, metadata_bytes, written_bytes: 0, result_bytes_max })
    }

    async fn write(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        let chunks = match self.rows {
            Rows::Chunks(chunks) => chunks,
            Rows::Batches(batches) => return batches.send(batch.clone()).map_err(|_| SqlError::Cancelled),
        };
        let mut row = 0;
        while row < batch.num_rows() {
            // The writer borrows the batch and is not kept across a wait.
            row = self.encode(batch, row)?;
            if self.chunk.json.len() >= limits::QUERY_CHUNK_BYTES || row == batch.num_rows() {
                let chunk = std::mem::take(&mut self.chunk);
                self.written_bytes += chunk.json.len() as u64;
                if self.written_bytes > self.result_bytes_max {
                    return Err(SqlError::execution(format!(
                        "The result of the query exceeds {} bytes",
                        self.result_bytes_max
                    )));
                }
                self.hand_over(chunks, chunk).await?;
            }
        }
        Ok(())
    }

    /// Encodes rows from `row` on until the chunk is full; returns the row after the last one.
    fn encode(&mut self, batch: &RecordBatch, mut row: usize) -> Result<usize, SqlError> {
        let columns = Arc::clone(&self.columns);
        let writer = RowWriter::new(batch, &columns).map_err(|error| {
            tracing::error!(%error, "a batch does not fit its columns");
            SqlError::Internal
        })?;
        while row < batch.num_rows() && self.chunk.json.len() < limits::QUERY_CHUNK_BYTES {
            let start = self.chunk.json.len();
            writer.write_row(&mut self.chunk.json, row, limits::QUERY_PAGE_BYTES_MAX);
            let end = self.chunk.json.len();
            self.chunk.ends.push(end);
            if end - start + self.metadata_bytes > limits::QUERY_PAGE_BYTES_MAX {
                return Err(SqlError::execution(
                    "Query aborted as max page response size has been exceeded by the output result row",
                ));
            }
            row += 1;
        }
        Ok(row)
    }

    /// While nobody takes the rows the query neither counts as running nor uses up its time.
    async fn hand_over(
        &self,
        chunks: &mpsc::Sender<EncodedRows>,
        chunk: EncodedRows,
    ) -> Result<(), SqlError> {
        match chunks.try_send(chunk) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SqlError::Cancelled),
            Err(mpsc::error::TrySendError::Full(chunk)) => {
                let parked = self.permit.park(self.signals);
                self.signals.parked.send_replace(true);
                let sent = chunks.send(chunk).await;
                drop(parked);
                self.permit.resume().await;
                self.signals.parked.send_replace(false);
                sent.map_err(|_| SqlError::Cancelled)
            }
        }
    }

    /// A last chunk without rows says that the rows ended on purpose.
    async fn finish(self) -> Result<(), SqlError> {
        match self.rows {
            Rows::Chunks(chunks) => {
                let end = EncodedRows { is_last: true, ..EncodedRows::default() };
                self.hand_over(chunks, end).await
            }
            Rows::Batches(_) => Ok(()),
        }
    }
}

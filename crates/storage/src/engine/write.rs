//! The way of a write: decide, put into the log's queue, publish when durable, answer.
//!
//! The table's writer lock is held only while deciding and queueing, so requests wait together for one sync. A decision
//! may rest on rows that are queued but not yet durable: if the log fails them, it fails everything behind them, and
//! what only rested on them waits for their outcome before it is answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::limits;
use model::record::Record;
use tokio::sync::oneshot;

use super::checkpoint::blocking;
use super::saved::EngineTable;
use super::{Engine, Shared, WriteOutcome};
use crate::error::{Result, StorageError};
use crate::format::wal_entry;
use crate::memory::partition_start_ns;
use crate::memory::search::{FileSearch, LoadedRows, NeedsRows, RunSearch};
use crate::memory::snapshot::RunEntry;
use crate::memory::store::{QueuedEntry, StoreLookup};
use crate::memory::window::{IngestionWindow, WindowSlack};
use crate::memory::writer::{Addition, Prepared, Request, Writer, WriterMark};
use crate::wal::{Lsn, OnDurable};

/// A decided request.
struct Submission {
    outcome: WriteOutcome,
    /// Resolves when everything the outcome rests on is durable and visible; `None` when it is.
    durable: Option<oneshot::Receiver<Result<()>>>,
    /// Starts of the partitions that got rows.
    partitions: Vec<i64>,
}

enum Step {
    Submitted(Submission),
    /// The log failed an entry meanwhile: decide again.
    Again,
    /// This must be read first.
    Read(NeedsRows),
}

impl Engine {
    /// Writes records to a table. Returns when every accepted record is durable and visible to the next
    /// [`model::scan::ScanSource::read_view`]; after a crash all accepted records of one call are there, or none.
    ///
    /// The future may be dropped at any time: the records may then have been written or not.
    ///
    /// # Errors
    /// - `TableNotFound`.
    /// - `Overloaded`, `StorageFull`: nothing was written; retry later.
    /// - `Poisoned`: unknown for this call; nothing is accepted until the engine is opened anew.
    pub async fn write(&self, database: &str, table: &str, records: &[Record<'_>]) -> Result<WriteOutcome> {
        let mut visible = self.shared.definitions.visible();
        let named = &visible.catalog.table(database, table)?.table;
        if let Some(expired) = named.expired
            && records.iter().any(|record| record.time_ns < expired.before_ns)
        {
            self.remove_expired_of(named.id, expired).await?;
            visible = self.shared.definitions.visible();
        }
        let definition = &visible.catalog.table(database, table)?.table;
        let Some(engine_table) = visible.tables.get(&definition.id) else {
            return Err(StorageError::TableNotFound {
                database: database.to_owned(),
                table: table.to_owned(),
            });
        };
        self.shared.admit_write().await?;
        let settings = &self.shared.parts.settings;
        let slack = WindowSlack {
            past_ns: settings.ingestion_past_slack_ns,
            future_ns: settings.ingestion_future_ns,
        };
        let request = Request {
            table: definition,
            window: IngestionWindow::new(definition, slack, self.now_ns()),
            limits: settings.table_limits,
            series_full_at_bytes: (!self.shared.takes_new_series())
                .then_some(settings.series_memory_bytes_max),
            reports_conflicts: self.shared.reports.takes(definition, settings.reports_waiting_bytes_max)
                && engine_table.store.published().conflicts.len() < limits::REPORT_RECORDS_MAX,
            records,
        };
        let mut loaded = read_rows(LoadedRows::default(), searches(engine_table, records)).await?;
        let submission = loop {
            match submit(&self.shared, engine_table, &request, &loaded)? {
                Step::Submitted(submission) => break submission,
                Step::Again => {}
                Step::Read(needs) => loaded = read_rows(loaded, vec![needs]).await?,
            }
        };
        if let Some(durable) = submission.durable {
            durable.await.unwrap_or_else(|_| Err(closed_while_waiting()))?;
        }
        let (rows_max, batches_max) = (settings.tail_rows_max, settings.tail_batches_max);
        let is_long = |start_ns: &i64| engine_table.store.is_long(*start_ns, rows_max, batches_max);
        let long: Vec<i64> = submission.partitions.into_iter().filter(is_long).collect();
        if !long.is_empty() {
            let sealing = Arc::clone(engine_table);
            let seal = move |start_ns| sealing.store.seal_if_long(start_ns, rows_max, batches_max);
            let sealed = blocking(move || Ok(long.into_iter().map(seal).count())).await;
            if let Err(error) = sealed {
                // The records are durable and visible all the same.
                tracing::error!(%error, "a tail was not sealed");
            }
        }
        self.shared.counters.count(&submission.outcome);
        Ok(submission.outcome)
    }
}

/// Reads rows away from the threads that serve requests.
async fn read_rows(mut loaded: LoadedRows, needs: Vec<NeedsRows>) -> Result<LoadedRows> {
    if needs.is_empty() {
        return Ok(loaded);
    }
    blocking(move || loaded.read(needs).map(|()| loaded)).await
}

/// The questions that a request will have to files, so that they are answered together.
fn searches(table: &EngineTable, records: &[Record<'_>]) -> Vec<NeedsRows> {
    let snapshot = table.store.snapshot();
    let partition_of = |record: &Record<'_>| snapshot.partitions.get(&partition_start_ns(record.time_ns));
    let is_late = |record: &&Record<'_>| {
        let may_hold = |entry: &RunEntry| {
            let bounds = &entry.run.bounds;
            (bounds.time_min_ns..=bounds.time_max_ns).contains(&record.time_ns) && !entry.run.is_resident()
        };
        partition_of(record)
            .is_some_and(|partition| !partition.files.is_empty() || partition.runs.iter().any(may_hold))
    };
    let late: Vec<&Record<'_>> = records.iter().filter(is_late).collect();
    if late.is_empty() {
        return Vec::new();
    }
    let writer = table.store.writer();
    let mut needs = Vec::new();
    for record in late {
        let (Some(series), Some(partition)) = (writer.find_series(record), partition_of(record)) else {
            continue;
        };
        let time_ns = record.time_ns;
        let runs = partition.runs.iter().map(|entry| &entry.run);
        let runs = runs.filter(|run| run.bounds.may_hold(series, time_ns) && !run.is_resident());
        needs.extend(runs.map(|run| NeedsRows::Run(RunSearch { run: Arc::clone(run), series, time_ns })));
        let files = partition.files.iter().map(|entry| &entry.file);
        let files = files.filter(|file| file.may_hold(series, time_ns));
        needs.extend(
            files.map(|file| NeedsRows::File(FileSearch { file: Arc::clone(file), series, time_ns })),
        );
    }
    needs
}

fn closed_while_waiting() -> StorageError {
    StorageError::Poisoned { reason: "the log ended without an answer".into() }
}

/// Decides on a request and queues it.
fn submit(
    shared: &Arc<Shared>,
    table: &Arc<EngineTable>,
    request: &Request<'_>,
    loaded: &LoadedRows,
) -> Result<Step> {
    if shared.publisher.is_broken() {
        return Err(StorageError::Poisoned { reason: "a durable entry can't be shown".into() });
    }
    if shared.definitions.is_taken() {
        return Err(StorageError::MetastoreTaken);
    }
    if shared.definitions.is_outdated() {
        return Err(super::catalog::outdated());
    }
    let store = &table.store;
    let mut writer = store.writer();
    settle(&mut writer, table);
    let mark = writer.mark();
    let mut lookup = StoreLookup::new(store, loaded);
    let prepared = match writer.prepare(request, &mut lookup) {
        Ok(prepared) => prepared,
        Err(needs) => return Ok(Step::Read(needs)),
    };
    let relies_on_queue = lookup.relies_on_queue;
    shared.counters.lookups.fetch_add(lookup.lookups, Ordering::Relaxed);
    let Prepared { memory_store, magnetic_store, rejected, addition } = prepared;
    let outcome = WriteOutcome { memory_store, magnetic_store, rejected };
    match addition {
        Some(addition) => {
            let queued = queue(shared, table, &mut writer, addition);
            match queued {
                Ok(Some((durable, partitions))) => {
                    Ok(Step::Submitted(Submission { outcome, durable: Some(durable), partitions }))
                }
                Ok(None) => {
                    writer.roll_back(&mark);
                    Ok(Step::Again)
                }
                Err(error) => {
                    writer.roll_back(&mark);
                    Err(error)
                }
            }
        }
        None => {
            let mut queued = store.queued();
            if queued.failures != writer.failures_seen {
                return Ok(Step::Again);
            }
            let newest = queued.entries.back_mut().filter(|_| relies_on_queue);
            let durable = newest.map(|entry| {
                let (sender, receiver) = oneshot::channel();
                entry.waiting.push(sender);
                receiver
            });
            Ok(Step::Submitted(Submission { outcome, durable, partitions: Vec::new() }))
        }
    }
}

/// After a failure of the log: forgets what the failed entries had added.
fn settle(writer: &mut Writer, table: &EngineTable) {
    let queued = table.store.queued();
    if queued.failures == writer.failures_seen {
        return;
    }
    // All entries behind a failed one have failed before the log takes another, so nothing is queued that was prepared
    // before, and what is published is everything there is.
    writer.failures_seen = queued.failures;
    drop(queued);
    let snapshot = table.store.snapshot();
    writer.roll_back(&WriterMark { series: snapshot.series.count(), schema: Arc::clone(&snapshot.schema) });
}

type Queueing = Option<(oneshot::Receiver<Result<()>>, Vec<i64>)>;

/// Puts an addition into the log's queue. `None` when the log has failed an entry since the decision.
fn queue(
    shared: &Arc<Shared>,
    table: &Arc<EngineTable>,
    writer: &mut Writer,
    addition: Addition,
) -> Result<Queueing> {
    let mut payload = Vec::new();
    wal_entry::encode(&addition.write, &mut payload);
    let batches: Vec<_> = addition.write.batches.iter().map(|write| Arc::clone(&write.batch)).collect();
    let starts = batches.iter().filter_map(|batch| batch.keys().first());
    let partitions = starts.map(|key| partition_start_ns(key.time_ns)).collect();
    let (sender, durable) = oneshot::channel();
    // Held over the append: the callback takes it before it reports, so it finds the entry, and no failure of an entry
    // that this one rests on can come between the check and the append.
    let mut queued = table.store.queued();
    if queued.failures != writer.failures_seen {
        return Ok(None);
    }
    let wal = shared.wal.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let wal = wal.as_ref().ok_or(StorageError::Closed)?;
    wal.append_with(payload, on_durable(shared, table, addition))?;
    queued.entries.push_back(QueuedEntry { batches, waiting: vec![sender] });
    Ok(Some((durable, partitions)))
}

/// What the log's thread does when it knows the outcome. It must not own the log.
fn on_durable(shared: &Arc<Shared>, table: &Arc<EngineTable>, addition: Addition) -> OnDurable {
    let publisher = Arc::clone(&shared.publisher);
    let table = Arc::clone(table);
    Box::new(move |outcome: Result<Lsn>| {
        let published = outcome.and_then(|lsn| publisher.publish(&table, &addition, lsn));
        let mut queued = table.store.queued();
        queued.failures += u64::from(published.is_err());
        let entry = queued.entries.pop_front();
        drop(queued);
        // Who is told may delete the table and expect that nothing holds its files.
        drop((table, addition, publisher));
        for waiting in entry.into_iter().flat_map(|entry| entry.waiting) {
            // Nobody listens when the request was given up.
            let _ = waiting.send(published.clone());
        }
    })
}

impl super::Counters {
    fn count(&self, outcome: &WriteOutcome) {
        let add = |counter: &std::sync::atomic::AtomicU64, count: usize| {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        };
        add(&self.records_memory_store, outcome.memory_store);
        add(&self.records_magnetic_store, outcome.magnetic_store);
        add(&self.records_rejected, outcome.rejected.len());
    }
}

//! Reads the parts of one partition. Parts in memory are read where the rows are wanted; parts that wait for a disk or
//! the network are read by a thread of their own that is a few batches ahead.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::{BaselineMetrics, Count, Time};
use futures::stream::{BoxStream, StreamExt};
use model::limits;
use model::scan::{Batches, ReadControl};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::bytes::value_bytes;
use super::dynamic::time_range_of;
use super::meter::ScanMeter;
use super::parts::Partition;

/// The state of reading one partition.
pub(super) struct Reading {
    /// Keeps what the query holds (memory, its permit) until the last batch is read.
    pub task: Arc<TaskContext>,
    pub schema: SchemaRef,
    /// Where `time` stands in the schema.
    pub time_field: Option<usize>,
    /// What operators above find out.
    pub dynamic: Vec<Arc<dyn PhysicalExpr>>,
    pub control: Arc<ReadControl>,
    pub rows_left: usize,
    pub meter: Arc<ScanMeter>,
    pub baseline: BaselineMetrics,
    pub bytes_scanned: Count,
    /// Spent on making batches of what is stored.
    pub read_time: Time,
}

impl Reading {
    /// Opens a part only when the one before it is read to its end; stops after the first error. Nothing is read before
    /// it is asked for.
    pub fn batches(self, parts: Partition, batch_rows_max: usize) -> BoxStream<'static, Result<RecordBatch>> {
        let ended = EndReading(Arc::clone(&self.control));
        let source = PartBatches {
            parts: parts.clone().into_iter(),
            open: None,
            batch_rows_max,
            time_field: self.time_field,
            dynamic: self.dynamic.clone(),
            control: Arc::clone(&self.control),
            read_time: self.read_time.clone(),
            _task: Arc::clone(&self.task),
        };
        let waits = parts.iter().any(|part| part.may_wait());
        let read = match Handle::try_current() {
            Ok(threads) if waits => ahead(source, threads),
            _ => futures::stream::iter(source).boxed(),
        };
        let state = (self, read, ended);
        futures::stream::unfold(state, async |(mut reading, mut read, ended)| {
            if reading.rows_left == 0 {
                return None;
            }
            let batch = read.next().await?;
            let batch = batch.and_then(|batch| reading.take(&batch));
            if batch.is_err() {
                reading.rows_left = 0;
            }
            Some((batch, (reading, read, ended)))
        })
        .boxed()
    }

    /// Counts a batch, cuts it at the fetch limit and gives it the plan's schema.
    fn take(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let compute = self.baseline.elapsed_compute().clone();
        let _timed = compute.timer();
        let bytes = value_bytes(batch);
        self.meter.read(batch.num_rows() as u64, bytes);
        self.bytes_scanned.add(usize::try_from(bytes).unwrap_or(usize::MAX));
        let rows = batch.num_rows().min(self.rows_left);
        self.rows_left -= rows;
        self.baseline.record_output(rows);
        self.baseline.output_batches().add(1);
        let batch = batch.slice(0, rows);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), batch.columns().to_vec(), &options)?)
    }
}

/// Tells the readers that nobody listens any more.
struct EndReading(Arc<ReadControl>);

impl Drop for EndReading {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The batches of parts, one part after the other.
struct PartBatches {
    parts: std::vec::IntoIter<Arc<dyn model::scan::ScanPart>>,
    open: Option<Batches>,
    batch_rows_max: usize,
    time_field: Option<usize>,
    dynamic: Vec<Arc<dyn PhysicalExpr>>,
    control: Arc<ReadControl>,
    read_time: Time,
    _task: Arc<TaskContext>,
}

impl PartBatches {
    /// Takes over what the operators above have found out.
    fn narrow(&self) {
        let Some(time_field) = self.time_field else { return };
        for filter in &self.dynamic {
            self.control.narrow(time_range_of(filter, time_field));
        }
    }
}

impl Iterator for PartBatches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let read_time = self.read_time.clone();
        let _timed = read_time.timer();
        self.narrow();
        loop {
            if self.control.is_cancelled() {
                return None;
            }
            if let Some(batch) = self.open.as_mut().and_then(Iterator::next) {
                return Some(batch.map_err(|error| DataFusionError::External(Box::new(error))));
            }
            let part = self.parts.next()?;
            let is_of_use = !part.time_range().intersect(&self.control.time_range()).is_empty();
            self.open = is_of_use.then(|| part.read(self.batch_rows_max, &self.control));
        }
    }
}

/// Reads on another thread, from the first poll on, at most a few batches ahead of whoever takes them.
fn ahead(source: PartBatches, threads: Handle) -> BoxStream<'static, Result<RecordBatch>> {
    let start = async move {
        let (sender, receiver) = mpsc::channel(limits::SCAN_BATCHES_AHEAD_MAX);
        let thread = threads.spawn_blocking(move || {
            for batch in source {
                let is_last = batch.is_err();
                if sender.blocking_send(batch).is_err() || is_last {
                    break;
                }
            }
        });
        futures::stream::unfold((receiver, Some(thread)), async |(mut receiver, thread)| {
            if let Some(batch) = receiver.recv().await {
                return Some((batch, (receiver, thread)));
            }
            // A thread that broke must not pass for one that is done.
            match thread?.await {
                Ok(()) => None,
                Err(error) => {
                    Some((Err(internal_datafusion_err!("a reader broke: {error}")), (receiver, None)))
                }
            }
        })
    };
    futures::stream::once(start).flatten().boxed()
}

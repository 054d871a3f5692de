use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::array::{Int64Array, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::config::SessionConfig;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::executor::block_on;
use model::limits;
use model::scan::{Batches, Exactness, ScanError, ScanPart, TimeRange};

use super::super::parts::{self, group};
use super::*;

/// Rows 0, 1, ... beside texts of 20 bytes; counts the batches that were read; may break.
#[derive(Debug)]
struct Counted {
    rows: usize,
    batches_read: AtomicUsize,
    breaks_at_batch: Option<usize>,
    may_wait: bool,
}

fn counted(rows: usize) -> Counted {
    Counted { rows, batches_read: AtomicUsize::new(0), breaks_at_batch: None, may_wait: false }
}

fn part(rows: usize) -> Arc<Counted> {
    Arc::new(counted(rows))
}

#[derive(Debug)]
struct Shared(Arc<Counted>);

impl ScanPart for Shared {
    fn rows_max(&self) -> usize {
        self.0.rows
    }

    fn time_range(&self) -> TimeRange {
        TimeRange { start_ns: self.0.rows as i64, end_ns: 2 * self.0.rows as i64 }
    }

    fn exactness(&self) -> Exactness {
        Exactness { rows: true, first: true, last: true }
    }

    fn may_wait(&self) -> bool {
        self.0.may_wait
    }

    fn read(&self, batch_rows_max: usize, _: &Arc<ReadControl>) -> Batches {
        let part = Arc::clone(&self.0);
        Box::new((0..part.rows).step_by(batch_rows_max).map(move |start| {
            let number = part.batches_read.fetch_add(1, Ordering::Relaxed);
            if part.breaks_at_batch == Some(number) {
                return Err(ScanError::TableGone);
            }
            let rows = batch_rows_max.min(part.rows - start);
            let numbers = (start..start + rows).map(|row| row as i64);
            let texts = StringViewArray::from_iter_values((0..rows).map(|_| "12345678901234567890"));
            let columns: Vec<(&str, datafusion::arrow::array::ArrayRef)> =
                vec![("stored", Arc::new(Int64Array::from_iter_values(numbers))), ("text", Arc::new(texts))];
            Ok(RecordBatch::try_from_iter(columns).unwrap())
        }))
    }
}

fn schema() -> SchemaRef {
    let fields = [Field::new("c7", DataType::Int64, true), Field::new("c8", DataType::Utf8View, true)];
    Arc::new(Schema::new(fields.to_vec()))
}

fn exec(parts: &[&Arc<Counted>], partitions_max: usize, fetch: Option<usize>) -> ScanExec {
    let parts = parts.iter().map(|part| Arc::new(Shared(Arc::clone(part))) as Arc<dyn ScanPart>);
    let partitions = group(parts.collect(), partitions_max, 10);
    let output = Output { schema: schema(), time_field: Some(0) };
    ScanExec::new(output, partitions, ScanMetrics::default(), fetch)
}

fn context(meter: &Arc<ScanMeter>) -> Arc<TaskContext> {
    let config = SessionConfig::new().with_batch_size(10).with_extension(Arc::clone(meter));
    SessionContext::new_with_config(config).task_ctx()
}

#[test]
fn batches_are_renamed_counted_and_complete() {
    let (a, b) = (part(25), part(4));
    let exec = exec(&[&a, &b], 1, None);
    let meter = Arc::new(ScanMeter::default());
    let stream = exec.execute(0, context(&meter)).unwrap();
    let batches: Vec<RecordBatch> = block_on(stream.map(Result::unwrap).collect());
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [10, 10, 5, 4]);
    assert!(batches.iter().all(|batch| batch.schema() == schema()));
    assert_eq!((meter.rows_scanned(), meter.bytes_scanned()), (29, 29 * 28));
    assert_eq!(meter.percentage(), 100.0);
    let metrics = exec.metrics().unwrap();
    assert_eq!(metrics.output_rows(), Some(29));
    assert_eq!(metrics.sum_by_name("bytes_scanned").map(|it| it.as_usize()), Some(29 * 28));
}

#[test]
fn nothing_is_read_before_it_is_asked_for() {
    let (a, b) = (part(25), part(20));
    let meter = Arc::new(ScanMeter::default());
    let mut stream = exec(&[&a, &b], 1, None).execute(0, context(&meter)).unwrap();
    let read = || (a.batches_read.load(Ordering::Relaxed), b.batches_read.load(Ordering::Relaxed));
    assert_eq!(read(), (0, 0));
    block_on(stream.next()).unwrap().unwrap();
    assert_eq!(read(), (1, 0));
    drop(stream);
    assert_eq!(read(), (1, 0));
    assert!(meter.percentage() < 50.0);
}

#[test]
fn the_fetch_limit_ends_reading() {
    let (a, b) = (part(25), part(20));
    let exec = exec(&[&a, &b], 1, None).with_fetch(Some(12)).unwrap();
    let stream = exec.execute(0, context(&Arc::default())).unwrap();
    let batches: Vec<RecordBatch> = block_on(stream.map(Result::unwrap).collect());
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [10, 2]);
    assert_eq!(b.batches_read.load(Ordering::Relaxed), 0);
    assert_eq!(exec.fetch(), Some(12));
}

#[test]
fn an_error_ends_reading() {
    let broken = Arc::new(Counted { breaks_at_batch: Some(1), ..counted(50) });
    let stream = exec(&[&broken], 1, None).execute(0, context(&Arc::default())).unwrap();
    let batches: Vec<Result<RecordBatch>> = block_on(stream.collect());
    assert_eq!(batches.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    assert!(matches!(&batches[1], Err(DataFusionError::External(cause)) if cause.is::<ScanError>()));
}

#[test]
fn parts_are_shared_out_by_their_rows() {
    // Rows of parts, partitions at most (batches have 10 rows), rows of the partitions.
    let cases: [(&[usize], usize, &[usize]); 6] = [
        (&[], 4, &[0]),
        (&[3, 3, 3], 4, &[9]),
        (&[100, 40, 30, 30], 2, &[100, 100]),
        (&[100, 100, 100], 2, &[200, 100]),
        (&[60, 50], 8, &[60, 50]),
        (&[11, 4], 8, &[11, 4]),
    ];
    for (rows, partitions_max, expected) in cases {
        let parts: Vec<_> = rows.iter().map(|rows| part(*rows)).collect();
        let exec = exec(&parts.iter().collect::<Vec<_>>(), partitions_max, None);
        let sums = exec.partitions.iter().map(|parts| parts.iter().map(|it| it.rows_max()).sum());
        assert_eq!(sums.collect::<Vec<usize>>(), expected, "{rows:?}");
        assert_eq!(exec.properties().output_partitioning().partition_count(), expected.len());
    }
}

#[test]
fn statistics_are_exact_for_the_whole_scan() {
    let (a, b) = (part(100), part(60));
    let exec = exec(&[&a, &b], 2, None);
    let of = |exec: &ScanExec, partition| {
        let args = StatisticsArgs::new().with_partition(partition);
        exec.statistics_from_inputs(&[], &args).unwrap()
    };
    let at = |instant_ns| ScalarValue::TimestampNanosecond(Some(instant_ns), None);
    let all = of(&exec, None);
    assert_eq!(all.num_rows, Precision::Exact(160));
    assert_eq!(all.column_statistics[0].min_value, Precision::Exact(at(60)));
    assert_eq!(all.column_statistics[0].max_value, Precision::Exact(at(199)));
    let one = of(&exec, Some(1));
    assert_eq!(one.num_rows, Precision::Inexact(60));
    assert_eq!(one.column_statistics[0].min_value, Precision::Inexact(at(60)));
    assert_eq!(of(&exec, Some(9)).num_rows, Precision::Inexact(0));
    let limited = exec.with_fetch(Some(7)).unwrap();
    let limited = limited.statistics_from_inputs(&[], &StatisticsArgs::new()).unwrap();
    assert_eq!(limited.num_rows, Precision::Inexact(7));
}

#[test]
fn waiting_parts_are_read_ahead_by_a_bounded_number_of_batches() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let slow = Arc::new(Counted { may_wait: true, ..counted(1_000) });
    let broken = Arc::new(Counted { may_wait: true, breaks_at_batch: Some(2), ..counted(40) });
    runtime.block_on(async {
        let mut stream = exec(&[&slow], 1, None).execute(0, context(&Arc::default())).unwrap();
        assert_eq!(slow.batches_read.load(Ordering::Relaxed), 0, "nothing is read before it is asked for");
        let first = stream.next().await.unwrap().unwrap();
        assert_eq!(first.num_rows(), 10);
        drop(stream);
        // The one that was taken, those that wait, and the one that finds nobody.
        assert!(slow.batches_read.load(Ordering::Relaxed) <= 2 + limits::SCAN_BATCHES_AHEAD_MAX);

        let stream = exec(&[&slow], 1, None).execute(0, context(&Arc::default())).unwrap();
        let rows: Vec<usize> = stream.map(|batch| batch.unwrap().num_rows()).collect().await;
        assert_eq!(rows.iter().sum::<usize>(), 1_000);

        let stream = exec(&[&broken], 1, None).execute(0, context(&Arc::default())).unwrap();
        let batches: Vec<Result<RecordBatch>> = stream.collect().await;
        assert_eq!(batches.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    });
}

/// Two parts of one series, at times 25..50 and 100..200.
#[test]
fn parts_of_one_series_are_read_in_the_order_of_their_times() {
    #[derive(Debug)]
    struct OneSeries(Shared);
    impl ScanPart for OneSeries {
        fn rows_max(&self) -> usize {
            self.0.rows_max()
        }
        fn time_range(&self) -> TimeRange {
            self.0.time_range()
        }
        fn is_one_series(&self) -> bool {
            true
        }
        fn read(&self, batch_rows_max: usize, control: &Arc<ReadControl>) -> Batches {
            self.0.read(batch_rows_max, control)
        }
    }
    let of_one = |rows: &[usize]| -> Vec<Arc<dyn ScanPart>> {
        rows.iter().map(|rows| Arc::new(OneSeries(Shared(part(*rows)))) as Arc<dyn ScanPart>).collect()
    };
    let starts = |partitions: &[Partition]| -> Vec<Vec<i64>> {
        partitions.iter().map(|it| it.iter().map(|part| part.time_range().start_ns).collect()).collect()
    };
    let (partitions, order) = group(of_one(&[100, 25]), 4, 10);
    assert_eq!((starts(&partitions), order), (vec![vec![25, 100]], Order::Ascending));
    let (partitions, order) = group(of_one(&[100, 25, 101, 220]), 4, 10);
    assert_eq!((starts(&partitions), order), (vec![vec![25, 100, 220], vec![101]], Order::Ascending));
    let (_, order) = group(of_one(&[100, 101, 102]), 2, 10);
    assert_eq!(order, Order::None);
    let (mut partitions, _) = group(vec![Arc::new(Shared(part(25))), Arc::new(Shared(part(100)))], 1, 10);
    for (order, expected) in [(Order::LatestFirst, [[100, 25]]), (Order::EarliestFirst, [[25, 100]])] {
        parts::arrange(&mut partitions, order);
        assert_eq!(starts(&partitions), expected);
    }

    let output = Output { schema: schema(), time_field: Some(0) };
    let exec = ScanExec::new(output, group(of_one(&[100, 25]), 1, 10), ScanMetrics::default(), None);
    assert!(exec.properties().output_ordering().is_some());
    let descending = SortOptions { descending: true, nulls_first: false };
    let sort = PhysicalSortExpr { expr: Arc::new(Column::new("c7", 0)), options: descending };
    let SortOrderPushdownResult::Inexact { inner } = exec.try_pushdown_sort(&[sort]).unwrap() else {
        panic!("the latest part is not read first");
    };
    assert!(inner.properties().output_ordering().is_none());
}

/// A part that reads until it is told to stop, and says when it does.
#[test]
fn whoever_reads_is_told_when_nobody_listens() {
    #[derive(Debug)]
    struct Endless(std::sync::mpsc::Sender<()>);
    impl ScanPart for Endless {
        fn rows_max(&self) -> usize {
            1
        }
        fn time_range(&self) -> TimeRange {
            TimeRange::ALL
        }
        fn may_wait(&self) -> bool {
            true
        }
        fn read(&self, _: usize, control: &Arc<ReadControl>) -> Batches {
            let (started, control) = (self.0.clone(), Arc::clone(control));
            Box::new(std::iter::from_fn(move || {
                started.send(()).unwrap();
                while !control.is_cancelled() {
                    std::thread::yield_now();
                }
                started.send(()).unwrap();
                None
            }))
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let output = Output { schema: schema(), time_field: Some(0) };
    let partitions = group(vec![Arc::new(Endless(sender))], 1, 10);
    let exec = ScanExec::new(output, partitions, ScanMetrics::default(), None);
    let reading = runtime.spawn(async move {
        let mut stream = exec.execute(0, context(&Arc::default())).unwrap();
        stream.next().await
    });
    receiver.recv().unwrap();
    reading.abort();
    // Returns only because the reader stopped.
    receiver.recv().unwrap();
}

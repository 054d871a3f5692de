use std::path::Path;

use model::record::{Dimension, Measure, Record};
use model::series::encode_series_key;
use model::time::NS_PER_DAY;
use model::value::MeasureValue;

use super::*;
use crate::format::wal_entry::{SeriesKeys, TableWrite};
use crate::fs::sim::SimFs;
use crate::memory::batch::RowKey;
use crate::memory::run::{RunBounds, StoredFile};

const SERIES: SeriesId = SeriesId(0);

/// An addition of one row a day; the last one replaces a stored row.
fn addition(writer: &mut Writer, days: i64, batch_id: u64) -> Addition {
    let dimensions = vec![Dimension { name: "host", value: "a", place: 0 }];
    let measure = Measure::Single(MeasureValue::Double(1.0));
    let record = Record { dimensions, measure_name: "cpu", measure, time_ns: 0, version: 1 };
    let mut key = Vec::new();
    encode_series_key(&record, &mut key);
    let mut series = SeriesKeys::default();
    series.push(&key);
    let batch = |day: i64| {
        let mut batch = RowBatch::new(batch_id + day.unsigned_abs());
        batch.begin_row(RowKey { series: SERIES, time_ns: day * NS_PER_DAY, version: 2 });
        let replacing_rows = if day + 1 == days { vec![0] } else { Vec::new() };
        BatchWrite { batch: Arc::new(batch), replacing_rows }
    };
    let write = TableWrite {
        table: TableId(1),
        columns: Vec::new(),
        measures: Vec::new(),
        first_series: SERIES,
        series,
        batches: (0..days).map(batch).collect(),
        conflicts: Vec::new(),
    };
    let texts = writer.take_over(&write).unwrap();
    let replaced = write.batches.iter().map(|batch| vec![None; batch.replacing_rows.len()]).collect();
    Addition { write, schema: Arc::clone(writer.schema()), texts, replaced }
}

/// The replaced row lies in a run whose file is gone.
#[test]
fn an_entry_that_cant_be_shown_is_shown_in_no_part_and_stops_checkpoints() {
    let memory = Arc::new(RunMemory::new(Arc::new(SimFs::new()), Path::new("/").into(), 0));
    let file = Arc::new(StoredFile::new(&memory, "gone.run".to_owned(), 1, 0));
    let bounds = RunBounds {
        rows: 1,
        time_min_ns: NS_PER_DAY,
        time_max_ns: NS_PER_DAY,
        series_min: SERIES,
        series_max: SERIES,
    };
    let mut snapshot = TableSnapshot::default();
    let run = Arc::new(Run::in_file(&memory, bounds, file));
    snapshot.partition_mut(NS_PER_DAY).runs.push(RunEntry { run, deleted: Default::default() });
    let mut writer = Writer::default();
    let (two_days, one_more) = (addition(&mut writer, 2, 10), addition(&mut writer, 0, 20));
    let store = TableStore::new(TableId(1), memory, writer, snapshot);
    assert!(store.cut().is_ok());
    assert!(store.publish(&two_days, Lsn(7), 0).is_err());
    let after = store.snapshot();
    assert_eq!((after.applied_lsn, after.series.count(), after.rows()), (None, 0, 1));
    // What was queued behind it is shown, and no checkpoint may say that it holds all up to there.
    store.publish(&one_more, Lsn(8), 0).unwrap();
    assert_eq!(store.snapshot().applied_lsn, Some(Lsn(8)));
    assert!(store.cut().is_err());
    assert_eq!(store.published().first_unsaved, Some((Lsn(7), 0)));
}

/// A row of a partition is in the log's queue: it may say where a row is in what is being rewritten.
#[test]
fn files_are_shown_after_the_entries_that_know_what_they_replace() {
    let memory = Arc::new(RunMemory::new(Arc::new(SimFs::new()), Path::new("/").into(), 0));
    let mut writer = Writer::default();
    let (stored, waiting) = (addition(&mut writer, 1, 10), addition(&mut writer, 1, 20));
    let store = TableStore::new(TableId(1), memory, writer, TableSnapshot::default());
    store.publish(&stored, Lsn(1), 0).unwrap();
    let batches = vec![Arc::clone(&waiting.write.batches[0].batch)];
    store.queued().entries.push_back(QueuedEntry { batches, waiting: Vec::new() });
    std::thread::scope(|scope| {
        let rewriting = scope.spawn(|| {
            let everything = |_: &TableSnapshot, _: &Partition| Ok(Some(Default::default()));
            store.rewrite(0, everything, |_, _| Ok(Vec::new()))
        });
        while store.queued().entries[0].waiting.is_empty() && !rewriting.is_finished() {
            std::thread::yield_now();
        }
        assert_eq!(store.snapshot().partitions[&0].runs.len(), 1, "files are shown too early");
        // As the log's thread does: shown, out of the queue, told.
        store.publish(&waiting, Lsn(2), 0).unwrap();
        let entry = store.queued().entries.pop_front();
        drop(entry);
        assert!(rewriting.join().unwrap().unwrap());
    });
    let after = store.snapshot();
    assert!(after.partitions[&0].runs.is_empty());
    assert_eq!(after.partitions[&0].tail.len(), 1);
}

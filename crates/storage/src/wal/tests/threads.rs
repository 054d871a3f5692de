//! The log on the machine's file system, with many callers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use futures::future::join_all;

use crate::error::Result;
use crate::fs::tests::scratch::Scratch;
use crate::fs::{Fs, RealFs};
use crate::wal::{Lsn, Recovered, Wal, WalSettings, inspect, recover};

const THREADS: usize = 8;
const ENTRIES_PER_THREAD: usize = 250;

/// Groups are smaller than segments: how many segments there are depends little on when the log's thread ran.
fn settings() -> WalSettings {
    WalSettings {
        segment_bytes_max: 64 * 1_024,
        group_bytes_max: 16 * 1_024,
        reserve_bytes: 0,
        ..WalSettings::new(99)
    }
}

fn recover_all(dir: &Path, from_lsn: Lsn) -> (Recovered, Vec<(Lsn, String)>) {
    let mut entries = Vec::new();
    let recovered = recover(&RealFs, dir, from_lsn, &mut |lsn, payload| {
        entries.push((lsn, String::from_utf8(payload.to_vec()).unwrap()));
        Ok(())
    });
    (recovered.unwrap(), entries)
}

fn open(dir: &Path) -> Wal {
    let (recovered, _) = recover_all(dir, Lsn::FIRST);
    Wal::open(Arc::new(RealFs), dir, &recovered, settings()).unwrap()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    RealFs.list(dir).unwrap().into_iter().map(|entry| dir.join(entry.name)).collect()
}

#[test]
fn callers_at_once_get_their_own_positions_in_the_order_of_the_log() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("wal");
    let wal = open(&dir);
    let called_back: Arc<Mutex<Vec<(Lsn, String)>>> = Arc::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (wal, called_back) = (&wal, &called_back);
            scope.spawn(move || {
                for number in 0..ENTRIES_PER_THREAD {
                    let text = format!("thread {thread} entry {number} {}", "x".repeat(number));
                    if number % 2 == 0 {
                        let lsn = block_on(wal.append(text.clone().into_bytes())).unwrap();
                        called_back.lock().unwrap().push((lsn, text));
                    } else {
                        let called_back = Arc::clone(called_back);
                        let payload = text.clone().into_bytes();
                        let on_durable = move |outcome: Result<Lsn>| {
                            called_back.lock().unwrap().push((outcome.unwrap(), text));
                        };
                        wal.append_with(payload, Box::new(on_durable)).unwrap();
                    }
                }
            });
        }
    });
    let stats_before_close = wal.stats();
    wal.close().unwrap();
    let total = THREADS * ENTRIES_PER_THREAD;
    let (recovered, entries) = recover_all(&dir, Lsn::FIRST);
    assert_eq!(entries.len(), total);
    assert!(recovered.is_clean && recovered.torn.is_none());
    assert_eq!(recovered.next_lsn, Lsn(total as u64 + 2), "all entries and the close mark");
    assert!(entries.iter().zip(1..).all(|((lsn, _), expected)| *lsn == Lsn(expected)));
    let mut acknowledged = std::mem::take(&mut *called_back.lock().unwrap());
    acknowledged.sort();
    assert_eq!(acknowledged, entries);
    for thread in 0..THREADS {
        let prefix = format!("thread {thread} ");
        let numbers: Vec<usize> = entries
            .iter()
            .filter_map(|(_, text)| text.strip_prefix(&prefix)?.split(' ').nth(1)?.parse().ok())
            .collect();
        assert_eq!(numbers, (0..ENTRIES_PER_THREAD).collect::<Vec<_>>(), "the order of thread {thread}");
    }
    assert!(stats_before_close.segments_created > 2, "rotation was part of the test");
    assert!(files(&dir).iter().all(|path| std::fs::metadata(path).unwrap().len() <= 64 * 1_024), "trimmed");
}

#[test]
fn callbacks_run_in_log_order() {
    let scratch = Scratch::new();
    let wal = open(&scratch.path().join("wal"));
    let order: Arc<Mutex<Vec<u64>>> = Arc::default();
    for _ in 0..500 {
        let order = Arc::clone(&order);
        let on_durable = move |outcome: Result<Lsn>| order.lock().unwrap().push(outcome.unwrap().0);
        wal.append_with(b"entry".to_vec(), Box::new(on_durable)).unwrap();
    }
    wal.close().unwrap();
    assert_eq!(*order.lock().unwrap(), (1..=500).collect::<Vec<u64>>());
}

#[test]
fn a_reopened_log_goes_on_behind_its_end_and_a_cut_one_forgets_its_beginning() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("wal");
    let mut expected = 0;
    for round in 0..4 {
        let wal = open(&dir);
        let texts = (0..40).map(|number| format!("round {round} entry {number} {}", "y".repeat(4_000)));
        let lsns = block_on(join_all(texts.map(|text| wal.append(text.into_bytes()))));
        expected += 40;
        let last = lsns.into_iter().map(Result::unwrap).max().unwrap();
        // Every second round the process ends without a close mark.
        if round % 2 == 0 {
            wal.close().unwrap();
        } else {
            assert_eq!(wal.stats().durable_lsn, last.0);
        }
    }
    let (recovered, entries) = recover_all(&dir, Lsn::FIRST);
    assert_eq!(entries.len(), expected);
    let before = files(&dir).len();
    let wal = Wal::open(Arc::new(RealFs), &dir, &recovered, settings()).unwrap();
    let checkpoint = Lsn(100);
    let removed = wal.truncate_before(checkpoint).unwrap();
    assert!(removed > 2 && wal.stats().segments_removed == removed as u64);
    assert_eq!(files(&dir).len(), before - removed);
    assert_eq!(wal.stats().segments as usize, before - removed);
    assert_eq!(wal.truncate_before(checkpoint).unwrap(), 0);
    drop(wal);
    let (_, rest) = recover_all(&dir, checkpoint);
    assert_eq!(rest, entries.into_iter().filter(|(lsn, _)| *lsn >= checkpoint).collect::<Vec<_>>());
}

#[test]
fn leftovers_of_a_dead_process_are_removed_and_other_files_are_left() {
    let scratch = Scratch::new();
    let dir = scratch.path().join("wal");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("wal-00000000000000000009.log.tmp"), b"half a segment").unwrap();
    std::fs::write(dir.join("notes"), b"of the operator").unwrap();
    let wal = open(&dir);
    block_on(wal.append(b"entry".to_vec())).unwrap();
    wal.close().unwrap();
    let names: Vec<String> = RealFs.list(&dir).unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["notes", "wal-00000000000000000001.log"]);
    let lines = inspect(&RealFs, &dir.join(&names[1]), &|_| String::new()).unwrap();
    assert!(lines.iter().any(|line| line.contains("kind=entry payload_bytes=5")), "{lines:?}");
}

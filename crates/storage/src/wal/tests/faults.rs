//! Failed calls: poison, or a refusal that is taken back when space returns.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use model::error::ErrorKind;

use super::{DIR, payload, recover_entries, small_settings};
use crate::error::StorageError;
use crate::fs::sim::{Crash, Fault, SimFs};
use crate::wal::{Lsn, Wal, WalSettings};

fn open(fs: &SimFs, settings: WalSettings) -> Wal {
    let (recovered, _) = recover_entries(fs, 1).unwrap();
    Wal::open(Arc::new(fs.clone()), Path::new(DIR), &recovered, settings).unwrap()
}

/// Holds the log's thread in a callback until the sender is dropped.
fn hold(wal: &Wal) -> Sender<()> {
    let (entered, has_entered) = channel();
    let (release, released): (Sender<()>, Receiver<()>) = channel();
    let on_durable = move |_| {
        entered.send(()).unwrap();
        let _ = released.recv();
    };
    wal.append_with(b"hold".to_vec(), Box::new(on_durable)).unwrap();
    has_entered.recv().unwrap();
    release
}

/// Tries again while the failures of a full disk are still being reported.
fn append_when_accepted(wal: &Wal, payload: &[u8]) -> Lsn {
    let mut outcomes = (0..10_000_000).map(|_| {
        // The log's thread may have no processor but this one.
        std::thread::yield_now();
        block_on(wal.append(payload.to_vec()))
    });
    outcomes.find(|outcome| !matches!(outcome, Err(StorageError::StorageFull { .. }))).unwrap().unwrap()
}

#[test]
fn a_failed_write_or_sync_poisons_the_log() {
    // The calls of an append to an open segment: write, then sync.
    for (name, nth_call) in [("write", 1), ("fdatasync", 2)] {
        let fs = SimFs::new();
        let wal = open(&fs, small_settings());
        let first = block_on(wal.append(b"first".to_vec())).unwrap();
        assert_eq!(first, Lsn::FIRST);
        fs.fail_at(fs.calls() + nth_call, Fault::Io);
        let failed = block_on(wal.append(b"second".to_vec())).unwrap_err();
        assert!(matches!(&failed, StorageError::Poisoned { reason } if reason.contains(name)), "{failed}");
        assert_eq!(failed.kind(), ErrorKind::Internal);
        let calls = fs.calls();
        assert!(matches!(block_on(wal.append(b"third".to_vec())), Err(StorageError::Poisoned { .. })));
        assert!(wal.is_poisoned());
        assert!(matches!(wal.close(), Err(StorageError::Poisoned { .. })));
        assert_eq!(fs.calls(), calls, "nothing is tried on the descriptor of a failed {name}");

        let lost = fs.crash_with(Crash::LoseUnsynced, 0);
        let (_, entries) = recover_entries(&lost, 1).unwrap();
        assert_eq!(entries, [(1, b"first".to_vec())]);
    }
}

#[test]
fn everything_that_waits_behind_a_failure_fails() {
    let fs = SimFs::new();
    let wal = open(&fs, WalSettings { group_bytes_max: 1, ..small_settings() });
    let release = hold(&wal);
    let waiting: Vec<_> = (0..3).map(|_| wal.append(payload("waits", 10))).collect();
    fs.fail_at(fs.calls() + 2, Fault::Io);
    drop(release);
    for waiting in waiting {
        assert!(matches!(block_on(waiting), Err(StorageError::Poisoned { .. })));
    }
    assert_eq!(wal.stats().queue_bytes, 0);
    assert_eq!(wal.stats().appends, 1);
}

#[test]
fn a_full_disk_refuses_entries_until_space_returns() {
    let fs = SimFs::new();
    let wal = Arc::new(open(&fs, WalSettings { group_bytes_max: 1, ..small_settings() }));
    let release = hold(&wal);
    fs.set_capacity(Some(4_096));
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    // The second entry would fit the open segment, but it stands behind one that does not.
    for len_bytes in [4_000, 10] {
        let (inner, outcomes) = (Arc::clone(&wal), Arc::clone(&outcomes));
        let on_durable = move |outcome: Result<Lsn, StorageError>| {
            let during =
                inner.append_with(b"during the failure".to_vec(), Box::new(|_| panic!("not accepted")));
            outcomes.lock().unwrap().push((
                len_bytes,
                outcome.unwrap_err().kind(),
                during.unwrap_err().kind(),
            ));
        };
        wal.append_with(payload("x", len_bytes), Box::new(on_durable)).unwrap();
    }
    drop(release);
    // Accepted only after the callbacks have run, and then small enough for the open segment.
    assert_eq!(append_when_accepted(&wal, b"fits"), Lsn(2));
    let full = ErrorKind::StorageFull;
    assert_eq!(*outcomes.lock().unwrap(), [(4_000, full, full), (10, full, full)]);
    assert_eq!(block_on(wal.append(payload("x", 4_000))).unwrap_err().kind(), ErrorKind::StorageFull);
    fs.set_capacity(None);
    assert_eq!(append_when_accepted(&wal, &payload("x", 4_000)), Lsn(3));
    assert!(!wal.is_poisoned());
    let (_, entries) = recover_entries(&fs.crash_with(Crash::LoseUnsynced, 0), 1).unwrap();
    assert_eq!(entries, [(1, b"hold".to_vec()), (2, b"fits".to_vec()), (3, payload("x", 4_000))]);
}

#[test]
fn a_reserve_is_left_for_deletes() {
    let fs = SimFs::new();
    fs.set_capacity(Some(10_000));
    let wal = open(&fs, WalSettings { reserve_bytes: 6_000, ..small_settings() });
    assert_eq!(block_on(wal.append(b"no".to_vec())).unwrap_err().kind(), ErrorKind::StorageFull);
    fs.set_capacity(Some(11_000));
    assert_eq!(append_when_accepted(&wal, b"yes"), Lsn::FIRST);
}

#[test]
fn a_full_queue_refuses_and_does_not_grow() {
    let wal = open(
        &SimFs::new(),
        WalSettings { entry_bytes_max: 1_280, queue_bytes_max: 1_280, ..small_settings() },
    );
    let release = hold(&wal);
    // An entry of 100 bytes takes 128 with its header.
    let waiting: Vec<_> = (0..10).map(|_| wal.append(payload("x", 100))).collect();
    let refused = block_on(wal.append(payload("x", 1))).unwrap_err();
    assert!(
        matches!(refused, StorageError::Overloaded { queued_bytes: 1_280, queue_bytes_max: 1_280 }),
        "{refused}"
    );
    assert_eq!(refused.kind(), ErrorKind::Overloaded);
    drop(release);
    for (index, waiting) in waiting.into_iter().enumerate() {
        assert_eq!(block_on(waiting).unwrap(), Lsn(index as u64 + 2));
    }
    let stats = wal.stats();
    assert_eq!((stats.appends, stats.overloaded, stats.queue_bytes, stats.durable_lsn), (11, 1, 0, 11));
    assert_eq!(stats.syncs, 2, "what waited together shared one sync");
    assert_eq!(
        block_on(wal.append(payload("x", 1_280))).unwrap(),
        Lsn(12),
        "an empty queue takes any legal entry"
    );
}

#[test]
fn sizes_out_of_range_are_refused() {
    let wal = open(&SimFs::new(), WalSettings { entry_bytes_max: 100, ..small_settings() });
    for len_bytes in [0, 101] {
        let refused = block_on(wal.append(vec![7; len_bytes])).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid, "len_bytes={len_bytes}");
    }
    block_on(wal.append(vec![7; 100])).unwrap();
}

#[test]
fn settings_out_of_range_are_refused() {
    let bad = [
        WalSettings { segment_bytes_max: 4_095, ..small_settings() },
        WalSettings { segment_bytes_max: u64::MAX, ..small_settings() },
        WalSettings { entry_bytes_max: 0, ..small_settings() },
        WalSettings { entry_bytes_max: u64::MAX, ..small_settings() },
        WalSettings { group_bytes_max: 0, ..small_settings() },
        WalSettings { queue_bytes_max: 1, ..small_settings() },
    ];
    for settings in bad {
        let fs = SimFs::new();
        let (recovered, _) = recover_entries(&fs, 1).unwrap();
        let refused = Wal::open(Arc::new(fs), Path::new(DIR), &recovered, settings).unwrap_err();
        assert!(matches!(refused, StorageError::Setting { .. }), "{refused}");
    }
}

#[test]
fn a_panic_in_a_callback_poisons_the_log_and_answers_everybody() {
    let wal = open(&SimFs::new(), small_settings());
    let release = hold(&wal);
    wal.append_with(b"panics".to_vec(), Box::new(|_| panic!("expected by this test"))).unwrap();
    let beside = wal.append(b"durable all the same".to_vec());
    drop(release);
    assert_eq!(block_on(beside).unwrap(), Lsn(3));
    let after = loop {
        // Accepted entries are answered too, whether the panic was before or after them.
        if let Err(error) = block_on(wal.append(b"after".to_vec())) {
            break error;
        }
    };
    assert!(matches!(after, StorageError::Poisoned { .. }), "{after}");
}

//! The local store: the contract of an object store, and no half object after any crash.

use std::path::Path as FsPath;
use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::objects_on;
use crate::fs::sim::{Crash, Fault, SimFs};
use crate::fs::tests::scratch::Scratch;
use crate::fs::{self, Fs, RealFs};
use crate::object::{LocalObjects, ObjectName};

const ROOT: &str = "/objects";

fn sim() -> SimFs {
    let disk = SimFs::new();
    fs::create_dir_durably(&disk, FsPath::new(ROOT)).unwrap();
    disk
}

fn open(disk: &SimFs) -> LocalObjects {
    LocalObjects::open(Arc::new(disk.clone()), FsPath::new(ROOT)).unwrap()
}

fn keeps_the_contract(store: &dyn ObjectStore) {
    let path = Path::from("t1/a");
    let create = || PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    block_on(store.put_opts(&path, "0123456789".into(), create())).unwrap();
    let again = block_on(store.put_opts(&path, "x".into(), create()));
    assert!(matches!(again, Err(object_store::Error::AlreadyExists { .. })), "{again:?}");
    block_on(store.put(&Path::from("t2/b"), "second".into())).unwrap();
    block_on(store.put(&Path::from("top"), "third".into())).unwrap();

    let get = |range| {
        let options = GetOptions { range, ..GetOptions::default() };
        block_on(async { store.get_opts(&path, options).await?.bytes().await })
    };
    for (range, expected) in [
        (None, "0123456789"),
        (Some(GetRange::Bounded(2..5)), "234"),
        (Some(GetRange::Bounded(8..50)), "89"),
        (Some(GetRange::Offset(7)), "789"),
        (Some(GetRange::Suffix(3)), "789"),
    ] {
        assert_eq!(get(range.clone()).unwrap(), Bytes::from(expected), "{range:?}");
    }
    assert!(get(Some(GetRange::Offset(11))).is_err());
    assert_eq!(block_on(store.get_ranges(&path, &[0..1, 9..10])).unwrap(), ["0", "9"].map(Bytes::from));
    assert_eq!(block_on(store.head(&path)).unwrap().size, 10);
    assert!(matches!(block_on(store.get(&Path::from("none"))), Err(object_store::Error::NotFound { .. })));

    let names = |prefix: Option<&Path>| -> Vec<String> {
        let listed: Vec<_> = block_on(store.list(prefix).try_collect()).unwrap();
        listed.iter().map(|meta: &object_store::ObjectMeta| meta.location.to_string()).collect()
    };
    assert_eq!(names(None), ["t1/a", "t2/b", "top"]);
    assert_eq!(names(Some(&Path::from("t2"))), ["t2/b"]);
    let delimited = block_on(store.list_with_delimiter(None)).unwrap();
    assert_eq!(delimited.common_prefixes, [Path::from("t1"), Path::from("t2")]);
    assert_eq!(delimited.objects.len(), 1);

    let deleted: Vec<_> =
        block_on(store.delete_stream(futures::stream::iter([Ok(Path::from("top"))]).boxed()).collect());
    assert!(deleted.iter().all(Result::is_ok));
    assert_eq!(names(None), ["t1/a", "t2/b"]);
}

#[test]
fn the_simulated_disk_keeps_the_contract() {
    keeps_the_contract(&open(&sim()));
}

#[test]
fn the_real_disk_keeps_the_contract() {
    let scratch = Scratch::new();
    keeps_the_contract(&LocalObjects::open(Arc::new(RealFs), scratch.path()).unwrap());
}

/// Puts some objects and deletes one; returns the names whose puts were acknowledged, and the one whose delete was.
fn workload(store: LocalObjects) -> (Vec<ObjectName>, Option<ObjectName>) {
    let (objects, _) = objects_on(Arc::new(store));
    let mut acknowledged = Vec::new();
    for number in 0..4 {
        let name = ObjectName::new(&format!("t{}/{number}", number % 2));
        if block_on(objects.put_new(&name, content(&name))).is_ok() {
            acknowledged.push(name);
        }
    }
    let deleted = acknowledged.first().cloned();
    let deleted = deleted.filter(|name| block_on(objects.delete(name)).is_ok());
    (acknowledged, deleted)
}

fn content(name: &ObjectName) -> Bytes {
    name.as_str().repeat(700).into()
}

/// After a crash: what was acknowledged is there, what is there is whole, nothing else is left behind.
fn check(disk: &SimFs, acknowledged: &[ObjectName], deleted: Option<&ObjectName>, attempt: &str) {
    let (objects, _) = objects_on(Arc::new(open(disk)));
    let listed = block_on(objects.list()).unwrap();
    for entry in &listed {
        assert_eq!(block_on(objects.find(&entry.name)).unwrap(), Some(content(&entry.name)), "{attempt}");
    }
    let is_there = |name: &ObjectName| listed.iter().any(|entry| entry.name == *name);
    for (position, name) in acknowledged.iter().enumerate() {
        // The delete of the first was asked for: unless acknowledged, its outcome is open.
        assert!(position == 0 || is_there(name), "{attempt}: {name} is lost");
    }
    assert!(deleted.is_none_or(|name| !is_there(name)), "{attempt}: a deleted object came back");
    for folder in disk.list(FsPath::new(ROOT)).unwrap() {
        let files = disk.list(&FsPath::new(ROOT).join(folder.name)).unwrap();
        assert!(files.iter().all(|file| !file.name.ends_with(".tmp")), "{attempt}");
    }
}

#[test]
fn no_half_object_after_any_crash() {
    let calls = {
        let disk = sim();
        workload(open(&disk));
        disk.calls()
    };
    let mut states = 0;
    for call in 1..=calls + 1 {
        for (number, crash) in
            [Crash::Kill, Crash::LoseUnsynced, Crash::Torn, Crash::Scattered].into_iter().enumerate()
        {
            let disk = sim();
            let attempt = format!("power cut at call {call}, {crash:?}");
            disk.cut_power_at(call);
            let Ok(store) = LocalObjects::open(Arc::new(disk.clone()), FsPath::new(ROOT)) else { continue };
            let (acknowledged, deleted) = workload(store);
            check(
                &disk.crash_with(crash, call * 7 + number as u64),
                &acknowledged,
                deleted.as_ref(),
                &attempt,
            );
            states += 1;
        }
    }
    assert!(states > 100, "{states}");
}

#[test]
fn no_half_object_after_any_failed_call() {
    let calls = {
        let disk = sim();
        workload(open(&disk));
        disk.calls()
    };
    for call in 1..=calls {
        for fault in [Fault::Io, Fault::StorageFull] {
            let disk = sim();
            disk.fail_at(call, fault);
            let Ok(store) = LocalObjects::open(Arc::new(disk.clone()), FsPath::new(ROOT)) else { continue };
            let (acknowledged, deleted) = workload(store);
            let attempt = format!("{fault:?} at call {call}");
            check(&disk.crash_with(Crash::LoseUnsynced, call), &acknowledged, deleted.as_ref(), &attempt);
        }
    }
}

use std::path::Path;
use std::sync::Arc;

use model::entropy::SeededEntropy;

use super::stores::{Claim, Stores};
use super::{DataDir, VERSION};
use crate::error::StorageError;
use crate::fs::sim::{Crash, SimFs};
use crate::fs::tests::scratch::Scratch;
use crate::fs::{self, Fs, RealFs};

const ROOT: &str = "/var/headwater";

fn names(fs: &dyn Fs, path: &Path) -> Vec<String> {
    fs.list(path).unwrap().into_iter().map(|entry| entry.name).collect()
}

#[test]
fn a_new_directory_gets_the_layout_and_an_old_one_keeps_it() {
    let scratch = Scratch::new();
    let root = scratch.path().join("parent/data");
    for _ in 0..2 {
        let data_dir = DataDir::open(Arc::new(RealFs), &root).unwrap();
        assert_eq!(names(&RealFs, &root), ["LOCK", "VERSION", "buckets", "magnetic", "memory", "wal"]);
        let version = fs::read(&RealFs, &root.join("VERSION")).unwrap();
        assert_eq!(version, b"headwater data directory, version 1\n");
        assert_eq!(data_dir.wal(), root.join("wal"));
        assert_eq!(data_dir.metastore(), root.join("metastore.sqlite"));
    }
}

#[test]
fn a_second_process_is_told_that_the_directory_is_in_use() {
    let scratch = Scratch::new();
    let held = DataDir::open(Arc::new(RealFs), scratch.path()).unwrap();
    // An flock belongs to the open file, so a second opening in this process stands for another process.
    let refused = DataDir::open(Arc::new(RealFs), scratch.path()).unwrap_err();
    assert!(matches!(refused, StorageError::Locked { .. }), "{refused}");
    assert!(refused.to_string().contains("in use by another process"), "{refused}");
    drop(held);
    DataDir::open(Arc::new(RealFs), scratch.path()).unwrap();
}

/// `(contents of VERSION, words of the refusal)`.
#[test]
fn an_unknown_version_is_refused_and_nothing_is_touched() {
    let cases: &[(&[u8], &str)] = &[
        (b"headwater data directory, version 2\n", "newer than this release reads"),
        (b"headwater data directory, version 18446744073709551615\n", "found=18446744073709551615"),
        (b"headwater data directory, version 0\n", "not readable"),
        (b"headwater data directory, version 01\n", "not readable"),
        (b"headwater data directory, version 1", "not readable"),
        (b"", "not readable"),
        (b"\xff\xfe", "not readable"),
    ];
    for (contents, words) in cases {
        let fs = SimFs::new();
        fs.create_dir(Path::new("/data")).unwrap();
        fs::write_durably(&fs, Path::new("/data/VERSION"), contents).unwrap();
        let refused = DataDir::open(Arc::new(fs.clone()), Path::new("/data")).unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
        assert_eq!(names(&fs, Path::new("/data")), ["LOCK", "VERSION"]);
        assert_eq!(fs::read(&fs, Path::new("/data/VERSION")).unwrap(), *contents);
    }
}

#[test]
fn data_without_a_version_is_refused() {
    for name in ["wal", "memory", "magnetic"] {
        let fs = SimFs::new();
        fs.create_dir(Path::new("/data")).unwrap();
        fs.create_dir(&Path::new("/data").join(name)).unwrap();
        let refused = DataDir::open(Arc::new(fs), Path::new("/data")).unwrap_err();
        assert!(matches!(refused, StorageError::DataDirectory { .. }), "{refused}");
    }
}

#[test]
fn what_an_operator_prepared_is_kept() {
    let fs = SimFs::new();
    fs.create_dir(Path::new("/data")).unwrap();
    fs.create_dir(Path::new("/data/buckets")).unwrap();
    fs::write_durably(&fs, Path::new("/data/credentials"), b"[default]").unwrap();
    let data_dir = DataDir::open(Arc::new(fs.clone()), Path::new("/data")).unwrap();
    assert_eq!(fs::read(&fs, &data_dir.credentials()).unwrap(), b"[default]");
}

#[test]
fn the_first_opening_can_die_at_any_call() {
    let reference = SimFs::new();
    drop(DataDir::open(Arc::new(reference.clone()), Path::new(ROOT)).unwrap());
    for call in 1..=reference.calls() {
        for (seed, crash) in
            [Crash::Kill, Crash::LoseUnsynced, Crash::Torn, Crash::Scattered].into_iter().enumerate()
        {
            let fs = SimFs::new();
            fs.cut_power_at(call);
            DataDir::open(Arc::new(fs.clone()), Path::new(ROOT)).unwrap_err();
            let after = fs.crash_with(crash, call * 4 + seed as u64);
            drop(DataDir::open(Arc::new(after.clone()), Path::new(ROOT)).unwrap());
            // What was opened is durable, whoever created it.
            let later = after.crash_with(Crash::LoseUnsynced, 0);
            let found = names(&later, Path::new(ROOT));
            assert!(
                ["VERSION", "buckets", "magnetic", "memory", "wal"]
                    .iter()
                    .all(|name| found.contains(&(*name).to_owned()))
            );
            assert_eq!(VERSION, 1);
        }
    }
}

fn stores(objects: &str, metastore: &str) -> Stores {
    Stores { objects: objects.to_owned(), metastore: metastore.to_owned() }
}

/// Opens, claims and keeps; stores something unless it is told not to.
fn start(fs: &SimFs, configured: Stores, stores_data: bool) -> Result<Claim, StorageError> {
    let data_dir = DataDir::open(Arc::new(fs.clone()), Path::new(ROOT))?;
    let claim = data_dir.claim(configured, &SeededEntropy::new(fs.calls()))?;
    data_dir.keep(&claim)?;
    if stores_data {
        fs::write_durably(fs, &data_dir.wal().join("segment"), b"log")?;
    }
    Ok(claim)
}

#[test]
fn a_directory_stays_with_the_stores_of_its_first_start() {
    for (first, then, refusal) in [
        (stores("local", "sqlite"), stores("local", "sqlite"), None),
        (stores("s3://a-b/c", "postgres"), stores("s3://a-b/c", "postgres"), None),
        (
            stores("local", "sqlite"),
            stores("s3://a-b", "sqlite"),
            Some("another object store used=local configured=s3://a-b"),
        ),
        (stores("s3://a-b/c", "sqlite"), stores("local", "sqlite"), Some("used=s3://a-b/c configured=local")),
        (stores("s3://a-b/c", "sqlite"), stores("s3://a-b/d", "sqlite"), Some("configured=s3://a-b/d")),
        (
            stores("local", "sqlite"),
            stores("local", "postgres"),
            Some("another metastore used=sqlite configured=postgres"),
        ),
    ] {
        for stores_data in [false, true] {
            let fs = SimFs::new();
            let claim = start(&fs, first.clone(), stores_data).unwrap();
            assert!(claim.is_fresh);
            let later = start(&fs.crash_with(Crash::LoseUnsynced, 0), then.clone(), false);
            match refusal {
                None => {
                    let later = later.unwrap();
                    assert_eq!((later.id, later.is_fresh), (claim.id, !stores_data));
                }
                Some(words) => {
                    let error = later.unwrap_err();
                    assert!(matches!(error, StorageError::OtherStore { .. }), "{error}");
                    assert!(error.to_string().contains(words), "{error}");
                }
            }
        }
    }
}

#[test]
fn a_directory_of_before_the_claims_is_local() {
    let older = SimFs::new();
    drop(start(&older, Stores::local(), true).unwrap());
    older.remove_file(&Path::new(ROOT).join("STORES")).unwrap();
    let refused = start(&older, stores("s3://a-b", "sqlite"), false).unwrap_err();
    assert!(matches!(refused, StorageError::OtherStore { .. }), "{refused}");
    assert!(!start(&older, Stores::local(), false).unwrap().is_fresh);
}

#[test]
fn an_unreadable_claim_is_refused() {
    let id = "0123456789abcdef0123456789abcdef";
    for (contents, words) in [
        (format!("headwater stores, version 2\nid {id}\n"), "newer than this release reads"),
        (format!("headwater stores, version 1\nid {id}\nobjects local\n"), "not readable"),
        (
            format!("headwater stores, version 1\nid {id}\nobjects local\nmetastore sqlite\nmore\n"),
            "not readable",
        ),
        ("headwater stores, version 1\nid 12\nobjects local\nmetastore sqlite\n".to_owned(), "not readable"),
        (String::new(), "not readable"),
    ] {
        let fs = SimFs::new();
        drop(DataDir::open(Arc::new(fs.clone()), Path::new(ROOT)).unwrap());
        fs::write_durably(&fs, &Path::new(ROOT).join("STORES"), contents.as_bytes()).unwrap();
        let refused = start(&fs, Stores::local(), false).unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

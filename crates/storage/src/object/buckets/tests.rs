use futures::executor::block_on;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutMultipartOptions, UploadPart};

use super::*;
use crate::fs::sim::{Crash, SimFs};
use crate::fs::{self, Access};
use crate::object::s3::S3Credentials;
use model::limits;

const ROOT: &str = "/buckets";

fn bucket(name: &str) -> BucketName {
    BucketName::parse(name).unwrap()
}

fn key(key: &str) -> ObjectKey {
    ObjectKey::parse(key).unwrap()
}

fn disk() -> SimFs {
    let disk = SimFs::new();
    fs::create_dir_durably(&disk, FsPath::new(ROOT)).unwrap();
    disk
}

fn open(disk: &SimFs) -> FolderBuckets {
    FolderBuckets::open(Arc::new(disk.clone()), FsPath::new(ROOT), 0).unwrap()
}

/// All files below the folder of the buckets, with their lengths.
fn files(disk: &SimFs) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![FsPath::new(ROOT).to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in disk.list(&folder).unwrap() {
            let path = folder.join(&entry.name);
            if entry.is_dir {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), entry.len_bytes));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn an_object_is_there_whole_and_durable_once_it_is_finished() {
    let large = limits::OBJECT_PART_BYTES * 2 + 5;
    for (name, bytes, pieces) in [("empty", 0, 1), ("small", 10, 3), ("large", large, 7)] {
        let contents: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
        let disk = disk();
        let buckets = open(&disk);
        let place = key(&format!("a b/x=1/{name}"));
        let mut writer = block_on(buckets.create(&bucket("data"), &place, &Encryption::Service)).unwrap();
        for piece in contents.chunks(bytes / pieces + 1) {
            block_on(writer.write(piece)).unwrap();
            assert!(writer.held_bytes() < 2 * limits::OBJECT_PART_BYTES);
        }
        assert!(files(&disk).iter().all(|(path, _)| path.ends_with(".tmp")), "{name}");
        block_on(writer.finish()).unwrap();
        let disk = disk.crash_with(Crash::LoseUnsynced, 1);
        let path = format!("{ROOT}/data/a b/x=1/{name}");
        assert_eq!(files(&disk), [(path.clone(), bytes as u64)]);
        let file = disk.open(FsPath::new(&path), Access::Read).unwrap();
        let mut read = vec![0; bytes];
        fs::read_exact_at(&*file, &mut read, 0).unwrap();
        assert!(read == contents, "{name}");
    }
}

#[test]
fn nothing_is_left_of_an_object_that_is_dropped_or_cut_by_a_crash() {
    let disk = disk();
    let buckets = open(&disk);
    let create = |name| block_on(buckets.create(&bucket("data"), &key(name), &Encryption::Service)).unwrap();
    let part = vec![7; limits::OBJECT_PART_BYTES];
    let (mut dropped, mut cut) = (create("dropped"), create("cut"));
    block_on(dropped.write(&part)).unwrap();
    block_on(cut.write(&part)).unwrap();
    drop(dropped);
    let names: Vec<String> = files(&disk).into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, [format!("{ROOT}/data/cut.tmp")]);
    let disk = disk.crash_with(Crash::Kill, 1);
    open(&disk);
    assert_eq!(files(&disk), []);
}

/// What stands for a result of many files: the last object tells that the others are there. Ends at the first failure.
fn write_results(buckets: &FolderBuckets) -> Result<(), BucketError> {
    let objects = [("r/a/large", limits::OBJECT_PART_BYTES + 3), ("r/b/small", 10), ("manifest", 5)];
    for (name, bytes) in objects {
        let mut writer = block_on(buckets.create(&bucket("data"), &key(name), &Encryption::Service))?;
        block_on(writer.write(&vec![1; bytes]))?;
        block_on(writer.finish())?;
    }
    Ok(())
}

/// Whether the last object is there, which it may be only with the others.
fn has_results(disk: &SimFs, attempt: &str) -> bool {
    let found = files(disk);
    let len_of = |name: &str| {
        let path = format!("{ROOT}/data/{name}");
        found.iter().find(|(other, _)| *other == path).map(|(_, bytes)| *bytes as usize)
    };
    let (large, small) = (len_of("r/a/large"), len_of("r/b/small"));
    assert!(large.is_none_or(|bytes| bytes == limits::OBJECT_PART_BYTES + 3), "{attempt} {found:?}");
    assert!(small.is_none_or(|bytes| bytes == 10), "{attempt} {found:?}");
    let has_last = len_of("manifest").is_some();
    assert!(!has_last || (large.is_some() && small.is_some()), "{attempt} {found:?}");
    has_last
}

#[test]
fn the_last_object_is_there_only_with_those_before_it() {
    let calls = {
        let disk = disk();
        write_results(&open(&disk)).unwrap();
        disk.calls()
    };
    let mut complete = 0;
    for call in 1..=calls + 1 {
        for crash in [Crash::LoseUnsynced, Crash::Scattered] {
            let disk = disk();
            disk.cut_power_at(disk.calls() + call);
            let Ok(buckets) = FolderBuckets::open(Arc::new(disk.clone()), FsPath::new(ROOT), 0) else {
                continue;
            };
            let acknowledged = write_results(&buckets).is_ok();
            let attempt = format!("power cut at call {call}, {crash:?}");
            let has_last = has_results(&disk.crash_with(crash, call), &attempt);
            assert!(has_last || !acknowledged, "{attempt}: acknowledged and lost");
            complete += usize::from(has_last);
        }
    }
    assert!(complete >= 2, "nothing was ever complete");
}

#[test]
fn a_full_disk_is_told_and_a_reserve_stays_free() {
    const CAPACITY_BYTES: u64 = 3 * limits::OBJECT_PART_BYTES as u64;
    let reserve_bytes = limits::OBJECT_PART_BYTES as u64 / 2;
    // Objects of one call and of several parts.
    for (leave_bytes, object_bytes, fits) in [
        (0, CAPACITY_BYTES as usize + 1, false),
        (0, CAPACITY_BYTES as usize / 2, true),
        (reserve_bytes, CAPACITY_BYTES as usize - 1, false),
        (reserve_bytes, CAPACITY_BYTES as usize / 2, true),
        (CAPACITY_BYTES - 10, 9, true),
        (CAPACITY_BYTES - 10, 11, false),
    ] {
        let disk = disk();
        disk.set_capacity(Some(disk.used_bytes() + CAPACITY_BYTES));
        let buckets = FolderBuckets::open(Arc::new(disk.clone()), FsPath::new(ROOT), leave_bytes).unwrap();
        let outcome = block_on(async {
            let mut writer = buckets.create(&bucket("data"), &key("object"), &Encryption::Service).await?;
            for piece in vec![7; object_bytes].chunks(1 << 20) {
                writer.write(piece).await?;
            }
            writer.finish().await
        });
        let case = format!("{object_bytes} bytes, {leave_bytes} stay");
        match fits {
            true => outcome.unwrap_or_else(|error| panic!("{case}: {error}")),
            false => assert!(matches!(outcome, Err(BucketError::Full)), "{case}: {outcome:?}"),
        }
        assert!(disk.available_bytes(FsPath::new(ROOT)).unwrap() >= leave_bytes, "{case}");
        assert_eq!(files(&disk).len(), usize::from(fits), "{case}");
    }
}

#[test]
fn names_that_no_file_can_have_are_refused() {
    let buckets = open(&disk());
    let long = key(&"k".repeat(252));
    let refused = block_on(buckets.create(&bucket("data"), &long, &Encryption::Service));
    assert!(matches!(refused, Err(BucketError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn users_reach_the_buckets_they_are_allowed_and_never_the_servers_place() {
    let settings = S3Settings {
        endpoint: Some("https://s3.example.org".to_owned()),
        region: "us-east-1".to_owned(),
        allow_http: false,
        path_style: true,
        credentials: S3Credentials::Ambient { variables: BTreeMap::new() },
    };
    let allowed = || AllowedBuckets::new(vec!["exports".to_owned(), "team-*".to_owned(), "own".to_owned()]);
    let buckets = |own: &str| {
        ServiceBuckets::new(settings.clone(), allowed(), Some(own.parse().unwrap()), Handle::current())
    };
    for (own, name, place, expected) in [
        ("s3://own/tsdb", "exports", "a", true),
        ("s3://own/tsdb", "team-a", "a", true),
        ("s3://own/tsdb", "exports2", "a", false),
        ("s3://own/tsdb", "other", "a", false),
        ("s3://own/tsdb", "own", "tsdb/a", false),
        ("s3://own/tsdb", "own", "tsdb2/a", true),
        ("s3://own", "own", "a", false),
    ] {
        assert_eq!(buckets(own).may_write(&bucket(name), &key(place)), expected, "{own} {name} {place}");
    }
    let all =
        ServiceBuckets::new(settings, AllowedBuckets::new(vec!["*".to_owned()]), None, Handle::current());
    assert!(all.may_write(&bucket("any"), &key("a")));
    assert!(all.client(&bucket("any"), &Encryption::Kms { key: None }).is_ok());
}

/// Fails at the second part, and counts what is taken back.
#[derive(Debug)]
struct Failing {
    parts: usize,
    aborted: Arc<Mutex<usize>>,
}

#[async_trait]
impl MultipartUpload for Failing {
    fn put_part(&mut self, _: object_store::PutPayload) -> UploadPart {
        self.parts += 1;
        let fails = self.parts > 1;
        Box::pin(async move {
            let source = "503 SlowDown".into();
            if fails { Err(object_store::Error::Generic { store: "test", source }) } else { Ok(()) }
        })
    }

    async fn complete(&mut self) -> object_store::Result<object_store::PutResult> {
        panic!("a failed upload must not be completed")
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        *self.aborted.lock().unwrap() += 1;
        Ok(())
    }
}

#[tokio::test]
async fn the_parts_of_a_failed_object_are_taken_back() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let aborted = Arc::new(Mutex::new(0));
    let mut upload = Upload::new(Arc::clone(&store), Some(Handle::current()), &bucket("data"), "a").unwrap();
    upload.begin(Box::new(Failing { parts: 0, aborted: Arc::clone(&aborted) }));
    let part = vec![1; limits::OBJECT_PART_BYTES];
    upload.write(&part).await.unwrap();
    assert_eq!(upload.write(&part).await, Err(BucketError::Throttled));
    drop(upload);
    while *aborted.lock().unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(store.head(&Path::from("a")).await.is_err());
    let whole = store.put_multipart_opts(&Path::from("b"), PutMultipartOptions::default()).await;
    assert!(whole.is_ok(), "the store itself takes parts");
}

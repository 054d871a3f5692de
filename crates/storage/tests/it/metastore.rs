//! The metastores in databases against the one in memory, and what they survive.

mod postgres;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::model::catalog::{
    Database, Enforcement, Expired, MagneticWrites, PartitionKey, Retention, S3Location, Table, TableId, Tag,
};
use ::model::schema::{Column, ColumnId, ColumnRole, ColumnType, MeasureEntry};
use proptest::prelude::*;
use storage::error::StorageError;
use storage::metastore::{
    Change, DataFile, FileKind, MemoryMetastore, Metastore, ObjectFacts, Report, ResourceId, SqliteMetastore,
};
use storage::wal::Lsn;

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name =
            format!("headwater-metastore-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        // A leftover of an earlier process with the same id.
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("metastore.sqlite")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just("one".to_owned()), Just("Two".to_owned()), Just("dr\u{f6}i '\"; --".to_owned())]
}

fn table() -> impl Strategy<Value = Table> {
    let keys = prop::collection::vec(
        prop_oneof![
            Just(PartitionKey::Measure),
            (name(), prop::option::of(prop_oneof![Just(Enforcement::Required), Just(Enforcement::Optional)]))
                .prop_map(|(name, enforcement)| PartitionKey::Dimension { name, enforcement }),
        ],
        1..3,
    );
    let location =
        prop::option::of((prop::option::of(name()), prop::option::of(name()))).prop_map(|location| {
            location.map(|(bucket_name, object_key_prefix)| S3Location {
                bucket_name,
                object_key_prefix,
                encryption_option: Some("SSE_S3".to_owned()),
                kms_key_id: None,
            })
        });
    (1_u64..4, any::<bool>(), location, keys, any::<i64>()).prop_map(
        |(id, enabled, rejected_data_location, partition_key, time_ns)| Table {
            id: TableId(id),
            // Database and name of a table never change.
            name: format!("table{id}"),
            database: if id == 1 { "one".to_owned() } else { "Two".to_owned() },
            retention: Retention { memory_hours: time_ns.rem_euclid(100), magnetic_days: 7 },
            magnetic_writes: MagneticWrites { enabled, rejected_data_location },
            partition_key,
            created_ns: 5,
            updated_ns: time_ns,
            expired: enabled.then_some(Expired { before_ns: time_ns, at_ns: 9 }),
        },
    )
}

fn data_file() -> impl Strategy<Value = DataFile> {
    (0_u64..6, 1_u64..4, any::<bool>(), any::<i64>(), any::<u32>()).prop_map(
        |(file, table, is_run, time_min_ns, crc32c)| DataFile {
            file: format!("file-{file}-of-{table}"),
            table: TableId(table),
            kind: match (crc32c % 2 == 0, is_run) {
                (true, _) => FileKind::Data,
                (false, true) => FileKind::Run,
                (false, false) => FileKind::Series,
            },
            partition_start_ns: i64::MIN,
            partition_end_ns: i64::MAX,
            rows: 7,
            file_bytes: 1 << 40,
            time_min_ns,
            time_max_ns: i64::MAX,
            series_min: 0,
            series_max: u32::MAX,
            crc32c,
            deleted_rows: vec![0, 255, 7],
            object: (crc32c % 2 == 0).then(|| ObjectFacts {
                tail_offset: 1 << 41,
                series_first: u32::MAX,
                series_last: 0,
                series_count: 3,
                version_max: time_min_ns,
                block_checksums: vec![1, 2, 255],
            }),
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let id = || (1_u64..4).prop_map(TableId);
    let resource = || prop_oneof![name().prop_map(ResourceId::Database), id().prop_map(ResourceId::Table)];
    let measure = (name(), any::<bool>()).prop_map(|(name, multi)| {
        let entry = MeasureEntry {
            single_types: if multi { vec![] } else { vec![ColumnType::Double, ColumnType::Varchar] },
            multi,
            dimensions: if multi { vec![ColumnId(2), ColumnId(11)] } else { vec![] },
        };
        (Arc::<str>::from(name), entry)
    });
    let column = (2_u32..5).prop_map(|column| Column {
        id: ColumnId(column),
        name: format!("column {column}").into(),
        column_type: ColumnType::Timestamp,
        role: ColumnRole::MultiMeasure,
    });
    prop_oneof![
        4 => (name(), name()).prop_map(|(name, kms_key_id)| Change::PutDatabase(Database {
            name, kms_key_id, created_ns: 1, updated_ns: 2,
        })),
        1 => name().prop_map(|name| Change::DeleteDatabase { name }),
        6 => table().prop_map(Change::PutTable),
        1 => id().prop_map(|id| Change::DeleteTable { id }),
        2 => (resource(), name(), name())
            .prop_map(|(resource, key, value)| Change::PutTag { resource, tag: Tag { key, value } }),
        1 => (resource(), name()).prop_map(|(resource, key)| Change::DeleteTag { resource, key }),
        1 => (1_u64..1 << 50).prop_map(Change::SetNextTableId),
        1 => (1_u64..1 << 50).prop_map(|lsn| Change::SetLogStart(Lsn(lsn))),
        1 => any::<i64>().prop_map(Change::SetTrustedClock),
        1 => (0_u64..5, 1_u64..4, any::<Option<u8>>()).prop_map(|(id, table, kms)| Change::AddReport(Report {
            id: format!("report-{id}"),
            table: TableId(table),
            bucket: "bucket".to_owned(),
            object_key: format!("key {id}"),
            encryption_option: kms.map(|_| "SSE_KMS".to_owned()),
            kms_key_id: kms.map(|number| number.to_string()),
            records: id,
            body: vec![0, id as u8],
        })),
        1 => (0_u64..5).prop_map(|id| Change::RemoveReport { id: format!("report-{id}") }),
        1 => (id(), 1_u64..1 << 50)
            .prop_map(|(table, lsn)| Change::SetAppliedLsn { table, applied_lsn: Lsn(lsn) }),
        2 => (id(), column).prop_map(|(table, column)| Change::PutColumns { table, columns: vec![column] }),
        2 => (id(), measure).prop_map(|(table, measure)| Change::PutMeasures { table, measures: vec![measure] }),
        4 => data_file().prop_map(Change::AddFile),
        1 => data_file()
            .prop_map(|file| Change::SetDeletedRows { file: file.file, deleted_rows: vec![1, 2, 3] }),
        1 => data_file().prop_map(|file| Change::RemoveFile { file: file.file }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn both_metastores_hold_the_same(transactions in prop::collection::vec(prop::collection::vec(change(), 1..4), 1..16)) {
        crate::workload::block_on(compare(transactions));
    }
}

async fn compare(transactions: Vec<Vec<Change>>) {
    let scratch = Scratch::new();
    let sqlite = SqliteMetastore::open(&scratch.file()).await.unwrap();
    let memory = MemoryMetastore::new();
    apply_to_both(&memory, &sqlite, transactions).await;
    sqlite.close().await;
    let sqlite = SqliteMetastore::open(&scratch.file()).await.unwrap();
    assert_eq!(sqlite.load().await.unwrap(), memory.load().await.unwrap(), "after reopening");
    sqlite.close().await;
}

/// Each transaction must do the same to both, and be refused by both or by none.
async fn apply_to_both(memory: &MemoryMetastore, database: &dyn Metastore, transactions: Vec<Vec<Change>>) {
    for changes in transactions {
        let stored = memory.load().await.unwrap();
        let in_memory = memory.commit(stored.revision, &changes).await;
        let in_database = database.commit(stored.revision, &changes).await;
        assert_eq!(in_memory.is_ok(), in_database.is_ok(), "{changes:?}: {in_memory:?} {in_database:?}");
        assert_eq!(database.load().await.unwrap(), memory.load().await.unwrap(), "{changes:?}");
    }
}

#[tokio::test]
async fn a_commit_on_an_old_revision_is_refused() {
    let scratch = Scratch::new();
    let sqlite = SqliteMetastore::open(&scratch.file()).await.unwrap();
    sqlite.commit(0, &[Change::SetNextTableId(7)]).await.unwrap();
    let refused = sqlite.commit(0, &[Change::SetNextTableId(8)]).await;
    assert!(matches!(refused, Err(StorageError::MetastoreConflict { expected_revision: 0, found: 1 })));
    assert_eq!(sqlite.load().await.unwrap().next_table_id, 7);
    sqlite.close().await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let scratch = Scratch::new();
    SqliteMetastore::open(&scratch.file()).await.unwrap().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(scratch.file());
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                  VALUES (99, 'later', TRUE, X'00', 0)";
    sqlx::query(insert).execute(&pool).await.unwrap();
    pool.close().await;
    let opened = SqliteMetastore::open(&scratch.file()).await;
    assert!(matches!(opened, Err(StorageError::NewerVersion { found: 99, .. })), "{opened:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let scratch = Scratch::new();
    std::fs::write(scratch.file(), b"this is not a database, but it is long enough to be read as one....")
        .unwrap();
    let opened = SqliteMetastore::open(&scratch.file()).await;
    assert!(matches!(opened, Err(StorageError::Metastore { .. })), "{opened:?}");
}

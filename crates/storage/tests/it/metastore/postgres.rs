//! The metastore in PostgreSQL: the same as the others, and one server's at a time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::model::entropy::SeededEntropy;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use storage::data_dir::DataDir;
use storage::data_dir::stores::{Claim, Stores};
use storage::error::StorageError;
use storage::fs::sim::SimFs;
use storage::metastore::{Change, MemoryMetastore, Metastore, PostgresMetastore, PostgresPlace};

use crate::model::Row;
use crate::stores::places::{POSTGRES_VARIABLE, new_schema};
use crate::world::{LOCK_WAIT, NOW_NS, World, create_table, read, write};

const AT_ONCE: Duration = Duration::ZERO;

/// The claim of a new data directory.
fn claim(seed: u64) -> Claim {
    let data_dir = DataDir::open(Arc::new(SimFs::new()), Path::new("/data")).unwrap();
    let stores = Stores { metastore: "postgres".to_owned(), ..Stores::local() };
    data_dir.claim(stores, &SeededEntropy::new(seed)).unwrap()
}

async fn open(place: &PostgresPlace, claim: &Claim) -> PostgresMetastore {
    let mut metastore = PostgresMetastore::open(place, LOCK_WAIT).await.unwrap();
    metastore.take(claim).await.unwrap();
    metastore
}

#[tokio::test]
async fn it_holds_the_same_as_the_one_in_memory() {
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(prop::collection::vec(super::change(), 1..4), 1..16);
    for _ in 0..12 {
        let Some(place) = new_schema("postgres-same").await else { return };
        let transactions = strategy.new_tree(&mut runner).unwrap().current();
        let memory = MemoryMetastore::new();
        let database = open(&place, &claim(1)).await;
        super::apply_to_both(&memory, &database, transactions).await;
        database.close().await;
        let database = open(&place, &claim(1)).await;
        assert_eq!(database.load().await.unwrap(), memory.load().await.unwrap(), "after reopening");
    }
}

#[tokio::test]
async fn a_second_server_is_refused_and_an_old_revision_too() {
    let Some(place) = new_schema("postgres-second").await else { return };
    let first = open(&place, &claim(1)).await;
    let second = PostgresMetastore::open(&place, AT_ONCE).await;
    assert!(matches!(second, Err(StorageError::MetastoreInUse { .. })), "{second:?}");
    first.commit(0, &[Change::SetNextTableId(7)]).await.unwrap();
    let refused = first.commit(0, &[Change::SetNextTableId(8)]).await;
    assert!(matches!(refused, Err(StorageError::MetastoreConflict { expected_revision: 0, found: 1 })));
    assert_eq!(first.load().await.unwrap().next_table_id, 7);
    drop(first);
    open(&place, &claim(1)).await.commit(1, &[Change::SetNextTableId(9)]).await.unwrap();
}

#[tokio::test]
async fn a_server_that_was_replaced_changes_nothing() {
    let Some(place) = new_schema("postgres-replaced").await else { return };
    let first = open(&place, &claim(1)).await;
    first.commit(0, &[Change::SetNextTableId(7)]).await.unwrap();
    end_lock_session(&place).await;
    let second = open(&place, &claim(1)).await;
    let refused = first.commit(1, &[Change::SetNextTableId(8)]).await;
    assert!(matches!(refused, Err(StorageError::MetastoreTaken)), "{refused:?}");
    second.commit(1, &[Change::SetNextTableId(9)]).await.unwrap();
    assert_eq!(second.load().await.unwrap().next_table_id, 9);
}

/// Ends the session that has the advisory lock of this schema, as a broken network does.
async fn end_lock_session(place: &PostgresPlace) {
    let url = std::env::var(POSTGRES_VARIABLE).unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let schema = place.to_string();
    let schema = schema.split_once("search_path]=").unwrap().1;
    let end = "WITH key AS (SELECT hashtextextended('headwater metastore in ' || $1, 0) AS key) \
               SELECT pg_terminate_backend(pid) FROM pg_locks, key WHERE locktype = 'advisory' \
               AND classid::bigint = (key >> 32) & 4294967295 AND objid::bigint = key & 4294967295";
    let ended: Vec<bool> = sqlx::query_scalar(end).bind(schema).fetch_all(&mut connection).await.unwrap();
    assert_eq!(ended, [true]);
}

#[tokio::test]
async fn a_metastore_belongs_to_one_data_directory() {
    let Some(place) = new_schema("postgres-owner").await else { return };
    let later = Claim { is_fresh: false, ..claim(1) };
    let empty = PostgresMetastore::open(&place, LOCK_WAIT).await.unwrap();
    let refused = empty.check(&later).await.unwrap_err().to_string();
    assert!(refused.contains("holds nothing of this data directory"), "{refused}");
    let untaken = empty.commit(0, &[Change::SetNextTableId(7)]).await;
    assert!(matches!(untaken, Err(StorageError::MetastoreTaken)), "{untaken:?}");
    empty.close().await;
    open(&place, &claim(1)).await.close().await;
    let mut foreign = PostgresMetastore::open(&place, LOCK_WAIT).await.unwrap();
    let refused = foreign.take(&claim(2)).await.unwrap_err().to_string();
    assert!(refused.contains("belongs to another data directory"), "{refused}");
    foreign.take(&later).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_repeated() {
    let Some(_) = new_schema("postgres-password").await else { return };
    let url = std::env::var(POSTGRES_VARIABLE).unwrap();
    let (front, host) = url.rsplit_once('@').unwrap();
    let user = front.rsplit_once(':').unwrap().0;
    let place: PostgresPlace = format!("{user}:wrong-password@{host}").parse().unwrap();
    let refused = PostgresMetastore::open(&place, AT_ONCE).await.unwrap_err();
    assert!(matches!(refused, StorageError::MetastoreUnusable { .. }), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("wrong-password"), "{refused:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let Some(place) = new_schema("postgres-newer").await else { return };
    open(&place, &claim(1)).await.close().await;
    let url = std::env::var(POSTGRES_VARIABLE).unwrap();
    let schema = place.to_string();
    let schema = schema.split_once("search_path]=").unwrap().1;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let insert = sqlx::AssertSqlSafe(format!(
        "INSERT INTO {schema}._sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'later', TRUE, '\\x00', 0)"
    ));
    sqlx::raw_sql(insert).execute(&mut connection).await.unwrap();
    let opened = PostgresMetastore::open(&place, LOCK_WAIT).await;
    assert!(matches!(opened, Err(StorageError::NewerVersion { found: 99, .. })), "{opened:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_whose_metastore_was_taken_accepts_nothing() {
    let Some(place) = new_schema("postgres-taken").await else { return };
    let mut world = World::new().with_postgres(place.clone());
    let first = world.open_with_table().await;
    let rows = [Row::new("a", NOW_NS, 1, 1.0)];
    write(&first, &rows).await.unwrap();
    // The same data directory on another machine, after the network between them broke.
    let mut elsewhere = world.crash(1);
    end_lock_session(&place).await;
    let second = elsewhere.open().await.unwrap();
    let refused = create_table(&first, "late").await;
    assert!(matches!(refused, Err(StorageError::MetastoreTaken)), "{refused:?}");
    assert!(first.is_poisoned());
    let refused = write(&first, &rows).await;
    assert!(matches!(refused, Err(StorageError::MetastoreTaken)), "{refused:?}");
    create_table(&second, "late").await.unwrap();
    assert_eq!(read(&second).len(), 1);
}

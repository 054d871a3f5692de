//! Catalog operations: conditions, paging, quotas, tags; what survives a restart (api.md 2).

use ::model::catalog::{Enforcement, MagneticWrites, PartitionKey, Retention, Tag};
use ::model::error::ErrorKind;
use storage::engine::Engine;
use storage::error::StorageError;
use storage::metastore::catalog::Resource;
use storage::metastore::decide::{CatalogLimits, NewDatabase, NewTable, TableUpdate};

use crate::world::{NOW_NS, World};

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

async fn new_database(engine: &Engine, name: &str) -> Result<(), StorageError> {
    let new = NewDatabase { name: name.to_owned(), kms_key_id: "k".to_owned(), tags: vec![tag("a", "1")] };
    engine.create_database(new).await.map(drop)
}

async fn new_table(engine: &Engine, database: &str, name: &str) -> Result<(), StorageError> {
    let new = NewTable {
        database: database.to_owned(),
        name: name.to_owned(),
        retention: Retention::default(),
        magnetic_writes: MagneticWrites::default(),
        partition_key: vec![PartitionKey::Dimension { name: "site".to_owned(), enforcement: None }],
        tags: vec![tag("t", "1")],
    };
    engine.create_table(new).await.map(drop)
}

#[tokio::test]
async fn conditions_are_told_apart() {
    let mut world = World::new();
    let engine = world.open().await.unwrap();
    new_database(&engine, "db1").await.unwrap();
    new_table(&engine, "db1", "t1").await.unwrap();
    let update = TableUpdate::default();
    let outcomes = [
        (new_database(&engine, "db1").await, ErrorKind::Conflict),
        (new_table(&engine, "db1", "t1").await, ErrorKind::Conflict),
        (new_table(&engine, "db2", "t1").await, ErrorKind::NotFound),
        (engine.describe_database("DB1").map(drop), ErrorKind::NotFound),
        (engine.describe_table("db1", "T1").map(drop), ErrorKind::NotFound),
        (engine.describe_table("db2", "t1").map(drop), ErrorKind::NotFound),
        (engine.update_database("db2", String::new()).await.map(drop), ErrorKind::NotFound),
        (engine.update_table("db1", "t2", update).await.map(drop), ErrorKind::NotFound),
        (engine.delete_database("db1").await, ErrorKind::Invalid),
        (engine.delete_database("db2").await, ErrorKind::NotFound),
        (engine.delete_table("db1", "t2").await, ErrorKind::NotFound),
        (engine.list_tables(Some("db2"), None, 5).map(drop), ErrorKind::NotFound),
        (engine.tags(Resource::Database("db2")).map(drop), ErrorKind::NotFound),
        (engine.untag(Resource::Table { database: "db1", table: "t2" }, &[]).await, ErrorKind::NotFound),
    ];
    for (position, (outcome, kind)) in outcomes.into_iter().enumerate() {
        assert_eq!(outcome.map_err(|error| error.kind()), Err(kind), "case {position}");
    }
}

#[tokio::test]
async fn pages_follow_names() {
    let mut world = World::new();
    let engine = world.open().await.unwrap();
    for database in ["b", "a", "c"] {
        new_database(&engine, database).await.unwrap();
    }
    for (database, table) in [("b", "t2"), ("b", "t1"), ("a", "t9"), ("c", "t1"), ("b", "t3")] {
        new_table(&engine, database, table).await.unwrap();
    }
    let names = |start_after, limit| {
        let page = engine.list_databases(start_after, limit);
        let names: Vec<String> =
            page.items.iter().map(|item| format!("{} {}", item.database.name, item.table_count)).collect();
        (names.join(","), page.is_truncated)
    };
    assert_eq!(names(None, 2), ("a 1,b 3".to_owned(), true));
    assert_eq!(names(Some("b"), 2), ("c 1".to_owned(), false));
    assert_eq!(names(Some("c"), 2), (String::new(), false));
    assert_eq!(names(None, 3), ("a 1,b 3,c 1".to_owned(), false));
    let tables = |database, start_after, limit| {
        let page = engine.list_tables(database, start_after, limit).unwrap();
        let names: Vec<String> =
            page.items.iter().map(|table| format!("{}.{}", table.database, table.name)).collect();
        (names.join(","), page.is_truncated)
    };
    assert_eq!(tables(None, None, 3), ("a.t9,b.t1,b.t2".to_owned(), true));
    assert_eq!(tables(None, Some(("b", "t2")), 3), ("b.t3,c.t1".to_owned(), false));
    assert_eq!(tables(None, Some(("b", "t9")), 3), ("c.t1".to_owned(), false));
    assert_eq!(tables(Some("b"), None, 2), ("b.t1,b.t2".to_owned(), true));
    assert_eq!(tables(Some("b"), Some(("b", "t2")), 2), ("b.t3".to_owned(), false));
    // The table a page ended with may be gone by then.
    engine.delete_table("b", "t2").await.unwrap();
    assert_eq!(tables(Some("b"), Some(("b", "t2")), 2), ("b.t3".to_owned(), false));
}

#[tokio::test]
async fn quotas_hold() {
    let mut world = World::new();
    world.settings.catalog_limits =
        CatalogLimits { databases_max: 2, tables_max: 2, tags_per_resource_max: 2 };
    let engine = world.open().await.unwrap();
    new_database(&engine, "db1").await.unwrap();
    new_database(&engine, "db2").await.unwrap();
    new_table(&engine, "db1", "t1").await.unwrap();
    new_table(&engine, "db2", "t1").await.unwrap();
    let database = Resource::Database("db1");
    let outcomes = [
        new_database(&engine, "db3").await,
        new_table(&engine, "db1", "t2").await,
        engine.tag(database, vec![tag("b", "1"), tag("c", "1")]).await,
    ];
    for outcome in outcomes {
        assert_eq!(outcome.map_err(|error| error.kind()), Err(ErrorKind::QuotaExceeded));
    }
    engine.tag(database, vec![tag("b", "1"), tag("a", "2")]).await.unwrap();
    assert_eq!(engine.tags(database).unwrap(), [tag("a", "2"), tag("b", "1")]);
    engine.untag(database, &["a".to_owned(), "none".to_owned()]).await.unwrap();
    assert_eq!(engine.tags(database).unwrap(), [tag("b", "1")]);
    engine.delete_table("db1", "t1").await.unwrap();
    new_table(&engine, "db1", "t2").await.unwrap();
}

#[tokio::test]
async fn updates_and_tags_survive_and_end_with_their_table() {
    let mut world = World::new();
    let engine = world.open().await.unwrap();
    new_database(&engine, "db1").await.unwrap();
    new_table(&engine, "db1", "t1").await.unwrap();
    world.clock.advance_ns(5);
    let keys = |enforcement| vec![PartitionKey::Dimension { name: "site".to_owned(), enforcement }];
    let update = TableUpdate {
        retention: Some(Retention { memory_hours: 2, magnetic_days: 3 }),
        magnetic_writes: Some(MagneticWrites {
            enabled: true,
            rejected_data_location: Some(Default::default()),
        }),
        partition_key: Some(keys(Some(Enforcement::Required))),
    };
    let updated = engine.update_table("db1", "t1", update).await.unwrap();
    assert_eq!((updated.created_ns, updated.updated_ns), (NOW_NS, NOW_NS + 5));
    for wrong in [vec![PartitionKey::Measure], Vec::new(), [keys(None), keys(None)].concat()] {
        let update = TableUpdate { partition_key: Some(wrong), ..TableUpdate::default() };
        let refused = engine.update_table("db1", "t1", update).await;
        assert!(matches!(refused, Err(StorageError::PartitionKeyFixed { .. })), "{refused:?}");
    }
    let same_key = engine.update_database("db1", "k".to_owned()).await.unwrap();
    assert_eq!(same_key.database.updated_ns, NOW_NS, "the same key is no change");
    let other_key = engine.update_database("db1", "k2".to_owned()).await.unwrap();
    assert_eq!(other_key.database.updated_ns, NOW_NS + 5);
    drop(engine);
    let engine = world.open().await.unwrap();
    let table = Resource::Table { database: "db1", table: "t1" };
    assert_eq!(*engine.describe_table("db1", "t1").unwrap(), *updated);
    assert_eq!(engine.tags(table).unwrap(), [tag("t", "1")]);
    assert_eq!(engine.describe_database("db1").unwrap().database, other_key.database);
    engine.untag(table, &["t".to_owned()]).await.unwrap();
    engine.tag(table, vec![tag("u", "")]).await.unwrap();
    engine.delete_table("db1", "t1").await.unwrap();
    new_table(&engine, "db1", "t1").await.unwrap();
    assert_eq!(engine.tags(table).unwrap(), [tag("t", "1")], "tags ended with the table");
    assert!(engine.describe_table("db1", "t1").unwrap().id > updated.id);
}

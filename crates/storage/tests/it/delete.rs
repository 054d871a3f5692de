//! DeleteTable frees everything of a table and nothing else, wherever a crash comes in between (G8, G9).

use storage::engine::Engine;
use storage::error::StorageError;
use storage::metastore::{CommitFault, Metastore};

use crate::model::Row;
use crate::workload::{assert_no_orphans, block_on};
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, create_table, read, write_to};

const DAY_NS: i64 = 86_400 * SECOND_NS;
const OTHER: &str = "table2";

/// Rows for both stores and for several files of each.
fn rows(round: i64) -> Vec<Row> {
    let row = |number: i64| {
        let age_ns = if number % 2 == 0 { 4 * DAY_NS } else { 0 };
        let time_ns = NOW_NS - age_ns - (round * 20 + number) * SECOND_NS;
        Row::new(&format!("host-{}", number % 4), time_ns, 1, (round * 100 + number) as f64)
    };
    (0..12).map(row).collect()
}

/// Two tables with rows in data files, in runs, and in the log only. The one to delete is called `OTHER`.
async fn two_tables(world: &mut World) -> Engine {
    let engine = world.open_with_table().await;
    create_table(&engine, OTHER).await.unwrap();
    for round in 0..3 {
        for table in [TABLE, OTHER] {
            write_to(&engine, table, &rows(round)).await.unwrap();
        }
        world.clock.advance_ns(61 * SECOND_NS);
        engine.maintain().await.unwrap();
    }
    for _ in 0..2 {
        world.clock.advance_ns(61 * SECOND_NS);
        engine.maintain().await.unwrap();
    }
    write_to(&engine, OTHER, &rows(3)).await.unwrap();
    engine
}

async fn delete_and_clean(world: &World, engine: &Engine) -> Result<(), StorageError> {
    engine.delete_table(DATABASE, OTHER).await?;
    for _ in 0..2 {
        world.clock.advance_ns(61 * SECOND_NS);
        engine.maintain().await?;
    }
    Ok(())
}

/// Nothing of the table is anywhere, except for log entries in the segment that is still written to.
async fn assert_gone(world: &World, engine: &Engine, what: &str) {
    assert!(engine.describe_table(DATABASE, OTHER).is_err(), "{what}");
    let stored = world.metastore.load().await.unwrap();
    assert_eq!(stored.tables.len(), 1, "{what}");
    assert_no_orphans(world);
    let folders = world.fs_names("/data/magnetic");
    assert!(folders.iter().all(|folder| folder == "table-1"), "{what}: {folders:?}");
    assert_eq!(world.fs_names("/data/wal").len(), 1, "{what}");
    let report = world.check().await;
    assert_eq!(report.findings, [], "{what}");
    assert_eq!(read(engine).len(), 36, "{what}");
}

/// Dies somewhere in the deletion. Answers whether it died.
async fn die_while_deleting(seed: u64, doom: impl FnOnce(&World)) -> bool {
    let mut world = World::new();
    let engine = two_tables(&mut world).await;
    doom(&world);
    let died = delete_and_clean(&world, &engine).await.is_err();
    drop(engine);
    world = world.crash(seed);
    let engine = world.open().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    if engine.describe_table(DATABASE, OTHER).is_ok() {
        assert!(died, "seed {seed}");
        engine.delete_table(DATABASE, OTHER).await.unwrap();
    }
    for _ in 0..2 {
        world.clock.advance_ns(61 * SECOND_NS);
        engine.maintain().await.unwrap();
    }
    assert_gone(&world, &engine, &format!("seed {seed}")).await;
    create_table(&engine, OTHER).await.unwrap();
    write_to(&engine, OTHER, &rows(0)[..1]).await.unwrap();
    assert_eq!(engine.stats().rows, 37, "seed {seed}: a new table of the name has rows of the old one");
    died
}

#[test]
fn a_table_is_freed_without_a_restart() {
    block_on(async {
        let mut world = World::new();
        let engine = two_tables(&mut world).await;
        assert!(world.fs_names("/data/magnetic").len() == 2);
        delete_and_clean(&world, &engine).await.unwrap();
        assert_gone(&world, &engine, "at once").await;
        // With the last table the database can go, and then nothing is left.
        assert!(engine.delete_database(DATABASE).await.is_err());
        engine.delete_table(DATABASE, TABLE).await.unwrap();
        engine.delete_database(DATABASE).await.unwrap();
        engine.maintain().await.unwrap();
        assert_eq!(world.fs_names("/data/memory").len() + world.fs_names("/data/magnetic").len(), 0);
        let stored = world.metastore.load().await.unwrap();
        assert_eq!((stored.databases.len(), stored.tables.len(), stored.tags.len()), (0, 0, 0));
    });
}

#[test]
fn a_crash_at_any_call_of_a_deletion_leaves_nothing() {
    let mut call = 1;
    while block_on(die_while_deleting(call, |world| world.fs.cut_power_at(world.fs.calls() + call))) {
        call += 1;
    }
    assert!(call > 6, "the deletion makes only {call} calls");
}

#[test]
fn a_crash_at_any_commit_of_a_deletion_leaves_nothing() {
    let before = {
        let mut world = World::new();
        block_on(two_tables(&mut world));
        world.metastore.commits()
    };
    for fault in [CommitFault::Before, CommitFault::After] {
        let mut commit = before + 1;
        while block_on(die_while_deleting(commit, |world| world.metastore.die_at(commit, fault))) {
            commit += 1;
        }
        assert!(commit > before + 2, "the deletion makes only {} commits", commit - before);
    }
}

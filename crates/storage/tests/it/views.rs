//! A view is one moment of all tables, whatever happens afterwards (G5); retention is exact (G7).

use ::model::catalog::Retention;
use ::model::scan::{ReadView, ScanRequest, ScanSource};
use ::model::time::{NS_PER_DAY, NS_PER_HOUR};
use storage::engine::Engine;
use storage::metastore::decide::TableUpdate;

use crate::model::{Model, Row};
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, create_table, read, write, write_to};

fn count(view: &dyn ReadView, table: &str) -> Option<usize> {
    let found = view.find_table(DATABASE, table)?;
    let scan = view.scan(found.table.id, &ScanRequest::default()).unwrap();
    assert_eq!(scan.metrics.rows_kept, scan.parts.iter().map(|part| part.rows_max() as u64).sum::<u64>());
    let rows = scan.parts.iter().flat_map(|part| part.read(1_000, &Default::default()));
    Some(rows.map(|batch| batch.unwrap().num_rows()).sum())
}

fn rows(range: std::ops::Range<i64>) -> Vec<Row> {
    range.map(|number| Row::new("h", NOW_NS - number * SECOND_NS, 1, number as f64)).collect()
}

#[tokio::test]
async fn a_view_stays_what_it_was() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    create_table(&engine, "other").await.unwrap();
    write(&engine, &rows(0..30)).await.unwrap();
    write_to(&engine, "other", &rows(0..3)).await.unwrap();
    let (early, untouched) = (engine.read_view(NOW_NS), engine.read_view(NOW_NS));
    assert_eq!(count(&*early, TABLE), Some(30));
    // What `untouched` has not looked at yet must be kept for it too.
    for number in 0..10 {
        let newer: Vec<Row> = rows(0..40).into_iter().map(|row| Row { version: 2 + number, ..row }).collect();
        write(&engine, &newer).await.unwrap();
        write_to(&engine, "other", &newer).await.unwrap();
        engine.checkpoint().await.unwrap();
        engine.maintain().await.unwrap();
    }
    let late = engine.read_view(NOW_NS);
    engine.delete_table(DATABASE, TABLE).await.unwrap();
    create_table(&engine, TABLE).await.unwrap();
    engine.maintain().await.unwrap();
    for view in [&early, &untouched] {
        assert_eq!(count(&**view, TABLE), Some(30));
        assert_eq!(count(&**view, "other"), Some(3));
    }
    assert_eq!(count(&*late, TABLE), Some(40));
    assert_eq!(count(&*engine.read_view(NOW_NS), TABLE), Some(0));
    drop((early, untouched, late));
    engine.maintain().await.unwrap();
    crate::workload::assert_no_orphans(&world);
}

fn visible_at(engine: &Engine, now_ns: i64) -> usize {
    count(&*engine.read_view(now_ns), TABLE).unwrap()
}

#[tokio::test]
async fn rows_vanish_exactly_at_the_end_of_their_retention() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    let total_ns = NS_PER_DAY + 10 * NS_PER_DAY;
    for sealed in [false, true] {
        write(&engine, &[Row::new("h", NOW_NS, 1, 1.0), Row::new("h", NOW_NS - NS_PER_HOUR, 1, 1.0)])
            .await
            .unwrap();
        if sealed {
            engine.checkpoint().await.unwrap();
        }
        assert_eq!(visible_at(&engine, NOW_NS + total_ns - NS_PER_HOUR), 2, "sealed: {sealed}");
        assert_eq!(visible_at(&engine, NOW_NS + total_ns - NS_PER_HOUR + 1), 1);
        assert_eq!(visible_at(&engine, NOW_NS + total_ns), 1);
        assert_eq!(visible_at(&engine, NOW_NS + total_ns + 1), 0);
    }
    let retention = Some(Retention { memory_hours: 1, magnetic_days: 1 });
    let update = TableUpdate { retention, ..TableUpdate::default() };
    engine.update_table(DATABASE, TABLE, update).await.unwrap();
    assert_eq!(visible_at(&engine, NOW_NS + NS_PER_DAY), 2);
    assert_eq!(visible_at(&engine, NOW_NS + NS_PER_DAY + 1), 1);
}

#[tokio::test]
async fn expired_partitions_and_their_files_go() {
    let mut world = World::new();
    let mut engine = world.open_with_table().await;
    write(&engine, &rows(0..30)).await.unwrap();
    engine.checkpoint().await.unwrap();
    assert!(engine.stats().run_files > 0);
    let view = engine.read_view(NOW_NS);
    // In steps, as a clock runs; the monotonic clock goes with it.
    for _ in 0..13 {
        world.clock.advance_ns(NS_PER_DAY);
        engine.maintain().await.unwrap();
    }
    assert_eq!(engine.stats().rows, 0);
    assert_eq!(engine.stats().run_files, 0);
    assert_eq!(count(&*view, TABLE), Some(30), "an old view still sees them");
    drop(view);
    world.clock.advance_ns(world.settings.checkpoint_age_ns);
    engine.maintain().await.unwrap();
    crate::workload::assert_no_orphans(&world);
    drop(engine);
    engine = world.open().await.unwrap();
    assert_eq!(engine.stats().rows, 0);
}

#[tokio::test]
async fn a_clock_set_forward_drops_nothing() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    write(&engine, &rows(0..30)).await.unwrap();
    engine.checkpoint().await.unwrap();
    world.clock.set_ns(NOW_NS + 100 * 365 * NS_PER_DAY);
    let done = engine.maintain().await.unwrap();
    assert_eq!(done.partitions_dropped, 0);
    world.clock.set_ns(NOW_NS);
    assert_eq!(visible_at(&engine, NOW_NS), 30);
}

/// Many small files, many series: the log is cut, files are merged, memory stays bounded, restarts stay short.
#[tokio::test]
async fn what_piles_up_is_merged() {
    let mut world = World::new();
    let mut engine = world.open_with_table().await;
    let mut model = Model::default();
    for round in 0..60_i64 {
        let mut batch = rows(round * 10..round * 10 + 10);
        batch
            .iter_mut()
            .enumerate()
            .for_each(|(number, row)| row.host = format!("host-{round}-{}", number % 2));
        write(&engine, &batch).await.unwrap();
        model.apply(&batch);
        world.clock.advance_ns(world.settings.checkpoint_age_ns);
        engine.maintain().await.unwrap();
    }
    let stats = engine.stats();
    assert!(stats.runs < 25, "{stats:?}");
    assert!(stats.wal.segments_removed >= 3 && stats.wal.segments == 1, "{stats:?}");
    assert!(stats.memory_bytes <= world.settings.memory_bytes_max, "{stats:?}");
    assert!(world.metastore.files().len() < 60, "{:?}", world.metastore.files());
    assert_eq!(read(&engine), model.visible());
    assert!(engine.stats().runs_loaded > 0, "rows are read back from files");
    crate::workload::assert_no_orphans(&world);
    drop(engine);
    engine = world.open().await.unwrap();
    assert_eq!(read(&engine), model.visible());
    assert_eq!(engine.stats().series, 120);
}

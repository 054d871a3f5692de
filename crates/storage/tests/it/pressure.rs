//! Too much, too fast, no space: what only the log has is bounded, a full disk refuses writes before anything breaks, and
//! all of it ends by itself (G11, G12, and ENOSPC in reliability.md 7).

use std::path::Path;
use std::time::Duration;

use ::model::clock::Clock;
use ::model::error::ErrorKind;
use ::model::scan::ScanSource;
use storage::engine::Engine;
use storage::fs::Fs;

use crate::model::{Model, Row, Scalar, Value};
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, create_table, read, write};

/// Rows that follow each other in time, one series each of ten.
fn rows(start: i64, count: i64) -> Vec<Row> {
    let row = |number: i64| {
        Row::new(&format!("host-{}", number % 10), NOW_NS - (10_000 - number) * SECOND_NS, 1, number as f64)
    };
    (start..start + count).map(row).collect()
}

/// Writes until it is refused; answers the model of what was accepted, and why the next write was not.
async fn fill(engine: &Engine, mut between: impl AsyncFnMut(i64)) -> (Model, ErrorKind) {
    const ROWS_PER_REQUEST: i64 = 20;
    let mut model = Model::default();
    for request in 0..10_000 {
        let rows = rows(request * ROWS_PER_REQUEST, ROWS_PER_REQUEST);
        match write(engine, &rows).await {
            Ok(outcome) => assert_eq!(outcome.rejected, model.apply(&rows)),
            Err(error) => return (model, error.kind()),
        }
        between(request).await;
    }
    panic!("nothing is ever refused");
}

#[tokio::test]
async fn what_only_the_log_has_is_bounded() {
    let mut world = World::new();
    world.settings.memory_bytes_max = 1 << 30;
    world.settings.unsaved_bytes_max = 20_000;
    world.settings.write_wait = Duration::ZERO;
    let engine = world.open_with_table().await;
    let (mut model, kind) = fill(&engine, async |_| {}).await;
    assert_eq!(kind, ErrorKind::Overloaded);
    let stats = engine.stats();
    // Sealing the last tail made its rows smaller.
    assert!((15_000..30_000).contains(&stats.unsaved_bytes), "{stats:?}");
    assert!(stats.writes_shed == 1 && !engine.is_poisoned(), "{stats:?}");
    assert_eq!(read(&engine), model.visible());
    engine.checkpoint().await.unwrap();
    assert_eq!(engine.stats().unsaved_bytes, 0);
    let more = rows(9_000, 20);
    assert_eq!(write(&engine, &more).await.unwrap().rejected, model.apply(&more));
    drop(engine);
    assert_eq!(read(&world.open().await.unwrap()), model.visible());
}

#[tokio::test]
async fn what_open_views_keep_is_told_apart_and_stops_no_write() {
    let mut world = World::new();
    (world.settings.tail_rows_max, world.settings.tail_batches_max) = (10_000, 1_000);
    world.settings.memory_bytes_max = 60_000;
    world.settings.unsaved_bytes_max = 20_000;
    world.settings.write_wait = Duration::ZERO;
    let engine = world.open_with_table().await;
    let (mut model, mut views) = (Model::default(), Vec::new());
    while !engine.views_hold_too_much() {
        let request = views.len() as i64;
        assert!(request < 200, "views are never too much: {:?}", engine.stats());
        let rows = rows(request * 40, 40);
        assert_eq!(write(&engine, &rows).await.unwrap().rejected, model.apply(&rows));
        // Sees rows that no run holds yet.
        let view = engine.read_view(world.clock.now_ns());
        view.find_table(DATABASE, TABLE).unwrap();
        views.push(view);
        engine.maintain().await.unwrap();
        engine.checkpoint().await.unwrap();
        assert_eq!(engine.stats().unsaved_bytes, 0);
    }
    let stats = engine.stats();
    assert!(stats.readers_bytes > 30_000 && stats.writes_delayed == 0, "{stats:?}");
    assert_eq!(read(&engine), model.visible());
    drop(views);
    let stats = engine.stats();
    assert!(stats.readers_bytes == 0 && !engine.views_hold_too_much(), "{stats:?}");
}

#[tokio::test]
async fn series_have_a_limit_of_memory() {
    let mut world = World::new();
    world.settings.series_memory_bytes_max = 4_000;
    let engine = world.open_with_table().await;
    let row = |host: i64, second: i64| {
        Row::new(&format!("host-{host}"), NOW_NS - (10_000 - second) * SECOND_NS, 1, 1.0)
    };
    let (mut model, mut hosts) = (Model::default(), 0);
    loop {
        let rows = [row(hosts, 0)];
        let outcome = write(&engine, &rows).await.unwrap();
        if let [(0, rejection)] = &outcome.rejected[..] {
            assert_eq!(
                rejection.to_string(),
                "The record exceeds the limit of 4000 bytes of memory for all series."
            );
            break;
        }
        assert_eq!(outcome.rejected, model.apply(&rows));
        engine.maintain().await.unwrap();
        hosts += 1;
        assert!(hosts < 1_000, "no series is refused");
    }
    // Known series are written all the same, also beside one that is refused.
    let outcome = write(&engine, &[row(0, 1), row(hosts + 1, 1)]).await.unwrap();
    assert_eq!(outcome.rejected.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1]);
    model.apply(&[row(0, 1)]);
    assert_eq!(read(&engine), model.visible());
    engine.delete_table(DATABASE, TABLE).await.unwrap();
    engine.maintain().await.unwrap();
    create_table(&engine, TABLE).await.unwrap();
    assert_eq!(write(&engine, &[row(hosts, 0)]).await.unwrap().rejected, []);
}

#[tokio::test]
async fn a_write_waits_for_the_checkpoint_that_it_asks_for() {
    let mut world = World::new();
    world.settings.memory_bytes_max = 1 << 30;
    world.settings.unsaved_bytes_max = 20_000;
    world.settings.write_wait = Duration::ZERO;
    let engine = world.open_with_table().await;
    fill(&engine, async |_| {}).await;
    drop(engine);
    world.settings.write_wait = Duration::from_secs(3_600);
    let engine = world.open().await.unwrap();
    let late = rows(9_000, 20);
    let maintenance = async {
        engine.maintenance_wanted().await;
        engine.checkpoint().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(write(&engine, &late), maintenance);
    assert_eq!(outcome.unwrap().rejected, []);
    let stats = engine.stats();
    assert_eq!((stats.writes_delayed, stats.writes_shed), (1, 0));
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_nothing_else() {
    const RESERVE_BYTES: u64 = 64 * 1_024;
    let mut world = World::new();
    world.settings.reserve_bytes = RESERVE_BYTES;
    world.fs.set_capacity(Some(300 * 1_024));
    let engine = world.open_with_table().await;
    let available_bytes = |world: &World| world.fs.available_bytes(Path::new("/data")).unwrap();
    let maintained = engine.clone();
    let clock = std::sync::Arc::clone(&world.clock);
    let (mut model, kind) = fill(&engine, async |request| {
        if request % 4 == 0 {
            clock.advance_ns(61 * SECOND_NS);
            // Without space a step may fail: it is tried again later.
            drop(maintained.maintain().await);
        }
    })
    .await;
    assert_eq!(kind, ErrorKind::StorageFull);
    for _ in 0..20 {
        world.clock.advance_ns(61 * SECOND_NS);
        drop(engine.maintain().await);
        assert!(!engine.is_poisoned());
        assert_eq!(read(&engine), model.visible());
        assert!(available_bytes(&world) >= RESERVE_BYTES / 4, "{}", available_bytes(&world));
    }
    // A restart finds the disk as full as it was.
    drop(engine);
    let mut world = world.crash(3);
    world.fs.set_capacity(Some(300 * 1_024));
    let engine = world.open().await.unwrap();
    assert_eq!(read(&engine), model.visible());
    // Space returns from outside.
    world.fs.set_capacity(None);
    let mut more = rows(0, 20);
    more.iter_mut().for_each(|row| row.host.push_str(" after"));
    drop(engine.maintain().await);
    assert_eq!(write(&engine, &more).await.unwrap().rejected, model.apply(&more));
    assert_eq!(read(&engine), model.visible());
}

#[tokio::test]
async fn deleting_a_table_makes_room_on_a_full_disk() {
    let mut world = World::new();
    world.settings.reserve_bytes = 64 * 1_024;
    world.fs.set_capacity(Some(300 * 1_024));
    let engine = world.open_with_table().await;
    let maintained = engine.clone();
    let clock = std::sync::Arc::clone(&world.clock);
    let (_, kind) = fill(&engine, async |_| {
        clock.advance_ns(61 * SECOND_NS);
        drop(maintained.maintain().await);
    })
    .await;
    assert_eq!(kind, ErrorKind::StorageFull);
    engine.delete_table(DATABASE, TABLE).await.unwrap();
    create_table(&engine, TABLE).await.unwrap();
    for _ in 0..3 {
        world.clock.advance_ns(61 * SECOND_NS);
        drop(engine.maintain().await);
        drop(engine.checkpoint().await);
    }
    let rows = rows(0, 20);
    assert_eq!(write(&engine, &rows).await.unwrap().rejected, []);
}

#[tokio::test]
async fn rows_in_order_are_not_searched_for() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    for request in 0..20 {
        write(&engine, &rows(request * 50, 50)).await.unwrap();
    }
    assert_eq!(engine.stats().lookups, 0);
    // Duplicates, late rows, and one of a series that nobody knew.
    let mut late = rows(5, 5);
    late.iter_mut().for_each(|row| row.time_ns += SECOND_NS / 2);
    let mut new = rows(995, 1);
    new[0].host = "a new host".to_owned();
    for (rows, lookups) in [(rows(10, 30), 30), (late, 5), (new, 0)] {
        let before = engine.stats().lookups;
        write(&engine, &rows).await.unwrap();
        assert_eq!(engine.stats().lookups - before, lookups);
    }
}

/// A table with 1,000 attributes of which each record has two: memory follows the values, not rows times columns.
#[tokio::test]
async fn sparse_attributes_take_no_memory_where_they_are_not() {
    const ROWS: usize = 4_000;
    let mut world = World::new();
    world.settings.memory_bytes_max = 1 << 30;
    world.settings.run_rows_max = 100_000;
    world.settings.tail_rows_max = 100;
    let engine = world.open_with_table().await;
    let mut model = Model::default();
    for chunk in 0..ROWS / 50 {
        let row = |number: usize| {
            let number = chunk * 50 + number;
            let attribute = |offset: usize| format!("attribute {}", (number * 2 + offset) % 1_000);
            let values = (0..2).map(|offset| (attribute(offset), Scalar::Double(number as f64))).collect();
            let mut row = Row::new(&format!("host-{}", number % 7), NOW_NS - number as i64, 1, 0.0);
            row.value = Value::Multi(values);
            row
        };
        let rows: Vec<Row> = (0..50).map(row).collect();
        assert_eq!(write(&engine, &rows).await.unwrap().rejected, model.apply(&rows));
    }
    world.clock.advance_ns(61 * SECOND_NS);
    engine.maintain().await.unwrap();
    let stats = engine.stats();
    assert!(stats.runs < 10, "{stats:?}");
    // Time, and two values with their row numbers; an element per column would be 8 KB.
    let bytes_per_row = stats.memory_bytes as usize / ROWS;
    assert!(bytes_per_row < 64, "{bytes_per_row} bytes per row");
    let file_bytes_per_row = stats.run_file_bytes as usize / ROWS;
    assert!(file_bytes_per_row < 1_000, "{file_bytes_per_row} bytes of files per row");
    assert_eq!(read(&engine), model.visible());
    drop(engine);
    assert_eq!(read(&world.open().await.unwrap()), model.visible());
}

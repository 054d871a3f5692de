//! Rows move from the memory store to the magnetic store and stay what they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::model::scan::TimeRange;

use crate::model::{Model, Row};
use crate::workload::{Runner, assert_no_orphans, assert_versions, tier_workload, visible};
use crate::world::{NOW_NS, SECOND_NS, World, read, read_where, write};

#[tokio::test]
async fn rows_are_the_same_in_both_stores() {
    let mut runner = Runner { world: World::new(), engine: None, state: None };
    let mut rewritten = 0;
    runner.engine = Some(runner.world.open().await.unwrap());
    for step in tier_workload() {
        runner.take(&step).await.unwrap();
        rewritten = rewritten.max(runner.engine().stats().data_files);
    }
    assert!(rewritten > 3, "{rewritten}");
    assert_versions(&runner).await;
    runner.engine = None;
    let engine = runner.world.open().await.unwrap();
    assert_eq!(read(&engine), visible(&runner.state));
    engine.maintain().await.unwrap();
    assert_no_orphans(&runner.world);
}

const DAY_NS: i64 = 86_400 * SECOND_NS;

/// Two days of rows that are not in the memory store's window.
fn old_rows(round: i64) -> Vec<Row> {
    let row = |number: i64| {
        let host = format!("host-{}", number % 5);
        let time_ns = NOW_NS - (3 + number % 2) * DAY_NS - number / 10 * 60 * SECOND_NS;
        Row::new(&host, time_ns, 1 + round, (round * 1_000 + number) as f64)
    };
    (0..60).map(row).collect()
}

/// Advances the clock and lets maintenance do everything that is due.
async fn settle(world: &World, engine: &storage::engine::Engine) {
    for _ in 0..4 {
        world.clock.advance_ns(61 * SECOND_NS);
        engine.maintain().await.unwrap();
    }
}

#[tokio::test]
async fn scans_of_data_files_are_pruned_and_exact() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    let mut model = Model::default();
    for rows in old_rows(0).chunks(13) {
        assert_eq!(write(&engine, rows).await.unwrap().magnetic_store, rows.len());
        model.apply(rows);
    }
    settle(&world, &engine).await;
    let stats = engine.stats();
    assert_eq!((stats.runs, stats.rows), (0, 60));
    assert!(stats.data_files >= 6, "{stats:?}");
    let day_ns = NOW_NS - 3 * DAY_NS;
    let hour_ns = 3_600 * SECOND_NS;
    for (start_ns, end_ns) in [
        (day_ns - 120 * SECOND_NS, day_ns + 1),
        (day_ns - 60 * SECOND_NS, day_ns),
        (day_ns - 60 * SECOND_NS + 1, i64::MAX),
        (i64::MIN, day_ns - 180 * SECOND_NS),
        (day_ns + hour_ns, i64::MAX),
    ] {
        for hosts in [&[][..], &["host-1"], &["host-2", "host-4", "nobody"], &["nobody"]] {
            let range = TimeRange { start_ns, end_ns };
            let predicates = [("host", hosts)];
            let found = read_where(&engine, range, if hosts.is_empty() { &[] } else { &predicates });
            let expected = model.visible().into_iter().filter(|(identity, _)| {
                range.contains(identity.3) && (hosts.is_empty() || hosts.contains(&identity.0.as_str()))
            });
            assert!(found.into_iter().eq(expected), "{range:?} {hosts:?}");
        }
    }
}

#[tokio::test]
async fn few_late_rows_wait_and_many_are_merged() {
    let mut world = World::new();
    world.settings.file_limits.rows_max = 1_000;
    world.settings.file_limits.slice_rows = 1_000;
    let engine = world.open_with_table().await;
    let mut model = Model::default();
    let rows = old_rows(0);
    write(&engine, &rows).await.unwrap();
    model.apply(&rows);
    settle(&world, &engine).await;
    let written = engine.stats().data_file_rows_written;
    assert_eq!(written, 60);

    let late: Vec<Row> =
        (0..7).map(|number| Row::new("late", NOW_NS - 3 * DAY_NS - number, 1, 1.0)).collect();
    for (count, row) in late.iter().enumerate() {
        let row = std::slice::from_ref(row);
        write(&engine, row).await.unwrap();
        model.apply(row);
        settle(&world, &engine).await;
        assert_eq!(read(&engine), model.visible(), "{count} late rows");
    }
    // A quarter of the day's 30 rows is 8: the first 7 wait.
    assert_eq!(engine.stats().data_file_rows_written, written);
    assert!(engine.stats().runs > 0);
    let eighth = [Row::new("later", NOW_NS - 3 * DAY_NS - 9, 1, 1.0)];
    write(&engine, &eighth).await.unwrap();
    model.apply(&eighth);
    settle(&world, &engine).await;
    assert_eq!(engine.stats().data_file_rows_written, written + 38);
    assert_eq!((engine.stats().runs, engine.stats().data_files), (0, 2));
    assert_eq!(read(&engine), model.visible());
}

/// G5: a reader sees all rows once while they are moved, replaced and merged, and never an older value again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_do_not_notice_that_rows_move() {
    let mut world = World::new();
    world.settings.rewrite.quiet_ns = 0;
    world.settings.rewrite.late_percent_min = 1;
    let engine = world.open_with_table().await;
    write(&engine, &old_rows(0)).await.unwrap();
    let is_done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (engine, is_done) = (engine.clone(), Arc::clone(&is_done));
        tokio::task::spawn_blocking(move || {
            let mut reads = 0;
            let mut before = 0.0;
            while !is_done.load(Ordering::SeqCst) || reads == 0 {
                let found = read(&engine);
                assert_eq!(found.len(), 60);
                let sum: f64 = found.values().map(|text| value_of(text)).sum();
                assert!(sum >= before, "a value went back");
                before = sum;
                reads += 1;
            }
            reads
        })
    };
    let maintenance = {
        let (engine, is_done, clock) = (engine.clone(), Arc::clone(&is_done), Arc::clone(&world.clock));
        tokio::spawn(async move {
            let mut rewritten = 0;
            while !is_done.load(Ordering::SeqCst) {
                clock.advance_ns(SECOND_NS);
                rewritten += engine.maintain().await.unwrap().partitions_rewritten;
                tokio::task::yield_now().await;
            }
            rewritten
        })
    };
    let mut model = Model::default();
    model.apply(&old_rows(0));
    for round in 1..40 {
        for rows in old_rows(round).chunks(7) {
            let outcome = write(&engine, rows).await.unwrap();
            assert_eq!(outcome.rejected, model.apply(rows));
        }
    }
    is_done.store(true, Ordering::SeqCst);
    assert!(reader.await.unwrap() > 3);
    assert!(maintenance.await.unwrap() > 3);
    assert_eq!(read(&engine), model.visible());
    drop(engine);
    assert_eq!(read(&world.open().await.unwrap()), model.visible());
}

fn value_of(text: &str) -> f64 {
    text.trim_start_matches("measure_value::double=Double(").trim_end_matches(')').parse().unwrap()
}

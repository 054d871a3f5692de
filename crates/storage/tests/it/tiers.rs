//! Rows move from the memory store to the magnetic store and stay what they are. The tests are made of these in
//! `stores`, on every place where data files can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ::model::clock::Clock;
use ::model::scan::TimeRange;

use crate::model::{Model, Row};
use crate::workload::{Runner, assert_no_orphans_in, assert_versions, tier_workload, visible};
use crate::world::{NOW_NS, SECOND_NS, World, read, read_where, write};

/// Rows are the same in both stores.
pub async fn tiers(world: World) {
    let mut runner = Runner { world, engine: None, state: None };
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
    assert_no_orphans_in(&runner.world).await;
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
pub async fn settle(world: &World, engine: &storage::engine::Engine) {
    for _ in 0..4 {
        world.clock.advance_ns(61 * SECOND_NS);
        engine.maintain().await.unwrap();
    }
}

/// Scans of data files are pruned and exact.
pub async fn pruned_scans(mut world: World) {
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

/// Few late rows wait and many are merged.
pub async fn late_rows(mut world: World) {
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
pub async fn moving_rows_are_not_noticed(mut world: World) {
    world.settings.rewrite.quiet_ns = 0;
    world.settings.rewrite.late_percent_min = 1;
    let engine = world.open_with_table().await;
    write(&engine, &old_rows(0)).await.unwrap();
    let is_done = Arc::new(AtomicBool::new(false));
    let (reads, rewritten) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let reader = {
        let (engine, is_done, reads) = (engine.clone(), Arc::clone(&is_done), Arc::clone(&reads));
        tokio::task::spawn_blocking(move || {
            let mut before = 0.0;
            while !is_done.load(Ordering::SeqCst) {
                let found = read(&engine);
                assert_eq!(found.len(), 60);
                let sum: f64 = found.values().map(|text| value_of(text)).sum();
                assert!(sum >= before, "a value went back");
                before = sum;
                reads.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    let maintenance = {
        let (engine, is_done, clock) = (engine.clone(), Arc::clone(&is_done), Arc::clone(&world.clock));
        let rewritten = Arc::clone(&rewritten);
        tokio::spawn(async move {
            while !is_done.load(Ordering::SeqCst) {
                // However long the others take, no row reaches the end of its retention.
                if clock.now_ns() < NOW_NS + DAY_NS {
                    clock.advance_ns(SECOND_NS);
                }
                let done = engine.maintain().await.unwrap();
                rewritten.fetch_add(done.partitions_rewritten, Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
        })
    };
    let mut model = Model::default();
    model.apply(&old_rows(0));
    // Until something happened beside the writes, however slow the store is.
    let has_seen = |count: &AtomicU64| count.load(Ordering::SeqCst) > 3;
    let has_failed = || reader.is_finished() || maintenance.is_finished();
    let is_enough = |round: &i64| has_failed() || (*round >= 40 && has_seen(&reads) && has_seen(&rewritten));
    for round in (1..ROUNDS_MAX).take_while(|round| !is_enough(round)) {
        for rows in old_rows(round).chunks(7) {
            let outcome = write(&engine, rows).await.unwrap();
            assert_eq!(outcome.rejected, model.apply(rows));
        }
    }
    is_done.store(true, Ordering::SeqCst);
    reader.await.unwrap();
    maintenance.await.unwrap();
    assert!(has_seen(&reads) && has_seen(&rewritten));
    assert_eq!(read(&engine), model.visible());
    drop(engine);
    assert_eq!(read(&world.open().await.unwrap()), model.visible());
}

const ROUNDS_MAX: i64 = 100_000;

fn value_of(text: &str) -> f64 {
    text.trim_start_matches("measure_value::double=Double(").trim_end_matches(')').parse().unwrap()
}

/// The fewer rows fit into memory, the smaller the files are.
#[tokio::test]
async fn files_of_wide_rows_are_small() {
    for (decoded_bytes_max, slice_bytes, files_min) in
        [(usize::MAX, usize::MAX, 6), (100, 1_000, 14), (1, 1, 15)]
    {
        let mut world = World::new();
        let limits = &mut world.settings.file_limits;
        (limits.decoded_bytes_max, limits.slice_bytes) = (decoded_bytes_max, slice_bytes);
        let engine = world.open_with_table().await;
        let mut model = Model::default();
        write(&engine, &old_rows(0)).await.unwrap();
        model.apply(&old_rows(0));
        settle(&world, &engine).await;
        let stats = engine.stats();
        assert!(stats.data_files >= files_min, "{decoded_bytes_max} {stats:?}");
        assert_eq!((stats.runs, stats.data_file_rows_written), (0, 60), "{decoded_bytes_max}");
        // They stay as they are.
        settle(&world, &engine).await;
        assert_eq!(engine.stats().data_file_rows_written, 60, "{decoded_bytes_max}");
        assert_eq!(read(&engine), model.visible(), "{decoded_bytes_max}");
    }
}

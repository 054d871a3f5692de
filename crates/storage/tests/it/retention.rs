//! Retention changes (api.md 3.7) and the clock they go by: what had expired is never seen again, nothing is removed
//! early, and removal goes on by itself after the clock was set (G7).

use std::collections::BTreeSet;

use ::model::catalog::Retention;
use ::model::limits::CLOCK_CONFIRM_HOURS;
use storage::engine::Engine;
use storage::error::StorageError;
use storage::metastore::CommitFault;
use storage::metastore::decide::TableUpdate;

use crate::model::Row;
use crate::workload::{assert_no_orphans, block_on};
use crate::world::{DATABASE, SECOND_NS, TABLE, World, read_at, write};

const HOUR_NS: i64 = 3_600 * SECOND_NS;
const DAY_NS: i64 = 24 * HOUR_NS;

/// What `create_table` gives: 11 days in all.
const TOTAL_NS: i64 = 11 * DAY_NS;

async fn set_retention(engine: &Engine, magnetic_days: i64) -> Result<(), StorageError> {
    let retention = Some(Retention { memory_hours: 24, magnetic_days });
    engine.update_table(DATABASE, TABLE, TableUpdate { retention, ..TableUpdate::default() }).await.map(drop)
}

/// Rows by age in hours at the time of the write.
fn rows(now_ns: i64, ages_hours: impl IntoIterator<Item = i64>) -> Vec<Row> {
    let row = |age: i64| Row::new(&format!("host-{}", age % 3), now_ns - age * HOUR_NS, 1, age as f64);
    ages_hours.into_iter().map(row).collect()
}

/// The values of the rows that are seen.
fn seen(engine: &Engine, now_ns: i64) -> BTreeSet<i64> {
    let found = read_at(engine, now_ns).unwrap();
    let value = |text: &String| {
        let number = text.trim_start_matches("measure_value::double=Double(").trim_end_matches(')');
        number.parse::<f64>().unwrap() as i64
    };
    found.values().map(value).collect()
}

fn ages(range: std::ops::Range<i64>) -> BTreeSet<i64> {
    range.step_by(10).collect()
}

/// An engine with a row for every ten hours of the last 11 days, in runs, data files and the log; then a day passed.
async fn aged(world: &mut World) -> Engine {
    let engine = world.open_with_table().await;
    let now_ns = world.now_ns();
    write(&engine, &rows(now_ns, (120..260).step_by(10))).await.unwrap();
    for _ in 0..3 {
        world.clock.advance_ns(61 * SECOND_NS);
        engine.maintain().await.unwrap();
    }
    write(&engine, &rows(now_ns, (60..120).step_by(10))).await.unwrap();
    engine.checkpoint().await.unwrap();
    write(&engine, &rows(now_ns, (0..60).step_by(10))).await.unwrap();
    world.clock.set_ns(now_ns);
    world.clock.advance_ns(DAY_NS);
    engine.maintain().await.unwrap();
    engine
}

#[tokio::test]
async fn what_had_expired_stays_away_when_retention_is_raised() {
    for with_restart in [false, true] {
        let mut world = World::new();
        let mut engine = aged(&mut world).await;
        let now_ns = world.now_ns();
        assert_eq!(seen(&engine, now_ns), ages(0..250));
        // Lowered: hidden at once. Raised: hidden still.
        set_retention(&engine, 3).await.unwrap();
        assert_eq!(seen(&engine, now_ns), ages(0..80));
        set_retention(&engine, 300).await.unwrap();
        assert_eq!(seen(&engine, now_ns), ages(0..80));
        if with_restart {
            drop(engine);
            world = world.crash(0);
            engine = world.open().await.unwrap();
            assert_eq!(seen(&engine, now_ns), ages(0..80), "before anything was removed");
        }
        // Rows of that time that are written now are seen, and only they.
        let late = Row::new("late", now_ns - 30 * DAY_NS, 1, 5_000.0);
        let same = Row::new("host-1", now_ns - 124 * HOUR_NS, 1, 6_000.0);
        let outcome = write(&engine, &[late, same]).await.unwrap();
        assert_eq!((outcome.magnetic_store, outcome.rejected.len()), (2, 0));
        let with_late: BTreeSet<i64> = ages(0..80).into_iter().chain([5_000, 6_000]).collect();
        assert_eq!(seen(&engine, now_ns), with_late);
        for _ in 0..4 {
            world.clock.advance_ns(61 * SECOND_NS);
            engine.maintain().await.unwrap();
            assert_eq!(seen(&engine, now_ns), with_late);
        }
        assert_eq!(engine.stats().rows, 10);
        drop(engine);
        world = world.crash(1);
        engine = world.open().await.unwrap();
        assert_eq!(seen(&engine, now_ns), with_late);
        engine.maintain().await.unwrap();
        assert_no_orphans(&world);
        assert_eq!(world.check().await.findings, []);
    }
}

#[tokio::test]
async fn what_scans_state_of_their_times_holds_after_expired_rows_were_removed() {
    for is_moved in [false, true] {
        let mut world = World::new();
        let engine = world.open_with_table().await;
        let now_ns = world.now_ns();
        write(&engine, &rows(now_ns, 60..120)).await.unwrap();
        for _ in 0..3 {
            world.clock.advance_ns(if is_moved { 61 * SECOND_NS } else { 1 });
            engine.maintain().await.unwrap();
        }
        assert_eq!(engine.stats().data_files > 0, is_moved);
        // The boundary lies within a day.
        set_retention(&engine, 3).await.unwrap();
        set_retention(&engine, 300).await.unwrap();
        let left: BTreeSet<i64> = (60..96).collect();
        assert_eq!(seen(&engine, world.now_ns()).last(), left.last());
        engine.maintain().await.unwrap();
        assert_eq!(engine.stats().rows, left.len() as u64);
        // Reading compares the rows with what the scan stated.
        assert_eq!(seen(&engine, world.now_ns()), left);
    }
}

/// Dies somewhere between the raise and the end of the removal. Answers whether it died.
async fn die_while_raising(seed: u64, doom: impl FnOnce(&World)) -> bool {
    let mut world = World::new();
    let engine = aged(&mut world).await;
    let now_ns = world.now_ns();
    doom(&world);
    let mut outcome = set_retention(&engine, 3).await;
    if outcome.is_ok() {
        outcome = set_retention(&engine, 300).await;
    }
    if outcome.is_ok() {
        outcome = engine.maintain().await.map(drop);
    }
    let died = outcome.is_err();
    drop(engine);
    world = world.crash(seed);
    let engine = world.open().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let found = seen(&engine, now_ns);
    assert!(found == ages(0..80) || (died && found == ages(0..250)), "seed {seed}: {found:?}");
    set_retention(&engine, 3).await.unwrap();
    set_retention(&engine, 300).await.unwrap();
    assert_eq!(seen(&engine, now_ns), ages(0..80), "seed {seed}");
    engine.maintain().await.unwrap();
    assert_eq!((seen(&engine, now_ns), engine.stats().rows), (ages(0..80), 8), "seed {seed}");
    assert_eq!(world.check().await.findings, [], "seed {seed}");
    died
}

#[test]
fn a_crash_while_retention_is_raised_shows_nothing_again() {
    for fault in [CommitFault::Before, CommitFault::After] {
        let commits = {
            let mut world = World::new();
            block_on(aged(&mut world));
            world.metastore.commits()
        };
        let mut commit = commits + 1;
        while block_on(die_while_raising(commit, |world| world.metastore.die_at(commit, fault))) {
            commit += 1;
        }
        assert!(commit > commits + 4, "raising makes only {} commits", commit - commits);
    }
    let mut call = 1;
    while block_on(die_while_raising(call, |world| world.fs.cut_power_at(world.fs.calls() + call))) {
        call += 1;
    }
    assert!(call > 15, "raising makes only {call} calls");
}

#[tokio::test]
async fn a_wrong_clock_removes_nothing_and_a_right_one_does_in_the_end() {
    let mut world = World::new();
    let engine = aged(&mut world).await;
    let now_ns = world.now_ns();
    engine.maintain().await.unwrap();
    let before = seen(&engine, now_ns);
    // Years ahead, for hours, then right again.
    const MINUTES: i64 = 200;
    const { assert!(MINUTES < CLOCK_CONFIRM_HOURS as i64 * 60) };
    for minute in 0..MINUTES {
        world.clock.set_ns(now_ns + 9_000 * DAY_NS + minute * 60 * SECOND_NS);
        engine.maintain().await.unwrap();
        world.clock.advance_ns(60 * SECOND_NS);
        assert_eq!(seen(&engine, world.now_ns()).len(), 0);
        if minute == 100 {
            // A longer retention given meanwhile must not make the mistake last.
            set_retention(&engine, 50_000).await.unwrap();
            set_retention(&engine, 10).await.unwrap();
        }
    }
    let now_ns = now_ns + MINUTES * 60 * SECOND_NS;
    world.clock.set_ns(now_ns);
    engine.maintain().await.unwrap();
    let is_seen = |age: &i64| now_ns - DAY_NS - age * HOUR_NS >= now_ns - TOTAL_NS + MINUTES * 60 * SECOND_NS;
    assert_eq!(seen(&engine, now_ns), before.into_iter().filter(is_seen).collect());
    // The machine slept for 30 days: its rows go when it has been awake for some hours.
    world.clock.set_ns(now_ns + 30 * DAY_NS);
    engine.maintain().await.unwrap();
    assert!(engine.stats().rows > 0);
    world.clock.advance_ns(CLOCK_CONFIRM_HOURS as i64 * HOUR_NS);
    engine.maintain().await.unwrap();
    assert_eq!(engine.stats().rows, 0);
}

#[tokio::test]
async fn removal_goes_on_while_a_clock_is_doubted() {
    let mut world = World::new();
    let engine = aged(&mut world).await;
    engine.maintain().await.unwrap();
    let rows_before = engine.stats().rows;
    // The clock is two hours ahead of what it was: rows go by the old time meanwhile, two hours late.
    world.clock.set_ns(world.now_ns() + 2 * HOUR_NS);
    for _ in 0..3 {
        engine.maintain().await.unwrap();
        world.clock.advance_ns(HOUR_NS);
    }
    world.clock.set_ns(world.now_ns() + 5 * HOUR_NS);
    world.clock.advance_ns(2 * DAY_NS);
    engine.maintain().await.unwrap();
    assert!(engine.stats().rows < rows_before);
    assert!(seen(&engine, world.now_ns()).iter().all(|age| age * HOUR_NS < TOTAL_NS - 2 * DAY_NS));
}

#[tokio::test]
async fn a_start_with_a_wrong_clock_removes_nothing() {
    let mut world = World::new();
    let engine = aged(&mut world).await;
    let now_ns = world.now_ns();
    let before = seen(&engine, now_ns);
    engine.close().await.unwrap();
    drop(engine);
    world.clock.set_ns(now_ns + 40_000 * DAY_NS);
    let engine = world.open().await.unwrap();
    engine.maintain().await.unwrap();
    engine.checkpoint().await.unwrap();
    drop(engine);
    world.clock.set_ns(now_ns);
    let engine = world.open().await.unwrap();
    assert_eq!(seen(&engine, now_ns), before);
    drop(engine);
    // It was off for as long: its rows go after some hours.
    world.clock.set_ns(now_ns + 40_000 * DAY_NS);
    let engine = world.open().await.unwrap();
    world.clock.advance_ns(CLOCK_CONFIRM_HOURS as i64 * HOUR_NS / 2);
    engine.maintain().await.unwrap();
    assert!(engine.stats().rows > 0);
    world.clock.advance_ns(CLOCK_CONFIRM_HOURS as i64 * HOUR_NS);
    engine.maintain().await.unwrap();
    assert_eq!(engine.stats().rows, 0);
}

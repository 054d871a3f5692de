//! Failing calls at every place of a workload. A full disk refuses and goes on; a failed sync stops all writes until the
//! next start; a failed checkpoint changes nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use ::model::error::ErrorKind;
use storage::engine::Engine;
use storage::error::StorageError;
use storage::fs::sim::Fault;

use crate::model::{Model, Row, Scalar, Value};
use crate::workload::{
    Runner, Step, after, assert_no_orphans, block_on, each_in_parallel, tier_workload, visible, workload,
};
use crate::world::{NOW_NS, World, read, try_read, write};

/// Runs the whole workload over one failing call. Answers whether the call was reached.
async fn survive(steps: &[Step], call: u64, fault: Fault) -> bool {
    let world = World::new();
    world.fs.fail_at(call, fault);
    let mut runner = Runner { engine: None, state: None, world };
    open(&mut runner).await;
    let mut is_first = true;
    for step in steps {
        // What happens long before the failure was looked at when an earlier call failed.
        let is_near = runner.world.fs.calls() + LOOKED_AT_CALLS >= call;
        let taken = if is_near { runner.take(step).await } else { runner.take_unseen(step).await };
        let Err(error) = taken else { continue };
        assert!(is_first, "call {call}, {step:?}: a second failure: {error}");
        is_first = false;
        let before = runner.state.clone();
        let is_unchanged = recover(&mut runner, step, &error).await;
        let found = read(runner.engine());
        if found == visible(&before) && !matches!(step, Step::Restart) {
            // The step goes on as if it had not been tried.
            take_again(&mut runner, step).await;
        } else {
            assert!(!is_unchanged, "call {call}, {step:?}: {error}");
            assert_eq!(found, visible(&after(step, &before)), "call {call}, {step:?}: {error}");
            runner.state = after(step, &before);
        }
    }
    drop(runner.engine().close().await);
    open(&mut runner).await;
    let found = try_read(runner.engine()).unwrap_or_else(|_| read(runner.engine()));
    assert_eq!(found, visible(&runner.state), "call {call}");
    if runner.engine().maintain().await.is_err() {
        runner.engine().maintain().await.unwrap();
    }
    assert_no_orphans(&runner.world);
    runner.world.fs.calls() >= call
}

/// Opens the engine anew; the one failing call may fail it once.
async fn open(runner: &mut Runner) {
    runner.engine = None;
    let first = runner.world.open().await.ok();
    runner.engine = match first {
        Some(engine) => Some(engine),
        None => Some(runner.world.open().await.unwrap()),
    };
}

/// Takes a step that was refused. The log refuses until it has told everybody who waited for it.
async fn take_again(runner: &mut Runner, step: &Step) {
    const TRIES_MAX: usize = 10_000;
    for _ in 0..TRIES_MAX {
        match runner.take(step).await {
            Ok(()) => return,
            Err(error) => assert_eq!(error.kind(), ErrorKind::StorageFull, "{step:?}: {error}"),
        }
        tokio::task::yield_now().await;
        // The log's thread may be waiting for this one's processor.
        std::thread::yield_now();
    }
    panic!("{step:?} is refused for ever");
}

/// Does what an operator or the server would do. Answers whether the error promises that nothing was changed.
async fn recover(runner: &mut Runner, step: &Step, error: &StorageError) -> bool {
    let is_refusal = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::Overloaded);
    let needs_restart = runner.engine.as_ref().is_none_or(|engine| engine.is_poisoned());
    if needs_restart || matches!(step, Step::Restart) {
        assert!(!is_refusal || matches!(step, Step::Restart), "{step:?}: {error}");
        open(runner).await;
        return false;
    }
    matches!(step, Step::Write(_)) && is_refusal
}

/// More than a step makes.
const LOOKED_AT_CALLS: u64 = 150;

fn survive_everywhere(steps: &[Step], fault: Fault) {
    let world = World::new();
    let fs = world.fs.clone();
    let mut runner = Runner { engine: None, state: None, world };
    assert!(block_on(runner.run(steps)).is_none());
    let calls: Vec<u64> = (1..=fs.calls()).collect();
    let reached = AtomicUsize::new(0);
    each_in_parallel(&calls, |_, call| {
        reached.fetch_add(usize::from(block_on(survive(steps, *call, fault))), Ordering::Relaxed);
    });
    let reached = reached.into_inner();
    assert!(reached > 200, "only {reached} calls failed");
}

#[test]
fn an_io_error_at_every_call() {
    survive_everywhere(&workload(), Fault::Io);
}

#[test]
fn a_full_disk_at_every_call() {
    survive_everywhere(&workload(), Fault::StorageFull);
}

#[test]
fn an_io_error_at_every_call_of_a_life_between_the_stores() {
    survive_everywhere(&tier_workload(), Fault::Io);
}

#[test]
fn a_full_disk_at_every_call_of_a_life_between_the_stores() {
    survive_everywhere(&tier_workload(), Fault::StorageFull);
}

/// Requests that are queued together fail together; what rested on a failed one is not acknowledged, and what failed
/// leaves nothing behind, in memory or after a restart.
#[tokio::test]
async fn a_failing_log_under_concurrent_requests() {
    for fault in [Fault::StorageFull, Fault::Io] {
        let mut reached = 0;
        // How many calls there are depends on how the requests meet; a write and a sync at least.
        for call in 1..16 {
            let mut world = World::new();
            let engine = world.open_with_table().await;
            write(&engine, &[Row::new("first", NOW_NS, 1, 1.0)]).await.unwrap();
            // Each request is there twice: the second rests on the first. Each brings a series and a column of its own.
            let requests: Vec<Vec<Row>> = (0..40_i64).map(|number| request(number / 2)).collect();
            let failing_call = world.fs.calls() + call;
            world.fs.fail_at(failing_call, fault);
            let outcomes = futures::future::join_all(requests.iter().map(|rows| write(&engine, rows))).await;
            if world.fs.calls() < failing_call {
                continue;
            }
            reached += 1;
            let mut acknowledged = Model::default();
            acknowledged.apply(&[Row::new("first", NOW_NS, 1, 1.0)]);
            let mut attempted = acknowledged.clone();
            for (rows, outcome) in requests.iter().zip(&outcomes) {
                attempted.apply(rows);
                if outcome.is_ok() {
                    acknowledged.apply(rows);
                }
            }
            // A full disk that shows in a sync is a failed sync.
            let is_poisoned = engine.is_poisoned();
            assert_eq!(read(&engine), acknowledged.visible(), "call {call}, {fault:?}");
            if !is_poisoned {
                for rows in &requests {
                    write_patiently(&engine, rows).await;
                }
                assert_eq!(read(&engine), attempted.visible(), "call {call}, {fault:?}, tried again");
                acknowledged = attempted.clone();
            }
            drop(engine);
            let engine = world.open().await.unwrap();
            let found = read(&engine);
            // An entry whose sync failed may be there; it is there whole.
            let is_in = |rows: &[Row]| rows.iter().filter(|row| found.contains_key(&row.identity())).count();
            for rows in &requests {
                assert!(
                    [0, rows.len()].contains(&is_in(rows)),
                    "call {call}, {fault:?}: a part of a request"
                );
            }
            assert!(
                acknowledged.visible().iter().all(|(identity, value)| found.get(identity) == Some(value))
            );
            assert!(found.iter().all(|(identity, value)| attempted.visible().get(identity) == Some(value)));
        }
        assert!(reached >= 2, "{reached} failures");
    }
}

fn request(number: i64) -> Vec<Row> {
    let host = format!("host-{number}");
    let multi = Value::Multi(vec![(format!("column {number}"), Scalar::Double(number as f64))]);
    vec![
        Row::new(&host, NOW_NS - number, 1, 1.0),
        Row {
            value: multi,
            measure_name: format!("measure {number}"),
            ..Row::new("first", NOW_NS + number, 1, 1.0)
        },
    ]
}

async fn write_patiently(engine: &Engine, rows: &[Row]) {
    const TRIES_MAX: usize = 10_000;
    for _ in 0..TRIES_MAX {
        match write(engine, rows).await {
            Ok(outcome) => return assert_eq!(outcome.rejected, []),
            Err(error) => assert_eq!(error.kind(), ErrorKind::StorageFull),
        }
        tokio::task::yield_now().await;
        // The log's thread may be waiting for this one's processor.
        std::thread::yield_now();
    }
    panic!("refused for ever");
}

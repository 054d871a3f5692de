//! Failing calls at every place of a workload. A full disk refuses and goes on; a failed sync stops all writes until the
//! next start; a failed checkpoint changes nothing.

use ::model::error::ErrorKind;
use storage::error::StorageError;
use storage::fs::sim::Fault;

use crate::workload::{Runner, Step, after, assert_no_orphans, block_on, visible, workload};
use crate::world::{World, read, try_read};

/// Runs the whole workload over one failing call. Answers whether the call was reached.
async fn survive(call: u64, fault: Fault) -> bool {
    let world = World::new();
    world.fs.fail_at(call, fault);
    let mut runner = Runner { engine: None, state: None, world };
    open(&mut runner).await;
    let mut is_first = true;
    for step in workload() {
        let Err(error) = runner.take(&step).await else { continue };
        assert!(is_first, "call {call}, {step:?}: a second failure: {error}");
        is_first = false;
        let before = runner.state.clone();
        let is_unchanged = recover(&mut runner, &step, &error).await;
        let found = read(runner.engine());
        if found == visible(&before) && !matches!(step, Step::Restart) {
            // The step goes on as if it had not been tried.
            take_again(&mut runner, &step).await;
        } else {
            assert!(!is_unchanged, "call {call}, {step:?}: {error}");
            assert_eq!(found, visible(&after(&step, &before)), "call {call}, {step:?}: {error}");
            runner.state = after(&step, &before);
        }
    }
    drop(runner.engine().close().await);
    open(&mut runner).await;
    let found = try_read(runner.engine()).unwrap_or_else(|_| read(runner.engine()));
    assert_eq!(found, visible(&runner.state), "call {call}");
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

#[test]
fn an_io_error_at_every_call() {
    let mut call = 1;
    while block_on(survive(call, Fault::Io)) {
        call += 1;
    }
    assert!(call > 200, "the workload makes only {call} calls");
}

#[test]
fn a_full_disk_at_every_call() {
    let mut call = 1;
    while block_on(survive(call, Fault::StorageFull)) {
        call += 1;
    }
    assert!(call > 200, "the workload makes only {call} calls");
}

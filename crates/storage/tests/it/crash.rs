//! Death at every commit of the metastore, before and after it: what was acknowledged is there once, each request is all or
//! nothing, a deleted table stays deleted (G1, G2, G8, G9). Every change of a disk or an object store: `sweep`.

use storage::metastore::CommitFault;

use crate::workload::{
    Runner, Step, after, assert_no_orphans, assert_versions, block_on, tier_workload, visible, workload,
};
use crate::world::{DATABASE, TABLE, World, read};

/// The workload on a machine that dies as `doom` says, then what must hold. Answers whether it died.
async fn die_and_recover(steps: &[Step], seed: u64, doom: impl FnOnce(&World)) -> bool {
    let mut world = World::new();
    doom(&world);
    let opened = world.open().await.ok();
    let is_open = opened.is_some();
    let mut runner = Runner { world, engine: opened, state: None };
    let died = if is_open { runner.run(steps).await } else { Some((0, &steps[0])) };
    let state = runner.state.clone();
    runner.engine = None;
    let mut world = runner.world.crash(seed);
    assert_undamaged(&world, seed).await;
    let engine = world.open().await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let found = read(&engine);
    let in_doubt = died.map_or(state.clone(), |(_, step)| if is_open { after(step, &state) } else { None });
    let is_before = found == visible(&state);
    assert!(
        is_before || found == visible(&in_doubt),
        "seed {seed}, died at {died:?}\nfound {found:#?}\nbefore {:#?}",
        visible(&state)
    );
    // Life goes on from what was found, through another power loss.
    let has_table = engine.describe_table(DATABASE, TABLE).is_ok();
    let mut state = match (has_table, is_before) {
        (false, _) => None,
        (true, true) => Some(state.unwrap_or_default()),
        (true, false) => in_doubt,
    };
    let rest: &[Step] = if has_table { &[] } else { &[Step::CreateTable] };
    let more: Vec<Step> = rest
        .iter()
        .cloned()
        .chain(steps.iter().filter(|step| matches!(step, Step::Write(_))).take(4).cloned())
        .chain([Step::Checkpoint, Step::Maintain])
        .collect();
    let mut runner = Runner { world, engine: Some(engine), state: state.take() };
    assert!(runner.run(&more).await.is_none(), "seed {seed}: a step failed after recovery");
    assert_versions(&runner).await;
    runner.engine = None;
    let mut world = runner.world.crash(seed + 1);
    let engine = world.open().await.unwrap();
    assert_eq!(read(&engine), visible(&runner.state), "seed {seed}, after the second power loss");
    engine.maintain().await.unwrap();
    assert_no_orphans(&world);
    assert_eq!(world.check().await.findings, [], "seed {seed}");
    died.is_some()
}

/// A crash leaves orphans and a torn log, never damage.
async fn assert_undamaged(world: &World, seed: u64) {
    let report = world.check().await;
    assert!(!report.has_damage(), "seed {seed}: {:#?}", report.findings);
}

#[test]
fn death_at_every_commit_of_the_metastore() {
    for steps in [workload(), tier_workload()] {
        for fault in [CommitFault::Before, CommitFault::After] {
            let mut commit = 1;
            while block_on(die_and_recover(&steps, commit, |world| world.metastore.die_at(commit, fault))) {
                commit += 1;
            }
            assert!(commit > 10, "the workload makes only {commit} commits");
        }
    }
}

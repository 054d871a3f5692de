//! Power cuts at every call of a workload: what was acknowledged is there once, each request is all or nothing, a deleted
//! table stays deleted (G1, G2, G8, G9).

use std::collections::BTreeMap;

use storage::engine::Engine;
use storage::error::StorageError;
use storage::metastore::CommitFault;

use crate::model::{Model, Row, Value};
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, create_table, read, try_read, write};

#[derive(Debug, Clone)]
enum Step {
    CreateTable,
    DeleteTable,
    Write(Vec<Row>),
    Maintain,
    Checkpoint,
    Restart,
}

/// Writes, upserts, seals, checkpoints, merges, a table deleted and made again, restarts.
fn workload() -> Vec<Step> {
    let mut steps = vec![Step::CreateTable];
    for round in 0..8_i64 {
        for request in 0..3_i64 {
            let row = |number: i64| {
                let time_ns = NOW_NS - (round * 5 + number) * SECOND_NS - (number % 2) * 86_400 * SECOND_NS;
                let mut row = Row::new(&format!("host-{}", number % 3), time_ns, 1 + round, (round * 10 + number) as f64);
                if number == 2 {
                    row.value = Value::Varchar(format!("a text in round {round} of request {request}"));
                    row.version = 1 + round * 3 + request;
                    row.time_ns = NOW_NS;
                }
                row.region = (number == 1).then(|| format!("region {round}"));
                row
            };
            steps.push(Step::Write((0..4 + request).map(row).collect()));
        }
        match round {
            1 | 4 | 6 => steps.push(Step::Maintain),
            2 => steps.extend([Step::Checkpoint, Step::Maintain]),
            3 => steps.push(Step::Restart),
            5 => steps.extend([Step::DeleteTable, Step::CreateTable]),
            _ => steps.push(Step::Checkpoint),
        }
    }
    steps
}

/// What must be there: `None` while there is no table.
type State = Option<Model>;

fn after(step: &Step, state: &State) -> State {
    match step {
        Step::CreateTable => Some(Model::default()),
        Step::DeleteTable => None,
        Step::Write(rows) => {
            let mut next = state.clone().unwrap();
            next.apply(rows);
            Some(next)
        }
        Step::Maintain | Step::Checkpoint | Step::Restart => state.clone(),
    }
}

struct Runner {
    world: World,
    engine: Option<Engine>,
    state: State,
}

impl Runner {
    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    async fn take(&mut self, step: &Step) -> Result<(), StorageError> {
        match step {
            Step::CreateTable => create_table(self.engine(), TABLE).await?,
            Step::DeleteTable => self.engine().delete_table(DATABASE, TABLE).await?,
            Step::Write(rows) => {
                let outcome = write(self.engine(), rows).await?;
                assert_eq!(outcome.rejected, self.state.clone().unwrap().apply(rows));
            }
            Step::Maintain => {
                self.world.clock.advance_ns(self.world.settings.checkpoint_age_ns);
                self.engine().maintain().await?;
            }
            Step::Checkpoint => drop(self.engine().checkpoint().await?),
            Step::Restart => {
                self.engine().close().await?;
                self.engine = None;
                self.engine = Some(self.world.open().await?);
            }
        }
        self.state = after(step, &self.state);
        // A cut during the check is a death like any other.
        let Ok(found) = try_read(self.engine()) else { return Err(StorageError::Closed) };
        assert_eq!(found, visible(&self.state), "after {step:?}");
        Ok(())
    }

    /// Takes steps until the machine dies. Answers the step that did not end, and how many were left.
    async fn run<'a>(&mut self, steps: &'a [Step]) -> Option<(usize, &'a Step)> {
        if self.engine.is_none() {
            self.engine = Some(self.world.open().await.ok()?);
        }
        for (position, step) in steps.iter().enumerate() {
            if self.take(step).await.is_err() {
                return Some((position, step));
            }
        }
        None
    }
}

fn visible(state: &State) -> BTreeMap<crate::model::Identity, String> {
    state.as_ref().map(Model::visible).unwrap_or_default()
}

/// The workload on a machine that dies as `doom` says, then what must hold. Answers whether it died.
async fn die_and_recover(seed: u64, doom: impl FnOnce(&World)) -> bool {
    let steps = workload();
    let mut world = World::new();
    doom(&world);
    let opened = world.open().await.ok();
    let is_open = opened.is_some();
    let mut runner = Runner { world, engine: opened, state: None };
    let died = if is_open { runner.run(&steps).await } else { Some((0, &steps[0])) };
    let state = runner.state.clone();
    runner.engine = None;
    let mut world = runner.world.crash(seed);
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
        .chain(workload().into_iter().filter(|step| matches!(step, Step::Write(_))).take(4))
        .chain([Step::Checkpoint, Step::Maintain])
        .collect();
    let mut runner = Runner { world, engine: Some(engine), state: state.take() };
    assert!(runner.run(&more).await.is_none(), "seed {seed}: a step failed after recovery");
    assert_versions(&runner).await;
    runner.engine = None;
    let mut world = runner.world.crash(seed + 1);
    let engine = world.open().await.unwrap();
    assert_eq!(read(&engine), visible(&runner.state), "seed {seed}, after the second power loss");
    assert_no_orphans(&world);
    died.is_some()
}

/// Versions are not seen in scans: a write of the same version and another value must be refused, and say so.
async fn assert_versions(runner: &Runner) {
    let Some(model) = &runner.state else { return };
    for ((host, region, measure_name, time_ns), (version, _)) in &model.rows {
        let mut probe = Row::new(host, *time_ns, *version, -1.0);
        probe.region.clone_from(region);
        probe.measure_name.clone_from(measure_name);
        let mut expected = model.clone();
        for lower in [0, 1] {
            probe.version = (version - lower).max(1);
            let outcome = write(runner.engine(), std::slice::from_ref(&probe)).await.unwrap();
            assert_eq!(outcome.rejected, expected.apply(std::slice::from_ref(&probe)));
        }
    }
}

/// Every file of the memory store is listed, and every listed file is there.
fn assert_no_orphans(world: &World) {
    let listed = world.metastore.files();
    let mut there = world.fs_names("/data/memory");
    there.sort();
    assert_eq!(there, listed);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn power_cut_at_every_call_of_the_file_system() {
    let mut call = 1;
    while block_on(die_and_recover(call, |world| world.fs.cut_power_at(call))) {
        call += 1;
    }
    assert!(call > 200, "the workload makes only {call} calls");
}

#[test]
fn death_at_every_commit_of_the_metastore() {
    for fault in [CommitFault::Before, CommitFault::After] {
        let mut commit = 1;
        while block_on(die_and_recover(commit, |world| world.metastore.die_at(commit, fault))) {
            commit += 1;
        }
        assert!(commit > 10, "the workload makes only {commit} commits");
    }
}

//! A workload of everything the engine does, and what must be there after each step.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::model::catalog::Retention;
use ::model::clock::Clock;
use ::model::rejection::Rejection;
use storage::engine::{Engine, EngineSettings};
use storage::error::StorageError;

use crate::model::{Model, Row, Value};
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, create_table, read_at, write};

/// What `create_table` gives.
pub const RETENTION: Retention = Retention { memory_hours: 24, magnetic_days: 10 };

#[derive(Debug, Clone)]
pub enum Step {
    CreateTable,
    DeleteTable,
    Write(Vec<Row>),
    Maintain,
    Checkpoint,
    Restart,
    Pass { hours: i64 },
}

/// Writes, upserts, seals, checkpoints, merges, a table deleted and made again, restarts.
pub fn workload() -> Vec<Step> {
    let mut steps = vec![Step::CreateTable];
    for round in 0..8_i64 {
        for request in 0..3_i64 {
            let row = |number: i64| {
                let time_ns = NOW_NS - (round * 5 + number) * SECOND_NS - (number % 2) * 86_400 * SECOND_NS;
                let mut row = Row::new(
                    &format!("host-{}", number % 3),
                    time_ns,
                    1 + round,
                    (round * 10 + number) as f64,
                );
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

/// Rows that are older than the memory store keeps: they are moved to the magnetic store, others follow late into the
/// same partitions, replace rows in data files, are merged; restarts, a table deleted and made again.
pub fn tier_workload() -> Vec<Step> {
    const DAY_NS: i64 = 86_400 * SECOND_NS;
    let mut steps = vec![Step::CreateTable];
    for round in 0..9_i64 {
        for request in 0..2_i64 {
            let row = |number: i64| {
                let day = 3 + (number + round) % 2;
                let time_ns = NOW_NS - day * DAY_NS - (round * 7 + number * 3 + request) * SECOND_NS;
                let mut row =
                    Row::new(&format!("host-{}", number % 4), time_ns, 1, (round * 10 + number) as f64);
                if number == 1 {
                    row.value = Value::Varchar(format!("a text in round {round} of request {request}"));
                }
                if number == 2 {
                    // The same identity in every round: it is replaced wherever it lies.
                    row.time_ns = NOW_NS - 3 * DAY_NS;
                    row.version = 1 + round * 2 + request;
                }
                if number == 3 {
                    row.region = Some(format!("region {}", round % 3));
                }
                row
            };
            steps.push(Step::Write((0..4 + round % 3).map(row).collect()));
        }
        match round {
            0 | 3 | 7 => steps.extend([Step::Maintain, Step::Maintain, Step::Maintain]),
            1 => steps.extend([Step::Maintain, Step::Maintain, Step::Checkpoint, Step::Restart]),
            4 => steps.extend([Step::Restart, Step::Maintain, Step::Maintain]),
            5 => steps.extend([Step::DeleteTable, Step::CreateTable]),
            _ => steps.extend([Step::Maintain, Step::Checkpoint]),
        }
    }
    steps
}

/// What must be there: `None` while there is no table.
pub type State = Option<Model>;

/// As if no record were refused for its time.
pub fn after(step: &Step, state: &State) -> State {
    match step {
        Step::CreateTable => Some(Model::default()),
        Step::DeleteTable => None,
        Step::Write(rows) => {
            let mut next = state.clone().unwrap();
            next.apply(rows);
            Some(next)
        }
        Step::Maintain | Step::Checkpoint | Step::Restart | Step::Pass { .. } => state.clone(),
    }
}

pub struct Runner {
    pub world: World,
    pub engine: Option<Engine>,
    pub state: State,
}

impl Runner {
    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// Takes a step and looks at everything.
    pub async fn take(&mut self, step: &Step) -> Result<(), StorageError> {
        self.take_unseen(step).await?;
        // A cut during the check is a death like any other.
        let now_ns = self.world.clock.now_ns();
        let Ok(found) = read_at(self.engine(), now_ns) else { return Err(StorageError::Closed) };
        assert_eq!(found, visible_at(&self.state, now_ns), "after {step:?}");
        Ok(())
    }

    /// Takes a step without a look at what it did.
    pub async fn take_unseen(&mut self, step: &Step) -> Result<(), StorageError> {
        match step {
            Step::CreateTable => create_table(self.engine(), TABLE).await?,
            Step::DeleteTable => self.engine().delete_table(DATABASE, TABLE).await?,
            Step::Write(rows) => {
                let outcome = write(self.engine(), rows).await?;
                let (settings, now_ns) = (&self.world.settings, self.world.clock.now_ns());
                let mut next = self.state.clone().unwrap();
                let expected = next.apply_within(rows, |time_ns| refusal(settings, now_ns, time_ns));
                assert_eq!(outcome.rejected, expected);
                self.state = Some(next);
            }
            Step::Maintain => {
                self.world.clock.advance_ns(self.world.settings.checkpoint_age_ns);
                self.engine().maintain().await?;
            }
            Step::Checkpoint => drop(self.engine().checkpoint().await?),
            Step::Pass { hours } => self.world.clock.advance_ns(hours * 3_600 * SECOND_NS),
            Step::Restart => {
                self.engine().close().await?;
                self.engine = None;
                self.engine = Some(self.world.open().await?);
            }
        }
        if !matches!(step, Step::Write(_)) {
            self.state = after(step, &self.state);
        }
        Ok(())
    }

    /// Takes steps until the machine dies. Answers the step that did not end, and how many were left.
    pub async fn run<'a>(&mut self, steps: &'a [Step]) -> Option<(usize, &'a Step)> {
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

pub fn visible(state: &State) -> BTreeMap<crate::model::Identity, String> {
    state.as_ref().map(Model::visible).unwrap_or_default()
}

/// What a query at an instant must see: what is not past its retention.
pub fn visible_at(state: &State, now_ns: i64) -> BTreeMap<crate::model::Identity, String> {
    let start_ns = RETENTION.visible_start_ns(now_ns);
    visible(state).into_iter().filter(|(identity, _)| identity.3 >= start_ns).collect()
}

/// Why a record of some time must be refused.
pub fn refusal(settings: &EngineSettings, now_ns: i64, time_ns: i64) -> Option<Rejection> {
    let start_ns = now_ns - RETENTION.total_ns() - settings.ingestion_past_slack_ns;
    let end_ns = now_ns + settings.ingestion_future_ns;
    let is_inside = (start_ns..end_ns).contains(&time_ns);
    (!is_inside).then_some(Rejection::OutsideIngestionWindow { start_ns, end_ns })
}

/// Versions are not seen in scans: a write of the same version and another value must be refused, and say so.
pub async fn assert_versions(runner: &Runner) {
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

/// Every file of both stores is listed, and every listed file is there.
pub fn assert_no_orphans(world: &World) {
    let listed = world.metastore.files();
    let mut there = world.fs_names("/data/memory");
    for folder in world.fs_names("/data/magnetic") {
        let objects = world.fs_names(&format!("/data/magnetic/{folder}"));
        there.extend(objects.into_iter().map(|object| format!("{folder}/{object}")));
    }
    there.sort();
    assert_eq!(there, listed);
}

/// As [`assert_no_orphans`], wherever the data files are. The magnetic store's other objects must be gone.
pub async fn assert_no_orphans_in(world: &World) {
    let mut there = world.fs_names("/data/memory");
    there.extend(world.object_names().await);
    there.sort();
    assert_eq!(there, world.listed_files().await);
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Lets all processors work on items, each with its number.
pub fn each_in_parallel<T: Sync>(items: &[T], work: impl Fn(usize, &T) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { return };
                    work(number, item);
                }
            });
        }
    });
}

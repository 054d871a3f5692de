//! Seeded lives of an engine: writes of any age and version, time that passes or jumps, maintenance, restarts, crashes,
//! and a disk and an object store that fail now and then. After each step a reader sees what a model says (G1 to G9).
//!
//! A failing seed names itself. `SEED=7 cargo test -p storage --test it simulation` runs one, `SEEDS=5000` runs more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::model::clock::{Clock, ManualClock};
use ::model::error::ErrorKind;
use ::model::rejection::Rejection;
use async_trait::async_trait;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use storage::engine::{Engine, ObjectParts};
use storage::error::StorageError;
use storage::fs::sim::Fault;
use storage::magnetic::bridge::Bridge;
use storage::magnetic::plan::RewriteLimits;
use storage::magnetic::rewrite::FileLimits;
use storage::object::{FaultyObjects, LocalObjects, ObjectFault, Pacing, RetryPolicy};

use crate::model::{Identity, Model, Row, Value};
use crate::workload::{RETENTION, assert_no_orphans, block_on, each_in_parallel, refusal};
use crate::world::{SECOND_NS, World, create_table, read_at, write};

const HOUR_NS: i64 = 3_600 * SECOND_NS;
const DAY_NS: i64 = 24 * HOUR_NS;

/// Waits in the time of the simulation.
#[derive(Debug)]
struct SimulatedPacing(Arc<ManualClock>);

#[async_trait]
impl Pacing for SimulatedPacing {
    async fn pause(&self, duration: Duration) {
        self.0.advance_ns(duration.as_nanos() as i64);
    }
}

struct Life {
    seed: u64,
    random: StdRng,
    world: World,
    objects: Option<FaultyObjects>,
    engine: Option<Engine>,
    model: Model,
    /// Rows of requests whose outcome nobody knows, since the last time the model was settled.
    in_doubt: Vec<Row>,
    /// Everything before this was past its retention at some time: when the clock was set back, it may be there or not.
    expired_ns: i64,
    log: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut world = World::new();
        let settings = &mut world.settings;
        settings.tail_rows_max = random.random_range(1..20);
        settings.run_rows_max = random.random_range(8..100);
        settings.merge_runs_min = random.random_range(2..5);
        settings.memory_bytes_max = random.random_range(500..20_000);
        settings.file_cache_bytes_max = random.random_range(1_000..1_000_000);
        let batch_rows = random.random_range(1..8);
        settings.file_limits = FileLimits {
            rows_max: batch_rows * random.random_range(1..6),
            file_bytes_max: 1 << random.random_range(10..20),
            batch_rows,
            slice_rows: random.random_range(4..64),
            zstd_level: i32::from(random.random_bool(0.05)),
        };
        settings.rewrite = RewriteLimits {
            late_percent_min: random.random_range(1..100),
            rows_max: random.random_range(1..50),
            quiet_ns: random.random_range(0..120) * SECOND_NS as u64,
        };
        Self {
            seed,
            random,
            world,
            objects: None,
            engine: None,
            model: Model::default(),
            in_doubt: Vec::new(),
            expired_ns: i64::MIN,
            log: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn note(&mut self, what: String) {
        self.log.push(what);
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn fail(&self, what: &str) -> ! {
        panic!("seed {}: {what}\n{}", self.seed, self.log.join("\n"));
    }

    async fn open(&mut self) -> Result<(), StorageError> {
        self.engine = None;
        let parts = self.world.parts()?;
        let (fs, root) = (Arc::clone(parts.data_dir.fs()), parts.data_dir.magnetic());
        let faulty = FaultyObjects::new(Arc::new(LocalObjects::open(fs, &root)?));
        let objects = ObjectParts {
            store: Arc::new(faulty.clone()),
            bridge: Bridge::Inline,
            pacing: Arc::new(SimulatedPacing(Arc::clone(&self.world.clock))),
            policy: RetryPolicy { attempts_max: 3, ..RetryPolicy::default() },
        };
        self.engine = Some(Engine::open_on(parts, objects).await?);
        self.objects = Some(faulty);
        Ok(())
    }

    /// Opens until no planned failure is left.
    async fn open_patiently(&mut self) {
        for _ in 0..20 {
            match self.open().await {
                Ok(()) => return,
                Err(error) if error.kind() == ErrorKind::Corrupt => self.fail(&format!("open: {error}")),
                Err(error) => {
                    self.note(format!("open failed: {error}"));
                    let crash_seed = self.random.random();
                    self.objects = None;
                    self.world = self.world.crash(crash_seed);
                }
            }
        }
        self.fail("it does not open");
    }

    fn engine(&self) -> Engine {
        self.engine.clone().unwrap_or_else(|| self.fail("no engine"))
    }

    fn now_ns(&self) -> i64 {
        self.world.clock.now_ns()
    }

    fn some_rows(&mut self) -> Vec<Row> {
        let now_ns = self.now_ns();
        let count = self.random.random_range(1..6);
        (0..count)
            .map(|_| {
                let known = self.model.rows.len();
                let age_ns = match self.random.random_range(0..4) {
                    0 => self.random.random_range(0..HOUR_NS),
                    1 => self.random.random_range(0..2 * DAY_NS),
                    _ => self.random.random_range(2 * DAY_NS..12 * DAY_NS),
                };
                let host = format!("host-{}", self.random.random_range(0..6));
                let mut row = Row::new(&host, now_ns - age_ns, 1, self.random.random_range(0..3) as f64);
                row.region = self.random.random_bool(0.3).then(|| "a region with a long name".to_owned());
                if self.random.random_bool(0.2) {
                    row.value = Value::Varchar(format!("text {}", self.random.random_range(0..3)));
                }
                row.version = self.random.random_range(1..5);
                if known > 0 && self.random.random_bool(0.4) {
                    let position = self.random.random_range(0..known);
                    if let Some((identity, _)) = self.model.rows.iter().nth(position) {
                        (row.host, row.region, row.measure_name, row.time_ns) = identity.clone();
                    }
                }
                row
            })
            .filter(|row| {
                // Rows that are taken but not seen any more may be dropped at any time.
                let age_ns = now_ns - row.time_ns;
                !(RETENTION.total_ns()..RETENTION.total_ns() + HOUR_NS).contains(&age_ns)
            })
            .collect()
    }

    async fn step_write(&mut self) -> Result<(), StorageError> {
        let rows = self.some_rows();
        self.note(format!("write {rows:?}"));
        self.count("writes");
        let now_ns = self.now_ns();
        match write(&self.engine(), &rows).await {
            Ok(outcome) => {
                let mut model = std::mem::take(&mut self.model);
                let expected = model.apply_within(&rows, |time_ns| self.refusal(time_ns, now_ns));
                self.model = model;
                if outcome.rejected != expected {
                    self.fail(&format!("rejected {:?}\nexpected {expected:?}", outcome.rejected));
                }
                Ok(())
            }
            Err(error) => {
                if !matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::Overloaded) {
                    self.in_doubt = rows;
                }
                Err(error)
            }
        }
    }

    /// Why a record of this time must be refused.
    fn refusal(&self, time_ns: i64, now_ns: i64) -> Option<Rejection> {
        refusal(&self.world.settings, now_ns, time_ns)
    }

    fn visible(&self, model: &Model) -> BTreeMap<Identity, String> {
        let start_ns = RETENTION.visible_start_ns(self.now_ns());
        model.visible().into_iter().filter(|(identity, _)| identity.3 >= start_ns).collect()
    }

    /// What readers see is what the model says; a request in doubt may be there, whole, or not.
    fn check(&mut self) -> Result<(), StorageError> {
        let Ok(found) = read_at(&self.engine(), self.now_ns()) else { return Err(StorageError::Closed) };
        self.expired_ns = self.expired_ns.max(RETENTION.visible_start_ns(self.now_ns()));
        let (expired_ns, start_ns) = (self.expired_ns, RETENTION.visible_start_ns(self.now_ns()));
        self.model.rows.retain(|identity, _| {
            let is_seen_again = (start_ns..expired_ns).contains(&identity.3);
            !is_seen_again || found.contains_key(identity)
        });
        if found == self.visible(&self.model) {
            self.count("checks");
            return Ok(());
        }
        let rows = std::mem::take(&mut self.in_doubt);
        let mut with_doubt = self.model.clone();
        let now_ns = self.now_ns();
        with_doubt.apply_within(&rows, |time_ns| self.refusal(time_ns, now_ns));
        if found == self.visible(&with_doubt) {
            self.model = with_doubt;
            self.count("doubts that came true");
            return Ok(());
        }
        let expected = self.visible(&self.model);
        let lost: Vec<_> = expected.iter().filter(|(key, value)| found.get(*key) != Some(*value)).collect();
        let extra: Vec<_> = found.iter().filter(|(key, value)| expected.get(*key) != Some(*value)).collect();
        self.fail(&format!("lost {lost:#?}\nextra {extra:#?}"));
    }

    async fn step(&mut self) -> Result<(), StorageError> {
        match self.random.random_range(0..100) {
            0..50 => self.step_write().await?,
            50..62 => {
                let seconds = self.random.random_range(1..300);
                self.note(format!("{seconds} s pass"));
                self.world.clock.advance_ns(seconds * SECOND_NS);
            }
            62..66 => {
                let hours = self.random.random_range(1..60);
                self.note(format!("{hours} h pass"));
                self.world.clock.advance_ns(hours * HOUR_NS);
            }
            66..68 => {
                let hours: i64 = self.random.random_range(-5..5);
                self.note(format!("the wall clock jumps {hours} h"));
                self.world.clock.set_ns(self.now_ns() + hours * HOUR_NS);
                self.count("clock jumps");
            }
            68..86 => {
                self.note("maintain".to_owned());
                self.world.clock.advance_ns(31 * SECOND_NS);
                let done = self.engine().maintain().await?;
                self.count("maintenance");
                *self.counts.entry("rewrites").or_default() += done.partitions_rewritten;
                *self.counts.entry("drops").or_default() += done.partitions_dropped;
            }
            86..91 => {
                self.note("checkpoint".to_owned());
                self.engine().checkpoint().await?;
            }
            91..94 => {
                self.note("restart".to_owned());
                self.engine().close().await?;
                self.open_patiently().await;
            }
            _ => self.plan_failure(),
        }
        self.check()
    }

    /// Lets one of the next calls fail.
    fn plan_failure(&mut self) {
        self.count("planned failures");
        let ahead = self.random.random_range(1..20);
        let call = self.world.fs.calls() + ahead;
        match self.random.random_range(0..5) {
            0 => self.world.fs.fail_at(call, Fault::Io),
            1 => self.world.fs.fail_at(call, Fault::StorageFull),
            2 => self.world.fs.cut_power_at(call),
            _ => {
                let faults = [
                    ObjectFault::Unavailable,
                    ObjectFault::LostAnswer,
                    ObjectFault::Conflict,
                    ObjectFault::Cut,
                    ObjectFault::Flipped,
                ];
                let fault = faults[self.random.random_range(0..faults.len())];
                if let Some(objects) = &self.objects {
                    objects.fail_at(objects.calls() + self.random.random_range(1..6), fault);
                }
                self.note(format!("{fault:?} is planned"));
                return;
            }
        }
        self.note(format!("a failure of the disk in {ahead} calls is planned"));
    }

    /// What an operator does after an error: nothing, or a restart after a power loss.
    async fn after_error(&mut self, error: &StorageError) {
        self.note(format!("error: {error}"));
        self.count("errors");
        if error.kind() == ErrorKind::Corrupt {
            self.fail("damage that nobody caused");
        }
        let is_broken = self.engine.as_ref().is_none_or(Engine::is_poisoned);
        if is_broken || self.random.random_bool(0.5) || matches!(error, StorageError::Closed) {
            let crash_seed = self.random.random();
            self.note(format!("crash {crash_seed}"));
            self.count("crashes");
            self.engine = None;
            self.objects = None;
            self.world = self.world.crash(crash_seed);
            self.open_patiently().await;
        }
        if self.check().is_err() {
            // A failure that was planned met the check itself.
            self.engine = None;
            self.world = self.world.crash(1);
            self.open_patiently().await;
            if self.check().is_err() {
                self.fail("it can't be read");
            }
        }
    }

    async fn live(&mut self, steps: usize) {
        self.open_patiently().await;
        if let Err(error) = create_table(&self.engine(), crate::world::TABLE).await {
            self.fail(&format!("create table: {error}"));
        }
        for _ in 0..steps {
            if let Err(error) = self.step().await {
                self.after_error(&error).await;
            }
        }
        self.engine = None;
        self.world = self.world.crash(self.seed);
        self.open_patiently().await;
        if self.check().is_err() {
            self.fail("it can't be read at the end");
        }
        for outcome in [self.engine().maintain().await, self.engine().checkpoint().await] {
            if let Err(error) = outcome {
                self.fail(&format!("the last maintenance: {error}"));
            }
        }
        self.note(format!("seed {}: orphans", self.seed));
        assert_no_orphans(&self.world);
        let report = self.world.check().await;
        if !report.findings.is_empty() {
            self.fail(&format!("{:#?}", report.findings));
        }
    }
}

fn number_from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn seeded_lives() {
    const SEEDS: u64 = 200;
    let seeds = match number_from_environment("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number_from_environment("SEEDS").unwrap_or(SEEDS),
    };
    let is_full = seeds.end - seeds.start >= SEEDS;
    let seeds: Vec<u64> = seeds.collect();
    let totals: Mutex<BTreeMap<&'static str, u64>> = Mutex::default();
    each_in_parallel(&seeds, |_, seed| {
        let mut life = Life::new(*seed);
        block_on(life.live(200));
        let mut totals = totals.lock().unwrap();
        for (what, count) in life.counts {
            *totals.entry(what).or_default() += count;
        }
    });
    let counts = totals.into_inner().unwrap();
    eprintln!("{counts:?}");
    for what in ["writes", "rewrites", "drops", "errors", "crashes", "clock jumps", "doubts that came true"] {
        assert!(!is_full || counts.get(what).copied().unwrap_or(0) > 0, "{what}: {counts:?}");
    }
}

#[test]
fn one_seed_gives_one_life() {
    let trace = || {
        let mut life = Life::new(11);
        block_on(life.live(120));
        life.log
    };
    assert_eq!(trace(), trace());
}

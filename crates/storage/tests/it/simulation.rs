//! Seeded lives of an engine: writes of any age and version, time that passes or jumps, maintenance, restarts, crashes,
//! and a disk, an object store and a metastore that fail now and then. After each step a reader sees what a model says
//! (G1 to G9).
//!
//! A failing seed names itself. `SEED=7 cargo test -p storage --test it simulation` runs one, `SEEDS=5000` runs more.

mod faults;
mod reads;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::model::clock::{Clock, ManualClock};
use ::model::error::ErrorKind;
use ::model::scan::ReadView;
use async_trait::async_trait;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use storage::engine::{Engine, ObjectParts};
use storage::error::StorageError;
use storage::magnetic::bridge::Bridge;
use storage::magnetic::plan::RewriteLimits;
use storage::magnetic::rewrite::FileLimits;
use storage::object::{FaultyObjects, LocalObjects, ObjectFault, Pacing, RetryPolicy};

use crate::model::{Identity, Model, Row};
use crate::workload::{assert_no_orphans, block_on, each_in_parallel};
use crate::world::{SECOND_NS, World, create_table};

const HOUR_NS: i64 = 3_600 * SECOND_NS;
const DAY_NS: i64 = 24 * HOUR_NS;
/// How late a late answer of the object store is.
const LATE_NS: i64 = 7 * SECOND_NS;

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
    /// Whether the engine was opened since: what is not there then will never be.
    is_settled: bool,
    /// Everything before this was past its retention at some time: when the clock was set back, it may be there or not.
    expired_ns: i64,
    /// While it lasts, the wall clock shows another time than the true one.
    jump: Option<Jump>,
    /// Steps until the object store is back, the metastore, and until the disk has space again.
    away_steps: u32,
    metastore_steps: u32,
    /// Whether the disk may be full: when a write is told so, the log's thread decides how soon the next one may be tried.
    may_be_full: bool,
    full_steps: u32,
    /// Views that queries hold, with what they saw first.
    held: Vec<HeldView>,
    batch_rows_max: usize,
    log: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
}

/// The wall clock was set by `offset_ns` and is set right again later, before anybody could take it for the truth.
struct Jump {
    offset_ns: i64,
    steps: u32,
    until_monotonic_ns: u64,
}

struct HeldView {
    view: Arc<dyn ReadView>,
    found: BTreeMap<Identity, String>,
    steps: u32,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut world = World::new();
        let settings = &mut world.settings;
        settings.tail_rows_max = random.random_range(1..20);
        settings.run_rows_max = random.random_range(8..100);
        settings.run_bytes_max = random.random_range(100..20_000);
        settings.merge_runs_min = random.random_range(2..5);
        settings.memory_bytes_max = random.random_range(500..20_000);
        settings.file_cache_bytes_max = random.random_range(1_000..1_000_000);
        if random.random_bool(0.3) {
            settings.unsaved_bytes_max = random.random_range(2_000..30_000);
            settings.reserve_bytes = random.random_range(0..40_000);
        }
        settings.collect_period_ns = random.random_range(1..8) * HOUR_NS as u64 / 2;
        let batch_rows = random.random_range(1..8);
        settings.file_limits = FileLimits {
            rows_max: batch_rows * random.random_range(1..6),
            file_bytes_max: 1 << random.random_range(10..20),
            decoded_bytes_max: random.random_range(100..10_000),
            batch_rows,
            slice_rows: random.random_range(4..64),
            slice_bytes: random.random_range(100..10_000),
            zstd_level: i32::from(random.random_bool(0.05)),
        };
        settings.rewrite = RewriteLimits {
            late_percent_min: random.random_range(1..100),
            rows_max: random.random_range(1..50),
            quiet_ns: random.random_range(0..120) * SECOND_NS as u64,
        };
        let batch_rows_max = random.random_range(1..200);
        Self {
            seed,
            batch_rows_max,
            jump: None,
            away_steps: 0,
            metastore_steps: 0,
            may_be_full: true,
            full_steps: 0,
            held: Vec::new(),
            random,
            world,
            objects: None,
            engine: None,
            model: Model::default(),
            in_doubt: Vec::new(),
            is_settled: true,
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
        self.held.clear();
        // No server starts without it.
        self.metastore_steps = 0;
        self.world.metastore.come_back();
        let parts = self.world.parts()?;
        let (fs, root) = (Arc::clone(parts.data_dir.fs()), parts.data_dir.magnetic());
        let leave_bytes = self.world.settings.reserve_bytes / 2;
        let local = LocalObjects::open_leaving(fs, &root, leave_bytes)?;
        let clock = Arc::clone(&self.world.clock);
        let faulty = FaultyObjects::with_delay(Arc::new(local), move || clock.advance_ns(LATE_NS));
        faulty.set_always((self.away_steps > 0).then_some(ObjectFault::TimedOut));
        let objects = ObjectParts {
            store: Arc::new(faulty.clone()),
            bridge: Bridge::Inline,
            pacing: Arc::new(SimulatedPacing(Arc::clone(&self.world.clock))),
            policy: RetryPolicy { attempts_max: 3, ..RetryPolicy::default() },
        };
        self.engine = Some(Engine::open_on(parts, objects).await?);
        self.is_settled = true;
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
                    if matches!(error, StorageError::ObjectStore { .. }) {
                        // A log that replaces rows of data files can't be replayed without them.
                        self.away_steps = 0;
                        self.count("starts that waited for the object store");
                    }
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

    async fn step(&mut self) -> Result<(), StorageError> {
        self.pass_step()?;
        match self.random.random_range(0..100) {
            0..50 => self.step_write().await?,
            50..62 => {
                let seconds = self.random.random_range(1..300);
                self.note(format!("{seconds} s pass"));
                self.world.clock.advance_ns(seconds * SECOND_NS);
            }
            // Hours would make a wrong clock the truth.
            62..66 if self.jump.is_some() => {}
            62..66 => {
                let hours = self.random.random_range(1..60);
                self.note(format!("{hours} h pass"));
                self.world.clock.advance_ns(hours * HOUR_NS);
            }
            66..68 => self.jump(),
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

    async fn live(&mut self, steps: usize) {
        self.open_patiently().await;
        if let Err(error) = create_table(&self.engine(), crate::world::TABLE).await {
            self.fail(&format!("create table: {error}"));
        }
        // From here on a restart knows what time it was.
        if let Err(error) = self.engine().checkpoint().await {
            self.fail(&format!("the first checkpoint: {error}"));
        }
        for _ in 0..steps {
            if let Err(error) = self.step().await {
                self.after_error(&error).await;
            }
        }
        self.engine = None;
        self.world = self.world.crash(self.seed);
        (self.away_steps, self.full_steps) = (0, 0);
        self.world.fs.set_capacity(None);
        self.open_patiently().await;
        if self.check().is_err() {
            self.fail("it can't be read at the end");
        }
        self.held.clear();
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
    for what in [
        "writes",
        "rewrites",
        "drops",
        "errors",
        "crashes",
        "clock jumps",
        "outages",
        "outages of the metastore",
        "reads refused",
        "full disks",
        "held views",
        "views read again",
        "doubts that came true",
    ] {
        assert!(!is_full || counts.get(what).copied().unwrap_or(0) > 0, "{what}: {counts:?}");
    }
}

#[test]
fn one_seed_gives_one_life() {
    let trace = || {
        let mut life = Life { may_be_full: false, ..Life::new(11) };
        block_on(life.live(120));
        life.log
    };
    let (one, other) = (trace(), trace());
    let differing = one.iter().zip(&other).find(|(one, other)| one != other);
    assert_eq!(differing, None);
    assert_eq!(one.len(), other.len());
}

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
use ::model::scan::{ReadView, ScanError, ScanSource, TimeRange};
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
use crate::world::{SECOND_NS, World, create_table, read_view, write};

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
    /// Steps until the object store is back, and until the disk has space again.
    away_steps: u32,
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
        settings.merge_runs_min = random.random_range(2..5);
        settings.memory_bytes_max = random.random_range(500..20_000);
        settings.file_cache_bytes_max = random.random_range(1_000..1_000_000);
        if random.random_bool(0.3) {
            settings.unsaved_bytes_max = random.random_range(2_000..30_000);
            settings.reserve_bytes = random.random_range(0..40_000);
        }
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
        let batch_rows_max = random.random_range(1..200);
        Self {
            seed,
            batch_rows_max,
            jump: None,
            away_steps: 0,
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

    fn some_rows(&mut self) -> Vec<Row> {
        let now_ns = self.now_ns();
        let expired_ns = self.expired_ns;
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
                row.time_ns >= expired_ns
                    && !(RETENTION.total_ns()..RETENTION.total_ns() + HOUR_NS).contains(&age_ns)
            })
            .collect()
    }

    async fn step_write(&mut self) -> Result<(), StorageError> {
        if !self.in_doubt.is_empty() {
            return self.settle_doubt().await;
        }
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
                // Every other failure says that nothing was written.
                if matches!(error, StorageError::Poisoned { .. }) {
                    let is_taken = |row: &Row| self.refusal(row.time_ns, now_ns).is_none();
                    self.in_doubt = rows.into_iter().filter(is_taken).collect();
                    self.is_settled = false;
                }
                Err(error)
            }
        }
    }

    /// A request in doubt that changed nothing but versions is not seen in a scan: a refused write tells.
    async fn settle_doubt(&mut self) -> Result<(), StorageError> {
        let mut with_doubt = self.model.clone();
        with_doubt.apply(&self.in_doubt);
        let version_in =
            |model: &Model, row: &Row| model.rows.get(&row.identity()).map(|(version, _)| *version);
        let raised = self.in_doubt.iter().find(|row| {
            let before = version_in(&self.model, row);
            before.is_some() && before != version_in(&with_doubt, row)
        });
        // Without one, nobody could look yet, because the object store is away.
        let Some(row) = raised.filter(|_| self.is_settled) else { return Ok(()) };
        let probe = Row { version: 1, value: Value::Double(-1.0), ..row.clone() };
        let outcome = write(&self.engine(), std::slice::from_ref(&probe)).await?;
        let refused_by = |model: &Model| model.clone().apply(std::slice::from_ref(&probe));
        if outcome.rejected == refused_by(&with_doubt) {
            self.model = with_doubt;
            self.count("versions in doubt that came true");
        } else if outcome.rejected != refused_by(&self.model) {
            self.fail(&format!("{probe:?} rejected {:?}", outcome.rejected));
        }
        self.in_doubt.clear();
        Ok(())
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
        self.check_held_views()?;
        let now_ns = self.now_ns();
        let view = self.engine().read_view(now_ns);
        let mut found = match read_view(&*view, TimeRange::ALL, &[], self.batch_rows_max) {
            Ok(found) => found,
            Err(ScanError::Corrupt(what)) => self.fail(&format!("read: {what}")),
            Err(_) if self.away_steps > 0 => {
                self.count("reads refused");
                return Ok(());
            }
            Err(_) => return Err(StorageError::Closed),
        };
        if self.random.random_bool(0.05) {
            self.held.push(HeldView { view, found: found.clone(), steps: self.random.random_range(1..20) });
            self.count("held views");
        }
        // A wrong clock hides rows and removes none.
        let true_ns = now_ns - self.jump.as_ref().map_or(0, |jump| jump.offset_ns);
        self.expired_ns = self.expired_ns.max(RETENTION.visible_start_ns(true_ns));
        let (expired_ns, start_ns) = (self.expired_ns, RETENTION.visible_start_ns(self.now_ns()));
        // What is past its retention by the true time may be there or not while the wall clock shows an earlier one.
        self.model.rows.retain(|identity, _| identity.3 >= expired_ns);
        self.in_doubt.retain(|row| row.time_ns >= expired_ns);
        found.retain(|identity, _| !(start_ns..expired_ns).contains(&identity.3));
        if found == self.visible(&self.model) {
            self.count("checks");
            let mut with_doubt = self.model.clone();
            with_doubt.apply(&self.in_doubt);
            if self.is_settled && found != self.visible(&with_doubt) {
                self.in_doubt.clear();
            }
            return Ok(());
        }
        let rows = std::mem::take(&mut self.in_doubt);
        let mut with_doubt = self.model.clone();
        with_doubt.apply(&rows);
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

    /// What a view saw it sees again, whatever was moved, merged, replaced or removed since.
    fn check_held_views(&mut self) -> Result<(), StorageError> {
        for mut held in std::mem::take(&mut self.held) {
            match read_view(&*held.view, TimeRange::ALL, &[], self.batch_rows_max) {
                Ok(found) if found == held.found => self.count("views read again"),
                Ok(_) => self.fail("a view changed"),
                Err(ScanError::Corrupt(what)) => self.fail(&format!("read again: {what}")),
                Err(_) if self.away_steps > 0 => self.count("reads refused"),
                Err(_) => return Err(StorageError::Closed),
            }
            held.steps -= 1;
            if held.steps > 0 {
                self.held.push(held);
            }
        }
        Ok(())
    }

    /// Lets what has a duration come to its end.
    fn pass_step(&mut self) -> Result<(), StorageError> {
        self.away_steps = self.away_steps.saturating_sub(1);
        if self.away_steps == 0
            && let Some(objects) = &self.objects
        {
            objects.set_always(None);
        }
        self.full_steps = self.full_steps.saturating_sub(1);
        if self.full_steps == 0 {
            self.world.fs.set_capacity(None);
        }
        if let Some(jump) = &mut self.jump {
            jump.steps -= 1;
            let is_over = jump.steps == 0 || self.world.clock.monotonic_ns() >= jump.until_monotonic_ns;
            if is_over && let Some(jump) = self.jump.take() {
                self.world.clock.set_ns(self.now_ns() - jump.offset_ns);
                self.note("the wall clock is right again".to_owned());
                return self.check();
            }
        }
        Ok(())
    }

    /// Sets the wall clock: a little for good, as a time server does, or far for a while.
    fn jump(&mut self) {
        self.count("clock jumps");
        if self.random.random_bool(0.3) || self.jump.is_some() {
            let seconds = self.random.random_range(-60..60);
            self.note(format!("the wall clock is set by {seconds} s"));
            self.world.clock.set_ns(self.now_ns() + seconds * SECOND_NS);
            return;
        }
        let hours = [2, 30, 24 * 365, 24 * 365 * 100][self.random.random_range(0..4)];
        let offset_ns =
            if self.random.random_bool(0.5) { hours * HOUR_NS } else { -hours.min(9_000) * HOUR_NS };
        self.note(format!("the wall clock jumps by {} h", offset_ns / HOUR_NS));
        let monotonic_ns = self.world.clock.monotonic_ns();
        self.jump = Some(Jump {
            offset_ns,
            steps: self.random.random_range(1..15),
            until_monotonic_ns: monotonic_ns + HOUR_NS as u64,
        });
        self.world.clock.set_ns(self.now_ns() + offset_ns);
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

    /// Lets one of the next calls fail.
    fn plan_failure(&mut self) {
        self.count("planned failures");
        let ahead = self.random.random_range(1..20);
        let call = self.world.fs.calls() + ahead;
        match self.random.random_range(0..7) {
            5 => {
                self.away_steps = self.random.random_range(2..25);
                if let Some(objects) = &self.objects {
                    objects.set_always(Some(ObjectFault::TimedOut));
                }
                self.note(format!("the object store is away for {} steps", self.away_steps));
                self.count("outages");
            }
            6 => {
                self.full_steps = self.random.random_range(2..25);
                let room_bytes = self.random.random_range(0..20_000);
                self.world.fs.set_capacity(Some(self.world.fs.used_bytes() + room_bytes));
                self.note(format!("the disk is full in {room_bytes} bytes for {} steps", self.full_steps));
                self.count("full disks");
            }
            0 => self.world.fs.fail_at(call, Fault::Io),
            1 => self.world.fs.fail_at(call, Fault::StorageFull),
            2 => self.world.fs.cut_power_at(call),
            _ => {
                let faults = [
                    ObjectFault::Unavailable,
                    ObjectFault::TimedOut,
                    ObjectFault::Slow,
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
            }
        }
        self.note(format!("now it is call {}, {ahead} calls before a planned one", self.world.fs.calls()));
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
        let mut life = Life::new(11);
        block_on(life.live(120));
        life.log
    };
    assert_eq!(trace(), trace());
}

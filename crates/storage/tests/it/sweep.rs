//! The power goes off at every change of a disk, an object store and a metastore. Each workload runs once; a copy of the
//! machine is kept before every change, and each copy is crashed, recovered and compared with the model: what was
//! acknowledged is there once with its version, each request is all or nothing, what was refused or deleted is absent,
//! retention is exact (G1, G2, G3, G7, G8, G9).

mod bucket;
mod lives;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ::model::clock::{Clock, ManualClock};
use object_store::memory::InMemory;
use storage::engine::{Engine, EngineSettings};
use storage::error::StorageError;
use storage::fs::sim::{Crash, SimFs};
use storage::metastore::MemoryMetastore;

use crate::model::{Identity, Row};
use crate::workload::{
    Runner, State, Step, block_on, each_in_parallel, refusal, tier_workload, visible_at, workload,
};
use crate::world::{DATABASE, TABLE, World, read_at, write};
use bucket::{Bucket, open_on};

/// A machine at the moment of its death.
struct Moment {
    /// Of the file system's calls; the object store's changes are between two of them.
    call: u64,
    fs: SimFs,
    bucket: Option<InMemory>,
    metastore: MemoryMetastore,
    now_ns: i64,
    /// The step that was being taken.
    step: usize,
}

/// A workload that ran once, and all its moments.
struct Recording {
    name: &'static str,
    steps: Vec<Step>,
    /// What must be there before each step, and after the last.
    states: Vec<State>,
    moments: Vec<Moment>,
    settings: EngineSettings,
}

/// What a moment is made of, as long as the workload runs.
#[derive(Clone)]
struct Recorder {
    moments: Arc<Mutex<Vec<Moment>>>,
    metastore: MemoryMetastore,
    clock: Arc<ManualClock>,
    step: Arc<AtomicUsize>,
}

impl Recorder {
    fn note(&self, call: u64, fs: SimFs, bucket: Option<InMemory>) {
        let moment = Moment {
            call,
            fs,
            bucket,
            metastore: self.metastore.copy(),
            now_ns: self.clock.now_ns(),
            step: self.step.load(Ordering::SeqCst),
        };
        self.moments.lock().unwrap().push(moment);
    }
}

async fn record(name: &'static str, steps: Vec<Step>, on_bucket: bool) -> Recording {
    let mut world = World::new();
    let recorder = Recorder {
        moments: Arc::default(),
        metastore: world.metastore.clone(),
        clock: Arc::clone(&world.clock),
        step: Arc::default(),
    };
    let bucket = on_bucket.then(|| {
        let (recorder, fs) = (recorder.clone(), world.fs.clone());
        Bucket::watched(InMemory::new(), move |objects| recorder.note(fs.calls(), fs.copy(), Some(objects)))
    });
    let (looking, objects) = (recorder.clone(), bucket.clone());
    world.fs.observe(move |call, fs| looking.note(call, fs, objects.as_ref().map(Bucket::copy)));
    let settings = world.settings.clone();
    let engine = open_on(&mut world, bucket.as_ref()).await.unwrap();
    let mut runner = Runner { world, engine: Some(engine), state: None };
    let mut states = vec![None];
    for (number, step) in steps.iter().enumerate() {
        recorder.step.store(number, Ordering::SeqCst);
        match step {
            Step::Restart => {
                runner.engine().close().await.unwrap();
                runner.engine = None;
                runner.engine = Some(open_on(&mut runner.world, bucket.as_ref()).await.unwrap());
            }
            step => runner.take(step).await.unwrap(),
        }
        states.push(runner.state.clone());
    }
    drop(runner);
    let moments = std::mem::take(&mut *recorder.moments.lock().unwrap());
    Recording { name, steps, states, moments, settings }
}

impl Recording {
    fn world_at(&self, moment: &Moment, crash: Crash) -> (World, Option<Bucket>) {
        let fs = moment.fs.crash_with(crash, moment.call);
        let world = World::at(fs, moment.metastore.copy(), moment.now_ns, self.settings.clone());
        (world, moment.bucket.as_ref().map(|objects| Bucket::new(objects.fork())))
    }

    /// Crashes and recovers one moment; then life goes on, through another power loss.
    async fn survive(&self, moment: &Moment, crash: Crash) {
        let what = format!("{} call {} step {} {crash:?}", self.name, moment.call, moment.step);
        let (world, bucket) = self.world_at(moment, crash);
        let report = bucket::check(&world, bucket.as_ref()).await;
        assert!(!report.has_damage(), "{what}: {:#?}", report.findings);
        let (mut world, engine) = recover_twice(world, bucket.as_ref(), moment.call, &what).await;
        let now_ns = world.clock.now_ns();
        let found = read_at(&engine, now_ns).unwrap();
        let (before, next) = (&self.states[moment.step], &self.states[moment.step + 1]);
        let is_before = found == visible_at(before, now_ns);
        let lost = || -> Vec<(Identity, String)> {
            visible_at(before, now_ns)
                .into_iter()
                .filter(|(key, value)| found.get(key) != Some(value))
                .collect()
        };
        assert!(
            is_before || found == visible_at(next, now_ns),
            "{what}: {:?}\nfound {} rows, not as before: {:#?}",
            self.steps[moment.step],
            found.len(),
            lost()
        );
        let has_table = engine.describe_table(DATABASE, TABLE).is_ok();
        let state = match (has_table, is_before) {
            (false, _) => None,
            (true, true) => Some(before.clone().unwrap_or_default()),
            (true, false) => next.clone(),
        };
        let mut runner = Runner { world, engine: Some(engine), state };
        if !has_table {
            runner.take(&Step::CreateTable).await.unwrap();
        }
        assert_all_versions(&runner, &what).await;
        let writes = self.steps.iter().filter(|step| matches!(step, Step::Write(_)));
        for step in writes.rev().take(2).chain([&Step::Checkpoint, &Step::Maintain]) {
            runner.take(step).await.unwrap_or_else(|error| panic!("{what}: {step:?}: {error}"));
        }
        runner.engine = None;
        world = runner.world.crash(moment.call);
        let engine = open_on(&mut world, bucket.as_ref()).await.unwrap();
        let found = read_at(&engine, world.clock.now_ns()).unwrap();
        assert_eq!(found, visible_at(&runner.state, world.clock.now_ns()), "{what}: the second power loss");
        engine.maintain().await.unwrap();
        bucket::assert_no_orphans(&world, bucket.as_ref()).await;
        assert_eq!(bucket::check(&world, bucket.as_ref()).await.findings, [], "{what}");
    }
}

/// Recovers a machine that dies once more while it recovers, at a call that depends on `seed`.
async fn recover_twice(world: World, bucket: Option<&Bucket>, seed: u64, what: &str) -> (World, Engine) {
    const RECOVERY_CALLS: u64 = 40;
    let mut first = world;
    first.fs.cut_power_at(1 + seed * 7 % RECOVERY_CALLS);
    let opened = open_on(&mut first, bucket).await;
    let is_damaged = |error: &StorageError| error.kind() == ::model::error::ErrorKind::Corrupt;
    assert!(!opened.as_ref().is_err_and(is_damaged), "{what}: {opened:?}");
    drop(opened);
    let mut second = first.crash(seed + 1);
    let engine = open_on(&mut second, bucket).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    (second, engine)
}

/// Versions are not seen in scans: writes of the same or a lower version and another value must be refused and say so.
async fn assert_all_versions(runner: &Runner, what: &str) {
    let Some(model) = &runner.state else { return };
    let now_ns = runner.world.clock.now_ns();
    let settings = &runner.world.settings;
    for lower in [0, 1] {
        let probes: Vec<Row> = model
            .rows
            .iter()
            .map(|((host, region, measure_name, time_ns), (version, _))| {
                let mut probe = Row::new(host, *time_ns, (version - lower).max(1), -1.0);
                probe.region.clone_from(region);
                probe.measure_name.clone_from(measure_name);
                probe
            })
            .collect();
        let expected = model.clone().apply_within(&probes, |time_ns| refusal(settings, now_ns, time_ns));
        assert_eq!(write(runner.engine(), &probes).await.unwrap().rejected, expected, "{what}");
    }
}

/// Crashes every moment, in the way that its number says.
fn survive_all(recording: &Recording) {
    let kinds = [Crash::LoseUnsynced, Crash::Torn, Crash::Scattered, Crash::Kill];
    each_in_parallel(&recording.moments, |number, moment| {
        block_on(recording.survive(moment, kinds[number % kinds.len()]));
    });
}

#[test]
fn power_cuts_at_2000_places() {
    const PLACES_MIN: usize = 2_000;
    let mut places = 0;
    for (name, steps, on_bucket) in [
        ("memory store", workload(), false),
        ("both stores", tier_workload(), false),
        ("a whole life", lives::whole_life(), false),
        ("a whole life on a bucket", lives::whole_life(), true),
    ] {
        let recording = block_on(record(name, steps, on_bucket));
        survive_all(&recording);
        eprintln!("{name}: {} places", recording.moments.len());
        places += recording.moments.len();
    }
    assert!(places >= PLACES_MIN, "only {places} places");
}

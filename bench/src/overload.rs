//! More load than the server can take, within a small budget of memory: writers and queries at the load that it is made
//! for, and at a multiple of it, in turns. A refused write is tried again at once, the worst that a client can do. After
//! the load every acknowledged record must be there and no other; between the loads come the faults that were asked for.
//!
//! `--under` puts a command in front of the server, such as `prlimit --data=1000000000`.

mod faults;
mod load;
mod report;
mod tally;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::connection::Connection;
use crate::cpu;
use crate::server_process::{Launch, ServerProcess};
use crate::workload::{DATABASE, TABLE};
use faults::Fault;
use load::Load;
use tally::Tally;

#[derive(Debug, Args)]
pub struct Settings {
    /// The server's binary.
    #[arg(long, default_value = "target/release/headwater")]
    server: PathBuf,
    /// A command with its arguments that starts the server, for a ceiling of the kernel's.
    #[arg(long, default_value = "")]
    under: String,
    /// Where the data directory is made.
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
    /// Where the server's log goes.
    #[arg(long)]
    log: Option<PathBuf>,
    /// Connections that write at the load of one. Fewer than keep the server busy would make any more look good.
    #[arg(long, default_value_t = 32)]
    writers: usize,
    /// Connections that query at the load of one.
    #[arg(long, default_value_t = 4)]
    queries: usize,
    /// How many times the load of one the overload is.
    #[arg(long, default_value_t = 8)]
    times: usize,
    /// Seconds of each turn.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Pairs of turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Milliseconds that a query's client waits after each answer.
    #[arg(long, default_value_t = 20)]
    think_ms: u64,
    #[arg(long, default_value_t = 128)]
    memory_store_mib: u64,
    #[arg(long, default_value_t = 32)]
    series_mib: u64,
    /// Memory of all queries together; one may take a quarter.
    #[arg(long, default_value_t = 256)]
    queries_mib: u64,
    #[arg(long, default_value_t = 64)]
    bodies_mib: u64,
    #[arg(long, default_value_t = 2)]
    queries_running_max: u64,
    /// What is done to the server in an additional turn at the load of one.
    #[arg(long, value_enum)]
    fault: Vec<Fault>,
    /// Other flags of the server.
    #[arg(last = true)]
    flags: Vec<String>,
}

/// What the load of one turn, or all turns of one kind, came to.
#[derive(Debug, Default)]
struct Turn {
    writes: Tally,
    queries: Tally,
    seconds: f64,
    peak_resident_bytes: u64,
    server_cpu_seconds: f64,
    client_cpu_seconds: f64,
}

const MIB: u64 = 1_024 * 1_024;
const WARM_UP: Duration = Duration::from_secs(2);
/// The parts of the budget that are no settings: log entries that wait, and blocks of data files.
const FIXED_BYTES: u64 = model::limits::WAL_QUEUE_BYTES_MAX + model::limits::FILE_CACHE_BYTES_DEFAULT;

pub fn run(settings: &Settings) -> Result<(), String> {
    let data_dir = settings.data_parent.join(format!("headwater-overload-{}", std::process::id()));
    fs::create_dir_all(&data_dir).map_err(|error| format!("creating {data_dir:?} failed: {error}"))?;
    let server = start(settings, &data_dir)?;
    let outcome = measure(settings, &server);
    drop(server);
    fs::remove_dir_all(&data_dir).map_err(|error| error.to_string())?;
    outcome
}

fn start(settings: &Settings, data_dir: &Path) -> Result<ServerProcess, String> {
    let mut flags: Vec<String> = [
        ("memory-store-bytes-max", settings.memory_store_mib * MIB),
        ("series-memory-bytes-max", settings.series_mib * MIB),
        ("queries-memory-bytes-max", settings.queries_mib * MIB),
        ("query-memory-bytes-max", settings.queries_mib * MIB / 4),
        ("body-bytes-in-flight-max", settings.bodies_mib * MIB),
        ("queries-running-max", settings.queries_running_max),
    ]
    .iter()
    .flat_map(|(name, value)| [format!("--{name}"), value.to_string()])
    .collect();
    flags.extend(settings.flags.iter().cloned());
    let under: Vec<String> = settings.under.split_whitespace().map(str::to_owned).collect();
    let log = settings.log.as_deref();
    ServerProcess::launch(&settings.server, &Launch { data_dir, under: &under, flags: &flags, log })
}

fn measure(settings: &Settings, server: &ServerProcess) -> Result<(), String> {
    let mut connection = Connection::open(&server.address)?;
    let database = format!(r#"{{"DatabaseName":"{DATABASE}"}}"#);
    let table = format!(r#"{{"DatabaseName":"{DATABASE}","TableName":"{TABLE}"}}"#);
    connection.expect_success(&server.address, "CreateDatabase", database.as_bytes())?;
    connection.expect_success(&server.address, "CreateTable", table.as_bytes())?;

    let mut load = Load::new(&server.address, Duration::from_millis(settings.think_ms));
    let (mut ordinary, mut overload) = (Turn::default(), Turn::default());
    report::heading();
    // All series, and a table for the queries to find its columns in.
    let warm_up = load.start(settings.writers * settings.times, 0, Instant::now() + WARM_UP);
    warm_up.finish(&mut load)?;
    for _ in 0..settings.rounds {
        let turn = self::turn(settings, server, &mut load, 1, |_| Ok(()))?;
        report::turn("1x", &turn, server);
        ordinary.add(turn);
        let turn = self::turn(settings, server, &mut load, settings.times, |_| Ok(()))?;
        report::turn(&format!("{}x", settings.times), &turn, server);
        overload.add(turn);
    }
    for fault in &settings.fault {
        let turn = self::turn(settings, server, &mut load, 1, |half| fault.inject(server, half))?;
        report::turn(fault.name(), &turn, server);
        let turn = self::turn(settings, server, &mut load, 1, |_| Ok(()))?;
        report::turn("1x afterwards", &turn, server);
    }
    let budget_bytes = MIB
        * (settings.memory_store_mib + settings.series_mib + settings.queries_mib + settings.bodies_mib)
        + FIXED_BYTES;
    report::summary(settings.times, &ordinary, &overload, budget_bytes);
    check_count(&load, &server.address)
}

/// Loads the server for the length of a turn; `act` gets half of it and runs a quarter into it.
fn turn(
    settings: &Settings,
    server: &ServerProcess,
    load: &mut Load,
    times: usize,
    act: impl FnOnce(Duration) -> Result<(), String>,
) -> Result<Turn, String> {
    let length = Duration::from_secs(settings.seconds);
    cpu::forget_peak(server.id())?;
    let cpu_before = (cpu::process_seconds(server.id())?, cpu::process_seconds(std::process::id())?);
    let started = Instant::now();
    let running = load.start(settings.writers * times, settings.queries * times, started + length);
    thread::sleep(length / 4);
    let acted = act(length / 2);
    let (writes, queries) = running.finish(load)?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(ended) = server.ended() {
        return Err(format!("the server ended: {ended}; writes: {}", writes.others()));
    }
    acted?;
    let peak_resident_bytes = cpu::peak_resident_bytes(server.id()).unwrap_or(0);
    Ok(Turn {
        writes,
        queries,
        seconds,
        peak_resident_bytes,
        server_cpu_seconds: cpu::process_seconds(server.id())? - cpu_before.0,
        client_cpu_seconds: cpu::process_seconds(std::process::id())? - cpu_before.1,
    })
}

/// Every acknowledged record must be there and no refused one; of those without an answer some may.
fn check_count(load: &Load, address: &str) -> Result<(), String> {
    let sql = format!("SELECT count(*) FROM \"{DATABASE}\".\"{TABLE}\"");
    let count = load::count(address, &sql)?;
    let (accepted, in_doubt) = (load.records_accepted, load.records_in_doubt);
    println!("records                  {accepted} acknowledged, {in_doubt} in doubt, {count} found");
    match (accepted..=accepted + in_doubt).contains(&count) {
        true => Ok(()),
        false => Err(format!("{count} records found, acknowledged were {accepted}")),
    }
}

impl Turn {
    fn add(&mut self, other: Self) {
        self.writes.add(other.writes);
        self.queries.add(other.queries);
        self.seconds += other.seconds;
        self.server_cpu_seconds += other.server_cpu_seconds;
        self.client_cpu_seconds += other.client_cpu_seconds;
        self.peak_resident_bytes = self.peak_resident_bytes.max(other.peak_resident_bytes);
    }
}

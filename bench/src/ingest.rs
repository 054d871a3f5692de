//! Ingestion through WriteRecords: several connections, batches, durable acknowledgements, client and server on the
//! same machine. Reports records per second, the server's CPU per million records, and its ratio to the CPU that
//! hashing and parsing the same bodies costs alone.

use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use clap::Args;
use model::clock::{Clock, SystemClock};
use model::time::NS_PER_MILLISECOND;

use crate::connection::{Connection, prepare};
use crate::server_process::ServerProcess;
use crate::workload::{self, DATABASE, Shape, TABLE};
use crate::{baseline, cpu};

#[derive(Debug, Args)]
pub struct Settings {
    /// The server's binary.
    #[arg(long, default_value = "target/release/headwater")]
    server: PathBuf,
    /// Where the data directory is made; it should lie on the disk to be measured.
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Records per request.
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// Requests per connection.
    #[arg(long, default_value_t = 1_000)]
    requests: usize,
    #[arg(long, value_enum, default_value_t = Shape::Single)]
    shape: Shape,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let server = ServerProcess::start(&settings.server, &settings.data_parent)?;
    let mut setup = Connection::open(&server.address)?;
    let database = format!(r#"{{"DatabaseName":"{DATABASE}"}}"#);
    let table = format!(r#"{{"DatabaseName":"{DATABASE}","TableName":"{TABLE}"}}"#);
    setup.expect_success(&server.address, "CreateDatabase", database.as_bytes())?;
    setup.expect_success(&server.address, "CreateTable", table.as_bytes())?;

    let bodies = make_bodies(settings);
    let baseline_seconds = baseline::measure(&bodies.concat())?;
    let requests: Vec<Vec<Vec<u8>>> = bodies
        .iter()
        .map(|bodies| bodies.iter().map(|body| prepare(&server.address, "WriteRecords", body)).collect())
        .collect();

    let cpu_before = cpu::process_seconds(server.id())?;
    let started = Instant::now();
    let senders: Vec<_> =
        requests.into_iter().map(|requests| spawn(server.address.clone(), requests)).collect();
    let mut latencies_ms = Vec::new();
    for sender in senders {
        latencies_ms.extend(sender.join().map_err(|_| "a sender panicked".to_owned())??);
    }
    let seconds = started.elapsed().as_secs_f64();
    let cpu_seconds = cpu::process_seconds(server.id())? - cpu_before;
    check_count(&mut setup, &server.address, settings)?;
    report(settings, &server, seconds, cpu_seconds, baseline_seconds, latencies_ms);
    Ok(())
}

fn make_bodies(settings: &Settings) -> Vec<Vec<Vec<u8>>> {
    // Records lie within the last hour, which the memory store accepts.
    let start_ms = SystemClock::new().now_ns() / NS_PER_MILLISECOND - 3_600_000;
    let bodies = |connection: usize| {
        (0..settings.requests)
            .map(|request| workload::body(settings.shape, connection, request, settings.batch, start_ms))
            .collect()
    };
    (0..settings.connections).map(bodies).collect()
}

fn spawn(address: String, requests: Vec<Vec<u8>>) -> thread::JoinHandle<Result<Vec<f64>, String>> {
    thread::spawn(move || {
        let mut connection = Connection::open(&address)?;
        let mut latencies_ms = Vec::with_capacity(requests.len());
        for request in &requests {
            let sent = Instant::now();
            let (status, body) = connection.call(request)?;
            if status != 200 {
                return Err(format!("WriteRecords: {status} {}", String::from_utf8_lossy(&body)));
            }
            latencies_ms.push(sent.elapsed().as_secs_f64() * 1e3);
        }
        Ok(latencies_ms)
    })
}

/// Every acknowledged record must be there, or the figures mean nothing.
fn check_count(connection: &mut Connection, address: &str, settings: &Settings) -> Result<(), String> {
    let query = format!(r#"{{"QueryString":"SELECT count(*) FROM \"{DATABASE}\".\"{TABLE}\""}}"#);
    let body = connection.expect_success(address, "Query", query.as_bytes())?;
    let expected =
        format!(r#""ScalarValue":"{}""#, settings.connections * settings.requests * settings.batch);
    let text = String::from_utf8_lossy(&body);
    if text.contains(&expected) { Ok(()) } else { Err(format!("expected {expected} records, got {text}")) }
}

fn report(
    settings: &Settings,
    server: &ServerProcess,
    seconds: f64,
    cpu_seconds: f64,
    baseline_seconds: f64,
    mut latencies_ms: Vec<f64>,
) {
    latencies_ms.sort_by(f64::total_cmp);
    let percentile = |share: f64| {
        let index = ((latencies_ms.len() as f64 - 1.0) * share) as usize;
        latencies_ms.get(index).copied().unwrap_or(f64::NAN)
    };
    let records = (settings.connections * settings.requests * settings.batch) as f64;
    let millions = records / 1e6;
    println!("shape                          {:?}", settings.shape);
    println!("records                        {records}");
    println!("records per second             {:.0}", records / seconds);
    println!("latency p50 / p99              {:.2} / {:.2} ms", percentile(0.5), percentile(0.99));
    println!("server CPU s / million records {:.2}", cpu_seconds / millions);
    println!("SHA-256 + JSON alone           {:.2}", baseline_seconds / millions);
    println!("ratio                          {:.2}", cpu_seconds / baseline_seconds);
    println!("data directory bytes / record  {:.1}", server.data_bytes() as f64 / records);
    if let Some(bytes) = cpu::resident_bytes(server.id()) {
        println!("server resident memory         {:.0} MiB", bytes as f64 / 1_048_576.0);
    }
}

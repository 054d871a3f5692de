//! The least that a query costs: `SELECT 1` over one keep-alive connection, beside `GET /health` and other small statements
//! over the same. The time is the client's, from the first byte sent to the last received.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::connection::{Connection, prepare};
use crate::cpu;
use crate::percentiles;
use crate::server_process::ServerProcess;

#[derive(Debug, Args)]
pub struct Settings {
    #[arg(long, default_value = "target/release/headwater")]
    server: PathBuf,
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
    #[arg(long, default_value_t = 3_000)]
    requests: usize,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let server = ServerProcess::start(&settings.server, &settings.data_parent)?;
    let mut connection = Connection::open(&server.address)?;
    let health = format!("GET /health HTTP/1.1\r\nhost: {}\r\n\r\n", server.address).into_bytes();
    let query = |sql: &str| {
        let body = serde_json::json!({ "QueryString": sql }).to_string();
        prepare(&server.address, "Query", body.as_bytes())
    };
    let requests = [
        ("GET /health", health),
        ("SHOW DATABASES", query("SHOW DATABASES")),
        ("SELECT 1", query("SELECT 1")),
        ("SELECT with arithmetic and functions", query("SELECT 1 + 2 AS a, upper('x') AS b, ago(1h) AS c")),
    ];
    for (name, request) in &requests {
        for _ in 0..settings.requests / 10 {
            timed(&mut connection, request)?;
        }
        let cpu_before = cpu::process_seconds(server.id())?;
        let times: Result<Vec<f64>, String> =
            (0..settings.requests).map(|_| timed(&mut connection, request)).collect();
        percentiles::print(name, times?);
        let seconds = cpu::process_seconds(server.id())? - cpu_before;
        println!("{:<44} server CPU {:.3} ms a request", "", seconds * 1e3 / settings.requests as f64);
    }
    Ok(())
}

fn timed(connection: &mut Connection, request: &[u8]) -> Result<f64, String> {
    let started = Instant::now();
    match connection.call(request)? {
        (200, _) => Ok(started.elapsed().as_secs_f64() * 1e3),
        (status, body) => Err(format!("{status} {}", String::from_utf8_lossy(&body))),
    }
}

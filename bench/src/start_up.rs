//! How long a server takes until it is ready on a data directory that `load` made, after it was killed with a log that no
//! checkpoint holds, and the memory it takes for that.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use model::clock::{Clock, SystemClock};
use model::time::NS_PER_MILLISECOND;

use crate::connection::Connection;
use crate::cpu;
use crate::page_cache;
use crate::server_process::{ServerProcess, folder_bytes};
use crate::store::text;
use crate::workload::{self, DATABASE, Shape, TABLE};

#[derive(Debug, Args)]
pub struct Settings {
    /// Made by `load`.
    #[arg(long)]
    data_dir: PathBuf,
    #[arg(long, default_value = "target/release/headwater")]
    server: PathBuf,
    /// Log written before the kill, in MiB. A checkpoint comes at 256.
    #[arg(long, default_value_t = 200)]
    log_mib: u64,
    #[arg(long, default_value_t = 3)]
    starts: usize,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let records = fill_log(settings)?;
    let bytes = |name: &str| folder_bytes(&settings.data_dir.join(name)) as f64 / 1e6;
    let metastore =
        fs::metadata(settings.data_dir.join("metastore.sqlite")).map_err(text)?.len() as f64 / 1e6;
    println!("data files                {:.1} MB", bytes("magnetic"));
    println!("metastore                 {metastore:.1} MB");
    println!("runs and dictionary       {:.1} MB", bytes("memory"));
    println!(
        "log (allocated)           {:.1} MB, {records} records since the last checkpoint at the most",
        bytes("wal")
    );
    for number in 0..settings.starts {
        page_cache::drop_files(&settings.data_dir)?;
        let started = Instant::now();
        let server = ServerProcess::on(&settings.server, &settings.data_dir)?;
        let status = health(&server.address)?;
        let seconds = started.elapsed().as_secs_f64();
        if !status.starts_with("HTTP/1.1 200") {
            return Err(format!("/health says {status:?}"));
        }
        let peak_mib = cpu::peak_resident_bytes(server.id()).unwrap_or(0) as f64 / 1_048_576.0;
        println!("start {number}: ready after    {seconds:.3} s, peak memory {peak_mib:.0} MiB");
    }
    Ok(())
}

/// Writes records until the log has grown enough, and kills the server.
fn fill_log(settings: &Settings) -> Result<usize, String> {
    const RECORDS: usize = 100;
    let server = ServerProcess::on(&settings.server, &settings.data_dir)?;
    let mut connection = Connection::open(&server.address)?;
    let create = |operation: &str, body: String, connection: &mut Connection| match connection.expect_success(
        &server.address,
        operation,
        body.as_bytes(),
    ) {
        Err(error) if !error.contains("ConflictException") => Err(error),
        _ => Ok(()),
    };
    create("CreateDatabase", format!(r#"{{"DatabaseName":"{DATABASE}"}}"#), &mut connection)?;
    create(
        "CreateTable",
        format!(r#"{{"DatabaseName":"{DATABASE}","TableName":"{TABLE}"}}"#),
        &mut connection,
    )?;
    let start_ms = SystemClock::new().now_ns() / NS_PER_MILLISECOND - 3_600_000;
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let address = server.address.clone();
            let requests = settings.log_mib as usize * 1_048_576 / 8 / (RECORDS * 85);
            std::thread::spawn(move || {
                let mut connection = Connection::open(&address)?;
                for request in 0..requests {
                    let body = workload::body(Shape::Multi, sender, request, RECORDS, start_ms);
                    connection.expect_success(&address, "WriteRecords", &body)?;
                }
                Ok::<usize, String>(requests * RECORDS)
            })
        })
        .collect();
    let written =
        senders.into_iter().map(|sender| sender.join().map_err(|_| "a sender panicked".to_owned())?);
    written.sum()
}

fn health(address: &str) -> Result<String, String> {
    let mut stream = TcpStream::connect(address).map_err(text)?;
    let request = format!("GET /health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(text)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(text)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

//! Measurements, as commands. Each prints ratios against something measured in the same run, because absolute
//! figures of a shared machine mean little.
//!
//! `cargo run --release -p bench -- ingest --server target/release/headwater`

#![allow(clippy::disallowed_methods, reason = "a measurement reads the real clock")]

mod baseline;
mod connection;
mod cpu;
mod ingest;
mod server_process;
mod workload;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures Headwater")]
struct Arguments {
    #[command(subcommand)]
    measurement: Measurement,
}

#[derive(Subcommand)]
enum Measurement {
    /// WriteRecords over several connections, each acknowledged write durable.
    Ingest(ingest::Settings),
}

fn main() -> Result<(), String> {
    match Arguments::parse().measurement {
        Measurement::Ingest(settings) => ingest::run(&settings),
    }
}

//! Measurements, as commands. Each prints ratios against something measured in the same run where there is such a thing,
//! because absolute figures of a shared machine mean little. `docs/benchmarks.md` has the figures.
//!
//! `cargo run --release -p bench -- ingest --server target/release/headwater`

#![allow(clippy::disallowed_methods, reason = "a measurement reads the real clock")]

mod baseline;
mod bytes_per_point;
mod connection;
mod cpu;
mod encodings;
mod ingest;
mod load;
mod metered_fs;
mod overload;
mod page_cache;
mod percentiles;
mod plan;
mod point_query;
mod scan_rate;
mod select_one;
mod series;
mod server_process;
mod start_up;
mod store;
mod tsbs;
mod workload;
mod write_amplification;

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
    /// Disk space of moved rows, by column.
    BytesPerPoint(bytes_per_point::Settings),
    /// Size and speed of encodings of doubles.
    Encodings(encodings::Settings),
    /// Bytes written for a day with late records, by stage.
    WriteAmplification(write_amplification::Settings),
    /// Makes a data directory with many points, for the measurements below.
    Load(load::Settings),
    /// Rows per second of CPU, through storage and through SQL.
    ScanRate(scan_rate::Settings),
    /// One host's hour out of many points, cold and warm.
    PointQuery(point_query::Settings),
    /// Memory and time of many series in one table.
    Series(series::Settings),
    /// Time until the server is ready, and its memory.
    StartUp(start_up::Settings),
    /// Writes and queries at eight times the load, within a small budget.
    Overload(overload::Settings),
    /// The least that a query costs.
    SelectOne(select_one::Settings),
    /// Planning of the sample statements.
    Plan(plan::Settings),
}

fn main() -> Result<(), String> {
    match Arguments::parse().measurement {
        Measurement::Ingest(settings) => ingest::run(&settings),
        Measurement::BytesPerPoint(settings) => bytes_per_point::run(&settings),
        Measurement::Encodings(settings) => encodings::run(&settings),
        Measurement::WriteAmplification(settings) => write_amplification::run(&settings),
        Measurement::Load(settings) => load::run(&settings),
        Measurement::ScanRate(settings) => scan_rate::run(&settings),
        Measurement::PointQuery(settings) => point_query::run(&settings),
        Measurement::StartUp(settings) => start_up::run(&settings),
        Measurement::Series(settings) => series::run(&settings),
        Measurement::Overload(settings) => overload::run(&settings),
        Measurement::SelectOne(settings) => select_one::run(&settings),
        Measurement::Plan(settings) => plan::run(&settings),
    }
}

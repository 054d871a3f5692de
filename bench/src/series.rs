//! Many series in one table: memory and time for each, in order and after a restart.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use model::catalog::Retention;
use model::record::{Dimension, Measure, Record};
use model::time::NS_PER_SECOND;
use model::value::MeasureValue;
use storage::engine::EngineSettings;

use crate::store::{DATABASE, START_NS, ScratchFolder, Store, TABLE, text};

#[derive(Debug, Args)]
pub struct Settings {
    #[arg(long, default_value_t = 10_000_000)]
    series: usize,
    /// Where the data directory is made.
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
}

const RECORDS: usize = 1_000;
const REGIONS: usize = 25;

pub fn run(settings: &Settings) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(text)?;
    runtime.block_on(measure(settings))
}

async fn measure(settings: &Settings) -> Result<(), String> {
    let folder = ScratchFolder::new(&settings.data_parent)?;
    let store = Store::open(&folder.0, START_NS, EngineSettings::default()).await?;
    store.create_table(Retention { memory_hours: 24, magnetic_days: 10 }).await?;
    let before_kb = resident_kb()?;
    for (round, what) in ["new series", "known series, in order"].into_iter().enumerate() {
        let started = Instant::now();
        write_round(&store, settings.series, round).await?;
        let seconds = started.elapsed().as_secs_f64();
        println!("{what}: {:.0} records/s", settings.series as f64 / seconds);
        store.engine.checkpoint().await.map_err(text)?;
        store.engine.maintain().await.map_err(text)?;
    }
    let stats = store.engine.stats();
    let per_series = |bytes: u64| bytes as f64 / settings.series as f64;
    println!("series {} searches for rows {}", stats.series, stats.lookups);
    println!("dictionaries: {:.1} bytes per series", per_series(stats.series_bytes));
    println!("rows in memory: {:.1} bytes per series", per_series(stats.memory_bytes));
    println!("resident: {:.1} bytes per series", per_series((resident_kb()? - before_kb) * 1_024));
    store.engine.close().await.map_err(text)?;
    drop(store);
    let started = Instant::now();
    let store = Store::open(&folder.0, START_NS, EngineSettings::default()).await?;
    println!("open: {:.1} s", started.elapsed().as_secs_f64());
    println!("series {}", store.engine.stats().series);
    Ok(())
}

/// One record for each series.
async fn write_round(store: &Store, series: usize, round: usize) -> Result<(), String> {
    let time_ns = START_NS - 3_600 * NS_PER_SECOND + round as i64 * NS_PER_SECOND;
    for start in (0..series).step_by(RECORDS) {
        let names: Vec<(String, String)> = (start..series.min(start + RECORDS))
            .map(|number| (format!("device-{number:08}"), format!("region-{}", number % REGIONS)))
            .collect();
        let records: Vec<Record<'_>> = names.iter().map(|names| record(names, time_ns)).collect();
        let outcome = store.engine.write(DATABASE, TABLE, &records).await.map_err(text)?;
        if let Some((_, rejection)) = outcome.rejected.first() {
            return Err(format!("a record was rejected: {rejection:?}"));
        }
    }
    Ok(())
}

fn record((device, region): &(String, String), time_ns: i64) -> Record<'_> {
    let dimensions = vec![
        Dimension { name: "device", value: device, place: 0 },
        Dimension { name: "region", value: region, place: 1 },
    ];
    let measure = Measure::Single(MeasureValue::Double(20.5));
    Record { dimensions, measure_name: "temperature", measure, time_ns, version: 1 }
}

fn resident_kb() -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(text)?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let value = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|value| value.parse().ok());
    value.ok_or_else(|| "no resident size".to_owned())
}

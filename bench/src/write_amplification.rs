//! Bytes written for a day of records and some more, by stage: a request of a hundred multi-measure records every ten
//! seconds of the clock, a part of them late by more than the memory store's retention, maintenance as the server does it.

use std::path::{Path, PathBuf};

use clap::Args;
use model::catalog::Retention;
use model::time::{NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND};
use storage::engine::EngineSettings;

use crate::metered_fs::WrittenBytes;
use crate::store::{DATABASE, START_NS, ScratchFolder, Store, TABLE, runtime, text};
use crate::tsbs::{Form, Host, INSTANTS_PER_DAY, INTERVAL_NS, MEASURES, Random, Values, Walk, walks};

#[derive(Debug, Args)]
pub struct Settings {
    #[arg(long, default_value_t = 100)]
    hosts: usize,
    #[arg(long, default_value_t = 2)]
    days: usize,
    /// Requests with late records, of a hundred.
    #[arg(long, default_value_t = 2)]
    late_percent: u64,
    #[arg(long, default_value = ".")]
    data_parent: PathBuf,
}

/// What was asked for.
#[derive(Debug, Default)]
struct Asked {
    points: u64,
    late_points: u64,
    wire_bytes: u64,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let scratch = ScratchFolder::new(&settings.data_parent)?;
    let rest_before = process_written()?;
    let (asked, written, stored, rows) = runtime()?.block_on(live(settings, &scratch.0))?;
    let rest = process_written()?.saturating_sub(rest_before);
    let logical = asked.points * 16;
    println!("points, late ones              {}, {}", asked.points, asked.late_points);
    println!(
        "bodies of WriteRecords         {} bytes, {:.1} a point",
        asked.wire_bytes,
        ratio(asked.wire_bytes, asked.points)
    );
    println!("data files at the end          {stored} bytes, {:.3} a point", ratio(stored, asked.points));
    println!("rows written into data files   {:.2} for each row", rows);
    println!(
        "{:<30} {:>12} {:>9} {:>12} {:>10} {:>10}",
        "stage", "bytes", "a point", "per logical", "per wire", "per stored"
    );
    let stages = [
        ("log", written.wal),
        ("runs: checkpoints, merges", written.runs),
        ("dictionary", written.series),
        ("data files: moves, late, merges", written.magnetic),
        (
            "metastore and others",
            rest.saturating_sub(written.wal + written.runs + written.series + written.magnetic),
        ),
        ("all", rest),
    ];
    for (name, bytes) in stages {
        println!(
            "{name:<30} {bytes:>12} {:>9.2} {:>12.3} {:>10.3} {:>10.2}",
            ratio(bytes, asked.points),
            ratio(bytes, logical),
            ratio(bytes, asked.wire_bytes),
            ratio(bytes, stored)
        );
    }
    Ok(())
}

fn ratio(one: u64, other: u64) -> f64 {
    one as f64 / other.max(1) as f64
}

async fn live(settings: &Settings, folder: &Path) -> Result<(Asked, WrittenBytes, u64, f64), String> {
    const MEMORY_HOURS: i64 = 6;
    let store = Store::open(folder, START_NS, EngineSettings::default()).await?;
    store.create_table(Retention { memory_hours: MEMORY_HOURS, magnetic_days: 1_000 }).await?;
    let hosts: Vec<Host> = (0..settings.hosts).map(Host::new).collect();
    let mut walks = walks(Values::Tsbs, settings.hosts);
    let mut random = Random::new(3);
    let mut asked = Asked::default();
    for instant in 0..settings.days * INSTANTS_PER_DAY {
        let now_ns = START_NS + instant as i64 * INTERVAL_NS;
        let values: Vec<f64> = walks.iter_mut().map(Walk::next_value).collect();
        write(&store, &hosts, &values, now_ns, &mut asked).await?;
        if random.next_u64() % 100 < settings.late_percent && now_ns > START_NS + NS_PER_DAY {
            // From the memory store's end to a day before it; between two instants, so that nothing is replaced.
            let late_ns = NS_PER_HOUR * (MEMORY_HOURS + 1) + (random.next_u64() % NS_PER_DAY as u64) as i64;
            write(&store, &hosts, &values, now_ns - late_ns, &mut asked).await?;
            asked.late_points += values.len() as u64;
        }
        store.clock.advance_ns(INTERVAL_NS);
        store.engine.maintain().await.map_err(text)?;
    }
    store.clock.advance_ns(2 * NS_PER_DAY);
    for _ in 0..20 {
        store.clock.advance_ns(700 * NS_PER_SECOND);
        store.engine.maintain().await.map_err(text)?;
    }
    store.engine.close().await.map_err(text)?;
    let stats = store.engine.stats();
    let rows = ratio(stats.data_file_rows_written, stats.rows);
    if stats.rows * MEASURES.len() as u64 != asked.points {
        return Err(format!("{} points were written, {} rows are there", asked.points, stats.rows));
    }
    println!(
        "data files written, kept       {}, {}; runs that wait {}",
        stats.data_files_written, stats.data_files, stats.runs
    );
    Ok((asked, store.written.read(), stats.data_file_bytes, rows))
}

async fn write(
    store: &Store,
    hosts: &[Host],
    values: &[f64],
    time_ns: i64,
    asked: &mut Asked,
) -> Result<(), String> {
    let each = || hosts.iter().zip(values.chunks(MEASURES.len()));
    for chunk in each().collect::<Vec<_>>().chunks(100) {
        let records: Vec<_> =
            chunk.iter().flat_map(|(host, v)| host.records(Form::Multi, time_ns, v)).collect();
        let outcome = store.engine.write(DATABASE, TABLE, &records).await.map_err(text)?;
        if !outcome.rejected.is_empty() {
            return Err(format!("records were rejected: {:?}", outcome.rejected.first()));
        }
        asked.wire_bytes += wire_bytes(chunk, time_ns);
    }
    asked.points += values.len() as u64;
    Ok(())
}

/// The length of a body of WriteRecords with these records, each with its dimensions, as SDKs write it.
fn wire_bytes(hosts: &[(&Host, &[f64])], time_ns: i64) -> u64 {
    let envelope = format!(r#"{{"DatabaseName":"{DATABASE}","TableName":"{TABLE}","Records":[]}}"#).len();
    let record = |(host, values): &(&Host, &[f64])| {
        let dimension =
            |(name, value): (&str, &str)| format!(r#"{{"Name":"{name}","Value":"{value}"}},"#).len();
        let measure = |(name, value): (&&str, &f64)| {
            format!(r#"{{"Name":"{name}","Value":"{value}","Type":"DOUBLE"}},"#).len()
        };
        let rest = format!(
            r#"{{"Dimensions":[],"MeasureName":"cpu","MeasureValues":[],"MeasureValueType":"MULTI","Time":"{time_ns}","TimeUnit":"NANOSECONDS"}},"#
        );
        rest.len()
            + host.dimensions().map(dimension).sum::<usize>()
            + MEASURES.iter().zip(*values).map(measure).sum::<usize>()
    };
    (envelope + hosts.iter().map(record).sum::<usize>()) as u64
}

/// Bytes that this process has handed to write calls.
fn process_written() -> Result<u64, String> {
    let io = std::fs::read_to_string("/proc/self/io").map_err(text)?;
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|number| number.parse().ok()).ok_or_else(|| "no wchar in /proc/self/io".to_owned())
}

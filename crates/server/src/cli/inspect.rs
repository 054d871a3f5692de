//! `headwater inspect`: prints a persisted artefact in readable form. Which one it is shows its magic, not its name.

mod directory;
mod metastore;

use std::path::Path;

use bytes::Bytes;
use clap::ArgMatches;
use model::series::decode_series_key;
use model::time::format_timestamp;
use storage::format::wal_entry::{self, EntryError};
use storage::format::{run_file, series_file};
use storage::fs::{self, Fs, RealFs};
use storage::magnetic::data_file::inspect::{self as data_file, PARQUET_MAGIC};
use storage::metastore::{Metastore, SqliteMetastore, Stored};

use super::{Failure, print, runtime};

/// Rows and series that get a line; the rest is counted.
const LINES_MAX: usize = 100;
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

pub fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let Some(path) = matches.get_one::<String>("path").map(Path::new) else {
        return Err(Failure("a path is needed".to_owned()));
    };
    print(&(describe(&RealFs, path)?.join("\n") + "\n"))
}

fn describe(fs: &dyn Fs, path: &Path) -> Result<Vec<String>, Failure> {
    if let Ok(entries) = fs.list(path) {
        return directory::lines(fs, path, &entries);
    }
    let bytes = fs::read(fs, path)?;
    if bytes.starts_with(&run_file::MAGIC) {
        return run_lines(path, bytes);
    }
    if bytes.starts_with(&series_file::MAGIC) {
        return series_lines(path, &bytes);
    }
    if bytes.starts_with(PARQUET_MAGIC) {
        return Ok(data_file::inspect(path, &Bytes::from(bytes))?);
    }
    if bytes.starts_with(SQLITE_MAGIC) {
        return Ok(metastore::lines(&load(path)?));
    }
    if let Some(journal) = storage::check::describe_journal(&bytes) {
        return Ok(vec![journal]);
    }
    let named = |wanted: &str| path.file_name().is_some_and(|name| name == wanted);
    if named("VERSION") || named("STORES") || named("metastore.digest") {
        return Ok(vec![String::from_utf8_lossy(&bytes).trim_end().to_owned()]);
    }
    if named("LOCK") {
        return Ok(vec!["held by the process that has the data directory open, if any".to_owned()]);
    }
    if named("credentials") {
        return Err(Failure("credentials are not printed".to_owned()));
    }
    Ok(storage::wal::inspect(fs, path, &entry_text)?)
}

/// The definitions and lists of a metastore, whether or not a server has it open.
fn load(path: &Path) -> Result<Stored, Failure> {
    Ok(runtime()?.block_on(async { SqliteMetastore::open_read_only(path).await?.load().await })?)
}

/// What an entry of the log adds.
fn entry_text(payload: &[u8]) -> String {
    let mut next_batch_id = 0;
    let decoded = wal_entry::decode(payload, &mut || {
        next_batch_id += 1;
        next_batch_id
    });
    match decoded {
        Ok(write) => {
            let rows: usize = write.batches.iter().map(|batch| batch.batch.rows()).sum();
            let replacing: usize = write.batches.iter().map(|batch| batch.replacing_rows.len()).sum();
            format!(
                "table={} new_columns={} measures={} new_series={} rows={rows} replacing={replacing} \
                 conflicts={}",
                write.table.0,
                write.columns.len(),
                write.measures.len(),
                write.series.len(),
                write.conflicts.len()
            )
        }
        Err(EntryError::Damaged(reason)) => format!("damaged: {reason}"),
        Err(EntryError::Newer { found }) => format!("of a newer release version={found}"),
    }
}

fn run_lines(path: &Path, bytes: Vec<u8>) -> Result<Vec<String>, Failure> {
    let file_bytes = bytes.len();
    let (header, run) = run_file::decode(path, bytes, None)?;
    let mut lines = vec![format!(
        "run file table={} partition=[{}, {}) rows={} series={} file_bytes={file_bytes}",
        header.table.0,
        format_timestamp(header.partition_start_ns),
        format_timestamp(header.partition_end_ns),
        run.rows(),
        run.segments.len(),
    )];
    for (id, column) in &run.columns {
        let (data_type, values) = (column.data_type(), column.value_count());
        lines.push(format!("column id={} type={data_type} values={values}", id.0));
    }
    let keys = (0..run.rows().min(LINES_MAX)).filter_map(|row| Some((row, run.key(row)?)));
    lines.extend(keys.map(|(row, key)| {
        let time = format_timestamp(key.time_ns);
        format!("row={row} series={} time={time} version={}", key.series.0, key.version)
    }));
    lines.extend(rest(run.rows(), "rows"));
    Ok(lines)
}

fn series_lines(path: &Path, bytes: &[u8]) -> Result<Vec<String>, Failure> {
    let file = series_file::decode(path, bytes, None)?;
    let mut lines = vec![format!(
        "series file table={} first_series={} series={} file_bytes={}",
        file.table.0,
        file.first_series.0,
        file.keys.len(),
        bytes.len()
    )];
    for (index, key) in file.keys.iter().enumerate().take(LINES_MAX) {
        let series = file.first_series.0 as usize + index;
        lines.push(match decode_series_key(key) {
            Some(key) => {
                let dimensions = key.dimensions.iter().map(|d| format!("{}={:?}", d.name, d.value));
                let dimensions = dimensions.collect::<Vec<_>>().join(" ");
                format!("series={series} measure_name={:?} {dimensions}", key.measure_name)
            }
            None => format!("series={series} key is damaged"),
        });
    }
    lines.extend(rest(file.keys.len(), "series"));
    Ok(lines)
}

fn rest(count: usize, what: &str) -> Option<String> {
    (count > LINES_MAX).then(|| format!("... {} more {what}", count - LINES_MAX))
}

//! `headwater inspect`: prints a persisted artefact in readable form. Which one it is shows its magic, not its name.

use std::path::Path;

use clap::ArgMatches;
use model::series::decode_series_key;
use model::time::format_timestamp;
use storage::format::{run_file, series_file};
use storage::fs::{self, Fs, RealFs};
use storage::metastore::{Metastore, SqliteMetastore, Stored, StoredTable};

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
        let kind = |is_dir: bool| if is_dir { "directory" } else { "file" };
        let line = |entry: &storage::fs::DirEntry| {
            format!("{} name={} bytes={}", kind(entry.is_dir), entry.name, entry.len_bytes)
        };
        return Ok(entries.iter().map(line).collect());
    }
    let bytes = fs::read(fs, path)?;
    if bytes.starts_with(&run_file::MAGIC) {
        return run_lines(path, bytes);
    }
    if bytes.starts_with(&series_file::MAGIC) {
        return series_lines(path, &bytes);
    }
    if bytes.starts_with(SQLITE_MAGIC) {
        let stored =
            runtime()?.block_on(async { SqliteMetastore::open_read_only(path).await?.load().await })?;
        return Ok(metastore_lines(&stored));
    }
    if path.file_name().is_some_and(|name| name == "VERSION") {
        return Ok(vec![String::from_utf8_lossy(&bytes).trim_end().to_owned()]);
    }
    if path.file_name().is_some_and(|name| name == "credentials") {
        return Err(Failure("credentials are not printed".to_owned()));
    }
    Ok(storage::wal::inspect(fs, path)?)
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
    for (id, array) in &run.columns {
        lines.push(format!(
            "column id={} type={} nulls={}",
            id.0,
            array.data_type(),
            run.rows() - array.value_count()
        ));
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

fn metastore_lines(stored: &Stored) -> Vec<String> {
    let mut lines = vec![format!(
        "metastore revision={} log_start={} databases={} tables={}",
        stored.revision,
        stored.log_start,
        stored.databases.len(),
        stored.tables.len()
    )];
    lines.extend(stored.databases.values().map(|database| {
        format!("database name={} created={}", database.name, format_timestamp(database.created_ns))
    }));
    lines.extend(stored.tables.values().flat_map(table_lines));
    for (resource, tags) in &stored.tags {
        lines.extend(
            tags.iter().map(|(key, value)| format!("tag of={resource:?} key={key:?} value={value:?}")),
        );
    }
    lines
}

fn table_lines(stored: &StoredTable) -> Vec<String> {
    let table = &stored.table;
    let mut lines = vec![format!(
        "table id={} database={} name={} memory_hours={} magnetic_days={} applied_lsn={}",
        table.id.0,
        table.database,
        table.name,
        table.retention.memory_hours,
        table.retention.magnetic_days,
        stored.applied_lsn.map_or("none".to_owned(), |lsn| lsn.to_string()),
    )];
    lines.extend(stored.columns.iter().map(|column| {
        format!("  column id={} name={:?} type={}", column.id.0, column.name, column.column_type.sql_name())
    }));
    lines.extend(stored.files.values().map(|file| {
        format!("  file name={} kind={:?} rows={} bytes={}", file.file, file.kind, file.rows, file.file_bytes)
    }));
    lines
}

fn rest(count: usize, what: &str) -> Option<String> {
    (count > LINES_MAX).then(|| format!("... {} more {what}", count - LINES_MAX))
}

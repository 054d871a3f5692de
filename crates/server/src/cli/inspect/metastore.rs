//! The metastore: positions, definitions, checkpoints and live files.

use model::time::format_timestamp;
use storage::format::deleted_rows;
use storage::metastore::{DataFile, FileKind, Stored, StoredTable};

pub fn lines(stored: &Stored) -> Vec<String> {
    let mut lines = vec![format!(
        "metastore revision={} log_start={} next_table_id={} databases={} tables={}",
        stored.revision,
        stored.log_start,
        stored.next_table_id,
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
    lines.extend(stored.reports.values().map(|report| {
        format!(
            "report id={} table={} bucket={} key={:?} records={} bytes={}",
            report.id,
            report.table.0,
            report.bucket,
            report.object_key,
            report.records,
            report.body.len()
        )
    }));
    lines
}

fn table_lines(stored: &StoredTable) -> Vec<String> {
    let table = &stored.table;
    let mut lines = vec![
        table_line(stored),
        format!(
            "  memory_hours={} magnetic_days={} magnetic_writes={} partition_key={:?} created={}",
            table.retention.memory_hours,
            table.retention.magnetic_days,
            table.magnetic_writes.enabled,
            table.partition_key,
            format_timestamp(table.created_ns)
        ),
    ];
    lines.extend(stored.columns.iter().map(|column| {
        format!(
            "  column id={} name={:?} type={} role={:?}",
            column.id.0,
            column.name,
            column.column_type.sql_name(),
            column.role
        )
    }));
    lines.extend(stored.measures.iter().map(|(name, entry)| {
        let dimensions: Vec<u32> = entry.dimensions.iter().map(|column| column.0).collect();
        format!("  measure name={name:?} multi={} dimensions={dimensions:?}", entry.multi)
    }));
    let mut files: Vec<&DataFile> = stored.files.values().collect();
    files.sort_by_key(|file| (file.kind, file.partition_start_ns, file.series_min));
    lines.extend(files.into_iter().map(file_line));
    lines
}

/// A table in one line, with its checkpoint.
pub fn table_line(stored: &StoredTable) -> String {
    let table = &stored.table;
    let sum = |kind: FileKind| {
        let files = stored.files.values().filter(move |file| file.kind == kind);
        files.fold((0, 0, 0), |(count, rows, bytes), file| {
            (count + 1, rows + file.rows, bytes + file.file_bytes)
        })
    };
    let (runs, run_rows, run_bytes) = sum(FileKind::Run);
    let (_, series, _) = sum(FileKind::Series);
    let (files, file_rows, file_bytes) = sum(FileKind::Data);
    format!(
        "table id={} database={} name={} applied_lsn={} series={series} runs={runs} run_rows={run_rows} \
         run_bytes={run_bytes} data_files={files} data_file_rows={file_rows} data_file_bytes={file_bytes}",
        table.id.0,
        table.database,
        table.name,
        stored.applied_lsn.map_or("none".to_owned(), |lsn| lsn.to_string()),
    )
}

fn file_line(file: &DataFile) -> String {
    let mut line = format!(
        "  file name={} kind={:?} rows={} bytes={} crc32c={:08x}",
        file.file, file.kind, file.rows, file.file_bytes, file.crc32c
    );
    line.push_str(&format!(" series=[{}, {}]", file.series_min, file.series_max));
    if file.kind == FileKind::Series {
        return line;
    }
    let rows = usize::try_from(file.rows).unwrap_or(usize::MAX);
    let deleted = deleted_rows::decode(&file.deleted_rows, rows);
    line.push_str(&format!(
        " partition={} time=[{}, {}] deleted_rows={}",
        format_timestamp(file.partition_start_ns),
        format_timestamp(file.time_min_ns),
        format_timestamp(file.time_max_ns),
        deleted.map_or("damaged".to_owned(), |deleted| deleted.count().to_string())
    ));
    line
}

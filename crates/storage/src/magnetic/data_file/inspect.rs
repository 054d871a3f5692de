//! Prints a data file for a person: `headwater inspect`. Also any other Parquet file, as UNLOAD writes them.

use std::path::Path;

use bytes::Bytes;
use model::time::format_timestamp;
use parquet::basic::Encoding;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};

use super::contents::FileContents;
use crate::error::{Result, StorageError};
use crate::format::data_file::FORMAT_KEY;

/// Series that get a line; the rest is counted.
const SERIES_LINES_MAX: usize = 100;

/// The first bytes of every Parquet file.
pub const PARQUET_MAGIC: &[u8; 4] = b"PAR1";

/// Describes a Parquet file in lines of text.
///
/// # Errors
/// When the bytes are not those of a whole file of a known version.
pub fn inspect(path: &Path, bytes: &Bytes) -> Result<Vec<String>> {
    let mut reader = ParquetMetaDataReader::new();
    let parsed = reader.try_parse_sized(bytes, bytes.len() as u64).and_then(|()| reader.finish());
    let metadata = parsed.map_err(|error| StorageError::corrupt(path, 0, 0, error.to_string()))?;
    let stated = metadata.file_metadata().key_value_metadata();
    let is_ours = stated.is_some_and(|entries| entries.iter().any(|entry| entry.key == FORMAT_KEY));
    if !is_ours {
        let mut lines = vec![format!("parquet file rows={} file_bytes={}", rows_of(&metadata), bytes.len())];
        lines.extend(structure(&metadata));
        return Ok(lines);
    }
    let contents = FileContents::decode_whole(path, bytes)?;
    let index = &contents.index;
    let mut lines = vec![format!(
        "data file table={} partition=[{}, {}) rows={} series={} file_bytes={}",
        index.table.0,
        format_timestamp(index.partition_start_ns),
        format_timestamp(index.partition_end_ns),
        index.rows,
        index.series.len(),
        bytes.len()
    )];
    lines.extend(
        stated
            .into_iter()
            .flatten()
            .filter(|entry| entry.key.starts_with("headwater."))
            .map(|entry| format!("footer {}={}", entry.key, entry.value.as_deref().unwrap_or_default())),
    );
    lines.extend(structure(&metadata));
    let mut start = 0;
    for entry in index.series.iter().take(SERIES_LINES_MAX) {
        lines.push(format!(
            "series={} rows=[{start}, {}) time=[{}, {}]",
            entry.series.0,
            entry.end,
            format_timestamp(entry.time_min_ns),
            format_timestamp(entry.time_max_ns)
        ));
        start = entry.end;
    }
    if index.series.len() > SERIES_LINES_MAX {
        lines.push(format!("... {} more series", index.series.len() - SERIES_LINES_MAX));
    }
    Ok(lines)
}

fn rows_of(metadata: &ParquetMetaData) -> i64 {
    metadata.file_metadata().num_rows()
}

/// Columns over all row groups, then the row groups.
fn structure(metadata: &ParquetMetaData) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(created_by) = metadata.file_metadata().created_by() {
        lines.push(format!("created by {created_by}"));
    }
    for (leaf, column) in metadata.file_metadata().schema_descr().columns().iter().enumerate() {
        let chunks: Vec<&ColumnChunkMetaData> =
            metadata.row_groups().iter().filter_map(|group| group.columns().get(leaf)).collect();
        let sum = |bytes_of: fn(&ColumnChunkMetaData) -> i64| -> i64 {
            chunks.iter().map(|chunk| bytes_of(chunk)).sum()
        };
        let basic = column.self_type().get_basic_info();
        let field_id = if basic.has_id() { basic.id().to_string() } else { "none".to_owned() };
        let nulls: u64 = chunks.iter().filter_map(|chunk| chunk.statistics()?.null_count_opt()).sum();
        lines.push(format!(
            "column name={:?} field_id={field_id} type={} encodings={} compression={} bytes={} \
             uncompressed_bytes={} nulls={nulls}",
            column.path().string(),
            column.physical_type(),
            encodings(&chunks),
            chunks.first().map_or("none".to_owned(), |chunk| format!("{:?}", chunk.compression())),
            sum(ColumnChunkMetaData::compressed_size),
            sum(ColumnChunkMetaData::uncompressed_size),
        ));
    }
    for (number, group) in metadata.row_groups().iter().enumerate() {
        lines.push(format!(
            "row group {number} rows={} bytes={} uncompressed_bytes={}",
            group.num_rows(),
            group.compressed_size(),
            group.total_byte_size()
        ));
    }
    lines
}

fn encodings(chunks: &[&ColumnChunkMetaData]) -> String {
    let mut names: Vec<String> = Vec::new();
    for encoding in chunks.iter().flat_map(|chunk| chunk.encodings()) {
        let encoding: Encoding = encoding;
        let name = format!("{encoding:?}");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("+")
}

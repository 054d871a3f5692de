//! One run file: its own checksums, what the metastore says about it, the order and bounds of its rows.

use model::limits;

use super::definitions::Definitions;
use super::partition::{Source, SourceKind};
use super::{Artefact, Checker, words_of};
use crate::format::deleted_rows;
use crate::format::run_file::{self, RunFileHeader};
use crate::fs;
use crate::memory::partition_start_ns;
use crate::memory::run::RunBounds;
use crate::memory::run_data::RunData;
use crate::metastore::DataFile;

impl Checker {
    pub(super) fn check_run(&mut self, definitions: &Definitions, listed: &DataFile) -> Option<Source> {
        let path = self.memory_dir().join(&listed.file);
        let name = self.name_of(&path);
        self.report.count_file(Artefact::RunFile, listed.file_bytes, listed.rows);
        let decoded = fs::read(&*self.parts.fs, &path)
            .and_then(|bytes| run_file::decode(&path, bytes, Some(listed.crc32c)));
        let (header, data) = match decoded {
            Ok(decoded) => decoded,
            Err(error) => {
                self.damage(Artefact::RunFile, &name, words_of(&error));
                return None;
            }
        };
        let mut wrong: Vec<String> = Vec::new();
        wrong.extend(header_mismatch(definitions, listed, &header));
        wrong.extend(bounds_mismatch(listed, &data));
        wrong.extend(unordered_row(&data));
        wrong.extend(wrong_columns(definitions, &data));
        let last_series = data.segments.last().map_or(0, |segment| segment.series.0 as usize + 1);
        if last_series > definitions.series_count() {
            wrong.push(format!("it has rows of series {}, which is unknown", last_series - 1));
        }
        let rows = data.rows();
        let deleted = deleted_rows::decode(&listed.deleted_rows, rows);
        if deleted.is_none() {
            wrong.push("its deleted rows in the metastore are malformed".to_owned());
        }
        let is_right = wrong.is_empty();
        wrong.into_iter().for_each(|what| self.damage(Artefact::RunFile, &name, what));
        is_right.then(|| Source {
            name,
            path,
            live_rows: rows - deleted.as_ref().map_or(0, |deleted| deleted.count()),
            deleted: deleted.unwrap_or_default(),
            crc32c: listed.crc32c,
            kind: SourceKind::Run,
        })
    }
}

fn header_mismatch(definitions: &Definitions, listed: &DataFile, header: &RunFileHeader) -> Option<String> {
    if header.table != definitions.table {
        return Some(format!("it belongs to table {}", header.table.0));
    }
    let is_partition = header.partition_start_ns == listed.partition_start_ns
        && header.partition_end_ns == listed.partition_end_ns;
    if !is_partition {
        return Some("the metastore describes another partition".to_owned());
    }
    partition_mismatch(listed)
}

/// Whether partition and times that the metastore gives can be those of one file.
pub(super) fn partition_mismatch(listed: &DataFile) -> Option<String> {
    let is_partition = partition_start_ns(listed.partition_start_ns) == listed.partition_start_ns
        && listed.partition_start_ns.saturating_add(limits::PARTITION_NS) == listed.partition_end_ns;
    if !is_partition {
        return Some("its partition is not one".to_owned());
    }
    let is_inside = listed.time_min_ns >= listed.partition_start_ns
        && listed.time_max_ns < listed.partition_end_ns
        && listed.time_min_ns <= listed.time_max_ns;
    (!is_inside).then(|| "its times lie outside of its partition".to_owned())
}

fn bounds_mismatch(listed: &DataFile, data: &RunData) -> Option<String> {
    let Some(bounds) = RunBounds::of(data) else { return Some("it has no rows".to_owned()) };
    let is_listed = bounds.rows as u64 == listed.rows
        && bounds.time_min_ns == listed.time_min_ns
        && bounds.time_max_ns == listed.time_max_ns
        && bounds.series_min.0 == listed.series_min
        && bounds.series_max.0 == listed.series_max;
    (!is_listed).then(|| "the metastore describes other rows".to_owned())
}

/// Times ascend within a series; the format itself says that series do.
fn unordered_row(data: &RunData) -> Option<String> {
    for (position, segment) in data.segments.iter().enumerate() {
        let start = data.segment_start(position);
        let times = data.times_ns.get(start..segment.end as usize).unwrap_or_default();
        if let Some(at) = times.windows(2).position(|pair| pair.first() >= pair.last()) {
            let what = if times.get(at) == times.get(at + 1) { "repeats" } else { "comes before" };
            return Some(format!("row {} {what} the row before it", start + at + 1));
        }
    }
    let bad_version = (0..data.rows()).find(|row| data.version(*row) < 1);
    bad_version.map(|row| format!("row {row} has version {}", data.version(row)))
}

fn wrong_columns(definitions: &Definitions, data: &RunData) -> Option<String> {
    let wrong = data.columns.iter().find(|(id, column)| {
        let known = definitions.measure_type(*id);
        let has_type = known.is_some_and(|known| known.data_type() == *column.data_type());
        !has_type || column.value_count() > data.rows()
    });
    wrong.map(|(id, _)| format!("column {} is not one of the table", id.0))
}

//! One data file: digests, footer, series index, and every row against the index and the dictionary.

mod rows;
mod statistics;

use std::path::PathBuf;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::TimestampNanosecondType;
use bytes::Bytes;
use model::clock::TimestampNs;
use model::schema::TIME_COLUMN;
use model::series::SeriesId;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::definitions::Definitions;
use super::partition::{Source, SourceKind};
use super::run_file::partition_mismatch;
use super::{Artefact, Checker, words_of};
use crate::engine::listing;
use crate::error::{Result, StorageError};
use crate::format::data_file::v1::IndexedSeries;
use crate::format::data_file::{self, BLOCK_BYTES, field_id};
use crate::magnetic::data_file::FileFacts;
use crate::magnetic::data_file::contents::FileContents;
use crate::metastore::DataFile;
use crate::object::ObjectName;
use rows::RowCheck;

const BATCH_ROWS: usize = 16 * 1_024;

impl Checker {
    pub(super) fn check_data_file(&mut self, definitions: &Definitions, listed: &DataFile) -> Option<Source> {
        let name = listed.file.clone();
        self.report.count_file(Artefact::DataFile, listed.file_bytes, listed.rows);
        match self.read_data_file(definitions, listed) {
            Ok(source) => Some(source),
            Err(wrong) => {
                wrong.into_iter().for_each(|what| self.damage(Artefact::DataFile, &name, what));
                None
            }
        }
    }

    /// The file as a source, or everything that is wrong with it.
    fn read_data_file(
        &self,
        definitions: &Definitions,
        listed: &DataFile,
    ) -> std::result::Result<Source, Vec<String>> {
        let (facts, deleted) = listing::facts_of(listed).map_err(|error| vec![words_of(&error)])?;
        let bytes = self.object(&listed.file).map_err(|error| vec![words_of(&error)])?;
        if let Some(what) = digest_mismatch(&bytes, &facts) {
            return Err(vec![what]);
        }
        let contents = decode(&listed.file, &bytes, &facts).map_err(|error| vec![words_of(&error)])?;
        let mut wrong: Vec<String> = Vec::new();
        wrong.extend(partition_mismatch(listed));
        wrong.extend(index_mismatch(definitions, listed, &contents));
        wrong.extend(facts_mismatch(&facts, &contents.index.series));
        wrong.extend(index_disorder(definitions, &contents.index.series));
        if wrong.is_empty() {
            wrong.extend(RowCheck::new(definitions, &contents, &facts).run(&bytes));
        }
        let series = &contents.index.series;
        let (Some(first), Some(last)) = (series.first().copied(), series.last().copied()) else {
            return Err(vec!["it has no rows".to_owned()]);
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Source {
            name: listed.file.clone(),
            path: PathBuf::new(),
            live_rows: facts.rows - deleted.count(),
            deleted,
            crc32c: facts.crc32c,
            kind: SourceKind::DataFile { first, last },
        })
    }

    fn object(&self, name: &str) -> Result<Bytes> {
        let (objects, object) = (self.parts.objects.clone(), ObjectName::new(name));
        let found = self.parts.bridge.wait(async move { objects.find(&object).await })?;
        found.ok_or_else(|| StorageError::corrupt(std::path::Path::new(name), 0, 0, "the object is missing"))
    }

    /// Hands over the identities of all live rows.
    pub(super) fn each_row_of_data_file(
        &self,
        source: &Source,
        take: &mut dyn FnMut((SeriesId, TimestampNs)),
    ) -> Result<()> {
        let bytes = self.object(&source.name)?;
        let malformed =
            |reason: String| StorageError::corrupt(std::path::Path::new(&source.name), 0, 0, reason);
        let SourceKind::DataFile { .. } = source.kind else { return Ok(()) };
        let contents = FileContents::decode_whole(std::path::Path::new(&source.name), &bytes)?;
        let leaf = contents.leaf(field_id(TIME_COLUMN)).ok_or_else(|| malformed("no times".to_owned()))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, contents.metadata.clone());
        let mask = ProjectionMask::leaves(builder.parquet_schema(), [leaf]);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
        let reader = reader.map_err(|error| malformed(error.to_string()))?;
        let (mut row, mut position) = (0_usize, 0_usize);
        for batch in reader {
            let batch = batch.map_err(|error| malformed(error.to_string()))?;
            let times = batch.columns().first().and_then(times_of).unwrap_or_default();
            for time_ns in times {
                let at = |position: usize| contents.index.series.get(position);
                while at(position).is_some_and(|entry| entry.end as usize <= row) {
                    position += 1;
                }
                let Some(entry) = at(position) else { return Ok(()) };
                if !source.deleted.contains(row) {
                    take((entry.series, *time_ns));
                }
                row += 1;
            }
        }
        Ok(())
    }
}

fn decode(name: &str, bytes: &Bytes, facts: &FileFacts) -> Result<FileContents> {
    let path = std::path::Path::new(name);
    let tail_offset = usize::try_from(facts.tail_offset).unwrap_or(usize::MAX);
    if tail_offset > bytes.len() {
        return Err(StorageError::corrupt(path, 0, 0, "its series index lies outside of it"));
    }
    FileContents::decode(path, bytes.slice(tail_offset..), facts)
}

fn times_of(array: &ArrayRef) -> Option<&[TimestampNs]> {
    array.as_primitive_opt::<TimestampNanosecondType>().map(|array| &**array.values())
}

fn digest_mismatch(bytes: &Bytes, facts: &FileFacts) -> Option<String> {
    if bytes.len() as u64 != facts.file_bytes {
        return Some(format!("it has {} bytes and should have {}", bytes.len(), facts.file_bytes));
    }
    let checksums = data_file::block_checksums(bytes);
    let differs = checksums.iter().zip(&facts.block_checksums).position(|(one, other)| one != other);
    if let Some(block) = differs {
        return Some(format!("a block differs from its checksum offset={}", block as u64 * BLOCK_BYTES));
    }
    let is_whole = crc32c::crc32c(bytes) == facts.crc32c;
    (!is_whole).then(|| "it differs from the checksum in the metastore".to_owned())
}

fn index_mismatch(definitions: &Definitions, listed: &DataFile, contents: &FileContents) -> Option<String> {
    let index = &contents.index;
    if index.table != definitions.table {
        return Some(format!("it belongs to table {}", index.table.0));
    }
    let is_partition = index.partition_start_ns == listed.partition_start_ns
        && index.partition_end_ns == listed.partition_end_ns;
    (!is_partition).then(|| "the metastore describes another partition".to_owned())
}

/// What the metastore says of the file follows from its series index.
fn facts_mismatch(facts: &FileFacts, series: &[IndexedSeries]) -> Option<String> {
    let is_listed = series.iter().map(|entry| entry.time_min_ns).min() == Some(facts.time_min_ns)
        && series.iter().map(|entry| entry.time_max_ns).max() == Some(facts.time_max_ns)
        && series.iter().map(|entry| entry.series).min() == Some(facts.series_min)
        && series.iter().map(|entry| entry.series).max() == Some(facts.series_max)
        && series.first().map(|entry| entry.series) == Some(facts.series_first)
        && series.last().map(|entry| entry.series) == Some(facts.series_last)
        && series.len() == facts.series_count;
    (!is_listed).then(|| "the metastore describes other rows".to_owned())
}

fn index_disorder(definitions: &Definitions, series: &[IndexedSeries]) -> Option<String> {
    let unknown = series.iter().find(|entry| entry.series.0 as usize >= definitions.series_count());
    if let Some(entry) = unknown {
        return Some(format!("it has rows of series {}, which is unknown", entry.series.0));
    }
    if !definitions.is_complete {
        return None;
    }
    let is_out_of_order = |pair: &&[IndexedSeries]| match pair {
        [one, other] => definitions.compare(one.series, other.series) != std::cmp::Ordering::Less,
        _ => false,
    };
    let pair = series.windows(2).find(is_out_of_order)?;
    let ids: Vec<u32> = pair.iter().map(|entry| entry.series.0).collect();
    Some(format!("its series are out of order at series {ids:?}"))
}

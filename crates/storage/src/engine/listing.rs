//! A data file of the magnetic store as the metastore lists it, and back.

use std::path::Path;
use std::sync::Arc;

use model::catalog::TableId;
use model::clock::TimestampNs;
use model::limits;
use model::series::SeriesId;

use crate::error::{Result, StorageError};
use crate::format::{data_file, deleted_rows};
use crate::magnetic::data_file::{FileFacts, MagneticFile};
use crate::magnetic::store::MagneticStore;
use crate::memory::deleted::DeletedRows;
use crate::memory::snapshot::FileEntry;
use crate::metastore::{DataFile, FileKind, ObjectFacts};
use crate::object::ObjectName;

pub(super) fn data_file(table: TableId, partition_start_ns: TimestampNs, entry: &FileEntry) -> DataFile {
    let name = entry.file.name.to_string();
    let deleted_rows = deleted_rows::encode(&entry.deleted);
    DataFile { deleted_rows, ..listed(table, partition_start_ns, name, &entry.file.facts) }
}

/// The entry of a file of which no row is deleted.
pub fn listed(table: TableId, partition_start_ns: TimestampNs, file: String, facts: &FileFacts) -> DataFile {
    DataFile {
        file,
        table,
        kind: FileKind::Data,
        partition_start_ns,
        partition_end_ns: partition_start_ns.saturating_add(limits::PARTITION_NS),
        rows: facts.rows as u64,
        file_bytes: facts.file_bytes,
        time_min_ns: facts.time_min_ns,
        time_max_ns: facts.time_max_ns,
        series_min: facts.series_min.0,
        series_max: facts.series_max.0,
        crc32c: facts.crc32c,
        deleted_rows: Vec::new(),
        object: Some(ObjectFacts {
            tail_offset: facts.tail_offset,
            series_first: facts.series_first.0,
            series_last: facts.series_last.0,
            series_count: facts.series_count as u64,
            version_max: facts.version_max,
            block_checksums: data_file::encode_checksums(&facts.block_checksums),
        }),
    }
}

pub(super) fn file_entry(file: &DataFile, store: &Arc<MagneticStore>) -> Result<FileEntry> {
    let (facts, deleted) = facts_of(file)?;
    let handle = MagneticFile::live(store, ObjectName::new(&file.file), facts);
    Ok(FileEntry { file: Arc::new(handle), deleted })
}

/// What the metastore's entry of a data file says.
pub(crate) fn facts_of(file: &DataFile) -> Result<(FileFacts, DeletedRows)> {
    let malformed = || {
        let reason = "the metastore's entry of a data file is malformed";
        StorageError::corrupt(Path::new(&file.file), 0, 0, reason)
    };
    let object = file.object.as_ref().ok_or_else(malformed)?;
    let count = |number: u64| usize::try_from(number).map_err(|_| malformed());
    let facts = FileFacts {
        rows: count(file.rows)?,
        file_bytes: file.file_bytes,
        tail_offset: object.tail_offset,
        time_min_ns: file.time_min_ns,
        time_max_ns: file.time_max_ns,
        series_min: SeriesId(file.series_min),
        series_max: SeriesId(file.series_max),
        series_first: SeriesId(object.series_first),
        series_last: SeriesId(object.series_last),
        series_count: count(object.series_count)?,
        version_max: object.version_max,
        crc32c: file.crc32c,
        block_checksums: data_file::decode_checksums(&object.block_checksums, file.file_bytes)
            .ok_or_else(malformed)?,
    };
    let deleted = deleted_rows::decode(&file.deleted_rows, facts.rows).ok_or_else(malformed)?;
    Ok((facts, deleted))
}

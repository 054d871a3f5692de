//! Makes data files of a partition's rows: takes rows from runs and older files, in the order of data files, and cuts
//! them into files of bounded size.

pub mod source;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_empty_array, new_null_array};
use arrow::compute::{concat, interleave};
use arrow::error::ArrowError;
use model::catalog::{Table, TableId};
use model::clock::TimestampNs;
use model::limits;
use model::schema::{ColumnId, ColumnRole, TableSchema};
use model::series::SeriesId;
use parquet::errors::ParquetError;

use super::data_file::MagneticFile;
use super::data_file::writer::{DataFileWriter, EncodedFile, FileShape, SortedRows};
use super::order::SeriesOrder;
use super::store::MagneticStore;
use crate::error::{Result, StorageError};
use crate::memory::column::{ColumnCursor, RunColumn};
use crate::memory::series_columns::SeriesColumns;
use source::Source;

/// How large files become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    pub rows_max: usize,
    pub file_bytes_max: usize,
    /// Memory that the rows of a file take when they are rewritten.
    pub decoded_bytes_max: usize,
    /// Rows that go through the encoder at once.
    pub batch_rows: usize,
    /// Rows that are in memory at once.
    pub slice_rows: usize,
    pub slice_bytes: usize,
    /// How much the encoder compresses; 0: not at all.
    pub zstd_level: i32,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            rows_max: limits::DATA_FILE_ROWS_MAX,
            file_bytes_max: limits::DATA_FILE_BYTES_MAX,
            decoded_bytes_max: limits::DATA_FILE_DECODED_BYTES_MAX,
            batch_rows: limits::DATA_FILE_BATCH_ROWS,
            slice_rows: limits::REWRITE_ROWS_MAX,
            slice_bytes: limits::REWRITE_BYTES_MAX,
            zstd_level: limits::DATA_FILE_ZSTD_LEVEL,
        }
    }
}

impl FileLimits {
    /// The limits of numbers of rows for such of which `rows` take `decoded_bytes` of memory.
    pub fn for_rows_of(self, rows: usize, decoded_bytes: usize) -> Self {
        let fitting = |bytes_max: usize| {
            let fitting = rows as u128 * bytes_max as u128 / (decoded_bytes as u128).max(1);
            usize::try_from(fitting).unwrap_or(usize::MAX).max(1)
        };
        Self {
            rows_max: self.rows_max.min(fitting(self.decoded_bytes_max)),
            slice_rows: self.slice_rows.min(fitting(self.slice_bytes)),
            ..self
        }
    }
}

/// The partition whose rows are written.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    pub table: TableId,
    /// Half-open.
    pub partition_start_ns: TimestampNs,
    pub partition_end_ns: TimestampNs,
    pub schema: &'a Arc<TableSchema>,
    pub texts: &'a SeriesColumns,
    pub order: SeriesOrder,
    pub limits: FileLimits,
}

impl<'a> Target<'a> {
    pub fn new(
        table: &Table,
        partition_start_ns: TimestampNs,
        schema: &'a Arc<TableSchema>,
        texts: &'a SeriesColumns,
        limits: FileLimits,
    ) -> Self {
        Self {
            table: table.id,
            partition_start_ns,
            partition_end_ns: partition_start_ns.saturating_add(limits::PARTITION_NS),
            schema,
            texts,
            order: SeriesOrder::new(table, schema),
            limits,
        }
    }
}

/// Writes the live rows of `sources` into new files, each durable before the next, none listed anywhere. Blocks. No
/// identity may be live in two sources.
///
/// # Errors
/// Files written before the error become garbage.
pub fn write_files(
    store: &Arc<MagneticStore>,
    target: &Target<'_>,
    sources: &[Source],
) -> Result<Vec<Arc<MagneticFile>>> {
    let mut files = Vec::new();
    encode_files(target, sources, &mut |encoded| {
        let name = store.objects.new_name(&format!("table-{}", target.table.0));
        let (objects, object, bytes) = (store.objects.clone(), name.clone(), encoded.bytes);
        // The handle comes first: if the outcome of the put is unknown, the object is garbage.
        let file = Arc::new(MagneticFile::draft(store, name, encoded.facts));
        store.bridge.wait(async move { objects.put_new(&object, bytes).await })?;
        files.push(file);
        Ok(())
    })?;
    Ok(files)
}

/// Encodes the live rows of `sources` into files and hands over one after the other.
pub fn encode_files(
    target: &Target<'_>,
    sources: &[Source],
    take: &mut dyn FnMut(EncodedFile) -> Result<()>,
) -> Result<()> {
    let shape = shape(target, sources).map_err(unexpected)?;
    let mut rows = SortedReader::new(target, sources);
    let mut writer: Option<DataFileWriter> = None;
    while let Some(batch) = rows.next_batch().map_err(unexpected)? {
        let open = match &mut writer {
            Some(open) => open,
            None => writer.insert(DataFileWriter::new(shape.clone()).map_err(malformed)?),
        };
        open.push(&batch, target.texts).map_err(malformed)?;
        let is_full = open.rows() + target.limits.batch_rows > target.limits.rows_max
            || open.file_bytes() >= target.limits.file_bytes_max;
        if is_full && let Some(full) = writer.take() {
            full.finish().map_err(malformed)?.map_or(Ok(()), &mut *take)?;
        }
    }
    let last = writer.map(DataFileWriter::finish).transpose().map_err(malformed)?;
    last.flatten().map_or(Ok(()), take)
}

/// A failure of the encoder is a defect: its input was checked.
fn malformed(error: ParquetError) -> StorageError {
    StorageError::Background { reason: format!("encoding a data file failed: {error}").into() }
}

/// Sets of series that follow each other in the order of data files, each with about `rows_max` rows.
pub fn slices(
    target: &Target<'_>,
    counts: HashMap<SeriesId, usize>,
    rows_max: usize,
) -> Vec<HashSet<SeriesId>> {
    let mut series: Vec<(SeriesId, usize)> = counts.into_iter().collect();
    series.sort_by(|one, other| target.order.compare(target.texts, one.0, other.0));
    let mut slices: Vec<HashSet<SeriesId>> = Vec::new();
    let mut room = 0;
    for (id, rows) in series {
        if rows > room {
            slices.push(HashSet::new());
            room = rows_max.max(rows);
        }
        room -= rows;
        if let Some(slice) = slices.last_mut() {
            slice.insert(id);
        }
    }
    slices
}

pub(crate) fn unexpected(error: ArrowError) -> StorageError {
    StorageError::Background { reason: format!("merging rows failed: {error}").into() }
}

fn shape(target: &Target<'_>, sources: &[Source]) -> Result<FileShape, ArrowError> {
    let mut samples: BTreeMap<ColumnId, Vec<ArrayRef>> = BTreeMap::new();
    for source in sources {
        for (id, column) in source.columns() {
            if column.value_count() > 0 {
                samples.entry(*id).or_default().extend(sample(column.values()));
            }
        }
    }
    let mut measures = BTreeMap::new();
    for (column, pieces) in samples {
        let borrowed: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
        let joined = concat(&borrowed)?;
        let rows = joined.len().min(SAMPLE_ROWS);
        measures.insert(column, joined.slice(0, rows));
    }
    let series: Vec<SeriesId> = sources.iter().flat_map(|source| source.series()).collect();
    let is_present = |column: &ColumnId| series.iter().any(|id| target.texts.has(*column, *id));
    let dimensions = target.schema.columns().iter().filter(|column| column.role == ColumnRole::Dimension);
    Ok(FileShape {
        table: target.table,
        partition_start_ns: target.partition_start_ns,
        partition_end_ns: target.partition_end_ns,
        schema: Arc::clone(target.schema),
        order: target.order.clone(),
        rows: sources.iter().map(Source::live_row_count).sum(),
        dimensions: dimensions.map(|column| column.id).filter(is_present).collect(),
        measures,
        zstd_level: target.limits.zstd_level,
    })
}

/// Elements that go through the encoder at once: a row has one of every column.
const BATCH_CELLS_MAX: usize = 16 * 1_024 * 1_024;
const SAMPLE_ROWS: usize = 32 * 1_024;

/// Some pieces of an array, from its whole length.
fn sample(array: &ArrayRef) -> Vec<ArrayRef> {
    const PIECES: usize = 8;
    const PIECE_ROWS: usize = SAMPLE_ROWS / PIECES;
    if array.len() <= SAMPLE_ROWS {
        return vec![Arc::clone(array)];
    }
    let start_of = |piece: usize| (array.len() - PIECE_ROWS) / (PIECES - 1) * piece;
    (0..PIECES).map(|piece| array.slice(start_of(piece), PIECE_ROWS)).collect()
}

/// Reads the live rows of all sources in the order of data files.
struct SortedReader<'a> {
    sources: &'a [Source],
    batch_rows: usize,
    /// Series that are still to come, the next one last.
    series: Vec<SeriesId>,
    columns: Vec<ColumnId>,
    /// Rows taken but not handed out: source and row.
    taken: Vec<(usize, usize)>,
    pieces: Vec<(SeriesId, usize)>,
    /// What is left of the series that did not fit.
    pending: Option<(SeriesId, Vec<(usize, usize)>)>,
}

impl<'a> SortedReader<'a> {
    fn new(target: &Target<'_>, sources: &'a [Source]) -> Self {
        let mut series: Vec<SeriesId> = sources.iter().flat_map(Source::series).collect();
        series.sort_unstable();
        series.dedup();
        series.sort_by(|one, other| target.order.compare(target.texts, *other, *one));
        let mut columns: Vec<ColumnId> =
            sources.iter().flat_map(|source| source.columns().iter().map(|(column, _)| *column)).collect();
        columns.sort_unstable();
        columns.dedup();
        Self {
            sources,
            batch_rows: target.limits.batch_rows.min(BATCH_CELLS_MAX / columns.len().max(1)).max(1),
            series,
            columns,
            taken: Vec::new(),
            pieces: Vec::new(),
            pending: None,
        }
    }

    fn next_batch(&mut self) -> Result<Option<SortedRows>, ArrowError> {
        while self.taken.len() < self.batch_rows {
            let (series, mut rows) = match self.pending.take() {
                Some(pending) => pending,
                None => match self.series.pop() {
                    Some(series) => (series, merged_rows(self.sources, series)),
                    None => break,
                },
            };
            let room = self.batch_rows - self.taken.len();
            if rows.len() > room {
                let rest = rows.split_off(room);
                self.pending = Some((series, rest));
            }
            if !rows.is_empty() {
                self.pieces.push((series, rows.len()));
                self.taken.append(&mut rows);
            }
        }
        if self.taken.is_empty() { Ok(None) } else { self.hand_out().map(Some) }
    }

    fn hand_out(&mut self) -> Result<SortedRows, ArrowError> {
        let taken = std::mem::take(&mut self.taken);
        let source = |place: &(usize, usize)| self.sources.get(place.0);
        let times = taken.iter().map(|place| source(place).map_or(0, |source| source.time_ns(place.1)));
        let versions = taken.iter().map(|place| source(place).map_or(0, |source| source.version(place.1)));
        let (times, versions): (Vec<i64>, Vec<i64>) = (times.collect(), versions.collect());
        let mut columns = HashMap::new();
        for id in &self.columns {
            columns.extend(column_of(self.sources, *id, &taken)?.map(|array| (*id, array)));
        }
        Ok(SortedRows {
            pieces: std::mem::take(&mut self.pieces),
            times_ns: times.into(),
            versions: versions.into(),
            columns,
        })
    }
}

/// A column of some rows; `None` when none of them has a value.
fn column_of(
    sources: &[Source],
    id: ColumnId,
    taken: &[(usize, usize)],
) -> Result<Option<ArrayRef>, ArrowError> {
    let columns: Vec<Option<&RunColumn>> = sources.iter().map(|source| source.column(id)).collect();
    let Some(data_type) = columns.iter().flatten().next().map(|column| column.data_type()) else {
        return Ok(None);
    };
    // What stands for a row without a value, behind the sources' arrays.
    let nothing = new_null_array(data_type, 1);
    let empty = new_empty_array(data_type);
    let arrays =
        columns.iter().map(|column| column.map_or(empty.as_ref(), |column| column.values().as_ref()));
    let arrays: Vec<&dyn Array> = arrays.chain([nothing.as_ref()]).collect();
    let mut cursors: Vec<Option<ColumnCursor<'_>>> =
        columns.iter().map(|column| column.map(ColumnCursor::new)).collect();
    let mut has_value = false;
    let places: Vec<(usize, usize)> = taken
        .iter()
        .map(|(source, row)| {
            let cursor = cursors.get_mut(*source).and_then(Option::as_mut);
            let position = cursor.and_then(|cursor| cursor.position(*row));
            has_value |= position.is_some();
            position.map_or((sources.len(), 0), |position| (*source, position))
        })
        .collect();
    has_value.then(|| interleave(&arrays, &places)).transpose()
}

/// The live rows of a series in all sources, by time.
fn merged_rows(sources: &[Source], series: SeriesId) -> Vec<(usize, usize)> {
    let mut rows: Vec<(usize, usize)> = Vec::new();
    let mut is_sorted = true;
    for (number, source) in sources.iter().enumerate() {
        let time_of = |place: &(usize, usize)| sources.get(place.0).map(|source| source.time_ns(place.1));
        let before = rows.last().and_then(time_of);
        let first = rows.len();
        rows.extend(source.live_rows(series).map(|row| (number, row)));
        is_sorted &= rows.get(first).is_none_or(|place| before < time_of(place));
    }
    if !is_sorted {
        rows.sort_by_key(|place| sources.get(place.0).map(|source| source.time_ns(place.1)));
    }
    rows
}

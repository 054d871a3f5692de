//! Columns of numbers behind a sorted dictionary whose indices take whole bytes.
//!
//! Parquet packs indices into as few bits as the number of entries needs. A compressor works on bytes: indices of one or
//! two bytes in the order of their values repeat where the values do, so they take less space behind it, and decode
//! faster than whole values (`docs/adr/0009`). The pages are made by Parquet's own column writer, which keeps statistics and page index;
//! between it and the file the dictionary is sorted, the indices are widened, and the pages are compressed.

mod indices;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float64Type, Int64Type, TimeUnit, TimestampNanosecondType,
};
use bytes::Bytes;
use model::limits;
use parquet::basic::{Compression, Encoding, Type};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::encoding::{WRITE_BATCH_ROWS, compression, packed_zstd_level};

/// Entries that fit the widest index. The column writer looks at the size after each of its small batches.
pub const DICTIONARY_ENTRIES_MAX: usize = u16::MAX as usize - WRITE_BATCH_ROWS;
const ENTRY_BYTES: usize = 8;

type Sink = Arc<Mutex<TrackedWrite<Vec<u8>>>>;

/// The writer of one column chunk.
pub struct PackedColumn {
    writer: ColumnWriter<'static>,
    sink: Sink,
    compression: Compression,
    is_nullable: bool,
    levels: Vec<i16>,
    rows: usize,
}

/// A whole column chunk.
pub struct PackedChunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl PackedColumn {
    /// `fallback` is for the rows behind the first that does not fit the dictionary.
    pub fn new(descriptor: ColumnDescPtr, fallback: Encoding, zstd_level: i32) -> Self {
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(true)
            .set_dictionary_page_size_limit(DICTIONARY_ENTRIES_MAX * ENTRY_BYTES)
            .set_encoding(fallback)
            .set_data_page_row_count_limit(limits::DATA_FILE_PAGE_ROWS)
            .set_data_page_size_limit(limits::DATA_FILE_PAGE_BYTES)
            .set_write_batch_size(WRITE_BATCH_ROWS)
            .set_statistics_enabled(EnabledStatistics::Page)
            .build();
        let sink: Sink = Arc::new(Mutex::new(TrackedWrite::new(Vec::new())));
        let is_nullable = descriptor.max_def_level() > 0;
        let pages = PackedPages {
            sink: Arc::clone(&sink),
            is_nullable,
            is_double: descriptor.physical_type() == Type::DOUBLE,
            zstd_level,
            ranks: Vec::new(),
        };
        let writer = get_column_writer(descriptor, Arc::new(properties), Box::new(pages));
        Self { writer, sink, compression: compression(zstd_level), is_nullable, levels: Vec::new(), rows: 0 }
    }

    pub fn write(&mut self, array: &ArrayRef) -> Result<()> {
        self.rows += array.len();
        self.levels.clear();
        if self.is_nullable {
            self.levels.extend((0..array.len()).map(|row| i16::from(array.is_valid(row))));
        }
        let levels = self.is_nullable.then_some(self.levels.as_slice());
        let mismatch = || ParquetError::General("a packed column got values of another type".to_owned());
        match (&mut self.writer, array.data_type()) {
            (ColumnWriter::DoubleColumnWriter(writer), DataType::Float64) => {
                let array = array.as_primitive_opt::<Float64Type>().ok_or_else(mismatch)?;
                writer.write_batch(&valid_values(array), levels, None)?;
            }
            (ColumnWriter::Int64ColumnWriter(writer), DataType::Int64) => {
                let array = array.as_primitive_opt::<Int64Type>().ok_or_else(mismatch)?;
                writer.write_batch(&valid_values(array), levels, None)?;
            }
            (ColumnWriter::Int64ColumnWriter(writer), DataType::Timestamp(_, _)) => {
                let array = array.as_primitive_opt::<TimestampNanosecondType>().ok_or_else(mismatch)?;
                writer.write_batch(&valid_values(array), levels, None)?;
            }
            _ => return Err(mismatch()),
        }
        Ok(())
    }

    /// About the bytes of the chunk so far, one per row: pages wait for the dictionary, which comes first.
    pub fn estimated_bytes(&self) -> usize {
        self.rows
    }

    pub fn finish(self) -> Result<PackedChunk> {
        let mut close = self.writer.close()?;
        let metadata = close.metadata.into_builder().set_compression(self.compression);
        close.metadata = metadata.build()?;
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let written = std::mem::replace(&mut *sink, TrackedWrite::new(Vec::new()));
        Ok(PackedChunk { bytes: Bytes::from(written.into_inner()?), close })
    }
}

impl PackedChunk {
    pub fn append_to(self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<()> {
        group.append_column(&self.bytes, self.close)
    }
}

/// Numbers of different values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entries {
    pub of_sample: f64,
    pub of_column: f64,
}

/// How many entries the dictionary of a column has, judged by a `share` of the column: the number of different values
/// grows with a power of the number of values, and the two halves of the sample tell which (Heaps' law).
pub fn estimated_entries(sample: &ArrayRef, share: f64) -> Entries {
    let half = sample.len() / 2;
    let of_half =
        (distinct(&sample.slice(0, half)) + distinct(&sample.slice(half, sample.len() - half))) / 2.0;
    let of_sample = distinct(sample);
    let exponent = if of_half > 0.0 { (of_sample / of_half).log2().clamp(0.0, 1.0) } else { 1.0 };
    let growth = if share > 0.0 { (1.0 / share).powf(exponent) } else { 1.0 };
    Entries { of_sample, of_column: of_sample * growth }
}

fn distinct(array: &ArrayRef) -> f64 {
    let bits: HashSet<u64> = match array.data_type() {
        DataType::Float64 => array.as_primitive::<Float64Type>().iter().flatten().map(f64::to_bits).collect(),
        DataType::Int64 => array.as_primitive::<Int64Type>().iter().flatten().map(|v| v as u64).collect(),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            array.as_primitive::<TimestampNanosecondType>().iter().flatten().map(|v| v as u64).collect()
        }
        _ => HashSet::new(),
    };
    bits.len() as f64
}

fn valid_values<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> std::borrow::Cow<'_, [T::Native]> {
    if array.null_count() == 0 {
        return std::borrow::Cow::Borrowed(array.values());
    }
    std::borrow::Cow::Owned(array.iter().flatten().collect())
}

/// Takes the pages of a column writer that does not compress.
struct PackedPages {
    sink: Sink,
    is_nullable: bool,
    is_double: bool,
    zstd_level: i32,
    /// For each entry, by order of first appearance, its place in the sorted dictionary.
    ranks: Vec<u16>,
}

impl PackedPages {
    fn packed(&mut self, page: &Page) -> Result<CompressedPage> {
        match page {
            Page::DictionaryPage { buf, num_values, encoding, .. } => {
                let (sorted, ranks) = indices::sort_entries(buf, self.is_double)
                    .ok_or_else(|| malformed("a dictionary has other than 8 bytes per entry"))?;
                self.ranks = ranks;
                let compressed = compress(&sorted, self.zstd_level)?;
                let page = Page::DictionaryPage {
                    buf: compressed,
                    num_values: *num_values,
                    encoding: *encoding,
                    is_sorted: false,
                };
                Ok(CompressedPage::new(page, sorted.len()))
            }
            Page::DataPage { buf, encoding, .. } => {
                let is_packed = matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
                if is_packed {
                    let bytes = indices::widen(buf, self.is_nullable, &self.ranks)
                        .ok_or_else(|| malformed("indices are malformed"))?;
                    let compressed = compress(&bytes, packed_zstd_level(self.zstd_level))?;
                    return Ok(CompressedPage::new(with_buffer(page, compressed), bytes.len()));
                }
                let compressed = compress(buf, self.zstd_level)?;
                Ok(CompressedPage::new(with_buffer(page, compressed), buf.len()))
            }
            Page::DataPageV2 { .. } => Err(malformed("a data page of version 2")),
        }
    }
}

impl PageWriter for PackedPages {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        let packed = self.packed(page.compressed_page())?;
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        SerializedPageWriter::new(&mut sink).write_page(packed)
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

fn with_buffer(page: &Page, buffer: Bytes) -> Page {
    let mut page = page.clone();
    if let Page::DataPage { buf, .. } = &mut page {
        *buf = buffer;
    }
    page
}

fn compress(bytes: &[u8], level: i32) -> Result<Bytes> {
    if level == 0 {
        return Ok(Bytes::copy_from_slice(bytes));
    }
    zstd::bulk::compress(bytes, level)
        .map(Bytes::from)
        .map_err(|error| ParquetError::General(format!("compressing a page failed: {error}")))
}

fn malformed(what: &str) -> ParquetError {
    ParquetError::General(format!("the column writer made something unexpected: {what}"))
}

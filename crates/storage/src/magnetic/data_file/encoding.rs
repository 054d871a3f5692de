//! How a column of a file is encoded: each candidate is tried on a sample of the file's rows and the smallest one is
//! taken (`docs/adr/0009` says what was measured).

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use model::limits;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::Result;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::group::GroupWriter;
use super::packed;

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnEncoding {
    /// As Parquet's writer does it. With a dictionary the encoding is for what does not fit into that.
    Parquet { has_dictionary: bool, encoding: Encoding },
    /// A sorted dictionary with indices of whole bytes; `fallback` is for what does not fit into it.
    Packed { fallback: Encoding },
}

impl ColumnEncoding {
    const fn plain(encoding: Encoding) -> Self {
        Self::Parquet { has_dictionary: false, encoding }
    }

    const fn dictionary(encoding: Encoding) -> Self {
        Self::Parquet { has_dictionary: true, encoding }
    }

    const fn packed(fallback: Encoding) -> Self {
        Self::Packed { fallback }
    }
}

/// Dimensions and measure names: long repetitions in sorted rows, shared beginnings where there are too many.
pub const TEXT_OF_SERIES: ColumnEncoding = ColumnEncoding::dictionary(Encoding::DELTA_BYTE_ARRAY);
pub const TIME: ColumnEncoding = ColumnEncoding::plain(Encoding::DELTA_BINARY_PACKED);

/// What is tried for a type, the fastest to read first: another one must be smaller by more than a few percent.
pub fn candidates(data_type: &DataType) -> &'static [ColumnEncoding] {
    const DOUBLES: [ColumnEncoding; 3] = [
        ColumnEncoding::packed(Encoding::BYTE_STREAM_SPLIT),
        ColumnEncoding::plain(Encoding::BYTE_STREAM_SPLIT),
        ColumnEncoding::plain(Encoding::PLAIN),
    ];
    const INTEGERS: [ColumnEncoding; 3] = [
        ColumnEncoding::packed(Encoding::DELTA_BINARY_PACKED),
        ColumnEncoding::plain(Encoding::DELTA_BINARY_PACKED),
        ColumnEncoding::plain(Encoding::PLAIN),
    ];
    const TEXTS: [ColumnEncoding; 2] = [
        ColumnEncoding::dictionary(Encoding::PLAIN),
        ColumnEncoding::plain(Encoding::DELTA_LENGTH_BYTE_ARRAY),
    ];
    const BOOLEANS: [ColumnEncoding; 1] = [ColumnEncoding::plain(Encoding::PLAIN)];
    match data_type {
        DataType::Float64 => &DOUBLES,
        DataType::Int64 | DataType::Timestamp(_, _) => &INTEGERS,
        DataType::Utf8View | DataType::Utf8 => &TEXTS,
        _ => &BOOLEANS,
    }
}

/// The compression of every column; level 0 is none.
pub fn compression(zstd_level: i32) -> Compression {
    match zstd_level {
        0 => Compression::UNCOMPRESSED,
        _ => Compression::ZSTD(ZstdLevel::try_new(zstd_level).unwrap_or_default()),
    }
}

/// The level for dictionary indices of whole bytes, where files have `zstd_level`: they are few and worth more effort.
pub fn packed_zstd_level(zstd_level: i32) -> i32 {
    if zstd_level < limits::DATA_FILE_ZSTD_LEVEL { zstd_level } else { limits::DATA_FILE_PACKED_ZSTD_LEVEL }
}

/// The encoding for a column, by a sample of its values.
pub fn choose(sample: &ArrayRef, column_rows: usize, zstd_level: i32) -> Result<ColumnEncoding> {
    const GAIN_MIN_PERCENT: usize = 4;
    /// Fewer tell nothing and take next to no space.
    const SAMPLE_ROWS_MIN: usize = 512;
    let candidates = candidates(sample.data_type());
    if let Some(first) = candidates.first()
        && (candidates.len() == 1 || sample.len() < SAMPLE_ROWS_MIN)
    {
        return Ok(*first);
    }
    let mut best: Option<(ColumnEncoding, usize)> = None;
    let column_rows = column_rows.min(limits::DATA_FILE_GROUP_ROWS);
    for candidate in candidates {
        let Some(bytes) = encoded_bytes(sample, *candidate, column_rows, zstd_level)? else { continue };
        let is_better =
            best.is_none_or(|(_, best_bytes)| bytes * 100 < best_bytes * (100 - GAIN_MIN_PERCENT));
        if is_better {
            best = Some((*candidate, bytes));
        }
    }
    Ok(best.map_or(ColumnEncoding::plain(Encoding::PLAIN), |(encoding, _)| encoding))
}

/// What a sample would take as a part of a column of `column_rows`; `None` when the column does not fit the encoding.
pub fn encoded_bytes(
    sample: &ArrayRef,
    encoding: ColumnEncoding,
    column_rows: usize,
    zstd_level: i32,
) -> Result<Option<usize>> {
    let file = Bytes::from(encode_alone(sample, encoding, zstd_level)?);
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&file)?;
    let chunks = || metadata.row_groups().iter().filter_map(|group| group.columns().first());
    let bytes: i64 = chunks().map(ColumnChunkMetaData::compressed_size).sum();
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let ColumnEncoding::Packed { .. } = encoding else { return Ok(Some(bytes)) };
    let dictionary = |chunk: &ColumnChunkMetaData| {
        let start = chunk.dictionary_page_offset()?;
        usize::try_from(chunk.data_page_offset() - start).ok()
    };
    let dictionary_bytes: usize = chunks().filter_map(dictionary).sum();
    let share = sample.len() as f64 / column_rows.max(sample.len()).max(1) as f64;
    let entries = packed::estimated_entries(sample, share);
    let is_fit = entries.of_column <= packed::DICTIONARY_ENTRIES_MAX as f64;
    let dictionary_share = entries.of_column / entries.of_sample.max(1.0) * share;
    let of_dictionary = dictionary_bytes as f64 * dictionary_share;
    Ok(is_fit.then_some(bytes - dictionary_bytes + of_dictionary as usize))
}

/// A file with one column.
pub fn encode_alone(column: &ArrayRef, encoding: ColumnEncoding, zstd_level: i32) -> Result<Vec<u8>> {
    let schema = Arc::new(Schema::new(vec![Field::new("column", column.data_type().clone(), true)]));
    let properties =
        with_encoding(writer_properties(zstd_level), ColumnPath::from("column"), encoding).build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let arrow = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(&schema), options)?;
    let (mut file, factory) = arrow.into_serialized_writer()?;
    let mut group = GroupWriter::new(&file, &factory, &[encoding], zstd_level)?;
    group.write(&schema, std::slice::from_ref(column), column.len())?;
    group.finish(&mut file)?;
    file.into_inner()
}

/// What all columns of a file have in common.
pub fn writer_properties(zstd_level: i32) -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(compression(zstd_level))
        .set_max_row_group_row_count(Some(limits::DATA_FILE_GROUP_ROWS))
        .set_data_page_row_count_limit(limits::DATA_FILE_PAGE_ROWS)
        .set_data_page_size_limit(limits::DATA_FILE_PAGE_BYTES)
        .set_write_batch_size(WRITE_BATCH_ROWS)
        .set_statistics_enabled(EnabledStatistics::Page)
}

/// Sets the encoding of one column; packed ones have a writer of their own.
pub fn with_encoding(
    properties: WriterPropertiesBuilder,
    path: ColumnPath,
    encoding: ColumnEncoding,
) -> WriterPropertiesBuilder {
    match encoding {
        ColumnEncoding::Parquet { has_dictionary, encoding } => properties
            .set_column_dictionary_enabled(path.clone(), has_dictionary)
            .set_column_encoding(path, encoding),
        ColumnEncoding::Packed { .. } => properties,
    }
}

/// How often the writer looks whether a page is full.
pub const WRITE_BATCH_ROWS: usize = 1_024;

//! How a column of a file is encoded: each candidate is tried on a sample of the file's rows and the smallest one is
//! taken (`docs/adr` says what was measured).

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use model::limits;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

/// An encoding, behind a dictionary or not. With a dictionary it is for what does not fit into that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnEncoding {
    pub has_dictionary: bool,
    pub encoding: Encoding,
}

impl ColumnEncoding {
    const fn plain(encoding: Encoding) -> Self {
        Self { has_dictionary: false, encoding }
    }

    const fn dictionary(encoding: Encoding) -> Self {
        Self { has_dictionary: true, encoding }
    }
}

/// Dimensions and measure names: long repetitions in sorted rows, shared beginnings where there are too many.
pub const TEXT_OF_SERIES: ColumnEncoding = ColumnEncoding::dictionary(Encoding::DELTA_BYTE_ARRAY);
pub const TIME: ColumnEncoding = ColumnEncoding::plain(Encoding::DELTA_BINARY_PACKED);

/// What is tried for a type, the fastest to read first: another one must be smaller by more than a few percent.
pub fn candidates(data_type: &DataType) -> &'static [ColumnEncoding] {
    const DOUBLES: [ColumnEncoding; 3] = [
        ColumnEncoding::plain(Encoding::PLAIN),
        ColumnEncoding::dictionary(Encoding::PLAIN),
        ColumnEncoding::plain(Encoding::BYTE_STREAM_SPLIT),
    ];
    const INTEGERS: [ColumnEncoding; 3] = [
        ColumnEncoding::plain(Encoding::PLAIN),
        ColumnEncoding::dictionary(Encoding::PLAIN),
        ColumnEncoding::plain(Encoding::DELTA_BINARY_PACKED),
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

/// The encoding for a column, by a sample of its values.
pub fn choose(sample: &ArrayRef, zstd_level: i32) -> Result<ColumnEncoding> {
    const GAIN_MIN_PERCENT: usize = 4;
    let mut best: Option<(ColumnEncoding, usize)> = None;
    let candidates = candidates(sample.data_type());
    for candidate in candidates {
        let bytes = if candidates.len() == 1 { 0 } else { encoded_bytes(sample, *candidate, zstd_level)? };
        let is_better =
            best.is_none_or(|(_, best_bytes)| bytes * 100 < best_bytes * (100 - GAIN_MIN_PERCENT));
        if is_better {
            best = Some((*candidate, bytes));
        }
    }
    Ok(best.map_or(ColumnEncoding::plain(Encoding::PLAIN), |(encoding, _)| encoding))
}

/// The size of a column alone in a file, without what belongs to the file.
pub fn encoded_bytes(column: &ArrayRef, encoding: ColumnEncoding, zstd_level: i32) -> Result<usize> {
    let properties = WriterProperties::builder()
        .set_compression(compression(zstd_level))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_data_page_row_count_limit(limits::DATA_FILE_PAGE_ROWS)
        .set_write_batch_size(WRITE_BATCH_ROWS)
        .set_dictionary_enabled(encoding.has_dictionary)
        .set_encoding(encoding.encoding)
        .build();
    let schema = Arc::new(Schema::new(vec![Field::new("column", column.data_type().clone(), true)]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::clone(column)])?;
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    let metadata = writer.finish()?;
    let bytes: i64 = metadata.row_groups().iter().map(|group| group.compressed_size()).sum();
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// How often the writer looks whether a page is full.
pub const WRITE_BATCH_ROWS: usize = 1_024;

//! Encodings of a column of doubles beside each other: bytes per value, and values read and written per second of CPU.
//! The rows are those of some series, one after the other, as in a data file.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use bytes::Bytes;
use clap::Args;
use model::limits;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Encoding;
use storage::magnetic::data_file::encoding::{ColumnEncoding, choose, encode_alone};

use crate::cpu::thread_seconds;
use crate::store::text;
use crate::tsbs::{INSTANTS_PER_DAY, Values, Walk};

#[derive(Debug, Args)]
pub struct Settings {
    /// Days of one series each.
    #[arg(long, default_value_t = 120)]
    series: usize,
}

pub fn run(settings: &Settings) -> Result<(), String> {
    let candidates = [
        ("PLAIN", ColumnEncoding::Parquet { has_dictionary: false, encoding: Encoding::PLAIN }),
        ("dictionary", ColumnEncoding::Parquet { has_dictionary: true, encoding: Encoding::PLAIN }),
        (
            "BYTE_STREAM_SPLIT",
            ColumnEncoding::Parquet { has_dictionary: false, encoding: Encoding::BYTE_STREAM_SPLIT },
        ),
        ("packed dictionary", ColumnEncoding::Packed { fallback: Encoding::BYTE_STREAM_SPLIT }),
    ];
    println!(
        "{:<12} {:<18} {:>12} {:>16} {:>16}",
        "values", "encoding", "bytes/value", "M written/CPU s", "M read/CPU s"
    );
    for kind in [Values::Tsbs, Values::OneDecimal, Values::TwoDecimals, Values::Counter, Values::Random] {
        let column = column(kind, settings.series);
        let sample = column.slice(0, column.len().min(32 * 1_024));
        let chosen = choose(&sample, column.len(), limits::DATA_FILE_ZSTD_LEVEL).map_err(text)?;
        for (name, encoding) in candidates {
            let start = thread_seconds()?;
            let file =
                Bytes::from(encode_alone(&column, encoding, limits::DATA_FILE_ZSTD_LEVEL).map_err(text)?);
            let write_seconds = thread_seconds()? - start;
            let read_seconds = read_seconds(&file, column.len())?;
            let millions = column.len() as f64 / 1e6;
            println!(
                "{:<12} {name:<18} {:>12.3} {:>16.1} {:>16.1}{}",
                format!("{kind:?}"),
                file.len() as f64 / column.len() as f64,
                millions / write_seconds,
                millions / read_seconds,
                if encoding == chosen { "  chosen" } else { "" },
            );
        }
    }
    Ok(())
}

fn column(kind: Values, series: usize) -> ArrayRef {
    let mut values = Vec::with_capacity(series * INSTANTS_PER_DAY);
    for number in 0..series {
        let mut walk = Walk::new(kind, number as u64 + 1);
        values.extend((0..INSTANTS_PER_DAY).map(|_| walk.next_value()));
    }
    Arc::new(Float64Array::from(values))
}

/// The time to read a file into Arrow, from many times: the system counts CPU time in steps.
fn read_seconds(file: &Bytes, rows: usize) -> Result<f64, String> {
    let start = thread_seconds()?;
    for times in 1_u32.. {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file.clone()).map_err(text)?;
        let mut read = 0;
        for batch in reader.with_batch_size(8_192).build().map_err(text)? {
            read += std::hint::black_box(batch.map_err(text)?).num_rows();
        }
        if read != rows {
            return Err(format!("{read} of {rows} rows were read"));
        }
        let seconds = thread_seconds()? - start;
        if seconds > 0.3 {
            return Ok(seconds / f64::from(times));
        }
    }
    Err("no time passes".to_owned())
}

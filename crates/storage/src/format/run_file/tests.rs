use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray, TimestampNanosecondArray,
};
use model::catalog::TableId;
use model::error::ErrorKind;
use model::schema::ColumnId;
use model::series::SeriesId;

use super::*;
use crate::memory::column::RunColumn;
use crate::memory::run_data::{Counted, Segment, Versions};

const FIRST: &[u8] = include_bytes!("../../../tests/golden/run_file/v1/typical.bin");
const TYPICAL: &[u8] = include_bytes!("../../../tests/golden/run_file/v2/typical.bin");

fn header() -> RunFileHeader {
    RunFileHeader { table: TableId(3), partition_start_ns: -7, partition_end_ns: 1 << 60 }
}

fn typical() -> RunData {
    let arrays: Vec<(ColumnId, ArrayRef)> = vec![
        (ColumnId(2), Arc::new(Float64Array::from(vec![Some(1.5), None, Some(-0.25)]))),
        (
            ColumnId(3),
            Arc::new(StringViewArray::from(vec![None, Some("short"), Some("longer than twelve bytes")])),
        ),
        (ColumnId(5), Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        (ColumnId(6), Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(1)]))),
        (ColumnId(900), Arc::new(TimestampNanosecondArray::from(vec![None, None, Some(5)]))),
    ];
    let segment = |series, end| Segment { series: SeriesId(series), end };
    RunData {
        segments: vec![segment(1, 2), segment(u32::MAX - 1, 3)],
        times_ns: vec![10, 20, 5].into(),
        versions: Versions::Each(vec![1, i64::MAX, 2].into()),
        columns: arrays.into_iter().map(|(id, array)| (id, RunColumn::Dense(array))).collect(),
        counted: Counted::default(),
    }
}

/// As version 2 has it: one of the columns has few values.
fn with_sparse() -> RunData {
    let mut data = typical();
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["longer than twelve bytes"]));
    data.columns.push((ColumnId(901), RunColumn::of_values(3, vec![1], texts).unwrap()));
    let sparse = data.columns.remove(4).1;
    data.columns.insert(4, (ColumnId(900), RunColumn::of_array(Arc::clone(sparse.values())).unwrap()));
    data
}

#[test]
fn golden_bytes_stay_readable() {
    for (bytes, expected) in [(FIRST, typical()), (TYPICAL, with_sparse())] {
        let decoded = decode(Path::new("x"), bytes.to_vec(), Some(crc32c::crc32c(bytes))).unwrap();
        assert_eq!(decoded, (header(), expected));
    }
    assert_eq!(v2::encode(header(), &with_sparse()).unwrap(), TYPICAL);
}

#[test]
fn runs_round_trip() {
    let one_version = RunData { versions: Versions::All(1 << 40), ..typical() };
    let no_columns = RunData { columns: Vec::new(), ..typical() };
    for data in [typical(), with_sparse(), one_version, no_columns] {
        let bytes = v2::encode(header(), &data).unwrap();
        let decoded = decode(Path::new("x"), bytes, None).unwrap();
        assert_eq!(decoded, (header(), data));
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    for bytes in [FIRST, TYPICAL] {
        // The last bytes are padding that the metastore's checksum covers.
        let crc32c = Some(crc32c::crc32c(bytes));
        for position in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[position] ^= 1;
            let outcome = decode(Path::new("x"), damaged, crc32c);
            // A flipped version is one that does not exist.
            let is_refused = outcome.is_err_and(|error| error.kind() == ErrorKind::Corrupt || position == 8);
            assert!(is_refused, "{position}");
        }
        for length in 0..bytes.len() {
            assert!(decode(Path::new("x"), bytes[..length].to_vec(), None).is_err(), "cut at {length}");
        }
    }
}

#[test]
fn a_newer_version_is_told_apart() {
    let mut newer = TYPICAL.to_vec();
    newer[8] = 3;
    let error = decode(Path::new("x"), newer, None).unwrap_err();
    assert!(matches!(error, StorageError::NewerVersion { found: 3, supported: 2, .. }), "{error}");
}

/// Bytes with right checksums and wrong contents, as a defect would write them.
#[test]
fn contradictions_are_refused() {
    let segment = |series, end| Segment { series: SeriesId(series), end };
    let wrong: [RunData; 3] = [
        RunData { segments: vec![segment(1, 2)], ..typical() },
        RunData { segments: vec![segment(5, 2), segment(4, 3)], ..typical() },
        RunData { segments: vec![segment(5, 0), segment(6, 3)], ..typical() },
    ];
    let twice = RunData { columns: [typical().columns, with_sparse().columns].concat(), ..typical() };
    let wrong = wrong.into_iter().chain([twice]);
    for data in wrong {
        let bytes = v2::encode(header(), &data).unwrap();
        assert!(decode(Path::new("x"), bytes, None).is_err(), "{data:?}");
    }
}

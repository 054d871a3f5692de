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
use crate::memory::run_data::{Segment, Versions};

const TYPICAL: &[u8] = include_bytes!("../../../tests/golden/run_file/v1/typical.bin");

fn header() -> RunFileHeader {
    RunFileHeader { table: TableId(3), partition_start_ns: -7, partition_end_ns: 1 << 60 }
}

fn typical() -> RunData {
    let columns: Vec<(ColumnId, ArrayRef)> = vec![
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
        columns,
    }
}

#[test]
fn golden_bytes_stay_readable() {
    let crc32c = crc32c::crc32c(TYPICAL);
    let decoded = decode(Path::new("x"), TYPICAL.to_vec(), Some(crc32c)).unwrap();
    assert_eq!(decoded, (header(), typical()));
}

#[test]
fn runs_round_trip() {
    let one_version = RunData { versions: Versions::All(1 << 40), ..typical() };
    let no_columns = RunData { columns: Vec::new(), ..typical() };
    for data in [typical(), one_version, no_columns] {
        let bytes = v1::encode(header(), &data).unwrap();
        let decoded = decode(Path::new("x"), bytes, None).unwrap();
        assert_eq!(decoded, (header(), data));
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    for position in 0..TYPICAL.len() {
        let mut damaged = TYPICAL.to_vec();
        damaged[position] ^= 1;
        // The last bytes are padding that the metastore's checksum covers.
        let crc32c = Some(crc32c::crc32c(TYPICAL));
        let error = decode(Path::new("x"), damaged, crc32c).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{position}");
    }
    for length in 0..TYPICAL.len() {
        assert!(decode(Path::new("x"), TYPICAL[..length].to_vec(), None).is_err(), "cut at {length}");
    }
}

#[test]
fn a_newer_version_is_told_apart() {
    let mut newer = TYPICAL.to_vec();
    newer[8] = 2;
    let error = decode(Path::new("x"), newer, None).unwrap_err();
    assert!(matches!(error, StorageError::NewerVersion { found: 2, supported: 1, .. }), "{error}");
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
    for data in wrong {
        let bytes = v1::encode(header(), &data).unwrap();
        assert!(decode(Path::new("x"), bytes, None).is_err(), "{data:?}");
    }
}

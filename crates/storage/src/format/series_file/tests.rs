use std::path::Path;

use model::catalog::TableId;
use model::error::ErrorKind;
use model::series::SeriesId;

use super::*;

const TYPICAL: &[u8] = include_bytes!("../../../tests/golden/series_file/v1/typical.bin");

fn typical() -> SeriesFile {
    let mut keys = SeriesKeys::default();
    keys.push(b"first key");
    keys.push(b"");
    keys.push(&[0xff; 300]);
    SeriesFile { table: TableId(3), first_series: SeriesId(70_000), keys }
}

#[test]
fn golden_bytes_stay_the_same() {
    assert_eq!(v1::encode(&typical()), TYPICAL);
    let crc32c = crc32c::crc32c(TYPICAL);
    assert_eq!(decode(Path::new("x"), TYPICAL, Some(crc32c)).unwrap(), typical());
}

#[test]
fn every_flipped_bit_is_noticed() {
    for position in 0..TYPICAL.len() {
        let mut damaged = TYPICAL.to_vec();
        damaged[position] ^= 1;
        let error = decode(Path::new("x"), &damaged, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{position}");
    }
    for length in 0..TYPICAL.len() {
        assert!(decode(Path::new("x"), &TYPICAL[..length], None).is_err(), "cut at {length}");
    }
}

#[test]
fn another_file_than_the_metastore_lists_is_refused() {
    assert!(decode(Path::new("x"), TYPICAL, Some(1)).is_err());
}

#[test]
fn a_newer_version_is_told_apart() {
    let mut newer = TYPICAL.to_vec();
    newer[8] = 2;
    let error = decode(Path::new("x"), &newer, None).unwrap_err();
    assert!(matches!(error, StorageError::NewerVersion { found: 2, supported: 1, .. }), "{error}");
}

use model::catalog::TableId;
use model::series::SeriesId;
use proptest::prelude::*;

use super::v1::{self, IndexedSeries, SeriesIndex};
use super::*;

const PATH: &str = "t1/file";

fn index(entries: &[(u32, u32, i64, i64)]) -> SeriesIndex {
    let mut end = 0;
    let series = entries.iter().map(|(series, rows, first_ns, span_ns)| {
        end += rows;
        let time_min_ns = *first_ns;
        IndexedSeries { series: SeriesId(*series), end, time_min_ns, time_max_ns: first_ns + span_ns }
    });
    let series: Vec<_> = series.collect();
    SeriesIndex {
        table: TableId(7),
        partition_start_ns: 0,
        partition_end_ns: 86_400_000_000_000,
        rows: u64::from(end),
        series,
    }
}

proptest! {
    #[test]
    fn indexes_round_trip(
        entries in prop::collection::vec((any::<u32>(), 1_u32..10_000, 0_i64..1 << 60, 0_i64..1 << 40), 0..50),
    ) {
        let index = index(&entries);
        prop_assert_eq!(v1::decode(&v1::encode(&index)), Some(index));
    }

    #[test]
    fn anything_is_read_without_panic(bytes: Vec<u8>) {
        let mut with_magic = v1::MAGIC.to_vec();
        with_magic.extend_from_slice(&[1, 0]);
        with_magic.extend_from_slice(&bytes);
        let _ = decode_index(Path::new(PATH), &bytes);
        let _ = decode_index(Path::new(PATH), &with_magic);
        let _ = decode_checksums(&bytes, bytes.len() as u64);
    }
}

#[test]
fn golden_bytes_stay_readable() {
    let index = index(&[(3, 2, 10, 5), (1, 1, 11, 0)]);
    let golden = "4857534552494458010040000000000007000000000000000000000000000000\
                  00004f91944e0000030000000000000002000000000000000000000000000000\
                  0602141e030102078ba88fbe";
    let bytes: Vec<u8> = (0..golden.len() / 2)
        .map(|at| u8::from_str_radix(&golden[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    assert_eq!(v1::encode(&index), bytes);
    assert_eq!(decode_index(Path::new(PATH), &bytes).unwrap(), index);
}

#[test]
fn damage_and_newer_versions_are_told_apart() {
    let bytes = v1::encode(&index(&[(3, 2, 10, 5)]));
    for position in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        assert!(decode_index(Path::new(PATH), &damaged).is_err(), "{position}");
    }
    let mut newer = bytes;
    newer[8] = 2;
    assert!(matches!(
        decode_index(Path::new(PATH), &newer),
        Err(StorageError::NewerVersion { found: 2, .. })
    ));
    let check = |stated| check_version(Path::new(PATH), stated);
    assert!(check(Some("1")).is_ok());
    assert!(matches!(check(Some("2")), Err(StorageError::NewerVersion { found: 2, .. })));
    for stated in [None, Some("0"), Some("x")] {
        assert!(matches!(check(stated), Err(StorageError::Corrupt { .. })), "{stated:?}");
    }
}

#[test]
fn checksums_belong_to_a_length() {
    let file = vec![7; BLOCK_BYTES as usize + 1];
    let checksums = block_checksums(&file);
    let encoded = encode_checksums(&checksums);
    assert_eq!(decode_checksums(&encoded, file.len() as u64), Some(checksums));
    assert_eq!(decode_checksums(&encoded, BLOCK_BYTES), None);
    assert_eq!(decode_checksums(&encode_checksums(&[]), 0), Some(Vec::new()));
    for position in 0..encoded.len() {
        let mut damaged = encoded.clone();
        damaged[position] ^= 1;
        assert_eq!(decode_checksums(&damaged, file.len() as u64), None, "{position}");
    }
}

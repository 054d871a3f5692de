use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, TimestampNanosecondArray};
use arrow::datatypes::{Float64Type, Int64Type};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Encoding;
use parquet::file::metadata::ParquetMetaData;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::encoding::{ColumnEncoding, encode_alone};

fn round_trip(column: &ArrayRef, fallback: Encoding) -> (Arc<ParquetMetaData>, ArrayRef) {
    // Uncompressed, quickly and as files are.
    let zstd_level = [0, 1, 6][column.len() % 3];
    let file = encode_alone(column, ColumnEncoding::Packed { fallback }, zstd_level).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
    let metadata = Arc::clone(builder.metadata());
    let batches: Vec<_> = builder.with_batch_size(7_001).build().unwrap().map(Result::unwrap).collect();
    let arrays: Vec<_> = batches.iter().map(|batch| batch.column(0).as_ref()).collect();
    (metadata, arrow::compute::concat(&arrays).unwrap())
}

/// Bit for bit: zeros keep their sign and NaNs their payload.
fn bits(column: &ArrayRef) -> Vec<Option<u64>> {
    column.as_primitive::<Float64Type>().iter().map(|value| value.map(f64::to_bits)).collect()
}

#[test]
fn doubles_come_back_bit_for_bit() {
    let mut random = StdRng::seed_from_u64(1);
    let odd = [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, -1.5];
    for entries in [1, 2, 8, 9, 255, 256, 257, 60_000] {
        for rows in [1, 7, 8, 511, 512, 513, 3_000, 150_000] {
            for null_percent in [0, 30, 100] {
                if rows > 3_000 && null_percent > 0 && entries < 257 {
                    continue;
                }
                let mut run = 0;
                let mut last = 0.0;
                let values: Float64Array = (0..rows)
                    .map(|_| {
                        if run == 0 {
                            run = if random.random_range(0..40) == 0 { 2_000 } else { 1 };
                            let number = random.random_range(0..entries);
                            last = odd.get(number).copied().unwrap_or(number as f64 / 8.0);
                        }
                        run -= 1;
                        (random.random_range(0..100) >= null_percent).then_some(last)
                    })
                    .collect();
                let column: ArrayRef = Arc::new(values);
                let (_, read) = round_trip(&column, Encoding::BYTE_STREAM_SPLIT);
                assert_eq!(bits(&read), bits(&column), "{entries} {rows} {null_percent}");
            }
        }
    }
}

#[test]
fn what_does_not_fit_the_dictionary_falls_back() {
    let column: ArrayRef =
        Arc::new((0..200_000).map(|row| Some(f64::from(row) * 0.37)).collect::<Float64Array>());
    let (metadata, read) = round_trip(&column, Encoding::BYTE_STREAM_SPLIT);
    assert_eq!(bits(&read), bits(&column));
    let encodings: Vec<Encoding> = metadata.row_group(0).column(0).encodings().collect();
    assert!(encodings.contains(&Encoding::BYTE_STREAM_SPLIT), "{encodings:?}");
    assert!(encodings.contains(&Encoding::RLE_DICTIONARY), "{encodings:?}");
}

#[test]
fn integers_come_back_and_keep_their_statistics() {
    let values: Vec<Option<i64>> = (0..5_000)
        .map(|row| (row % 11 != 0).then_some([i64::MIN, -3, 0, 3, i64::MAX, 17][row as usize % 6]))
        .collect();
    let column: ArrayRef = Arc::new(Int64Array::from(values.clone()));
    let (metadata, read) = round_trip(&column, Encoding::DELTA_BINARY_PACKED);
    assert_eq!(read.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), values);
    let statistics = metadata.row_group(0).column(0).statistics().unwrap();
    assert_eq!(statistics.min_bytes_opt(), Some(&i64::MIN.to_le_bytes()[..]));
    assert_eq!(statistics.max_bytes_opt(), Some(&i64::MAX.to_le_bytes()[..]));
    assert_eq!(statistics.null_count_opt(), Some(455));

    let times: ArrayRef = Arc::new(TimestampNanosecondArray::from(values));
    let (_, read) = round_trip(&times, Encoding::DELTA_BINARY_PACKED);
    assert_eq!(&read, &times);
}

#[test]
fn the_dictionary_is_sorted() {
    let entries = [2.5_f64, -1.0, 0.0, -0.0, f64::INFINITY, -7.25];
    let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
    let (sorted, ranks) = super::indices::sort_entries(&bytes, true).unwrap();
    let sorted: Vec<f64> = sorted.as_chunks().0.iter().map(|entry| f64::from_le_bytes(*entry)).collect();
    let mut expected = entries;
    expected.sort_by(f64::total_cmp);
    assert!(sorted.iter().zip(expected).all(|(one, other)| one.to_bits() == other.to_bits()), "{sorted:?}");
    assert_eq!(ranks, [4, 1, 3, 2, 5, 0]);
    assert_eq!(super::indices::sort_entries(&bytes[1..], true), None);
}

#[test]
fn the_size_of_a_dictionary_is_judged_by_a_sample() {
    type ValueOfRow = fn(&mut StdRng, u32) -> f64;
    let mut random = StdRng::seed_from_u64(3);
    let mut judge = |value: ValueOfRow| {
        let sample: Float64Array = (0..32_000).map(|row| Some(value(&mut random, row))).collect();
        let sample: ArrayRef = Arc::new(sample);
        let entries = super::estimated_entries(&sample, 1.0 / 32.0);
        (entries, super::super::encoding::choose(&sample, 1 << 20, 6).unwrap())
    };
    let (few, chosen) = judge(|random, _| f64::from(random.random_range(0..101)));
    assert_eq!((few.of_sample, few.of_column), (101.0, 101.0));
    assert_eq!(chosen, ColumnEncoding::Packed { fallback: Encoding::BYTE_STREAM_SPLIT });
    let (all, chosen) = judge(|random, _| random.random());
    assert!(all.of_column > 1_000_000.0, "{all:?}");
    let split = ColumnEncoding::Parquet { has_dictionary: false, encoding: Encoding::BYTE_STREAM_SPLIT };
    assert_eq!(chosen, split);
    // Each value three times: the dictionary grows with the column and does not fit.
    let (pairs, chosen) = judge(|_, row| f64::from(row / 3) * 0.01);
    assert!((300_000.0..400_000.0).contains(&pairs.of_column), "{pairs:?}");
    assert_ne!(chosen, ColumnEncoding::Packed { fallback: Encoding::BYTE_STREAM_SPLIT });
}

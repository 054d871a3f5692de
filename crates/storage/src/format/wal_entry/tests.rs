use std::sync::Arc;

use model::catalog::TableId;
use model::schema::{Column, ColumnId, ColumnRole, ColumnType, MeasureEntry};
use model::series::SeriesId;
use model::value::MeasureValue;
use proptest::prelude::*;

use super::*;
use crate::memory::batch::{RowBatch, RowKey};

const TYPICAL: &[u8] = include_bytes!("../../../tests/golden/wal_entry/v1/typical.bin");

fn typical() -> TableWrite {
    let mut series = SeriesKeys::default();
    series.push(b"first key");
    series.push(b"");
    let mut batch = RowBatch::new(1);
    let row = |series, time_ns, version| RowKey { series: SeriesId(series), time_ns, version };
    batch.begin_row(row(7, 1_700_000_000_000_000_000, 1));
    batch.push_cell(ColumnId(2), &MeasureValue::Double(-1.5));
    batch.push_cell(ColumnId(3), &MeasureValue::Varchar("text".into()));
    batch.begin_row(row(7, 1_700_000_000_000_000_001, 1));
    batch.push_cell(ColumnId(2), &MeasureValue::Double(2.0));
    batch.push_cell(ColumnId(3), &MeasureValue::Varchar("".into()));
    batch.begin_row(row(8, 1_699_999_999_000_000_000, i64::MAX));
    batch.push_cell(ColumnId(4), &MeasureValue::Bigint(i64::MIN));
    batch.push_cell(ColumnId(5), &MeasureValue::Boolean(true));
    batch.push_cell(ColumnId(6), &MeasureValue::Timestamp(5));
    let column =
        |id, name: &str, column_type, role| Column { id: ColumnId(id), name: name.into(), column_type, role };
    TableWrite {
        table: TableId(3),
        columns: vec![
            column(2, "measure_value::double", ColumnType::Double, ColumnRole::MeasureValue),
            column(9, "höst", ColumnType::Varchar, ColumnRole::Dimension),
        ],
        measures: vec![(
            "cpu".into(),
            MeasureEntry {
                single_types: vec![ColumnType::Double, ColumnType::Boolean],
                multi: true,
                dimensions: vec![ColumnId(9), ColumnId(300)],
            },
        )],
        first_series: SeriesId(7),
        series,
        batches: vec![BatchWrite { batch: Arc::new(batch), replacing_rows: vec![1] }],
        conflicts: Vec::new(),
    }
}

/// Records of both kinds of conflict, with values of every type.
fn with_conflicts() -> TableWrite {
    let conflict = |kind, values: Vec<(&str, MeasureValue<'static>)>| Conflict {
        series_key: b"first key".as_slice().into(),
        time_ns: 1_700_000_000_000_000_000,
        version: 3,
        kind,
        is_multi: values.len() > 1,
        values: values.into_iter().map(|(name, value)| (name.into(), value)).collect(),
    };
    let all = vec![
        ("a", MeasureValue::Double(0.5)),
        ("b", MeasureValue::Bigint(i64::MIN)),
        ("c", MeasureValue::Varchar("text".into())),
        ("d", MeasureValue::Boolean(true)),
        ("e", MeasureValue::Timestamp(-1)),
    ];
    let lower = conflict(ConflictKind::LowerVersion { existing_version: 9 }, all);
    let same =
        conflict(ConflictKind::SameVersion, vec![("measure_value::double", MeasureValue::Double(1.0))]);
    TableWrite { conflicts: vec![Arc::new(lower), Arc::new(same)], ..typical() }
}

const CONFLICTS: &[u8] = include_bytes!("../../../tests/golden/wal_entry/v2/conflicts.bin");

#[test]
fn conflicts_need_version_2_and_nothing_else_does() {
    let mut bytes = Vec::new();
    encode(&with_conflicts(), &mut bytes);
    assert_eq!(bytes, CONFLICTS);
    assert_eq!(decode(CONFLICTS, &mut || 1), Ok(with_conflicts()));
    for cut in 0..CONFLICTS.len() {
        assert!(decode(&CONFLICTS[..cut], &mut || 1).is_err(), "{cut}");
    }
    let mut plain = Vec::new();
    encode(&typical(), &mut plain);
    assert_eq!(plain, TYPICAL);
}

#[test]
fn golden_bytes_stay_the_same() {
    let mut bytes = Vec::new();
    v1::encode(&typical(), &mut bytes);
    assert_eq!(bytes, TYPICAL);
    assert_eq!(decode(TYPICAL, &mut || 1), Ok(typical()));
}

#[test]
fn newer_and_damaged_entries_are_told_apart() {
    assert_eq!(decode(&[3, 0], &mut || 1), Err(EntryError::Newer { found: 3 }));
    assert!(matches!(decode(&[], &mut || 1), Err(EntryError::Damaged(_))));
    for length in 1..TYPICAL.len() {
        assert!(decode(&TYPICAL[..length], &mut || 1).is_err(), "cut at {length}");
    }
}

fn value() -> impl Strategy<Value = MeasureValue<'static>> {
    prop_oneof![
        any::<f64>()
            .prop_filter("NaN is not equal to itself", |value| !value.is_nan())
            .prop_map(MeasureValue::Double),
        any::<i64>().prop_map(MeasureValue::Bigint),
        any::<bool>().prop_map(MeasureValue::Boolean),
        any::<i64>().prop_map(MeasureValue::Timestamp),
        any::<String>().prop_map(|text| MeasureValue::Varchar(text.into())),
    ]
}

type AnyRow = (u32, i64, i64, bool, Vec<(u32, MeasureValue<'static>)>);

fn row() -> impl Strategy<Value = AnyRow> {
    let cells = prop::collection::vec((0_u32..2_000, value()), 0..5);
    (0_u32..4, any::<i64>(), any::<i64>(), any::<bool>(), cells)
}

proptest! {
    #[test]
    fn any_rows_round_trip(batches in prop::collection::vec(prop::collection::vec(row(), 1..8), 0..3)) {
        let batches = batches.into_iter().map(|rows| {
            let mut batch = RowBatch::new(1);
            let mut replacing_rows = Vec::new();
            for (position, (series, time_ns, version, is_replacing, cells)) in rows.into_iter().enumerate() {
                batch.begin_row(RowKey { series: SeriesId(series), time_ns, version });
                cells.iter().for_each(|(column, value)| batch.push_cell(ColumnId(*column), value));
                replacing_rows.extend(is_replacing.then_some(position as u32));
            }
            BatchWrite { batch: Arc::new(batch), replacing_rows }
        });
        let write = TableWrite { batches: batches.collect(), ..typical() };
        let mut bytes = Vec::new();
        v1::encode(&write, &mut bytes);
        prop_assert_eq!(decode(&bytes, &mut || 1), Ok(write));
    }

    #[test]
    fn any_bytes_decode_without_panic(mut bytes: Vec<u8>, position: usize, byte: u8) {
        drop(decode(&bytes, &mut || 1));
        bytes = TYPICAL.to_vec();
        let position = position % bytes.len();
        bytes[position] = byte;
        drop(decode(&bytes, &mut || 1));
        bytes = CONFLICTS.to_vec();
        let position = position % bytes.len();
        bytes[position] = byte;
        drop(decode(&bytes, &mut || 1));
    }
}

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringViewArray, StructArray,
};
use arrow::array::{NullArray, TimestampNanosecondArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Schema};

use super::*;
use crate::bound::{ColumnId, OutputColumn};
use crate::types::{RowField, Type};

fn output(name: String, ty: Type) -> OutputColumn {
    OutputColumn { id: ColumnId(0), name, ty, aliased: false, origin: None }
}

fn batch(columns: Vec<(Type, ArrayRef)>) -> (RecordBatch, Vec<OutputColumn>) {
    let fields: Vec<Field> = columns
        .iter()
        .enumerate()
        .map(|(i, (ty, _))| Field::new(format!("c{i}"), ty.data_type(), true))
        .collect();
    let described = columns.iter().enumerate();
    let described = described.map(|(i, (ty, _))| output(format!("_col{i}"), ty.clone())).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    (RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap(), described)
}

fn list(element: &Type, elements: ArrayRef, lengths: &[usize], valid: &[bool]) -> ArrayRef {
    let field = Arc::new(Field::new("item", element.data_type(), true));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Arc::new(ListArray::new(field, offsets, elements, Some(NullBuffer::from(valid.to_vec()))))
}

fn json(batch: &RecordBatch, columns: &[OutputColumn]) -> Vec<String> {
    let writer = json::RowWriter::new(batch, columns).unwrap();
    let row = |row| {
        let mut out = Vec::new();
        writer.write_row(&mut out, row, usize::MAX);
        String::from_utf8(out).unwrap()
    };
    (0..batch.num_rows()).map(row).collect()
}

#[test]
fn scalars_and_nulls() {
    let (batch, columns) = batch(vec![
        (Type::Varchar, Arc::new(StringViewArray::from(vec![Some("a\"\\\n\u{1}é"), None]))),
        (Type::Double, Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN)]))),
        (Type::Unknown, Arc::new(NullArray::new(2))),
    ]);
    let expected = [
        r#"{"Data":[{"ScalarValue":"a\"\\\n\u0001é"},{"ScalarValue":"1.0"},{"NullValue":true}]}"#,
        r#"{"Data":[{"NullValue":true},{"ScalarValue":"NaN"},{"NullValue":true}]}"#,
    ];
    assert_eq!(json(&batch, &columns), expected);
    let texts = text::rows(&batch, &columns).unwrap();
    assert_eq!(texts[1], [None, Some("NaN".to_owned()), None]);
}

#[test]
fn arrays_rows_and_series_nest() {
    let times: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![0, 1]));
    let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None]));
    let point = Type::point(Type::Bigint);
    let DataType::Struct(fields) = point.data_type() else { panic!("a point is a struct") };
    let points: ArrayRef = Arc::new(StructArray::new(fields, vec![times, values], None));
    let series = Type::timeseries(Type::Bigint);
    let array = Type::array(point.clone());
    let (batch, columns) = batch(vec![
        (series, list(&point, points.clone(), &[2, 0], &[true, false])),
        (array, list(&point, points, &[1, 1], &[true, true])),
    ]);
    let expected = [
        concat!(
            r#"{"Data":[{"TimeSeriesValue":[{"Time":"1970-01-01 00:00:00.000000000","Value":{"ScalarValue":"7"}},"#,
            r#"{"Time":"1970-01-01 00:00:00.000000001","Value":{"NullValue":true}}]},"#,
            r#"{"ArrayValue":[{"RowValue":{"Data":[{"ScalarValue":"1970-01-01 00:00:00.000000000"},{"ScalarValue":"7"}]}}]}]}"#,
        ),
        concat!(
            r#"{"Data":[{"NullValue":true},{"ArrayValue":[{"RowValue":{"Data":"#,
            r#"[{"ScalarValue":"1970-01-01 00:00:00.000000001"},{"NullValue":true}]}}]}]}"#,
        ),
    ];
    assert_eq!(json(&batch, &columns), expected);
    let texts = text::rows(&batch, &columns).unwrap();
    let series = "[{time: 1970-01-01 00:00:00.000000000, value: 7},{time: 1970-01-01 00:00:00.000000001, value: null}]";
    assert_eq!(texts[0][0].as_deref(), Some(series));
    assert_eq!(texts[1][1].as_deref(), Some("[(1970-01-01 00:00:00.000000001,null)]"));
}

/// Ten thousand elements, and nothing after a row that fits exactly is lost.
#[test]
fn a_row_that_is_too_long_is_not_written_to_its_end() {
    let elements: ArrayRef = Arc::new(Int64Array::from(vec![1; 10_000]));
    let (batch, columns) =
        batch(vec![(Type::array(Type::Bigint), list(&Type::Bigint, elements, &[10_000], &[true]))]);
    let writer = json::RowWriter::new(&batch, &columns).unwrap();
    let written = |bytes_max| {
        let mut out = b"before".to_vec();
        writer.write_row(&mut out, 0, bytes_max);
        out.len() - b"before".len()
    };
    let whole = written(usize::MAX);
    assert_eq!(whole, json(&batch, &columns)[0].len());
    assert_eq!(written(whole), whole);
    let cut = written(1_000);
    assert!((1_001..1_100).contains(&cut), "{cut}");
}

#[test]
fn types_describe_themselves() {
    let row = Type::Row(vec![
        RowField { name: Some("dimension_name".into()), ty: Type::Varchar },
        RowField { name: None, ty: Type::Integer },
    ]);
    let columns = vec![
        output("dimensions".into(), Type::array(row)),
        output("s".into(), Type::timeseries(Type::Double)),
    ];
    let mut out = Vec::new();
    json::write_column_info(&mut out, &columns);
    let expected = concat!(
        r#"[{"Name":"dimensions","Type":{"ArrayColumnInfo":{"Type":{"RowColumnInfo":["#,
        r#"{"Name":"dimension_name","Type":{"ScalarType":"VARCHAR"}},{"Type":{"ScalarType":"INTEGER"}}]}}}},"#,
        r#"{"Name":"s","Type":{"TimeSeriesMeasureValueColumnInfo":{"Type":{"ScalarType":"DOUBLE"}}}}]"#,
    );
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

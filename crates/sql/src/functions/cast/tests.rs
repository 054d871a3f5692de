use std::sync::Arc;

use arrow::array::{AsArray, Float64Array, Int64Array, ListArray, StringViewArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Int64Type, TimestampNanosecondType};

use super::*;

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(values))
}

#[test]
fn doubles_round_half_away_from_zero() {
    let values: ArrayRef = Arc::new(Float64Array::from(vec![2.5, -2.5, 0.49999999999999994, 1e9]));
    let rounded = cast(&values, &Type::Double, &Type::Integer, false).unwrap();
    assert_eq!(rounded.as_primitive::<Int32Type>().values(), &[3, -3, 0, 1_000_000_000]);
    for wrong in [f64::NAN, f64::INFINITY, 2_147_483_648.0, -2_147_483_649.0] {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![wrong]));
        assert!(cast(&values, &Type::Double, &Type::Integer, false).is_err(), "{wrong}");
        assert_eq!(cast(&values, &Type::Double, &Type::Integer, true).unwrap().null_count(), 1);
    }
}

#[test]
fn texts_become_numbers_or_say_why_not() {
    let cast_one = |text: &str, to: &Type| cast(&texts(&[text]), &Type::Varchar, to, false);
    assert_eq!(cast_one("94131", &Type::Bigint).unwrap().as_primitive::<Int64Type>().value(0), 94_131);
    assert_eq!(cast_one("P332a", &Type::Bigint).unwrap_err().message, "Cannot cast 'P332a' to BIGINT");
    assert_eq!(cast_one("-1.5e3", &Type::Double).unwrap().as_primitive::<Float64Type>().value(0), -1500.0);
    let midnight = cast_one("2030-12-16", &Type::Timestamp).unwrap();
    assert_eq!(midnight.as_primitive::<TimestampNanosecondType>().value(0), 1_923_609_600_000_000_000);
}

#[test]
fn a_failing_element_makes_the_whole_array_null() {
    let field = Arc::new(Field::new("item", DataType::Utf8View, true));
    let offsets = arrow::buffer::OffsetBuffer::new(vec![0, 2, 3].into());
    let lists: ArrayRef = Arc::new(ListArray::new(field, offsets, texts(&["1", "x", "3"]), None));
    let (from, to) = (Type::array(Type::Varchar), Type::array(Type::Bigint));
    assert!(cast(&lists, &from, &to, false).is_err());
    let lists = cast(&lists, &from, &to, true).unwrap();
    assert!(lists.is_null(0));
    assert_eq!(lists.as_list::<i32>().value(1).as_primitive::<Int64Type>().value(0), 3);
}

#[test]
fn every_scalar_type_has_a_text_where_a_cast_exists() {
    let values: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    for (ty, expected) in [
        (Type::Boolean, "true"),
        (Type::Integer, "1"),
        (Type::Double, "1.0"),
        (Type::Timestamp, ""),
        (Type::Varbinary, ""),
    ] {
        assert_eq!(can_cast(&Type::Bigint, &ty), !expected.is_empty(), "{ty}");
        if !expected.is_empty() {
            let there = cast(&values, &Type::Bigint, &ty, false).unwrap();
            let text = cast(&there, &ty, &Type::Varchar, false).unwrap();
            assert_eq!(text.as_string_view().value(0), expected);
        }
    }
}

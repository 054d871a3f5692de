use arrow::array::{AsArray, Int32Array, ListArray, StructArray};
use arrow::datatypes::{DataType, Int32Type};

use super::*;
use crate::functions::Argument;
use crate::types::RowField;

fn run(op: CompareOp, ty: &Type, left: &ArrayRef, right: &ArrayRef) -> Vec<Option<bool>> {
    let arguments = [Argument::Array(left), Argument::Array(right)];
    let result = compare(op, ty, &Arguments::new(&arguments), left.len()).unwrap();
    result.as_boolean().iter().collect()
}

#[test]
fn doubles_follow_ieee() {
    let left: ArrayRef = Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(-0.0), None, Some(1.0)]));
    let right: ArrayRef =
        Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(0.0), Some(1.0), Some(f64::NAN)]));
    let ty = Type::Double;
    assert_eq!(run(CompareOp::Eq, &ty, &left, &right), [Some(false), Some(true), None, Some(false)]);
    assert_eq!(run(CompareOp::NotEq, &ty, &left, &right), [Some(true), Some(false), None, Some(true)]);
    assert_eq!(run(CompareOp::LtEq, &ty, &left, &right), [Some(false), Some(true), None, Some(false)]);
    let distinct = run(CompareOp::IsDistinctFrom, &ty, &left, &right);
    assert_eq!(distinct, [Some(false), Some(false), Some(true), Some(true)]);
}

#[test]
fn rows_decide_by_the_first_difference() {
    let ty = Type::Row(vec![
        RowField { name: None, ty: Type::Integer },
        RowField { name: None, ty: Type::Integer },
    ]);
    let DataType::Struct(fields) = ty.data_type() else { panic!("a row is a struct") };
    let rows = |first: Vec<Option<i32>>, second: Vec<Option<i32>>| -> ArrayRef {
        let columns: Vec<ArrayRef> =
            vec![Arc::new(Int32Array::from(first)), Arc::new(Int32Array::from(second))];
        Arc::new(StructArray::new(fields.clone(), columns, None))
    };
    let left = rows(vec![Some(1), Some(1), None, None], vec![Some(2), None, Some(3), Some(3)]);
    let right = rows(vec![Some(1), Some(1), Some(1), Some(1)], vec![Some(3), Some(3), Some(3), Some(4)]);
    assert_eq!(run(CompareOp::Eq, &ty, &left, &right), [Some(false), None, None, Some(false)]);
    assert_eq!(run(CompareOp::Lt, &ty, &left, &right), [Some(true), None, None, None]);
    assert_eq!(run(CompareOp::IsNotDistinctFrom, &ty, &left, &left), [Some(true); 4]);
}

#[test]
fn arrays_compare_element_by_element_then_by_length() {
    let ty = Type::array(Type::Integer);
    let lists = |lists: Vec<Vec<Option<i32>>>| -> ArrayRef {
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists.into_iter().map(Some)))
    };
    let left = lists(vec![vec![Some(1), Some(2)], vec![Some(1)], vec![None], vec![None]]);
    let right = lists(vec![vec![Some(1), Some(3)], vec![Some(1), Some(0)], vec![Some(1)], vec![]]);
    assert_eq!(run(CompareOp::Lt, &ty, &left, &right), [Some(true), Some(true), None, Some(false)]);
    assert_eq!(run(CompareOp::Eq, &ty, &left, &right), [Some(false), Some(false), None, Some(false)]);
}

#[test]
fn nulls_of_no_type_are_alike() {
    let nulls: ArrayRef = Arc::new(arrow::array::NullArray::new(2));
    let run = |op| run(op, &Type::Unknown, &nulls, &nulls);
    assert_eq!(run(CompareOp::IsDistinctFrom), [Some(false); 2]);
    assert_eq!(run(CompareOp::IsNotDistinctFrom), [Some(true); 2]);
    assert_eq!(run(CompareOp::Eq), [None; 2]);
}

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, Int64Array, StringViewArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::LikePattern;
use crate::functions::{Argument, Arguments, Call, QueryClock, Registry, RowError};
use crate::types::Type;

/// Calls overload `overload` of an operator; an argument of length 1 among longer ones is a constant.
fn call(name: &str, overload: usize, arguments: &[ArrayRef]) -> Result<ArrayRef, RowError> {
    let rows = arguments.iter().map(|argument| argument.len()).max().unwrap_or(1);
    let given: Vec<Argument<'_>> = arguments
        .iter()
        .map(|array| if array.len() < rows { Argument::Constant(array) } else { Argument::Array(array) })
        .collect();
    let (function, signatures) = Registry::get().scalar(name).unwrap();
    let return_type = match &signatures[overload].returns {
        crate::functions::signature::Pattern::Exact(ty) => ty.clone(),
        _ => Type::Unknown,
    };
    let call = Call { rows, argument_types: &[], return_type: &return_type, query: &QueryClock::default() };
    (function.overloads[overload].kernel)(&call, &Arguments::new(&given))
}

fn printed(array: &dyn Array) -> Vec<String> {
    let options = FormatOptions::default().with_null("null");
    let formatter = ArrayFormatter::try_new(array, &options).unwrap();
    (0..array.len()).map(|row| formatter.value(row).to_string()).collect()
}

fn bigints(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn integers(values: &[i32]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

#[test]
fn integers_are_checked() {
    let sum = call("$add", 1, &[bigints(&[Some(1), None]), bigints(&[Some(2), Some(3)])]).unwrap();
    assert_eq!(printed(&sum), ["3", "null"]);
    let constant = call("$multiply", 1, &[bigints(&[Some(1), Some(4)]), bigints(&[Some(3)])]).unwrap();
    assert_eq!(printed(&constant), ["3", "12"]);
    let cases = [
        ("$add", i32::MAX, 1, "integer addition overflow: 2147483647 + 1"),
        ("$subtract", i32::MIN, 1, "integer subtraction overflow: -2147483648 - 1"),
        ("$multiply", 65_536, 65_536, "integer multiplication overflow: 65536 * 65536"),
        ("$divide", i32::MIN, -1, "integer division overflow: -2147483648 / -1"),
        ("$divide", 1, 0, "Division by zero"),
        ("$modulus", 1, 0, "Division by zero"),
    ];
    for (name, left, right, message) in cases {
        let error = call(name, 0, &[integers(&[left, 1]), integers(&[right, 1])]).unwrap_err();
        assert_eq!(error.message, message);
    }
    let remainder = call("$modulus", 0, &[integers(&[i32::MIN, -7]), integers(&[-1, 3])]).unwrap();
    assert_eq!(printed(&remainder), ["0", "-1"]);
}

#[test]
fn intervals_divide_exactly() {
    let quotient = |interval: i64, divisor: i64| {
        let interval = Arc::new(arrow::array::DurationNanosecondArray::from(vec![interval]));
        let divided = call("$divide", 3, &[interval, bigints(&[Some(divisor)])]).unwrap();
        divided.as_any().downcast_ref::<arrow::array::DurationNanosecondArray>().unwrap().value(0)
    };
    assert_eq!((quotient(i64::MAX, 1), quotient(5, 2), quotient(-5, 2)), (i64::MAX, 3, -3));
    assert_eq!((quotient(5, -2), quotient(4, 3), quotient(i64::MIN, 2)), (-3, 1, i64::MIN / 2));
}

#[test]
fn like_matches() {
    let cases = [
        ("Asia", "A__a", None, true),
        ("Asia", "A__A", None, false),
        ("", "%", None, true),
        ("", "_", None, false),
        ("abcabd", "%ab_", None, true),
        ("abcabd", "a%c%d", None, true),
        ("abc", "%b", None, false),
        ("a\\b", "a\\b", None, true),
        ("a%b", "a#%b", Some("#"), true),
        ("axb", "a#%b", Some("#"), false),
        ("a#", "a##", Some("#"), true),
        ("żółw", "ż__w", None, true),
        ("aaa", "%a%a%a%a", None, false),
    ];
    for (text, pattern, escape, expected) in cases {
        assert_eq!(LikePattern::new(pattern, escape).unwrap().matches(text), expected, "{text} {pattern}");
    }
    for (pattern, escape) in [("a#b", "#"), ("a#", "#"), ("a", ""), ("a", "##")] {
        assert!(LikePattern::new(pattern, Some(escape)).is_err(), "{pattern} {escape}");
    }
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec![Some("ab"), None, Some("b")]));
    let pattern: ArrayRef = Arc::new(StringViewArray::from(vec!["a%"]));
    let result = call("$like", 0, &[texts, pattern]).unwrap();
    assert_eq!(result.as_ref(), &BooleanArray::from(vec![Some(true), None, Some(false)]) as &dyn Array);
}

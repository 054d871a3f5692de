use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, ListArray, UInt32Array};
use arrow::datatypes::Int32Type;
use arrow::util::display::array_value_to_string;

use crate::functions::{Argument, Arguments, Call, Kernel, LambdaArgument, QueryClock, RowError};
use crate::types::Type;

/// A lambda over integers.
struct Body<F>(F);

impl<F> std::fmt::Debug for Body<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Body")
    }
}

impl<F: Fn(&[Option<i32>]) -> Option<i32>> LambdaArgument for Body<F> {
    fn call(&self, parameters: &[ArrayRef], row_of: &UInt32Array) -> Result<ArrayRef, RowError> {
        let value =
            |array: &ArrayRef, at| array.is_valid(at).then(|| array.as_primitive::<Int32Type>().value(at));
        let results = (0..row_of.len()).map(|at| {
            let values: Vec<_> = parameters.iter().map(|array| value(array, at)).collect();
            (self.0)(&values)
        });
        Ok(Arc::new(results.collect::<Int32Array>()))
    }
}

/// The same with a condition as its result.
struct Condition<F>(F);

impl<F> std::fmt::Debug for Condition<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Condition")
    }
}

impl<F: Fn(Option<i32>) -> Option<bool>> LambdaArgument for Condition<F> {
    fn call(&self, parameters: &[ArrayRef], _: &UInt32Array) -> Result<ArrayRef, RowError> {
        let results = parameters[0].as_primitive::<Int32Type>().iter().map(|value| (self.0)(value));
        Ok(Arc::new(results.collect::<BooleanArray>()))
    }
}

/// Rows of different lengths, a NULL among them; the first row of the full array is cut off, so positions are not
/// those of a fresh array.
fn lists() -> ArrayRef {
    let rows = vec![
        Some(vec![Some(99)]),
        Some(vec![Some(5), None, Some(7)]),
        None,
        Some(vec![]),
        Some(vec![Some(1), Some(2), Some(3), Some(4)]),
        Some(vec![Some(-1)]),
    ];
    Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows).slice(1, 5))
}

fn run(kernel: Kernel, arguments: &[Argument<'_>], returns: Type) -> Vec<String> {
    let clock = QueryClock::default();
    let call = Call { rows: 5, argument_types: &[], return_type: &returns, query: &clock };
    let result = kernel(&call, &Arguments::new(arguments)).unwrap();
    assert_eq!(result.len(), 5);
    assert_eq!(result.data_type(), &returns.data_type());
    (0..5)
        .map(
            |row| {
                if result.is_null(row) { "NULL".into() } else { array_value_to_string(&result, row).unwrap() }
            },
        )
        .collect()
}

fn integers() -> Type {
    Type::array(Type::Integer)
}

#[test]
fn filter_keeps_what_is_true() {
    let lists = lists();
    let lambda = Condition(|value: Option<i32>| value.map(|value| value > 1));
    let arguments = [Argument::Array(&lists), Argument::Lambda(&lambda)];
    let result = run(super::filter::FUNCTION.overloads[0].kernel, &arguments, integers());
    assert_eq!(result, ["[5, 7]", "NULL", "[]", "[2, 3, 4]", "[]"]);
}

#[test]
fn matches_are_three_valued() {
    let lists = lists();
    let lambda = Condition(|value: Option<i32>| value.map(|value| value > 4));
    let arguments = [Argument::Array(&lists), Argument::Lambda(&lambda)];
    let any = run(super::any_match::FUNCTION.overloads[0].kernel, &arguments, Type::Boolean);
    assert_eq!(any, ["true", "NULL", "false", "false", "false"]);
    let all = run(super::all_match::FUNCTION.overloads[0].kernel, &arguments, Type::Boolean);
    assert_eq!(all, ["NULL", "NULL", "true", "false", "false"]);
    let none = run(super::none_match::FUNCTION.overloads[0].kernel, &arguments, Type::Boolean);
    assert_eq!(none, ["false", "NULL", "true", "true", "true"]);
}

#[test]
fn transform_and_zip_with_call_once_per_element() {
    let lists = lists();
    let lambda = Body(|values: &[Option<i32>]| Some(values[0].unwrap_or(0) + 1));
    let arguments = [Argument::Array(&lists), Argument::Lambda(&lambda)];
    let result = run(super::transform::FUNCTION.overloads[0].kernel, &arguments, integers());
    assert_eq!(result, ["[6, 1, 8]", "NULL", "[]", "[2, 3, 4, 5]", "[0]"]);

    let pair: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(10), Some(20)])]));
    let lambda = Body(|values: &[Option<i32>]| Some(values[0]? + values[1]?));
    let arguments = [Argument::Array(&lists), Argument::Constant(&pair), Argument::Lambda(&lambda)];
    let result = run(super::zip_with::FUNCTION.overloads[0].kernel, &arguments, integers());
    assert_eq!(result, ["[15, , ]", "NULL", "[, ]", "[11, 22, , ]", "[9, ]"]);
}

#[test]
fn reduce_folds_rows_of_different_lengths() {
    let lists = lists();
    let initial: ArrayRef = Arc::new(Int32Array::from(vec![100, 200, 300, 400, 500]));
    // Not commutative: the order of the elements shows.
    let step = Body(|values: &[Option<i32>]| Some(values[0]? * 2 + values[1].unwrap_or(0)));
    let finish = Body(|values: &[Option<i32>]| Some(values[0]? + 1));
    let arguments = [
        Argument::Array(&lists),
        Argument::Array(&initial),
        Argument::Lambda(&step),
        Argument::Lambda(&finish),
    ];
    let result = run(super::reduce::FUNCTION.overloads[0].kernel, &arguments, Type::Integer);
    assert_eq!(result, ["828", "NULL", "301", "6427", "1000"]);
}

#[test]
fn array_sort_takes_a_comparator() {
    let lists = lists();
    let compare = |values: &[Option<i32>]| {
        let (a, b) = (values[0].unwrap_or(6), values[1].unwrap_or(6));
        Some(b.cmp(&a) as i32)
    };
    let lambda = Body(compare);
    let arguments = [Argument::Array(&lists), Argument::Lambda(&lambda)];
    let result = run(super::array_sort, &arguments, integers());
    assert_eq!(result, ["[7, , 5]", "NULL", "[]", "[4, 3, 2, 1]", "[-1]"]);
}

//! `array_remove`.

use arrow::array::ArrayRef;

use super::lists::{Lists, Picker, comparable, is_nan, is_null, join_values};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_remove",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "array_remove(array(T), T) -> array(T) where T: comparable", kernel }],
    documentation: Documentation {
        summary: "Removes every element equal to a value.",
        edges: "NaN equals nothing.",
        examples: &[("SELECT array_remove(ARRAY[1, 2, 1], 1)", "[2]")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let unwanted = arguments.array(1, call.rows)?;
    let (values, shift) = join_values(lists.values(), &unwanted)?;
    let elements = comparable(&values)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match lists.range(row).filter(|_| !is_null(&unwanted, row)) {
            Some(range) => {
                let equals_nothing = is_nan(&unwanted, row);
                let stays =
                    |position: &usize| equals_nothing || elements.row(*position) != elements.row(shift + row);
                picker.push_all(range.filter(stays));
            }
            None => picker.push_null(),
        }
    }
    picker.finish(&values)
}

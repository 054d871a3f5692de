//! `||`.

use arrow::array::{ArrayRef, StringViewArray, StringViewBuilder};
use std::sync::Arc;

use crate::functions::array::concat::kernel as arrays;
use crate::functions::array::lists::{Lists, Picker, join_values};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$concat",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "$concat(varchar, varchar...) -> varchar", kernel: texts },
        Overload { signature: "$concat(array(T), array(T)) -> array(T)", kernel: arrays },
        Overload { signature: "$concat(array(T), T) -> array(T)", kernel: append },
        Overload { signature: "$concat(T, array(T)) -> array(T)", kernel: prepend },
    ],
    documentation: Documentation {
        summary: "Joins strings, arrays, or an array and an element.",
        edges: "NULL if a string or an array is NULL. A NULL element is an element.",
        examples: &[("SELECT 'a' || 'b'", "ab"), ("SELECT ARRAY[1] || 2", "[1,2]")],
        source: "sql.md 6.5, 7.4, 7.5",
    },
};

fn texts(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let parts = (0..arguments.len())
        .map(|index| arguments.column::<StringViewArray>(index))
        .collect::<Result<Vec<_>, _>>()?;
    let mut builder = StringViewBuilder::with_capacity(call.rows);
    let mut joined = String::new();
    for row in 0..call.rows {
        joined.clear();
        let complete = parts.iter().all(|part| match part.row(row) {
            Some(position) => {
                joined.push_str(part.values.value(position));
                true
            }
            None => false,
        });
        builder.append_option(complete.then_some(joined.as_str()));
    }
    Ok(Arc::new(builder.finish()))
}

fn append(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let elements = arguments.array(1, call.rows)?;
    let (values, first_element) = join_values(lists.values(), &elements)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match lists.range(row) {
            Some(range) => picker.push_all(range.chain([first_element + row])),
            None => picker.push_null(),
        }
    }
    picker.finish(&values)
}

fn prepend(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let elements = arguments.array(0, call.rows)?;
    let lists = Lists::new(arguments, 1)?;
    let (values, first_element) = join_values(lists.values(), &elements)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match lists.range(row) {
            Some(range) => picker.push_all([first_element + row].into_iter().chain(range)),
            None => picker.push_null(),
        }
    }
    picker.finish(&values)
}

//! `array_except`.

use std::collections::HashSet;

use arrow::array::ArrayRef;
use arrow::row::Row;

use super::lists::{Lists, Picker, comparable, join_values};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_except",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload {
        signature: "array_except(array(T), array(T)) -> array(T) where T: comparable",
        kernel,
    }],
    documentation: Documentation {
        summary: "Returns the elements of the first array that the second lacks, without duplicates.",
        edges: "",
        examples: &[("SELECT array_except(ARRAY[1, 2, 2], ARRAY[2, 3])", "[1]")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let (first, second) = (Lists::new(arguments, 0)?, Lists::new(arguments, 1)?);
    let (values, shift) = join_values(first.values(), second.values())?;
    let elements = comparable(&values)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match (first.range(row), second.range(row)) {
            (Some(left), Some(right)) => {
                let right = right.start + shift..right.end + shift;
                let other: HashSet<Row<'_>> = right.map(|position| elements.row(position)).collect();
                let mut seen = HashSet::new();
                picker.push_all(left.filter(|position| {
                    !other.contains(&elements.row(*position)) && seen.insert(elements.row(*position))
                }));
            }
            _ => picker.push_null(),
        }
    }
    picker.finish(&values)
}

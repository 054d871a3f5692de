//! `arrays_overlap`.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::row::{Row, Rows};

use super::lists::{Lists, comparable, is_null, join_values};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "arrays_overlap",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload {
        signature: "arrays_overlap(array(T), array(T)) -> boolean where T: comparable",
        kernel,
    }],
    documentation: Documentation {
        summary: "Tells whether two arrays have a common element that is not NULL.",
        edges: "NULL when they have none but either has a NULL.",
        examples: &[("SELECT arrays_overlap(ARRAY[1, 2], ARRAY[2, 3])", "true")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let (first, second) = (Lists::new(arguments, 0)?, Lists::new(arguments, 1)?);
    let (values, shift) = join_values(first.values(), second.values())?;
    let elements = comparable(&values)?;
    let overlap = |row: usize| {
        let (left, right) = (first.range(row)?, second.range(row)?);
        overlaps(&values, &elements, left, right.start + shift..right.end + shift)
    };
    let result: BooleanArray = (0..call.rows).map(overlap).collect();
    Ok(Arc::new(result))
}

fn overlaps(values: &ArrayRef, elements: &Rows, left: Range<usize>, right: Range<usize>) -> Option<bool> {
    let is_valid = |position: &usize| !is_null(values, *position);
    let has_null = left.clone().chain(right.clone()).any(|position| is_null(values, position));
    let other: HashSet<Row<'_>> = right.filter(is_valid).map(|position| elements.row(position)).collect();
    let common = left.filter(is_valid).any(|position| other.contains(&elements.row(position)));
    if common || !has_null { Some(common) } else { None }
}

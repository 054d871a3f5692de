//! `zip_with`.

use arrow::array::{ArrayRef, UInt32Array};

use super::elements::{self, Parameter};
use crate::functions::array::lists::{Lists, list_of};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "zip_with",
    aliases: &[],
    family: Family::Lambda,
    volatility: Volatility::Stable,
    overloads: &[Overload {
        signature: "zip_with(array(T), array(U), function(T, U, V)) -> array(V)",
        kernel,
    }],
    documentation: Documentation {
        summary: "Merges two arrays element by element with a lambda.",
        edges: "The shorter array is padded with NULLs.",
        examples: &[("SELECT zip_with(ARRAY[1, 2], ARRAY[3, 4], (x, y) -> x + y)", "[4,6]")],
        source: "sql.md 7.12",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let (left, right) = (Lists::new(arguments, 0)?, Lists::new(arguments, 1)?);
    let (mut left_positions, mut right_positions, mut row_of) = (Vec::new(), Vec::new(), Vec::new());
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let (Some(a), Some(b)) = (left.range(row), right.range(row)) else {
            lengths.push(0);
            valid.push(false);
            continue;
        };
        let length = a.len().max(b.len());
        let position = |range: &std::ops::Range<usize>, index| range.clone().nth(index).map(|at| at as u32);
        left_positions.extend((0..length).map(|index| position(&a, index)));
        right_positions.extend((0..length).map(|index| position(&b, index)));
        row_of.extend(std::iter::repeat_n(row as u32, length));
        lengths.push(length);
        valid.push(true);
    }
    let parameters = [
        Parameter { values: left.values(), positions: UInt32Array::from(left_positions) },
        Parameter { values: right.values(), positions: UInt32Array::from(right_positions) },
    ];
    let data_type = elements::element_type(&call.return_type.data_type())?;
    let row_of = UInt32Array::from(row_of);
    let results = elements::call(arguments.lambda(2)?, &parameters, &row_of, &data_type)?;
    list_of(elements::typed(results, &data_type), lengths, valid)
}

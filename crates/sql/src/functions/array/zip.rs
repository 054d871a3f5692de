//! `zip`.

use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::DataType;

use super::lists::{Lists, list_of};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};
use crate::types::Type;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "zip",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "zip(array(A), array(B)) -> array(row(A, B))", kernel },
        Overload { signature: "zip(array(A), array(B), array(C)) -> array(row(A, B, C))", kernel },
        Overload {
            signature: "zip(array(A), array(B), array(C), array(D)) -> array(row(A, B, C, D))",
            kernel,
        },
        Overload {
            signature: "zip(array(A), array(B), array(C), array(D), array(E)) -> array(row(A, B, C, D, E))",
            kernel,
        },
    ],
    documentation: Documentation {
        summary: "Puts arrays side by side as rows, padded with NULL to the longest.",
        edges: "",
        examples: &[("SELECT zip(ARRAY[1, 2], ARRAY[3])", "[(1,3),(2,null)]")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists =
        (0..arguments.len()).map(|index| Lists::new(arguments, index)).collect::<Result<Vec<_>, _>>()?;
    let mut positions: Vec<Vec<Option<u32>>> = vec![Vec::new(); lists.len()];
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let ranges: Option<Vec<_>> = lists.iter().map(|list| list.range(row)).collect();
        let longest =
            ranges.as_ref().map(|ranges| ranges.iter().map(ExactSizeIterator::len).max().unwrap_or(0));
        for (positions, range) in positions.iter_mut().zip(ranges.iter().flatten()) {
            let padding = longest.unwrap_or(0) - range.len();
            positions.extend(range.clone().map(|position| Some(position as u32)));
            positions.extend(std::iter::repeat_n(None, padding));
        }
        lengths.push(longest.unwrap_or(0));
        valid.push(longest.is_some());
    }
    let columns = lists
        .iter()
        .zip(positions)
        .map(|(list, positions)| take(list.values(), &UInt32Array::from(positions), None))
        .collect::<Result<Vec<_>, _>>()?;
    let Type::Array(row_type) = call.return_type else { return Err(RowError::new("zip returns an array")) };
    let DataType::Struct(fields) = row_type.data_type() else {
        return Err(RowError::new("zip returns rows"));
    };
    list_of(Arc::new(StructArray::try_new(fields, columns, None)?), lengths, valid)
}

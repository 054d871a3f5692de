//! `transform`.

use arrow::array::ArrayRef;

use super::elements::{self, Parameter};
use crate::functions::array::lists::{Lists, list_of};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "transform",
    aliases: &[],
    family: Family::Lambda,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "transform(array(T), function(T, U)) -> array(U)", kernel }],
    documentation: Documentation {
        summary: "Applies a lambda to every element of an array.",
        edges: "NULL elements are passed to the lambda.",
        examples: &[("SELECT transform(ARRAY[5, NULL, 6], x -> coalesce(x, 0) + 1)", "[6,1,7]")],
        source: "sql.md 7.12",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let (positions, row_of) = elements::all(&lists, call.rows);
    let parameter = Parameter { values: lists.values(), positions };
    let data_type = elements::element_type(&call.return_type.data_type())?;
    let results = elements::call(arguments.lambda(1)?, &[parameter], &row_of, &data_type)?;
    let ranges = (0..call.rows).map(|row| lists.range(row));
    let (lengths, valid) =
        ranges.map(|range| (range.as_ref().map_or(0, ExactSizeIterator::len), range.is_some())).unzip();
    list_of(elements::typed(results, &data_type), lengths, valid)
}

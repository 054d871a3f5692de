//! `array[index]`.

use arrow::array::{ArrayRef, Int64Array, UInt32Array};
use arrow::compute::take;

use crate::functions::array::lists::Lists;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "$subscript",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "$subscript(array(T), bigint) -> T", kernel }],
    documentation: Documentation {
        summary: "Returns the element at a 1-based index.",
        edges: "Fails for an index of 0, below, or beyond the end.",
        examples: &[("SELECT ARRAY[6, 8, 2][2]", "8")],
        source: "sql.md 6.5, 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let indexes = arguments.column::<Int64Array>(1)?;
    let mut positions = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        positions.push(match (lists.range(row), indexes.row(row)) {
            (Some(range), Some(at)) => {
                let index = indexes.values.value(at);
                let length = range.len() as i64;
                if !(1..=length).contains(&index) {
                    return Err(outside(index, length));
                }
                Some((range.start + index as usize - 1) as u32)
            }
            _ => None,
        });
    }
    Ok(take(lists.values(), &UInt32Array::from(positions), None)?)
}

fn outside(index: i64, length: i64) -> RowError {
    RowError::new(match index {
        0 => "SQL array indices start at 1".to_owned(),
        i64::MIN..0 => format!("Array subscript is negative: {index}"),
        _ => format!("Array subscript must be less than or equal to array length: {index} > {length}"),
    })
}

//! `element_at`.

use arrow::array::{ArrayRef, Int64Array, UInt32Array};
use arrow::compute::take;

use super::lists::Lists;
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "element_at",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "element_at(array(T), bigint) -> T", kernel }],
    documentation: Documentation {
        summary: "Returns the element at a 1-based index; a negative one counts from the end.",
        edges: "NULL beyond the ends. Fails for index 0.",
        examples: &[("SELECT element_at(ARRAY[4, 5, 6], -1)", "6")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let indexes = arguments.column::<Int64Array>(1)?;
    let mut positions = Vec::with_capacity(call.rows);
    for row in 0..call.rows {
        let position = match (lists.range(row), indexes.row(row)) {
            (Some(range), Some(at)) => {
                let index = indexes.values.value(at);
                let length = range.len() as i64;
                match index {
                    0 => return Err(RowError::new("SQL array indices start at 1")),
                    1.. if index <= length => Some(range.start + index as usize - 1),
                    i64::MIN..0 if -length <= index => Some((range.end as i64 + index) as usize),
                    _ => None,
                }
            }
            _ => None,
        };
        positions.push(position.map(|position| position as u32));
    }
    Ok(take(lists.values(), &UInt32Array::from(positions), None)?)
}

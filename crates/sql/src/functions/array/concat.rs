//! `concat`.

use arrow::array::{Array, ArrayRef, StringViewArray};
use arrow::compute::concat;

use super::lists::{Lists, Picker};
use crate::functions::map::{Input, Output, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "concat",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "concat(varchar, varchar...) -> varchar", kernel: text },
        Overload { signature: "concat(array(T), array(T)...) -> array(T)", kernel },
    ],
    documentation: Documentation {
        summary: "Joins strings, or arrays.",
        edges: "NULL if any argument is NULL.",
        examples: &[("SELECT concat('a', 'b', 'c')", "abc"), ("SELECT concat(ARRAY[1], ARRAY[2])", "[1,2]")],
        source: "sql.md 7.5",
    },
};

fn text(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let columns = (0..arguments.len())
        .map(|index| arguments.column::<StringViewArray>(index))
        .collect::<Result<Vec<_>, _>>()?;
    let mut builder = Varchar::builder(call.rows);
    for row in 0..call.rows {
        let part = |column: &crate::functions::arguments::Column<'_, StringViewArray>| {
            Some(Varchar::get(column.values, column.row(row)?).to_owned())
        };
        Varchar::push(&mut builder, columns.iter().map(part).collect::<Option<String>>());
    }
    Ok(Varchar::finish(builder))
}

pub(in crate::functions) fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists =
        (0..arguments.len()).map(|index| Lists::new(arguments, index)).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<&dyn Array> = lists.iter().map(|list| list.values().as_ref()).collect();
    let values = concat(&values)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        let mut shift = 0;
        let mut positions = Some(Vec::new());
        for list in &lists {
            match (list.range(row), &mut positions) {
                (Some(range), Some(positions)) => positions.extend(range.start + shift..range.end + shift),
                _ => positions = None,
            }
            shift += list.values().len();
        }
        match positions {
            Some(positions) => picker.push_all(positions),
            None => picker.push_null(),
        }
    }
    picker.finish(&values)
}

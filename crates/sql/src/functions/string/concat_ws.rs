//! `concat_ws`.

use arrow::array::{ArrayRef, StringViewArray};

use crate::functions::map::{Input, Output, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility, array::array_join,
};
use crate::types::Type;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "concat_ws",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "concat_ws(varchar, varchar...) -> varchar", kernel: texts },
        Overload { signature: "concat_ws(varchar, array(varchar)) -> varchar", kernel: elements },
    ],
    documentation: Documentation {
        summary: "Joins strings with the first argument between them.",
        edges: "NULLs among the strings are left out; a NULL separator gives NULL.",
        examples: &[("SELECT concat_ws('-', 'a', NULL, 'b')", "a-b")],
        source: "Trino's string functions, not on the service's list",
    },
};

fn texts(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let columns = (0..arguments.len())
        .map(|index| arguments.column::<StringViewArray>(index))
        .collect::<Result<Vec<_>, _>>()?;
    let mut builder = Varchar::builder(call.rows);
    for row in 0..call.rows {
        let mut parts = columns.iter().map(|column| Some(Varchar::get(column.values, column.row(row)?)));
        let separator = parts.next().flatten();
        let joined = separator.map(|separator| parts.flatten().collect::<Vec<_>>().join(separator));
        Varchar::push(&mut builder, joined);
    }
    Ok(Varchar::finish(builder))
}

fn elements(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let swapped = [arguments.get(1)?, arguments.get(0)?];
    array_join::join(call, &Arguments::new(&swapped), &Type::Varchar)
}

//! `array_join`.

use arrow::array::{Array, ArrayRef, StringViewArray};

use super::lists::Lists;
use crate::functions::cast;
use crate::functions::map::{Input, Output, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};
use crate::types::Type;

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "array_join",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "array_join(array(T), varchar) -> varchar", kernel },
        Overload { signature: "array_join(array(T), varchar, varchar) -> varchar", kernel },
    ],
    documentation: Documentation {
        summary: "Joins the elements as text with a delimiter.",
        edges: "NULL elements are left out, or written as the third argument.",
        examples: &[
            ("SELECT array_join(ARRAY[1, NULL, 3], ';')", "1;3"),
            ("SELECT array_join(ARRAY[1, NULL, 3], ';', 'x')", "1;x;3"),
        ],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    match call.argument_types.first() {
        Some(Type::Array(element)) => join(call, arguments, element),
        _ => Err(RowError::new("an array is required")),
    }
}

/// Joins arrays of `element`s.
pub(in crate::functions) fn join(
    call: &Call<'_>,
    arguments: &Arguments<'_>,
    element: &Type,
) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let texts = cast::cast(lists.values(), element, &Type::Varchar, false)?;
    let texts = texts
        .as_any()
        .downcast_ref::<StringViewArray>()
        .ok_or_else(|| RowError::new("a text is required"))?;
    let delimiters = arguments.column::<StringViewArray>(1)?;
    let replacements = if arguments.len() > 2 { Some(arguments.column::<StringViewArray>(2)?) } else { None };
    let mut builder = Varchar::builder(call.rows);
    for row in 0..call.rows {
        let joined = lists.range(row).zip(delimiters.row(row)).and_then(|(range, delimiter)| {
            let replacement = match &replacements {
                Some(column) => Some(Varchar::get(column.values, column.row(row)?)),
                None => None,
            };
            let text =
                |position: usize| texts.is_valid(position).then(|| texts.value(position)).or(replacement);
            let items: Vec<&str> = range.filter_map(text).collect();
            Some(items.join(Varchar::get(delimiters.values, delimiter)))
        });
        Varchar::push(&mut builder, joined);
    }
    Ok(Varchar::finish(builder))
}

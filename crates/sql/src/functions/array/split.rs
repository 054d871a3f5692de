//! `split`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringViewArray, StringViewBuilder};

use super::lists::list_of;
use crate::functions::map::{Input, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "split",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "split(varchar, varchar) -> array(varchar)", kernel },
        Overload { signature: "split(varchar, varchar, bigint) -> array(varchar)", kernel },
    ],
    documentation: Documentation {
        summary: "Splits a string at a delimiter.",
        edges: "With a limit the last element keeps the rest. Fails for an empty delimiter and a limit that is not positive.",
        examples: &[("SELECT split('a,b,c', ',')", "[a,b,c]"), ("SELECT split('a,b,c', ',', 2)", "[a,b,c]")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let texts = arguments.column::<StringViewArray>(0)?;
    let delimiters = arguments.column::<StringViewArray>(1)?;
    let limits = if arguments.len() > 2 { Some(arguments.column::<Int64Array>(2)?) } else { None };
    let mut elements = StringViewBuilder::new();
    let (mut lengths, mut valid) = (Vec::with_capacity(call.rows), Vec::with_capacity(call.rows));
    for row in 0..call.rows {
        let limit = match &limits {
            Some(column) => column.row(row).map(|at| column.values.value(at)),
            None => Some(i64::MAX),
        };
        let (Some(text), Some(delimiter), Some(limit)) = (texts.row(row), delimiters.row(row), limit) else {
            lengths.push(0);
            valid.push(false);
            continue;
        };
        let delimiter = Varchar::get(delimiters.values, delimiter);
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let limit = limit.ok_or_else(|| RowError::new("Limit must be positive"))?;
        if delimiter.is_empty() {
            return Err(RowError::new("The delimiter may not be the empty string"));
        }
        let mut count = 0;
        for part in Varchar::get(texts.values, text).splitn(limit, delimiter) {
            elements.append_value(part);
            count += 1;
        }
        lengths.push(count);
        valid.push(true);
    }
    list_of(Arc::new(elements.finish()), lengths, valid)
}

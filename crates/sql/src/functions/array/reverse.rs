//! `reverse`.

use arrow::array::ArrayRef;

use super::lists::{Lists, Picker};
use crate::functions::map::{self, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "reverse",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Stable,
    overloads: &[
        Overload { signature: "reverse(varchar) -> varchar", kernel: text },
        Overload { signature: "reverse(array(T)) -> array(T)", kernel },
    ],
    documentation: Documentation {
        summary: "Reverses the characters of a string or the elements of an array.",
        edges: "",
        examples: &[("SELECT reverse('abc')", "cba"), ("SELECT reverse(ARRAY[1, 2])", "[2,1]")],
        source: "sql.md 7.5",
    },
};

fn text(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varchar>(call, arguments, |text| Ok(text.chars().rev().collect()))
}

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match lists.range(row) {
            Some(range) => picker.push_all(range.rev()),
            None => picker.push_null(),
        }
    }
    picker.finish(lists.values())
}

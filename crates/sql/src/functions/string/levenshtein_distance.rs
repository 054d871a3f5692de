//! `levenshtein_distance`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "levenshtein_distance",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "levenshtein_distance(varchar, varchar) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Counts the single-character edits that turn one string into the other.",
        edges: "Fails when the product of the lengths is over 1,000,000.",
        examples: &[("SELECT levenshtein_distance('kitten', 'sitting')", "3")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Bigint>(call, arguments, distance)
}

/// Bounds the work of one row: time is the product of the lengths.
const CELLS_MAX: usize = 1_000_000;

fn distance(left: &str, right: &str) -> Result<i64, RowError> {
    let right: Vec<char> = right.chars().collect();
    if left.chars().count().saturating_mul(right.len()) > CELLS_MAX {
        return Err(RowError::new(format!(
            "The combined inputs for Levenshtein distance are too large: the product of their lengths must not exceed {CELLS_MAX}"
        )));
    }
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut current = Vec::with_capacity(previous.len());
        current.push(i + 1);
        let mut last = i + 1;
        for ((b, diagonal), above) in right.iter().zip(&previous).zip(previous.iter().skip(1)) {
            last = (diagonal + usize::from(a != *b)).min(above + 1).min(last + 1);
            current.push(last);
        }
        previous = current;
    }
    Ok(previous.last().copied().unwrap_or(0) as i64)
}

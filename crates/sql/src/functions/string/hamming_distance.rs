//! `hamming_distance`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "hamming_distance",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "hamming_distance(varchar, varchar) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Counts the positions at which two strings differ.",
        edges: "Fails when the strings have different lengths.",
        examples: &[("SELECT hamming_distance('karolin', 'kathrin')", "3")],
        source: "sql.md 7.4",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Varchar, Bigint>(call, arguments, distance)
}

fn distance(left: &str, right: &str) -> Result<i64, RowError> {
    if left.chars().count() != right.chars().count() {
        return Err(RowError::new(
            "The input strings to hamming_distance function must have the same length",
        ));
    }
    Ok(left.chars().zip(right.chars()).filter(|(left, right)| left != right).count() as i64)
}

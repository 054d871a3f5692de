//! Calls that no query can write and that the reference does not list: the binder makes them.

use arrow::array::{ArrayRef, Float64Array, UInt32Array};

use crate::functions::map::{Bigint, Output};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

/// A value that its lambda uses in several places, evaluated once. `x BETWEEN a AND b` asks for `x` twice, which shows
/// when `x` is a random number.
pub static ONCE: ScalarFunction = ScalarFunction {
    name: "$once",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Volatile,
    overloads: &[Overload { signature: "$once(T, function(T, R)) -> R", kernel: once }],
    documentation: UNLISTED,
};

/// A double as a key of joins: equal keys are equal numbers. NULL stands for NaN, which no number equals.
pub static KEY: ScalarFunction = ScalarFunction {
    name: "$key",
    aliases: &[],
    family: Family::Operator,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "$key(double) -> bigint", kernel: key }],
    documentation: UNLISTED,
};

const UNLISTED: Documentation = Documentation { summary: "", edges: "", examples: &[], source: "sql.md 6.2" };

fn once(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let rows: UInt32Array = (0..call.rows as u32).map(Some).collect();
    arguments.lambda(1)?.call(&[arguments.array(0, call.rows)?], &rows)
}

fn key(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let numbers = arguments.column::<Float64Array>(0)?;
    let mut builder = Bigint::builder(call.rows);
    for row in 0..call.rows {
        let number = numbers.row(row).map(|at| numbers.values.value(at)).filter(|number| !number.is_nan());
        // Adding zero gives both zeros the same bits.
        Bigint::push(&mut builder, number.map(|number| (number + 0.0).to_bits() as i64));
    }
    Ok(Bigint::finish(builder))
}

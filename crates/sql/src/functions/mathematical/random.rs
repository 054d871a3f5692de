//! `random`.

use arrow::array::ArrayRef;
use rand::Rng;

use crate::functions::map::{self, Bigint, Double, Integer};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "random",
    aliases: &["rand"],
    family: Family::Mathematical,
    volatility: Volatility::Volatile,
    overloads: &[
        Overload { signature: "random() -> double", kernel: unit },
        Overload { signature: "random(integer) -> integer", kernel: integer },
        Overload { signature: "random(bigint) -> bigint", kernel: bigint },
    ],
    documentation: Documentation {
        summary: "Returns a random number: in [0, 1) without an argument, else an integer in [0, n).",
        edges: "Fails when n is not positive.",
        examples: &[("SELECT random() < 1.0", "true"), ("SELECT random(1)", "0")],
        source: "sql.md 7.2",
    },
};

fn unit(call: &Call<'_>, _arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let mut rng = call.query.rng();
    map::nullary::<Double>(call, || Ok(rng.random::<f64>()))
}

fn integer(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let rng = std::cell::RefCell::new(call.query.rng());
    map::unary::<Integer, Integer>(call, arguments, |bound| {
        if bound > 0 { Ok(rng.borrow_mut().random_range(0..bound)) } else { Err(not_positive()) }
    })
}

fn bigint(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let rng = std::cell::RefCell::new(call.query.rng());
    map::unary::<Bigint, Bigint>(call, arguments, |bound| {
        if bound > 0 { Ok(rng.borrow_mut().random_range(0..bound)) } else { Err(not_positive()) }
    })
}

fn not_positive() -> RowError {
    RowError::new("bound must be positive")
}

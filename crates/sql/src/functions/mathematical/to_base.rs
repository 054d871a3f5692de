//! `to_base`.

use arrow::array::ArrayRef;

use super::from_base::check_radix;
use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_base",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "to_base(bigint, bigint) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Writes an integer in the given radix, with lower-case digits.",
        edges: "Fails when the radix is outside 2 to 36.",
        examples: &[("SELECT to_base(255, 16)", "ff"), ("SELECT to_base(-5, 2)", "-101")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, Bigint, Varchar>(call, arguments, |x, radix| Ok(write(x, check_radix(radix)?)))
}

fn write(x: i64, radix: u32) -> String {
    let mut digits = Vec::new();
    let mut rest = x.unsigned_abs();
    while rest > 0 || digits.is_empty() {
        let digit = (rest % u64::from(radix)) as u32;
        digits.push(char::from_digit(digit, radix).unwrap_or('0'));
        rest /= u64::from(radix);
    }
    if x < 0 {
        digits.push('-');
    }
    digits.iter().rev().collect()
}

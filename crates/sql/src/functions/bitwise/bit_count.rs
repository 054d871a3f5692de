//! `bit_count`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "bit_count",
    aliases: &[],
    family: Family::Bitwise,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "bit_count(bigint, bigint) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Counts the bits set in an integer seen as a two's complement number of some width.",
        edges: "Fails when the width is outside 2 to 64 or the number needs more bits.",
        examples: &[("SELECT bit_count(9, 64)", "2"), ("SELECT bit_count(-7, 8)", "6")],
        source: "sql.md 7.3",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Bigint, Bigint, Bigint>(call, arguments, count)
}

fn count(x: i64, bits: i64) -> Result<i64, RowError> {
    if !(2..=64).contains(&bits) {
        return Err(RowError::new(
            "Bits specified in bit_count must be between 2 and 64, got ".to_owned() + &bits.to_string(),
        ));
    }
    let unused = (64 - bits) as u32;
    if (x << unused) >> unused != x {
        return Err(RowError::new(format!(
            "Number must be representable with the bits specified. {x} can not be represented with {bits} bits"
        )));
    }
    Ok(i64::from(((x as u64) << unused).count_ones()))
}

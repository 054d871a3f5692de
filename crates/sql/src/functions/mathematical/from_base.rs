//! `from_base`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Bigint, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_base",
    aliases: &[],
    family: Family::Mathematical,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_base(varchar, bigint) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Reads an integer written in the given radix.",
        edges: "Fails when the radix is outside 2 to 36 or the text has other digits.",
        examples: &[("SELECT from_base('ff', 16)", "255")],
        source: "sql.md 7.2",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::binary::<Varchar, Bigint, Bigint>(call, arguments, |text, radix| {
        let radix = check_radix(radix)?;
        i64::from_str_radix(text, radix)
            .map_err(|_| RowError::new(format!("Not a valid base-{radix} number: {text}")))
    })
}

pub(super) fn check_radix(radix: i64) -> Result<u32, RowError> {
    u32::try_from(radix)
        .ok()
        .filter(|radix| (2..=36).contains(radix))
        .ok_or_else(|| RowError::new("Radix must be between 2 and 36"))
}

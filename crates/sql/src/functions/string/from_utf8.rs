//! `from_utf8`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varbinary, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_utf8",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_utf8(varbinary) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Decodes UTF-8.",
        edges: "Bytes that are none become U+FFFD.",
        examples: &[("SELECT from_utf8(from_hex('C3A9'))", "é")],
        source: "Trino's binary functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varbinary, Varchar>(call, arguments, |bytes| Ok(String::from_utf8_lossy(bytes).into_owned()))
}

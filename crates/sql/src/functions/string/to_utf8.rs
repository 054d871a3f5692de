//! `to_utf8`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varbinary, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_utf8",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "to_utf8(varchar) -> varbinary", kernel }],
    documentation: Documentation {
        summary: "Encodes text as UTF-8.",
        edges: "",
        examples: &[("SELECT to_hex(to_utf8('é'))", "C3A9")],
        source: "Trino's binary functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varbinary>(call, arguments, |text| Ok(text.as_bytes().to_vec()))
}

//! `to_base64`.

use arrow::array::ArrayRef;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::functions::map::{self, Varbinary, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_base64",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "to_base64(varbinary) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Encodes bytes as base64 text.",
        edges: "",
        examples: &[("SELECT to_base64(CAST('hello' AS varbinary))", "aGVsbG8=")],
        source: "Trino's binary functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varbinary, Varchar>(call, arguments, |bytes| Ok(STANDARD.encode(bytes)))
}

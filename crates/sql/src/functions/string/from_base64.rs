//! `from_base64`.

use arrow::array::ArrayRef;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::functions::map::{self, Varbinary, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_base64",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_base64(varchar) -> varbinary", kernel }],
    documentation: Documentation {
        summary: "Decodes base64 text.",
        edges: "Fails on other text.",
        examples: &[("SELECT from_utf8(from_base64('aGVsbG8='))", "hello")],
        source: "Trino's binary functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varbinary>(call, arguments, |text| {
        STANDARD.decode(text).map_err(|_| RowError::new(format!("Not a valid base64 text: {text}")))
    })
}

//! `from_hex`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varbinary, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_hex",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_hex(varchar) -> varbinary", kernel }],
    documentation: Documentation {
        summary: "Decodes hexadecimal text.",
        edges: "Fails on other text.",
        examples: &[("SELECT from_utf8(from_hex('68656c6c6f'))", "hello")],
        source: "Trino's binary functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varchar, Varbinary>(call, arguments, |text| {
        hex::decode(text).map_err(|_| RowError::new(format!("Not a valid hexadecimal text: {text}")))
    })
}

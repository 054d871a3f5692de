//! `to_hex`.

use arrow::array::ArrayRef;

use crate::functions::map::{self, Varbinary, Varchar};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "to_hex",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "to_hex(varbinary) -> varchar", kernel }],
    documentation: Documentation {
        summary: "Encodes bytes as hexadecimal text in upper case.",
        edges: "",
        examples: &[("SELECT to_hex(CAST('hello' AS varbinary))", "68656C6C6F")],
        source: "Trino's binary functions, not on the service's list",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    map::unary::<Varbinary, Varchar>(call, arguments, |bytes| Ok(hex::encode_upper(bytes)))
}

//! `from_big_endian_64`.

use arrow::array::{ArrayRef, BinaryArray};

use crate::functions::map::{Bigint, Output};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "from_big_endian_64",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "from_big_endian_64(varbinary) -> bigint", kernel }],
    documentation: Documentation {
        summary: "Reads a number from eight bytes, the highest first.",
        edges: "Fails for any other number of bytes.",
        examples: &[("SELECT from_big_endian_64(CAST('12345678' AS varbinary))", "3544952156018063160")],
        source: "sql.md 7.12",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let values = arguments.column::<BinaryArray>(0)?;
    let mut builder = Bigint::builder(call.rows);
    for row in 0..call.rows {
        let number = match values.row(row) {
            Some(at) => {
                let bytes = <[u8; 8]>::try_from(values.values.value(at));
                let bytes = bytes.map_err(|_| RowError::new("expected 8-byte input"))?;
                Some(i64::from_be_bytes(bytes))
            }
            None => None,
        };
        Bigint::push(&mut builder, number);
    }
    Ok(Bigint::finish(builder))
}

//! `bitwise_or_agg`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "bitwise_or_agg",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "bitwise_or_agg(bigint) -> bigint",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let function = datafusion::functions_aggregate::bit_and_or_xor::bit_or_udaf();
            super::engine::wrapped("bitwise_or_agg", arguments, returns, function)
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the bitwise OR of all values.",
        edges: "NULLs are skipped; NULL without values.",
        examples: &[("SELECT bitwise_or_agg(x) FROM (VALUES 6, 3) AS t(x)", "7")],
        source: "sql.md 7.9",
    },
};

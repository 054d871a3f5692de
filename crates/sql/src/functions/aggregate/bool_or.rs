//! `bool_or`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "bool_or",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "bool_or(boolean) -> boolean",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let function = datafusion::functions_aggregate::bool_and_or::bool_or_udaf();
            super::engine::wrapped("bool_or", arguments, returns, function)
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Tells whether at least one value is true.",
        edges: "NULLs are skipped; NULL without values.",
        examples: &[("SELECT bool_or(b) FROM (VALUES true, NULL, false) AS t(b)", "true")],
        source: "sql.md 7.9",
    },
};

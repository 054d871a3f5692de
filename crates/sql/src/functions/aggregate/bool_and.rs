//! `bool_and`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "bool_and",
    aliases: &["every"],
    overloads: &[AggregateOverload {
        signature: "bool_and(boolean) -> boolean",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let function = datafusion::functions_aggregate::bool_and_or::bool_and_udaf();
            super::engine::wrapped("bool_and", arguments, returns, function)
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Tells whether every value is true.",
        edges: "NULLs are skipped; NULL without values.",
        examples: &[("SELECT bool_and(b) FROM (VALUES true, NULL, false) AS t(b)", "false")],
        source: "sql.md 7.9",
    },
};

//! `array_agg`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "array_agg",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "array_agg(T) -> array(T)",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_aggregate::array_agg::array_agg_udaf(),
    }],
    order_sensitive: true,
    documentation: Documentation {
        summary: "Collects the values into an array.",
        edges: "NULLs are kept; NULL without rows.",
        examples: &[("SELECT array_agg(x ORDER BY x) FROM (VALUES 3, 1, 2) AS t(x)", "[1,2,3]")],
        source: "sql.md 7.9",
    },
};

//! `variance`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "variance",
    aliases: &["var_samp"],
    overloads: &[AggregateOverload {
        signature: "variance(double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let function = datafusion::functions_aggregate::variance::var_samp_udaf();
            super::engine::spread("variance", arguments, returns, function)
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the sample variance.",
        edges: "NULLs are skipped; NULL for fewer than two values.",
        examples: &[("SELECT round(variance(x), 6) FROM (VALUES 1, 2, 3, 4, 8) AS t(x)", "7.3")],
        source: "sql.md 7.9",
    },
};

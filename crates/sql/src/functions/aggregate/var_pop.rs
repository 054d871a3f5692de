//! `var_pop`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "var_pop",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "var_pop(double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let function = datafusion::functions_aggregate::variance::var_pop_udaf();
            super::engine::spread("var_pop", arguments, returns, function)
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the population variance.",
        edges: "NULLs are skipped; NULL without values.",
        examples: &[("SELECT round(var_pop(x), 6) FROM (VALUES 1, 2, 3, 4, 8) AS t(x)", "5.84")],
        source: "sql.md 7.9",
    },
};

//! `stddev_pop`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "stddev_pop",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "stddev_pop(double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let function = datafusion::functions_aggregate::stddev::stddev_pop_udaf();
            super::engine::spread("stddev_pop", arguments, returns, function)
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the population standard deviation.",
        edges: "NULLs are skipped; NULL without values.",
        examples: &[("SELECT round(stddev_pop(x), 6) FROM (VALUES 1, 2, 3, 4, 8) AS t(x)", "2.416609")],
        source: "sql.md 7.9",
    },
};

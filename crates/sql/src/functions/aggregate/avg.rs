//! `avg`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "avg",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "avg(double) -> double",
            #[cfg(feature = "engine")]
            engine: |_, _| datafusion::functions_aggregate::average::avg_udaf(),
        },
        AggregateOverload {
            signature: "avg(interval day to second) -> interval day to second",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let function = datafusion::functions_aggregate::average::avg_udaf();
                super::engine::wrapped("avg", arguments, returns, function)
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the average.",
        edges: "NULLs are skipped; NULL without values.",
        examples: &[("SELECT avg(x) FROM (VALUES 1, 2, NULL, 4) AS t(x)", "2.3333333333333335")],
        source: "sql.md 7.9",
    },
};

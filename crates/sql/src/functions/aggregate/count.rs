//! `count`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "count",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "count() -> bigint",
            #[cfg(feature = "engine")]
            engine: |_, _| datafusion::functions_aggregate::count::count_udaf(),
        },
        AggregateOverload {
            signature: "count(T) -> bigint",
            #[cfg(feature = "engine")]
            engine: |_, _| datafusion::functions_aggregate::count::count_udaf(),
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Counts rows, or the values that are not NULL.",
        edges: "0 without rows.",
        examples: &[
            ("SELECT count(*) FROM (VALUES 1, NULL, 3) AS t(x)", "3"),
            ("SELECT count(x) FROM (VALUES 1, NULL, 3) AS t(x)", "2"),
        ],
        source: "sql.md 7.9",
    },
};

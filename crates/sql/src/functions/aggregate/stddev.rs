//! `stddev`.

use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "stddev",
    aliases: &["stddev_samp"],
    overloads: &[AggregateOverload {
        signature: "stddev(double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| {
            let function = datafusion::functions_aggregate::stddev::stddev_udaf();
            super::engine::spread("stddev", arguments, returns, function)
        },
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the sample standard deviation.",
        edges: "NULLs are skipped; NULL for fewer than two values.",
        examples: &[("SELECT round(stddev(x), 6) FROM (VALUES 1, 2, 3, 4, 8) AS t(x)", "2.701851")],
        source: "sql.md 7.9",
    },
};

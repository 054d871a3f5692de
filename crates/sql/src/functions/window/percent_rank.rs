//! `percent_rank`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "percent_rank",
    overloads: &[WindowOverload {
        signature: "percent_rank() -> double",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_window::rank::percent_rank_udwf(),
    }],
    documentation: Documentation {
        summary: "Returns the rank of the row as a fraction from 0 to 1.",
        edges: "0 in a partition of one row.",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT percent_rank() OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[0.0,0.3333333333333333,0.3333333333333333,1.0]",
        )],
        source: "sql.md 7.10",
    },
};

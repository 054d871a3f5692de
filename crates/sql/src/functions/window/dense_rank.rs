//! `dense_rank`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "dense_rank",
    overloads: &[WindowOverload {
        signature: "dense_rank() -> bigint",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_window::rank::dense_rank_udwf(),
    }],
    documentation: Documentation {
        summary: "Returns the rank of the row, where equal rows have equal ranks and no rank is left out.",
        edges: "",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT dense_rank() OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[1,2,2,3]",
        )],
        source: "sql.md 7.10",
    },
};

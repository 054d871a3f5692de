//! `rank`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "rank",
    overloads: &[WindowOverload {
        signature: "rank() -> bigint",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_window::rank::rank_udwf(),
    }],
    documentation: Documentation {
        summary: "Returns the rank of the row: one more than the rows before it that are not its peers.",
        edges: "",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT rank() OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[1,2,2,4]",
        )],
        source: "sql.md 7.10",
    },
};

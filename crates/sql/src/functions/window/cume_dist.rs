//! `cume_dist`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "cume_dist",
    overloads: &[WindowOverload {
        signature: "cume_dist() -> double",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_window::cume_dist::cume_dist_udwf(),
    }],
    documentation: Documentation {
        summary: "Returns the fraction of the partition's rows that come before the current one or are its peers.",
        edges: "",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT cume_dist() OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[0.25,0.75,0.75,1.0]",
        )],
        source: "sql.md 7.10",
    },
};

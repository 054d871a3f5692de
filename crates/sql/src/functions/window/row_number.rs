//! `row_number`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "row_number",
    overloads: &[WindowOverload {
        signature: "row_number() -> bigint",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_window::row_number::row_number_udwf(),
    }],
    documentation: Documentation {
        summary: "Numbers the rows of the partition from 1.",
        edges: "",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT row_number() OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[1,2,3,4]",
        )],
        source: "sql.md 7.10",
    },
};

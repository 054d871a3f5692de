//! `first_value`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "first_value",
    overloads: &[WindowOverload {
        signature: "first_value(T) -> T",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_window::nth_value::first_value_udwf(),
    }],
    documentation: Documentation {
        summary: "Returns the value of the frame's first row.",
        edges: "With IGNORE NULLS the first value that is not NULL.",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT first_value(x) OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[1,1,1,1]",
        )],
        source: "sql.md 7.10",
    },
};

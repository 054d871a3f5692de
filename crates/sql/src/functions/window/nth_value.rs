//! `nth_value`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "nth_value",
    overloads: &[WindowOverload {
        signature: "nth_value(T, bigint) -> T",
        #[cfg(feature = "engine")]
        engine: |arguments, _| {
            let function = datafusion::functions_window::nth_value::nth_value_udwf();
            super::engine::nth(arguments, function)
        },
    }],
    documentation: Documentation {
        summary: "Returns the value of the frame's n-th row, from 1.",
        edges: "NULL where the frame has fewer rows or n is NULL. Fails for n below 1.",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT nth_value(x, 2) OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[2,2,2,null]",
        )],
        source: "sql.md 7.10",
    },
};

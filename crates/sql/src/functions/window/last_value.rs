//! `last_value`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "last_value",
    overloads: &[WindowOverload {
        signature: "last_value(T) -> T",
        #[cfg(feature = "engine")]
        engine: |_, _| datafusion::functions_window::nth_value::last_value_udwf(),
    }],
    documentation: Documentation {
        summary: "Returns the value of the frame's last row.",
        edges: "The default frame ends at the current row and its peers. With IGNORE NULLS the last value that is not NULL.",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT last_value(x) OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[1,2,2,4]",
        )],
        source: "sql.md 7.10",
    },
};

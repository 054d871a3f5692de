//! `lead`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

#[cfg(feature = "engine")]
fn engine(
    arguments: &[crate::types::Type],
    _returns: &crate::types::Type,
) -> std::sync::Arc<datafusion::logical_expr::WindowUDF> {
    let function = datafusion::functions_window::lead_lag::lead_udwf();
    super::engine::shift("lead", arguments, function, super::engine::Direction::Ahead)
}

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "lead",
    overloads: &[
        WindowOverload {
            signature: "lead(T) -> T",
            #[cfg(feature = "engine")]
            engine,
        },
        WindowOverload {
            signature: "lead(T, bigint) -> T",
            #[cfg(feature = "engine")]
            engine,
        },
        WindowOverload {
            signature: "lead(T, bigint, T) -> T",
            #[cfg(feature = "engine")]
            engine,
        },
    ],
    documentation: Documentation {
        summary: "Returns the value of the row that stands a number of rows (1 by default) after the current one.",
        edges: "Outside of the partition, and for a NULL offset, the third argument, or NULL. Offset 0 is the current row; fails for a negative one. With IGNORE NULLS only rows with a value count.",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT lead(x, 2, 9) OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[2,4,9,9]",
        )],
        source: "sql.md 7.10",
    },
};

//! `ntile`.

use crate::functions::{Documentation, WindowFunction, WindowOverload};

pub static FUNCTION: WindowFunction = WindowFunction {
    name: "ntile",
    overloads: &[WindowOverload {
        signature: "ntile(bigint) -> bigint",
        #[cfg(feature = "engine")]
        engine: |arguments, _| {
            let function = datafusion::functions_window::ntile::ntile_udwf();
            super::engine::checked("ntile", arguments, function, super::engine::Check { index: 0, min: 1 })
        },
    }],
    documentation: Documentation {
        summary: "Divides the partition into n buckets as equal in size as possible and returns the row's bucket from 1.",
        edges: "The first buckets take the rows left over. Fails for n below 1; n is constant.",
        examples: &[(
            "SELECT array_agg(r ORDER BY r) FROM (SELECT ntile(3) OVER (ORDER BY x) AS r FROM (VALUES 1, 2, 2, 4) AS t(x))",
            "[1,1,2,3]",
        )],
        source: "sql.md 7.10",
    },
};

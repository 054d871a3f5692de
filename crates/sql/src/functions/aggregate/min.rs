//! `min`.

#[cfg(feature = "engine")]
use super::ranking::{End, Extreme, Several};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};
#[cfg(feature = "engine")]
use crate::types::Type;

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "min",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "min(T) -> T where T: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| match arguments {
                [Type::Double] => super::engine::own("min", arguments, returns, Extreme::new(End::Smallest)),
                _ => datafusion::functions_aggregate::min_max::min_udaf(),
            },
        },
        AggregateOverload {
            signature: "min(T, bigint) -> array(T) where T: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let value = arguments.first().unwrap_or(returns).data_type();
                super::engine::own("min", arguments, returns, Several::of(End::Smallest, value))
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the smallest value, or the n smallest ones.",
        edges: "NULLs are skipped; NULL without values. NaN only where there is nothing else. Fails for n below 1 or above 10,000.",
        examples: &[
            ("SELECT min(x) FROM (VALUES 3, 1, NULL, 2) AS t(x)", "1"),
            ("SELECT min(x, 2) FROM (VALUES 3, 1, NULL, 2) AS t(x)", "[1,2]"),
        ],
        source: "sql.md 7.9",
    },
};

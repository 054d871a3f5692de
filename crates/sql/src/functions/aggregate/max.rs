//! `max`.

#[cfg(feature = "engine")]
use super::ranking::{End, Extreme, Several};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};
#[cfg(feature = "engine")]
use crate::types::Type;

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "max",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "max(T) -> T where T: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| match arguments {
                [Type::Double] => super::engine::own("max", arguments, returns, Extreme::new(End::Largest)),
                _ => datafusion::functions_aggregate::min_max::max_udaf(),
            },
        },
        AggregateOverload {
            signature: "max(T, bigint) -> array(T) where T: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let value = arguments.first().unwrap_or(returns).data_type();
                super::engine::own("max", arguments, returns, Several::of(End::Largest, value))
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the largest value, or the n largest ones.",
        edges: "NULLs are skipped; NULL without values. NaN only where there is nothing else. Fails for n below 1 or above 10,000.",
        examples: &[
            ("SELECT max(x) FROM (VALUES 3, 1, NULL, 2) AS t(x)", "3"),
            ("SELECT max(x, 2) FROM (VALUES 3, 1, NULL, 2) AS t(x)", "[3,2]"),
        ],
        source: "sql.md 7.9",
    },
};

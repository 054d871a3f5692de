//! `min_by`.

#[cfg(feature = "engine")]
use super::ranking::{Best, End, Several};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "min_by",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "min_by(T, U) -> T where U: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let key = arguments.get(1).unwrap_or(returns).data_type();
                super::engine::own(
                    "min_by",
                    arguments,
                    returns,
                    Best::new(End::Smallest, returns.data_type(), key),
                )
            },
        },
        AggregateOverload {
            signature: "min_by(T, U, bigint) -> array(T) where U: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let value = arguments.first().unwrap_or(returns).data_type();
                let key = arguments.get(1).unwrap_or(returns).data_type();
                super::engine::own("min_by", arguments, returns, Several::by(End::Smallest, value, key))
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the value of the row with the smallest key, or those of the n rows with the smallest keys.",
        edges: "Rows with a NULL key are skipped; the value may be NULL. NULL without rows. Fails for n below 1 or above 10,000.",
        examples: &[
            ("SELECT min_by(x, y) FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS t(x, y)", "a"),
            ("SELECT min_by(x, y, 2) FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS t(x, y)", "[a,b]"),
        ],
        source: "sql.md 7.9",
    },
};

//! `max_by`.

#[cfg(feature = "engine")]
use super::ranking::{Best, End, Several};
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "max_by",
    aliases: &[],
    overloads: &[
        AggregateOverload {
            signature: "max_by(T, U) -> T where U: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let key = arguments.get(1).unwrap_or(returns).data_type();
                super::engine::own(
                    "max_by",
                    arguments,
                    returns,
                    Best::new(End::Largest, returns.data_type(), key),
                )
            },
        },
        AggregateOverload {
            signature: "max_by(T, U, bigint) -> array(T) where U: orderable",
            #[cfg(feature = "engine")]
            engine: |arguments, returns| {
                let value = arguments.first().unwrap_or(returns).data_type();
                let key = arguments.get(1).unwrap_or(returns).data_type();
                super::engine::own("max_by", arguments, returns, Several::by(End::Largest, value, key))
            },
        },
    ],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the value of the row with the largest key, or those of the n rows with the largest keys.",
        edges: "Rows with a NULL key are skipped; the value may be NULL. NULL without rows. Fails for n below 1 or above 10,000.",
        examples: &[
            ("SELECT max_by(x, y) FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS t(x, y)", "c"),
            ("SELECT max_by(x, y, 2) FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS t(x, y)", "[c,b]"),
        ],
        source: "sql.md 7.9",
    },
};

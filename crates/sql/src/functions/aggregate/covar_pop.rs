//! `covar_pop`.

use super::pairs::Pairs;
use crate::functions::{AggregateFunction, AggregateOverload, Documentation};

pub static FUNCTION: AggregateFunction = AggregateFunction {
    name: "covar_pop",
    aliases: &[],
    overloads: &[AggregateOverload {
        signature: "covar_pop(double, double) -> double",
        #[cfg(feature = "engine")]
        engine: |arguments, returns| super::engine::own("covar_pop", arguments, returns, FOLD),
    }],
    order_sensitive: false,
    documentation: Documentation {
        summary: "Returns the population covariance of y and x.",
        edges: "Pairs with a NULL are skipped; NULL without pairs.",
        examples: &[(
            "SELECT covar_pop(y, x) FROM (VALUES (1, 1), (2, 3), (3, 5)) AS t(y, x)",
            "1.3333333333333333",
        )],
        source: "sql.md 7.9",
    },
};

const FOLD: Pairs = Pairs { result: |pairs| pairs.xy / pairs.count };

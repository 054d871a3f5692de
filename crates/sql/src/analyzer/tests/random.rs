//! Mutated statements: the analyzer answers, whatever the parser lets through.

use proptest::prelude::*;

use super::catalog::Catalog;
use super::{corpus, meaning};

/// Pieces that stand in for others.
const PIECES: [&str; 40] = [
    "time",
    "measure_value::double",
    "measure_name",
    "*",
    "t.*",
    "1",
    "'a'",
    "NULL",
    "TRUE",
    "5m",
    "1y",
    "count(*)",
    "max(time)",
    "rank() OVER (ORDER BY time)",
    "(SELECT 1)",
    "ARRAY[1, NULL]",
    "ROW(1, 'a')",
    "x -> x",
    "now()",
    "DISTINCT",
    "GROUP BY 1",
    "GROUP BY ROLLUP (time)",
    "HAVING count(*) > 1",
    "ORDER BY 1",
    "LIMIT 1",
    "UNION ALL",
    "CROSS JOIN",
    "UNNEST(ARRAY[1])",
    "EXISTS (SELECT time)",
    "IN (1, 2)",
    "BETWEEN 1 AND NULL",
    "LIKE 'a%'",
    "IS NULL",
    "CASE WHEN TRUE THEN 1 END",
    "CAST(NULL AS bigint)",
    "||",
    "+",
    "=",
    "@scheduled_runtime",
    "typeof(1)",
];

fn mutated() -> impl Strategy<Value = String> {
    let statements = corpus::texts();
    let edits =
        prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3_u8), 1..4);
    (prop::sample::select(statements), edits).prop_map(|(text, edits)| {
        let mut words: Vec<String> = text.split_inclusive([' ', ',', '(']).map(str::to_owned).collect();
        for (at, piece, edit) in edits {
            let at = at.index(words.len());
            let piece = format!("{} ", PIECES[piece.index(PIECES.len())]);
            match edit {
                0 => words[at] = piece,
                1 => words.insert(at, piece),
                _ => words[at] = String::new(),
            }
        }
        words.concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]
    #[test]
    fn mutated_statements_are_answered(text in mutated()) {
        let catalog = Catalog::of_shared_datasets();
        prop_assert!(!meaning(&text, &catalog).is_empty());
        let prepared = format!("prepare:{}", text);
        prop_assert!(!meaning(&prepared, &catalog).is_empty());
    }
}

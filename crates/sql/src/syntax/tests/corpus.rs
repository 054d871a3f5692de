//! Every statement of the shared corpora parses, but for those that are no statements.

use std::path::PathBuf;

use serde_json::Value;

use crate::syntax::parse_statement;

/// Cases of the corpus whose error is one of syntax.
const NOT_IN_THE_GRAMMAR: [&str; 1] = ["iv-quarter-not-literal"];

/// The id and text of each statement of a file under `tests/sql/shared`.
pub fn statements(file: &str) -> Vec<(String, String)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/sql/shared").join(file);
    let content =
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text_of = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
    let lines = content.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|value| (text_of(&value, "id"), text_of(&value, "sql"))).collect()
}

#[test]
fn every_shared_statement_parses() {
    let mut failures = Vec::new();
    let mut count = 0;
    for file in ["sql-cases.jsonl", "sql-workload.jsonl"] {
        for (id, text) in statements(file) {
            count += 1;
            let parsed = parse_statement(&text);
            if parsed.is_ok() == NOT_IN_THE_GRAMMAR.contains(&id.as_str()) {
                let outcome = parsed
                    .map_or_else(|error| format!("{error}: {}", error.detail()), |_| "parsed".to_owned());
                failures.push(format!("{id}: {outcome}\n    {text}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(count, 716 + 92);
}

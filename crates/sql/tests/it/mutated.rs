//! Statements of the corpora with random damage: each ends with an answer or an error of its own, never an internal one.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use sql::analyzer::{Parameters, analyze};
use sql::error::SqlError;
use sql::execution::QuerySettings;
use sql::syntax::parse_statement;

use super::dataset::{instant_ns, listed};
use super::files;
use super::run::{NOW_DEFAULT, Session, settings};
use super::store::Store;

/// As many as the gate has time for; `HEADWATER_RANDOM_RUNS` asks for more.
const ANALYZED: u64 = 6_000;
const EXECUTED: u64 = 400;
/// The statements are damaged, so some ask for a lot. They end with an error of their own.
const DEADLINE: Duration = Duration::from_secs(2);
const MEMORY_BYTES_MAX: usize = 64 * 1_024 * 1_024;
const TEXT_BYTES_MAX: usize = 20_000;

/// Expressions that stand in for others.
const EXPRESSIONS: &[&str] = &[
    "time",
    "measure_value::double",
    "measure_name",
    "0",
    "1",
    "-1",
    "2",
    "3",
    "0.5",
    "1E0",
    "nan()",
    "infinity()",
    "''",
    "'a'",
    "'2024-02-29'",
    "NULL",
    "TRUE",
    "5m",
    "1d",
    "1y",
    "1mo",
    "count(*)",
    "max(time)",
    "sum(1)",
    "ARRAY[1, NULL]",
    "ARRAY[]",
    "ROW(1, 'a')",
    "now()",
    "ago(1d)",
    "random()",
    "random(3)",
    "sequence(1, 3)",
    "TRY(1 / 0)",
    "(1 IN (1, NULL))",
    "(1 IN (SELECT 1))",
    "(time > ALL (SELECT NULL))",
    "(1 BETWEEN 1 AND NULL)",
    "('a' LIKE 'a%')",
    "(1 IS NULL)",
    "(1 IS NOT DISTINCT FROM NULL)",
    "CASE WHEN TRUE THEN 1 END",
    "CAST(NULL AS bigint)",
    "CAST(NULL AS varchar)",
    "9223372036854775807",
    "-9223372036854775808",
    "2147483647",
    "99999999999999999999",
    "1E999",
    "date_trunc('month', time)",
    "bin(time, 1h)",
    "typeof(1)",
    "(SELECT 1 WHERE FALSE)",
    "(SELECT max(time))",
    "EXISTS (SELECT time)",
    "TIMESTAMP '2024-02-29 12:00:00'",
    "DATE '2024-02-29'",
    "row_number() OVER (ORDER BY 1)",
    "lag(1, 2, 3) OVER (ORDER BY time)",
    "last_value(1) IGNORE NULLS OVER (ORDER BY time)",
    "nth_value(1, 2) OVER (ORDER BY time)",
    "sum(1) OVER (ORDER BY time ROWS 1 PRECEDING)",
    "count(*) OVER ()",
    "max(1) OVER (PARTITION BY time ORDER BY 1 GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING)",
    "sum(1E0) OVER (ORDER BY 1 RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
    "approx_percentile(1, 0.5)",
    "array_agg(time)",
    "count(DISTINCT time)",
    "create_time_series(time, 1E0)",
    "interpolate_linear(NULL, NULL)",
    "coalesce(NULL, NULL)",
    "nullif(1, NULL)",
    "if(TRUE, NULL)",
    "\"\"",
    "x",
    "a",
    "\u{1d4b3}",
    "'\u{0}'",
    "'\u{202e}'",
    "'e\u{301}'",
    "@p",
];

/// Clauses and words that stand in any place.
const CLAUSES: &[&str] = &[
    "DISTINCT",
    "GROUP BY 1",
    "GROUP BY ROLLUP (1)",
    "GROUP BY CUBE (1, 2)",
    "GROUP BY GROUPING SETS ((), (1), ())",
    "HAVING count(*) > 1",
    "ORDER BY 1",
    "ORDER BY 1 DESC NULLS FIRST",
    "LIMIT 1",
    "OFFSET 1",
    "UNION ALL SELECT 1",
    "UNION SELECT NULL",
    "INTERSECT SELECT NULL",
    "EXCEPT ALL SELECT 1",
    "CROSS JOIN (VALUES 1, 2) q(w)",
    "FULL JOIN (VALUES 1) q(w) ON TRUE",
    "LEFT JOIN (VALUES 1E0, NULL) q(w) ON w = 1",
    ", UNNEST(ARRAY[1, 2]) AS q(w)",
    "CROSS JOIN UNNEST(ARRAY[1, 2]) WITH ORDINALITY AS q(w, o)",
    "WHERE FALSE",
    "WHERE NULL",
    "AND NULL",
    "OR TRUE",
    "NOT",
    "IS NULL",
    "= 1",
    "<> NULL",
    "IN (NULL)",
    "BETWEEN 0 AND 1",
    "|| 'a'",
    "+ 1",
    "* 0",
    "/ 0",
    "% 2",
    "- 1E0",
    "[1]",
    "(",
    ")",
    ",",
    "OVER ()",
    "FILTER (WHERE TRUE)",
    "IGNORE NULLS",
    "AS",
    "SELECT",
    "FROM",
    "EXPLAIN",
    "WITH a AS (SELECT 1)",
    "x -> x",
    "(x, y) -> x",
    "--",
    "/*",
    ";",
    "?",
    "\u{feff}",
    "\u{0}",
];

struct Damage {
    rng: StdRng,
    statements: Arc<Vec<Vec<String>>>,
}

impl Damage {
    fn statement(&mut self) -> String {
        let statements = Arc::clone(&self.statements);
        let mut tokens = statements.choose(&mut self.rng).unwrap().clone();
        // Three in four differ little, so that much is left to be run.
        for _ in 0..*[1, 1, 1, 2, 2, 3].choose(&mut self.rng).unwrap() {
            self.edit(&mut tokens, &statements);
        }
        let mut text = tokens.concat();
        if self.rng.random_bool(0.05) {
            self.flip(&mut text);
        }
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text
    }

    fn edit(&mut self, tokens: &mut Vec<String>, statements: &[Vec<String>]) {
        let values: Vec<usize> = (0..tokens.len()).filter(|at| is_value(tokens, *at)).collect();
        let solid: Vec<usize> = (0..tokens.len()).filter(|at| !tokens[*at].trim().is_empty()).collect();
        let (Some(value), Some(any)) = (values.choose(&mut self.rng), solid.choose(&mut self.rng)) else {
            return tokens.push("SELECT 1".to_owned());
        };
        let (value, any) = (*value, *any);
        match self.rng.random_range(0..16) {
            0 => {
                tokens.remove(any);
            }
            1 => tokens.insert(any, format!("{} ", tokens[any])),
            2 => {
                let other = *solid.choose(&mut self.rng).unwrap();
                tokens.swap(any, other);
            }
            3..=7 => tokens[value] = (*EXPRESSIONS.choose(&mut self.rng).unwrap()).to_owned(),
            8 => tokens.insert(any, format!(" {} ", CLAUSES.choose(&mut self.rng).unwrap())),
            9 | 10 => tokens.push(format!(" {}", CLAUSES.choose(&mut self.rng).unwrap())),
            11 => {
                // A piece of another statement.
                let other = statements.choose(&mut self.rng).unwrap();
                let start = self.rng.random_range(0..other.len().max(1));
                let count = self.rng.random_range(0..12);
                tokens.splice(any..any, other.iter().skip(start).take(count).cloned());
            }
            12 | 13 => {
                // A value of the same statement, or of another one, in another place.
                let other = if self.rng.random_bool(0.7) {
                    &*tokens
                } else {
                    statements.choose(&mut self.rng).unwrap()
                };
                let others: Vec<usize> = (0..other.len()).filter(|at| is_value(other, *at)).collect();
                if let Some(at) = others.choose(&mut self.rng) {
                    let token = other[*at].clone();
                    tokens[value] = token;
                }
            }
            14 => {
                let (open, close) = [
                    ("(", ")"),
                    ("(SELECT ", ")"),
                    ("NOT ", ""),
                    ("ARRAY[", "]"),
                    ("abs(", ")"),
                    ("TRY(", ")"),
                    ("-(", ")"),
                ]
                .choose(&mut self.rng)
                .copied()
                .unwrap();
                let times = *[1, 1, 1, 2, 10, 200].choose(&mut self.rng).unwrap();
                tokens[value] = format!("{}{}{}", open.repeat(times), tokens[value], close.repeat(times));
            }
            _ => {
                let digit = self.rng.random_range(0..10).to_string();
                let times = self.rng.random_range(1..400);
                tokens[value] =
                    [digit.repeat(times), format!("'{}'", digit.repeat(times)), format!("1E{times}")]
                        .choose(&mut self.rng)
                        .cloned()
                        .unwrap();
            }
        }
    }

    /// One bit of one byte; what is no text any more is replaced.
    fn flip(&mut self, text: &mut String) {
        let mut bytes = std::mem::take(text).into_bytes();
        if !bytes.is_empty() {
            let at = self.rng.random_range(0..bytes.len());
            bytes[at] ^= 1 << self.rng.random_range(0..8);
        }
        *text = String::from_utf8_lossy(&bytes).into_owned();
    }
}

/// Whether a name, a number or a text stands there by itself, so that another expression may take its place.
fn is_value(tokens: &[String], at: usize) -> bool {
    let neighbour = |tokens: &[String], is_behind: bool| -> String {
        let mut solid = tokens.iter().filter(|token| !token.trim().is_empty());
        let found = if is_behind { solid.next() } else { solid.next_back() };
        found.cloned().unwrap_or_default()
    };
    let token = &tokens[at];
    let first = token.chars().next().unwrap_or(' ');
    let is_keyword = token.len() > 1 && token.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    if is_keyword || !(first.is_alphanumeric() || first == '\'') {
        return false;
    }
    let (before, behind) = (neighbour(&tokens[..at], false), neighbour(&tokens[at + 1..], true));
    let is_part = |token: &str| [".", "::", ":", "\"", "@"].contains(&token);
    let is_named = ["AS", "FROM", "JOIN", "BY", "TIMESTAMP", "DATE", "INTERVAL"]
        .contains(&before.to_uppercase().as_str());
    !(is_part(&before) || is_part(&behind) || is_named || behind == "(" || behind.starts_with('\''))
}

/// Words, numbers, texts in quotes, spaces, and everything else one by one.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_same = |c: char| match first {
            _ if first.is_alphanumeric() || first == '_' => c.is_alphanumeric() || c == '_',
            _ if first.is_whitespace() => c.is_whitespace(),
            _ => false,
        };
        let length = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            _ => rest.find(|c: char| !is_same(c)).unwrap_or(rest.len()).max(first.len_utf8()),
        };
        let (token, behind) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = behind;
    }
    tokens
}

fn statements() -> Arc<Vec<Vec<String>>> {
    let corpora = ["shared/sql-cases.jsonl", "shared/sql-workload.jsonl"];
    let lines = corpora.into_iter().flat_map(files::read_json_lines);
    let mut texts: Vec<String> = lines.map(|case| case["sql"].as_str().unwrap().to_owned()).collect();
    texts.extend(super::script::statements());
    assert!(texts.len() > 1_000, "{} statements", texts.len());
    Arc::new(texts.iter().map(|text| tokens(text)).collect())
}

fn runs(default: u64) -> u64 {
    let asked = std::env::var("HEADWATER_RANDOM_RUNS").ok();
    asked.and_then(|runs| runs.parse().ok()).unwrap_or(default)
}

fn store() -> Store {
    let mut store = Store::default();
    for tables in listed(&files::read_json("shared/sql-datasets.json")).values() {
        store.add_all(tables);
    }
    store
}

#[test]
fn damaged_statements_are_analyzed() {
    let (statements, store) = (statements(), store());
    let (mut parsed, mut analyzed) = (0, 0);
    for seed in 0..runs(ANALYZED) {
        let mut damage = Damage { rng: StdRng::seed_from_u64(seed), statements: Arc::clone(&statements) };
        let text = damage.statement();
        if let Ok(statement) = parse_statement(&text) {
            parsed += 1;
            analyzed += u64::from(analyze(&statement, &text, &store, &Parameters::default()).is_ok());
        }
    }
    // Damage that leaves nothing whole would test only the parser.
    assert!(parsed > runs(ANALYZED) / 4 && analyzed > 0, "{parsed} parsed, {analyzed} analyzed");
}

#[test]
fn damaged_statements_end_well() {
    let statements = statements();
    let settings = QuerySettings {
        query_memory_bytes_max: MEMORY_BYTES_MAX,
        batch_rows: 16,
        partitions_max: 2,
        ..settings()
    };
    let session = Session::with_settings(store(), instant_ns(NOW_DEFAULT), settings);
    let (mut wrong, mut answered) = (Vec::new(), 0);
    let (mut seed, mut executed) = (1_000_000, 0);
    while executed < runs(EXECUTED) {
        let mut damage = Damage { rng: StdRng::seed_from_u64(seed), statements: Arc::clone(&statements) };
        seed += 1;
        let text = damage.statement();
        if parse_statement(&text).is_err() {
            continue;
        }
        if std::env::var_os("HEADWATER_RANDOM_SHOW").is_some() {
            eprintln!("seed {}: {text}", seed - 1);
        }
        match session.run_within(&text, Parameters::default(), Some(DEADLINE)) {
            Ok(_) => answered += 1,
            Err(SqlError::Internal) => wrong.push(text),
            Err(SqlError::Execution { .. }) => {}
            // Refused before it ran.
            Err(_) => continue,
        }
        executed += 1;
    }
    assert!(wrong.is_empty(), "{} end in an internal error:\n{}", wrong.len(), wrong.join("\n---\n"));
    assert!(answered > 0);
}

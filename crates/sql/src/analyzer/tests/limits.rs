//! The deepest statements the parser lets through are analyzed on a small stack.

use super::catalog::Catalog;
use super::meaning;

/// The stack of a worker thread.
const STACK_BYTES: usize = 2 * 1024 * 1024;

fn on_small_stack(text: String) -> String {
    let run = move || meaning(&text, &Catalog::default());
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap()
}

#[test]
fn deep_expressions_fit_a_small_stack() {
    let deep = [
        format!("SELECT {}1{}", "(".repeat(100), ")".repeat(100)),
        format!("SELECT {}1{}", "abs(".repeat(100), ")".repeat(100)),
        format!("SELECT {}true", "NOT ".repeat(120)),
        format!("SELECT {}1", "- ".repeat(120)),
        format!("SELECT 1{}", " + 1".repeat(350)),
        format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(60), " END".repeat(60)),
        format!("SELECT x{} FROM (VALUES 1) t(x) GROUP BY x", " + x".repeat(350)),
        format!("SELECT x{} FROM (VALUES 1) t(x) ORDER BY x", " + x".repeat(350)),
        format!("SELECT 1 WHERE true{}", " AND 1 = 1".repeat(5000)),
        format!("SELECT 1 WHERE true{}", " OR 1 = 1".repeat(5000)),
        format!("SELECT {}1{}", "(SELECT ".repeat(15), ")".repeat(15)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(200)),
    ];
    for text in deep {
        let start: String = text.chars().take(60).collect();
        let meaning = on_small_stack(text);
        assert!(meaning.starts_with("output "), "{start}: {}", meaning.lines().next().unwrap());
    }
}

/// Short texts that stand for very large trees, or for very many comparisons, are answered at once.
#[test]
fn nothing_grows_beyond_its_text() {
    let chain = |levels: usize| {
        let tables = (1..levels).map(|level| format!(", a{level} AS (SELECT * FROM a{})", level - 1));
        format!("WITH a0 AS (SELECT 1 AS x){} SELECT * FROM a{}", tables.collect::<String>(), levels - 1)
    };
    let unused = |tables: usize| {
        let wide = "a".to_owned() + &", a".repeat(30);
        let tables = (0..tables).map(|index| format!(", u{index} AS (SELECT 1 FROM {wide})"));
        format!("WITH a AS (SELECT 1 AS x){} SELECT 1", tables.collect::<String>())
    };
    let sums = (0..150).map(|term| format!("x + {term}")).collect::<Vec<_>>();
    let long_keys: Vec<String> =
        (0..90).map(|key| format!("{} + {key}", sums.join(" + ").replace("x +", "x -"))).collect();
    let cases = [
        (chain(60), "output "),
        (chain(200), "error: line 1:"),
        (unused(20), "output "),
        (unused(60), "error: line 1:"),
        (
            format!("SELECT {}true{}", "(".repeat(100), " BETWEEN true AND true)".repeat(100)),
            "error: line 1:",
        ),
        (format!("SELECT {}1{}", "nullif(".repeat(100), ", 2)".repeat(100)), "error: line 1:"),
        (
            format!("SELECT {}1.5{}", "reduce(ARRAY[1], 0, (s, x) -> ".repeat(40), ", s -> s)".repeat(40)),
            "error: line 1:",
        ),
        (
            format!("SELECT {}1{}", "CASE ".repeat(60), " WHEN 1 THEN 1 WHEN 2 THEN 2 END".repeat(60)),
            "error: line 1:",
        ),
        (format!("SELECT {0} FROM (VALUES 1) t(x) GROUP BY {0}", long_keys.join(", ")), "output "),
        (format!("SELECT DISTINCT {0} FROM (VALUES 1) t(x) ORDER BY {0}", long_keys.join(", ")), "output "),
        (format!("SELECT {} FROM (VALUES 1) t(x)", vec!["sum(x)"; 1600].join(", ")), "output "),
        (
            format!(
                "SELECT {}1 FROM (VALUES 1) t(x) GROUP BY CUBE (x, x, x, x, x, x, x, x)",
                "grouping(x), ".repeat(1000)
            ),
            "error: line 1:",
        ),
    ];
    for (text, expected) in cases {
        let start: String = text.chars().take(60).collect();
        let meaning = on_small_stack(text);
        assert!(meaning.starts_with(expected), "{start}: {}", meaning.lines().next().unwrap());
    }
}

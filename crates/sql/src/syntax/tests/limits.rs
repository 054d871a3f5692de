//! Each limit at its edge, and the inputs of reliability.md 9 and their like. All run on a small stack.

use model::limits;

use crate::syntax::{Limit, SyntaxError, parse_statement};

/// Less than the stack of any thread that parses; the test build needs several times the stack of a release build.
const STACK_BYTES: usize = 1024 * 1_024;

pub fn on_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap()
}

/// What parsing ends with: nothing, a limit, or the grammar.
fn outcome(text: String) -> Result<(), Option<Limit>> {
    on_small_stack(move || match parse_statement(&text) {
        Ok(_) => Ok(()),
        Err(SyntaxError::Limit { limit, .. }) => Err(Some(limit)),
        Err(SyntaxError::Invalid { .. }) => Err(None),
    })
}

fn wrapped(open: &str, count: usize, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(count), close.repeat(count))
}

fn select(open: &str, count: usize, inside: &str, close: &str) -> String {
    format!("SELECT {}", wrapped(open, count, inside, close))
}

fn joined(item: &str, count: usize, separator: &str) -> String {
    vec![item; count].join(separator)
}

/// Asserts that `make(max)` passes and `make(max + 1)` exceeds the limit.
fn assert_edge(limit: Limit, max: usize, make: impl Fn(usize) -> String) {
    assert_eq!(outcome(make(max)), Ok(()), "{limit:?} at its bound");
    assert_eq!(outcome(make(max + 1)), Err(Some(limit)), "{limit:?} above its bound");
}

#[test]
fn every_limit_holds_at_its_edge() {
    assert_edge(Limit::TextCharacters, limits::QUERY_TEXT_CHARS_MAX, |n| {
        format!("SELECT '{}'", "ü".repeat(n - 9))
    });
    // The query and the outermost expression take a level each.
    assert_edge(Limit::Nesting, limits::SQL_NESTING_MAX - 2, |n| select("(", n, "1", ")"));
    assert_edge(Limit::Nesting, limits::SQL_NESTING_MAX - 2, |n| select("f(", n, "1", ")"));
    let height_max = usize::from(limits::SQL_EXPRESSION_HEIGHT_MAX);
    assert_edge(Limit::ExpressionHeight, height_max - 1, |n| select("NOT ", n, "true", ""));
    assert_edge(Limit::ExpressionHeight, height_max - 1, |n| select("- ", n, "1", ""));
    assert_edge(Limit::ExpressionHeight, height_max - 1, |n| format!("SELECT 1{}", "+1".repeat(n)));
    assert_edge(Limit::ExpressionHeight, height_max - 1, |n| format!("SELECT a{}", "[1]".repeat(n)));
    assert_edge(Limit::ExpressionHeight, height_max - 1, |n| format!("SELECT a{}", ".b".repeat(n)));
    assert_edge(Limit::SubqueryDepth, limits::SQL_SUBQUERY_DEPTH_MAX, |n| {
        wrapped("SELECT * FROM (", n, "SELECT 1", ") q")
    });
    assert_edge(Limit::SubqueryDepth, limits::SQL_SUBQUERY_DEPTH_MAX, |n| select("(SELECT ", n, "1", ")"));
    assert_edge(Limit::SetBranches, limits::SQL_SET_BRANCHES_MAX, |n| joined("SELECT 1", n, " UNION ALL "));
    assert_edge(Limit::SetBranches, limits::SQL_SET_BRANCHES_MAX / 2, |n| {
        joined("SELECT 1 UNION ALL SELECT 2", n, " UNION ")
    });
    assert_edge(Limit::Joins, limits::SQL_JOINS_MAX, |n| {
        format!("SELECT 1 FROM {}", joined("t", n + 1, ", "))
    });
    assert_edge(Limit::Joins, limits::SQL_JOINS_MAX, |n| {
        format!("SELECT 1 FROM {}", joined("(t)", n + 1, " CROSS JOIN "))
    });
    assert_edge(Limit::Joins, limits::SQL_JOINS_MAX, |n| {
        format!("SELECT 1 FROM {}{}", joined("t", n + 1, " JOIN "), " ON true".repeat(n))
    });
    assert_edge(Limit::GroupingSets, 8, |n| format!("SELECT 1 GROUP BY CUBE ({})", joined("a", n, ",")));
    assert_edge(Limit::GroupingSets, 255, |n| format!("SELECT 1 GROUP BY ROLLUP ({})", joined("a", n, ",")));
    assert_edge(Limit::GroupingSets, 256, |n| {
        format!("SELECT 1 GROUP BY GROUPING SETS ({})", joined("()", n, ","))
    });
    assert_edge(Limit::GroupingSets, 4, |n| {
        format!("SELECT 1 GROUP BY {}", joined("ROLLUP (a, b, c)", n, ","))
    });
    assert_edge(Limit::OutputColumns, limits::SQL_OUTPUT_COLUMNS_MAX, |n| {
        format!("SELECT {}", joined("1", n, ","))
    });
    assert_edge(Limit::OutputColumns, limits::SQL_OUTPUT_COLUMNS_MAX, |n| {
        format!("SELECT 1 WHERE EXISTS (VALUES ({}))", joined("1", n, ","))
    });
    assert_edge(Limit::TypeNesting, limits::SQL_TYPE_NESTING_MAX - 1, |n| {
        format!("SELECT CAST(NULL AS {})", wrapped("row(x ", n, "bigint", ")"))
    });
    // Each reference to `a` adds a branch and a table.
    assert_edge(Limit::WithExpansion, limits::SQL_WITH_EXPANSION_MAX / 2 / 25, |n| {
        let union = joined(
            "SELECT * FROM a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a",
            n,
            " UNION ",
        );
        format!("WITH a AS (SELECT * FROM db.t) {union}")
    });
}

#[test]
fn long_lists_that_become_balanced_are_free() {
    let free = [
        format!("SELECT {}", joined("a = 1", 10_000, " OR ")),
        format!("SELECT {}", joined("a", 40_000, " AND ")),
        format!("SELECT {}", joined("s", 40_000, "||")),
        format!("SELECT a IN ({})", joined("1", 60_000, ",")),
        format!("VALUES {}", joined("(1, 2)", 20_000, ",")),
        format!("SELECT f({})", joined("1", 60_000, ",")),
        format!("SELECT CASE {} END", joined("WHEN a THEN 1", 10_000, " ")),
        format!("SELECT ARRAY[{}]", joined("(1 + 2) * 3", 10_000, ",")),
    ];
    for text in free {
        assert_eq!(outcome(text.clone()), Ok(()), "{}", &text[..40]);
    }
}

#[test]
fn a_sum_over_all_attributes_of_a_record_parses() {
    let sum = joined("coalesce(a, 0)", limits::ATTRIBUTES_PER_RECORD_MAX, " + ");
    assert_eq!(outcome(format!("SELECT ({sum}) / 2")), Ok(()));
}

#[test]
fn nasty_texts_end_in_an_error() {
    let definitions: Vec<String> = (1..=24)
        .map(|n| format!("t{n} AS (SELECT * FROM t{} UNION ALL SELECT * FROM t{})", n - 1, n - 1))
        .collect();
    let nasty = [
        select("1+", 20_000, "1", ""),
        select("1+", 120_000, "1", ""),
        select("1*", 50_000, "1", ""),
        select("NOT ", 5_000, "true", ""),
        select("-(", 10_000, "1", ")"),
        select("(", 10_000, "1", ")"),
        select("(", 100_000, "", ""),
        select("((a)", 50_000, "", ")"),
        select("(a,", 10_000, "1", ")"),
        select("CASE WHEN ", 10_000, "a", " THEN 1 END"),
        select("CASE ", 10_000, "a", " WHEN 1 THEN 1 END"),
        select("f(", 10_000, "1", ")"),
        select("f(x -> ", 10_000, "1", ")"),
        select("x -> ", 10_000, "1", ""),
        select("a[", 10_000, "1", "]"),
        select("ARRAY[", 10_000, "1", "]"),
        select("ROW(", 10_000, "1", ")"),
        select("CAST(", 10_000, "1", " AS bigint)"),
        select("TRIM(a FROM ", 10_000, "1", ")"),
        select("POSITION(a IN ", 10_000, "1", ")"),
        select("EXTRACT(YEAR FROM ", 10_000, "1", ")"),
        select("a IN (", 10_000, "1", ")"),
        select("a BETWEEN (", 10_000, "1", ") AND 2"),
        select("a LIKE (", 10_000, "1", ")"),
        select("a = ANY (SELECT ", 5_000, "1", ")"),
        select("EXISTS (SELECT ", 5_000, "1", ")"),
        select("(SELECT ", 5_000, "1", ")"),
        select("(WITH a AS (SELECT ", 5_000, "1", ") SELECT 1)"),
        select("sum(1) OVER (ORDER BY ", 5_000, "1", ")"),
        select("sum(1) FILTER (WHERE ", 5_000, "1", ")"),
        wrapped("SELECT * FROM (", 2_000, "SELECT 1", ") q"),
        wrapped("(", 10_000, "SELECT 1", ")"),
        wrapped("SELECT 1 UNION (", 5_000, "SELECT 1", ")"),
        format!("SELECT * FROM {}", wrapped("(", 10_000, "t", ")")),
        format!("SELECT * FROM {}", wrapped("(", 10_000, "SELECT 1", ")")),
        format!("SELECT * FROM {}", wrapped("(t JOIN ", 10_000, "t", " ON true)")),
        format!("SELECT * FROM t {}", "JOIN t ".repeat(10_000)),
        format!("SELECT * FROM {}", wrapped("UNNEST(", 10_000, "a", ")")),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(10_000)),
        format!("SELECT 1{}", " INTERSECT SELECT 1 EXCEPT SELECT 1".repeat(3_000)),
        format!("SELECT CAST(NULL AS {})", wrapped("ARRAY<", 5_000, "INT", ">")),
        format!("SELECT CAST(NULL AS {})", wrapped("row(row ", 5_000, "bigint", ")")),
        format!("SELECT CAST(NULL AS bigint{})", " array".repeat(5_000)),
        format!("SELECT {} '1' DAY", "INTERVAL ".repeat(600)),
        format!("SELECT 1 GROUP BY CUBE ({})", joined("a", 28, ",")),
        format!("SELECT 1 GROUP BY CUBE ({})", joined("a", 10_000, ",")),
        format!("SELECT 1 GROUP BY {}", joined("CUBE (a, b)", 100, ",")),
        format!("WITH t0 AS (SELECT 1), {} SELECT * FROM t24", definitions.join(", ")),
        "EXPLAIN ".repeat(10_000),
        "SELECT '\0".to_owned(),
        "SELECT \"\0".to_owned(),
        "SELECT \u{202e}a".to_owned(),
        "/*".repeat(50_000),
        "'".repeat(100_001),
        "@".repeat(100_000),
        ";".repeat(100_000),
        String::new(),
        " \t\r\n".to_owned(),
        "\u{feff}".to_owned(),
    ];
    for text in nasty {
        let start: String = text.chars().take(60).collect();
        assert!(outcome(text).is_err(), "{start}");
    }
}

#[test]
fn the_deepest_trees_drop_on_a_small_stack() {
    // Each level of nesting adds as many levels of nodes as the height still allows.
    let height_left = usize::from(limits::SQL_EXPRESSION_HEIGHT_MAX) / 120;
    let postfix = "[1]".repeat(height_left.saturating_sub(1));
    assert_eq!(outcome(select("(", 120, "a", &format!("){postfix}"))), Ok(()));
    assert_eq!(outcome(select("f(NOT (a AND - ", 60, "a", "))")), Ok(()));
    assert_eq!(outcome(select("CASE WHEN a IN (", 60, "a", ") THEN 1 END")), Ok(()));
}

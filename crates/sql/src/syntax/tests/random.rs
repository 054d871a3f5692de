//! Arbitrary and mutated texts: the parser answers, whatever it reads.

use proptest::prelude::*;

use super::corpus::statements;
use super::limits::on_small_stack;
use crate::syntax::ast::{Child, Expr, Query, Statement};
use crate::syntax::{parse_expression, parse_statement};

/// Pieces that meet each other in statements, and some that do not.
const PIECES: [&str; 72] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "BY",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "WITH",
    "AS",
    "UNION",
    "ALL",
    "INTERSECT",
    "EXCEPT",
    "VALUES",
    "JOIN",
    "LEFT",
    "CROSS",
    "ON",
    "USING",
    "UNNEST",
    "ORDINALITY",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST",
    "ARRAY",
    "ROW",
    "INTERVAL",
    "DAY",
    "NOT",
    "IN",
    "BETWEEN",
    "AND",
    "OR",
    "LIKE",
    "ESCAPE",
    "IS",
    "NULL",
    "DISTINCT",
    "EXISTS",
    "ANY",
    "OVER",
    "PARTITION",
    "ROWS",
    "FILTER",
    "measure_value",
    "::",
    "double",
    "a",
    "\"b\"",
    "f",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    "*",
    "+",
    "-",
    "||",
    "=",
    "->",
    "1",
    "5m",
    "'x'",
    "@p",
    ";",
];

/// What opens and closes a level of nesting, for one operand inside.
const LEVELS: [(&str, &str); 30] = [
    ("(", ")"),
    ("f(", ")"),
    ("NOT ", ""),
    ("- ", ""),
    ("(a, ", ")"),
    ("a AND b OR c = d || 1 + 2 * -", ""),
    ("a BETWEEN 1 AND (", ")"),
    ("a IN (b, ", ")"),
    ("a LIKE (", ") ESCAPE '#'"),
    ("CASE WHEN ", " THEN 1 END"),
    ("CASE a WHEN 1 THEN ", " ELSE 1 END"),
    ("CAST(", " AS bigint)"),
    ("TRY(", ")"),
    ("EXTRACT(YEAR FROM ", ")"),
    ("TRIM(BOTH 'x' FROM ", ")"),
    ("POSITION(a IN ", ")"),
    ("f(x -> ", ")"),
    ("f((x, y) -> ", ")"),
    ("a[", "]"),
    ("(", ")[1]"),
    ("(", ").b"),
    ("ARRAY[", "]"),
    ("ROW(1, ", ")"),
    ("sum(1) OVER (PARTITION BY ", ")"),
    ("sum(1) FILTER (WHERE ", ") OVER (ROWS 1 PRECEDING)"),
    ("(SELECT ", ")"),
    ("EXISTS (SELECT 1 FROM t JOIN u ON ", " GROUP BY a)"),
    ("a = ALL (WITH t AS (SELECT 1) SELECT ", " UNION SELECT 1)"),
    ("a IN (SELECT * FROM (t JOIN ((VALUES ", ") v CROSS JOIN u) ON true))"),
    ("((SELECT ", ") + 1)"),
];

fn corpus() -> Vec<String> {
    let files = ["sql-cases.jsonl", "sql-workload.jsonl"];
    files.into_iter().flat_map(statements).map(|(_, text)| text).collect()
}

/// Visits every expression of a query.
fn visit_exprs(query: &Query, visit: &mut dyn FnMut(&Expr)) {
    query.for_each_child(&mut |child| visit_child(child, visit));
}

fn visit_child(child: Child<'_>, visit: &mut dyn FnMut(&Expr)) {
    match child {
        Child::Expr(expr) => {
            visit(expr);
            expr.for_each_child(&mut |part| visit_child(part, visit));
        }
        Child::Query(query) => visit_exprs(query, visit),
        Child::Table(_) => {}
    }
}

fn check(text: &str) {
    match parse_statement(text) {
        Err(error) => {
            let lines = text.split('\n').count() as u32;
            assert!((1..=lines).contains(&error.position().line), "{error} in {text:?}");
            assert!(error.span().end as usize <= text.len(), "{error} in {text:?}");
        }
        Ok(Statement::Query(query)) => visit_exprs(&query, &mut |expr| {
            let covered = expr.span.text(text);
            assert!(!covered.is_empty(), "an expression without text in {text:?}");
        }),
        Ok(_) => {}
    }
}

/// The text of an expression's span is the expression, but for parentheses that its span leaves outside.
fn check_spans(text: &str) {
    let Ok(Statement::Query(query)) = parse_statement(text) else { return };
    visit_exprs(&query, &mut |expr| {
        let covered = expr.span.text(text);
        match parse_expression(covered) {
            Ok(again) => assert_eq!(super::print::expr(&again), super::print::expr(expr), "{covered}"),
            Err(error) => panic!("{error}: {covered}"),
        }
    });
}

#[test]
fn spans_of_the_corpus_hold_their_expressions() {
    corpus().iter().for_each(|text| check_spans(text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_row_of_pieces_is_answered(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        check(&format!("SELECT {}", pieces.join(" ")));
        check(&pieces.concat());
    }

    #[test]
    fn any_nesting_is_answered_on_a_small_stack(
        levels in prop::collection::vec(prop::sample::select(&LEVELS[..]), 1..400),
        repeated in prop::sample::select(&LEVELS[..]),
        share in 0..4usize,
    ) {
        let mut text = "1".to_owned();
        for (number, (open, close)) in levels.into_iter().enumerate() {
            let (open, close) = if number % 4 < share { repeated } else { (open, close) };
            text = format!("{open}{text}{close}");
        }
        on_small_stack(move || check(&format!("SELECT {text}")));
    }

    #[test]
    fn mutated_statements_are_answered(
        text in prop::sample::select(corpus()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, prop::sample::select(&PIECES[..])), 1..6),
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        for (place, edit, piece) in edits {
            let at = place.index(characters.len() + 1);
            let end = (at + piece.len()).min(characters.len());
            match edit {
                0 => { characters.splice(at..at, piece.chars()); }
                1 => { characters.splice(at..end, []); }
                2 => { characters.splice(at..end, piece.chars()); }
                _ => characters.truncate(at),
            }
        }
        check(&characters.iter().collect::<String>());
    }
}

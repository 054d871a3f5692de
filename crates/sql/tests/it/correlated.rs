//! A subquery over an outer column answers for each value as it does with that value written in its place.

use super::dataset::instant_ns;
use super::datum::Cell;
use super::run::{Answer, NOW_DEFAULT, Session};
use super::store::Store;

/// Scalar expressions with a subquery that uses `$x`, an integer.
const SUBQUERIES: &[&str] = &[
    "(SELECT count(*) FROM u WHERE y = $x)",
    "(SELECT count(*) + count(y) FROM u WHERE y < $x)",
    "(SELECT coalesce(sum(y), -1) FROM u WHERE y < $x)",
    "(SELECT max(y) FROM u WHERE y < $x OR $x IS NULL)",
    "(SELECT max(y + $x) FROM u)",
    "(SELECT $x + 1)",
    "(SELECT $x WHERE $x > 2)",
    "(SELECT max(y) FROM u WHERE z = (SELECT max(z) FROM u WHERE z <= $x))",
    "(SELECT count(*) FROM u a JOIN u b ON a.y = b.z AND a.z < $x)",
    "(SELECT count(*) FROM u a LEFT JOIN u b ON a.y = b.z AND b.y < $x)",
    "(SELECT count(b.y) FROM u a LEFT JOIN (SELECT y, z FROM u WHERE z > $x) b ON a.y = b.z)",
    "(SELECT count(a.y) FROM (SELECT y, z FROM u WHERE z > $x) a RIGHT JOIN u b ON a.y = b.z)",
    "(SELECT count(*) FROM (SELECT y FROM u WHERE y < $x) a JOIN (SELECT z FROM u WHERE z < $x) b ON a.y = b.z)",
    "(SELECT count(*) FROM (SELECT y FROM u WHERE y < $x UNION SELECT z FROM u WHERE z > $x UNION ALL SELECT $x) a)",
    "(SELECT count(*) FROM (SELECT y FROM u EXCEPT SELECT z FROM u WHERE z < $x) a)",
    "(SELECT count(*) FROM (SELECT y FROM u WHERE y < $x INTERSECT ALL SELECT z FROM u) a)",
    "(SELECT count(*) FROM (SELECT DISTINCT y % 2 AS m FROM u WHERE y <> $x) a)",
    "(SELECT sum(m) FROM (SELECT count(*) AS m FROM u WHERE y < $x GROUP BY z) a)",
    "(SELECT max(m) FROM (SELECT count(*) AS m FROM u WHERE y < $x) a)",
    "(SELECT m FROM (SELECT max(y) AS m FROM u WHERE y < $x) a WHERE m > 1)",
    "(SELECT max(y) FROM u WHERE y < $x HAVING count(*) > 1)",
    "(SELECT y FROM u WHERE y > $x ORDER BY y, z LIMIT 1)",
    "(SELECT y FROM u ORDER BY abs(y - $x), y LIMIT 1)",
    "(SELECT y FROM u WHERE y <> $x ORDER BY y DESC, z OFFSET 2 LIMIT 1)",
    "(SELECT sum(y) FROM (SELECT y FROM u WHERE y < $x ORDER BY y DESC, z LIMIT 2) a)",
    "(SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY y) AS r FROM u WHERE y < $x) a)",
    "(SELECT sum(r) FROM (SELECT rank() OVER (PARTITION BY z ORDER BY y + $x) AS r FROM u) a)",
    "(SELECT array_agg(y ORDER BY y, z) FROM u WHERE y < $x)",
    "(SELECT count(DISTINCT y) FILTER (WHERE z < $x) FROM u)",
    "(SELECT sum(e) FROM UNNEST(ARRAY[1, $x, 3]) AS a(e))",
    "(SELECT sum(e) FROM u CROSS JOIN UNNEST(ARRAY[y, $x]) AS a(e) WHERE e < 4)",
    "(SELECT count(*) FROM UNNEST(sequence(1, coalesce($x, 1))) AS a(e))",
    "(SELECT y FROM u WHERE y = $x)",
    "(SELECT DISTINCT y FROM u WHERE y = $x)",
    "EXISTS (SELECT 1 FROM u WHERE y = $x)",
    "NOT EXISTS (SELECT 1 FROM u WHERE y < $x AND z > $x)",
    "EXISTS (SELECT max(y) FROM u WHERE y < $x)",
    "EXISTS (SELECT 1 FROM u a WHERE EXISTS (SELECT 1 FROM u b WHERE a.y = b.z AND b.y = $x))",
    "EXISTS (SELECT 1 FROM u a WHERE NOT EXISTS (SELECT 1 FROM u b WHERE a.y = b.z AND b.y = $x))",
    "EXISTS (SELECT 1 FROM u WHERE y = $x LIMIT 0)",
    "$x IN (SELECT y FROM u)",
    "$x NOT IN (SELECT y FROM u)",
    "$x IN (SELECT y FROM u WHERE y IS NOT NULL)",
    "$x NOT IN (SELECT y FROM u WHERE y IS NOT NULL)",
    "$x IN (SELECT y FROM u WHERE z < $x)",
    "$x NOT IN (SELECT y FROM u WHERE z < $x)",
    "$x + 1 IN (SELECT y FROM u WHERE z <= $x)",
    "2 IN (SELECT y FROM u WHERE z = $x)",
    "$x IN (SELECT y FROM u WHERE y IN (SELECT z FROM u WHERE z < $x + 1))",
    "$x > ALL (SELECT y FROM u WHERE y < 3)",
    "$x >= ANY (SELECT y FROM u)",
    "$x < ALL (SELECT y FROM u WHERE z > $x)",
    "$x <> ANY (SELECT y FROM u WHERE z >= $x)",
    "$x = ALL (SELECT y FROM u WHERE y = $x)",
    "$x = ALL (SELECT y FROM u)",
    "$x <> ALL (SELECT y FROM u WHERE y > 2)",
    "($x, 1) IN (SELECT y, z FROM u)",
    "($x, 1) NOT IN (SELECT y, z FROM u WHERE y IS NOT NULL AND z IS NOT NULL)",
    "CASE WHEN EXISTS (SELECT 1 FROM u WHERE y = $x) THEN (SELECT max(z) FROM u WHERE y = $x) ELSE -1 END",
    "(SELECT count(*) FROM u WHERE y = $x) + (SELECT count(*) FROM u WHERE z = $x)",
    "(SELECT max((SELECT count(*) FROM u b WHERE b.y < a.y AND b.z <> $x)) FROM u a)",
    "(SELECT try(1 / max(y - $x)) FROM u WHERE y <= $x)",
];

const ROWS: &str = "(VALUES (1, 1), (2, 1), (2, 3), (3, 2), (NULL, 2), (4, NULL)) AS u(y, z)";
const VALUES: &[&str] = &["CAST(NULL AS integer)", "0", "1", "2", "3", "5"];

fn run(session: &Session, text: &str) -> Result<Answer, String> {
    session.run(text, Default::default()).map_err(|error| error.to_string())
}

/// The subquery's answers for all values: those with each value in its place, one after the other.
fn one_by_one(session: &Session, subquery: &str) -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    for value in VALUES {
        let text = format!("WITH u AS (SELECT * FROM {ROWS}) SELECT {}", subquery.replace("$x", value));
        cells.push(run(session, &text)?.rows[0][0].clone());
    }
    Ok(cells)
}

#[test]
fn a_correlated_subquery_is_a_subquery_per_value() {
    let session = Session::new(Store::default(), instant_ns(NOW_DEFAULT));
    let numbered: Vec<String> =
        VALUES.iter().enumerate().map(|(n, value)| format!("({n}, {value})")).collect();
    for subquery in SUBQUERIES {
        let expected = one_by_one(&session, subquery);
        let expr = subquery.replace("$x", "t.x");
        let text = format!(
            "WITH u AS (SELECT * FROM {ROWS}) SELECT {expr} FROM (VALUES {}) AS t(n, x) ORDER BY t.n",
            numbered.join(", ")
        );
        let column = run(&session, &text);
        let cells =
            column.map(|answer| answer.rows.into_iter().map(|mut row| row.remove(0)).collect::<Vec<_>>());
        assert_eq!(cells, expected, "{subquery}");
    }
}

#[test]
fn a_correlated_condition_keeps_the_rows_for_which_it_holds() {
    let session = Session::new(Store::default(), instant_ns(NOW_DEFAULT));
    let numbered: Vec<String> =
        VALUES.iter().enumerate().map(|(n, value)| format!("({n}, {value})")).collect();
    let is_condition = |it: &&&str| !it.starts_with("(SELECT") && !it.starts_with("CASE");
    for condition in SUBQUERIES.iter().filter(is_condition) {
        let truths = one_by_one(&session, condition).unwrap();
        let kept = truths.iter().enumerate().filter(|(_, truth)| truth.as_deref() == Some("true"));
        let expected: Vec<Vec<Cell>> = kept.map(|(n, _)| vec![Some(n.to_string())]).collect();
        let text = format!(
            "WITH u AS (SELECT * FROM {ROWS}) SELECT t.n FROM (VALUES {}) AS t(n, x) WHERE t.n >= 0 AND {} ORDER BY 1",
            numbered.join(", "),
            condition.replace("$x", "t.x")
        );
        assert_eq!(run(&session, &text).unwrap().rows, expected, "{condition}");
    }
}

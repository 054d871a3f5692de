use super::super::tests::{engine, request};
use crate::error::SqlError;

/// Rows without end in little memory: each join keeps ten thousand rows and streams the others.
const ROWS: &str = "(SELECT a.n AS x, b.n AS y, c.n AS z FROM s a LEFT JOIN (s b LEFT JOIN s c ON b.n < c.n + 20000) \
     ON a.n < b.n + c.n + 20000)";

/// Statements that no test waits for; $ROWS stands for rows without end.
const ENDLESS: &[(&str, &str)] = &[
    ("a nested loop that finds pairs", "SELECT count(*) FROM $ROWS r"),
    (
        "a nested loop that finds none",
        "SELECT count(*) FROM s LEFT JOIN $ROWS r ON s.n + r.x + r.y + r.z < 0",
    ),
    ("a product", "SELECT max(s.n + r.x) FROM s CROSS JOIN $ROWS r"),
    ("a hash join", "SELECT count(*) FROM s JOIN $ROWS r ON s.n = r.z"),
    (
        "a hash join that finds none",
        "SELECT count(*) FROM s JOIN $ROWS r ON s.n % 2 = r.z % 2 AND s.n + r.x < 0",
    ),
    ("a semi-join", "SELECT count(*) FROM $ROWS r WHERE z IN (SELECT n FROM s)"),
    ("a filter", "SELECT count(*) FROM $ROWS r WHERE x + y + z < 0"),
    ("groups", "SELECT z % 7, sum(x) FROM $ROWS r GROUP BY 1"),
    (
        "sorted groups",
        "SELECT z % 7, approx_percentile(x, 0.5) FROM $ROWS r WHERE x < 2 GROUP BY 1 ORDER BY 1",
    ),
    ("the first rows of an order", "SELECT * FROM $ROWS r ORDER BY x, y DESC LIMIT 5"),
    ("a window", "SELECT max(r) FROM (SELECT row_number() OVER () AS r FROM $ROWS r)"),
    (
        "frames aggregated anew",
        "SELECT max(v) FROM (SELECT approx_percentile(a.n, 0.5) OVER (ORDER BY a.n, b.n ROWS BETWEEN 50000 PRECEDING \
         AND CURRENT ROW) AS v FROM s a CROSS JOIN UNNEST(sequence(1, 20)) b(n))",
    ),
    ("a union", "SELECT max(x) FROM (SELECT x FROM $ROWS a UNION ALL SELECT y FROM $ROWS b)"),
    ("lists taken apart", "SELECT count(u.e) FROM $ROWS r, UNNEST(sequence(1, r.z)) u(e)"),
    (
        "lambdas inside each other",
        "SELECT max(reduce(sequence(1, 10000), CAST(0 AS BIGINT), (s, i) -> reduce(sequence(1, 10000), s, \
         (t, j) -> reduce(sequence(1, 10000), t, (u, k) -> greatest(u, i % 7, j % 5, n % 3), u -> u), t -> t), s -> s)) \
         FROM s",
    ),
    (
        "a constant",
        "SELECT reduce(sequence(1, 10000), CAST(0 AS BIGINT), (s, i) -> reduce(sequence(1, 10000), s, \
         (t, j) -> reduce(sequence(1, 10000), t, (u, k) -> greatest(u, i % 7, j % 5), u -> u), t -> t), s -> s)",
    ),
    (
        "a filter of arrays",
        "SELECT max(cardinality(filter(sequence(1, z % 50), e -> e % 2 = x % 2))) FROM $ROWS r",
    ),
    (
        "patterns",
        "SELECT count(*) FROM $ROWS r WHERE regexp_like(CAST(z AS VARCHAR), '(?=(\\d*)*)\\1x') AND x + y > 0",
    ),
    (
        "splines",
        "SELECT count(interpolate_spline_cubic(q.ts, TIMESTAMP '2024-01-01 00:00:07')) FROM (SELECT \
         create_time_series(TIMESTAMP '2024-01-01 00:00:00' + n * 1s, CAST(n AS DOUBLE)) AS ts FROM s) q, $ROWS r \
         WHERE r.x > 0",
    ),
];

#[tokio::test]
async fn every_kind_of_work_ends_when_its_query_does() {
    for (name, text) in ENDLESS {
        let engine = engine(|settings| {
            settings.query_memory_bytes_max = 64_000_000;
            settings.batch_rows = 256;
        });
        let text = format!(
            "WITH s AS (SELECT n FROM UNNEST(sequence(1, 10000)) AS t(n)) {}",
            text.replace("$ROWS", ROWS)
        );
        let mut query = engine.start(request(&text));
        let sign = query.sign();
        while sign.counts().0 < 500 && !sign.is_set() {
            tokio::task::yield_now().await;
        }
        query.cancel();
        assert_eq!(query.next_rows().await.unwrap_err(), SqlError::Cancelled, "{name}");
        while engine.queries_running() > 0 || engine.memory_bytes_reserved() > 0 {
            let (_, refused) = sign.counts();
            assert!(refused < 2_000, "{name}: told to end {refused} times and goes on");
            tokio::task::yield_now().await;
        }
    }
}

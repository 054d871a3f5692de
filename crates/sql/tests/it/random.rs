//! Random conditions over random joins, each held against itself: the rows for which a condition is true, false and
//! unknown are together all rows, and as many rows pass a filter as the condition is true for in the select list
//! (Rigger, Su: Finding Bugs in Database Systems via Query Partitioning, OOPSLA 2020; NoREC, ESEC/FSE 2020).

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::dataset::instant_ns;
use super::datum::Cell;
use super::run::{NOW_DEFAULT, Session};
use super::store::Store;

const TABLES: &str = "WITH
    t AS (SELECT * FROM (VALUES (1, 1.5, 'a'), (2, NULL, 'b'), (2, 0.0, NULL), (NULL, 3.0, 'a'), (4, -0.0, 'c')) AS t(i, d, s)),
    u AS (SELECT * FROM (VALUES (1, 1.5, 'a'), (2, 3.0, NULL), (NULL, 0.0, 'd'), (2, nan(), 'a')) AS u(i, d, s))";
/// As many as the gate has time for; `HEADWATER_RANDOM_RUNS` asks for more.
const RUNS: u64 = 100;

struct Maker {
    rng: StdRng,
    /// The names of the relations in sight.
    names: Vec<&'static str>,
}

impl Maker {
    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices.choose(&mut self.rng).unwrap()
    }

    fn column(&mut self, column: &str) -> String {
        let name = *self.names.choose(&mut self.rng).unwrap();
        format!("{name}.{column}")
    }

    fn integer(&mut self, depth: u32) -> String {
        match self.rng.random_range(0..if depth == 0 { 3 } else { 8 }) {
            0 | 1 => self.column("i"),
            2 => self.pick(&["0", "1", "2", "3", "CAST(NULL AS integer)"]).to_owned(),
            3 => format!(
                "({} {} {})",
                self.integer(depth - 1),
                self.pick(&["+", "-", "*"]),
                self.integer(depth - 1)
            ),
            4 => format!("coalesce({}, {})", self.integer(depth - 1), self.integer(depth - 1)),
            5 => {
                let (when, then) = (self.condition(depth - 1), self.integer(depth - 1));
                format!("CASE WHEN {when} THEN {then} ELSE {} END", self.integer(depth - 1))
            }
            6 => format!("try(6 / {})", self.integer(depth - 1)),
            _ => {
                let aggregate = self.pick(&[
                    "max(x.i)",
                    "min(x.i)",
                    "CAST(count(*) AS integer)",
                    "CAST(sum(x.i) AS integer)",
                ]);
                let (relation, condition) = self.inner(depth);
                format!("(SELECT {aggregate} FROM {relation} AS x WHERE {condition})")
            }
        }
    }

    fn double(&mut self, depth: u32) -> String {
        match self.rng.random_range(0..if depth == 0 { 2 } else { 4 }) {
            0 => self.column("d"),
            1 => self.pick(&["0.0", "1.5", "3.0", "nan()", "-1.0"]).to_owned(),
            2 => format!(
                "({} {} {})",
                self.double(depth - 1),
                self.pick(&["+", "-", "*", "/"]),
                self.double(depth - 1)
            ),
            _ => format!("CAST({} AS double)", self.integer(depth - 1)),
        }
    }

    fn text(&mut self) -> String {
        match self.rng.random_range(0..3) {
            0 | 1 => self.column("s"),
            _ => self.pick(&["'a'", "'b'", "'z'"]).to_owned(),
        }
    }

    /// A relation for a subquery and a condition on it under the name `x`.
    fn inner(&mut self, depth: u32) -> (&'static str, String) {
        let relation = self.pick(&["t", "u"]);
        let outer = self.names.clone();
        self.names.push("x");
        let condition = self.condition(depth - 1);
        self.names = outer;
        (relation, condition)
    }

    fn comparison(&mut self, depth: u32) -> String {
        let op = self.pick(&["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]);
        match self.rng.random_range(0..3) {
            0 => format!("{} {op} {}", self.integer(depth), self.integer(depth)),
            1 => format!("{} {op} {}", self.double(depth), self.double(depth)),
            _ => format!("{} {op} {}", self.text(), self.text()),
        }
    }

    fn condition(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.comparison(0);
        }
        match self.rng.random_range(0..13) {
            0..=2 => self.comparison(depth - 1),
            3 | 4 => format!("({} AND {})", self.condition(depth - 1), self.condition(depth - 1)),
            5 | 6 => format!("({} OR {})", self.condition(depth - 1), self.condition(depth - 1)),
            7 => format!("(NOT {})", self.condition(depth - 1)),
            8 => format!("({} IS NULL)", self.integer(depth - 1)),
            9 => {
                let not = self.pick(&["", "NOT "]);
                format!("({} {not}IN ({}, 2, {}))", self.integer(depth - 1), self.integer(0), self.integer(0))
            }
            10 => {
                let (not, (relation, condition)) = (self.pick(&["", "NOT "]), self.inner(depth));
                format!("({not}EXISTS (SELECT 1 FROM {relation} AS x WHERE {condition}))")
            }
            11 => {
                let (not, (relation, condition)) = (self.pick(&["", "NOT "]), self.inner(depth));
                format!("({} {not}IN (SELECT x.i FROM {relation} AS x WHERE {condition}))", self.integer(0))
            }
            _ => {
                let op = self.pick(&["= ALL", "<> ANY", "< ALL", ">= ANY"]);
                let (relation, condition) = self.inner(depth);
                format!("({} {op} (SELECT x.i FROM {relation} AS x WHERE {condition}))", self.integer(0))
            }
        }
    }

    /// A FROM clause; afterwards its relations are in sight.
    fn relations(&mut self) -> String {
        self.names = vec!["a"];
        let mut from = "t AS a".to_owned();
        for name in ["b", "c"] {
            if self.rng.random_bool(0.35) {
                break;
            }
            let relation = self.relation();
            let join = self.pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ","]);
            let left = *self.names.choose(&mut self.rng).unwrap();
            let before = self.names.clone();
            self.names = vec![left, name];
            from = match join {
                "CROSS JOIN" => format!("{from} CROSS JOIN {relation} AS {name}"),
                "," => format!("{from}, {relation} AS {name}"),
                join => {
                    // Outer joins take no subquery that would have to be joined itself.
                    let column = self.pick(&["i", "s", "d"]);
                    let op = self.pick(&["=", "=", "<", "IS NOT DISTINCT FROM"]);
                    let more = match self.rng.random_bool(0.4) {
                        true => format!(" AND {}", self.comparison(0)),
                        false => String::new(),
                    };
                    format!(
                        "{from} {join} {relation} AS {name} ON {left}.{column} {op} {name}.{column}{more}"
                    )
                }
            };
            self.names = before;
            self.names.push(name);
            if join == "," {
                // What follows would join the last relation alone.
                break;
            }
        }
        from
    }

    fn relation(&mut self) -> &'static str {
        self.pick(&[
            "t",
            "u",
            "(SELECT i, max(d) AS d, min(s) AS s FROM t GROUP BY i)",
            "(SELECT DISTINCT i, d, 'a' AS s FROM u)",
            "(SELECT * FROM t WHERE i > 1 UNION ALL SELECT * FROM u)",
            "(SELECT * FROM t INTERSECT SELECT * FROM u)",
            "(SELECT * FROM t EXCEPT ALL SELECT * FROM u)",
            "(SELECT t.i, e AS d, t.s FROM t CROSS JOIN UNNEST(ARRAY[t.d, 1.5]) AS n(e))",
            "(SELECT CAST(row_number() OVER (ORDER BY i, d, s) AS integer) AS i, d, s FROM u)",
            "(SELECT x.i, y.d, y.s FROM t AS x LEFT JOIN u AS y ON x.i = y.i)",
            "(SELECT i, d, s FROM t ORDER BY i, d, s LIMIT 3)",
        ])
    }
}

fn rows(session: &Session, text: &str) -> Vec<Vec<Cell>> {
    let answer = session.run(text, Default::default());
    let mut rows = answer.unwrap_or_else(|error| panic!("{error}: {text}")).rows;
    rows.sort();
    rows
}

#[test]
fn conditions_part_rows_in_three() {
    let session = Session::new(Store::default(), instant_ns(NOW_DEFAULT));
    let asked = std::env::var("HEADWATER_RANDOM_RUNS").ok().and_then(|runs| runs.parse().ok());
    for seed in 0..asked.unwrap_or(RUNS) {
        let mut maker = Maker { rng: StdRng::seed_from_u64(seed), names: Vec::new() };
        let relations = maker.relations();
        let condition = maker.condition(3);
        let select = |rest: &str| rows(&session, &format!("{TABLES} SELECT * FROM {relations} {rest}"));
        let mut parts = select(&format!("WHERE {condition}"));
        let true_rows = parts.len();
        parts.extend(select(&format!("WHERE NOT ({condition})")));
        parts.extend(select(&format!("WHERE ({condition}) IS NULL")));
        parts.sort();
        assert_eq!(parts, select(""), "seed {seed}: {relations} WHERE {condition}");
        let truths = rows(&session, &format!("{TABLES} SELECT {condition} FROM {relations}"));
        let trues = truths.iter().filter(|row| row[0].as_deref() == Some("true")).count();
        assert_eq!(trues, true_rows, "seed {seed}: {relations} WHERE {condition}");
    }
}

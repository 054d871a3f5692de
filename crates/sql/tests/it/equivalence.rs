//! The same question in several forms has one answer, whatever a scan skips and however many partitions it has: made
//! predicates in WHERE, in CASE, negated, and grouped. A failure names its seed.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use sql::analyzer::Parameters;

use super::dataset::{generated, instant_ns};
use super::files;
use super::run::Session;

const SEEDS: u64 = 200;
const TABLE: &str = r#""raw_data"."devops""#;

#[test]
fn forms_of_a_question_agree() {
    let schemas = files::read_json("workload-schemas.json");
    let now_ns = instant_ns(schemas["now"].as_str().unwrap());
    let sessions = [(1, 8192), (2, 7), (5, 2)].map(|(partitions_max, batch_rows)| {
        Session::with_small_batches(generated(&schemas), now_ns, partitions_max, batch_rows)
    });
    for seed in 0..SEEDS {
        let session = &sessions[seed as usize % sessions.len()];
        let p = predicate(&mut StdRng::seed_from_u64(seed), 3);
        let total = number(session, &format!("SELECT count(*) FROM {TABLE}"));
        let kept = number(session, &format!("SELECT count(*) FROM {TABLE} WHERE {p}"));
        let judged = number(session, &format!("SELECT count(CASE WHEN {p} THEN 1 END) FROM {TABLE}"));
        assert_eq!(kept, judged, "seed {seed}: WHERE and CASE, {p}");
        let denied = number(session, &format!("SELECT count(*) FROM {TABLE} WHERE NOT ({p})"));
        let unknown = number(session, &format!("SELECT count(*) FROM {TABLE} WHERE ({p}) IS NULL"));
        assert_eq!(kept + denied + unknown, total, "seed {seed}: true, false, unknown, {p}");
        let filtered = format!("SELECT region, count(*) FROM {TABLE} WHERE {p} GROUP BY region ORDER BY 1");
        let counted = format!(
            "SELECT region, count_if({p}) FROM {TABLE} GROUP BY region HAVING count_if({p}) > 0 ORDER BY 1"
        );
        assert_eq!(rows(session, &filtered), rows(session, &counted), "seed {seed}: groups, {p}");
        let joined = format!(
            "SELECT count(*) FROM {TABLE} a JOIN {TABLE} b ON a.time = b.time AND a.instance_name = b.instance_name \
             AND a.measure_name = b.measure_name WHERE {}",
            p.replace('~', "a.")
        );
        assert_eq!(kept, number(session, &joined), "seed {seed}: joined with itself, {p}");
    }
}

fn number(session: &Session, sql: &str) -> i64 {
    match rows(session, sql).as_slice() {
        [row] => {
            row[0].as_ref().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{sql}: {row:?}"))
        }
        other => panic!("{sql}: {other:?}"),
    }
}

/// Columns are marked with `~` until their table is known.
fn rows(session: &Session, sql: &str) -> Vec<Vec<Option<String>>> {
    let sql = sql.replace('~', "");
    session.run(&sql, Parameters::default()).unwrap_or_else(|error| panic!("{sql}: {error}")).rows
}

fn predicate(rng: &mut StdRng, depth: u32) -> String {
    if depth == 0 || rng.random_bool(0.3) {
        return atom(rng);
    }
    let mut part = || predicate(rng, depth - 1);
    match (part(), part()) {
        (left, right) if left.len() % 3 == 0 => format!("({left} OR {right})"),
        (left, _) if left.len() % 7 == 0 => format!("NOT ({left})"),
        (left, right) => format!("({left} AND {right})"),
    }
}

fn atom(rng: &mut StdRng) -> String {
    let mut pick = |choices: &[&str]| (*choices.choose(rng).unwrap()).to_owned();
    let op = pick(&["=", "<", "<=", ">", ">=", "<>"]);
    let instant = || {
        [
            "TIMESTAMP '2021-11-11 06:59:00'",
            "'2021-11-11 06:00:00'",
            "ago(90m)",
            "now() - 1d",
            "from_milliseconds(1636526171043)",
            "TIMESTAMP '2262-04-11 23:47:16.854775807'",
        ]
    };
    let (first, second) = (pick(&instant()), pick(&instant()));
    let region = pick(&["'us-east-1'", "'eu-west-1'", "'nowhere'", "NULL"]);
    match pick(&["t", "t", "s", "b", "i", "r", "r", "l", "n", "v", "m", "p", "x"]).as_str() {
        "t" => format!("~time {op} {first}"),
        "s" => format!("{first} {op} ~time"),
        "b" => format!("~time BETWEEN {first} AND {second}"),
        "i" => format!("~time IN (TIMESTAMP '2021-11-11 06:59:00', {first}, {second})"),
        "r" => format!("~region {op} {region}"),
        "l" => format!("~region IN ({region}, 'ap-northeast-1')"),
        "n" => format!("~region NOT IN ('eu-west-1', {region})"),
        "v" => format!("~cpu_user {op} 40.5"),
        "m" => format!("~measure_name {op} 'metrics'"),
        "p" => "~process_name IS NULL".to_owned(),
        _ => format!("bin(~time, 1h) {op} {first}"),
    }
}

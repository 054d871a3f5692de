//! A workload in which time passes: rows of every age, that are moved, replaced late, merged, compacted and expire.

use crate::model::{Row, Scalar, Value};
use crate::workload::Step;
use crate::world::{NOW_NS, SECOND_NS, small_settings};

const HOUR_NS: i64 = 3_600 * SECOND_NS;
/// Ages of the rows of a request, in hours: of the memory store, of the magnetic store, and shortly before they expire.
const AGES_HOURS: [i64; 5] = [1, 20, 30, 100, 200];

pub fn whole_life() -> Vec<Step> {
    let mut now_ns = NOW_NS;
    let mut steps = vec![Step::CreateTable];
    for round in 0..20_i64 {
        for request in 0..2_i64 {
            steps.push(Step::Write(request_of(round, request, now_ns)));
        }
        // Identities of the first round, again and again, wherever they lie.
        steps.push(Step::Write((0..3).map(|number| counter(number, round)).collect()));
        let pass = |hours: i64| Step::Pass { hours };
        let turn: &[Step] = match round % 7 {
            0 => &[Step::Maintain, Step::Maintain],
            1 => &[pass(20), Step::Maintain, Step::Checkpoint],
            2 => &[pass(7), Step::Maintain, Step::Maintain, Step::Restart],
            3 => &[pass(30), Step::Maintain, Step::Maintain],
            4 => &[Step::Restart, pass(3), Step::Checkpoint],
            5 if round > 7 => &[Step::DeleteTable, Step::CreateTable],
            _ => &[pass(26), Step::Maintain, Step::Checkpoint, Step::Maintain],
        };
        for step in turn {
            now_ns += match step {
                Step::Pass { hours } => hours * HOUR_NS,
                Step::Maintain => small_settings().checkpoint_age_ns,
                _ => 0,
            };
        }
        steps.extend_from_slice(turn);
    }
    steps
}

fn request_of(round: i64, request: i64, now_ns: i64) -> Vec<Row> {
    let row = |(number, hours): (usize, &i64)| {
        let number = number as i64;
        let time_ns = now_ns - hours * HOUR_NS - (request * 10 + round % 3) * SECOND_NS;
        let mut row = Row::new(&format!("host-{}", (number + round) % 4), time_ns, 1 + round, number as f64);
        row.region = (round % 2 == 0).then(|| format!("region {}", number % 2));
        if number == 3 {
            let text = Scalar::Varchar(format!("a text that is not short {round} {request}"));
            let count = Scalar::Double(round as f64);
            row.value =
                Value::Multi(vec![(format!("attribute {}", round % 5), text), ("count".to_owned(), count)]);
            "multi".clone_into(&mut row.measure_name);
        }
        row
    };
    AGES_HOURS.iter().enumerate().map(row).collect()
}

/// Its version grows from round to round until it is too old to be written.
fn counter(number: i64, round: i64) -> Row {
    Row::new("counter", NOW_NS - number * 40 * HOUR_NS, 1 + round, (round * 10 + number) as f64)
}

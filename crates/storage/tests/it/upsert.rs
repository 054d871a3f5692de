//! The version rules against the reference, over seals, merges, checkpoints and restarts (G3).

use proptest::prelude::*;

use crate::model::{Model, Row, Value};
use crate::world::{NOW_NS, SECOND_NS, World, read, write};

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<Row>),
    Maintain,
    Checkpoint,
    Restart,
    Crash(u64),
}

fn row() -> impl Strategy<Value = Row> {
    let value = prop_oneof![
        (0_i64..3).prop_map(|value| Value::Double(value as f64)),
        (0_i64..2).prop_map(Value::Bigint),
        (0_i64..2).prop_map(|value| Value::Varchar(format!("value number {value}"))),
    ];
    (0_u8..3, 0_i64..6, 0_i64..3, 1_i64..5, value).prop_map(|(host, second, day, version, value)| {
        let time_ns = NOW_NS - second * SECOND_NS - day * 86_400 * SECOND_NS;
        Row { version, value, ..Row::new(&format!("h{host}"), time_ns, 1, 0.0) }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => prop::collection::vec(row(), 1..12).prop_map(Step::Write),
        2 => Just(Step::Maintain),
        2 => Just(Step::Checkpoint),
        1 => Just(Step::Restart),
        1 => any::<u64>().prop_map(Step::Crash),
    ]
}

proptest! {
    #[test]
    fn the_highest_version_wins(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(run(steps));
    }
}

async fn run(steps: Vec<Step>) {
    let mut world = World::new();
    let mut engine = world.open_with_table().await;
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Write(rows) => {
                let outcome = write(&engine, &rows).await.unwrap();
                assert_eq!(outcome.rejected, model.apply(&rows));
                let accepted = rows.len() - outcome.rejected.len();
                assert_eq!(outcome.memory_store + outcome.magnetic_store, accepted);
            }
            Step::Maintain => drop(engine.maintain().await.unwrap()),
            Step::Checkpoint => drop(engine.checkpoint().await.unwrap()),
            Step::Restart => {
                engine.close().await.unwrap();
                drop(engine);
                engine = world.open().await.unwrap();
            }
            Step::Crash(seed) => {
                drop(engine);
                world = world.crash(seed);
                engine = world.open().await.unwrap();
            }
        }
        assert_eq!(read(&engine), model.visible());
    }
}

/// Requests that wait together for one sync decide on each other's rows.
#[tokio::test]
async fn concurrent_requests_see_each_other() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    let requests: Vec<Vec<Row>> = (0..40_i64)
        .map(|number| {
            let version = 1 + number % 10;
            vec![Row::new("h", NOW_NS, version, version as f64), Row::new("h", NOW_NS - number, 1, 7.0)]
        })
        .collect();
    let outcomes = futures::future::join_all(requests.iter().map(|rows| write(&engine, rows))).await;
    let mut model = Model::default();
    // The futures are first polled in order, so the log has them in order.
    for (rows, outcome) in requests.iter().zip(outcomes) {
        assert_eq!(outcome.unwrap().rejected, model.apply(rows));
    }
    assert_eq!(read(&engine), model.visible());
}

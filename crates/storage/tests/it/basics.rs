//! What one engine does without crashes.

use std::collections::BTreeMap;

use ::model::scan::TimeRange;

use crate::model::{Model, Row, Scalar, Value};
use crate::world::{NOW_NS, SECOND_NS, World, read, read_where, write};

/// Rows of several series, partitions, kinds and types.
fn varied_rows(count: i64) -> Vec<Row> {
    let row = |number: i64| {
        let time_ns = NOW_NS - (number % 97) * 3_600 * SECOND_NS - number;
        let mut row = Row::new(&format!("host-{}", number % 5), time_ns, 1, number as f64);
        if number % 3 == 0 {
            row.region = Some(format!("a region with a long name {}", number % 2));
        }
        match number % 4 {
            0 => row.value = Value::Bigint(number),
            1 => row.value = Value::Varchar(format!("a text that is longer than twelve bytes {number}")),
            2 => {
                row.measure_name = "state".to_owned();
                row.value = Value::Multi(vec![
                    ("on".to_owned(), Scalar::Boolean(number % 8 == 2)),
                    ("note".to_owned(), Scalar::Varchar(format!("n{number}"))),
                    ("at".to_owned(), Scalar::Timestamp(number)),
                    ("load".to_owned(), Scalar::Double(0.5)),
                ]);
            }
            _ => {}
        }
        row
    };
    (0..count).map(row).collect()
}

#[tokio::test]
async fn rows_are_visible_at_once_and_after_restarts() {
    let mut world = World::new();
    let mut engine = world.open_with_table().await;
    let mut model = Model::default();
    for (round, rows) in varied_rows(300).chunks(7).enumerate() {
        let outcome = write(&engine, rows).await.unwrap();
        assert_eq!(outcome.rejected, model.apply(rows));
        assert_eq!(outcome.memory_store + outcome.magnetic_store, rows.len());
        assert_eq!(read(&engine), model.visible(), "round {round}");
        match round % 9 {
            3 => drop(engine.maintain().await.unwrap()),
            5 => drop(engine.checkpoint().await.unwrap()),
            7 => {
                engine.close().await.unwrap();
                drop(engine);
                engine = world.open().await.unwrap();
                assert_eq!(read(&engine), model.visible(), "after the restart of round {round}");
            }
            _ => {}
        }
    }
    let stats = engine.stats();
    assert_eq!(stats.rows, 300);
    assert!(stats.run_files > 0, "{stats:?}");
}

#[tokio::test]
async fn a_restart_without_close_replays_the_log() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    let mut model = Model::default();
    for rows in varied_rows(60).chunks(11) {
        write(&engine, rows).await.unwrap();
        model.apply(rows);
    }
    drop(engine);
    let engine = world.open().await.unwrap();
    assert_eq!(read(&engine), model.visible());
}

#[tokio::test]
async fn scans_keep_what_they_are_asked_for() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    let rows = varied_rows(200);
    let mut model = Model::default();
    for (round, rows) in rows.chunks(9).enumerate() {
        write(&engine, rows).await.unwrap();
        model.apply(rows);
        if round == 12 {
            engine.checkpoint().await.unwrap();
        }
    }
    let hour_ns = 3_600 * SECOND_NS;
    let ranges = [
        TimeRange::ALL,
        TimeRange { start_ns: NOW_NS - 30 * hour_ns, end_ns: NOW_NS - 3 * hour_ns },
        TimeRange { start_ns: NOW_NS - 96 * hour_ns, end_ns: i64::MAX },
        TimeRange { start_ns: NOW_NS, end_ns: NOW_NS },
        TimeRange { start_ns: NOW_NS - hour_ns, end_ns: NOW_NS - 2 * hour_ns },
    ];
    type Case<'a> = (&'a [(&'a str, &'a [&'a str])], fn(&crate::model::Identity) -> bool);
    let cases: &[Case<'_>] = &[
        (&[], |_| true),
        (&[("host", &["host-1"])], |identity| identity.0 == "host-1"),
        (&[("host", &["host-1", "host-4", "none"])], |identity| {
            matches!(identity.0.as_str(), "host-1" | "host-4")
        }),
        (&[("host", &["host-2"]), ("measure_name", &["state"])], |identity| {
            identity.0 == "host-2" && identity.2 == "state"
        }),
        (&[("region", &["a region with a long name 1"])], |identity| {
            identity.1.as_deref() == Some("a region with a long name 1")
        }),
        (&[("host", &[])], |_| false),
    ];
    for range in ranges {
        for (position, (predicates, holds)) in cases.iter().enumerate() {
            let expected: BTreeMap<_, _> = model
                .visible()
                .into_iter()
                .filter(|(identity, _)| range.contains(identity.3) && holds(identity))
                .collect();
            assert_eq!(read_where(&engine, range, predicates), expected, "case {position} in {range:?}");
        }
    }
}

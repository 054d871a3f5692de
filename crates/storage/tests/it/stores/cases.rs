//! What an engine must do wherever its stores are.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};

use crate::model::{Model, Row};
pub use crate::tiers::{late_rows, moving_rows_are_not_noticed, pruned_scans, settle, tiers};
use crate::workload::{Runner, assert_no_orphans_in, visible, workload};
use crate::world::{NOW_NS, SECOND_NS, World, read, read_at, write};

const DAY_NS: i64 = 86_400 * SECOND_NS;

pub async fn everything_in_turn(world: World) {
    let mut runner = Runner { world, engine: None, state: None };
    assert!(runner.run(&workload()).await.is_none());
    assert_eq!(read(runner.engine()), visible(&runner.state));
    runner.engine().checkpoint().await.unwrap();
    runner.engine().maintain().await.unwrap();
    assert_no_orphans_in(&runner.world).await;
}

pub async fn small_files_are_compacted(mut world: World) {
    world.settings.rewrite.late_percent_min = 100;
    let engine = world.open_with_table().await;
    let mut model = Model::default();
    for round in 0..6_i64 {
        // Each round's series are behind those before: a file of its own.
        let row = |number: i64| {
            Row::new(&format!("host-{round}"), NOW_NS - 3 * DAY_NS - number * SECOND_NS, 1, number as f64)
        };
        let rows: Vec<Row> = (0..2 + round % 2).map(row).collect();
        write(&engine, &rows).await.unwrap();
        model.apply(&rows);
        settle(&world, &engine).await;
        assert_eq!(read(&engine), model.visible(), "round {round}");
    }
    let stats = engine.stats();
    assert!(stats.data_files <= 2, "{stats:?}");
    assert_eq!(stats.rows, 15);
    engine.checkpoint().await.unwrap();
    engine.maintain().await.unwrap();
    assert_no_orphans_in(&world).await;
    drop(engine);
    assert_eq!(read(&world.open().await.unwrap()), model.visible());
}

/// Rows of three days ago, in two partitions.
fn old_rows() -> Vec<Row> {
    let row = |number: i64| {
        let time_ns = NOW_NS - (3 + number % 2) * DAY_NS - number * SECOND_NS;
        Row::new(&format!("host-{}", number % 3), time_ns, 1, number as f64)
    };
    (0..30).map(row).collect()
}

pub async fn orphans_are_collected(mut world: World) {
    let engine = world.open_with_table().await;
    let mut model = Model::default();
    write(&engine, &old_rows()).await.unwrap();
    model.apply(&old_rows());
    settle(&world, &engine).await;
    let names = world.object_names().await;
    let folder = names[0].split('/').next().unwrap();
    let orphan = format!("{folder}/{:032x}", 7);
    if let Some(bucket) = &world.bucket {
        let store = bucket.store();
        for name in [orphan.as_str(), "elsewhere/notes.txt", "notes.txt"] {
            let bytes = PutPayload::from(Bytes::from_static(b"left behind"));
            store.put(&Path::from(name), bytes).await.unwrap();
        }
    } else {
        world.leave_file(&format!("/data/magnetic/{orphan}"));
    }
    let before = world.object_names().await;
    assert!(before.contains(&orphan), "{before:?}");
    world.clock.advance_ns(i64::try_from(world.settings.collect_period_ns).unwrap());
    engine.maintain().await.unwrap();
    let after = world.object_names().await;
    let expected: Vec<String> = before.into_iter().filter(|name| *name != orphan).collect();
    assert_eq!(after, expected);
    assert_eq!(read(&engine), model.visible());
}

pub async fn retention_empties_the_store(mut world: World) {
    let engine = world.open_with_table().await;
    write(&engine, &old_rows()).await.unwrap();
    settle(&world, &engine).await;
    engine.checkpoint().await.unwrap();
    assert!(!world.object_names().await.is_empty());
    // The table keeps ten days, and the rows' partitions end two days ago.
    for _ in 0..9 {
        world.clock.advance_ns(DAY_NS);
        engine.maintain().await.unwrap();
    }
    use ::model::clock::Clock;
    assert!(read_at(&engine, world.clock.now_ns()).unwrap().is_empty());
    engine.checkpoint().await.unwrap();
    engine.maintain().await.unwrap();
    assert_eq!(world.object_names().await, Vec::<String>::new());
    drop(engine);
    let engine = world.open().await.unwrap();
    assert!(read_at(&engine, world.clock.now_ns()).unwrap().is_empty());
}

pub async fn restarts_without_a_close(mut world: World) {
    let mut engine = world.open_with_table().await;
    let mut model = Model::default();
    for (round, rows) in old_rows().chunks(5).enumerate() {
        let outcome = write(&engine, rows).await.unwrap();
        assert_eq!(outcome.rejected, model.apply(rows));
        match round % 3 {
            0 => settle(&world, &engine).await,
            1 => drop(engine.checkpoint().await.unwrap()),
            _ => {}
        }
        drop(engine);
        world = world.crash(round as u64);
        engine = world.open().await.unwrap();
        assert_eq!(read(&engine), model.visible(), "round {round}");
    }
    engine.maintain().await.unwrap();
    assert_no_orphans_in(&world).await;
}

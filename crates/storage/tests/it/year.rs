//! A memory-store retention of a year within a small budget of memory: sealed runs lie in files, and every row is seen.

use ::model::catalog::{MagneticWrites, Retention};
use storage::metastore::decide::{NewDatabase, NewTable};

use crate::model::{Model, Row, Value};
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, read, write};

const DAY_NS: i64 = 86_400 * SECOND_NS;
const DAYS: i64 = 300;

fn rows_of(day: i64, part: i64) -> Vec<Row> {
    let start_ns = NOW_NS - (DAYS - day) * DAY_NS + part * 3_600 * SECOND_NS;
    (0..40)
        .map(|number| {
            Row::new(&format!("host-{}", number % 8), start_ns + number * SECOND_NS, 1, number as f64)
        })
        .collect()
}

#[tokio::test]
async fn a_year_of_rows_fits_a_small_budget() {
    const BUDGET_BYTES: u64 = 48 * 1_024;
    let mut world = World::new();
    world.settings.memory_bytes_max = BUDGET_BYTES;
    world.settings.unsaved_bytes_max = BUDGET_BYTES;
    world.settings.tail_rows_max = 200;
    world.settings.tail_batches_max = 100;
    let engine = world.open().await.unwrap();
    let database = NewDatabase { name: DATABASE.to_owned(), kms_key_id: "key".to_owned(), tags: Vec::new() };
    engine.create_database(database).await.unwrap();
    let table = NewTable {
        database: DATABASE.to_owned(),
        name: TABLE.to_owned(),
        retention: Retention { memory_hours: ::model::limits::MEMORY_RETENTION_HOURS_MAX, magnetic_days: 1 },
        magnetic_writes: MagneticWrites { enabled: false, rejected_data_location: None },
        partition_key: Vec::new(),
        tags: Vec::new(),
    };
    engine.create_table(table).await.unwrap();
    let mut model = Model::default();
    let mut bytes_max = 0;
    for day in 0..DAYS {
        for part in 0..3 {
            let rows = rows_of(day, part);
            let outcome = write(&engine, &rows).await.unwrap();
            assert_eq!((outcome.memory_store, outcome.rejected), (rows.len(), model.apply(&rows)));
            bytes_max = bytes_max.max(engine.stats().memory_bytes);
        }
        engine.maintain().await.unwrap();
        bytes_max = bytes_max.max(engine.stats().memory_bytes);
    }
    assert!(bytes_max <= BUDGET_BYTES, "{bytes_max} bytes");
    let stats = engine.stats();
    assert!(stats.run_file_bytes > 10 * BUDGET_BYTES, "{stats:?}");
    assert_eq!(read(&engine), model.visible());
    // What a reader takes is given back.
    assert!(engine.stats().memory_bytes <= BUDGET_BYTES);
    // A duplicate of an old row is found where it lies, and its newer version is taken.
    let mut again = rows_of(5, 0);
    assert_eq!(write(&engine, &again).await.unwrap().rejected, model.apply(&again));
    again.iter_mut().for_each(|row| row.version = 2);
    assert_eq!(write(&engine, &again).await.unwrap().rejected, model.apply(&again));
    drop(engine);
    let engine = world.open().await.unwrap();
    assert_eq!(read(&engine), model.visible());
    assert!(engine.stats().memory_bytes <= BUDGET_BYTES);
    // One request over many days reads each day's runs once, and decides on every record as if all were in memory.
    let days = (0..DAYS).step_by(7);
    let mut scattered: Vec<Row> = days.flat_map(|day| rows_of(day, 1).into_iter().take(2)).collect();
    for (number, row) in scattered.iter_mut().enumerate() {
        row.version = [1, 1, 2][number % 3];
        row.value = if number % 3 == 0 { row.value.clone() } else { Value::Double(-1.0) };
    }
    let before = engine.stats();
    let outcome = write(&engine, &scattered).await.unwrap();
    assert_eq!(outcome.rejected, model.apply(&scattered));
    assert_eq!(outcome.rejected.len(), scattered.len().div_ceil(3));
    let loads = engine.stats().runs_loaded - before.runs_loaded;
    assert!(loads <= before.runs, "{loads} loads of {} runs", before.runs);
    assert_eq!(read(&engine), model.visible());
}

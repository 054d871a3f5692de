//! What goes wrong in one place harms nothing else: a checkpoint that panics loses nothing, a damaged file stops the
//! maintenance of its own partition only, a write does not wait long for maintenance (G12, G20, and background tasks in
//! reliability.md 7).

use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use ::model::catalog::Retention;
use ::model::entropy::{Entropy, SeededEntropy};
use ::model::error::ErrorKind;
use storage::engine::Engine;
use storage::error::StorageError;
use storage::fs::{Access, Fs};
use storage::metastore::decide::TableUpdate;

use crate::model::{Model, Row};
use crate::world::{DATABASE, NOW_NS, SECOND_NS, TABLE, World, create_table, read, write, write_to};

const DAY_NS: i64 = 86_400 * SECOND_NS;

type Mishap = Box<dyn FnOnce() + Send>;

/// Something happens when it is asked next: a checkpoint asks it for the name of its first file.
struct HookedEntropy {
    inner: SeededEntropy,
    mishap: Mutex<Option<Mishap>>,
}

impl std::fmt::Debug for HookedEntropy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("HookedEntropy").finish_non_exhaustive()
    }
}

impl Entropy for HookedEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mishap = self.mishap.lock().unwrap().take();
        if let Some(mishap) = mishap {
            mishap();
        }
        self.inner.fill(bytes);
    }
}

async fn open_hooked(world: &mut World) -> (Engine, Arc<HookedEntropy>) {
    let mut parts = world.parts().unwrap();
    let entropy = Arc::new(HookedEntropy { inner: SeededEntropy::new(1), mishap: Mutex::default() });
    parts.entropy = Arc::clone(&entropy) as _;
    let engine = Engine::open(parts).await.unwrap();
    create_table(&engine, TABLE).await.unwrap();
    (engine, entropy)
}

#[tokio::test]
async fn a_panic_in_a_checkpoint_loses_nothing() {
    let mut world = World::new();
    let (engine, entropy) = open_hooked(&mut world).await;
    create_table(&engine, "other").await.unwrap();
    let rows: Vec<Row> = (0..3).map(|number| Row::new("host", NOW_NS - number, 1, 1.0)).collect();
    let mut model = Model::default();
    assert_eq!(write(&engine, &rows).await.unwrap().rejected, model.apply(&rows));
    *entropy.mishap.lock().unwrap() = Some(Box::new(|| panic!("the panic that this test asked for")));
    let failed = engine.checkpoint().await.unwrap_err();
    assert!(matches!(failed, StorageError::Background { .. }), "{failed}");
    // The next checkpoint cuts the log as far as it may.
    write_to(&engine, "other", &rows).await.unwrap();
    engine.checkpoint().await.unwrap();
    drop(engine);
    let mut world = world.crash(0);
    assert_eq!(read(&world.open().await.unwrap()), model.visible());
}

/// Rows of five days ago: they are moved to the magnetic store.
fn old_rows(second: i64) -> Vec<Row> {
    (0..4).map(|host| Row::new(&format!("host-{host}"), NOW_NS - 5 * DAY_NS + second, 1, 1.0)).collect()
}

#[tokio::test]
async fn a_damaged_file_stops_its_own_partition_only() {
    const TABLES: usize = 8;
    let mut world = World::new();
    // Rows are read back from their files.
    world.settings.memory_bytes_max = 0;
    let engine = world.open().await.unwrap();
    for table in 0..TABLES {
        create_table(&engine, &format!("table-{table}")).await.unwrap();
        write_to(&engine, &format!("table-{table}"), &old_rows(0)).await.unwrap();
        engine.checkpoint().await.unwrap();
        if table == 0 {
            spoil_all(&world, "/data/memory", ".run");
        }
    }
    drop(engine);
    let engine = world.open().await.unwrap();
    // A partition must have been quiet for a while.
    engine.maintain().await.unwrap();
    for _ in 0..2 {
        world.clock.advance_ns(11 * 60 * SECOND_NS);
        let failed = engine.maintain().await.unwrap_err();
        assert!(matches!(failed, StorageError::Corrupt { .. }), "{failed}");
        // For a while it is not looked at again: maintenance that fails is done more seldom.
        engine.maintain().await.unwrap();
    }
    let stats = engine.stats();
    assert_eq!((stats.data_files, stats.runs), (TABLES as u64 - 1, 1), "{stats:?}");
    // The log is cut, and what is written to the damaged table is kept.
    write_to(&engine, "table-0", &old_rows(1)).await.unwrap();
    engine.checkpoint().await.unwrap();
}

/// A write that needs room where rows had expired waits for maintenance, but not for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_does_not_wait_for_long_maintenance() {
    let mut world = World::new();
    world.settings.write_wait = Duration::ZERO;
    let (engine, entropy) = open_hooked(&mut world).await;
    write(&engine, &old_rows(0)).await.unwrap();
    for magnetic_days in [1, 100] {
        let retention = Some(Retention { memory_hours: 24, magnetic_days });
        let update = TableUpdate { retention, ..TableUpdate::default() };
        engine.update_table(DATABASE, TABLE, update).await.unwrap();
    }
    let (began, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    *entropy.mishap.lock().unwrap() = Some(Box::new(move || {
        began.send(()).unwrap();
        may_go_on.recv().unwrap();
    }));
    let checkpoint = tokio::spawn({
        let engine = engine.clone();
        async move { engine.checkpoint().await }
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    let refused = write(&engine, &old_rows(1)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Overloaded, "{refused}");
    // Rows where none had expired need no room.
    let new = [Row::new("host", NOW_NS, 1, 1.0)];
    assert_eq!(write(&engine, &new).await.unwrap().rejected, []);
    go_on.send(()).unwrap();
    checkpoint.await.unwrap().unwrap();
    engine.maintain().await.unwrap();
    assert_eq!(write(&engine, &old_rows(1)).await.unwrap().rejected, []);
    assert_eq!(read(&engine).len(), old_rows(1).len() + 1);
}

fn spoil_all(world: &World, dir: &str, extension: &str) {
    for name in world.fs_names(dir).iter().filter(|name| name.ends_with(extension)) {
        let file = world.fs.open(&Path::new(dir).join(name), Access::ReadWrite).unwrap();
        let middle = file.len_bytes().unwrap() / 2;
        let mut byte = [0];
        file.read_at(&mut byte, middle).unwrap();
        file.write_at(&[byte[0] ^ 1], middle).unwrap();
    }
}

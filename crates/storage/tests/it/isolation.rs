//! What goes wrong in one place harms nothing else: a checkpoint that panics loses nothing, a damaged file stops the
//! maintenance of its own partition only (G20, and background tasks in reliability.md 7).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::model::entropy::{Entropy, SeededEntropy};
use storage::engine::Engine;
use storage::error::StorageError;
use storage::fs::{Access, Fs};

use crate::model::{Model, Row};
use crate::world::{NOW_NS, SECOND_NS, TABLE, World, create_table, read, write, write_to};

const DAY_NS: i64 = 86_400 * SECOND_NS;

/// Panics while it is told to.
#[derive(Debug)]
struct PanickingEntropy {
    inner: SeededEntropy,
    panics: AtomicBool,
}

impl Entropy for PanickingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(!self.panics.load(Ordering::SeqCst), "the panic that this test asked for");
        self.inner.fill(bytes);
    }
}

#[tokio::test]
async fn a_panic_in_a_checkpoint_loses_nothing() {
    let mut world = World::new();
    let mut parts = world.parts().unwrap();
    let entropy = Arc::new(PanickingEntropy { inner: SeededEntropy::new(1), panics: AtomicBool::new(false) });
    parts.entropy = Arc::clone(&entropy) as _;
    let engine = Engine::open(parts).await.unwrap();
    create_table(&engine, TABLE).await.unwrap();
    create_table(&engine, "other").await.unwrap();
    let rows: Vec<Row> = (0..3).map(|number| Row::new("host", NOW_NS - number, 1, 1.0)).collect();
    let mut model = Model::default();
    assert_eq!(write(&engine, &rows).await.unwrap().rejected, model.apply(&rows));
    entropy.panics.store(true, Ordering::SeqCst);
    let failed = engine.checkpoint().await.unwrap_err();
    assert!(matches!(failed, StorageError::Background { .. }), "{failed}");
    entropy.panics.store(false, Ordering::SeqCst);
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
    for _ in 0..3 {
        world.clock.advance_ns(61 * SECOND_NS);
        let failed = engine.maintain().await.unwrap_err();
        assert!(matches!(failed, StorageError::Corrupt { .. }), "{failed}");
    }
    let stats = engine.stats();
    assert_eq!((stats.data_files, stats.runs), (TABLES as u64 - 1, 1), "{stats:?}");
    // The log is cut, and what is written to the damaged table is kept.
    write_to(&engine, "table-0", &old_rows(1)).await.unwrap();
    engine.checkpoint().await.unwrap();
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

//! A metastore that is away for a while: what was asked of it in vain is asked again, and no file is removed that it may
//! list.

use storage::error::StorageError;
use storage::metastore::CommitFault;

use crate::model::{Model, Row};
use crate::workload::assert_no_orphans;
use crate::world::{NOW_NS, SECOND_NS, World, create_table, read, write};

const DAY_NS: i64 = 86_400 * SECOND_NS;

/// Rows of a day that has left the memory store.
fn late_rows(version: i64) -> Vec<Row> {
    (0..10).map(|number| Row::new("host-1", NOW_NS - 3 * DAY_NS + number, version, number as f64)).collect()
}

#[tokio::test]
async fn a_metastore_may_be_away_when_a_checkpoint_is_stored() {
    for fault in [CommitFault::Before, CommitFault::After] {
        let mut world = World::new();
        world.settings.collect_period_ns = 1;
        let engine = world.open_with_table().await;
        let mut model = Model::default();
        write(&engine, &late_rows(1)).await.unwrap();
        model.apply(&late_rows(1));
        engine.maintain().await.unwrap();
        world.clock.advance_ns(31 * SECOND_NS);
        // The rows go into files, which the transaction that fails is to list.
        world.metastore.die_at(world.metastore.commits() + 1, fault);
        drop(engine.maintain().await);
        assert!(engine.stats().data_files > 0, "{fault:?}");
        assert!(engine.checkpoint().await.is_err(), "{fault:?}");

        // Other files take their place, and files that nobody lists are looked for.
        write(&engine, &late_rows(2)).await.unwrap();
        model.apply(&late_rows(2));
        for _ in 0..4 {
            world.clock.advance_ns(31 * SECOND_NS);
            drop(engine.maintain().await);
        }
        assert!(create_table(&engine, "table2").await.is_err(), "{fault:?}");
        assert_eq!(read(&engine), model.visible(), "{fault:?}");

        world.metastore.come_back();
        match fault {
            CommitFault::Before => {
                engine.maintain().await.unwrap();
                create_table(&engine, "table2").await.unwrap();
                assert!(!engine.is_poisoned());
            }
            CommitFault::After => {
                let failed = engine.maintain().await;
                assert!(matches!(failed, Err(StorageError::Poisoned { .. })), "{failed:?}");
                assert!(engine.is_poisoned());
                let refused = write(&engine, &late_rows(3)).await;
                assert!(matches!(refused, Err(StorageError::Poisoned { .. })), "{refused:?}");
            }
        }
        drop(engine);
        let damages = |report: storage::check::Report| {
            report.findings.into_iter().filter(|finding| finding.severity == storage::check::Severity::Damage)
        };
        assert_eq!(damages(world.check().await).collect::<Vec<_>>(), [], "{fault:?}");
        let engine = world.open().await.unwrap();
        assert_eq!(read(&engine), model.visible(), "{fault:?}");
        for _ in 0..4 {
            world.clock.advance_ns(61 * SECOND_NS);
            engine.maintain().await.unwrap();
        }
        assert_eq!(read(&engine), model.visible(), "{fault:?}");
        assert_no_orphans(&world);
    }
}

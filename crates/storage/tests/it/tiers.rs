//! Rows move from the memory store to the magnetic store and stay what they are.

use crate::workload::{Runner, assert_no_orphans, assert_versions, tier_workload, visible};
use crate::world::{World, read};

#[tokio::test]
async fn rows_are_the_same_in_both_stores() {
    let mut runner = Runner { world: World::new(), engine: None, state: None };
    let mut rewritten = 0;
    runner.engine = Some(runner.world.open().await.unwrap());
    for step in tier_workload() {
        runner.take(&step).await.unwrap();
        rewritten = rewritten.max(runner.engine().stats().data_files);
    }
    assert!(rewritten > 3, "{rewritten}");
    assert_versions(&runner).await;
    runner.engine = None;
    let engine = runner.world.open().await.unwrap();
    assert_eq!(read(&engine), visible(&runner.state));
    assert_no_orphans(&runner.world);
    eprintln!("{} calls", runner.world.fs.calls());
}

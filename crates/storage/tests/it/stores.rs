//! The same cases on every place where data files and definitions can be kept.

pub mod cases;
pub mod places;

use places::{Bucket, new_schema};

use crate::world::World;

/// One test for each case, on the world that `$world` makes; `None` leaves the test out.
macro_rules! suite {
    ($place:ident, $world:expr, [$($case:ident),+ $(,)?]) => {
        mod $place {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let name = concat!(stringify!($place), "-", stringify!($case)).replace('_', "-");
                    if let Some(world) = $world(&name).await {
                        super::cases::$case(world).await;
                    }
                }
            )+
        }
    };
}

macro_rules! all_cases {
    ($place:ident, $world:expr) => {
        suite!(
            $place,
            $world,
            [
                everything_in_turn,
                tiers,
                pruned_scans,
                late_rows,
                moving_rows_are_not_noticed,
                small_files_are_compacted,
                orphans_are_collected,
                retention_empties_the_store,
                restarts_without_a_close,
            ]
        );
    };
}

all_cases!(local, super::on_disk);
all_cases!(s3, super::in_bucket);
all_cases!(s3_with_faults, super::in_faulty_bucket);
all_cases!(postgres, super::in_postgres);
all_cases!(s3_and_postgres, super::in_bucket_and_postgres);

async fn on_disk(_: &str) -> Option<World> {
    Some(World::new())
}

async fn in_bucket(test: &str) -> Option<World> {
    Some(World::new().with_bucket(Bucket::find(test)?))
}

/// Every fifth call fails, before or after it is done.
async fn in_faulty_bucket(test: &str) -> Option<World> {
    Some(World::new().with_bucket(Bucket { fault_period: 5, ..Bucket::find(test)? }))
}

async fn in_postgres(test: &str) -> Option<World> {
    Some(World::new().with_postgres(new_schema(test).await?))
}

async fn in_bucket_and_postgres(test: &str) -> Option<World> {
    let bucket = Bucket::find(test)?;
    Some(World::new().with_bucket(bucket).with_postgres(new_schema(test).await?))
}

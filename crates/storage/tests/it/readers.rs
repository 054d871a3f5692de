//! Threads that read without a pause while rows are moved, merged, compacted, replaced and expire: a count, a checksum and
//! the versions of what they see never deviate (G5).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use ::model::scan::{ScanSource, TimeRange};
use storage::engine::Engine;

use crate::model::Row;
use crate::world::{NOW_NS, SECOND_NS, World, read_view, write};

const DAY_NS: i64 = 86_400 * SECOND_NS;
const STILL_ROWS: i64 = 240;
const COUNTERS: i64 = 12;
const ROUNDS: i64 = 60;

/// Written once, in both stores, and never again: their count and sum are known.
fn still_rows() -> Vec<Row> {
    let row = |number: i64| {
        let age_ns = number % 6 * DAY_NS + (number * 31 % 500) * SECOND_NS;
        Row::new(&format!("still-{}", number % 9), NOW_NS - age_ns - number, 1, number as f64)
    };
    (0..STILL_ROWS).map(row).collect()
}

/// Rows of the same partitions that get a new version in each round; the value is the version.
fn counters(round: i64) -> Vec<Row> {
    let row = |number: i64| {
        let time_ns = NOW_NS - number % 6 * DAY_NS - number * SECOND_NS;
        Row::new(&format!("counter-{number}"), time_ns, round, round as f64)
    };
    (0..COUNTERS).map(row).collect()
}

fn value_of(text: &str) -> f64 {
    text.trim_start_matches("measure_value::double=Double(").trim_end_matches(')').parse().unwrap()
}

/// One look at everything. `floor`: the round that was acknowledged before it began.
fn look(engine: &Engine, floor: i64, seen_before: &mut [f64], batch_rows_max: usize) {
    let view = engine.read_view(NOW_NS);
    let found = read_view(&*view, TimeRange::ALL, &[], batch_rows_max).unwrap();
    let still = found.iter().filter(|(identity, _)| identity.0.starts_with("still"));
    let values: Vec<f64> = still.map(|(_, text)| value_of(text)).collect();
    assert_eq!(values.len() as i64, STILL_ROWS);
    assert_eq!(values.iter().sum::<f64>(), (0..STILL_ROWS).sum::<i64>() as f64);
    let mut rounds = Vec::new();
    for (number, before) in seen_before.iter_mut().enumerate() {
        let host = format!("counter-{number}");
        let of_counter: Vec<f64> =
            found.iter().filter(|(identity, _)| identity.0 == host).map(|(_, text)| value_of(text)).collect();
        let [version] = of_counter[..] else { panic!("{host} is there {} times", of_counter.len()) };
        assert!(version >= *before && version >= floor as f64, "{host} went back to {version}");
        *before = version;
        rounds.push(version);
    }
    // A request is seen whole.
    assert!(rounds.iter().all(|round| *round == rounds[0]), "{rounds:?}");
    let again = read_view(&*view, TimeRange::ALL, &[], batch_rows_max).unwrap();
    assert_eq!(found, again, "a view changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counts_checksums_and_versions_never_deviate() {
    let mut world = World::new();
    world.settings.rewrite.quiet_ns = 0;
    world.settings.rewrite.late_percent_min = 1;
    world.settings.file_limits.rows_max = 20;
    world.settings.unsaved_bytes_max = 1 << 20;
    let engine = world.open_with_table().await;
    for rows in still_rows().chunks(17) {
        assert_eq!(write(&engine, rows).await.unwrap().rejected, []);
    }
    write(&engine, &counters(1)).await.unwrap();
    let is_done = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(AtomicI64::new(1));
    let looks = Arc::new(AtomicU64::new(0));
    let readers: Vec<_> = [3, 50]
        .into_iter()
        .map(|batch_rows_max| {
            let (engine, is_done) = (engine.clone(), Arc::clone(&is_done));
            let (acknowledged, looks) = (Arc::clone(&acknowledged), Arc::clone(&looks));
            tokio::task::spawn_blocking(move || {
                let mut seen = vec![0.0; COUNTERS as usize];
                while !is_done.load(Ordering::SeqCst) {
                    look(&engine, acknowledged.load(Ordering::SeqCst), &mut seen, batch_rows_max);
                    looks.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    let (mut rewritten, mut merged) = (0, 0);
    for round in 2..ROUNDS {
        write(&engine, &counters(round)).await.unwrap();
        acknowledged.store(round, Ordering::SeqCst);
        world.clock.advance_ns(SECOND_NS);
        let done = engine.maintain().await.unwrap();
        rewritten += done.partitions_rewritten;
        merged += done.runs_merged;
        if round % 10 == 0 {
            engine.checkpoint().await.unwrap();
        }
        // Every state is looked at: the next round waits for a reader.
        let before = looks.load(Ordering::SeqCst);
        while looks.load(Ordering::SeqCst) == before && !readers.iter().all(|reader| reader.is_finished()) {
            tokio::task::yield_now().await;
        }
    }
    is_done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(rewritten > 10 && merged > 0, "{rewritten} rewritten, {merged} merged");
    assert!(looks.load(Ordering::SeqCst) >= ROUNDS as u64 - 2);
}

//! Writers, readers and maintenance at the same time: every read is one state, and no state goes back (G4, G5).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ::model::clock::Clock;

use crate::model::{Model, Row};
use crate::world::{NOW_NS, SECOND_NS, World, read, write};

const WRITERS: i64 = 4;
const REQUESTS: i64 = 60;

/// Request `number` of a writer: new rows, and a new version of its counter row.
fn request(writer: i64, number: i64) -> Vec<Row> {
    let host = format!("host-{writer}");
    let mut rows: Vec<Row> = (0..3)
        .map(|row| Row::new(&host, NOW_NS - (number * 3 + row + 1) * SECOND_NS, 1, number as f64))
        .collect();
    rows.push(Row::new(&host, NOW_NS, number + 1, number as f64));
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_whole_requests_and_never_go_back() {
    let mut world = World::new();
    let engine = world.open_with_table().await;
    let is_done = Arc::new(AtomicBool::new(false));
    let acknowledged: Arc<Vec<AtomicU64>> = Arc::new((0..WRITERS).map(|_| AtomicU64::new(0)).collect());
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (engine, acknowledged) = (engine.clone(), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                for number in 0..REQUESTS {
                    let outcome = write(&engine, &request(writer, number)).await.unwrap();
                    assert_eq!(outcome.rejected, []);
                    acknowledged[writer as usize].store(number as u64 + 1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    let reader = {
        let (engine, is_done, acknowledged) =
            (engine.clone(), Arc::clone(&is_done), Arc::clone(&acknowledged));
        tokio::task::spawn_blocking(move || {
            let mut seen_before = vec![0; WRITERS as usize];
            let mut reads = 0;
            loop {
                // The writers may have ended before this thread began: the last read is behind their end.
                let is_last = is_done.load(Ordering::SeqCst);
                let floor: Vec<u64> = acknowledged.iter().map(|count| count.load(Ordering::SeqCst)).collect();
                let seen = requests_seen(&read(&engine));
                for writer in 0..WRITERS as usize {
                    assert!(seen[writer] >= floor[writer], "an acknowledged request is not seen");
                    assert!(seen[writer] >= seen_before[writer], "a read went back");
                }
                seen_before = seen;
                reads += 1;
                if is_last {
                    return reads;
                }
            }
        })
    };
    let maintenance = {
        let (engine, is_done, clock) = (engine.clone(), Arc::clone(&is_done), Arc::clone(&world.clock));
        let age_ns = world.settings.checkpoint_age_ns;
        tokio::spawn(async move {
            let mut merged = 0;
            while !is_done.load(Ordering::SeqCst) {
                // However long the writers take, their rows stay within the memory store.
                if clock.now_ns() < NOW_NS + 12 * 3_600 * SECOND_NS {
                    clock.advance_ns(age_ns / 4);
                }
                merged += engine.maintain().await.unwrap().runs_merged;
                tokio::task::yield_now().await;
            }
            merged
        })
    };
    for writer in writers {
        writer.await.unwrap();
    }
    is_done.store(true, Ordering::SeqCst);
    assert!(reader.await.unwrap() > 0);
    maintenance.await.unwrap();
    let mut model = Model::default();
    for writer in 0..WRITERS {
        for number in 0..REQUESTS {
            model.apply(&request(writer, number));
        }
    }
    assert_eq!(read(&engine), model.visible());
    drop(engine);
    let engine = world.open().await.unwrap();
    assert_eq!(read(&engine), model.visible());
}

/// How many requests of each writer a read shows; panics when one is shown in part.
fn requests_seen(rows: &BTreeMap<crate::model::Identity, String>) -> Vec<u64> {
    (0..WRITERS)
        .map(|writer| {
            let host = format!("host-{writer}");
            let of_host: Vec<_> = rows.iter().filter(|(identity, _)| identity.0 == host).collect();
            let requests = of_host.len().saturating_sub(1) / 3;
            let mut expected = Model::default();
            for number in 0..requests as i64 {
                expected.apply(&request(writer, number));
            }
            let expected = expected.visible();
            assert!(of_host.into_iter().eq(expected.iter()), "a request is shown in part");
            requests as u64
        })
        .collect()
}

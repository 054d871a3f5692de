//! What is printed of an overload.

use super::load::RECORDS;
use super::{MIB, Turn};
use crate::cpu;
use crate::server_process::ServerProcess;

pub fn heading() {
    println!(
        "{:<14} {:>11} {:>9} {:>9} {:>9} {:>8} | {:>9} {:>8} {:>8} {:>9} {:>8} | {:>9} {:>5} {:>6} {:>6}",
        "turn",
        "records/s",
        "p50 ms",
        "p99 ms",
        "longest",
        "429",
        "queries/s",
        "p50 ms",
        "p99 ms",
        "longest",
        "429",
        "peak MiB",
        "files",
        "CPU",
        "client"
    );
}

pub fn turn(name: &str, turn: &Turn, server: &ServerProcess) {
    let (writes, queries) = (&turn.writes, &turn.queries);
    println!(
        "{name:<14} {:>11.0} {:>9.2} {:>9.2} {:>9.0} {:>8} | {:>9.2} {:>8.0} {:>8.0} {:>9.0} {:>8} | {:>9} {:>5} {:>6.2} {:>6.2}",
        records_per_second(turn),
        writes.percentile(0.5),
        writes.percentile(0.99),
        writes.longest_ms,
        writes.throttled(),
        queries.succeeded_ms.len() as f64 / turn.seconds,
        queries.percentile(0.5),
        queries.percentile(0.99),
        queries.longest_ms,
        queries.throttled(),
        turn.peak_resident_bytes / MIB,
        cpu::open_files(server.id()),
        turn.server_cpu_seconds / turn.seconds,
        turn.client_cpu_seconds / turn.seconds,
    );
    for (what, tally) in [("writes", writes), ("queries", queries)] {
        let others = tally.others();
        if !others.is_empty() {
            println!("{:<14} OTHER FAILURES OF {what}: {others}", "");
        }
    }
}

pub fn summary(times: usize, ordinary: &Turn, overload: &Turn, budget_bytes: u64) {
    let (before, under) = (records_per_second(ordinary), records_per_second(overload));
    println!(
        "records/s                {before:.0} at 1x, {under:.0} at {times}x: goodput {:.2}",
        under / before
    );
    let queries = |turn: &Turn| turn.queries.succeeded_ms.len() as f64 / turn.seconds;
    println!("queries/s                {:.2} at 1x, {:.2} at {times}x", queries(ordinary), queries(overload));
    let per_cpu = |turn: &Turn| (turn.writes.succeeded_ms.len() * RECORDS) as f64 / turn.server_cpu_seconds;
    let (before, under) = (per_cpu(ordinary), per_cpu(overload));
    println!("records/s of server CPU  {before:.0} at 1x, {under:.0} at {times}x: {:.2}", under / before);
    let peak_bytes = ordinary.peak_resident_bytes.max(overload.peak_resident_bytes);
    println!(
        "peak resident memory     {} MiB of a budget of {} MiB: {:.2}",
        peak_bytes / MIB,
        budget_bytes / MIB,
        peak_bytes as f64 / budget_bytes as f64
    );
}

fn records_per_second(turn: &Turn) -> f64 {
    (turn.writes.succeeded_ms.len() * RECORDS) as f64 / turn.seconds
}

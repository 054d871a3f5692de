//! What the scans of a plan kept and skipped, as lines for EXPLAIN ANALYZE.

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use model::scan::{ReadCount, ScanMetrics};

use super::exec::ScanExec;

/// A paragraph for each scan of an executed plan, in the order of the plan.
pub(crate) fn describe_scans(plan: &Arc<dyn ExecutionPlan>) -> Vec<String> {
    let mut lines = Vec::new();
    collect(plan, &mut lines);
    lines
}

fn collect(plan: &Arc<dyn ExecutionPlan>, lines: &mut Vec<String>) {
    if let Some(scan) = plan.downcast_ref::<ScanExec>() {
        describe(scan, lines);
    }
    for child in plan.children() {
        collect(child, lines);
    }
}

fn describe(scan: &ScanExec, lines: &mut Vec<String>) {
    let ScanMetrics {
        partitions_total,
        partitions_kept,
        files_total,
        files_kept,
        runs_total,
        runs_kept,
        series_total,
        series_kept,
        rows_total,
        rows_kept,
        bytes_total,
        bytes_kept,
    } = scan.planned();
    let name = scan.asked().map_or_else(String::new, |asked| asked.name());
    lines.push(format!("Scan of {name}"));
    let planned = [
        ("partitions", partitions_kept, partitions_total),
        ("files", files_kept, files_total),
        ("runs", runs_kept, runs_total),
        ("series", series_kept, series_total),
        ("rows planned", rows_kept, rows_total),
        ("file bytes planned", bytes_kept, bytes_total),
    ];
    for (what, kept, total) in planned {
        lines.push(format!("  {what}: {kept} kept, {} skipped", total.saturating_sub(kept)));
    }
    let count = |what| scan.count(what);
    let read = [
        ("row ranges", ReadCount::RangesKept, ReadCount::RangesSkipped),
        ("rows", ReadCount::RowsKept, ReadCount::RowsSkipped),
        ("pages judged by statistics", ReadCount::PagesKept, ReadCount::PagesSkipped),
        ("page bytes", ReadCount::BytesKept, ReadCount::BytesSkipped),
    ];
    for (what, kept, skipped) in read {
        lines.push(format!("  {what}: {} kept, {} skipped", count(kept), count(skipped)));
    }
    lines.push(format!(
        "  cache: {} hits, {} misses, {} bytes read",
        count(ReadCount::CacheHits),
        count(ReadCount::CacheMisses),
        count(ReadCount::BytesRead)
    ));
}

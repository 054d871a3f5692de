//! The counters of `GET /metrics`. Names follow the metrics of the original where there is one (api.md 8.4).

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use storage::engine::EngineStats;

use super::engine_gauges::EngineGauges;
use crate::queries::QueryCounters;

/// The operation of a call; names that are no operation share the label `unknown`, so clients can't add series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OperationLabel {
    pub operation: &'static str,
}

/// All metrics of one server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    pub latency_seconds: Family<OperationLabel, Histogram, fn() -> Histogram>,
    pub user_errors: Family<OperationLabel, Counter>,
    pub system_errors: Family<OperationLabel, Counter>,
    pub throttled: Family<OperationLabel, Counter>,
    pub requests_in_flight: Family<OperationLabel, Gauge>,
    pub records: Counter,
    pub records_rejected: Counter,
    /// Late records that were accepted and went to a report.
    pub magnetic_rejected_records: Counter,
    pub magnetic_rejected_upload_user_failures: Counter,
    pub magnetic_rejected_upload_system_failures: Counter,
    pub query: QueryCounters,
    pub authentication_failures: Counter,
    pub body_bytes: Counter,
    pub connections: Counter,
    pub connections_open: Gauge,
    panics: Counter,
    pub maintenance_failures: Counter,
    pub queries_running: Gauge,
    engine: EngineGauges,
    uptime_seconds: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let histogram: fn() -> Histogram = || {
            // From a quarter of a millisecond to about a minute.
            Histogram::new((0..19).map(|step| 0.000_25 * 2_f64.powi(step)))
        };
        let mut registry = Registry::with_prefix("headwater");
        let mut metrics = Self {
            engine: EngineGauges::register(&mut registry),
            registry,
            latency_seconds: Family::new_with_constructor(histogram),
            user_errors: Family::default(),
            system_errors: Family::default(),
            throttled: Family::default(),
            requests_in_flight: Family::default(),
            records: Counter::default(),
            records_rejected: Counter::default(),
            magnetic_rejected_records: Counter::default(),
            magnetic_rejected_upload_user_failures: Counter::default(),
            magnetic_rejected_upload_system_failures: Counter::default(),
            query: QueryCounters::default(),
            authentication_failures: Counter::default(),
            body_bytes: Counter::default(),
            connections: Counter::default(),
            connections_open: Gauge::default(),
            panics: Counter::default(),
            maintenance_failures: Counter::default(),
            queries_running: Gauge::default(),
            uptime_seconds: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let latency = self.latency_seconds.clone();
        registry.register("successful_request_latency_seconds", "Time to answer successful calls", latency);
        registry.register("user_errors", "Calls refused for a fault of theirs", self.user_errors.clone());
        registry.register(
            "system_errors",
            "Calls that failed for a fault of ours",
            self.system_errors.clone(),
        );
        registry.register("throttled", "Calls refused because of a limit", self.throttled.clone());
        registry.register("requests_in_flight", "Calls being worked on", self.requests_in_flight.clone());
        registry.register("number_of_records", "Records ingested", self.records.clone());
        registry.register("records_rejected", "Records rejected one by one", self.records_rejected.clone());
        for (name, help, counter) in [
            (
                "magnetic_store_rejected_record_count",
                "Late records that lost and were put into a report",
                &self.magnetic_rejected_records,
            ),
            (
                "magnetic_store_rejected_upload_user_failures",
                "Reports not put because of their bucket, prefix or permissions",
                &self.magnetic_rejected_upload_user_failures,
            ),
            (
                "magnetic_store_rejected_upload_system_failures",
                "Reports not put for other reasons",
                &self.magnetic_rejected_upload_system_failures,
            ),
        ] {
            registry.register(name, help, counter.clone());
        }
        let metered = self.query.bytes_metered.clone();
        registry.register("cumulative_bytes_metered", "Bytes metered by queries", metered);
        registry.register("query_rows", "Rows returned by queries", self.query.rows.clone());
        let failures = self.authentication_failures.clone();
        registry.register("authentication_failures", "Calls without a valid signature", failures);
        registry.register("body_bytes", "Bytes of request bodies received", self.body_bytes.clone());
        registry.register("connections", "Connections accepted", self.connections.clone());
        registry.register("connections_open", "Connections open now", self.connections_open.clone());
        registry.register("panics", "Panics caught; must stay 0", self.panics.clone());
        let failures = self.maintenance_failures.clone();
        registry.register("maintenance_failures", "Steps of storage maintenance that failed", failures);
        registry.register("queries_running", "Queries that have not ended", self.queries_running.clone());
        registry.register("uptime_seconds", "Time since the start", self.uptime_seconds.clone());
    }

    /// The text form that Prometheus scrapes. `panics` must stay 0; `stats` are missing before recovery has ended.
    pub fn encode(&self, uptime: Duration, panics: u64, stats: Option<&EngineStats>) -> String {
        if let Some(stats) = stats {
            self.engine.set(stats);
        }
        self.panics.inner().store(panics, Relaxed);
        self.uptime_seconds.set(uptime.as_secs_f64());
        let mut text = String::new();
        match prometheus_client::encoding::text::encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "encoding metrics failed");
                String::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_have_the_names_of_the_original_and_ours() {
        let metrics = Metrics::new();
        metrics.user_errors.get_or_create(&OperationLabel { operation: "Query" }).inc();
        let text = metrics.encode(
            Duration::from_millis(1_500),
            3,
            Some(&EngineStats { rows: 9, ..EngineStats::default() }),
        );
        assert!(text.contains("headwater_user_errors_total{operation=\"Query\"} 1\n"), "{text}");
        assert!(text.contains("headwater_panics_total 3\n"), "{text}");
        assert!(text.contains("headwater_rows 9\n"), "{text}");
        assert!(text.contains("headwater_uptime_seconds 1.5\n"), "{text}");
    }
}

//! Logs on standard error and metrics. Every request runs in a span with its id and operation.

mod engine_gauges;
mod metrics;

use std::sync::atomic::{AtomicU64, Ordering};

use tracing_subscriber::EnvFilter;

pub use metrics::{Metrics, OperationLabel};

use crate::settings::{LogFormat, Settings};

/// Of the whole process: whoever catches one, that of a query included, needs not count it.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Panics since logging was started.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Starts logging for the whole process. Panics are logged too, with their place, and counted.
pub fn start_logging(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.log_filter)
        .map_err(|error| format!("setting log_filter is no filter: {error}"))?;
    // Whoever reads the log may go away; a complaint about that would have nowhere to go but the same place, and would panic.
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let started = match settings.log_format {
        LogFormat::Text => subscriber.with_ansi(false).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| format!("logging can't be started: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("");
        tracing::error!(place = place.as_deref().unwrap_or("unknown"), message, "panic");
    }));
    Ok(())
}

/// Names the database and table in the span of the call.
pub fn name_table(database: &str, table: &str) {
    let span = tracing::Span::current();
    span.record("database", database);
    span.record("table", table);
}

/// Names the database in the span of the call.
pub fn name_database(database: &str) {
    tracing::Span::current().record("database", database);
}

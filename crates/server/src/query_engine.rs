//! Connects the pages of queries to the query engine: starts statements, hands on their rows, words their failures.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::limits;
use sql::execution::{QueryEngine, QueryRequest, QuerySettings, RunningQuery, partitions};
use sql::result::json::write_column_info;
use sql::syntax::first_word;
use wire::{ApiError, ErrorCode};

use crate::errors;
use crate::queries::{Execution, Progress, RenderedRows, RowSource, Unloaded};
use crate::settings::Settings;

/// Statements that only read definitions: they are not metered (api.md 4.6).
const UNMETERED: &[&str] = &["show", "describe", "desc"];

impl Execution for QueryEngine {
    fn start(&self, query_id: &str, text: &str) -> Result<Box<dyn RowSource>, ApiError> {
        let request =
            QueryRequest { query_id: query_id.to_owned(), text: text.to_owned(), ..QueryRequest::default() };
        Ok(Box::new(EngineRows { query: QueryEngine::start(self, request), is_metered: is_metered(text) }))
    }
}

#[derive(Debug)]
struct EngineRows {
    query: RunningQuery,
    is_metered: bool,
}

#[async_trait]
impl RowSource for EngineRows {
    async fn column_info(&mut self) -> Result<Bytes, ApiError> {
        let columns = self.query.columns().await.map_err(errors::sql)?;
        let mut json = Vec::new();
        write_column_info(&mut json, &columns);
        if json.len() > limits::QUERY_METADATA_BYTES_MAX {
            let message = format!(
                "The columns of the result take more than {} bytes.",
                limits::QUERY_METADATA_BYTES_MAX
            );
            return Err(ApiError::new(ErrorCode::QueryExecution, message));
        }
        Ok(json.into())
    }

    async fn next_rows(&mut self) -> Result<Option<RenderedRows>, ApiError> {
        let rows = self.query.next_rows().await.map_err(errors::sql)?;
        Ok(rows.map(|rows| RenderedRows { json: rows.json.into(), ends: rows.ends }))
    }

    fn progress(&self) -> Progress {
        let progress = self.query.progress();
        let metered = progress.bytes_scanned.max(limits::QUERY_METERED_BYTES_MIN);
        Progress {
            percentage: progress.percentage,
            bytes_scanned: progress.bytes_scanned,
            bytes_metered: if self.is_metered { metered } else { 0 },
            tables: progress.tables,
            unloaded: progress.unloaded.map(|unloaded| Unloaded {
                partitions: unloaded.partitions,
                rows: unloaded.rows,
                bytes: unloaded.bytes,
            }),
        }
    }
}

fn is_metered(text: &str) -> bool {
    let word = first_word(text);
    !UNMETERED.iter().any(|unmetered| word.eq_ignore_ascii_case(unmetered))
}

/// The engine's settings; `spill_folder` is where queries put what exceeds their memory.
pub fn query_settings(settings: &Settings, spill_folder: Option<PathBuf>) -> QuerySettings {
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let defaults = QuerySettings::default();
    let threads = if settings.query_threads == 0 { defaults.threads } else { count(settings.query_threads) };
    let query_memory_bytes_max = count(settings.query_memory_bytes_max);
    QuerySettings {
        threads,
        partitions_max: partitions(threads, query_memory_bytes_max),
        queries_running_max: count(settings.queries_running_max),
        queries_parked_max: count(settings.queries_running_max)
            .saturating_mul(limits::QUERIES_PARKED_PER_RUNNING_MAX),
        deadline: Duration::from_secs(settings.query_seconds_max),
        unload_deadline: Duration::from_secs(settings.unload_seconds_max),
        memory_bytes_max: count(settings.queries_memory_bytes_max),
        query_memory_bytes_max,
        spill_folder,
        spill_bytes_max: settings.query_spill_bytes_max,
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_queries_are_metered() {
        for (text, expected) in [
            ("SELECT 1", true),
            ("  -- show\n/* describe */ WITH x AS (SELECT 1) SELECT * FROM x", true),
            ("SHOW DATABASES", false),
            ("/* a */ show tables", false),
            ("Describe d.t", false),
            ("showing", true),
            ("-- only a comment", true),
            ("", true),
        ] {
            assert_eq!(is_metered(text), expected, "{text}");
        }
    }
}

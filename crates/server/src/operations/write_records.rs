//! WriteRecords (api.md 2.3 and 3): merge common attributes, check every record, write, report rejected ones.
//!
//! A fault that 3.8 A names refuses the whole request and nothing is written. What storage rejects is listed one by one
//! in a RejectedRecordsException; records that are not listed are durable and visible.

mod checked;
mod merged;

use wire::write::input::WriteRecordsRequest;
use wire::write::output::{RecordsIngested, WriteRecordsResponse};
use wire::{ApiError, RejectedRecord};

use crate::errors;
use crate::node::Node;
use crate::telemetry;

pub async fn run(node: &Node, input: &WriteRecordsRequest<'_>) -> Result<WriteRecordsResponse, ApiError> {
    telemetry::name_table(input.database_name(), input.table_name());
    let (database, table) = (input.database_name(), input.table_name());
    // A missing table comes before whatever may be wrong with the records.
    node.engine.describe_table(database, table).map_err(errors::storage)?;
    let records = checked::records(input)?;
    let outcome = node.engine.write(database, table, &records).await.map_err(errors::storage)?;
    node.metrics.records.inc_by((outcome.memory_store + outcome.magnetic_store) as u64);
    if !outcome.rejected.is_empty() {
        node.metrics.records_rejected.inc_by(outcome.rejected.len() as u64);
        let rejected = outcome.rejected.iter().map(|(record_index, rejection)| RejectedRecord {
            record_index: *record_index,
            reason: rejection.to_string(),
            existing_version: rejection.existing_version(),
        });
        return Err(ApiError::rejected_records(rejected.collect()));
    }
    let count = |records: usize| Some(i32::try_from(records).unwrap_or(i32::MAX));
    Ok(WriteRecordsResponse {
        records_ingested: Some(RecordsIngested {
            total: count(outcome.memory_store + outcome.magnetic_store),
            memory_store: count(outcome.memory_store),
            magnetic_store: count(outcome.magnetic_store),
        }),
    })
}

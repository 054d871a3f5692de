//! Loads the fleet's records through the API: several connections, signed requests, every batch acknowledged durably.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::fleet::{Batch, Fleet};
use super::{DATABASE, HEALTH_TABLE, MAGNETIC_DAYS, MEMORY_HOURS, SENSOR_TABLE};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinSet;
use wire::encode::encode;
use wire::write::input::{
    CreateDatabaseRequest, CreateTableRequest, RetentionProperties, WriteRecordsRequest,
};
use wire::{ErrorCode, Operation};

use crate::client::{Client, ClientError};

const CONNECTIONS: usize = 8;
/// Throttled batches are sent again after this time.
const RETRY_WAIT: Duration = Duration::from_millis(200);

/// Makes the database and its two tables.
pub async fn create_tables(client: &Client) -> Result<(), ClientError> {
    let database = CreateDatabaseRequest { database_name: Some(DATABASE.into()), ..Default::default() };
    client.call(&database).await?;
    for table in [SENSOR_TABLE, HEALTH_TABLE] {
        let retention = RetentionProperties {
            memory_store_retention_period_in_hours: Some(MEMORY_HOURS),
            magnetic_store_retention_period_in_days: Some(MAGNETIC_DAYS),
        };
        let input = CreateTableRequest {
            database_name: Some(DATABASE.into()),
            table_name: Some(table.into()),
            retention_properties: Some(retention),
            ..Default::default()
        };
        client.call(&input).await?;
    }
    Ok(())
}

/// Writes all records; `progress` counts them. The first failure ends the load.
pub async fn load(client: &Client, fleet: Fleet, progress: &ProgressBar) -> Result<(), ClientError> {
    let source = Arc::new(Mutex::new(Source { fleet, ready: VecDeque::new() }));
    let mut senders: JoinSet<Result<(), ClientError>> = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, source, progress) = (client.clone(), Arc::clone(&source), progress.clone());
        senders.spawn(async move {
            while let Some(batch) = Source::take(&source) {
                let records = batch.records.len() as u64;
                send(&client, batch).await?;
                progress.inc(records);
            }
            Ok(())
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender.map_err(|error| ClientError::Task(error.to_string()))??;
    }
    Ok(())
}

/// The bar on standard error.
pub fn progress_bar(records: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{msg} {wide_bar} {human_pos}/{human_len} records, {per_sec}, {eta} left",
    );
    let bar = ProgressBar::new(records).with_message("loading");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Batches made ahead in small lots, so that the lock is rarely taken.
#[derive(Debug)]
struct Source {
    fleet: Fleet,
    ready: VecDeque<Batch>,
}

impl Source {
    fn take(source: &Mutex<Source>) -> Option<Batch> {
        let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
        if source.ready.is_empty() {
            let lot: Vec<Batch> = source.fleet.by_ref().take(CONNECTIONS).collect();
            source.ready.extend(lot);
        }
        source.ready.pop_front()
    }
}

async fn send(client: &Client, batch: Batch) -> Result<(), ClientError> {
    let body = body(batch)?;
    loop {
        match client.send(Operation::WriteRecords, body.clone()).await {
            Err(ClientError::Api(error)) if error.code == ErrorCode::Throttling => {
                tokio::time::sleep(RETRY_WAIT).await;
            }
            Err(error) => return Err(error),
            Ok(_) => return Ok(()),
        }
    }
}

fn body(batch: Batch) -> Result<Bytes, ClientError> {
    let input = WriteRecordsRequest {
        database_name: Some(DATABASE.into()),
        table_name: Some(batch.table.into()),
        common_attributes: None,
        records: Some(batch.records.into()),
    };
    Ok(encode(&input)?.into())
}

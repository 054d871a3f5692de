//! Runs UNLOAD: the rows of a plan go into files, and one row tells where they are.

use std::sync::Arc;

use arrow::array::{Int64Array, StringViewArray};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;

use super::failure::classify;
use super::plan::Execution;
use super::{QueryRequest, Shared};
use crate::analyzer::Unload;
use crate::bound::{ColumnId, OutputColumn};
use crate::error::SqlError;
use crate::statements::Answer;
use crate::types::Type;
use crate::unload::{Export, Exported, Target};
use model::limits;

/// Where the files of a statement go.
pub(super) fn target(shared: &Shared, request: &QueryRequest, unload: &Unload) -> Result<Target, SqlError> {
    let Some(buckets) = &shared.buckets else {
        return Err(SqlError::invalid("UNLOAD is not possible: there is no place to write to"));
    };
    // The plan itself needs most of the query's memory.
    let share = shared.settings.query_memory_bytes_max / 4;
    Ok(Target {
        buckets: Arc::clone(buckets),
        destination: unload.destination.clone(),
        options: unload.options.clone(),
        query_id: request.query_id.clone(),
        held_bytes_max: limits::UNLOAD_HELD_BYTES_MAX.min(share),
    })
}

/// The columns of the answer (api.md 4.13).
pub(super) fn columns() -> Arc<[OutputColumn]> {
    let column = |id, name: &str, ty| OutputColumn {
        id: ColumnId(id),
        name: name.to_owned(),
        ty,
        aliased: false,
        origin: None,
    };
    Arc::new([
        column(0, "rows", Type::Bigint),
        column(1, "metadataFile", Type::Varchar),
        column(2, "manifestFile", Type::Varchar),
    ])
}

pub(super) async fn run(
    shared: &Shared,
    execution: &Execution,
    target: Target,
) -> Result<Exported, SqlError> {
    let context = &execution.context;
    let reservation = MemoryConsumer::new("unload").register(context.memory_pool());
    let mut export = Export::new(target, Arc::clone(&execution.columns), Arc::clone(&shared.entropy));
    let stream = execute_stream(Arc::clone(&execution.plan), Arc::clone(context));
    let mut stream = stream.map_err(classify)?;
    while let Some(batch) = stream.next().await {
        export.write(&batch.map_err(classify)?).await?;
        reservation.try_resize(export.held_bytes()).map_err(classify)?;
        // Writing alone may never wait, and whoever cancels must be heard.
        tokio::task::consume_budget().await;
    }
    Ok(export.finish().await?)
}

pub(super) fn answer(exported: &Exported) -> Result<Answer, SqlError> {
    let rows = Int64Array::from(vec![i64::try_from(exported.rows).unwrap_or(i64::MAX)]);
    let url = |url: &str| StringViewArray::from(vec![url]);
    Answer::new(vec![
        ("rows", Type::Bigint, Arc::new(rows)),
        ("metadataFile", Type::Varchar, Arc::new(url(&exported.metadata_url))),
        ("manifestFile", Type::Varchar, Arc::new(url(&exported.manifest_url))),
    ])
}

//! All operations of both APIs, one line each; an operation without a handler answers a declared error.

mod cancel_query;
mod create_database;
mod create_table;
mod delete_database;
mod delete_table;
mod describe_database;
mod describe_endpoints;
mod describe_table;
mod kms_key;
mod list_databases;
mod list_tables;
mod list_tags_for_resource;
mod next_token;
mod prepare_query;
mod query;
mod resource_name;
mod table_shape;
mod tag_resource;
mod tags;
mod untag_resource;
mod update_database;
mod update_table;
mod views;
mod write_records;

use bytes::Bytes;
use serde::Serialize;
use wire::decode::decode;
use wire::encode::encode;
use wire::{ApiError, Operation};

use crate::gateway::Caller;
use crate::node::Node;

/// Operations whose time has not come.
const UNSUPPORTED: &[Operation] = &[
    Operation::CreateBatchLoadTask,
    Operation::CreateScheduledQuery,
    Operation::DeleteScheduledQuery,
    Operation::DescribeAccountSettings,
    Operation::DescribeBatchLoadTask,
    Operation::DescribeScheduledQuery,
    Operation::ExecuteScheduledQuery,
    Operation::ListBatchLoadTasks,
    Operation::ListScheduledQueries,
    Operation::ResumeBatchLoadTask,
    Operation::UpdateAccountSettings,
    Operation::UpdateScheduledQuery,
];

/// Runs one operation: from the bytes of a request body to the bytes of the answer.
pub async fn run(node: &Node, operation: Operation, caller: &Caller, body: &[u8]) -> Result<Bytes, ApiError> {
    match operation {
        Operation::CancelQuery => answer(cancel_query::run(node, caller, &decode(body)?)?),
        Operation::CreateDatabase => answer(create_database::run(node, decode(body)?).await?),
        Operation::CreateTable => answer(create_table::run(node, decode(body)?).await?),
        Operation::DeleteDatabase => answer(delete_database::run(node, decode(body)?).await?),
        Operation::DeleteTable => answer(delete_table::run(node, decode(body)?).await?),
        Operation::DescribeDatabase => answer(describe_database::run(node, &decode(body)?)?),
        Operation::DescribeEndpoints => answer(describe_endpoints::run(node, caller, &decode(body)?)?),
        Operation::DescribeTable => answer(describe_table::run(node, &decode(body)?)?),
        Operation::ListDatabases => answer(list_databases::run(node, &decode(body)?)?),
        Operation::ListTables => answer(list_tables::run(node, &decode(body)?)?),
        Operation::ListTagsForResource => answer(list_tags_for_resource::run(node, &decode(body)?)?),
        Operation::PrepareQuery => answer(prepare_query::run(node, &decode(body)?).await?),
        Operation::Query => query::run(node, caller, &decode(body)?).await,
        Operation::TagResource => answer(tag_resource::run(node, decode(body)?).await?),
        Operation::UntagResource => answer(untag_resource::run(node, decode(body)?).await?),
        Operation::UpdateDatabase => answer(update_database::run(node, decode(body)?).await?),
        Operation::UpdateTable => answer(update_table::run(node, decode(body)?).await?),
        Operation::WriteRecords => answer(write_records::run(node, &decode(body)?).await?),
        _ => Err(unsupported(operation)),
    }
}

fn answer<T: Serialize>(output: T) -> Result<Bytes, ApiError> {
    encode(&output).map(Bytes::from)
}

/// Whether an operation has a handler. The others answer [`unsupported`].
pub fn is_supported(operation: Operation) -> bool {
    !UNSUPPORTED.contains(&operation)
}

/// The answer of an operation that has no handler yet. A ValidationException tells every SDK not to retry.
fn unsupported(operation: Operation) -> ApiError {
    ApiError::validation(format!("The operation {} is not supported by this release.", operation.name()))
}

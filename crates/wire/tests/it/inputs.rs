//! Every input by the name of its service and operation, so that tables can name them.

use serde::Serialize;
use serde_json::Value;
use wire::shape::Input;
use wire::{ApiError, Operation, Service, query, write};

type Read = fn(&[u8]) -> Result<Value, ApiError>;

macro_rules! inputs {
    ($($service:ident $operation:ident $input:ident $($lifetime:lifetime)?,)*) => {
        &[$((
            concat!(stringify!($service), " ", stringify!($operation)),
            |body| read::<$service::input::$input $(<$lifetime>)?>(Operation::$operation, body),
        ),)*]
    };
}

const INPUTS: &[(&str, Read)] = inputs! {
    write CreateBatchLoadTask CreateBatchLoadTaskRequest '_,
    write CreateDatabase CreateDatabaseRequest '_,
    write CreateTable CreateTableRequest '_,
    write DeleteDatabase DeleteDatabaseRequest '_,
    write DeleteTable DeleteTableRequest '_,
    write DescribeBatchLoadTask DescribeBatchLoadTaskRequest '_,
    write DescribeDatabase DescribeDatabaseRequest '_,
    write DescribeEndpoints DescribeEndpointsRequest,
    write DescribeTable DescribeTableRequest '_,
    write ListBatchLoadTasks ListBatchLoadTasksRequest '_,
    write ListDatabases ListDatabasesRequest '_,
    write ListTables ListTablesRequest '_,
    write ListTagsForResource ListTagsForResourceRequest '_,
    write ResumeBatchLoadTask ResumeBatchLoadTaskRequest '_,
    write TagResource TagResourceRequest '_,
    write UntagResource UntagResourceRequest '_,
    write UpdateDatabase UpdateDatabaseRequest '_,
    write UpdateTable UpdateTableRequest '_,
    write WriteRecords WriteRecordsRequest '_,
    query CancelQuery CancelQueryRequest '_,
    query CreateScheduledQuery CreateScheduledQueryRequest '_,
    query DeleteScheduledQuery DeleteScheduledQueryRequest '_,
    query DescribeAccountSettings DescribeAccountSettingsRequest,
    query DescribeEndpoints DescribeEndpointsRequest,
    query DescribeScheduledQuery DescribeScheduledQueryRequest '_,
    query ExecuteScheduledQuery ExecuteScheduledQueryRequest '_,
    query ListScheduledQueries ListScheduledQueriesRequest '_,
    query ListTagsForResource ListTagsForResourceRequest '_,
    query PrepareQuery PrepareQueryRequest '_,
    query Query QueryRequest '_,
    query TagResource TagResourceRequest '_,
    query UntagResource UntagResourceRequest '_,
    query UpdateAccountSettings UpdateAccountSettingsRequest '_,
    query UpdateScheduledQuery UpdateScheduledQueryRequest '_,
};

/// Decodes a body as the named input and returns it as written back.
pub fn decode(name: &str, body: &[u8]) -> Result<Value, ApiError> {
    let found = INPUTS.iter().find(|(input, _)| *input == name);
    found.unwrap_or_else(|| panic!("no such input: {name}")).1(body)
}

pub fn names() -> impl Iterator<Item = &'static str> {
    INPUTS.iter().map(|(name, _)| *name)
}

fn read<'a, T: Input<'a> + Serialize>(operation: Operation, body: &'a [u8]) -> Result<Value, ApiError> {
    assert_eq!(T::OPERATION, operation);
    let input: T = wire::decode::decode(body)?;
    Ok(serde_json::to_value(&input).expect("inputs can be written"))
}

#[test]
fn every_operation_has_its_inputs() {
    assert_eq!(INPUTS.len(), 34);
    for operation in Operation::ALL.iter().copied() {
        let of = |service: &str| names().any(|name| name == format!("{service} {}", operation.name()));
        let want = match operation.service() {
            Service::Write => (true, false),
            Service::Query => (false, true),
            Service::Both => (true, true),
        };
        assert_eq!((of("write"), of("query")), want, "{}", operation.name());
        assert_eq!(Operation::from_name(operation.name()), Some(operation));
        let target = format!("Timestream_20181101.{}", operation.name());
        assert_eq!(wire::target_operation(&target), Ok(operation));
    }
    for target in
        ["", "Nope", "Timestream_20181101.Nope", "Timestream_20181101.query", "Timestream_20181101Query"]
    {
        assert_eq!(wire::target_operation(target), Err(ApiError::unknown_operation()), "{target}");
    }
}

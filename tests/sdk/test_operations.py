"""All operations of both service models are known by name and answer only what their model declares."""

import botocore.session
import pytest

from signed import Request

BUCKET = {"BucketName": "bucket"}
ARN = "arn:aws:timestream:us-east-1:000000000000:scheduled-query/none-abcdefghijkl"
MAPPING = {"DatabaseName": "ddd", "TableName": "ttt", "TimeColumn": "time",
           "DimensionMappings": [{"Name": "host", "DimensionValueType": "VARCHAR"}],
           "MultiMeasureMappings": {"TargetMultiMeasureName": "m", "MultiMeasureAttributeMappings": [
               {"SourceColumn": "x", "MeasureValueType": "DOUBLE"}]}}

# Arguments that satisfy the shapes; an operation that is not listed takes none.
ARGUMENTS = {
    "CreateBatchLoadTask": {
        "TargetDatabaseName": "ddd", "TargetTableName": "ttt",
        "DataSourceConfiguration": {"DataFormat": "CSV", "DataSourceS3Configuration": BUCKET},
        "ReportConfiguration": {"ReportS3Configuration": BUCKET},
    },
    "DescribeBatchLoadTask": {"TaskId": "ABCDEF"},
    "ResumeBatchLoadTask": {"TaskId": "ABCDEF"},
    "PrepareQuery": {"QueryString": "SELECT 1", "ValidateOnly": True},
    "CreateScheduledQuery": {
        "Name": "every_hour", "QueryString": "SELECT 1", "ScheduleConfiguration": {"ScheduleExpression": "rate(1 hour)"},
        "NotificationConfiguration": {"SnsConfiguration": {"TopicArn": "arn:aws:sns:us-east-1:000000000000:topic"}},
        "ScheduledQueryExecutionRoleArn": "arn:aws:iam::000000000000:role/r",
        "ErrorReportConfiguration": {"S3Configuration": BUCKET},
        "TargetConfiguration": {"TimestreamConfiguration": MAPPING},
    },
    "DescribeScheduledQuery": {"ScheduledQueryArn": ARN},
    "DeleteScheduledQuery": {"ScheduledQueryArn": ARN},
    "UpdateScheduledQuery": {"ScheduledQueryArn": ARN, "State": "ENABLED"},
    "ExecuteScheduledQuery": {"ScheduledQueryArn": ARN, "InvocationTime": 1_700_000_000},
}


# What this release answers; the others say that they are not supported.
SUPPORTED = {
    *("CreateDatabase", "DescribeDatabase", "ListDatabases", "UpdateDatabase", "DeleteDatabase"),
    *("CreateTable", "DescribeTable", "ListTables", "UpdateTable", "DeleteTable"),
    *("TagResource", "UntagResource", "ListTagsForResource"),
    *("DescribeEndpoints", "WriteRecords", "Query", "CancelQuery", "PrepareQuery"),
}


def operations():
    session = botocore.session.get_session()
    for service in ("timestream-write", "timestream-query"):
        model = session.get_service_model(service)
        for name in model.operation_names:
            yield model.operation_model(name)


ALL = list(operations())


def allowed_codes(operation):
    """What the model declares and what the protocol adds for every operation; never the one that makes botocore loop."""
    return {shape.name for shape in operation.error_shapes} - {"InvalidEndpointException"} | {"ValidationException"}


def test_there_are_34():
    assert len(ALL) == 34


@pytest.mark.parametrize("operation", ALL, ids=[f"{one.service_model.service_name}-{one.name}" for one in ALL])
@pytest.mark.parametrize("arguments", ["none", "valid"])
def test_answers_only_declared_errors(server, operation, arguments):
    document = ARGUMENTS.get(operation.name, {}) if arguments == "valid" else {}
    answer = Request(operation.name, document).send(server)
    if answer.status == 200:
        return
    assert answer.code in allowed_codes(operation), answer
    assert answer.code != "InternalServerException", answer
    assert answer.message, answer
    # boto3 reads the discriminator of the body only.
    assert "#" in answer.document["__type"], answer


WITH_REQUIRED = [one for one in ALL if one.name in SUPPORTED and one.input_shape.required_members]


@pytest.mark.parametrize("operation", WITH_REQUIRED, ids=[f"{one.service_model.service_name}-{one.name}" for one in WITH_REQUIRED])
def test_missing_required_members_are_named(server, operation):
    required = operation.input_shape.required_members
    answer = Request(operation.name, {}).send(server)
    assert (answer.status, answer.code) == (400, "ValidationException"), answer
    for member in required:
        path = member[0].lower() + member[1:]
        assert f"Value null at '{path}' failed to satisfy constraint: Member must not be null" in answer.message, answer
    assert answer.headers.get("x-amzn-requestid"), answer.headers

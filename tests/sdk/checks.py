"""Shared assertions over boto3 errors and query results."""

import pytest
from botocore.exceptions import ClientError


class Failure:
    """What a refused call answered."""

    def __init__(self, error):
        self.response = error.response
        self.code = error.response["Error"]["Code"]
        self.message = error.response["Error"]["Message"]
        self.status = error.response["ResponseMetadata"]["HTTPStatusCode"]

    def __repr__(self):
        return f"{self.status} {self.code}: {self.message}"


def fails(call, status, code, *fragments, **arguments):
    """Calls and demands exactly this refusal, with each fragment in its message."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    failure = Failure(raised.value)
    assert (failure.status, failure.code) == (status, code), failure
    for fragment in fragments:
        assert fragment in failure.message, failure
    request_id = failure.response["ResponseMetadata"].get("RequestId", "")
    assert request_id, failure
    return failure


def all_rows(client, sql, **options):
    """Every row of every page, as plain Python values, with the column names of the first page."""
    names, rows = None, []
    for page in client.get_paginator("query").paginate(QueryString=sql, **options):
        if names is None:
            names = [column.get("Name") for column in page["ColumnInfo"]]
        rows.extend([value(datum) for datum in row["Data"]] for row in page["Rows"])
    return names, rows


def value(datum):
    if datum.get("NullValue"):
        return None
    if "ScalarValue" in datum:
        return datum["ScalarValue"]
    if "ArrayValue" in datum:
        return [value(item) for item in datum["ArrayValue"]]
    if "RowValue" in datum:
        return tuple(value(item) for item in datum["RowValue"]["Data"])
    return [(point["Time"], value(point["Value"])) for point in datum["TimeSeriesValue"]]

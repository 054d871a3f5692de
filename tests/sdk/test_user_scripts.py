"""The user's own scripts, as written; only the endpoint and the credentials come from the environment."""

import re
import sys
import time

import pytest

from checks import all_rows, fails, value
from server import Server

CREATE = """\
aws timestream-write create-database --database-name IoTMetrics --tags Key=Environment,Value=Production
aws timestream-write create-table --database-name IoTMetrics --table-name SensorData \\
  --retention-properties MemoryStoreRetentionPeriodInHours=24,MagneticStoreRetentionPeriodInDays=365
"""

WRITE = """\
import boto3, time
timestream = boto3.client('timestream-write')
records = [{
    'Time': str(int(time.time() * 1000)), 'TimeUnit': 'MILLISECONDS',
    'Dimensions': [{'Name': 'DeviceId', 'Value': 'device001'}, {'Name': 'Location', 'Value': 'warehouse_a'}],
    'MeasureName': 'temperature', 'MeasureValue': '23.5', 'MeasureValueType': 'DOUBLE'}]
timestream.write_records(DatabaseName='IoTMetrics', TableName='SensorData', Records=records)
"""

FIRST_QUERY = """\
SELECT DeviceId, CREATE_TIME_SERIES(time, temperature) as temperature_series, AVG(temperature) as avg_temp
FROM "IoTMetrics"."SensorData" WHERE time > ago(1h) GROUP BY DeviceId;"""

SECOND_QUERY = """\
SELECT DeviceId, time, INTERPOLATE_LINEAR(CREATE_TIME_SERIES(time, temperature), SEQUENCE(ago(1h), now(), 5m)) as interpolated_temp
FROM "IoTMetrics"."SensorData";"""

SECOND_QUERY_MENDED = """\
SELECT DeviceId, INTERPOLATE_LINEAR(CREATE_TIME_SERIES(time, temperature), SEQUENCE(ago(1h), now(), 5m)) as interpolated_temp
FROM "IoTMetrics"."SensorData" GROUP BY DeviceId;"""


@pytest.fixture(scope="module")
def scripted(tmp_path_factory, run_client):
    """A server of its own on which the shell script and the Python program have run."""
    server = Server(tmp_path_factory.mktemp("scripts") / "data").start()
    created = run_client(["bash", "-euc", CREATE], server.client_environment())
    written = run_client([sys.executable, "-c", WRITE], server.client_environment())
    yield server, created, written
    server.end()


def test_shell_commands_create(scripted):
    server, created, _ = scripted
    assert created.returncode == 0, created.stderr
    write = server.write_client()
    table = write.describe_table(DatabaseName="IoTMetrics", TableName="SensorData")["Table"]
    assert table["RetentionProperties"] == {
        "MemoryStoreRetentionPeriodInHours": 24,
        "MagneticStoreRetentionPeriodInDays": 365,
    }
    arn = write.describe_database(DatabaseName="IoTMetrics")["Database"]["Arn"]
    assert write.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "Environment", "Value": "Production"}]


def test_python_program_writes(scripted):
    server, _, written = scripted
    assert written.returncode == 0, written.stderr
    _, rows = all_rows(server.query_client(), 'SELECT count(*) FROM "IoTMetrics"."SensorData"')
    assert rows == [["1"]]


def test_first_query_runs_as_written(scripted):
    page = scripted[0].query_client().query(QueryString=FIRST_QUERY)
    assert page["ColumnInfo"] == [
        {"Name": "DeviceId", "Type": {"ScalarType": "VARCHAR"}},
        {"Name": "temperature_series", "Type": {"TimeSeriesMeasureValueColumnInfo": {"Type": {"ScalarType": "DOUBLE"}}}},
        {"Name": "avg_temp", "Type": {"ScalarType": "DOUBLE"}},
    ]
    [[device, series, average]] = [[value(datum) for datum in row["Data"]] for row in page["Rows"]]
    assert (device, average) == ("device001", "23.5")
    [(instant, temperature)] = series
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}000000", instant)
    assert temperature == "23.5"


def test_second_query_names_what_is_wrong_and_how_to_mend_it(scripted):
    failure = fails(scripted[0].query_client().query, 400, "ValidationException", QueryString=SECOND_QUERY)
    assert re.search(r"line 1:(8|18)\b", failure.message), failure
    assert re.search(r"DeviceId|time", failure.message), failure
    assert re.search(r"GROUP BY .*DeviceId", failure.message), failure


def test_second_query_runs_when_mended(scripted):
    server = scripted[0]
    names, rows = all_rows(server.query_client(), SECOND_QUERY_MENDED)
    assert names == ["DeviceId", "interpolated_temp"]
    assert len(rows) == 1 and rows[0][0] == "device001"


def test_second_query_interpolates_between_points(scripted):
    """Two points ten minutes apart with 10 degrees between them: each 5-minute step in between lies on the line."""
    server = scripted[0]
    write = server.write_client()
    write.create_table(DatabaseName="IoTMetrics", TableName="Two")
    start = (int(time.time()) - 1800) * 1000
    record = {"MeasureName": "temperature", "Dimensions": [{"Name": "DeviceId", "Value": "d"}]}
    write.write_records(
        DatabaseName="IoTMetrics",
        TableName="Two",
        CommonAttributes=record,
        Records=[{"Time": str(start), "MeasureValue": "20"}, {"Time": str(start + 600_000), "MeasureValue": "30"}],
    )
    sql = (
        "SELECT INTERPOLATE_LINEAR(CREATE_TIME_SERIES(time, temperature),"
        f" SEQUENCE(from_milliseconds({start}), from_milliseconds({start + 600_000}), 5m))"
        ' FROM "IoTMetrics"."Two" GROUP BY DeviceId'
    )
    _, rows = all_rows(server.query_client(), sql)
    assert [temperature for _, temperature in rows[0][0]] == ["20.0", "25.0", "30.0"]

"""Late records that lose against stored ones: answered 200, and found in the report of the table's bucket."""

import json
import time

from checks import all_rows, fails
from records import dimensions, record
from server import ANSWER_SECONDS_MAX

NAME = {"DatabaseName": "kept", "TableName": "readings"}
NOW_MS = 1_704_067_200_000
DAY_MS = 86_400_000
ARGUMENTS = ["--test-clock", "2024-01-01T00:00:00Z", "--maintenance-period-ms", "50", "--checkpoint-seconds-max", "1"]


def late(value, version):
    return record(
        Dimensions=dimensions(host="a"), MeasureValue=value, Version=version, Time=str(NOW_MS - 5 * DAY_MS)
    )


def reports(server, seconds=ANSWER_SECONDS_MAX):
    """Waits for the first report and gives all there are."""
    folder = server.data_dir / "buckets" / "my-bucket"
    write = server.write_client()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = sorted(path for path in folder.rglob("*.json")) if folder.exists() else []
        if found:
            return {str(path.relative_to(folder)): json.loads(path.read_text()) for path in found}
        write.describe_table(**NAME)
    raise AssertionError(f"no report after {seconds} s:\n{server.log_text()}")


def test_conflicts_of_late_records_are_reported(new_server):
    server = new_server(arguments=ARGUMENTS).start()
    write = server.write_client()
    write.create_database(DatabaseName="kept")
    location = {"BucketName": "my-bucket", "ObjectKeyPrefix": "late", "EncryptionOption": "SSE_S3"}
    write.create_table(
        **NAME,
        RetentionProperties={"MemoryStoreRetentionPeriodInHours": 5, "MagneticStoreRetentionPeriodInDays": 60},
        MagneticStoreWriteProperties={
            "EnableMagneticStoreWrites": True,
            "MagneticStoreRejectedDataLocation": {"S3Configuration": location},
        },
    )
    assert write.write_records(**NAME, Records=[late("1.5", 7)])["RecordsIngested"]["MagneticStore"] == 1
    answer = write.write_records(**NAME, Records=[late("2.5", 6), late("9.5", 7)])
    assert answer["RecordsIngested"] == {"Total": 2, "MemoryStore": 0, "MagneticStore": 2}

    # Killed before or after the checkpoint, before or after the upload: it is there, once.
    server.kill()
    server.start()
    found = reports(server)
    records = [one for report in found.values() for error in report["errors"] for one in error["records"]]
    assert sorted((one["version"], one["measureValue"]) for one in records) == [(6, "2.5"), (7, "9.5")], found
    assert all(key.startswith("late/kept/readings/2024-01-01T00:0") for key in found), found
    for one in records:
        assert one["dimensions"] == [{"name": "host", "value": "a", "dimensionValueType": None}]
        assert (one["time"], one["timeUnit"]) == (str((NOW_MS - 5 * DAY_MS) * 1_000_000), "NANOSECONDS")
    reasons = [error["reason"] for report in found.values() for error in report["errors"]]
    assert any("version 6 is lower than the existing version 7" in reason for reason in reasons), reasons
    assert all_rows(server.query_client(), 'SELECT measure_value::double FROM "kept"."readings"')[1] == [["1.5"]]

    server.restart()
    server.write_client().write_records(**NAME, Records=[late("4.5", 8)])
    assert reports(server) == found
    assert server.stop() == 0

    # Without a location the answer is the only place.
    server.start()
    write = server.write_client()
    write.update_table(**NAME, MagneticStoreWriteProperties={"EnableMagneticStoreWrites": True})
    fails(write.write_records, 419, "RejectedRecordsException", **NAME, Records=[late("2.5", 6)])

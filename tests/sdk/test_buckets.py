"""Data files in a bucket of a real S3 server: written, moved, restarted, queried; and what a wrong start says."""

import datetime
import itertools
import os
import threading
import time
import uuid

import boto3
import pytest
from botocore.config import Config

from checks import all_rows
from records import dimensions, record

# Read when the tests are collected: later nothing of the user's environment is left.
ENDPOINT = os.environ.get("HEADWATER_TEST_S3_ENDPOINT")
BUCKET = os.environ.get("HEADWATER_TEST_S3_BUCKET")
ACCESS_KEY_ID = os.environ.get("HEADWATER_TEST_S3_ACCESS_KEY_ID")
SECRET_ACCESS_KEY = os.environ.get("HEADWATER_TEST_S3_SECRET_ACCESS_KEY")

FIRST_DAY = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone.utc)
HOSTS, ROUNDS = "abcdefgh", 40
WAIT_SECONDS_MAX = 300


@pytest.fixture
def prefix():
    assert ENDPOINT, "no S3 server: `cargo xtask stores COMMAND` runs a command with one"
    return f"clients/{uuid.uuid4().hex[:12]}"


@pytest.fixture
def bucket_server(new_server, prefix):
    """Makes servers whose data files are in the bucket, on a day of the test's choice."""

    def make(day=0, place=f"s3://{BUCKET}/{prefix}", secret=SECRET_ACCESS_KEY, folder="data", **options):
        clock = (FIRST_DAY + datetime.timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")
        settings = {
            "object-store": place,
            "s3-endpoint": ENDPOINT,
            "s3-allow-http": "true",
            "test-clock": clock,
            "move-quiet-seconds": "0",
            "maintenance-period-ms": "20",
        }
        arguments = itertools.chain.from_iterable((f"--{name}", value) for name, value in settings.items())
        keys = {"HEADWATER_S3_ACCESS_KEY_ID": ACCESS_KEY_ID, "HEADWATER_S3_SECRET_ACCESS_KEY": secret}
        return new_server(folder, arguments=arguments, environment=keys, **options)

    return make


@pytest.fixture
def data_files(prefix):
    """Lists the names of the data files in the bucket."""
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.session.Session().client(
        "s3", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY, config=config,
    )

    def names():
        listed = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/")
        found = [entry["Key"].removeprefix(f"{prefix}/") for entry in listed.get("Contents", [])]
        return [name for name in found if name != "headwater.owner"]

    return names


def wait_for(condition):
    """What the background of the server does is seen by its effect alone."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        threading.Event().wait(0.05)


def test_data_files_in_a_bucket(bucket_server, data_files):
    server = bucket_server().start()
    write = server.write_client()
    write.create_database(DatabaseName="kept")
    name = {"DatabaseName": "kept", "TableName": "readings"}
    retention = {"MemoryStoreRetentionPeriodInHours": 2, "MagneticStoreRetentionPeriodInDays": 30}
    write.create_table(**name, RetentionProperties=retention, MagneticStoreWriteProperties={"EnableMagneticStoreWrites": True})
    first_ms = int(FIRST_DAY.timestamp() * 1000)

    def fill(day, host_names, value):
        for host in host_names:
            times = (first_ms + day * 86_400_000 + number for number in range(ROUNDS))
            records = [record(Dimensions=dimensions(host=host), Time=str(one), MeasureValue=value) for one in times]
            write.write_records(**name, Records=records)

    sql = 'SELECT count(*), count(DISTINCT host), sum(measure_value::double) FROM "kept"."readings"'
    fill(0, HOSTS, "1.5")
    rows = len(HOSTS) * ROUNDS
    assert all_rows(server.query_client(), sql)[1] == [[str(rows), "8", str(rows * 1.5)]]
    assert data_files() == []
    assert server.kill() == -9

    # Four days later the memory store no longer keeps them.
    server = bucket_server(day=4).start()
    wait_for(data_files)
    assert all_rows(server.query_client(), sql)[1] == [[str(rows), "8", str(rows * 1.5)]]
    assert server.stop() == 0

    # Late rows join them, and everything is there again after another end without a goodbye.
    server = bucket_server(day=5).start()
    write = server.write_client()
    moved = data_files()
    fill(0, "ijkl", "2")
    wait_for(lambda: data_files() and data_files() != moved)
    expected = [[str(rows + 4 * ROUNDS), "12", str(rows * 1.5 + 4 * ROUNDS * 2.0)]]
    assert all_rows(server.query_client(), sql)[1] == expected
    assert server.kill() == -9
    server = bucket_server(day=5).start()
    assert all_rows(server.query_client(), sql)[1] == expected
    by_host = f"{sql} WHERE host = 'k'"
    assert all_rows(server.query_client(), by_host)[1] == [[str(ROUNDS), "1", str(ROUNDS * 2.0)]]

    # What is deleted leaves the bucket.
    server.write_client().delete_table(**name)
    wait_for(lambda: data_files() == [])
    assert server.stop() == 0


def refused(server):
    """Starts a server that must not start; what it says."""
    with pytest.raises(AssertionError, match="before it was ready"):
        server.start()
    said = "\n".join(server.log)
    assert server.process.returncode == 1 and SECRET_ACCESS_KEY not in said, said
    return said


def test_wrong_places_and_keys_are_refused_at_the_start(bucket_server, new_server, tmp_path, prefix):
    assert "there is no such bucket" in refused(bucket_server(place="s3://no-such-bucket/a"))
    assert "the credentials are refused" in refused(bucket_server(secret="wrong-wrong-wrong"))
    away = bucket_server()
    away.arguments[away.arguments.index("--s3-endpoint") + 1] = "http://127.0.0.1:1"
    assert "can't be reached" in refused(away)

    # None of it was remembered; now the folder belongs to this prefix, and the prefix to this folder.
    server = bucket_server().start()
    assert server.stop() == 0
    said = refused(bucket_server(place=f"s3://{BUCKET}/{prefix}-other"))
    assert "uses another object store" in said and prefix in said
    assert "uses another object store" in refused(new_server("data"))
    assert "belongs to another data directory" in refused(bucket_server(folder="second"))
    assert bucket_server().start().stop() == 0

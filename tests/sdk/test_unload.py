"""UNLOAD: the files of both formats as other programs read them, and nothing outside of their folder."""

import gzip
import json

import duckdb
import pytest

from bucket_service import BucketService
from checks import fails, value
from records import dimensions, unique_time

CITIES = ["Bern", 'Aarau "Süd"', "Chur,GR", None]


@pytest.fixture
def cities(write, table):
    """Forty rows of a measure with several values, ten for each city; the last ten without one."""
    records = []
    for n in range(40):
        values = [{"Name": "n", "Value": str(n), "Type": "BIGINT"}, {"Name": "half", "Value": str(n / 2), "Type": "DOUBLE"}]
        if CITIES[n % 4] is not None:
            values.append({"Name": "city", "Value": CITIES[n % 4], "Type": "VARCHAR"})
        records.append(
            {
                "Dimensions": dimensions(host=f"h{n % 2}"),
                "MeasureName": "m",
                "MeasureValueType": "MULTI",
                "MeasureValues": values,
                "Time": unique_time(),
            }
        )
    write.write_records(**table, Records=records)
    return f'"{table["DatabaseName"]}"."{table["TableName"]}"'


class Buckets:
    """The folders that stand for S3."""

    def __init__(self, server):
        self.root = server.data_dir / "buckets"

    def path(self, url):
        assert url.startswith("s3://")
        return self.root / url.removeprefix("s3://")

    def json(self, url):
        return json.loads(self.path(url).read_text())


@pytest.fixture
def buckets(server):
    return Buckets(server)


def unload(query, sql):
    pages = list(query.get_paginator("query").paginate(QueryString=sql))
    assert [column["Name"] for column in pages[0]["ColumnInfo"]] == ["rows", "metadataFile", "manifestFile"]
    (row,) = (row for page in pages for row in page["Rows"])
    rows, metadata, manifest = (value(datum) for datum in row["Data"])
    assert metadata.rpartition("/")[2].startswith(pages[0]["QueryId"] + "_")
    return int(rows), metadata, manifest


def test_csv_is_read_back_by_other_programs(query, buckets, cities):
    sql = f"SELECT time, host, n, half, city FROM {cities} ORDER BY n"
    place = f"s3://exports/{cities.split('.')[0].strip(chr(34))}/csv"
    rows, metadata, manifest = unload(
        query, f"UNLOAD({sql}) TO '{place}/' WITH (format='CSV', escaped_by='\"', include_header='true')"
    )
    assert rows == 40
    names = [column["Name"] for column in buckets.json(metadata)["ColumnInfo"]]
    assert names == ["time", "host", "n", "half", "city"]
    (file,) = buckets.json(manifest)["result_files"]
    path = buckets.path(file["url"])
    assert path.suffix == ".gz" and path.stat().st_size == file["file_metadata"]["content_length_in_bytes"]
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert lines[0] == "time,host,n,half,city" and len(lines) == 41
    read = duckdb.sql(f"SELECT n, half, city FROM read_csv('{path}', header=true, quote='\"', escape='\"') ORDER BY n")
    assert read.fetchall() == [(n, n / 2, CITIES[n % 4]) for n in range(40)]


def test_partitions_are_folders_that_readers_know(query, buckets, cities):
    place = f"s3://exports/{cities.split('.')[0].strip(chr(34))}/parts"
    sql = f"SELECT time, n, half, n % 2 = 0 AS even, ARRAY[n, NULL] AS a, host, n % 3 AS third FROM {cities}"
    rows, _, manifest = unload(
        query, f"UNLOAD({sql}) TO '{place}' WITH (format='PARQUET', partitioned_by=ARRAY['host', 'third'])"
    )
    assert rows == 40
    files = buckets.json(manifest)["result_files"]
    assert {tuple(file["url"].split("/")[-3:-1]) for file in files} == {
        (f"host=h{host}", f"third={third}") for host in range(2) for third in range(3)
    }
    pattern = buckets.path(f"{place}/results/*/*/*.parquet")
    read = duckdb.sql(f"SELECT n, half, even, a, host, third FROM read_parquet('{pattern}') ORDER BY n")
    assert read.fetchall() == [(n, n / 2, n % 2 == 0, [n, None], f"h{n % 2}", n % 3) for n in range(40)]
    times = duckdb.sql(f"SELECT typeof(time), count(DISTINCT time) FROM read_parquet('{pattern}') GROUP BY 1").fetchall()
    assert times in ([("TIMESTAMP", 40)], [("TIMESTAMP_NS", 40)])


def test_what_is_refused_writes_nothing(query, buckets, server, cities):
    before = set(server.data_dir.rglob("*"))
    for sql, code in [
        (f"SELECT city FROM {cities}) TO 's3://exports/x' WITH (partitioned_by=ARRAY['city'])", "ValidationException"),
        ("SELECT 1 AS a) TO 's3://exports/../../credentials'", "ValidationException"),
        ("SELECT 1 AS a) TO 's3://../a'", "ValidationException"),
        ("SELECT 1 AS a) TO '/tmp/a'", "ValidationException"),
        ("SELECT 1 AS a) TO 's3://exports/a' WITH (max_file_size='1MB')", "ValidationException"),
        ("SELECT 1 AS a, 'é' AS b) TO 's3://exports/a' WITH (partitioned_by=ARRAY['b'])", "QueryExecutionException"),
        (f"SELECT n / (n - n) AS a FROM {cities}) TO 's3://exports/a'", "QueryExecutionException"),
    ]:
        fails(query.query, 400, code, QueryString="UNLOAD(" + sql)
    after = set(server.data_dir.rglob("*")) - before
    assert not [path for path in after if path.suffix in (".json", ".csv", ".gz", ".parquet", ".tmp")], after


@pytest.fixture
def service():
    service = BucketService(["exports", "team-a", "closed"])
    yield service
    service.end()


@pytest.fixture
def on_service(service, new_server):
    """A server whose users' buckets are those of a service."""
    return new_server(
        environment={
            "HEADWATER_S3_ENDPOINT": service.url,
            "HEADWATER_S3_ALLOW_HTTP": "true",
            "HEADWATER_S3_USER_BUCKETS": "exports, team-*, gone",
            "HEADWATER_S3_ACCESS_KEY_ID": "service-key",
            "HEADWATER_S3_SECRET_ACCESS_KEY": "service-secret",
        }
    ).start()


def test_files_go_to_the_configured_service(service, on_service):
    query = on_service.query_client()
    sql = "SELECT n, 'Social Media' AS channel FROM UNNEST(sequence(1, 3)) AS t(n)"
    rows, metadata, manifest = unload(
        query,
        f"UNLOAD({sql}) TO 's3://team-a/some where' "
        "WITH (partitioned_by=ARRAY['channel'], compression='NONE', encryption='SSE_KMS', kms_key='key-1')",
    )
    assert rows == 3
    found = json.loads(service.objects[manifest.removeprefix("s3://")])
    (file,) = found["result_files"]
    assert "/some where/results/channel=Social Media/" in file["url"]
    assert service.objects[file["url"].removeprefix("s3://")] == b"1\n2\n3\n"
    for url in (file["url"], metadata, manifest):
        headers = service.headers[url.removeprefix("s3://")]
        assert headers["x-amz-server-side-encryption"] == "aws:kms"
        assert headers["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1"


def test_large_files_go_in_parts(service, on_service):
    query = on_service.query_client()
    sql = (
        "SELECT n, rpad(CAST(n AS varchar), 1000, 'x') AS text FROM (SELECT a * 1000 + b AS n "
        "FROM UNNEST(sequence(0, 19)) AS x(a), UNNEST(sequence(0, 999)) AS y(b)) t"
    )
    rows, _, manifest = unload(query, f"UNLOAD({sql}) TO 's3://exports' WITH (compression='NONE')")
    found = json.loads(service.objects[manifest.removeprefix("s3://")])
    (file,) = found["result_files"]
    contents = service.objects[file["url"].removeprefix("s3://")]
    assert rows == 20000 and len(contents.splitlines()) == 20000
    assert len(contents) == file["file_metadata"]["content_length_in_bytes"] > 2 * 8 * 1024 * 1024
    assert service.largest_part == 8 * 1024 * 1024 and not service.uploads


def test_other_buckets_are_denied_and_missing_ones_are_told(service, on_service):
    query = on_service.query_client()
    for bucket, message in [
        ("closed", "Access to the bucket 'closed' was denied"),
        ("gone", "The bucket 'gone' does not exist"),
    ]:
        fails(query.query, 400, "QueryExecutionException", message, QueryString=f"UNLOAD(SELECT 1 AS a) TO 's3://{bucket}/x'")
    assert not service.objects and not (on_service.data_dir / "buckets" / "closed").exists()

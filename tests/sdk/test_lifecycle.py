"""Starting, stopping, restarting: what was acknowledged is there again."""

import os
import signal
import socket
import subprocess
import threading
import urllib.request

import pytest

from checks import all_rows, fails
from records import dimensions, multi, record, unique_time
from server import ADDRESS, ANSWER_SECONDS_MAX, Server, binary, clean_environment
from signed import Request

SQL = 'SELECT count(*), count(DISTINCT host) FROM "kept"."readings"'


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_everything_outlives_a_restart(new_server, how):
    server = new_server().start()
    write = server.write_client()
    write.create_database(DatabaseName="kept", Tags=[{"Key": "a", "Value": "1"}])
    name = {"DatabaseName": "kept", "TableName": "readings"}
    made = write.create_table(
        **name, RetentionProperties={"MemoryStoreRetentionPeriodInHours": 5, "MagneticStoreRetentionPeriodInDays": 6}
    )["Table"]
    time = unique_time()
    for host in "abcdefgh":
        write.write_records(**name, Records=[record(Dimensions=dimensions(host=host)) for _ in range(50)])
    write.write_records(**name, Records=[record(Time=time, MeasureValue="1", Version=5), multi({"x": ("1", "BIGINT")})])

    code = server.stop() if how == "stop" else server.kill()
    assert code == (0 if how == "stop" else -9)
    server.start()
    write, query = server.write_client(), server.query_client()
    assert write.describe_table(**name)["Table"] == made
    assert write.list_tags_for_resource(ResourceARN=write.describe_database(DatabaseName="kept")["Database"]["Arn"])["Tags"]
    assert all_rows(query, SQL)[1] == [["402", "8"]]
    # Versions are remembered, and the types of attributes.
    failure = fails(write.write_records, 419, "RejectedRecordsException", **name,
                    Records=[record(Time=time, MeasureValue="2", Version=4), multi({"x": ("1.5", "DOUBLE")})])
    assert [one["RecordIndex"] for one in failure.response["RejectedRecords"]] == [0, 1]
    assert failure.response["RejectedRecords"][0]["ExistingVersion"] == 5
    server.restart()
    assert all_rows(server.query_client(), SQL)[1] == [["402", "8"]]


def test_a_stop_finishes_what_was_begun(new_server):
    """Writers run while the server is told to stop: each either got its answer, and is kept, or an error."""
    server = new_server().start()
    write = server.write_client()
    write.create_database(DatabaseName="kept")
    name = {"DatabaseName": "kept", "TableName": "readings"}
    write.create_table(**name)
    acknowledged, busy = [], threading.Barrier(5, timeout=ANSWER_SECONDS_MAX)

    def work(host):
        client = server.write_client()
        busy.wait()
        for _ in range(10_000):
            records = [record(Dimensions=dimensions(host=host)) for _ in range(20)]
            try:
                client.write_records(**name, Records=records)
            except Exception:
                return
            acknowledged.append(len(records))

    threads = [threading.Thread(target=work, args=(host,)) for host in "abcd"]
    for thread in threads:
        thread.start()
    busy.wait()
    for _ in range(20):
        write.describe_table(**name)
    assert server.stop() == 0, server.log_text()
    for thread in threads:
        thread.join(timeout=2 * ANSWER_SECONDS_MAX)
        assert not thread.is_alive()
    server.start()
    stored = int(all_rows(server.query_client(), SQL)[1][0][0])
    # An answer may be lost with its connection, so more than acknowledged is fine, and only whole requests.
    assert sum(acknowledged) <= stored <= sum(acknowledged) + 4 * 20
    assert stored % 20 == 0


def test_a_log_that_nobody_reads_stops_nothing(new_server):
    server = new_server()
    command = [binary(), "serve", "--data-dir", str(server.data_dir), "--listen", "127.0.0.1:0", "--log-filter", "debug"]
    reader, writer = os.pipe()
    server.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writer, env=clean_environment(), text=True)
    server.followers = []
    os.close(writer)
    found = ADDRESS.search(server.process.stdout.readline())
    os.close(reader)
    for _ in range(3):
        with urllib.request.urlopen(f"{found[0]}/health", timeout=ANSWER_SECONDS_MAX) as answer:
            assert answer.status == 200
    assert server.stop() == 0
    assert (server.data_dir / "metastore.digest").exists(), "it was closed in good order"


def test_a_second_signal_ends_a_stop_that_waits(new_server):
    server = new_server(arguments=["--body-timeout-ms", "600000", "--shutdown-seconds-max", "3600"]).start()
    head, _, _ = Request("ListDatabases", {}).to_bytes(f"{server.host}:{server.port}").partition(b"\r\n\r\n")
    with socket.create_connection((server.host, server.port), timeout=ANSWER_SECONDS_MAX) as half_a_request:
        half_a_request.sendall(head + b"\r\nexpect: 100-continue\r\n\r\n")
        assert b" 100 " in half_a_request.recv(65536), "it waits for the body"
        signals = 0
        while server.is_running():
            server.process.send_signal(signal.SIGTERM)
            signals += 1
            try:
                server.process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                assert signals < ANSWER_SECONDS_MAX, server.log_text()
    assert signals > 1 and server.process.returncode == 1, server.log_text()


def test_a_second_server_on_the_same_folder_is_refused(new_server):
    first = new_server().start()
    second = new_server()
    with pytest.raises(AssertionError, match="before it was ready"):
        second.start()
    assert first.is_running()
    assert "Databases" in first.write_client().list_databases()


def test_health_and_metrics(server, write):
    write.list_databases()
    with urllib.request.urlopen(f"{server.endpoint}/health", timeout=ANSWER_SECONDS_MAX) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"{server.endpoint}/metrics", timeout=ANSWER_SECONDS_MAX) as answer:
        text = answer.read().decode()
    assert "# TYPE" in text and "ListDatabases" in text


def test_a_test_clock_moves_the_engine_and_not_the_signatures(new_server):
    server = new_server(arguments=["--test-clock", "2024-03-01T12:00:00Z"]).start()
    write, query = server.write_client(), server.query_client()
    write.create_database(DatabaseName="dated")
    write.create_table(DatabaseName="dated", TableName="readings")
    noon = 1_709_294_400_000
    write.write_records(DatabaseName="dated", TableName="readings", Records=[record(Time=str(noon))])
    _, [[today, count]] = all_rows(query, 'SELECT date_trunc(\'day\', now()), count(*) FROM "dated"."readings" WHERE time > ago(1h)')
    assert (today, count) == ("2024-03-01 00:00:00.000000000", "1")
    fails(write.write_records, 419, "RejectedRecordsException", DatabaseName="dated", TableName="readings", Records=[record()])


def test_a_test_clock_is_refused_beyond_loopback(tmp_path):
    server = Server(tmp_path / "data", arguments=["--test-clock", "2024-03-01T12:00:00Z", "--listen", "0.0.0.0:0"])
    with pytest.raises(AssertionError, match="before it was ready"):
        server.start()

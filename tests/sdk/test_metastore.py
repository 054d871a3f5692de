"""Definitions in PostgreSQL: kept over a kill, one server at a time, one data directory for ever."""

import os
import time

import pytest

from checks import all_rows
from records import dimensions, record
from server import ANSWER_SECONDS_MAX

# Read when the tests are collected: later nothing of the user's environment is left.
URL = os.environ.get("HEADWATER_TEST_POSTGRES")


def refused(server):
    """Starts a server that must not start; what it says."""
    with pytest.raises(AssertionError, match="before it was ready"):
        server.start()
    said = "\n".join(server.log)
    assert server.process.returncode == 1 and password() not in said, said
    return said


def once_free(attempt):
    """PostgreSQL frees a lock when it has noticed that its owner is gone: tries again while it says `in use`."""
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while True:
        try:
            found = attempt()
        except AssertionError as error:
            found = error
        if "in use by another server" not in str(found) or time.monotonic() > deadline:
            if isinstance(found, AssertionError):
                raise found
            return found


def password():
    return URL.split("@")[0].rsplit(":", 1)[1]


def test_definitions_in_postgres(new_server):
    assert URL, "no PostgreSQL: `cargo xtask stores COMMAND` runs a command with one"
    settings = {"HEADWATER_METASTORE": URL, "HEADWATER_CHECKPOINT_SECONDS_MAX": "1"}
    server = new_server(environment=settings).start()
    write = server.write_client()
    write.create_database(DatabaseName="kept", Tags=[{"Key": "a", "Value": "1"}])
    name = {"DatabaseName": "kept", "TableName": "readings"}
    made = write.create_table(**name)["Table"]
    for host in "abcd":
        write.write_records(**name, Records=[record(Dimensions=dimensions(host=host)) for _ in range(50)])
    assert "in use by another server" in refused(new_server("second", environment=settings))

    assert server.kill() == -9
    once_free(server.start)
    assert server.write_client().describe_table(**name)["Table"] == made
    sql = 'SELECT count(*), count(DISTINCT host) FROM "kept"."readings"'
    assert all_rows(server.query_client(), sql)[1] == [["200", "4"]]
    assert server.stop() == 0

    assert "belongs to another data directory" in once_free(lambda: refused(new_server("second", environment=settings)))
    assert "uses another metastore used=postgres configured=sqlite" in refused(new_server())
    wrong = {"HEADWATER_METASTORE": URL.replace(password(), "wrong-password")}
    said = refused(new_server(environment=wrong))
    assert "metastore can't be used" in said and "wrong-password" not in said
    assert once_free(server.start).stop() == 0
    assert password() not in "\n".join(server.log)

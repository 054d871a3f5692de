import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from server import ANSWER_SECONDS_MAX, Server, clean_environment


@pytest.fixture(scope="session", autouse=True)
def _only_our_environment():
    """boto3 in this process sees neither the user's AWS settings nor a proxy."""
    kept = clean_environment()
    for name in list(os.environ):
        if name not in kept and name != "HEADWATER_BINARY":
            del os.environ[name]
    os.environ.update(kept)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share; each test makes its own database."""
    shared = Server(tmp_path_factory.mktemp("shared") / "data").start()
    yield shared
    shared.end()


@pytest.fixture
def new_server(tmp_path):
    """Makes servers of the test's own; by default on the same folder each time."""
    made = []

    def make(folder="data", **options):
        made.append(Server(tmp_path / folder, **options))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def write(server):
    return server.write_client()


@pytest.fixture
def query(server):
    return server.query_client()


@pytest.fixture
def database(write):
    """An empty database with a name of its own, removed with its tables afterwards."""
    name = f"db_{uuid.uuid4().hex[:12]}"
    write.create_database(DatabaseName=name)
    yield name
    token = {}
    while True:
        page = write.list_tables(DatabaseName=name, **token)
        for table in page["Tables"]:
            write.delete_table(DatabaseName=name, TableName=table["TableName"])
        if "NextToken" not in page:
            break
        token = {}
    write.delete_database(DatabaseName=name)


@pytest.fixture
def table(write, database):
    """A table with a day of memory store and a year of magnetic store."""
    write.create_table(
        DatabaseName=database,
        TableName="readings",
        RetentionProperties={"MemoryStoreRetentionPeriodInHours": 24, "MagneticStoreRetentionPeriodInDays": 365},
    )
    return {"DatabaseName": database, "TableName": "readings"}


@pytest.fixture(scope="session")
def run_client():
    """Runs a command with the clients' programs first in the path: `aws` is the pinned AWS CLI."""
    programs = str(Path(sys.executable).parent)

    def run(command, environment, **options):
        environment = {**environment, "PATH": programs + os.pathsep + environment.get("PATH", "")}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=ANSWER_SECONDS_MAX, stdin=subprocess.DEVNULL, **options
        )

    return run

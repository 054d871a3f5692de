"""`headwater check` and `headwater inspect` on the directory of a real server."""

import json
import subprocess

import pytest

from records import dimensions, multi, now_ms, record
from server import ANSWER_SECONDS_MAX, binary, clean_environment

DAY_MS = 86_400_000
NAME = {"DatabaseName": "kept", "TableName": "readings"}


def run(*arguments):
    command = [binary(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=ANSWER_SECONDS_MAX)


def check(server):
    done = run("check", server.data_dir, "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


@pytest.fixture
def server(new_server):
    """Rows in the log, in runs and in data files."""
    arguments = ["--maintenance-period-ms", "50", "--checkpoint-seconds-max", "1"]
    server = new_server(arguments=arguments).start()
    write = server.write_client()
    write.create_database(DatabaseName="kept", Tags=[{"Key": "a", "Value": "1"}])
    write.create_table(
        **NAME,
        RetentionProperties={"MemoryStoreRetentionPeriodInHours": 5, "MagneticStoreRetentionPeriodInDays": 60},
        MagneticStoreWriteProperties={"EnableMagneticStoreWrites": True},
    )
    start_ms = now_ms()
    for age_ms in (0, 3 * DAY_MS, 4 * DAY_MS):
        records = [
            record(Dimensions=dimensions(host=host), Time=str(start_ms - age_ms - 1_000 * number))
            for host in "abc"
            for number in range(20)
        ]
        write.write_records(**NAME, Records=records)
    write.write_records(**NAME, Records=[multi({"x": ("1", "BIGINT"), "note": ("text", "VARCHAR")})])
    return server


def test_check_says_that_a_directory_is_whole(server):
    done = run("check", server.data_dir)
    assert done.returncode == 2 and "in use by another process" in done.stderr, done
    server.stop()
    before = {path: path.stat().st_mtime_ns for path in server.data_dir.rglob("*")}
    code, report = check(server)
    assert (code, report["damage"], report["findings"]) == (0, 0, []), report
    assert report["totals"]["run file"]["rows"] == 181
    assert report["totals"]["log segment"]["files"] >= 1
    assert {path: path.stat().st_mtime_ns for path in server.data_dir.rglob("*")} == before
    done = run("check", server.data_dir)
    assert done.returncode == 0 and "damage 0, orphans 0, notes 0" in done.stdout, done
    server.start()
    server.kill()
    code, report = check(server)
    assert (code, report["damage"]) == (0, 0), report


def test_check_finds_damage_in_every_kind_of_file(server):
    server.stop()
    kinds = {
        "VERSION": "VERSION",
        "metastore.sqlite": "metastore.sqlite",
        "memory/*.run": "memory/",
        "memory/*.series": "memory/",
        "wal/*.log": "wal/",
    }
    for pattern, path in kinds.items():
        found = sorted(server.data_dir.glob(pattern))[0]
        whole = found.read_bytes()
        for position in range(0, len(whole), len(whole) // 8 + 1):
            damaged = bytearray(whole)
            damaged[position] ^= 4
            found.write_bytes(damaged)
            code, report = check(server)
            if pattern == "wal/*.log" and position > 0 and report["notes"]:
                # Space behind the last entry: it looks like a write that was not finished.
                continue
            assert code == 1 and report["damage"] > 0, (pattern, position, report)
            assert any(one["path"].startswith(path) for one in report["findings"]), (pattern, position, report)
        found.write_bytes(whole)
    digest = server.data_dir / "metastore.digest"
    whole = digest.read_bytes()
    digest.write_bytes(whole[:-3])
    assert check(server)[0] == 1
    digest.write_bytes(whole)
    (server.data_dir / "memory" / "left-behind.run").write_bytes(b"x")
    code, report = check(server)
    assert (code, report["orphans"]) == (0, 1), report


def test_check_refuses_what_it_can_not_check(tmp_path):
    for place in (tmp_path, tmp_path / "missing"):
        done = run("check", place)
        assert done.returncode == 2 and done.stderr.startswith("headwater: "), done
    assert run("check").returncode == 2


def test_inspect_prints_every_artefact(server):
    server.stop()
    for pattern, words in {
        "": ["headwater data directory, version 1", "directory name=wal", "table id=1 database=kept"],
        "VERSION": ["headwater data directory"],
        "LOCK": ["held by"],
        "metastore.digest": ["headwater metastore digest", "crc32c"],
        "metastore.sqlite": ["log_start=", "column id=", "measure name=", "file name=", "tag of="],
        "memory/*.run": ["run file table=1", "row=0 series="],
        "memory/*.series": ["series file table=1", 'host="a"'],
        "wal/*.log": ["wal segment version=1", "kind=entry", "table=1"],
        "wal": ["file name=wal-"],
    }.items():
        path = sorted(server.data_dir.glob(pattern))[0] if pattern else server.data_dir
        done = run("inspect", path)
        if pattern.startswith("wal/"):
            # The last checkpoint may have cut all entries.
            words = words[:1]
        assert done.returncode == 0 and all(word in done.stdout for word in words), (pattern, done)
    done = run("inspect", server.data_dir / "credentials")
    assert done.returncode in (1, 0) and "aws_secret" not in done.stdout


def test_a_server_does_not_start_on_a_changed_metastore(server):
    server.stop()
    metastore = server.data_dir / "metastore.sqlite"
    whole = metastore.read_bytes()
    metastore.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(AssertionError, match="not what it was when the server stopped"):
        server.start()
    metastore.write_bytes(whole)
    server.start()
    assert not (server.data_dir / "metastore.digest").exists()

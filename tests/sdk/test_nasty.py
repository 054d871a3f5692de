"""Every line of `nasty.jsonl`: a documented answer, the same process still serves, its memory stays bounded."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nasty import CASES, Runner, complaint
from records import now_ms
from server import ANSWER_SECONDS_MAX, Server
from signed import Request

QUICK = [case for case in CASES if "within_s" not in case]
SLOW = [case for case in CASES if "within_s" in case]
MEMORY_GROWTH_MIB_MAX = 512


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("nasty") / "data").start()
    runner = Runner(server, now_ms(-60_000))
    runner.prepare(server.write_client())
    server.memory_before_mib = server.memory_mib()
    yield runner
    server.end()


@pytest.fixture(scope="module")
def slow_answers(tmp_path_factory):
    """The cases that wait for the server's own timeouts run beside all others, on a server that waits for a fraction of
    what it may."""
    environment = {"HEADWATER_HEADER_TIMEOUT_MS": "2000", "HEADWATER_BODY_TIMEOUT_MS": "5000"}
    server = Server(tmp_path_factory.mktemp("slow") / "data", environment=environment).start()
    with ThreadPoolExecutor(max_workers=len(SLOW)) as pool:
        yield {case["id"]: pool.submit(Runner(server, now_ms()).run, case) for case in SLOW}
    assert server.is_running() and not [line for line in server.log if "panicked" in line]
    server.end()


@pytest.mark.parametrize("case", QUICK, ids=[case["id"] for case in QUICK])
def test_quick(target, slow_answers, case):
    process_before = target.server.process.pid
    wrong = complaint(case, target.run(case))
    assert target.server.is_running(), target.server.log_text()
    answer = Request("Query", {"QueryString": "SELECT 1"}).send(target.server)
    assert answer.status == 200 and target.server.process.pid == process_before, answer
    assert wrong is None, f"{case['why']}: {wrong}"


@pytest.mark.parametrize("case", SLOW, ids=[case["id"] for case in SLOW])
def test_slow(target, slow_answers, case):
    wrong = complaint(case, slow_answers[case["id"]].result(timeout=ANSWER_SECONDS_MAX))
    assert wrong is None, f"{case['why']}: {wrong}"


def test_memory_stayed_bounded(target, slow_answers):
    highest = target.server.memory_mib("VmHWM")
    assert highest < target.server.memory_before_mib + MEMORY_GROWTH_MIB_MAX, f"{highest:.0f} MiB"


def test_nothing_panicked(target, slow_answers):
    assert target.server.is_running()
    assert not [line for line in target.server.log if "panicked" in line]


def test_the_data_is_untouched(target, slow_answers):
    answer = Request("Query", {"QueryString": 'SELECT count(*), count(DISTINCT host) FROM "k9"."t"'}).send(target.server)
    assert answer.status == 200, answer
    assert int(answer.document["Rows"][0]["Data"][0]["ScalarValue"]) >= 1

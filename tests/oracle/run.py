"""Asks Headwater and DuckDB the same random queries and compares the answers.

    python run.py --seed 1 --queries 600

The same seed asks the same queries. Each difference is shrunk and printed with its seed; those that explained.toml lists
are counted only. The last line is `N passed, M failed`.
"""

import argparse
import collections
import random
import re
import sys
import tempfile
import time
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent / "sdk"))

import botocore.exceptions  # noqa: E402
import duckdb  # noqa: E402

import data  # noqa: E402
import selftest  # noqa: E402
from compare import difference, oracle_answer, our_answer  # noqa: E402
from queries import Queries  # noqa: E402
from server import Server  # noqa: E402
from tree import ORACLE, OURS, shrink  # noqa: E402

EXPLAINED = tomllib.loads((FOLDER / "explained.toml").read_text()).get("explained", [])
REFUSALS = ("ValidationException", "QueryExecutionException")
# More failures than this on both sides would mean that the queries test little.
BOTH_FAIL_SHARE_MAX = 0.05


class Run:
    def __init__(self, seed, server, connection):
        self.seed = seed
        self.server = server
        self.client = server.query_client()
        self.connection = connection
        self.counts = collections.Counter()
        self.explained = collections.Counter()

    def judge(self, node, order):
        """(kind, message) of a difference, or None; `both fail` is agreement too."""
        ours = oracle = our_error = oracle_error = None
        try:
            ours = our_answer(self.client, node.text(OURS))
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            our_error = f"{code}: {error.response['Error']['Message']}"
            if code not in REFUSALS:
                return "broken", our_error
        except botocore.exceptions.BotoCoreError as error:
            return "broken", str(error)
        try:
            oracle = oracle_answer(self.connection, node.text(ORACLE))
        except duckdb.Error as error:
            oracle_error = str(error)
        if our_error and oracle_error:
            return "both fail", f"{our_error} / {oracle_error}"
        if our_error or oracle_error:
            return ("ours fails", our_error) if our_error else ("oracle fails", oracle_error)
        message = difference(ours, oracle, order)
        return message and ("rows", message)

    def explanation(self, node, kind, message):
        for entry in EXPLAINED:
            fits = entry["kind"] == kind and re.search(entry.get("message", ""), message)
            if fits and re.search(entry.get("query", ""), node.text(OURS)):
                return entry
        return None

    def ask(self, number, show_both=False):
        query = Queries(random.Random(f"{self.seed} {number}")).make()
        found = self.judge(query.node, query.order)
        if found and found[0] == "both fail":
            if show_both:
                print(f"both fail: {found[1]}\n  {query.node.text(OURS)}")
            self.counts["both fail"] += 1
            found = None
        if not found:
            self.counts["agree"] += 1
            return
        entry = self.explanation(query.node, *found)
        if entry:
            self.explained[f"{entry['kind']}: {entry['rule']}"] += 1
            return
        self.counts["differ"] += 1
        if not self.server.is_running():
            print(f"\nFAILED seed {self.seed} query {number}: the server ended\n{self.server.log_text()}\n{query.node.text(OURS)}")
            return
        self.report(number, query, found)

    def report(self, number, query, found):
        def still_differs(node):
            now = self.judge(node, query.order if found[1].startswith("order") else ())
            return bool(now) and now[0] == found[0] and now[1].split(":")[0] == found[1].split(":")[0] and not self.explanation(node, *now)

        small = shrink(query.node, still_differs)
        print(f"\nFAILED seed {self.seed} query {number}: {found[0]}: {found[1]}")
        print(f"  ours   {small.text(OURS)}\n  oracle {small.text(ORACLE)}")
        print(f"  then   {self.judge(small, query.order)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--only", type=int, help="ask this query of the seed alone")
    parser.add_argument("--show-both-fail", action="store_true")
    chosen = parser.parse_args()
    if not selftest.passes():
        print("FAILED: the comparison does not see what it must")
        print("0 passed, 1 failed")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data").start()
        try:
            return ask_all(chosen, server)
        finally:
            server.end()


def ask_all(chosen, server):
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    data.load(chosen.seed, server.write_client(), connection)
    run = Run(chosen.seed, server, connection)
    started = time.monotonic()
    numbers = range(chosen.queries) if chosen.only is None else [chosen.only]
    for number in numbers:
        run.ask(number, chosen.show_both_fail)
        if not server.is_running():
            break
    for rule, count in run.explained.most_common():
        print(f"explained {count} times: {rule}")
    failed = run.counts["differ"]
    if run.counts["both fail"] > max(BOTH_FAIL_SHARE_MAX * len(numbers), 1):
        print("FAILED: too many queries fail on both sides")
        failed += 1
    print(f"both fail {run.counts['both fail']}, seconds {time.monotonic() - started:.1f}")
    print(f"{run.counts['agree'] + run.explained.total()} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Kills the server with SIGKILL again and again while clients write, and checks what it kept against what it had promised.

    HEADWATER_BINARY=target/debug/headwater python kill_loop.py --kills 200

Each batch is one WriteRecords request of a known number of accepted records that carry the number of the batch, their position
in it and a revision. The model remembers for each batch what was acknowledged and what is unknown because the answer never
came. After every restart each batch must be there wholly and once if it was acknowledged, and wholly or not at all if it is
unknown; what was not there then must not come back later. Revisions rewrite a whole batch with a higher record version.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from botocore.exceptions import ClientError

from checks import all_rows
from server import ANSWER_SECONDS_MAX, Server

DATABASE = "killed"
TABLES = ("first", "second")
# Small pieces, so that segments, runs, files and checkpoints come and go within every round.
SMALL_PIECES = {
    "HEADWATER_WAL_SEGMENT_BYTES_MAX": "65536",
    "HEADWATER_SEAL_ROWS_MAX": "200",
    "HEADWATER_MEMORY_STORE_BYTES_MAX": "1048576",
    "HEADWATER_MAINTENANCE_PERIOD_MS": "50",
    "HEADWATER_CHECKPOINT_SECONDS_MAX": "1",
    "HEADWATER_CHECKPOINT_LOG_BYTES_MAX": "131072",
}
BATCH_RECORDS_MAX = 60
ACKNOWLEDGED_PER_ROUND_MAX = 120
# Only a server that answers nothing is killed without having acknowledged what a round waits for.
ROUND_SECONDS_MAX = 300.0


class Batch:
    """One request's records as the client knows them."""

    def __init__(self, number, writer, table, size, has_rejected, start_ns):
        self.number, self.writer, self.table, self.size = number, writer, table, size
        self.has_rejected, self.start_ns = has_rejected, start_ns
        self.acknowledged_revision = 0  # 0: never acknowledged
        self.sent_revision = 0  # the highest that may have been applied
        self.is_settled_absent = False

    def records(self, revision):
        common = {
            "Dimensions": [{"Name": "writer", "Value": f"w{self.writer}"}],
            "MeasureName": "batch",
            "MeasureValueType": "MULTI",
            "TimeUnit": "NANOSECONDS",
            "Version": revision,
        }
        records = [self._record(self.start_ns + position, position, revision) for position in range(self.size)]
        if self.has_rejected:
            # In the middle, and far outside of the window: rejected each time, and the rest is still one unit.
            records.insert(self.size // 2, self._record(1, self.size, revision))
        return common, records

    def _record(self, time_ns, position, revision):
        values = {"batch": self.number, "position": position, "revision": revision}
        measures = [{"Name": name, "Value": str(value), "Type": "BIGINT"} for name, value in values.items()]
        return {"Time": str(time_ns), "MeasureValues": measures}


class KillLoop:
    def __init__(self, data_dir, writers=8, seed=0, arguments=(), environment=None):
        self.server = Server(data_dir, arguments=arguments, environment=SMALL_PIECES if environment is None else environment)
        self.writers, self.random = writers, random.Random(seed)
        self.batches, self.complaints, self.ready_seconds = [], [], []
        self.acknowledged_tables = set()
        self.kills = self.kills_in_recovery = self.unknown_kept = self.unknown_gone = 0
        self.changed = threading.Condition()
        self.acknowledged_batches = 0
        self.next_ns = int(time.time() - 1800) * 10**9
        self.stopping = False

    # --- the loop ---

    def run(self, kills):
        self.server.start()
        write = self.server.write_client()
        write.create_database(DatabaseName=DATABASE)
        for table in TABLES:
            write.create_table(DatabaseName=DATABASE, TableName=table)
        while self.kills < kills and not self.complaints:
            self._write_until_killed()
            self._restart(kills)
            self._check()
        return self

    def _write_until_killed(self):
        self.stopping = False
        goal = self.acknowledged_batches + self.random.randint(1, ACKNOWLEDGED_PER_ROUND_MAX)
        seeds = [self.random.random() for _ in range(self.writers)]
        threads = [threading.Thread(target=self._work, args=(writer, seed)) for writer, seed in enumerate(seeds)]
        threads.append(threading.Thread(target=self._make_tables))
        for thread in threads:
            thread.start()
        with self.changed:
            self.changed.wait_for(
                lambda: self.acknowledged_batches >= goal or self.complaints, timeout=ROUND_SECONDS_MAX
            )
            # A random instant after that, so that kills do not always follow an answer.
            self.changed.wait(timeout=self.random.uniform(0, 0.02))
        self.server.kill()
        self.kills += 1
        self.stopping = True
        for thread in threads:
            thread.join(timeout=2 * ANSWER_SECONDS_MAX)
            if thread.is_alive():
                self.complaints.append("a writer hangs")

    def _restart(self, kills):
        # Sometimes recovery itself is killed, which must not matter either.
        while self.kills < kills and self.random.random() < 0.2:
            self.server.start(wait=False)
            with self.changed:
                self.changed.wait(timeout=self.random.uniform(0, 0.4))
            self.server.kill()
            self.kills += 1
            self.kills_in_recovery += 1
        self.server.start()
        self.ready_seconds.append(self.server.ready_seconds)

    # --- the writers ---

    def _work(self, writer, seed):
        choose = random.Random(seed)
        client = self.server.write_client(tcp_keepalive=True)
        own = [batch for batch in self.batches if batch.writer == writer]
        while not self.stopping:
            kind = choose.random()
            if own and kind < 0.15:
                batch = choose.choice(own)
                revision = batch.sent_revision + 1  # rewrites a batch
            elif own and kind < 0.25:
                batch = choose.choice(own)
                revision = batch.sent_revision  # sends the same request again, as a client does after a lost answer
            else:
                batch = self._new_batch(writer, choose)
                own.append(batch)
                revision = 1
            if not self._send(client, batch, revision):
                return

    def _new_batch(self, writer, choose):
        size = choose.randint(1, BATCH_RECORDS_MAX)
        with self.changed:
            batch = Batch(len(self.batches), writer, choose.choice(TABLES), size, choose.random() < 0.2, self.next_ns)
            self.next_ns += size
            self.batches.append(batch)
        return batch

    def _send(self, client, batch, revision):
        batch.sent_revision = max(batch.sent_revision, revision)
        batch.is_settled_absent = False
        common, records = batch.records(revision)
        try:
            client.write_records(DatabaseName=DATABASE, TableName=batch.table, CommonAttributes=common, Records=records)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ThrottlingException":
                return True  # The disk is slower than the writers.
            rejected = error.response.get("RejectedRecords", [])
            if not batch.has_rejected or [one["RecordIndex"] for one in rejected] != [batch.size // 2]:
                with self.changed:
                    self.complaints.append(f"batch {batch.number} revision {revision}: {error} {rejected}")
                    self.changed.notify_all()
                return False
        except Exception:
            return False  # The answer never came: unknown.
        with self.changed:
            batch.acknowledged_revision = max(batch.acknowledged_revision, revision)
            self.acknowledged_batches += 1
            self.changed.notify_all()
        return True

    def _make_tables(self):
        client = self.server.write_client()
        for number in range(3):
            name = f"made_{self.kills}_{number}"
            try:
                client.create_table(DatabaseName=DATABASE, TableName=name)
            except Exception:
                return
            self.acknowledged_tables.add(name)

    # --- the check ---

    def _check(self):
        stored = {}
        query = self.server.query_client()
        for table in TABLES:
            sql = (
                "SELECT batch, count(*), count(DISTINCT position), min(position), max(position), min(revision), max(revision)"
                f' FROM "{DATABASE}"."{table}" GROUP BY batch'
            )
            try:
                _, rows = all_rows(query, sql)
            except ClientError as error:
                # Until the first batch is there, the table has no such columns.
                if "does not exist" not in str(error) or any(b.acknowledged_revision for b in self.batches if b.table == table):
                    self.complaints.append(f"{table} cannot be read: {error}")
                continue
            for row in rows:
                batch, *numbers = (int(number) for number in row)
                stored[batch] = (table, *numbers)
        for batch in self.batches:
            self._check_batch(batch, stored.pop(batch.number, None))
        if stored:
            self.complaints.append(f"batches that nobody wrote: {sorted(stored)[:10]}")
        self._check_tables()

    def _check_batch(self, batch, found):
        what = f"kill {self.kills}: batch {batch.number} of {batch.size} records"
        if found is None:
            if batch.acknowledged_revision:
                self.complaints.append(f"{what} is LOST, revision {batch.acknowledged_revision} was acknowledged")
            elif not batch.is_settled_absent:
                batch.is_settled_absent = True
                self.unknown_gone += 1
            return
        table, count, positions, first, last, lowest, highest = found
        if batch.is_settled_absent:
            self.complaints.append(f"{what} came back after it was not there")
        if table != batch.table:
            self.complaints.append(f"{what} is in table {table}")
        if count > positions:
            self.complaints.append(f"{what} is there TWICE: {count} rows, {positions} positions")
        elif (positions, first, last) != (batch.size, 0, batch.size - 1) or lowest != highest:
            self.complaints.append(f"{what} is TORN: {found}")
        elif not batch.acknowledged_revision <= lowest <= batch.sent_revision:
            self.complaints.append(f"{what} LOST its revision {batch.acknowledged_revision}: {lowest} is there")
        elif lowest > batch.acknowledged_revision:
            self.unknown_kept += 1
            # A reader has seen it, so from now on it must stay.
            batch.acknowledged_revision = lowest

    def _check_tables(self):
        write = self.server.write_client()
        for name in sorted(self.acknowledged_tables):
            try:
                write.describe_table(DatabaseName=DATABASE, TableName=name)
            except ClientError as error:
                self.complaints.append(f"table {name} is LOST: {error}")

    def report(self):
        return {
            "kills": self.kills,
            "kills_during_recovery": self.kills_in_recovery,
            "batches": len(self.batches),
            "acknowledged_requests": self.acknowledged_batches,
            "records": sum(batch.size for batch in self.batches if batch.acknowledged_revision),
            "acknowledged_tables": len(self.acknowledged_tables),
            "unknown_and_kept": self.unknown_kept,
            "unknown_and_gone": self.unknown_gone,
            "ready_seconds_median": round(statistics.median(self.ready_seconds), 3),
            "ready_seconds_max": round(max(self.ready_seconds), 3),
            "violations": len(self.complaints),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--data-dir", type=Path, help="kept afterwards; by default a temporary folder")
    parser.add_argument("--default-sizes", action="store_true", help="segments, runs and checkpoints as in production")
    parser.add_argument("server_arguments", nargs="*", help="further arguments of `headwater serve`, after `--`")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        loop = KillLoop(
            options.data_dir or Path(folder) / "data",
            options.writers,
            options.seed,
            options.server_arguments,
            {} if options.default_sizes else None,
        )
        try:
            loop.run(options.kills)
        finally:
            loop.server.end()
    print(json.dumps(loop.report(), indent=2))
    for complaint in loop.complaints[:50]:
        print(complaint)
    return 1 if loop.complaints else 0


if __name__ == "__main__":
    sys.exit(main())

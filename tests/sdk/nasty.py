"""Runs one line of `nasty.jsonl` against a server.

`$rep` repeats a text, `$cat` joins parts, `$inc` repeats a text with a running number, `$dims` and `$mvs` make that many
dimensions or attributes, `$REC` is a valid record and `$now_ms` the time in milliseconds plus an offset. `want` lists the
allowed `[status, code]`; a statement without it may answer 200 or one of the documented refusals.
"""

import copy
import json
from pathlib import Path

from server import ANSWER_SECONDS_MAX
from signed import CLOSED, Request, exchange

CASES = [json.loads(line) for line in (Path(__file__).parent / "nasty.jsonl").read_text().splitlines()]
SQL_STATUSES = (200, 400, 403, 409, 429)
# Nothing of this may reach a client.
INTERNALS = [b"panicked", b"datafusion", b"DataFusion", b"arrow", b".rs:", b"sqlite", b"sqlx", b"/src/", b"RUST_BACKTRACE", b"stack backtrace"]


class Runner:
    def __init__(self, server, now_ms):
        self.server, self.now_ms = server, now_ms
        self.valid_record = {
            "Dimensions": [{"Name": "host", "Value": "a"}],
            "MeasureName": "m",
            "MeasureValueType": "BIGINT",
            "MeasureValue": "1",
            "Time": str(now_ms),
        }

    def prepare(self, write):
        write.create_database(DatabaseName="k9")
        write.create_table(DatabaseName="k9", TableName="t")
        write.write_records(DatabaseName="k9", TableName="t", Records=[self.valid_record])

    def expand(self, item):
        if isinstance(item, list):
            return [self.expand(part) for part in item]
        if item == "$REC":
            return copy.deepcopy(self.valid_record)
        if not isinstance(item, dict):
            return item
        match item:
            case {"$rep": [text, count]}:
                return text * count
            case {"$cat": parts}:
                return "".join(self.expand(part) for part in parts)
            case {"$inc": [text, count]}:
                return "".join(f"{text}{number}" for number in range(1, count + 1))
            case {"$dims": count}:
                return [{"Name": f"d{number}", "Value": "v"} for number in range(count)]
            case {"$mvs": count}:
                return [{"Name": f"v{number}", "Value": "1", "Type": "BIGINT"} for number in range(count)]
            case {"$now_ms": offset}:
                return str(self.now_ms + offset)
        return {name: self.expand(value) for name, value in item.items()}

    def records(self, case):
        if "recs" in case:
            return [copy.deepcopy(self.valid_record) for _ in range(case["recs"])]
        changed = {**copy.deepcopy(self.valid_record), **self.expand(case["rec"])}
        return [{name: value for name, value in changed.items() if value is not None}]

    def run(self, case):
        """The answers, in order; `CLOSED` alone when the server closed without any."""
        if "raw" in case:
            data = self.expand(case["raw"]).encode("latin-1")
            return exchange(self.server, data, case.get("within_s", ANSWER_SECONDS_MAX)) or [CLOSED]
        if "sql" in case:
            request = Request("Query", {"QueryString": self.expand(case["sql"])})
        elif "hex" in case:
            request = Request(case["target"], body=bytes.fromhex(case["hex"]))
        elif "body" in case:
            request = Request(case["target"], body=self.expand(case["body"]).encode())
        elif "rec" in case or "recs" in case:
            request = Request(case["target"], {"DatabaseName": "k9", "TableName": "t", "Records": self.records(case)})
        else:
            request = Request(case["target"], self.expand(case["doc"]))
        request.path = case.get("path", "/")
        request.region = case.get("region", request.region)
        request.service = case.get("service", request.service)
        request.skew_s = case.get("skew_s", 0)
        request.signed_names = case.get("signed")
        request.payload_hash = case.get("payload_hash")
        request.replaced = case.get("auth_replace")
        request.headers.update(case.get("header", {}))
        request.headers.update(case.get("extra", {}))
        request.added_after.update(case.get("after_sign", {}))
        request.without(*case.get("drop", []))
        host = f"{self.server.host}:{self.server.port}"
        data = request.to_bytes(host)
        if case.get("upper_signature"):
            head, _, rest = data.partition(b"Signature=")
            data = head + b"Signature=" + rest[:64].upper() + rest[64:]
        return exchange(self.server, data, ANSWER_SECONDS_MAX) or [CLOSED]


def complaint(case, answers):
    """None when these answers are allowed."""
    first = answers[0]
    if len(answers) > case.get("max_responses", 1):
        return f"{len(answers)} answers: {answers}"
    if isinstance(first.status, int) and first.status >= 500:
        return f"a fault of the server: {first}"
    for internal in INTERNALS:
        if internal in first.body:
            return f"the answer says {internal!r}: {first}"
    if "want" not in case:
        return None if first.status in SQL_STATUSES else f"unexpected {first}"
    for status, code in case["want"]:
        if first.status == status and code in ("*", first.code):
            return None
    return f"wanted one of {case['want']}, not {first}"

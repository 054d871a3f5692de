"""The tables of the random queries: the same rows in Headwater, through WriteRecords, and in DuckDB."""

import datetime
import random
from dataclasses import dataclass

DATABASE = "oracle"
BATCH_RECORDS_MAX = 100
START = datetime.datetime(2024, 2, 26)

DIMENSIONS = ["k", "g"]
MEASURES = {
    "rid": "BIGINT", "i1": "BIGINT", "i2": "BIGINT", "x1": "DOUBLE", "x2": "DOUBLE",
    "s1": "VARCHAR", "s2": "VARCHAR", "f1": "BOOLEAN", "w1": "TIMESTAMP",
}  # fmt: skip
TEXTS = ["a", "ab", "abc", "b", "B", "A_b", "12", "-3", "7", "a b", " b ", "é", "aé%", "100%", "a-b-c", "x\\y", "€uro"]
ROWS = {"t1": 60, "t2": 33, "t3": 6, "t0": 0}


@dataclass(frozen=True)
class Column:
    """`bound` is of the absolute value, for numbers; `is_stored` tells a column of a table from a computed one."""

    ours: str
    oracle: str
    kind: str
    bound: float = None
    is_stored: bool = False


BOUNDS = {"rid": 100, "i1": 9, "i2": 1_000_000, "x1": 20, "x2": 5000}
KINDS = {"BIGINT": "int", "DOUBLE": "double", "VARCHAR": "varchar", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp"}


def columns(table):
    """Name, kind and bound of the columns of a table."""
    common = [("time", "timestamp", None), ("measure_name", "varchar", None)]
    if not ROWS[table]:
        return common
    measures = [(name, KINDS[kind], BOUNDS.get(name)) for name, kind in MEASURES.items()]
    return [(name, "varchar", None) for name in DIMENSIONS] + common + measures


def moment(source):
    """Few enough moments for ties, across the end of February, of a week and of a quarter."""
    days = source.choice([0, 0, 1, 3, 3, 4, 5, 7, 35, 36])
    ms = source.choice([0, 0, 1, 43_200_000, 43_200_500, 86_399_999, 3_600_000, 5_025_250])
    return START + datetime.timedelta(days=days, milliseconds=ms)


def rows(table, source):
    """Rows as dictionaries; None where a record lacks the dimension or the attribute."""
    made, keys = [], set()
    while len(made) < ROWS[table]:
        row = {
            "k": source.choice(["a", "b", "c", "A_b", "é", None]),
            "g": source.choice(["x", "x", "y", None]),
            "time": moment(source),
            "measure_name": source.choice(["m", "n"]),
            "rid": len(made),
            "i1": source.choice([None, *range(-3, 4), 0, 1, 7, -9]),
            "i2": source.choice([None, 0, 1, source.randrange(-1_000_000, 1_000_000)]),
            "x1": source.choice([None, 0.0, -2.5, 2.5, 0.5, -0.5, source.randrange(-80, 80) / 4]),
            "x2": source.choice([None, 1.0, source.randrange(-10_000, 10_000) / 2]),
            "s1": source.choice([None, *TEXTS]),
            "s2": source.choice([None, "a", "b", "ab"]),
            "f1": source.choice([None, True, False, True]),
            "w1": source.choice([None, moment(source), moment(source)]),
        }
        key = (row["k"], row["g"], row["measure_name"], row["time"])
        # A record has at least one dimension.
        if key not in keys and (row["k"] or row["g"]):
            keys.add(key)
            made.append(row)
    return made


def epoch_ms(time):
    return int(time.replace(tzinfo=datetime.UTC).timestamp() * 1000 + 0.5)


def measure_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return str(epoch_ms(value))
    return str(value)


def record(row):
    return {
        "Dimensions": [{"Name": name, "Value": row[name]} for name in DIMENSIONS if row[name] is not None],
        "MeasureName": row["measure_name"],
        "MeasureValueType": "MULTI",
        "MeasureValues": [
            {"Name": name, "Type": kind, "Value": measure_text(row[name])}
            for name, kind in MEASURES.items()
            if row[name] is not None
        ],
        "Time": str(epoch_ms(row["time"])),
        "TimeUnit": "MILLISECONDS",
    }


def load(seed, write, connection):
    """Makes and fills the tables on both sides."""
    source = random.Random(f"data {seed}")
    write.create_database(DatabaseName=DATABASE)
    for table, count in ROWS.items():
        write.create_table(
            DatabaseName=DATABASE,
            TableName=table,
            RetentionProperties={"MemoryStoreRetentionPeriodInHours": 1, "MagneticStoreRetentionPeriodInDays": 73000},
            MagneticStoreWriteProperties={"EnableMagneticStoreWrites": True},
        )
        made = rows(table, source)
        for start in range(0, count, BATCH_RECORDS_MAX):
            batch = [record(row) for row in made[start : start + BATCH_RECORDS_MAX]]
            write.write_records(DatabaseName=DATABASE, TableName=table, Records=batch)
        names = [name for name, _, _ in columns(table)]
        types = {"int": "BIGINT"}
        declared = ", ".join(f"{name} {types.get(kind, kind)}" for name, kind, _ in columns(table))
        connection.execute(f"CREATE TABLE {table} ({declared})")
        if made:
            marks = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [[row[name] for name in names] for row in made])

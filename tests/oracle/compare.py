"""The answers of both sides in one form, and whether they agree."""

import datetime
import decimal
import math

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-9

OUR_KINDS = {
    "INTEGER": "int", "BIGINT": "int", "DOUBLE": "double", "VARCHAR": "varchar", "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp", "DATE": "date", "UNKNOWN": "unknown",
}  # fmt: skip
ORACLE_KINDS = {"INTEGER": "int", "BIGINT": "int", "DOUBLE": "double", "VARCHAR": "varchar", "BOOLEAN": "boolean", "TIMESTAMP": "timestamp", "DATE": "date"}


def our_value(datum, kind):
    if datum.get("NullValue"):
        return None
    text = datum["ScalarValue"]
    if kind == "int":
        return int(text)
    if kind == "double":
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    return text


def our_answer(client, sql):
    kinds, rows, token = None, [], {}
    while True:
        page = client.query(QueryString=sql, **token)
        if kinds is None:
            kinds = [OUR_KINDS.get(column["Type"].get("ScalarType"), "other") for column in page["ColumnInfo"]]
        rows.extend(tuple(our_value(datum, kind) for datum, kind in zip(row["Data"], kinds)) for row in page["Rows"])
        if "NextToken" not in page:
            return kinds, rows
        token = {"NextToken": page["NextToken"]}


def oracle_value(value):
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f") + "000"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value


def oracle_answer(connection, sql):
    cursor = connection.execute(sql)
    kinds = [ORACLE_KINDS.get(str(column[1]), str(column[1])) for column in cursor.description]
    return kinds, [tuple(oracle_value(value) for value in row) for row in cursor.fetchall()]


def same_value(one, other):
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    return type(one) is type(other) and one == other


def same_row(one, other):
    return all(map(same_value, one, other))


def sort_key(row):
    """Text and whole numbers first: a double that differs in its last digits must not move a row far."""
    exact = [(value is None, str(value)) for value in row if not isinstance(value, float)]
    return exact, [value if value == value else math.inf for value in row if isinstance(value, float)]


def difference(ours, oracle, order):
    """None where the answers agree, otherwise what differs."""
    (our_kinds, our_rows), (oracle_kinds, oracle_rows) = ours, oracle
    unlike = [(one, other) for one, other in zip(our_kinds, oracle_kinds) if one != other and one != "unknown"]
    if unlike:
        return f"types: {our_kinds}, oracle {oracle_kinds}"
    if len(our_rows) != len(oracle_rows):
        return f"rows: {len(our_rows)}, oracle {len(oracle_rows)}"
    left, right = [], sorted(oracle_rows, key=sort_key)
    for row in sorted(our_rows, key=sort_key):
        near = next((index for index, other in enumerate(right) if same_row(row, other)), None)
        if near is None:
            left.append(row)
        else:
            right.pop(near)
    if left:
        return f"values: {left[:3]}, oracle {right[:3]}"
    for place, (row, other) in enumerate(zip(our_rows, oracle_rows)):
        if not same_row([row[index] for index in order], [other[index] for index in order]):
            return f"order: row {place} {row}, oracle {other}"
    return None

"""WriteRecords: what is stored, and how its counts and values come back."""

import pytest

from checks import all_rows, fails
from records import dimensions, multi, now_ms, record, unique_time


def rows(query, table, columns="*", rest=""):
    return all_rows(query, f'SELECT {columns} FROM "{table["DatabaseName"]}"."{table["TableName"]}" {rest}')[1]


def write_all(write, table, records, **arguments):
    return write.write_records(**table, Records=records, **arguments)["RecordsIngested"]


def test_counts_of_what_was_ingested(write, table):
    counts = write_all(write, table, [record() for _ in range(100)])
    assert counts == {"Total": 100, "MemoryStore": 100, "MagneticStore": 0}


@pytest.mark.parametrize(
    ("kind", "text", "column", "expected"),
    [
        ("DOUBLE", "23.5", "measure_value::double", "23.5"),
        ("DOUBLE", "1e300", "measure_value::double", "1.0E300"),
        ("DOUBLE", "7", "measure_value::double", "7.0"),
        ("DOUBLE", "-0.25", "measure_value::double", "-0.25"),
        (None, "5", "measure_value::double", "5.0"),
        ("BIGINT", "-9223372036854775808", "measure_value::bigint", "-9223372036854775808"),
        ("BIGINT", "9223372036854775807", "measure_value::bigint", "9223372036854775807"),
        ("BOOLEAN", "true", "measure_value::boolean", "true"),
        ("BOOLEAN", "FALSE", "measure_value::boolean", "false"),
        ("VARCHAR", "größer 🌡 'quoted'", "measure_value::varchar", "größer 🌡 'quoted'"),
    ],
)
def test_single_measures_of_every_type(write, query, table, kind, text, column, expected):
    one = record(MeasureValue=text, MeasureValueType=kind)
    write_all(write, table, [one])
    assert rows(query, table, f"host, measure_name, {column}") == [["a", "cpu", expected]]


def test_a_multi_measure_record_is_one_row(write, query, table):
    values = {
        "d": ("1.5", "DOUBLE"), "i": ("-7", "BIGINT"), "v": ("text", "VARCHAR"), "b": ("true", "BOOLEAN"),
        "t": ("1700000000123", "TIMESTAMP"),
    }
    counts = write_all(write, table, [multi(values), multi({"d": ("2.5", "DOUBLE")})])
    assert counts["Total"] == 2
    assert rows(query, table, "d, i, v, b, t", "ORDER BY d") == [
        ["1.5", "-7", "text", "true", "2023-11-14 22:13:20.123000000"],
        ["2.5", None, None, None, None],
    ]


@pytest.mark.parametrize(
    ("unit", "per_second"), [("SECONDS", 1), (None, 10**3), ("MICROSECONDS", 10**6), ("NANOSECONDS", 10**9)]
)
def test_time_units(write, query, table, unit, per_second):
    second = now_ms() // 1000 - 60
    write_all(write, table, [record(Time=str(second * per_second), TimeUnit=unit)])
    assert rows(query, table, "to_milliseconds(time)") == [[str(second * 1000)]]


def test_nanoseconds_survive(write, query, table):
    nanoseconds = (now_ms() // 1000 - 60) * 10**9 + 123_456_789
    write_all(write, table, [record(Time=str(nanoseconds), TimeUnit="NANOSECONDS")])
    [[text]] = rows(query, table, "time")
    assert text.endswith(".123456789")


def test_the_same_instant_in_two_units_is_one_record(write, query, table):
    second = now_ms() // 1000 - 60
    write_all(write, table, [record(Time=str(second), TimeUnit="SECONDS")])
    write_all(write, table, [record(Time=str(second * 10**9), TimeUnit="NANOSECONDS")])
    assert rows(query, table, "count(*)") == [["1"]]


def test_common_attributes_fill_what_a_record_lacks(write, query, table):
    common = {"Dimensions": dimensions(region="eu"), "MeasureValueType": "BIGINT", "Time": unique_time(), "MeasureName": "common"}
    write_all(
        write,
        table,
        [
            {"Dimensions": dimensions(host="a"), "MeasureValue": "1"},
            {"Dimensions": dimensions(host="b"), "MeasureValue": "2.5", "MeasureValueType": "DOUBLE", "MeasureName": "own"},
        ],
        CommonAttributes=common,
    )
    found = rows(query, table, "region, host, measure_name, measure_value::bigint, measure_value::double", "ORDER BY host")
    assert found == [["eu", "a", "common", "1", None], ["eu", "b", "own", None, "2.5"]]


def test_empty_common_attributes_are_none(write, table):
    assert write_all(write, table, [record()], CommonAttributes={})["Total"] == 1


def test_common_multi_measure_values(write, query, table):
    common = {"MeasureName": "m", "MeasureValueType": "MULTI", "Dimensions": dimensions(host="a")}
    values = [{"Name": "x", "Value": "1", "Type": "BIGINT"}]
    write_all(write, table, [{"Time": unique_time(), "MeasureValues": values}], CommonAttributes=common)
    assert rows(query, table, "host, x") == [["a", "1"]]


def test_the_schema_grows_with_writes(write, query, table):
    def described():
        sql = f'DESCRIBE "{table["DatabaseName"]}"."{table["TableName"]}"'
        return all_rows(query, sql)[1]

    write_all(write, table, [record()])
    assert described() == [
        ["host", "varchar", "DIMENSION"],
        ["measure_name", "varchar", "MEASURE_NAME"],
        ["time", "timestamp", "TIMESTAMP"],
        ["measure_value::double", "double", "MEASURE_VALUE"],
    ]
    write_all(write, table, [multi({"x": ("1", "BIGINT")}, Dimensions=dimensions(host="a", rack="r"))])
    names = [name for name, _, _ in described()]
    assert names.index("rack") < names.index("measure_name") < names.index("time") < names.index("x")
    assert ["x", "bigint", "MULTI"] in described()


def test_records_with_other_dimensions_are_other_records(write, query, table):
    time = unique_time()
    write_all(write, table, [record(Time=time), record(Time=time, Dimensions=dimensions(host="a", rack="r"))])
    assert rows(query, table, "host, rack", "ORDER BY rack") == [["a", "r"], ["a", None]]


def test_the_order_of_dimensions_does_not_matter(write, query, table):
    time = unique_time()
    write_all(write, table, [record(Time=time, Dimensions=dimensions(host="a", rack="r"))])
    write_all(write, table, [record(Time=time, Dimensions=dimensions(rack="r", host="a"))])
    assert rows(query, table, "count(*)") == [["1"]]


def test_a_missing_table_or_database(write, database):
    for name in ({"DatabaseName": database, "TableName": "none"}, {"DatabaseName": "no_such_db", "TableName": "none"}):
        fails(write.write_records, 404, "ResourceNotFoundException", **name, Records=[record()])

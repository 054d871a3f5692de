"""WriteRecords that is refused as a whole (400, nothing written) or record by record (419, the rest is written)."""

import re

import pytest

from checks import all_rows, fails
from records import dimensions, multi, now_ms, record, unique_time

ALREADY_EXISTS = (
    "A record already exists with the same time, dimensions, measure name, and record version. A higher record version"
    " must be specified in order to update the measure value. Specifying record version is supported by the latest SDKs."
)
SOME_REJECTED = "One or more records have been rejected. See RejectedRecords for details."
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def count(query, table):
    return int(all_rows(query, f'SELECT count(*) FROM "{table["DatabaseName"]}"."{table["TableName"]}"')[1][0][0])


def rejected(write, table, records, **arguments):
    failure = fails(write.write_records, 419, "RejectedRecordsException", **table, Records=records, **arguments)
    assert failure.message == SOME_REJECTED
    return failure.response["RejectedRecords"]


# name, what replaces the second of three valid records, a part of the message
WHOLE_REQUEST = [
    ("no dimensions", {"Dimensions": None}, "At least one dimension is required for a record."),
    ("empty dimensions", {"Dimensions": []}, "At least one dimension is required for a record."),
    ("no time", {"Time": None}, "Invalid time for record."),
    ("time with a fraction", {"Time": "1700000000.5"}, "Invalid time for record."),
    ("time that is no number", {"Time": "yesterday"}, "Invalid time for record."),
    ("negative time", {"Time": "-1"}, "Invalid time for record."),
    ("time beyond 2262", {"Time": "9223372036854775808", "TimeUnit": "NANOSECONDS"}, "Invalid time for record."),
    ("single timestamp", {"MeasureValueType": "TIMESTAMP", "MeasureValue": "1"}, "TIMESTAMP is an invalid measure value type"),
    ("version zero", {"Version": 0}, ""),
    ("unknown type", {"MeasureValueType": "FLOAT"}, "records.2.member.measureValueType"),
    ("unknown unit", {"TimeUnit": "HOURS"}, "Member must satisfy enum value set"),
    (
        "unknown dimension type",
        {"Dimensions": [{"Name": "host", "Value": "a", "DimensionValueType": "BIGINT"}]},
        "at 'records.2.member.dimensions.1.member.dimensionValueType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [VARCHAR]",
    ),
    ("dimension twice", {"Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]}, ""),
    ("value too long", {"MeasureValueType": "VARCHAR", "MeasureValue": "v" * 2049}, "length less than or equal to 2048"),
    ("double that is none", {"MeasureValue": "abc"}, ""),
    ("not a number", {"MeasureValue": "NaN"}, ""),
    ("infinity", {"MeasureValue": "Infinity"}, ""),
    ("bigint with a point", {"MeasureValueType": "BIGINT", "MeasureValue": "1.0"}, ""),
    ("bigint too large", {"MeasureValueType": "BIGINT", "MeasureValue": "9223372036854775808"}, ""),
    ("boolean that is none", {"MeasureValueType": "BOOLEAN", "MeasureValue": "yes"}, ""),
    ("no measure name", {"MeasureName": None}, ""),
    ("no measure value", {"MeasureValue": None}, ""),
    ("multi without values", {"MeasureValueType": "MULTI", "MeasureValue": None}, ""),
    ("reserved dimension", {"Dimensions": dimensions(time="1")}, ""),
    ("dimension with a colon", {"Dimensions": [{"Name": "a:b", "Value": "1"}]}, ""),
    ("dimension with ts_", {"Dimensions": [{"Name": "ts_a", "Value": "1"}]}, ""),
    ("dimension with measure_value", {"Dimensions": [{"Name": "measure_value_x", "Value": "1"}]}, ""),
    ("dimension with a quote", {"Dimensions": [{"Name": 'a"b', "Value": "1"}]}, ""),
    ("measure name with a colon", {"MeasureName": "a:b"}, ""),
    ("empty dimension value", {"Dimensions": dimensions(host="")}, ""),
]


@pytest.mark.parametrize(("change", "fragment"), [case[1:] for case in WHOLE_REQUEST], ids=[case[0] for case in WHOLE_REQUEST])
def test_one_invalid_record_refuses_the_request(write, query, table, change, fragment):
    records = [record(), record(**change), record()]
    fails(write.write_records, 400, "ValidationException", fragment, **table, Records=records)
    assert count(query, table) == 0


def test_more_than_a_hundred_records(write, query, table):
    records = [record() for _ in range(101)]
    fails(write.write_records, 400, "ValidationException", "at 'records' failed to satisfy constraint", "less than or equal to 100",
          **table, Records=records)
    assert count(query, table) == 0


@pytest.mark.parametrize(
    ("common", "change"),
    [
        ({"Dimensions": dimensions(host="x")}, {}),
        ({"MeasureValues": [{"Name": "v", "Value": "1", "Type": "BIGINT"}]}, {}),
    ],
    ids=["dimension in both", "values beside a single measure"],
)
def test_common_attributes_that_do_not_fit(write, query, table, common, change):
    fails(write.write_records, 400, "ValidationException", **table, Records=[record(**change)], CommonAttributes=common)
    assert count(query, table) == 0


# --- versions (api.md 3.5) ---


def test_the_version_rules(write, query, table):
    time = unique_time()

    def put(value, version=None):
        return write.write_records(**table, Records=[record(Time=time, MeasureValue=value, Version=version)])["RecordsIngested"]["Total"]

    def stored():
        sql = f'SELECT measure_value::double FROM "{table["DatabaseName"]}"."{table["TableName"]}"'
        return all_rows(query, sql)[1]

    assert put("1") == 1
    assert put("1") == 1
    assert put("1", version=1) == 1
    [one] = rejected(write, table, [record(Time=time, MeasureValue="2")])
    assert (one["RecordIndex"], one["Reason"]) == (0, ALREADY_EXISTS)
    assert stored() == [["1.0"]]

    assert put("2", version=200) == 1
    assert stored() == [["2.0"]]
    [one] = rejected(write, table, [record(Time=time, MeasureValue="3", Version=2)])
    assert one == {
        "RecordIndex": 0,
        "Reason": "The record version 2 is lower than the existing version 200. A higher version is required to update the measure value.",
        "ExistingVersion": 200,
    }
    assert put("2", version=300) == 1
    [one] = rejected(write, table, [record(Time=time, MeasureValue="4", Version=250)])
    assert one["ExistingVersion"] == 300
    assert put("5", version=2**63 - 1) == 1
    assert stored() == [["5.0"]]


def test_a_higher_version_replaces_the_whole_multi_measure_record(write, query, table):
    time = unique_time()
    write.write_records(**table, Records=[multi({"a": ("1", "BIGINT"), "b": ("2", "BIGINT")}, Time=time)])
    write.write_records(**table, Records=[multi({"a": ("7", "BIGINT")}, Time=time, Version=2)])
    assert all_rows(query, f'SELECT a, b FROM "{table["DatabaseName"]}"."{table["TableName"]}"')[1] == [["7", None]]


def test_duplicates_within_a_request_follow_the_same_rules_in_order(write, query, table):
    time = unique_time()
    found = rejected(
        write,
        table,
        [record(Time=time, MeasureValue="1"), record(Time=time, MeasureValue="2"), record(Time=time, MeasureValue="3", Version=2)],
    )
    assert [(one["RecordIndex"], one["Reason"]) for one in found] == [(1, ALREADY_EXISTS)]
    assert all_rows(query, f'SELECT measure_value::double FROM "{table["DatabaseName"]}"."{table["TableName"]}"')[1] == [["3.0"]]


# --- the ingestion window (api.md 3.6) ---


def test_what_lies_outside_the_window_is_rejected_and_the_rest_is_stored(write, query, table):
    hour = 3_600_000
    found = rejected(
        write, table, [record(), record(Time=str(now_ms(hour))), record(), record(Time=str(now_ms(-25 * hour))), record(Time="1")]
    )
    assert [one["RecordIndex"] for one in found] == [1, 3, 4]
    for one in found:
        match = re.fullmatch(
            rf"The record timestamp is outside the time range \[({INSTANT}), ({INSTANT})\) of the memory store\.", one["Reason"]
        )
        assert match, one
        assert match[1][-5:] == match[2][-5:], "both bounds come from one reading of the clock"
        assert "ExistingVersion" not in one
    assert count(query, table) == 2


def test_edges_of_the_window(write, query, table):
    minute = 60_000  # Where exactly they are, `tests/api` says with a clock that stands.
    inside = [record(Time=str(now_ms(14 * minute))), record(Time=str(now_ms(-24 * 60 * minute)))]
    assert write.write_records(**table, Records=inside)["RecordsIngested"]["Total"] == 2
    outside = [record(Time=str(now_ms(20 * minute))), record(Time=str(now_ms(-(24 * 60 + 26) * minute)))]
    assert len(rejected(write, table, outside)) == 2


def test_with_magnetic_writes_the_window_covers_both_retentions(write, query, table):
    write.update_table(**table, MagneticStoreWriteProperties={"EnableMagneticStoreWrites": True})
    day = 86_400_000
    counts = write.write_records(**table, Records=[record(), record(Time=str(now_ms(-30 * day)))])["RecordsIngested"]
    assert counts == {"Total": 2, "MemoryStore": 1, "MagneticStore": 1}
    assert count(query, table) == 2
    [one] = rejected(write, table, [record(Time=str(now_ms(-400 * day)))])
    assert re.fullmatch(
        rf"The record timestamp is outside the time range \[{INSTANT}, {INSTANT}\) of the data ingestion window\.", one["Reason"]
    )


# --- limits and schema (api.md 7) ---

PER_RECORD = [
    ("series of more than 2 KB", record(Dimensions=[{"Name": f"d{n}", "Value": "v" * 200} for n in range(11)])),
    ("dimension name of 61 bytes", record(Dimensions=[{"Name": "d" * 61, "Value": "v"}])),
    ("measure values of more than 2 KB", multi({f"m{n}": ("v" * 300, "VARCHAR") for n in range(7)})),
    ("257 attributes", multi({f"m{n}": ("1", "BIGINT") for n in range(257)})),
]


@pytest.mark.parametrize("bad", [case[1] for case in PER_RECORD], ids=[case[0] for case in PER_RECORD])
def test_limits_of_one_record(write, query, table, bad):
    """The service documents both answers for these; either way the limit holds and nothing else is lost by a 419."""
    with pytest.raises(write.exceptions.ClientError) as raised:
        write.write_records(**table, Records=[record(), {**bad, "Time": unique_time()}])
    code = raised.value.response["Error"]["Code"]
    assert code in ("RejectedRecordsException", "ValidationException")
    if code == "RejectedRecordsException":
        assert [one["RecordIndex"] for one in raised.value.response["RejectedRecords"]] == [1]
        assert count(query, table) == 1
    else:
        assert count(query, table) == 0


def test_exactly_at_the_limits(write, query, table):
    """128 dimensions, 256 attributes and 60 bytes of name are still fine."""
    wide = record(Dimensions=[{"Name": f"d{n}", "Value": "v"} for n in range(128)])
    assert write.write_records(**table, Records=[wide])["RecordsIngested"]["Total"] == 1
    many = multi({f"m{n}": ("1", "BIGINT") for n in range(256)}, Dimensions=dimensions(d0="v"))
    assert write.write_records(**table, Records=[many])["RecordsIngested"]["Total"] == 1
    assert count(query, table) == 2


def test_a_table_has_at_most_128_dimensions(write, query, table):
    write.write_records(**table, Records=[record(Dimensions=[{"Name": f"d{n}", "Value": "v"} for n in range(128)])])
    [one] = rejected(write, table, [record(Dimensions=dimensions(one_more="v"))])
    assert one["RecordIndex"] == 0 and one["Reason"]
    assert count(query, table) == 1


def test_an_attribute_keeps_its_type(write, query, table):
    write.write_records(**table, Records=[multi({"x": ("1", "BIGINT")})])
    [one] = rejected(write, table, [multi({"x": ("1", "BIGINT")}), multi({"x": ("1.5", "DOUBLE")})])
    assert one["RecordIndex"] == 1 and one["Reason"]
    assert count(query, table) == 2


def test_a_name_is_a_dimension_or_an_attribute(write, query, table):
    write.write_records(**table, Records=[record(), multi({"x": ("1", "BIGINT")})])
    for bad in (multi({"host": ("1", "BIGINT")}), record(Dimensions=dimensions(x="1"))):
        with pytest.raises(write.exceptions.ClientError) as raised:
            write.write_records(**table, Records=[bad])
        assert raised.value.response["Error"]["Code"] in ("RejectedRecordsException", "ValidationException")
    assert count(query, table) == 2


def test_a_required_partition_key(write, query, database):
    key = {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "host", "EnforcementInRecord": "REQUIRED"}]}
    table = {"DatabaseName": database, "TableName": "keyed"}
    write.create_table(**table, Schema=key)
    [one] = rejected(write, table, [record(), record(Dimensions=dimensions(rack="r"))])
    assert one["RecordIndex"] == 1 and one["Reason"]
    assert count(query, table) == 1
    optional = {"CompositePartitionKey": [{**key["CompositePartitionKey"][0], "EnforcementInRecord": "OPTIONAL"}]}
    write.update_table(**table, Schema=optional)
    write.write_records(**table, Records=[record(Dimensions=dimensions(rack="r"))])
    assert count(query, table) == 2

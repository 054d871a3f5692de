"""Tables through boto3: every operation, every default, every documented refusal."""

import time

import pytest

from checks import all_rows, fails

DEFAULTS = {
    "RetentionProperties": {"MemoryStoreRetentionPeriodInHours": 6, "MagneticStoreRetentionPeriodInDays": 73000},
    "MagneticStoreWriteProperties": {"EnableMagneticStoreWrites": False},
    "Schema": {"CompositePartitionKey": [{"Type": "MEASURE"}]},
}


def retention(hours, days):
    return {"MemoryStoreRetentionPeriodInHours": hours, "MagneticStoreRetentionPeriodInDays": days}


def test_life_of_a_table(write, database):
    made = write.create_table(DatabaseName=database, TableName="t.1-x_Y")["Table"]
    assert made["Arn"] == f"arn:aws:timestream:us-east-1:000000000000:database/{database}/table/t.1-x_Y"
    assert (made["TableName"], made["DatabaseName"], made["TableStatus"]) == ("t.1-x_Y", database, "ACTIVE")
    assert made["CreationTime"] == made["LastUpdatedTime"]
    assert {name: made[name] for name in DEFAULTS} == DEFAULTS
    assert write.describe_table(DatabaseName=database, TableName="t.1-x_Y")["Table"] == made

    write.delete_table(DatabaseName=database, TableName="t.1-x_Y")
    for call in (write.describe_table, write.delete_table):
        fails(call, 404, "ResourceNotFoundException", DatabaseName=database, TableName="t.1-x_Y")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"RetentionProperties": retention(1, 1)}, {"RetentionProperties": retention(1, 1)}),
        ({"RetentionProperties": retention(8766, 73000)}, {"RetentionProperties": retention(8766, 73000)}),
        (
            {"MagneticStoreWriteProperties": {"EnableMagneticStoreWrites": True}},
            {"MagneticStoreWriteProperties": {"EnableMagneticStoreWrites": True}},
        ),
        (
            {
                "MagneticStoreWriteProperties": {
                    "EnableMagneticStoreWrites": True,
                    "MagneticStoreRejectedDataLocation": {
                        "S3Configuration": {"BucketName": "rejects", "ObjectKeyPrefix": "in/", "EncryptionOption": "SSE_S3"}
                    },
                }
            },
            {},
        ),
        (
            {"Schema": {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "host", "EnforcementInRecord": "REQUIRED"}]}},
            {"Schema": {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "host", "EnforcementInRecord": "REQUIRED"}]}},
        ),
        (
            {"Schema": {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "host"}]}},
            {"Schema": {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "host", "EnforcementInRecord": "OPTIONAL"}]}},
        ),
    ],
)
def test_properties_come_back(write, database, properties, expected):
    made = write.create_table(DatabaseName=database, TableName="props", **properties)["Table"]
    for name, value in {**DEFAULTS, **properties, **expected}.items():
        assert made[name] == value
    assert write.describe_table(DatabaseName=database, TableName="props")["Table"] == made


@pytest.mark.parametrize(
    ("properties", "fragment"),
    [
        ({"TableName": "a b"}, "at 'tableName' failed to satisfy constraint: Member must satisfy regular expression"),
        ({"TableName": "a" * 257}, "at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 256"),
        ({"RetentionProperties": retention(8767, 1)}, "memoryStoreRetentionPeriodInHours"),
        ({"RetentionProperties": retention(1, 73001)}, "magneticStoreRetentionPeriodInDays"),
        ({"Schema": {"CompositePartitionKey": [{"Type": "DIMENSION"}]}}, ""),
        ({"Schema": {"CompositePartitionKey": [{"Type": "MEASURE", "Name": "host"}]}}, ""),
        ({"Schema": {"CompositePartitionKey": [{"Type": "COLUMN"}]}}, "Member must satisfy enum value set: [DIMENSION, MEASURE]"),
        (
            {"Schema": {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "h", "EnforcementInRecord": "MAYBE"}]}},
            "Member must satisfy enum value set: [REQUIRED, OPTIONAL]",
        ),
        (
            {
                "MagneticStoreWriteProperties": {
                    "EnableMagneticStoreWrites": True,
                    "MagneticStoreRejectedDataLocation": {
                        "S3Configuration": {"BucketName": "rejects", "EncryptionOption": "SSE_KMS"}
                    },
                }
            },
            "",
        ),
        (
            {
                "MagneticStoreWriteProperties": {
                    "EnableMagneticStoreWrites": True,
                    "MagneticStoreRejectedDataLocation": {"S3Configuration": {"BucketName": "No Bucket"}},
                }
            },
            "bucketName",
        ),
    ],
)
def test_create_refuses(write, database, properties, fragment):
    arguments = {"TableName": "refused", **properties}
    fails(write.create_table, 400, "ValidationException", fragment, DatabaseName=database, **arguments)
    assert write.list_tables(DatabaseName=database)["Tables"] == []


def test_several_violations_are_listed_together(write, database):
    failure = fails(
        write.create_table, 400, "ValidationException", DatabaseName=database, TableName="a b",
        RetentionProperties=retention(9000, 80000),
    )
    assert failure.message.startswith("3 validation errors detected: "), failure
    assert failure.message.count("failed to satisfy constraint") == 3, failure


def test_conflicts_and_missing_parents(write, database):
    write.create_table(DatabaseName=database, TableName="one")
    fails(write.create_table, 409, "ConflictException", DatabaseName=database, TableName="one")
    fails(write.create_table, 404, "ResourceNotFoundException", DatabaseName="no_such_db", TableName="one")
    fails(write.describe_table, 404, "ResourceNotFoundException", DatabaseName="no_such_db", TableName="one")
    fails(write.list_tables, 404, "ResourceNotFoundException", DatabaseName="no_such_db")
    fails(write.update_table, 404, "ResourceNotFoundException", DatabaseName=database, TableName="none")


def test_update_changes_only_what_is_named(write, database):
    write.create_table(DatabaseName=database, TableName="one")
    name = {"DatabaseName": database, "TableName": "one"}
    first = write.update_table(**name, RetentionProperties=retention(12, 30))["Table"]
    assert first["RetentionProperties"] == retention(12, 30)
    assert first["MagneticStoreWriteProperties"] == DEFAULTS["MagneticStoreWriteProperties"]
    second = write.update_table(**name, MagneticStoreWriteProperties={"EnableMagneticStoreWrites": True})["Table"]
    assert second["RetentionProperties"] == retention(12, 30)
    assert second["MagneticStoreWriteProperties"] == {"EnableMagneticStoreWrites": True}
    assert second["LastUpdatedTime"] >= second["CreationTime"]
    assert write.describe_table(**name)["Table"] == second
    fails(write.update_table, 400, "ValidationException", RetentionProperties=retention(9000, 1), **name)
    assert write.describe_table(**name)["Table"]["RetentionProperties"] == retention(12, 30)


def test_update_of_a_partition_key_may_change_only_its_enforcement(write, database):
    def key(**fields):
        return {"CompositePartitionKey": [{"Type": "DIMENSION", "Name": "host", **fields}]}

    write.create_table(DatabaseName=database, TableName="keyed", Schema=key(EnforcementInRecord="OPTIONAL"))
    name = {"DatabaseName": database, "TableName": "keyed"}
    changed = write.update_table(**name, Schema=key(EnforcementInRecord="REQUIRED"))["Table"]["Schema"]
    assert changed == key(EnforcementInRecord="REQUIRED")
    for other in (key(Name="other"), {"CompositePartitionKey": [{"Type": "MEASURE"}]}):
        fails(write.update_table, 400, "ValidationException", **name, Schema=other)


def test_list_of_one_database_and_of_all(new_server):
    write = new_server().start().write_client()
    for database, count in [("first", 23), ("second", 4)]:
        write.create_database(DatabaseName=database)
        for number in range(count):
            write.create_table(DatabaseName=database, TableName=f"t_{number:02}")

    def listed(**arguments):
        found, sizes = [], []
        while True:
            page = write.list_tables(**arguments)
            sizes.append(len(page["Tables"]))
            found.extend((table["DatabaseName"], table["TableName"]) for table in page["Tables"])
            if "NextToken" not in page:
                return found, sizes
            arguments["NextToken"] = page["NextToken"]

    found, sizes = listed(DatabaseName="first")
    assert found == [("first", f"t_{number:02}") for number in range(23)] and sizes == [20, 3]
    found, sizes = listed(MaxResults=10)
    assert len(found) == len(set(found)) == 27 and sizes == [10, 10, 7]
    fails(write.list_tables, 400, "ValidationException", "maxResults", MaxResults=21)
    fails(write.list_tables, 400, "ValidationException", NextToken="nonsense")

    # A token belongs to the listing that gave it.
    token = write.list_tables(DatabaseName="first", MaxResults=5)["NextToken"]
    fails(write.list_tables, 400, "ValidationException", DatabaseName="second", NextToken=token)


def test_a_recreated_table_is_empty(write, query, table):
    record = {
        "Dimensions": [{"Name": "host", "Value": "a"}], "MeasureName": "cpu", "MeasureValue": "1",
        "MeasureValueType": "BIGINT", "Time": str(int(time.time() * 1000)),
    }
    write.write_records(**table, Records=[record])
    write.delete_table(**table)
    write.create_table(**table)
    sql = f'SELECT count(*) FROM "{table["DatabaseName"]}"."{table["TableName"]}"'
    assert all_rows(query, sql)[1] == [["0"]]
    # Written again with the same version and another value: nothing of the old table is left to conflict with.
    write.write_records(**table, Records=[{**record, "MeasureValue": "2"}])
    assert all_rows(query, sql)[1] == [["1"]]

"""Databases through boto3: every operation, every documented refusal."""

import datetime

import pytest

from checks import fails

NAME_CHARACTERS = "regular expression pattern: [a-zA-Z0-9_.-]+"


def test_life_of_a_database(write, query):
    before = datetime.datetime.now(datetime.timezone.utc)
    made = write.create_database(DatabaseName="life.of-a_DB")["Database"]
    after = datetime.datetime.now(datetime.timezone.utc)
    assert made["DatabaseName"] == "life.of-a_DB"
    assert made["Arn"] == "arn:aws:timestream:us-east-1:000000000000:database/life.of-a_DB"
    assert made["TableCount"] == 0
    assert made["KmsKeyId"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    assert made["CreationTime"] == made["LastUpdatedTime"]
    # Answers have milliseconds.
    second = datetime.timedelta(seconds=1)
    assert before - second < made["CreationTime"] < after + second
    assert write.describe_database(DatabaseName="life.of-a_DB")["Database"] == made

    write.create_table(DatabaseName="life.of-a_DB", TableName="one")
    assert write.describe_database(DatabaseName="life.of-a_DB")["Database"]["TableCount"] == 1
    fails(write.delete_database, 400, "ValidationException", DatabaseName="life.of-a_DB")
    write.delete_table(DatabaseName="life.of-a_DB", TableName="one")

    write.delete_database(DatabaseName="life.of-a_DB")
    fails(write.describe_database, 404, "ResourceNotFoundException", DatabaseName="life.of-a_DB")
    fails(write.delete_database, 404, "ResourceNotFoundException", DatabaseName="life.of-a_DB")


def test_a_name_is_taken_once_and_case_matters(write, database):
    fails(write.create_database, 409, "ConflictException", DatabaseName=database)
    write.create_database(DatabaseName=database.upper())
    write.delete_database(DatabaseName=database.upper())


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        ("a b", NAME_CHARACTERS),
        ("a/b/c", NAME_CHARACTERS),
        ("größe", NAME_CHARACTERS),
        ("", ""),
        ("a" * 257, "length less than or equal to 256"),
    ],
)
def test_names_are_constrained(write, name, fragment):
    failure = fails(write.create_database, 400, "ValidationException", fragment, DatabaseName=name)
    if fragment:
        assert failure.message.startswith("1 validation error detected: Value '"), failure
        assert "at 'databaseName' failed to satisfy constraint: Member must" in failure.message, failure


def test_names_of_every_allowed_length(write):
    for name in ("a", "-.", "n" * 256):
        assert write.create_database(DatabaseName=name)["Database"]["DatabaseName"] == name
        write.delete_database(DatabaseName=name)


def test_a_recreated_database_starts_empty(write, query, database):
    write.create_table(DatabaseName=database, TableName="one")
    write.delete_table(DatabaseName=database, TableName="one")
    write.delete_database(DatabaseName=database)
    again = write.create_database(DatabaseName=database)["Database"]
    assert again["TableCount"] == 0
    assert write.list_tables(DatabaseName=database)["Tables"] == []


def test_update_changes_the_key(write, database):
    key = "arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"
    before = write.describe_database(DatabaseName=database)["Database"]
    updated = write.update_database(DatabaseName=database, KmsKeyId=key)["Database"]
    assert updated["KmsKeyId"] == key
    assert updated["CreationTime"] == before["CreationTime"]
    assert updated["LastUpdatedTime"] >= before["LastUpdatedTime"]
    assert write.describe_database(DatabaseName=database)["Database"] == updated
    fails(write.update_database, 404, "ResourceNotFoundException", DatabaseName="no_such_db", KmsKeyId=key)
    fails(write.update_database, 400, "ValidationException", "kmsKeyId", DatabaseName=database, KmsKeyId="k" * 2049)


def test_a_database_with_a_key_of_its_own(write):
    made = write.create_database(DatabaseName="keyed_db", KmsKeyId="alias/mine")["Database"]
    assert made["KmsKeyId"]
    write.delete_database(DatabaseName="keyed_db")


def test_list_pages_through_all(new_server):
    write = new_server().start().write_client()
    names = [f"paged_{number:02}" for number in range(25)]
    for name in names:
        write.create_database(DatabaseName=name)
    for size, page_counts in [(None, [20, 5]), (20, [20, 5]), (7, [7, 7, 7, 4]), (1, [1] * 25)]:
        found, counts, token = [], [], {}
        while True:
            page = write.list_databases(**({"MaxResults": size} if size else {}), **token)
            counts.append(len(page["Databases"]))
            found.extend(database["DatabaseName"] for database in page["Databases"])
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert (sorted(found), counts) == (names, page_counts)


@pytest.mark.parametrize("size", [0, 21, -1])
def test_list_page_size_is_limited(write, size):
    if size < 1:
        # boto3 itself refuses what is below the minimum.
        with pytest.raises(Exception, match="MaxResults|Invalid"):
            write.list_databases(MaxResults=size)
        return
    fails(write.list_databases, 400, "ValidationException", "maxResults", "less than or equal to 20", MaxResults=size)


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "é", "x" * 5000])
def test_list_refuses_a_foreign_token(write, token):
    fails(write.list_databases, 400, "ValidationException", NextToken=token)

"""Query: pages, tokens, cancelling, replay and the errors around them."""

import uuid

import pytest

from checks import all_rows, fails, value
from records import dimensions, record, unique_time

ROWS = 2500


@pytest.fixture(scope="module")
def big(server):
    """A table of 2,500 rows, n from 0."""
    write = server.write_client()
    name = {"DatabaseName": "paging_db", "TableName": "numbers"}
    write.create_database(DatabaseName=name["DatabaseName"])
    write.create_table(**name)
    common = {"Dimensions": dimensions(host="a"), "MeasureName": "n", "MeasureValueType": "BIGINT"}
    for start in range(0, ROWS, 100):
        records = [{"Time": unique_time(), "MeasureValue": str(n)} for n in range(start, start + 100)]
        write.write_records(**name, CommonAttributes=common, Records=records)
    return 'SELECT measure_value::bigint AS n FROM "paging_db"."numbers" ORDER BY 1'


def numbers(page):
    return [int(value(row["Data"][0])) for row in page["Rows"]]


@pytest.mark.parametrize("size", [1000, 999, 250, 7])
def test_pages_of_any_size_join_to_the_whole(query, big, size):
    found, sizes = [], []
    for page in query.get_paginator("query").paginate(QueryString=big, PaginationConfig={"PageSize": size}):
        sizes.append(len(page["Rows"]))
        found.extend(numbers(page))
    assert found == list(range(ROWS))
    assert max(sizes) <= size
    assert 0 not in sizes[1:], "an empty page after the first ends the ODBC driver's loop"


def test_one_row_at_a_time(query, big):
    found = []
    for page in query.get_paginator("query").paginate(QueryString=big + " LIMIT 12", PaginationConfig={"PageSize": 1}):
        found.extend(numbers(page))
    assert found == list(range(12))


def test_without_max_rows_pages_are_cut_by_size(query, big):
    names, rows = all_rows(query, big)
    assert names == ["n"] and len(rows) == ROWS
    wide = "SELECT rpad('x', 2000, 'y') AS wide FROM \"paging_db\".\"numbers\""
    pages = list(query.get_paginator("query").paginate(QueryString=wide))
    assert sum(len(page["Rows"]) for page in pages) == ROWS
    assert len(pages) >= 5, "2,500 rows of 2,000 bytes are five megabytes"


def test_the_first_page_describes_everything(query, big):
    page = query.query(QueryString=big, MaxRows=10)
    assert page["ColumnInfo"] == [{"Name": "n", "Type": {"ScalarType": "BIGINT"}}]
    assert page["QueryId"].isalnum() and len(page["QueryId"]) <= 64
    assert 0 <= page["QueryStatus"]["ProgressPercentage"] <= 100
    assert page["QueryStatus"]["CumulativeBytesMetered"] >= 10_000_000
    empty = query.query(QueryString=big.replace("ORDER", "WHERE host = 'none' ORDER"))
    assert empty["Rows"] == [] and empty["ColumnInfo"] == page["ColumnInfo"] and "NextToken" not in empty


def first_page(query, big, rows=10):
    page = query.query(QueryString=big, MaxRows=rows)
    while not page["Rows"]:
        page = query.query(QueryString=big, MaxRows=rows, NextToken=page["NextToken"])
    return page


def test_a_token_repeats_its_page_up_to_five_times(query, big):
    token = first_page(query, big)["NextToken"]
    pages = [numbers(query.query(QueryString=big, MaxRows=10, NextToken=token)) for _ in range(5)]
    assert pages == [list(range(10, 20))] * 5
    fails(query.query, 400, "ValidationException", QueryString=big, MaxRows=10, NextToken=token)


def test_a_newer_token_ends_the_older(query, big):
    first = first_page(query, big)["NextToken"]
    second = query.query(QueryString=big, MaxRows=10, NextToken=first)["NextToken"]
    assert numbers(query.query(QueryString=big, MaxRows=10, NextToken=second)) == list(range(20, 30))
    fails(query.query, 400, "ValidationException", QueryString=big, MaxRows=10, NextToken=first)


def test_max_rows_may_change_between_pages(query, big):
    token = first_page(query, big)["NextToken"]
    assert numbers(query.query(QueryString=big, MaxRows=3, NextToken=token)) == [10, 11, 12]


@pytest.mark.parametrize("token", ["nonsense", "AAAA" * 40, "x" * 2048, "é" * 40])
def test_a_foreign_token_is_refused(query, big, token):
    fails(query.query, 400, "ValidationException", QueryString=big, NextToken=token)


def test_a_token_is_bound_to_its_query(query, big):
    token = first_page(query, big)["NextToken"]
    fails(query.query, 400, "ValidationException", "Invalid pagination token", QueryString="SELECT 1", NextToken=token)
    for at in (0, len(token) // 2, len(token) - 2):
        altered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        fails(query.query, 400, "ValidationException", QueryString=big, NextToken=altered)
    # None of that has used up the token.
    assert numbers(query.query(QueryString=big, MaxRows=10, NextToken=token)) == list(range(10, 20))


def test_pages_belong_to_one_snapshot(query, write, big, database):
    """Rows written between two pages of a query do not appear in it."""
    table = {"DatabaseName": database, "TableName": "moving"}
    write.create_table(**table)
    write.write_records(**table, Records=[record(MeasureValue=str(n)) for n in range(30)])
    sql = f'SELECT measure_value::double FROM "{database}"."moving" ORDER BY 1'
    page = first_page(query, sql)
    write.write_records(**table, Records=[record(MeasureValue=str(n)) for n in range(30, 60)])
    rows = len(page["Rows"])
    while "NextToken" in page:
        page = query.query(QueryString=sql, MaxRows=10, NextToken=page["NextToken"])
        rows += len(page["Rows"])
    assert rows == 30
    assert len(all_rows(query, sql)[1]) == 60


def test_the_first_page_may_be_empty_but_is_described(new_server):
    """A server that does not wait for rows: clients poll with the token, and every page after the first has rows."""
    server = new_server(environment={"HEADWATER_QUERY_FIRST_PAGE_WAIT_MS": "0"}).start()
    query = server.query_client()
    sql = "SELECT x FROM UNNEST(sequence(1, 9000)) AS t (x) ORDER BY x"
    pages = list(query.get_paginator("query").paginate(QueryString=sql, PaginationConfig={"PageSize": 1000}))
    assert pages[0]["ColumnInfo"] == [{"Name": "x", "Type": {"ScalarType": "BIGINT"}}]
    assert [int(value(row["Data"][0])) for page in pages for row in page["Rows"]] == list(range(1, 9001))
    assert all(page["Rows"] for page in pages[1:])
    assert len({page["QueryId"] for page in pages}) == 1


# --- CancelQuery (api.md 4.8) ---


def test_a_cancelled_query_cannot_be_paged(query, big):
    page = first_page(query, big)
    query.cancel_query(QueryId=page["QueryId"])
    assert query.cancel_query(QueryId=page["QueryId"])["CancellationMessage"]
    fails(query.query, 409, "ConflictException", QueryString=big, MaxRows=10, NextToken=page["NextToken"])


@pytest.mark.parametrize("query_id", ["AEDAUNKNOWN", "not valid!", "A" * 65])
def test_cancelling_what_is_no_query(query, query_id):
    fails(query.cancel_query, 400, "ValidationException", QueryId=query_id)


def test_cancelling_a_finished_query(query):
    page = query.query(QueryString="SELECT 1")
    fails(query.cancel_query, 400, "ValidationException", QueryId=page["QueryId"])


# --- ClientToken (api.md 4.5) ---


def test_a_client_token_replays_its_query(query, write, database):
    table = {"DatabaseName": database, "TableName": "replayed"}
    write.create_table(**table)
    write.write_records(**table, Records=[record()])
    sql = f'SELECT count(*) FROM "{database}"."replayed"'
    token = uuid.uuid4().hex
    first = query.query(QueryString=sql, ClientToken=token)
    write.write_records(**table, Records=[record()])
    again = query.query(QueryString=sql, ClientToken=token)
    assert (again["QueryId"], again["Rows"]) == (first["QueryId"], first["Rows"])
    fails(query.query, 400, "ValidationException", QueryString="SELECT 1", ClientToken=token)
    assert query.query(QueryString=sql)["Rows"] != first["Rows"]


# --- constraints and errors ---


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        ({"MaxRows": 1001}, "at 'maxRows' failed to satisfy constraint: Member must have value less than or equal to 1000"),
        ({"ClientToken": "c" * 129}, "at 'clientToken' failed to satisfy constraint: Member must have length less than or equal to 128"),
        ({"NextToken": "n" * 2049}, "nextToken"),
        ({"QueryString": "SELECT '" + "x" * 262_144 + "'"}, "queryString"),
        ({"QueryInsights": {"Mode": "SOMETIMES"}}, "Member must satisfy enum value set"),
    ],
)
def test_constraints(query, arguments, fragment):
    failure = fails(query.query, 400, "ValidationException", fragment, **{"QueryString": "SELECT 1", **arguments})
    assert failure.message.startswith("1 validation error detected: Value"), failure
    assert len(failure.message) < 4096, "a huge value is not echoed whole"


@pytest.mark.parametrize(
    ("sql", "fragments"),
    [
        ("SELEC 1", ["line 1:1"]),
        ("SELECT", ["line 1:7"]),
        ("SELECT 1 +", ["line 1:"]),
        ('SELECT x FROM "paging_db"."numbers"', ["line 1:8", "Column 'x' does not exist"]),
        ('SELECT host,\n  wrong\nFROM "paging_db"."numbers"', ["line 2:3", "Column 'wrong' does not exist"]),
        ('SELECT 1 FROM "paging_db"."none"', ["line 1:15", "does not exist"]),
        ('SELECT 1 FROM "none"."none"', ["line 1:15", "database 'none' not found"]),
        ("SELECT no_such_function(1)", ["line 1:8", "no_such_function"]),
        ("SELECT 'a' + 1", ["line 1:"]),
        ('SELECT measure_value::varchar FROM "paging_db"."numbers"', ["Column", "does not exist"]),
        ('SELECT host, count(*) FROM "paging_db"."numbers"', ["line 1:8", "host", "GROUP BY"]),
    ],
)
def test_errors_before_execution(query, big, sql, fragments):
    fails(query.query, 400, "ValidationException", *fragments, QueryString=sql)


@pytest.mark.parametrize("sql", ["SELECT 1 / (measure_value::bigint * 0) FROM \"paging_db\".\"numbers\"", "SELECT CAST(host AS BIGINT) FROM \"paging_db\".\"numbers\""])
def test_errors_during_execution(query, big, sql):
    fails(query.query, 400, "QueryExecutionException", QueryString=sql)


def test_select_one(query):
    page = query.query(QueryString="SELECT 1")
    assert page["ColumnInfo"] == [{"Name": "_col0", "Type": {"ScalarType": "INTEGER"}}]
    assert page["Rows"] == [{"Data": [{"ScalarValue": "1"}]}]


def test_catalog_statements(query, big):
    assert ["paging_db"] in all_rows(query, "SHOW DATABASES")[1]
    assert all_rows(query, "SHOW DATABASES LIKE 'paging%'") == (["Database"], [["paging_db"]])
    assert all_rows(query, 'SHOW TABLES FROM "paging_db"') == (["Table"], [["numbers"]])
    names, rows = all_rows(query, 'SHOW MEASURES FROM "paging_db"."numbers"')
    assert names == ["measure_name", "data_type", "dimensions"]
    assert rows == [["n", "bigint", [("host", "varchar")]]]

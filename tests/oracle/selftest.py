"""Tests of the comparison itself: a wrong answer must be reported, whatever is wrong with it, and a right one must not."""

import io
import random
import unittest

import duckdb
from botocore.exceptions import ClientError, EndpointConnectionError
from compare import difference, our_answer
from queries import Queries
from tree import ORACLE, OURS, Node, literal, shrink

RIGHT = (["int", "double", "varchar"], [(1, 0.5, "a"), (2, None, "b"), (2, None, "b")])


def changed(row, column, value):
    kinds, rows = RIGHT
    rows = [list(one) for one in rows]
    rows[row][column] = value
    return kinds, [tuple(one) for one in rows]


class Differences(unittest.TestCase):
    def test_equal_answers_agree_in_any_order(self):
        kinds, rows = RIGHT
        self.assertIsNone(difference(RIGHT, RIGHT, ()))
        self.assertIsNone(difference((kinds, rows[::-1]), RIGHT, ()))
        self.assertIsNone(difference(changed(0, 1, 0.5 + 1e-12), RIGHT, (0,)))

    def test_every_wrong_value_is_seen(self):
        wrong = [(0, 0, 3), (0, 0, None), (0, 0, 1.0), (0, 1, 0.5001), (0, 1, None), (0, 1, float("nan")), (1, 1, 0.0), (1, 2, ""), (0, 2, "A"), (0, 2, None)]
        for row, column, value in wrong:
            with self.subTest(row=row, column=column, value=value):
                self.assertIn("values", difference(changed(row, column, value), RIGHT, ()))

    def test_missing_additional_and_repeated_rows_are_seen(self):
        kinds, rows = RIGHT
        self.assertIn("rows", difference((kinds, rows[:2]), RIGHT, ()))
        self.assertIn("rows", difference((kinds, rows + rows[:1]), RIGHT, ()))
        self.assertIn("values", difference((kinds, [rows[0], rows[0], rows[1]]), RIGHT, ()))

    def test_wrong_types_and_orders_are_seen(self):
        kinds, rows = RIGHT
        self.assertIn("types", difference((["double", "double", "varchar"], rows), RIGHT, ()))
        self.assertIn("order", difference((kinds, rows[::-1]), RIGHT, (0,)))
        self.assertIsNone(difference((["int", "unknown", "varchar"], rows), RIGHT, (0,)))


class FakeClient:
    """Answers every query with the same page, or error."""

    def __init__(self, outcome):
        self.outcome = outcome

    def query(self, QueryString):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        kinds, rows = self.outcome
        columns = [{"Type": {"ScalarType": kind}} for kind in kinds]
        data = [{"Data": [{"NullValue": True} if value is None else {"ScalarValue": value} for value in row]} for row in rows]
        return {"ColumnInfo": columns, "Rows": data}


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Query")


class Judgements(unittest.TestCase):
    def judge(self, outcome, oracle="SELECT 1", order=()):
        from run import Run

        class Server:
            def query_client(self):
                return FakeClient(outcome)

        run = Run(1, Server(), duckdb.connect())
        return run.judge(Node("SELECT 1", oracle=oracle), order)

    def test_what_is_judged_how(self):
        right, wrong = (["INTEGER"], [["1"]]), (["INTEGER"], [["2"]])
        cases = [
            (right, "SELECT 1", None),
            (wrong, "SELECT 1", "rows"),
            ((["INTEGER"], [[None]]), "SELECT 1", "rows"),
            ((["DOUBLE"], [["1.0"]]), "SELECT 1", "rows"),
            (right, "SELECT nothing", "oracle fails"),
            (refusal("ValidationException"), "SELECT 1", "ours fails"),
            (refusal("QueryExecutionException"), "SELECT nothing", "both fail"),
            (refusal("InternalServerException"), "SELECT nothing", "broken"),
            (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "SELECT 1", "broken"),
        ]
        for outcome, oracle, kind in cases:
            with self.subTest(outcome=outcome, oracle=oracle):
                found = self.judge(outcome, oracle)
                self.assertEqual(found and found[0], kind)

    def test_values_are_read_as_their_types(self):
        kinds, rows = our_answer(FakeClient((["BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR"], [["7", "NaN", "true", "7"]])), "")
        self.assertEqual(kinds, ["int", "double", "boolean", "varchar"])
        self.assertEqual((rows[0][0], rows[0][2], rows[0][3]), (7, True, "7"))
        self.assertNotEqual(rows[0][1], rows[0][1])


class Generator(unittest.TestCase):
    def test_a_seed_asks_the_same_queries(self):
        def texts(seed):
            made = [Queries(random.Random(f"{seed} {number}")).make().node for number in range(50)]
            return [(node.text(OURS), node.text(ORACLE)) for node in made]

        self.assertEqual(texts(1), texts(1))
        self.assertNotEqual(texts(1), texts(2))

    def test_a_difference_becomes_small_and_stays_one(self):
        leaf = Node("({0} + {1})", [literal("1", "int"), literal("13", "int")], kind="int")
        node = Node("SELECT {0} FROM t{1}", [Node("abs({0})", [leaf], kind="int"), Node(" WHERE {0}", [literal("true", "boolean")], optional=True)])
        small = shrink(node, lambda one: "13" in one.text(OURS))
        self.assertIn("13", small.text(OURS))
        self.assertLess(small.size(), node.size())


def passes():
    """Whether the tests pass; what fails is printed."""
    stream = io.StringIO()
    suite = unittest.defaultTestLoader.loadTestsFromModule(__import__("selftest"))
    result = unittest.TextTestRunner(stream=stream).run(suite)
    if not result.wasSuccessful():
        print(stream.getvalue())
    return result.wasSuccessful() and result.testsRun > 0

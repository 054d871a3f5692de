"""Random typed expressions over the columns in scope, from the tables expressions.toml and aggregates.toml."""

import tomllib
from pathlib import Path

from data import TEXTS
from tree import Node, literal

FOLDER = Path(__file__).parent
EXPRESSIONS = tomllib.loads((FOLDER / "expressions.toml").read_text())["expression"]
AGGREGATES = tomllib.loads((FOLDER / "aggregates.toml").read_text())["aggregate"]

KINDS = ["int", "double", "varchar", "boolean", "timestamp", "date"]
KIND_WEIGHTS = [5, 3, 4, 3, 2, 1]
SQL_TYPES = {"int": "BIGINT"}
INT_BOUND_MAX = 2**52
NARROW_BOUND_MAX = 2**31 - 1
DOUBLE_BOUND_MAX = 1e9
ROWS_MAX = 4000

LITERALS = {
    "int": ["0", "1", "2", "3", "5", "-1", "-7", "100"],
    "double": ["0E0", "1E0", "2.5E0", "-0.5E0", "1.5E0", "-3.25E0", "100E0"],
    "varchar": [f"'{text}'" for text in [*TEXTS, "x", ""]],
    "boolean": ["true", "false"],
    "timestamp": ["TIMESTAMP '2024-02-29 12:00:00'", "TIMESTAMP '2024-02-26 00:00:00.001'", "TIMESTAMP '2024-04-01 01:23:45.250'"],
    "date": ["DATE '2024-02-29'", "DATE '2024-04-01'", "DATE '2023-12-31'"],
}
WIDEST = {"int": 100, "double": 100}


class Expressions:
    """Makes expressions from one source of randomness."""

    def __init__(self, source):
        self.source = source

    def kind(self):
        return self.source.choices(KINDS, KIND_WEIGHTS)[0]

    def column(self, column):
        return Node(column.ours, oracle=column.oracle, kind=column.kind, bound=column.bound)

    def leaf(self, kind, scope, is_stored=False):
        candidates = [column for column in scope if column.kind == kind and (column.is_stored or not is_stored)]
        if candidates and self.source.random() < 0.8:
            return self.column(self.source.choice(candidates))
        if self.source.random() < 0.1:
            return literal(f"CAST(NULL AS {SQL_TYPES.get(kind, kind).upper()})", kind, bound=0)
        return literal(self.source.choice(LITERALS[kind]), kind, bound=WIDEST.get(kind), is_narrow=kind == "int")

    def make(self, kind, depth, scope, rough=False):
        """An expression of the kind. One whose last digits may differ only where `rough` allows it."""
        if depth > 0 and self.source.random() < 0.85:
            fitting = [one for one in EXPRESSIONS if one["result"] in (kind, "T") and (rough or not one.get("rough"))]
            weights = [one.get("weight", 1) for one in fitting]
            for _ in range(3):
                made = self.apply(self.source.choices(fitting, weights)[0], kind, depth - 1, scope, rough)
                if made:
                    return made
        return self.leaf(kind, scope)

    def apply(self, entry, kind, depth, scope, rough=False):
        """The entry with random arguments, or None where the numbers could grow out of range."""
        free = kind if entry["result"] == "T" else self.kind()
        kinds, parts = [], []
        for argument in entry["args"]:
            if isinstance(argument, list):
                kinds.append(None)
                parts.append(literal(self.source.choice(argument)))
                continue
            of = free if argument == "T" else argument
            kinds.append(of)
            below = rough and kind == "double" and of == "double"
            if entry.get("plain"):
                parts.append(self.leaf(of, scope, is_stored=True))
            else:
                parts.append(self.make(of, self.source.randrange(depth + 1), scope, rough=below))
        numbers = [part for part, of in zip(parts, kinds) if of in ("int", "double")]
        if any((part.bound or 0) > entry.get("bound_max", 1e300) for part in numbers):
            return None
        is_narrow = kind == "int" and bool(numbers) and all(part.is_narrow for part in numbers)
        bound = result_bound(entry, kind, kinds, parts)
        limit = DOUBLE_BOUND_MAX if kind == "double" else NARROW_BOUND_MAX if is_narrow else INT_BOUND_MAX
        if kind in ("int", "double") and bound > limit and not entry.get("rough"):
            return None
        is_rough = entry.get("rough", False) or any(part.is_rough for part in parts)
        ours = entry.get("both") or entry["ours"]
        oracle = entry.get("both") or entry["oracle"]
        return Node(ours, parts, oracle, kind, bound=bound, is_narrow=is_narrow, is_rough=is_rough)


def result_bound(entry, kind, kinds, parts):
    if kind not in ("int", "double"):
        return None
    bounds = [part.bound or 0 for part, of in zip(parts, kinds) if of in ("int", "double")]
    of_result = [part.bound or 0 for part, of in zip(parts, kinds) if of == kind]
    rule = entry.get("bound", 0 if bounds else ROWS_MAX)
    if isinstance(rule, (int, float)):
        return rule
    if rule == "sum":
        return sum(bounds) + 8
    if rule == "product":
        return bounds[0] * bounds[1]
    if rule == "first":
        return (of_result or bounds)[0] + 1
    if rule == "rows":
        return bounds[0] * ROWS_MAX
    return max(of_result, default=0)

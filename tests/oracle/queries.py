"""Random queries: relations, groups, windows, set operations and order around the expressions."""

import re
from dataclasses import dataclass

from data import DATABASE, ROWS, Column, columns
from expressions import AGGREGATES, Expressions
from tree import NOTHING, Node, joined, literal

# A frame, and whether the order must be total for the frame to have one meaning.
FRAMES = [
    ("", False),
    ("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", True),
    ("ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING", True),
    ("ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING", True),
    ("ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING", True),
    ("ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", True),
    ("ROWS 2 PRECEDING", True),
    ("RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", False),
    ("RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", False),
    ("RANGE UNBOUNDED PRECEDING", False),
    ("ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING", True),
    ("ROWS BETWEEN 2 FOLLOWING AND UNBOUNDED FOLLOWING", True),
    ("ROWS BETWEEN CURRENT ROW AND CURRENT ROW", True),
    ("ROWS BETWEEN 40 PRECEDING AND 40 FOLLOWING", True),
    ("GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW", False),
    ("GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING", False),
    ("GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING", False),
    ("GROUPS UNBOUNDED PRECEDING", False),
]
# Frames by distance: for one key that is a number.
DISTANCES = [
    "RANGE BETWEEN 2 PRECEDING AND CURRENT ROW",
    "RANGE BETWEEN 1 PRECEDING AND 3 FOLLOWING",
    "RANGE BETWEEN 1 FOLLOWING AND 100 FOLLOWING",
    "RANGE BETWEEN 5 PRECEDING AND 1 PRECEDING",
    "RANGE BETWEEN CURRENT ROW AND 2 FOLLOWING",
]


HAS_COLUMN = re.compile(r"\b[a-z]\d+\.[a-z]")


@dataclass
class Query:
    """`kinds`, `bounds` of the columns; `order` are the indexes of the columns that the rows are sorted by."""

    node: Node
    kinds: list
    bounds: list
    order: tuple = ()


@dataclass
class Relation:
    """A FROM item: its columns, and those that together tell its rows apart, if there are such."""

    node: Node
    scope: list
    unique: list
    is_list: bool = False


class Queries:
    def __init__(self, source):
        self.source = source
        self.expressions = Expressions(source)
        self.names = 0
        self.ctes = []

    def chance(self, probability):
        return self.source.random() < probability

    def name(self, letter):
        self.names += 1
        return f"{letter}{self.names}"

    # --- whole queries ---

    def make(self):
        """A query as a client sends it."""
        self.names, self.ctes = 0, []
        with_parts = []
        if self.chance(0.15):
            for _ in range(self.source.choice([1, 1, 2])):
                query, name = self.body(2), self.name("w")
                with_parts.append(Node(f"{name} AS ({{0}})", [query.node]))
                self.ctes.append((name, query))
        query = self.body(3, rough=True, is_outermost=True)
        if with_parts:
            query.node = Node("WITH {0} {1}", [joined(", ", with_parts), query.node])
        return query

    def body(self, depth, rough=False, is_outermost=False, kinds=None):
        if depth > 0 and self.chance(0.12):
            query = self.set_operation(depth, kinds)
        else:
            rough = rough and self.chance(0.5)
            query = self.select(depth, rough, kinds)
            if rough:
                return query
        if is_outermost and self.chance(0.6) or self.chance(0.15):
            query = self.ordered(query)
        return query

    def set_operation(self, depth, kinds):
        left = self.select(depth - 1, kinds=kinds)
        right = self.select(depth - 1, kinds=left.kinds)
        word = self.source.choice(["UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL", "UNION DISTINCT"])
        node, bounds = Node(f"{{0}} {word} {{1}}", [left.node, right.node]), pairwise_max(left.bounds, right.bounds)
        if self.chance(0.2):
            third = self.select(depth - 1, kinds=left.kinds)
            word = self.source.choice(["UNION", "INTERSECT", "EXCEPT"])
            node, bounds = Node(f"{{0}} {word} {{1}}", [node, third.node]), pairwise_max(bounds, third.bounds)
        return Query(node, left.kinds, bounds)

    def ordered(self, query):
        """Sorted by all columns where rows are cut off, so that what remains is determined."""
        indexes = list(range(len(query.kinds)))
        self.source.shuffle(indexes)
        is_cut = self.chance(0.5)
        if not is_cut:
            indexes = indexes[: self.source.randrange(1, len(indexes) + 1)]
        by = self.source.choice(["ordinal", "name"])
        items = []
        for index in indexes:
            key = str(index + 1) if by == "ordinal" else f"c{index}"
            items.append(f"{key}{self.source.choice(['', ' ASC', ' DESC'])}{self.source.choice(['', '', ' NULLS FIRST', ' NULLS LAST'])}")
        ours = oracle = f" ORDER BY {', '.join(items)}"
        if is_cut:
            limit = f" LIMIT {self.source.choice([0, 1, 3, 10, 1000])}"
            offset = f" OFFSET {self.source.choice([0, 1, 4, 50])}" if self.chance(0.4) else ""
            ours, oracle = ours + offset + limit, oracle + limit + offset
        node = Node("SELECT * FROM ({0}) AS o{1}", [query.node, Node(ours, oracle=oracle)]) if self.chance(0.1) else None
        node = node or Node("{0}{1}", [query.node, Node(ours, oracle=oracle)])
        return Query(node, query.kinds, query.bounds, tuple(indexes))

    # --- one SELECT ---

    def select(self, depth, rough=False, kinds=None, outer=()):
        relation = self.relation(depth)
        scope = [*relation.scope, *outer]
        where = self.where(depth, scope, bool(relation.scope))
        wanted = kinds or [self.expressions.kind() for _ in range(self.source.choice([1, 2, 2, 3, 4]))]
        form = self.source.random()
        if form < 0.3:
            return self.grouped(relation, where, wanted, rough)
        if form < 0.5 and relation.unique and not kinds:
            return self.windowed(relation, where, wanted, rough)
        items = [self.item(kind, depth, scope, rough) for kind in wanted]
        distinct = "DISTINCT " if not rough and self.chance(0.2) else ""
        return self.finish(f"SELECT {distinct}", items, relation, where)

    def finish(self, head, items, relation, where, tail=NOTHING):
        listed = joined(", ", [Node(f"{{0}} AS c{index}", [item]) for index, item in enumerate(items)])
        node = Node(f"{head}{{0}} FROM {{1}}{{2}}{{3}}", [listed, relation.node, where, tail])
        return Query(node, [item.kind for item in items], [item.bound for item in items])

    def item(self, kind, depth, scope, rough=False):
        if self.chance(0.08):
            return self.scalar_subquery(kind, scope) or self.expressions.make(kind, 2, scope, rough)
        return self.expressions.make(kind, min(depth, 3), scope, rough)

    def where(self, depth, scope, is_optional):
        if not self.chance(0.5):
            return NOTHING
        return Node(" WHERE {0}", [self.condition(depth, scope)], optional=True)

    def condition(self, depth, scope):
        if depth > 0 and self.chance(0.3):
            test = self.subquery_test(scope)
            if self.chance(0.5):
                return test
            return Node("({0} {1} {2})", [test, literal(self.source.choice(["AND", "OR"])), self.expressions.make("boolean", 1, scope)], kind="boolean")
        return self.expressions.make("boolean", 3, scope)

    # --- subqueries in expressions ---

    def inner(self, scope, is_correlated):
        """A stored table under a new name, with a condition that may use the outer columns."""
        relation = self.table()
        if not is_correlated:
            return relation, self.where(0, relation.scope, True)
        pairs = [(one, other) for one in relation.scope for other in scope if one.kind == other.kind and one.is_stored and other.is_stored]
        if not pairs:
            return relation, self.where(0, relation.scope, True)
        one, other = self.source.choice(pairs)
        link = Node("{0} = {1}", [self.expressions.column(one), self.expressions.column(other)], kind="boolean")
        if self.chance(0.4):
            more = self.expressions.make("boolean", 1, relation.scope)
            return relation, Node(" WHERE {0} AND {1}", [link, more])
        return relation, Node(" WHERE {0}", [link])

    def subquery_test(self, scope):
        relation, where = self.inner(scope, self.chance(0.5))
        form = self.source.choice(["EXISTS", "IN", "IN", "quantified"])
        if form == "EXISTS":
            word = self.source.choice(["EXISTS", "NOT EXISTS"])
            return Node(f"({word} (SELECT 1 FROM {{0}}{{1}}))", [relation.node, where], kind="boolean")
        kind = self.expressions.kind()
        value = self.expressions.make(kind, 1, scope)
        listed = self.expressions.make(kind, 1, relation.scope)
        word = self.source.choice(["IN", "NOT IN"])
        if form == "quantified":
            word = f"{self.source.choice(['=', '<>', '<', '<=', '>', '>='])} {self.source.choice(['ANY', 'ALL'])}"
        return Node(f"({{0}} {word} (SELECT {{1}} FROM {{2}}{{3}}))", [value, listed, relation.node, where], kind="boolean")

    def scalar_subquery(self, kind, scope):
        relation, where = self.inner(scope, self.chance(0.6))
        value = self.aggregate(kind, relation.scope, rough=False)
        if not value:
            return None
        return Node("(SELECT {0} FROM {1}{2})", [value, relation.node, where], kind=kind, bound=value.bound)

    # --- groups and windows ---

    def aggregate(self, kind, scope, rough, in_window=False):
        fitting = [
            one
            for one in AGGREGATES
            if one["result"] in (kind, "T") and (rough or not one.get("rough")) and (one.get("window", True) or not in_window)
        ]
        if not fitting:
            return None
        weights = [one.get("weight", 1) for one in fitting]
        for _ in range(4):
            entry = self.source.choices(fitting, weights)[0]
            made = self.expressions.apply(entry, kind, 2, scope)
            if made and in_window:
                made.templates = (made.templates[0] + " OVER {w}", entry.get("oracle_window", made.templates[1] + " OVER {w}"))
            if made and not in_window and self.chance(0.12):
                test = self.expressions.make("boolean", 1, scope)
                ours, oracle = made.templates
                if oracle == ours:
                    place = len(made.parts)
                    made.parts = (*made.parts, test)
                    made.templates = (ours + f" FILTER (WHERE {{{place}}})",) * 2
            if made:
                return made
        return None

    def grouped(self, relation, where, wanted, rough):
        keys = [self.expressions.make(self.expressions.kind(), 1, relation.scope) for _ in range(self.source.choice([0, 1, 1, 2, 3]))]
        if self.chance(0.6):
            keys = [self.expressions.column(column) for column in self.sample_columns(relation.scope, len(keys))]
        # A constant key could be read as the number of a column.
        keys = [key for key in keys if HAS_COLUMN.search(key.text(0))]
        items = []
        for kind in wanted:
            same = [key for key in keys if key.kind == kind]
            item = None
            if same and self.chance(0.6):
                item = self.source.choice(same)
            elif self.chance(0.25):
                inner = self.aggregate("int", relation.scope, rough=False)
                pseudo = [Column(inner.text(0).replace("{", "{{"), inner.text(1).replace("{", "{{"), "int", inner.bound)] if inner else []
                item = self.expressions.make(kind, 2, pseudo)
            items.append(item or self.aggregate(kind, relation.scope, rough) or self.expressions.leaf(kind, []))
        tail = []
        if keys:
            listed = joined(", ", keys)
            if self.chance(0.12):
                tail.append(self.grouping_sets(keys))
                return self.finish("SELECT ", items, relation, where, self.with_having(tail, relation))
            style = self.source.choice([" GROUP BY {0}"] * 6 + [" GROUP BY ROLLUP ({0})", " GROUP BY CUBE ({0})"])
            tail.append(Node(style, [listed]))
        return self.finish("SELECT ", items, relation, where, self.with_having(tail, relation))

    def with_having(self, tail, relation):
        if self.chance(0.3):
            count = self.aggregate("int", relation.scope, rough=False)
            if count:
                tail.append(Node(" HAVING {0} {1}", [count, literal(self.source.choice(["> 1", "<= 3", "<> 0", "IS NOT NULL"]))], optional=True))
        return joined("", tail) if tail else NOTHING

    def grouping_sets(self, keys):
        """Random subsets of the keys; the first holds all, so that every key is grouped by somewhere."""
        places = list(range(len(keys)))
        chosen = [places] + [self.source.sample(places, self.source.randrange(len(places) + 1)) for _ in range(self.source.randrange(3))]
        sets = ", ".join(f"({', '.join(f'{{{place}}}' for place in one)})" for one in chosen)
        return Node(f" GROUP BY GROUPING SETS ({sets})", keys)

    def sample_columns(self, scope, count):
        return self.source.sample(scope, min(count, len(scope)))

    def windowed(self, relation, where, wanted, rough):
        items = []
        for kind in wanted:
            if self.chance(0.6):
                items.append(self.window(kind, relation, rough) or self.item(kind, 1, relation.scope))
            else:
                items.append(self.item(kind, 1, relation.scope, rough))
        return self.finish("SELECT ", items, relation, where)

    def window(self, kind, relation, rough):
        scope = relation.scope
        order = [self.expressions.make(self.expressions.kind(), 1, scope) for _ in range(self.source.choice([0, 1, 1, 2]))]
        order = [key for key in order if key.parts] or [self.expressions.column(self.source.choice(scope))]
        words = [self.source.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]) for _ in order]
        keys = [Node(f"{{0}}{word}", [key]) for key, word in zip(order, words)]
        total = keys + [self.expressions.column(column) for column in relation.unique]
        partition = NOTHING
        if self.chance(0.6):
            partition = Node("PARTITION BY {0} ", [self.expressions.column(self.source.choice(scope))], optional=True)

        def over(by, frame=""):
            by = joined(", ", by)
            return Node(f"({{0}}ORDER BY {{1}} {frame})", [partition, by])

        numbers = [column for column in scope if column.kind == "int" and column.is_stored]
        if numbers and self.chance(0.15):
            key = Node(f"{{0}}{self.source.choice(['', ' DESC', ' NULLS FIRST'])}", [self.expressions.column(self.source.choice(numbers))])
            call = self.aggregate(kind, scope, rough, in_window=True)
            return call and with_window(call, over([key], self.source.choice(DISTANCES)), kind)
        if self.chance(0.5):
            frame, is_total = self.source.choice(FRAMES)
            call = self.aggregate(kind, scope, rough, in_window=True)
            return call and with_window(call, over(total if is_total else keys, frame), kind)
        if kind == "int" and self.chance(0.6):
            ranking = self.source.choice(["rank()", "dense_rank()", "row_number()", "ntile(3)", "ntile(100)"])
            by = total if ranking.startswith(("row", "ntile")) else keys
            return with_window(Node(ranking + " OVER {w}", bound=5000), over(by), kind)
        if kind == "double" and rough and self.chance(0.6):
            return with_window(Node(self.source.choice(["cume_dist()", "percent_rank()"]) + " OVER {w}"), over(keys), kind)
        value = self.expressions.make(kind, 1, scope)
        call = self.source.choice(["first_value({0})", "last_value({0})", "nth_value({0}, 2)", "lag({0})", "lead({0})", "lag({0}, 2)", "lead({0}, 0)", "shifted"])
        parts = [value]
        if call == "shifted":
            call, parts = "lead({0}, 3, {1})", [value, self.expressions.leaf(kind, [])]
        nulls = " IGNORE NULLS" if self.chance(0.25) else ""
        frame = "" if call.startswith(("lag", "lead")) else self.source.choice(FRAMES)[0]
        ours, oracle = f"{call}{nulls} OVER {{w}}", f"{call[:-1]}{nulls}) OVER {{w}}"
        made = Node(ours, parts, oracle, bound=max(part.bound or 0 for part in parts))
        return with_window(made, over(total, frame), kind)

    # --- relations ---

    def table(self):
        name, alias = self.source.choices(list(ROWS), [5, 4, 2, 1])[0], self.name("t")
        node = literal(f'"{DATABASE}"."{name}" AS {alias}')
        node.templates = (node.templates[0], f"{name} AS {alias}")
        scope = [Column(f"{alias}.{column}", f"{alias}.{column}", kind, bound, True) for column, kind, bound in columns(name)]
        unique = [column for column in scope if column.ours.endswith(".rid")]
        return Relation(node, scope, unique)

    def relation(self, depth):
        form = self.source.random()
        if depth > 0 and form < 0.1:
            query, alias = self.body(depth - 1), self.name("d")
            return Relation(Node(f"({{0}}) AS {alias}", [query.node]), derived_scope(alias, query), [])
        if self.ctes and form < 0.4:
            name, query = self.source.choice(self.ctes)
            alias = self.name("v")
            return Relation(literal(f"{name} AS {alias}"), derived_scope(alias, query), [])
        if depth > 0 and form < 0.65:
            return self.join(depth)
        if depth > 0 and form < 0.72:
            return self.unnested()
        return self.table()

    def unnested(self):
        """A table with a row for each element of a list of its columns."""
        table, alias = self.table(), self.name("u")
        kind = self.source.choice(["int", "double", "varchar", "timestamp"])
        elements = [self.expressions.make(kind, 1, table.scope) for _ in range(self.source.choice([1, 2, 3]))]
        # The elements are of one type: DuckDB and we would widen an integer alike, but not name its type alike.
        if kind == "int":
            elements = [Node("CAST({0} AS BIGINT)", [element], bound=element.bound) for element in elements]
        listed = joined(", ", elements)
        word = self.source.choice([",", " CROSS JOIN"])
        node = Node(f"{{0}}{word} UNNEST(ARRAY[{{1}}]) AS {alias}(e)", [table.node, listed])
        bound = max((element.bound or 0 for element in elements), default=0)
        element = Column(f"{alias}.e", f"{alias}.e", kind, bound)
        return Relation(node, [*table.scope, element], [], is_list=word == ",")

    def join(self, depth):
        left = self.relation(depth - 1) if self.chance(0.4) else self.table()
        right = self.relation(0)
        word = self.source.choice(["JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN", "FULL JOIN", "FULL OUTER JOIN", "CROSS JOIN", ","])
        # JOIN binds tighter than a comma: an ON after a list does not see its first items.
        word = "," if left.is_list else word
        if word in ("CROSS JOIN", ","):
            # Large products of products would only cost time.
            right = self.small_table()
        # The one column of a USING is ambiguous beside a column of that name; DuckDB takes the first.
        names = {base_name(one) for one in right.scope}
        left.scope = [one for one in left.scope if "." in one.ours or one.ours not in names]
        left.unique = [one for one in left.unique if one in left.scope]
        if word in ("CROSS JOIN", ","):
            node = Node("{0}, {1}" if word == "," else "{0} CROSS JOIN {1}", [left.node, right.node])
            relation = self.joined_relation(node, left, right)
            relation.is_list = word == ","
            return relation
        both = [one for one in left.scope if one.is_stored and base_name(one) in {base_name(other) for other in right.scope}]
        is_table = all(side.node.parts == () for side in (left, right))
        if is_table and both and self.chance(0.3):
            return self.join_using(word, left, right, both)
        pairs = [(one, other) for one in left.scope for other in right.scope if one.kind == other.kind]
        if pairs:
            one, other = self.source.choice(pairs)
            comparison = self.source.choice(["="] * 8 + ["IS NOT DISTINCT FROM", "<"])
            condition = Node(f"{{0}} {comparison} {{1}}", [self.expressions.column(one), self.expressions.column(other)], kind="boolean")
            if self.chance(0.4):
                more = self.expressions.make("boolean", 2, [*left.scope, *right.scope])
                condition = Node("({0} AND {1})", [condition, more], kind="boolean")
        else:
            condition = self.expressions.make("boolean", 1, [*left.scope, *right.scope])
        return self.joined_relation(Node(f"{{0}} {word} {{1}} ON {{2}}", [left.node, right.node, condition]), left, right)

    def join_using(self, word, left, right, both):
        chosen = {base_name(one) for one in self.sample_columns(both, self.source.choice([1, 1, 2]))}
        node = Node(f"{{0}} {word} {{1}} USING ({', '.join(sorted(chosen))})", [left.node, right.node])
        merged = [Column(base_name(one), base_name(one), one.kind, one.bound, True) for one in both if base_name(one) in chosen]
        rest = [one for one in [*left.scope, *right.scope] if base_name(one) not in chosen]
        is_unique = left.unique and right.unique and "rid" not in chosen
        return Relation(node, merged + rest, left.unique + right.unique if is_unique else [])

    def small_table(self):
        while True:
            relation = self.table()
            if '"t3"' in relation.node.text(0) or '"t0"' in relation.node.text(0):
                return relation

    def joined_relation(self, node, left, right):
        unique = left.unique + right.unique if left.unique and right.unique else []
        return Relation(node, left.scope + right.scope, unique)


def base_name(column):
    return column.ours.rpartition(".")[2]


def derived_scope(alias, query):
    return [Column(f"{alias}.c{index}", f"{alias}.c{index}", kind, bound) for index, (kind, bound) in enumerate(zip(query.kinds, query.bounds))]


def pairwise_max(left, right):
    return [max(one or 0, other or 0) for one, other in zip(left, right)]


def with_window(call, over, kind):
    place = len(call.parts)
    ours, oracle = (template.replace("{w}", f"{{{place}}}") for template in call.templates)
    return Node(ours, [*call.parts, over], oracle, kind, bound=call.bound, is_rough=call.is_rough)

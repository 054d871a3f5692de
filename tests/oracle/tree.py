"""The tree of a random query: text for both dialects, and smaller trees for the shrinker."""

OURS, ORACLE = 0, 1


class Node:
    """A piece of SQL: one template for each dialect, with `{0}`, `{1}`, ... for its parts.

    `kind` is a type of values, so that a part of the same kind can stand in its place, or None. A part that is
    `optional` can be left out.
    """

    def __init__(self, ours, parts=(), oracle=None, kind=None, optional=False, bound=None, is_narrow=False, is_rough=False):
        self.templates = (ours, ours if oracle is None else oracle)
        self.parts = tuple(parts)
        self.kind = kind
        self.optional = optional
        self.bound = bound
        self.is_narrow = is_narrow
        self.is_rough = is_rough

    def text(self, dialect):
        return self.templates[dialect].format(*(part.text(dialect) for part in self.parts))

    def size(self):
        return 1 + sum(part.size() for part in self.parts)

    def with_part(self, index, part):
        parts = [*self.parts[:index], part, *self.parts[index + 1 :]]
        return Node(self.templates[OURS], parts, self.templates[ORACLE], self.kind, self.optional)


def literal(text, kind=None, **properties):
    escaped = text.replace("{", "{{").replace("}", "}}")
    return Node(escaped, kind=kind, **properties)


def joined(separator, parts):
    return Node(separator.join(f"{{{index}}}" for index in range(len(parts))), parts)


NOTHING = literal("")
SIMPLEST = {
    "int": ["1", "CAST(NULL AS BIGINT)"],
    "double": ["1E0", "CAST(NULL AS DOUBLE)"],
    "varchar": ["'a'", "CAST(NULL AS VARCHAR)"],
    "boolean": ["true", "false"],
    "timestamp": ["TIMESTAMP '2024-02-29 12:00:00'"],
    "date": ["DATE '2024-02-29'"],
}


def smaller(node):
    """Trees with one part left out, replaced by a part of it, or by a simple literal; the largest savings first."""
    for index, part in enumerate(node.parts):
        if part.optional:
            yield node.with_part(index, NOTHING)
        if part.kind and part.parts:
            for text in SIMPLEST[part.kind]:
                yield node.with_part(index, literal(text, part.kind))
            for inner in part.parts:
                if inner.kind == part.kind:
                    yield node.with_part(index, inner)
    for index, part in enumerate(node.parts):
        for replacement in smaller(part):
            yield node.with_part(index, replacement)


def shrink(node, still_differs, attempts_max=300):
    """The smallest tree found for which `still_differs` holds."""
    attempts = 0
    found = True
    while found and attempts < attempts_max:
        found = False
        for candidate in smaller(node):
            attempts += 1
            if attempts > attempts_max:
                break
            if candidate.size() < node.size() and still_differs(candidate):
                node, found = candidate, True
                break
    return node

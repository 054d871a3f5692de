"""A short run of the kill loop; `kill_loop.py --kills 200` is the long one, by hand."""

import pytest

from kill_loop import Batch, KillLoop


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(tmp_path):
    loop = KillLoop(tmp_path / "data", writers=4, seed=20181101)
    try:
        loop.run(kills=15)
    finally:
        loop.server.end()
    print(loop.report())
    assert loop.complaints == []
    assert loop.acknowledged_batches > 50, "the loop wrote too little to show anything"


# acknowledged and sent revision, whether it was seen absent before; what is stored as
# (table, rows, distinct positions, first, last, lowest and highest revision); a word of the complaint
JUDGEMENTS = [
    ((1, 1, False), ("first", 5, 5, 0, 4, 1, 1), None),
    ((0, 1, False), ("first", 5, 5, 0, 4, 1, 1), None),
    ((0, 1, False), None, None),
    ((1, 2, False), ("first", 5, 5, 0, 4, 2, 2), None),
    ((1, 1, False), None, "LOST"),
    ((2, 2, False), ("first", 5, 5, 0, 4, 1, 1), "LOST"),
    ((1, 1, False), ("first", 10, 5, 0, 4, 1, 1), "TWICE"),
    ((1, 1, False), ("first", 4, 4, 0, 3, 1, 1), "TORN"),
    ((0, 1, False), ("first", 4, 4, 1, 4, 1, 1), "TORN"),
    ((1, 2, False), ("first", 5, 5, 0, 4, 1, 2), "TORN"),
    ((0, 1, True), ("first", 5, 5, 0, 4, 1, 1), "came back"),
    ((1, 1, False), ("second", 5, 5, 0, 4, 1, 1), "table second"),
    ((1, 1, False), ("first", 5, 5, 0, 4, 3, 3), "LOST"),
]


@pytest.mark.parametrize(("known", "found", "word"), JUDGEMENTS)
def test_the_checker_sees_every_violation(tmp_path, known, found, word):
    loop = KillLoop(tmp_path / "data")
    batch = Batch(number=0, writer=0, table="first", size=5, has_rejected=False, start_ns=0)
    batch.acknowledged_revision, batch.sent_revision, batch.is_settled_absent = known
    loop._check_batch(batch, found)
    assert len(loop.complaints) == (0 if word is None else 1), loop.complaints
    assert word is None or word in loop.complaints[0]

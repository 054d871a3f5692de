"""A short run of the kill loop; `kill_loop.py --kills 200` is the long one, by hand."""

from kill_loop import KillLoop


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(tmp_path):
    loop = KillLoop(tmp_path / "data", writers=4, seed=20181101)
    try:
        loop.run(kills=15)
    finally:
        loop.server.end()
    assert loop.complaints == []
    assert loop.acknowledged_batches > 50, "the loop wrote too little to show anything"
    assert max(loop.ready_seconds) < 30

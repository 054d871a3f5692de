"""Records as the tests write them."""

import itertools
import time

_start_ms = int(time.time() * 1000) - 1_800_000
_sequence = itertools.count()


def now_ms(offset_ms=0):
    return int(time.time() * 1000) + offset_ms


def unique_time():
    """A time shortly before this run that no other record of it has, whatever is done to the clock."""
    return str(_start_ms + next(_sequence))


def record(**fields):
    """A valid single-measure record; a field given as None is left out."""
    made = {
        "Dimensions": [{"Name": "host", "Value": "a"}],
        "MeasureName": "cpu",
        "MeasureValue": "1.5",
        "MeasureValueType": "DOUBLE",
        "Time": unique_time(),
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


def multi(values, **fields):
    """A multi-measure record of `{name: (value, type)}`."""
    measures = [{"Name": name, "Value": value, "Type": kind} for name, (value, kind) in values.items()]
    return record(MeasureValue=None, MeasureValueType="MULTI", MeasureValues=measures, **{"MeasureName": "metrics", **fields})


def dimensions(**pairs):
    return [{"Name": name, "Value": value} for name, value in pairs.items()]

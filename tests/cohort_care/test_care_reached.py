"""How far down the ladder, how soon, and by which path: drawn by hand."""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.care import level_start_times, levels_started, path_frequencies
from support_care import care, table_of


def of(line: str, days: int = 90, event: int = 0, **options) -> list[object]:
    found = levels_started(table_of([("a", 0, days, event)]), *care(f"a: {line}"), **options).iloc[0]
    return [None if pd.isna(one) else one for one in found[["php", "iop", "outpatient", "extent", "path"]]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RES -28..0", [None, None, None, "none", "RES"]),
        # Day 0 counts; what was before does not.
        ("RES -28..0 | php 0", [0, None, None, "iop or php", "RES>PHP"]),
        ("RES -28..0 | php -1", [None, None, None, "none", "RES"]),
        ("RES -28..0 | op 7 | op 14", [None, None, 7, "outpatient only", "RES>OP"]),
        ("RES -28..0 | iop 3 | op 20", [None, 3, 20, "iop or php", "RES>IOP>OP"]),
        ("RES -28..0 | php 1 | iop 20 | op 60", [1, 20, 60, "full step-down", "RES>PHP>IOP>OP"]),
        # All three, but not down the ladder.
        ("RES -28..0 | iop 1 | php 20 | op 60", [20, 1, 60, "iop or php", "RES>IOP>PHP>OP"]),
        # Two levels begun on one day are not one after the other.
        ("RES -28..0 | php 5 | iop 5 | op 60", [5, 5, 60, "iop or php", "RES>PHP>OP"]),
        # A first session at a lower level beside a higher one starts that level; the path shows the highest.
        ("RES -28..0 | php 1 | op 2 | php 5", [1, None, 2, "iop or php", "RES>PHP"]),
        ("RES -28..0 | iop 5 | RES 30..40 | iop 41", [None, 5, None, "iop or php", "RES>IOP>RES>IOP"]),
        ("WM -5..0 | iop 89", [None, 89, None, "iop or php", "WM>IOP"]),
        # The last day observed counts, the day after does not.
        ("RES -28..0 | iop 90", [None, 90, None, "iop or php", "RES>IOP"]),
        ("RES -28..0 | iop 91", [None, None, None, "none", "RES"]),
        # A span that was going on.
        ("php -5..10", [0, None, None, "iop or php", "PHP"]),
        ("RES -28..0 | iop 3 missed", [None, None, None, "none", "RES"]),
        ("RES ?..0 | op 1", [None, None, 1, "outpatient only", "RES>OP"]),
    ],
)
def test_levels_and_paths(line, expected):
    assert of(line) == expected


def test_a_session_on_the_day_of_the_event_comes_after_it():
    line = "RES -28..0 | iop 10"
    assert of(line, 10, 1) == [None, None, None, "none", "RES"]
    assert of(line, 11, 1) == [None, 10, None, "iop or php", "RES>IOP"]
    assert of(line, 10, 0) == [None, 10, None, "iop or php", "RES>IOP"]
    assert of("RES -28..0 | iop 0", 0, 1) == [None, None, None, "none", "RES"]


def test_the_horizon_ends_it():
    line = "RES -28..0 | iop 10"
    assert of(line, 90, 1, horizon=10) == [None, 10, None, "iop or php", "RES>IOP"]
    assert of(line, 90, 1, horizon=9) == [None, None, None, "none", "RES"]


FOUR = """a: RES -28..0 | iop 0
b: RES -28..0 | iop 4
c: RES -28..0
d: RES -28..0 | php 2 | iop 12"""
TABLE = [("a", 0, 30, 0), ("b", 0, 30, 1), ("c", 0, 3, 1), ("d", 0, 30, 0), ("e", 0, 30, 0), ("a", 0, 30, 0)]


def test_paths_are_counted():
    found = path_frequencies(levels_started(table_of(TABLE), *care(FOUR)))
    assert found.to_numpy().tolist() == [
        ["RES>IOP", 3, 2, 0.5], ["", 1, 1, 1 / 6], ["RES", 1, 1, 1 / 6], ["RES>PHP>IOP", 1, 1, 1 / 6],
    ]  # fmt: skip


def test_days_to_each_level():
    found = level_start_times(levels_started(table_of(TABLE[:4]), *care(FOUR)), days=(0, 3, 14))
    iop = found[found["level"] == "iop"]
    assert iop[["discharges", "started", "lower_quartile", "median", "upper_quartile"]].iloc[0].tolist() == [
        4, 3, 2, 4, 8,
    ]  # fmt: skip
    # c relapsed on day 3 without it: it competes, so shares are those of everyone.
    assert iop["share"].tolist() == [0.25, 0.25, 0.75]
    assert found[found["level"] == "php"]["share"].tolist() == [0, 0.25, 0.25]
    assert iop["note"].str.contains("4 clusters: by t on 3 degrees of freedom").all()
    none = found[found["level"] == "outpatient"]
    assert none["share"].tolist() == [0, 0, 0]
    assert none["started"].tolist() == [0, 0, 0]
    assert np.isnan(none["median"]).all()

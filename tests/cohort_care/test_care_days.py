"""Where a client stands on a day: drawn by hand, and against a rule written out person by person."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.care import client_days
from stepdown.schema import LEVELS, read_care_rules
from support_care import Care, care, people
from support_size import quick_or_long

pytestmark = pytest.mark.slow

RULES = read_care_rules()
Row = tuple[str, int, int]


def asked(drawn: Care, *days: int, client: str = "a") -> pd.DataFrame:
    question = pd.DataFrame({"client_id": [client] * len(days), "day": days})
    return client_days(question.astype({"client_id": "string[pyarrow]"}), *drawn)


def changes(line: str, first: int, last: int) -> list[str]:
    """Return the days on which the level changes: `0 none`, `5 iop`."""
    found = asked(care(f"a: {line}"), *range(first, last + 1))
    level = found["level"].astype(str)
    new = level.ne(level.shift())
    return [f"{day} {name}" for day, name in zip(found["day"][new], level[new], strict=True)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # A stay is its nights: on the day of discharge the client has left.
        ("RES -28..0", ["-30 none", "-28 residential", "0 none"]),
        ("WM -9..-5 | RES -5..0", ["-30 none", "-9 withdrawal", "-5 residential", "0 none"]),
        # On the day of discharge nobody knows yet that the client comes back the next day.
        ("RES -28..-10 | RES -10..0", ["-30 none", "-28 residential", "0 none"]),
        ("RES -28..-10 | RES -9..0", ["-30 none", "-28 residential", "-10 none", "-9 residential", "0 none"]),
        ("WM -9..-5 | RES -4..0", ["-30 none", "-9 withdrawal", "-5 none", "-4 residential", "0 none"]),
        # Admission unknown: the night before discharge alone.
        ("RES ?..0", ["-30 none", "-1 residential", "0 none"]),
        ("RES 0..0", ["-30 none"]),
        ("RES 0..?", ["-30 none", "0 residential"]),
        # A session on day 0 and the gap after the last one: 14 days, and gone on the 15th.
        ("iop 0", ["-30 none", "0 iop", "15 none"]),
        ("iop 0 | iop 14", ["-30 none", "0 iop", "29 none"]),
        ("iop 0 | iop 15", ["-30 none", "0 iop", "30 none"]),
        ("iop 0 | iop 16", ["-30 none", "0 iop", "15 none", "16 iop", "31 none"]),
        ("op 0", ["-30 none", "0 outpatient", "31 none"]),
        # The most intensive level of the last seven days: day 6 is the last that sees day 0.
        ("php 0 | op 3", ["-30 none", "0 php", "7 outpatient", "34 none"]),
        ("php 0 | op 3 | php 6", ["-30 none", "0 php", "21 none"]),
        # Of two levels on one day, the more intensive is the one that care is held at.
        ("op 0 | php 0", ["-30 none", "0 php", "15 none"]),
        (
            "RES -9..0 | WM -5..-3",
            ["-30 none", "-9 residential", "-5 withdrawal", "-3 residential", "0 none"],
        ),
        # Up at once, on the day of the session.
        ("op 0 | php 3 | php 5", ["-30 none", "0 outpatient", "3 php", "20 none"]),
        # Nothing in the last seven days: the level of the last service, not of a later gap.
        ("op 0 | iop 5", ["-30 none", "0 outpatient", "5 iop", "20 none"]),
        # A missed session is no service.
        ("iop 0 | iop 10 missed", ["-30 none", "0 iop", "15 none"]),
        # Sessions during a stay end with it; one on the day of discharge does not.
        ("RES -28..0 | iop -3 | iop -1", ["-30 none", "-28 residential", "0 none"]),
        ("RES -28..0 | iop 0", ["-30 none", "-28 residential", "0 iop", "15 none"]),
        ("RES -28..0 | iop -1 | iop 2", ["-30 none", "-28 residential", "0 none", "2 iop", "17 none"]),
        # A stay interrupts outpatient care and ends it.
        ("iop -20..20 | RES -10..-5", ["-30 none", "-20 iop", "-10 residential", "-5 iop", "35 none"]),
        ("op -20 | WM -10..-5", ["-30 none", "-20 outpatient", "-10 withdrawal", "-5 none"]),
        # A span is a service on each of its days; so is a stay at PHP level, its last day included.
        ("php 0..10", ["-30 none", "0 php", "25 none"]),
        ("PHP 0..10", ["-30 none", "0 php", "25 none"]),
        # Care around the clock that stands in services is a stay.
        ("res -28..0", ["-30 none", "-28 residential", "0 none"]),
    ],
)
def test_levels_by_hand(line, expected):
    assert changes(line, -30, 35) == [one for one in expected if int(one.split()[0]) <= 35]


JOURNEY = "a: WM -33..-28 | RES -28..0 | php 1 | php 3 | iop 12 | iop 30 | RES 60..70 | op 75"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # day: level, since service, since discharge, gap to the first session, path, up, down, dropout
        (-40, ("none", None, None, None, "", None, None, None)),
        (-30, ("withdrawal", None, None, None, "WM", None, None, None)),
        (-1, ("residential", None, None, None, "WM>RES", None, -28, None)),
        (0, ("none", None, 0, None, "WM>RES", None, -28, None)),
        (1, ("php", 0, 1, 1, "WM>RES>PHP", None, 1, None)),
        (2, ("php", 1, 2, 1, "WM>RES>PHP", None, 1, None)),
        (12, ("iop", 0, 12, 1, "WM>RES>PHP>IOP", None, 12, None)),
        (26, ("iop", 14, 26, 1, "WM>RES>PHP>IOP", None, 12, None)),
        # The gap has passed: dropped out, on the day of the last session.
        (27, ("none", 15, 27, 1, "WM>RES>PHP>IOP", None, 12, 12)),
        # Back again: taken back, and no new level of the path.
        (30, ("iop", 0, 30, 1, "WM>RES>PHP>IOP", None, 12, None)),
        (45, ("none", 15, 45, 1, "WM>RES>PHP>IOP", None, 12, 30)),
        # Into a stay after a time at no level: a new path; no discharge is counted during it.
        (60, ("residential", 30, None, None, "RES", None, None, None)),
        (70, ("none", 40, 0, None, "RES", None, None, None)),
        (74, ("none", 44, 4, None, "RES", None, None, None)),
        (75, ("outpatient", 0, 5, 5, "RES>OP", None, 75, None)),
    ],
)
def test_facts_of_a_day(day, expected):
    row = asked(care(JOURNEY), day).iloc[0]
    assert tuple(None if pd.isna(value) else value for value in row.iloc[2:]) == expected


def test_a_step_up_within_care_continues_the_path():
    found = asked(care("a: RES -28..0 | iop 2 | RES 5..9 | iop 10 | php 12"), 5, 9, 10, 12)
    assert found["path"].tolist() == ["RES>IOP>RES", "RES>IOP>RES", "RES>IOP>RES>IOP", "RES>IOP>RES>IOP>PHP"]
    assert found["step_up_day"].tolist() == [5, 5, 5, 12]
    assert found["step_down_day"].tolist() == [2, 2, 10, 10]


def test_a_transfer_overnight_does_not_break_the_path():
    assert asked(care("a: WM -9..-5 | RES -4..0"), -1)["path"].tolist() == ["WM>RES"]
    assert asked(care("a: WM -9..-5 | RES -3..0"), -1)["path"].tolist() == ["RES"]


def test_a_day_is_asked_only_of_the_past():
    """What comes after a day changes nothing that was told of it."""
    whole = care(JOURNEY)
    for day in (-30, -1, 0, 1, 12, 26, 27, 30, 45, 60, 70, 75):
        stays = whole.discharges[whole.discharges["admit_day"] <= day].copy()
        stays.loc[stays["discharge_day"] > day, "discharge_day"] = pd.NA
        seen = Care(stays, whole.services[whole.services["start_day"] <= day])
        pd.testing.assert_frame_equal(asked(seen, day), asked(whole, day))


def test_clients_without_care_and_tables_without_rows():
    found = asked(care("b: RES 0..5 | iop 6"), 3, client="a").iloc[0]
    assert found["level"] == "none"
    assert found["path"] == ""
    assert found.iloc[3:].drop("path").isna().all()
    assert asked(care(""), 3)["level"].tolist() == ["none"]


def test_rows_come_back_in_order_with_their_index():
    question = pd.DataFrame({"client_id": ["b", "a", "b"], "day": [6, 2, 1]}, index=[7, 3, 5])
    question = question.astype({"client_id": "string[pyarrow]"})
    found = client_days(question, *care("a: RES 0..5\nb: RES 0..5 | iop 6"))
    assert found["level"].tolist() == ["iop", "residential", "residential"]
    assert found.index.tolist() == [7, 3, 5]


def slow_level(stays: list[Row], sessions: list[Row], day: int) -> str:
    """The rule of `_calendar`, written out for one client and one day."""
    gap = {"php": RULES.gap_days.php, "iop": RULES.gap_days.iop, "outpatient": RULES.gap_days.outpatient}
    nights = {(one, level) for level, start, end in stays for one in range(start, end) if one <= day}
    for level in ("withdrawal", "residential"):
        if (day, level) in nights:
            return level
    last_night = max((one for one, _ in nights), default=-999)
    seen = [
        (one, level)
        for level, start, end in sessions
        for one in range(start, end + 1)
        if last_night < one <= day
    ]
    now = {level for one, level in seen if day - one < RULES.current.days and day - one <= gap[level]}
    for level in ("php", "iop", "outpatient"):
        if level in now:
            return level
    if not seen:
        return "none"
    latest = max(one for one, _ in seen)
    level = min((level for one, level in seen if one == latest), key=LEVELS.index)
    return level if day - latest <= gap[level] else "none"


SESSION = st.tuples(st.sampled_from(["php", "iop", "op"]), st.integers(0, 60), st.sampled_from([0, 0, 0, 9]))
STAY = st.tuples(st.sampled_from(["RES", "WM"]), st.integers(0, 60), st.integers(0, 20))


def drawing(items):
    return " | ".join(f"{level} {start}..{start + length}" for level, start, length in items)


@settings(max_examples=quick_or_long(10, 40), deadline=None)
@given(st.lists(STAY, max_size=2), st.lists(SESSION, min_size=1, max_size=7), st.integers(-900, 900))
def test_levels_are_those_of_the_rule(stays, sessions, shift):
    drawn = care(f"a: {drawing([*stays, *sessions])}\nb: iop 3")
    days = range(-2, 110)
    rows = people(drawn, "a")
    expected = [slow_level(*rows, day) for day in days]
    assert asked(drawn, *days)["level"].tolist() == expected
    # Neither the order of rows nor the day from which days are counted matters.
    moved = [frame.iloc[::-1].copy() for frame in drawn]
    for frame in moved:
        for name in frame.columns[frame.columns.str.endswith("_day")]:
            frame[name] += shift
    assert asked(Care(*moved), *(day + shift for day in days))["level"].tolist() == expected


def test_rules_of_the_user_are_used():
    rules = RULES.model_copy(update={"gap_days": RULES.gap_days.model_copy(update={"iop": 3})})
    drawn = care("a: iop 0")
    question = pd.DataFrame({"client_id": ["a"] * 3, "day": [3, 4, 5]}).astype(
        {"client_id": "string[pyarrow]"}
    )
    assert client_days(question, *drawn, rules=rules)["level"].tolist() == ["iop", "none", "none"]

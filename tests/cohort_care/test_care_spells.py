"""Spells, weeks and completion, drawn by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.care import rolling_hours, spells, weekly_hours
from stepdown.schema import read_care_rules
from support_care import care
from support_size import quick_or_long

pytestmark = pytest.mark.slow

RULES = read_care_rules()


def of(line: str, **options) -> pd.DataFrame:
    drawn = care(f"a: {line}")
    return spells(drawn.services, drawn.discharges, **options)


def weeks(line: str, **options) -> list[list[float]]:
    """Return days, hours, hours a week and credit of each week."""
    drawn = care(f"a: {line}")
    found = weekly_hours(drawn.services, drawn.discharges, **options)
    return found[["days", "hours", "hours_a_week", "met"]].round(6).to_numpy().tolist()


def sessions(level: str, *days: int, hours: float = 3) -> str:
    return " | ".join(f"{level} {day} {hours}h" for day in days)


def full_weeks(count: int, *, start: int = 0) -> list[int]:
    """Days of three sessions a week."""
    return [start + 7 * week + day for week in range(count) for day in (0, 2, 4)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("iop 0", ["iop 1 0..0"]),
        # A gap of 14 days goes on with the spell; one of 15 ends it. Outpatient care may pause for 30.
        ("iop 0 | iop 14", ["iop 1 0..14"]),
        ("iop 0 | iop 15", ["iop 1 0..0", "iop 2 15..15"]),
        ("op 0 | op 30", ["outpatient 1 0..30"]),
        ("op 0 | op 31", ["outpatient 1 0..0", "outpatient 2 31..31"]),
        # The gap counts from the last day of a span.
        ("iop 0..20 | iop 3 | iop 34", ["iop 1 0..34"]),
        # Levels are apart, even where they overlap.
        ("php 0 | op 1 | php 3 | op 8", ["php 1 0..3", "outpatient 1 1..8"]),
        # Only sessions that were attended make a spell, and episodes in discharges; stays make none.
        ("iop 0 missed | iop 3 | iop 10 missed", ["iop 1 3..3"]),
        ("iop 0 missed", []),
        ("RES -28..0 | WM 0..10 | res 20..30", []),
        ("RES -28..0 | PHP 0..10 | php 5 | php 20", ["php 1 0..20"]),
        ("PHP ?..10 | php 9", ["php 1 9..10"]),
    ],
)
def test_spells_by_hand(line, expected):
    found = of(line)
    assert [
        f"{row.level} {row.spell} {row.start_day}..{row.end_day}" for row in found.itertuples()
    ] == expected


def test_spells_are_sorted_by_client_and_start_whatever_the_order_of_rows():
    drawn = care("b: iop 5 | op 2\na: iop 40 | php 0 | iop 3")
    found = spells(drawn.services, drawn.discharges)
    assert found[["client_id", "level", "spell", "start_day"]].astype(str).agg(" ".join, axis=1).tolist() == [
        "a php 1 0", "a iop 1 3", "a iop 2 40", "b outpatient 1 2", "b iop 1 5",
    ]  # fmt: skip
    turned = spells(drawn.services.iloc[::-1], drawn.discharges)
    pd.testing.assert_frame_equal(turned, found)


def test_sessions_attended_of_planned():
    line = (
        "iop 0 planned group | iop 2 planned missed | iop 3 extra individual virtual | iop 5 | iop 7 missed family "
        "| iop 19 missed | iop 20 missed | iop -1 missed"
    )
    row = of(line).iloc[0]
    # Planned: 0, 2, 5 (nothing says no), 7, and 19 within the gap after the last; not the extra one, not
    # the one before the first, not the one 15 days after the last.
    assert (row["sessions"], row["planned"], row["planned_attended"]) == (3, 5, 2)
    assert row["attended_share"] == 0.4
    assert (row["kind_group"], row["kind_individual"], row["kind_family"]) == (1, 1, 0)
    assert (row["modality_virtual"], row["modality_in_person"], row["modality_phone"]) == (1, 0, 0)


def test_without_the_columns_nothing_is_made_up():
    drawn = care("a: iop 0 3h group | iop 3 missed")
    bare = drawn.services.drop(columns=["hours", "kind", "modality", "planned"])
    found = spells(bare, drawn.discharges)
    assert not [name for name in found if name.startswith(("kind_", "modality_"))]
    row = found.iloc[0]
    assert (row["planned"], row["planned_attended"], row["hours"], row["hours_unknown"]) == (2, 1, 0, 1)
    assert found[["hours_a_week", "intensity", "weeks_met", "most_in_7_days"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("line", "options", "expected"),
    [
        # Weeks run from the first service: day 6 is in the first, day 7 in the second.
        (sessions("iop", 0, 2, 6), {}, [[7, 9, 9, 1]]),
        (sessions("iop", 0, 2, 7), {}, [[7, 6, 6, 0], [7, 3, 3, 0]]),
        (sessions("iop", 3, 5, 9, 10), {}, [[7, 9, 9, 1], [7, 3, 3, 0]]),
        # A week without a session is a week of 0 hours.
        (sessions("iop", 0, 14), {}, [[7, 3, 3, 0], [7, 0, 0, 0], [7, 3, 3, 0]]),
        # Who just stopped coming has a whole last week; who went to another level has a part of one.
        (sessions("iop", 0, 2, 4, 7, 9), {}, [[7, 9, 9, 1], [7, 6, 6, 0]]),
        (sessions("iop", 0, 2, 4, 7, 9) + " | op 11", {}, [[7, 9, 9, 1], [4, 6, 10.5, 4 / 7]]),
        (sessions("iop", 0, 2, 4, 7, 9) + " | RES 10..20", {}, [[7, 9, 9, 1], [3, 6, 14, 3 / 7]]),
        # A part of a week in which the hours were delivered is a week.
        (sessions("iop", 0, 2, 4) + " | op 5", {}, [[5, 9, 12.6, 1]]),
        # So is a week that the data cut.
        (sessions("iop", 0, 2), {"data_cut": 3}, [[4, 6, 10.5, 4 / 7]]),
        (sessions("iop", 0, 2), {"data_cut": 6}, [[7, 6, 6, 0]]),
        # Of several levels, the other one that begins first after the last session.
        (sessions("iop", 0, 2) + " | op 1 | op 4 | php 3", {}, [[3, 6, 14, 3 / 7]]),
        # Spans are spread over their days.
        ("iop 0..13 18h", {}, [[7, 9, 9, 1], [7, 9, 9, 1]]),
        ("iop 0..20 27h", {}, [[7, 9, 9, 1]] * 3),
        # Not known is not none.
        ("iop 0 9h | iop 7 9h | iop 8", {}, [[7, 9, 9, 1], [7, np.nan, np.nan, np.nan]]),
        # Adolescents; PHP; a level without a minimum.
        (sessions("iop", 0, 2), {"adolescents": ["a"]}, [[7, 6, 6, 1]]),
        # Spread over 14 days, 12 hours add up to a hair less than 6 a week; that is no reason to refuse it.
        ("iop 0..13 12h", {"adolescents": ["a"]}, [[7, 6, 6, 1]] * 2),
        (sessions("php", 0, 1, 2, 3, hours=5), {}, [[7, 20, 20, 1]]),
        (sessions("php", 0, 1, 2, 3, hours=4.75), {}, [[7, 19, 19, 0]]),
        ("op 0 1h", {}, [[7, 1, 1, np.nan]]),
    ],
)
def test_weeks_by_hand(line, options, expected):
    drawn = care(f"a: {line}")
    found = weekly_hours(drawn.services, drawn.discharges, **options)
    first = found[found["level"] == found["level"].iloc[0]]
    told = first[["days", "hours", "hours_a_week", "met"]].to_numpy(dtype=float)
    np.testing.assert_allclose(told, expected, rtol=1e-12)


def test_intensity_of_a_spell():
    row = of(sessions("iop", 0, 2, 4, 7, 9) + " | op 11").iloc[0]
    assert row["weeks"] == pytest.approx(11 / 7)
    assert row["hours_a_week"] == pytest.approx(15 / (11 / 7))
    assert row["least_hours"] == 9
    assert row["intensity"] == pytest.approx(15 / (11 / 7) / 9)
    assert row["weeks_met"] == pytest.approx(1 + 4 / 7)
    assert row["most_in_7_days"] == 9
    young = of(sessions("iop", 0, 2), adolescents=["a"]).iloc[0]
    assert (young["least_hours"], young["intensity"]) == (6, 1)


def test_rolling_hours_by_hand():
    drawn = care("a: iop 0 3h | iop 2 2h | iop 2 1h | iop 6 3h | iop 7 3h | iop 30 3h | iop 31\nb: iop 7 1h")
    found = rolling_hours(drawn.services, drawn.discharges)
    assert found[["client_id", "spell", "day", "days"]].to_numpy().tolist() == [
        ["a", 1, 0, 1], ["a", 1, 2, 3], ["a", 1, 6, 7], ["a", 1, 7, 7], ["a", 2, 30, 1], ["a", 2, 31, 2],
        ["b", 1, 7, 1],
    ]  # fmt: skip
    np.testing.assert_array_equal(found["hours"], [3, 6, 9, 9, 3, np.nan, 1])
    np.testing.assert_array_equal(found["hours_a_week"], [21, 14, 9, 9, 21, np.nan, 7])


@pytest.mark.parametrize(
    ("line", "data_cut", "expected"),
    [
        ("iop 0 | iop 5", None, 5),
        # The data must show the gap and the day after it.
        ("iop 0 | iop 5", 19, None),
        ("iop 0 | iop 5", 20, 5),
        # Care at another level within the gap, or going on, is no dropout.
        ("iop 5 | op 19", None, None),
        ("iop 5 | op 20", None, 5),
        ("iop 5 | RES 10..20", None, None),
        ("iop 5 | OP 0..90", None, None),
        # An episode at the level itself is part of the spell; one that is not over is no dropout.
        ("iop 5 | IOP 0..40", None, 40),
        ("iop 5 | IOP 0..?", None, None),
        ("iop 5 | IOP 0..5", None, 5),
        # A missed session is no care.
        ("iop 5 | op 10 missed", None, 5),
    ],
)
def test_dropout_day(line, data_cut, expected):
    found = of(line, data_cut=data_cut)
    day = found[found["level"] == "iop"]["dropout_day"].iloc[0]
    assert (None if pd.isna(day) else day) == expected


def completed(line: str, rule: str, **options):
    found = of(line, **options)
    return [None if pd.isna(value) else bool(value) for value in found[f"completed_{rule}"]]


WEEKS_8 = "weeks_8_at_9_hours"


def test_completion_by_weeks():
    assert completed(sessions("iop", *full_weeks(8)), WEEKS_8) == [True]
    assert completed(sessions("iop", *full_weeks(7)), WEEKS_8) == [False]
    # 7 weeks and one session before a change of level are no 8 weeks; 24 sessions in 8 weeks are.
    assert completed(sessions("iop", *full_weeks(7), 49) + " | op 50", WEEKS_8) == [False, None]
    assert completed(sessions("iop", *full_weeks(8)) + " | op 54", WEEKS_8) == [True, None]
    # 6 hours are enough for adolescents.
    light = sessions("iop", *full_weeks(8), hours=2)
    assert completed(light, WEEKS_8) == [False]
    assert completed(light, WEEKS_8, adolescents=["a"]) == [True]
    # One week whose hours are not known could decide it; two weeks short, it could not.
    assert completed(sessions("iop", *full_weeks(8)) + " | iop 50", WEEKS_8) == [None]
    assert completed(sessions("iop", *full_weeks(6)) + " | iop 43", WEEKS_8) == [False]
    assert completed(sessions("iop", *full_weeks(9)) + " | iop 64", WEEKS_8) == [True]


def test_completion_by_sessions():
    assert completed(sessions("iop", *full_weeks(10)), "sessions_30") == [True]
    assert completed(sessions("iop", *full_weeks(10)[:29]), "sessions_30") == [False]
    assert completed(sessions("iop", *full_weeks(10)[:29]) + " | iop 70 missed", "sessions_30") == [False]
    assert completed(sessions("op", *range(30)), "sessions_30") == [None]


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ("RES -28..0", None),
        ("IOP 5..30 completed", True),
        ("IOP 5..30 terminated", False),
        ("IOP 5..30", None),
        # It must belong to the spell, from day 5 to day 9, with its gap of 14 days.
        ("IOP -30..-9 completed", True),
        ("IOP 23..30 completed", True),
        ("IOP 5..7 other | IOP 8..30 completed", True),
    ],
)
def test_completion_by_the_program_s_own_flag(stays, expected):
    assert completed(f"{stays} | iop 5 | iop 9", "program_flag_iop") == [expected]


def test_an_episode_apart_is_a_spell_of_its_own():
    assert completed("IOP -30..-10 completed | iop 5 | iop 9", "program_flag_iop") == [True, None]
    assert completed("iop 5 | iop 9 | PHP 5..30 completed", "program_flag_iop") == [None, None]
    assert completed("iop 5 | iop 9 | PHP 5..30 completed", "program_flag_php") == [True, None]
    assert completed("IOP 0..90", "sessions_30") == [None]


def test_nobody_has_no_spells():
    drawn = care("")
    assert len(spells(drawn.services, drawn.discharges)) == 0
    assert len(weekly_hours(drawn.services, drawn.discharges)) == 0
    assert len(rolling_hours(drawn.services, drawn.discharges)) == 0


ROW = st.tuples(
    st.sampled_from("ab"), st.sampled_from(["php", "iop", "op"]), st.integers(0, 60),
    st.sampled_from([0, 0, 5]), st.sampled_from(["3h", "1.5h", "missed"]),
)  # fmt: skip


@settings(max_examples=quick_or_long(10, 30), deadline=None)
@given(st.lists(ROW, max_size=12), st.integers(-900, 900))
def test_spells_are_whole_and_days_are_only_counted(rows, shift):
    def drawn(by):
        lines = [f"{who}: {level} {at + by}..{at + more + by} {fact}" for who, level, at, more, fact in rows]
        return care("\n".join(lines))

    plain, moved = drawn(0), drawn(shift)
    found = spells(plain.services, plain.discharges)
    attended = plain.services[plain.services["attended"]]
    assert found["sessions"].sum() == len(attended)
    assert found["hours"].sum() == pytest.approx(attended["hours"].sum())
    by_week = weekly_hours(plain.services, plain.discharges)
    assert by_week["hours"].sum() == pytest.approx(attended["hours"].sum())
    assert by_week["days"].between(1, 7).all()
    other = spells(moved.services, moved.discharges)
    for name in ("start_day", "end_day", "dropout_day"):
        other[name] -= shift
    pd.testing.assert_frame_equal(other, found)

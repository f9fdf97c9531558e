"""The week grid: which day is which week, and what the findings of a week spell."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort import derive
from stepdown.cohort.linkage import link
from stepdown.cohort.relapse.weekly import (
    WeeklyPatterns,
    first_day,
    last_day,
    pattern_table,
    week_of,
    weekly_onset,
    weekly_patterns,
)
from stepdown.schema import DTYPES, Schedule, endpoint
from support_cohort import draw
from support_size import quick_or_long
from support_study import study
from support_weekly import observations, random_patterns

# Two positive weeks in a row, from week 4 on.
TWO = endpoint("johnson_1992@1")
law = settings(max_examples=quick_or_long(10, 25), deadline=None)
WORD = st.text("+-*o_", max_size=12).filter(lambda text: not text.endswith("_"))


def found(rows: list[tuple], *, due: bool = True) -> pd.DataFrame:
    """Findings of client "a" as (day, finding, source, due day)."""
    full = [(*row, *("urine", None)[len(row) - 2 :]) for row in rows]
    frame = pd.DataFrame(full, columns=["day", "finding", "source", "due_day"]).assign(
        client_id="a", since_day=None
    )
    kinds = {
        "client_id": "id",
        "day": "day",
        "due_day": "day",
        "since_day": "day",
        "finding": "code",
        "source": "code",
    }
    frame = frame.astype({name: DTYPES[kind] for name, kind in kinds.items()})
    return frame if due else frame.drop(columns="due_day")


def spelled(rows: list[tuple], *, zero: int = 0, due: bool = True, **choices: object) -> str:
    frame = found(rows, due=due)
    pairs = link(pd.DataFrame({"client_id": pd.array(["a"], dtype="string")}), frame)
    (text,) = weekly_patterns(frame, pairs, np.array([float(zero)]), **choices).texts()
    return text


def test_weeks_have_seven_days_and_day_0_is_in_none() -> None:
    days = np.array([-7, -6, 0, 1, 7, 8, 14, 15, 364, 365], dtype=float)
    assert week_of(days).tolist() == [-1, 0, 0, 1, 1, 2, 2, 3, 52, 53]
    assert week_of(np.array([30.0, 90.0])).tolist() == [5, 13]
    assert first_day(np.array([1, 2, 26])).tolist() == [1, 8, 176]
    assert last_day(np.array([1, 2, 26])).tolist() == [7, 14, 182]


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], ""),
        ([(0, "positive")], ""),
        ([(-3, "positive"), (1, "negative")], "-"),
        ([(1, "positive")], "+"),
        ([(7, "positive")], "+"),
        ([(8, "positive")], "_+"),
        ([(1, "negative"), (7, "positive")], "*"),
        ([(1, "negative"), (7, "negative")], "-"),
        ([(3, "missing"), (4, "positive")], "+"),
        ([(3, "missing"), (4, "negative"), (5, "positive")], "*"),
        ([(3, "missing")], "o"),
        ([(3, "refused"), (10, "inconclusive"), (24, "negative")], "oo_-"),
        ([(9, "death"), (9, "incarceration"), (16, "admission"), (23, "emergency")], ""),
        ([(2, "positive", "self_report"), (9, "positive", None), (16, "negative")], "__-"),
    ],
)
def test_findings_of_a_week_spell_its_character(rows: list[tuple], word: str) -> None:
    assert spelled(rows) == word
    assert spelled(rows, due=False) == word


def test_other_sources_are_read_where_asked_for() -> None:
    rows = [(2, "positive", "self_report"), (9, "negative", "urine"), (16, "positive", "claim")]
    assert spelled(rows, sources=("self_report",)) == "+"
    assert spelled(rows, sources=("urine", "self_report")) == "+-"


def test_a_finding_without_result_is_told_in_the_week_in_which_it_was_due() -> None:
    assert spelled([(16, "missing", "urine", 14), (21, "negative", "urine", 21)]) == "_o-"
    assert spelled([(16, "missing", "urine", None)]) == "__o"
    assert spelled([(3, "missing", "urine", 0)]) == ""


def test_a_usable_finding_is_told_in_its_own_week_and_settles_the_day_it_was_due() -> None:
    assert spelled([(16, "negative", "urine", 14), (21, "positive", "urine", 21)]) == "__*"
    assert spelled([(16, "negative", "urine", 14)]) == "__-"


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], "____o___o"),
        ([(30, "negative")], "____-___o"),
        ([(37, "negative")], "_____-__o"),
        ([(38, "negative")], "____o-__o"),
        ([(27, "positive")], "___+____o"),
        ([(26, "positive")], "___+o___o"),
        ([(30, "missing")], "____o___o"),
        ([(36, "refused")], "_____o__o"),
        ([(36, "refused", "urine", 30)], "____o___o"),
        ([(36, "refused", "urine", 36)], "____oo__o"),
        ([(30, "negative", "self_report")], "____o___o"),
        ([(60, "positive"), (90, "negative")], "____o___+___-"),
    ],
)
def test_a_scheduled_visit_is_missing_unless_a_result_lies_within_its_tolerance(
    rows: list[tuple], word: str
) -> None:
    assert spelled(rows, schedule=Schedule(visits=(30, 60), before=3, after=7)) == word


def test_a_scheduled_visit_is_due_once_its_tolerance_is_over() -> None:
    schedule = Schedule(visits=(30, 60), before=3, after=7)
    assert spelled([], schedule=schedule, until=np.array([66.0])) == "____o"
    assert spelled([], schedule=schedule, until=np.array([67.0])) == "____o___o"
    assert spelled([(60, "negative")], schedule=schedule, until=np.array([61.0])) == "____o___-"
    assert spelled([], schedule=Schedule(visits=())) == ""


def test_the_table_of_patterns_stops_what_is_due_at_the_data_cut_and_at_a_death() -> None:
    cohort = draw(
        """
        a: stay -28..0 | follow 0..40 lost | - 8
        b: stay -28..0 | follow 0..40 died | - 8
        c: stay 20..50 | follow 50..100 | - 58
        d: stay -28..0 | follow 0..100 | death 60
        """,
        visits=(14, 60),
        data_cut=100,
    )
    people = derive(cohort, study())
    table = pattern_table(people, cohort, sources=("self_report",))
    assert table.columns.tolist() == ["client_id", "episode_id", "pattern"]
    assert table["pattern"].tolist() == ["_-______o", "_-", "_-", "_o"]
    urine = pattern_table(people, cohort)["pattern"].tolist()  # there is none
    assert urine == ["_o______o", "_o", "_o", "_o"]
    assert table["client_id"].tolist() == people.table["client_id"].tolist()


def test_no_visit_is_due_after_the_follow_up_that_the_data_cut_ended() -> None:
    text = "a: stay -28..0 | follow 0..40 | - 8 urine\nb: stay -28..0 | follow 0..40 lost | - 8 urine"
    for cut in (None, 70):
        cohort = draw(text, visits=(14, 40, 60, 90), data_cut=cut)
        found = pattern_table(derive(cohort, study()), cohort)["pattern"].tolist()
        assert found == ["_-___o", "_-___o__o___o" if cut is None else "_-___o__o"]


def test_a_missed_visit_is_known_once_its_tolerance_is_over() -> None:
    clients = pd.DataFrame({"client_id": pd.array(["c0", "c1", "c2"], dtype="string")})
    frame = observations(["", "--", "oo"], [0, 0, 0])
    schedule = Schedule(visits=(7, 14), after=10)
    held = weekly_patterns(frame, link(clients, frame), np.zeros(3), schedule=schedule)
    assert held.texts() == ["oo", "--", "oo"]
    first, both = weekly_onset(endpoint("mokri_2016@1"), held), weekly_onset(TWO, held)
    assert first.latest.tolist() == [7, np.inf, 7]
    # The third was told on the very days that nobody came.
    assert first.confirmed.tolist() == [17, np.inf, 7]
    assert first.end is not None
    assert first.end.tolist() == [24, 14, 14]
    assert both.confirmed.tolist() == [np.inf] * 3
    later = Schedule(visits=(28, 35), after=10)
    held = weekly_patterns(frame, link(clients, frame), np.zeros(3), schedule=later)
    assert held.texts() == ["___oo", "--_oo", "oo_oo"]
    assert weekly_onset(TWO, held).confirmed.tolist() == [45, 45, 45]


@law
@given(st.lists(WORD, min_size=1, max_size=6), st.integers(1, 7), st.integers(-400, 400), st.booleans())
def test_words_become_findings_and_words_again(texts: list[str], place: int, start: int, due: bool) -> None:
    zero = [start + number for number in range(len(texts))]
    frame = observations(texts, zero, place=place, due=due)
    clients = pd.DataFrame({"client_id": pd.array([f"c{n}" for n in range(len(texts))], dtype="string")})
    held = weekly_patterns(frame, link(clients, frame), np.array(zero, dtype=float))
    assert held.texts() == texts


@law
@given(st.integers(0, 10_000), st.integers(-1000, 1000))
def test_neither_the_order_of_rows_nor_a_shift_of_days_changes_a_word(seed: int, shift: int) -> None:
    texts = random_patterns(seed, 5)
    clients = pd.DataFrame({"client_id": pd.array([f"c{n}" for n in range(5)], dtype="string")})
    frame = observations(texts, [0] * 5)
    plain = weekly_patterns(frame, link(clients, frame), np.zeros(5)).texts()
    moved = frame.assign(day=frame["day"] + shift, due_day=frame["due_day"] + shift).sample(
        frac=1, random_state=seed % 97, ignore_index=True
    )
    backwards = clients.iloc[::-1].reset_index(drop=True)
    held = weekly_patterns(moved, link(backwards, moved), np.full(5, float(shift))).texts()
    assert held == plain[::-1]


def test_a_client_with_two_discharges_has_two_patterns() -> None:
    frame = observations(["-+-"], [0])
    clients = pd.DataFrame({"client_id": pd.array(["c0", "c0"], dtype="string")})
    held = weekly_patterns(frame, link(clients, frame), np.array([0.0, 8.0]))
    assert held.texts() == ["-+-", "+-"]


def test_patterns_hold_only_their_characters() -> None:
    assert WeeklyPatterns.read(["+-*o_", ""]).length.tolist() == [5, 0]
    for texts in (["+-", "+x"], ["+-", "+ "], ["", "\0+"], ["", "+\0"], ["", "é"]):
        with pytest.raises(
            ValueError, match=r"^1 of 2 patterns hold characters other than \+ - \* o _ \(first in row 1\)$"
        ):
            WeeklyPatterns.read(texts)
    with pytest.raises(ValueError, match=r"^1 of 1 patterns"):
        WeeklyPatterns(np.array([[0, ord("+")]], dtype=np.uint8))


def test_words_cannot_be_altered_and_do_not_share_memory() -> None:
    codes = np.full((1, 2), ord("+"), dtype=np.uint8)
    held = WeeklyPatterns(codes)
    codes[0, 0] = ord("-")
    assert held.texts() == ["++"]
    with pytest.raises(ValueError, match="read-only"):
        held.codes[0, 0] = ord("-")

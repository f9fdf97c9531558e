"""Weekly definitions against a slow, independent reading of the same patterns, in numbers and in days."""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.relapse.weekly import WeeklyPatterns, weekly_onset, weekly_value
from stepdown.cohort.relapse.weekly.recoding import recode
from stepdown.schema import EndpointSpec
from support_weekly import TIMES, VALUES, WEEKLY, pessimist, random_patterns

pytestmark = pytest.mark.slow

TEXTS = random_patterns(1, 4000)
PATTERNS = WeeklyPatterns.read(TEXTS)
IN_TIME = [spec for spec in WEEKLY if spec.kind == "time"]
IN_NUMBERS = [spec for spec in WEEKLY if spec.kind != "time"]
RULES = [(spec, rule) for spec in IN_TIME for rule in spec.missing]
SHAPES = {
    "ctn0094_relapse": (4, 4, 1),
    "ctn0094_dropout": (4, 4, 1),
    "johnson_1992": (2, 2, 4),
    "krupitsky_2004": (3, 3, 1),
    "lee_2016": (4, 2, 1),
    "lee_2018": (4, 4, 3),
    "schottenfeld_2008_relapse": (3, 3, 1),
    "mokri_2016": (1, 1, 1),
    "schottenfeld_2008_abstinence_a": (1, 1, 1),
    "shufman_1994": (1, 1, 1),
}


def name(value: object) -> str:
    return value.id if isinstance(value, EndpointSpec) else str(value)


def test_the_slow_reading_knows_every_definition() -> None:
    assert sorted([*TIMES, *VALUES]) == sorted(spec.id for spec in WEEKLY)
    assert sorted(SHAPES) == sorted(TIMES)


@pytest.mark.parametrize("spec", IN_TIME, ids=name)
def test_events_and_weeks_are_those_of_the_slow_reading(spec: EndpointSpec) -> None:
    found = weekly_value(spec, PATTERNS)
    slow = [TIMES[spec.id](text) for text in TEXTS]
    assert [read and bool(read[0]) for read in slow] == [None if pd.isna(x) else x for x in found["event"]]
    assert [read and read[1] for read in slow] == [None if pd.isna(x) else x for x in found["weeks"]]
    np.testing.assert_array_equal(
        found["value"], found["event"].astype("Float64").to_numpy("float64", na_value=np.nan)
    )
    events = sum(bool(read and read[0]) for read in slow)
    assert 200 < events < 3800, "the patterns tell little"


@pytest.mark.parametrize("spec", IN_NUMBERS, ids=name)
def test_numbers_are_those_of_the_slow_reading(spec: EndpointSpec) -> None:
    found = weekly_value(spec, PATTERNS)
    slow = [VALUES[spec.id](text) for text in TEXTS]
    np.testing.assert_array_equal(
        found["value"], [np.nan if value is None else float(value) for value in slow]
    )
    assert found["event"].isna().all()
    assert found["weeks"].isna().all()
    assert len(set(slow) - {None}) >= 2


def slow_read(text: str, spec: EndpointSpec, missing: str) -> list[tuple[int, str]]:
    """(week, mark) of what a definition looks at, by a walk along one word."""
    read, last = [], ""
    positive = missing == "positive" or (missing == "as_defined" and spec.id != "shufman_1994")
    for week, letter in enumerate(text, start=1):
        last = letter if letter in "+-*" else last
        if letter == "o" and spec.id != "ctn0094_dropout":
            if missing in ("ignored", "interval"):
                continue
            letter = (last or "o") if missing == "last" else "+" if positive else "-"
        if letter == "*":
            letter = "+"
        if week >= SHAPES[spec.id][2]:
            read.append((week, letter))
    return read


def slow_days(text: str, spec: EndpointSpec, missing: str) -> tuple[float, float, float, float]:
    """Onset, confirmed day and end by a walk along one word."""
    width, least, first = SHAPES[spec.id]
    mark = "o" if spec.id == "ctn0094_dropout" else "+"
    seen = [week for week, letter in enumerate(text, start=1) if letter in "+-*"]
    read = slow_read(text, spec, missing)
    for start in range(len(read) - width + 1):
        window = read[start : start + width]
        if sum(letter == mark for _, letter in window) >= least:
            week, last_week = window[width - least][0], window[-1][0]
            before = max([0, *[at for at in seen if at < week]]) if missing == "interval" else week - 1
            return max(7 * before, 7 * (first - 1)) + 1, 7 * week, 7 * last_week, np.nan
    end = len(text)
    if missing in ("ignored", "interval"):
        end = max(seen, default=0)
    elif missing == "last":
        end = len(text) if seen else 0
    return np.inf, np.inf, np.inf, 7 * end


@pytest.mark.parametrize(("spec", "missing"), RULES, ids=name)
def test_days_are_those_of_a_walk_along_each_word(spec: EndpointSpec, missing: str) -> None:
    onset = weekly_onset(spec, PATTERNS, missing=missing)
    slow = np.array([slow_days(text, spec, missing) for text in TEXTS])
    np.testing.assert_array_equal(onset.earliest, slow[:, 0])
    np.testing.assert_array_equal(onset.latest, slow[:, 1])
    np.testing.assert_array_equal(onset.confirmed, slow[:, 2])
    none = np.isinf(slow[:, 0])
    np.testing.assert_array_equal(onset.end[none], slow[none, 3])
    assert (onset.end[~none] >= onset.confirmed[~none]).all()
    assert (onset.earliest <= onset.latest).all()
    assert (onset.latest <= onset.confirmed).all()


@pytest.mark.parametrize(
    ("missing", "mixed", "first", "left", "weeks"),
    [
        ("kept", "kept", 1, "_o-o*o+", [1, 2, 3, 4, 5, 6, 7]),
        ("positive", "positive", 1, "_+-++++", [1, 2, 3, 4, 5, 6, 7]),
        ("negative", "kept", 1, "_---*-+", [1, 2, 3, 4, 5, 6, 7]),
        ("dropped", "kept", 1, "_-*+", [1, 3, 5, 7]),
        ("dropped", "positive", 3, "-++", [3, 5, 7]),
        ("last", "kept", 1, "_o--**+", [1, 2, 3, 4, 5, 6, 7]),
        ("last", "positive", 4, "-+++", [4, 5, 6, 7]),
    ],
)
def test_missing_and_mixed_weeks_are_recoded(missing, mixed, first, left, weeks) -> None:
    kept = recode(WeeklyPatterns.read(["_o-o*o+"]), missing=missing, mixed=mixed, first=first)
    assert WeeklyPatterns(kept.codes).texts() == [left]
    assert kept.length.tolist() == [len(left)]
    assert kept.week[0, : len(left)].tolist() == weeks


def test_the_week_of_a_definition_is_the_week_of_its_days() -> None:
    for spec in IN_TIME:
        found, onset = weekly_value(spec, PATTERNS), weekly_onset(spec, PATTERNS)
        event = found["event"].fillna(False).to_numpy(bool)
        np.testing.assert_array_equal(onset.latest[event], 7 * found["weeks"][event].to_numpy(float))
        np.testing.assert_array_equal(np.isfinite(onset.latest), event)


def test_other_rules_and_definitions_are_refused() -> None:
    by_id = {spec.id: spec for spec in WEEKLY}
    with pytest.raises(
        ValueError, match=r"^ctn0094_dropout@1 does not read missing weeks as last; allowed: as_defined$"
    ):
        weekly_onset(by_id["ctn0094_dropout"], PATTERNS, missing="last")
    with pytest.raises(
        ValueError, match=r"^fiellin_2006@1 does not read missing weeks as last; allowed: as_defined$"
    ):
        weekly_value(by_id["fiellin_2006"], PATTERNS, missing="last")
    with pytest.raises(ValueError, match=r"^kosten_1993@1 is not dated to a day: it is of the kind binary$"):
        weekly_onset(by_id["kosten_1993"], PATTERNS)


def test_no_words_give_no_rows() -> None:
    for texts in ([], [""]):
        for spec in WEEKLY:
            assert len(weekly_value(spec, WeeklyPatterns.read(texts))) == len(texts)
            if spec.kind == "time":
                assert len(weekly_onset(spec, WeeklyPatterns.read(texts)).end) == len(texts)


def test_a_word_that_is_read_is_not_altered() -> None:
    before = PATTERNS.texts()
    for spec in WEEKLY:
        weekly_value(spec, PATTERNS)
    assert before == PATTERNS.texts() == TEXTS
    assert pessimist("o*+-_") == "+++-_"

"""Every hand-worked case of the weekly definitions, and that no definition lacks one."""

import re
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.relapse.weekly import WeeklyPatterns, weekly_onset, weekly_value
from stepdown.cohort.relapse.weekly.evaluation import VALUES
from stepdown.schema import endpoint
from support_weekly import WEEKLY
from tests.cases.parser import EMPTY, Case, cases

CASES = cases("weekly")
EVENT = re.compile(r"week (\d+)(?:, days (\d+)-(\d+))?, confirmed (\d+)")
NONE = re.compile(r"none by week (\d+)")


class Expected(NamedTuple):
    """Number (1 with and 0 without an event; NaN where undefined), week, days of the onset, confirmed day."""

    value: float
    weeks: int | None = None
    days: tuple[float, float] = (np.inf, np.inf)
    confirmed: float = np.inf


def expected(case: Case) -> Expected:
    if event := EVENT.fullmatch(case.expected):
        week, first, last, confirmed = event.groups()
        # Not asked of the week grid: these days are what it is held to.
        k = int(week)
        return Expected(1.0, k, (int(first or 7 * k - 6), int(last or 7 * k)), int(confirmed))
    if none := NONE.fullmatch(case.expected):
        return Expected(0.0, int(none[1]))
    answers = {"yes": 1.0, "no": 0.0, "undefined": np.nan}
    value = answers[case.expected] if case.expected in answers else float(Fraction(case.expected))
    return Expected(value)


def pattern(case: Case) -> str:
    return "" if case.drawing == EMPTY else case.drawing


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_definition_gives_what_was_worked_out(case: Case) -> None:
    spec, patterns, missing = (
        endpoint(case.name),
        WeeklyPatterns.read([pattern(case)]),
        case.own.get("missing", "as_defined"),
    )
    wanted, found = expected(case), weekly_value(spec, patterns, missing=missing).iloc[0]
    np.testing.assert_allclose(found["value"], wanted.value, rtol=1e-14)
    if spec.kind != "time":
        assert pd.isna(found["event"])
        assert pd.isna(found["weeks"])
        return
    np.testing.assert_equal(np.nan if pd.isna(found["event"]) else float(found["event"]), wanted.value)
    if missing == "as_defined":
        assert (None if pd.isna(found["weeks"]) else found["weeks"]) == wanted.weeks
    onset = weekly_onset(spec, patterns, missing=missing)
    assert (onset.earliest[0], onset.latest[0], onset.confirmed[0]) == (*wanted.days, wanted.confirmed)


def test_every_definition_has_a_rule_and_every_rule_a_definition() -> None:
    assert {spec.rule.name for spec in WEEKLY} == {"window", *VALUES}
    assert all((spec.kind == "time") == (spec.rule.name == "window") for spec in WEEKLY)


@pytest.mark.parametrize("spec", WEEKLY, ids=lambda spec: spec.id)
def test_every_definition_has_cases_with_and_without_the_event(spec) -> None:
    mine = [case for case in CASES if case.name == spec.name]
    patterns = {pattern(case) for case in mine}
    values = {expected(case).value for case in mine if case.expected != "undefined"}
    assert len(values) >= 2
    if spec.kind in ("time", "binary"):
        assert values >= {0.0, 1.0}
    assert any(set(word) == {"o"} for word in patterns), "no word without any result"
    for mark in "*_":
        assert any(mark in word for word in patterns), f"no word with {mark}"
    if spec.kind == "time":
        assert {case.own.get("missing", "as_defined") for case in mine} == set(spec.missing)


def test_no_case_is_drawn_twice() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.name for case in CASES} == {spec.name for spec in WEEKLY}

"""Every hand-worked case of the weekly definitions, and that no definition lacks one."""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort.relapse.weekly import Words, weekly_onset, weekly_value
from stepdown.cohort.relapse.weekly.evaluation import VALUES
from stepdown.cohort.relapse.weekly.weekly_case import drawn
from stepdown.cohort.relapse.weekly.weekly_cases import CASES, Case
from stepdown.schema import endpoint
from support_weekly import WEEKLY


def nan(value: float | None) -> float:
    return np.nan if value is None else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.endpoint} {case.word} {case.missing}")
def test_a_definition_makes_of_a_word_what_was_worked_out(case: Case) -> None:
    spec, words = endpoint(case.endpoint), Words.read([case.word])
    told = weekly_value(spec, words, missing=case.missing).iloc[0]
    np.testing.assert_allclose(told["value"], nan(case.value), rtol=1e-14)
    if spec.kind != "time":
        assert pd.isna(told["event"])
        assert pd.isna(told["weeks"])
        return
    assert (None if pd.isna(told["event"]) else float(told["event"])) == case.value
    if case.missing == "as_defined":
        assert (None if pd.isna(told["weeks"]) else told["weeks"]) == case.weeks
    onset = weekly_onset(spec, words, missing=case.missing)
    days = case.days or (np.inf, np.inf)
    assert (onset.earliest[0], onset.latest[0]) == days
    assert onset.confirmed[0] == (np.inf if case.confirmed is None else case.confirmed)


def test_every_definition_has_a_rule_and_every_rule_a_definition() -> None:
    assert {spec.rule.name for spec in WEEKLY} == {"window", *VALUES}
    assert all((spec.kind == "time") == (spec.rule.name == "window") for spec in WEEKLY)


@pytest.mark.parametrize("spec", WEEKLY, ids=lambda spec: spec.id)
def test_every_definition_has_cases_with_and_without_the_event(spec) -> None:
    mine = [case for case in CASES if case.endpoint == spec.name]
    words = {case.word for case in mine}
    values = {case.value for case in mine}
    assert len(values - {None}) >= 2
    if spec.kind in ("time", "binary"):
        assert values >= {0.0, 1.0}
    assert any(set(word) == {"o"} for word in words), "no word without any result"
    for mark in "*_":
        assert any(mark in word for word in words), f"no word with {mark}"
    if spec.kind == "time":
        assert {case.missing for case in mine} == set(spec.missing)


def test_no_case_is_drawn_twice() -> None:
    keys = [(case.endpoint, case.word, case.missing) for case in CASES]
    assert len(set(keys)) == len(keys)


def test_a_case_is_read_as_it_is_drawn() -> None:
    found = drawn(
        "a_2000 | -o+ | ignored | week 3, days 8-21, confirmed 28 | why\n"
        "b_2000 | +- | | week 1, confirmed 7 | x\nb_2000 | (empty) | | cannot be told | y\n"
        "c_2000 | -- | | none by week 2 | z\nc_2000 | - | | 5/8 | z\nc_2000 | + | | no | z"
    )
    assert [(case.endpoint, case.word, case.missing) for case in found[:3]] == [
        ("a_2000@1", "-o+", "ignored"),
        ("b_2000@1", "+-", "as_defined"),
        ("b_2000@1", "", "as_defined"),
    ]
    assert [(case.value, case.weeks, case.days, case.confirmed) for case in found] == [
        (1.0, 3, (8, 21), 28),
        (1.0, 1, (1, 7), 7),
        (None, None, None, None),
        (0.0, 2, None, None),
        (0.625, None, None, None),
        (0.0, None, None, None),
    ]

"""Type I error and power of the checks that must show nothing: the kept run, and that the run works."""

from dataclasses import replace

import pandas as pd
import pytest

from tools.validation.placebo_page import RATES, calibrated_coverage, placebo_table
from tools.validation.placebo_rates import CASES, fired
from tools.validation.share_error import share_error

KEPT = pd.read_csv(RATES).set_index("case")
NULL = [
    "placebo_clones", "placebo_trials", "placebo_baseline", "outcome_clones", "outcome_clones_works", "exposure", "scores", "plans",
]  # fmt: skip


def test_where_nothing_is_wrong_about_one_of_twenty_warns() -> None:
    for name in NULL:
        row = KEPT.loc[name]
        noise = (0.05 * 0.95 / row["draws"]) ** 0.5
        assert row["warning"] <= 0.05 + 2.5 * noise, name
    assert KEPT.loc[NULL, "draws"].min() >= 50


def test_where_something_is_wrong_more_do() -> None:
    # A check that never fires is not a check.
    for name in (
        "placebo_baseline_unadjusted",
        "placebo_baseline_hidden",
        "outcome_clones_large",
        "exposure_unadjusted",
    ):
        assert KEPT.loc[name, "warning"] > 0.25, name
    turned = ["scores_late", "plans_late", "plans_weeks", "placebo_clones_strong"]
    assert KEPT.loc[turned, "warning"].min() > 0.9
    # After a landmark care acts already, so that a window there would warn of nothing but care.
    assert KEPT.loc["placebo_landmark", "warning"] > 0.5


def test_the_cases_are_those_that_were_run() -> None:
    assert set(KEPT.index) == set(CASES)
    for name, case in CASES.items():
        row = KEPT.loc[name]
        assert (row["size"], row["hidden"], row["last_day"]) == (case.size, case.hidden, case.last_day)
        assert (row["design"], row["effect"], row["adjusted"]) == (case.design, case.effect, case.adjusted)
    assert placebo_table().count("\n") == len(CASES)
    assert "of the calibrated ones" in calibrated_coverage()


def test_who_has_left_care_and_does_not_come_back_is_no_fault_of_the_model() -> None:
    # Weighted by 1 over the chance of what they did, these two draws warn: on most days of a week nobody comes back.
    assert [fired(CASES["plans"], seed=seed) for seed in (1, 3)] == ["passed", "passed"]


@pytest.mark.parametrize("name", ["plans_late", "plans_weeks"])
def test_a_decision_of_a_plan_that_the_model_misses_is_found(name: str) -> None:
    assert fired(CASES[name], seed=0) == "warning"


def test_the_error_of_a_share_of_draws() -> None:
    # (5 + 1) / (98 + 2) = 0.06: sqrt(0.06 * 0.94 / 100).
    assert share_error(5 / 98, 98) == pytest.approx(2.3749, abs=1e-4)
    assert share_error(1.0, 98) == pytest.approx(0.99499, abs=1e-5)
    assert "| 1,000 | 200 | 1.5% (1.0) |" in placebo_table()


@pytest.mark.parametrize("name", ["placebo_baseline", "exposure", "scores_late"])
def test_the_run_works(name: str) -> None:
    assert fired(replace(CASES[name], size=400), seed=1) in {"passed", "warning", "not judged"}

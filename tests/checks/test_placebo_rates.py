"""Type I error and power of the checks that must show nothing: the kept run, and that the run works."""

from dataclasses import replace

import pandas as pd
import pytest

from tools.validation.placebo_page import RATES, calibrated_coverage, placebo_table
from tools.validation.placebo_rates import CASES, fired

KEPT = pd.read_csv(RATES).set_index("case")
NULL = [
    "placebo_clones", "placebo_trials", "placebo_baseline", "outcome_clones", "outcome_clones_works", "exposure", "scores",
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
    assert KEPT.loc[["scores_late", "placebo_clones_strong"], "warning"].min() > 0.9
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


@pytest.mark.parametrize("name", ["placebo_baseline", "exposure", "scores_late"])
def test_the_run_works(name: str) -> None:
    assert fired(replace(CASES[name], size=400), seed=1) in {"passed", "warning", "not judged"}

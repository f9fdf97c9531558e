"""Loss tipping points of sequential trials and covariate benchmarks of plans that unfold, by hand and as laws."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort import Eligible, derive, eligible, with_outcome
from stepdown.compare.compared_strategies import followers_of_plans
from stepdown.compare.sensitivity import (
    group_courses,
    last_day_at_risk,
    risk_if_lost,
)
from stepdown.results import Results, bind
from stepdown.sections.sensitivity.rows import sensitivity_rows
from stepdown.study import Study
from stepdown.survival import aalen_johansen, risk
from support_cohort import draw
from support_study import study

TRIALS: dict[str, Any] = {
    "analysis__primary": {"design": "sequential_trials"},
    "analysis__adjust": {"covariates": ["age"]},
    "sensitivity": {"analyses": []},
}
SIX = """
a{k}: stay -28..0 | follow 0..120 | iop 1 | + 30
b{k}: stay -28..0 | follow 0..20 lost
c{k}: stay -28..0 | follow 0..120 | iop 0
d{k}: stay -28..0 | follow 0..91 lost
e{k}: stay -28..0 | follow 0..120 | + 40
"""


def two_days() -> Study:
    step = [{"level": ["iop", "php"], "within": 1}]
    return study(**TRIALS, strategies__early__steps=step, strategies__none__avoid=step)


def test_people_in_trials_by_hand() -> None:
    asked = two_days()
    people = derive(draw("".join(SIX.format(k=k) for k in range(6)), age=[30.0] * 30), asked)
    assert last_day_at_risk(asked) == 91
    lost = np.tile([False, True, False, True, False], 6)
    found = group_courses(people, asked, lost=lost)
    # Trial 0: c starts, the others wait. Trial 1: a starts; b, d and e wait; c has started.
    starts, waits = found["Step-down"], found["No step-down"]
    assert sorted(zip(starts.days, starts.event, starts.lost, strict=True))[::6] == [
        (29, 1, False), (120, 0, False),
    ]  # fmt: skip
    assert sorted(zip(waits.days, waits.event, waits.lost, strict=True))[::6] == [
        (19, 0, True), (20, 0, True), (30, 1, False), (39, 1, False), (40, 1, False), (90, 0, True), (91, 0, True),
    ]  # fmt: skip
    assert risk_if_lost(starts, 1.0, 90) == pytest.approx(1 / 2)
    curve = risk(aalen_johansen(waits.days, waits.event), 90, cause=1).table["estimate"].iloc[0]
    assert risk_if_lost(waits, 1.0, 90) == pytest.approx(curve)


def _drawn(rng: np.random.Generator, size: int, **columns: Any) -> Any:
    lines = []
    for k in range(size):
        care = f" | iop {rng.integers(0, 12)}" if rng.random() < 0.5 else ""
        use = f" | + {rng.integers(13, 100)}" if rng.random() < 0.4 else ""
        end = "120" if use or rng.random() < 0.7 else f"{rng.integers(13, 100)} lost"
        lines.append(f"p{k}: stay -28..0 | follow 0..{end}{use}{care}")
    return draw("\n".join(lines), age=rng.integers(20, 60, size).astype(float).tolist(), **columns)


def _rows(chosen: Eligible, asked: Study, estimate: float = -0.05) -> Results:
    """Return the rows of a study whose primary comparison gave an estimate with an interval."""
    keys = {"analysis": "sequential_trials", "estimand": "risk", "cause": "relapse", "time": 90}
    keys |= {"arm": "Step-down", "reference": "No step-down", "population": "everyone"}
    given = [
        keys | {"statistic": "difference", "unit": "probability", "estimate": estimate,
                "conf_low": estimate - 0.04, "conf_high": estimate + 0.04},
        keys | {"statistic": "ratio", "unit": "ratio", "estimate": 0.8, "conf_low": 0.7, "conf_high": 0.95},
    ]  # fmt: skip
    return sensitivity_rows(chosen, with_outcome(chosen, asked), bind([given]), asked)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000))
def test_the_same_rate_gives_the_answer_back_and_a_higher_one_moves_it_one_way(seed: int) -> None:
    asked = study(**TRIALS)
    chosen = eligible(_drawn(np.random.default_rng(seed), 80), asked)
    table = _rows(chosen, asked).where(estimand="difference_if_lost", statistic="difference").table
    for scenario, sign in (("arm", 1), ("reference", -1)):
        moved = table[table["term"] == scenario].set_index("level")["estimate"]
        assert moved["1"] == -0.05
        in_order = moved[["0", "0.5", "1", "1.5", "2", "3", "5", "10", "inf"]].to_numpy() * sign
        assert (np.diff(in_order) >= -1e-12).all()


def test_the_tipping_point_of_trials_is_where_the_difference_is_gone() -> None:
    asked = study(**TRIALS)
    people = _drawn(np.random.default_rng(4), 300)
    found = _rows(eligible(people, asked), asked, estimate=-0.02)
    lost = found.where(estimand="difference_if_lost", statistic="lost").table
    assert set(lost["unit"]) == {"discharges in trials"}
    at = found.one(estimand="tipping_point", term="arm", statistic="estimate")["estimate"]
    assert at > 1
    derived = derive(people, asked)
    gone = (derived.table["event"] == 0).to_numpy() & (derived.table["days"] < 104).to_numpy()
    arm = group_courses(derived, asked, lost=gone)["Step-down"]
    assert risk_if_lost(arm, at, 90) - risk_if_lost(arm, 1.0, 90) == pytest.approx(0.02, abs=1e-4)


PLANS: dict[str, Any] = {
    "strategies__early": {
        "label": "IOP kept up",
        "steps": [{"level": ["iop"], "within": 14, "min_weeks": 2}],
    },
    "analysis__primary": {"design": "clone_censor_weight"},
    "analysis__adjust": {"covariates": ["age", "sex"]},
    "sensitivity": {"analyses": []},
}


def test_benchmarks_of_plans_are_those_of_who_follows_each_after_the_first_window() -> None:
    # 100 start IOP by day 11 and go on in the next week, 100 do not; women start more often and relapse more often.
    lines, sex = [], []
    for k in range(200):
        starts = k < 100
        woman = k % 100 < (60 if starts else 30)
        relapses = k % 10 < (5 if woman else 2)
        care = f" | iop {k % 12} | iop {k % 12 + 7}" if starts else ""
        lines.append(f"p{k}: stay -28..0 | follow 0..100{care}{f' | + {20 + k % 60}' if relapses else ''}")
        sex.append("female" if woman else "male")
    asked = study(**PLANS)
    cohort = draw("\n".join(lines), sex=sex, age=[20.0 + k * 7 % 40 for k in range(200)])
    chosen = eligible(cohort, asked)
    people = with_outcome(chosen, asked)
    assert {label: len(rows) for label, rows in followers_of_plans(people, asked).items()} == {
        "IOP kept up": 100,
        "No step-down": 100,
    }
    keys = {"analysis": "clone_censor_weight", "estimand": "risk", "cause": "relapse", "time": 90}
    keys |= {"arm": "IOP kept up", "reference": "No step-down", "population": "everyone"}
    given = [
        keys | {"statistic": "difference", "unit": "probability", "estimate": 0.1, "conf_low": 0.02, "conf_high": 0.2},
        keys | {"statistic": "ratio", "unit": "ratio", "estimate": 1.3, "conf_low": 1.1, "conf_high": 1.6},
    ]  # fmt: skip
    found = sensitivity_rows(chosen, people, bind([given]), asked)
    mine = found.where(estimand="covariate_strength", term="sex").table.set_index("statistic")["estimate"]
    # Shares 0.6 and 0.3; within both groups 50% of women and 20% of men relapse.
    assert mine["exposure"] == pytest.approx(2.0)
    assert mine["outcome"] == pytest.approx(2.5)
    # 2 * 2.5 / 3.5: a ratio of 1.3 becomes 0.91.
    assert mine["ratio"] == pytest.approx(1.3 / (5 / 3.5))

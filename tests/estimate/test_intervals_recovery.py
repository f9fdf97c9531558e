"""Recovery of a known rate from contacts that tell intervals: imputed days, and the intervals themselves."""

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.compare import design, whole
from stepdown.estimate import estimate_design
from stepdown.results import Results
from support_cohort import draw
from support_size import quick_or_long
from support_study import described, study

pytestmark = pytest.mark.slow

CLIENTS, COHORTS = quick_or_long(120, 250), 24
RATE = {(0, 30): 0.008, (30, 90): 0.003}
TRUTH = {
    ("risk", 30): 1 - np.exp(-0.24),
    ("risk", 90): 1 - np.exp(-0.42),
    ("window_risk", 90): np.exp(-0.24) - np.exp(-0.42),
}
MEAN = (1 - np.exp(-0.24)) / 0.008 + np.exp(-0.24) * (1 - np.exp(-0.18)) / 0.003


def contacts(seed: int) -> str:
    """A cohort asked on days 30, 60 and 90, each with two chances of three; lost after the last contact."""
    roll = np.random.default_rng(seed)
    spent = roll.exponential(size=CLIENTS)
    day = np.where(spent < 0.24, spent / 0.008, 30 + (spent - 0.24) / 0.003)
    lines = []
    for number, when in enumerate(day):
        reached = [visit for visit in (30, 60, 90) if roll.random() < 2 / 3]
        before = [visit for visit in reached if visit < when]
        last = max(before, default=0)
        found = next((visit for visit in reached if visit >= when), None)
        told = f"follow 0..{found} | + ({last},{found}]" if found else f"follow 0..{last} lost"
        lines.append(f"c{number}: stay -28..0 | {told}")
    return "\n".join(lines)


def estimated(text: str, interval: str) -> Results:
    asked = described(outcome__times=[30, 90], outcome__interval=interval, outcome__imputations=5)
    return estimate_design(whole(derive(draw(text, visits=(30, 60, 90)), asked), asked), asked)


@pytest.fixture(scope="module")
def found() -> dict[str, list[pd.DataFrame]]:
    texts = [contacts(seed) for seed in range(COHORTS)]
    tables = {choice: [estimated(text, choice).table for text in texts] for choice in ("imputed", "interval")}
    return {
        choice: [table[~table["method"].str.startswith("Turnbull")] for table in each]
        for choice, each in tables.items()
    }


@pytest.mark.parametrize("choice", ["imputed", "interval"])
@pytest.mark.parametrize(("estimand", "time"), list(TRUTH))
def test_intervals_hold_the_truth(
    found: dict[str, list[pd.DataFrame]], choice: str, estimand: str, time: int
) -> None:
    check(found[choice], estimand, time, TRUTH[estimand, time])


def test_mean_days_of_imputations_hold_the_truth(found: dict[str, list[pd.DataFrame]]) -> None:
    # Relapse on a whole day, rounded up: half a day more than the time itself.
    check(found["imputed"], "rmst", 90, MEAN + 0.5 * (1 - np.exp(-0.42)))


def check(tables: list[pd.DataFrame], estimand: str, time: int, true: float) -> None:
    rows = [
        table[(table["estimand"] == estimand) & (table["statistic"] == "estimate") & (table["time"] == time)]
        for table in tables
    ]
    one = pd.concat(rows)
    assert len(one) == COHORTS
    held = ((one["conf_low"] <= true) & (true <= one["conf_high"])).sum()
    # 95% of the time: fewer than 20 of 24 would come once in 140 such tests.
    assert held >= 20
    assert abs(one["estimate"].mean() - true) < 3 * one["estimate"].std() / np.sqrt(COHORTS)
    # The standard error is the spread from cohort to cohort.
    assert one["std_error"].mean() == pytest.approx(one["estimate"].std(), rel=0.4)


def called(seed: int, clients: int) -> tuple[str, dict[str, float]]:
    """Calls on days 30 and 90 after care that relapse keeps from starting; the true risks of the arms."""
    roll = np.random.default_rng(seed)
    wanted = roll.random(clients) < 0.45
    day = np.floor(roll.exponential(np.where(wanted, 250, 140))).astype(int) + 1
    start = np.where(wanted, roll.choice([1, 2, 3, 5, 7, 10, 14], clients), 999)
    start = np.where(start < day, start, 999)
    lines = []
    for number, (when, care) in enumerate(zip(day, start, strict=True)):
        reached = [visit for visit in (30, 90) if roll.random() < 0.75]
        last = max([visit for visit in reached if visit < when], default=0)
        found = next((visit for visit in reached if visit >= when), None)
        told = f"follow 0..{found} | + ({last},{found}]" if found else f"follow 0..{last} lost"
        lines.append(f"c{number}: stay -28..0 | {told}" + (f" | iop {care}" if care < 999 else ""))
    free = day > 14
    true = {
        "Step-down": (day[free & (start <= 14)] <= 90).mean(),
        "No step-down": (day[free & (start > 14)] <= 90).mean(),
    }
    return "\n".join(lines), {name: float(value) for name, value in true.items()}


def test_arms_after_a_landmark_use_the_days_of_the_whole_cohort() -> None:
    text, true = called(seed=11, clients=3000)
    misses = {}
    for interval in ("imputed", "detected"):
        asked = study(outcome__times=[30, 90], outcome__interval=interval, outcome__imputations=5)
        people = derive(draw(text, visits=(30, 90)), asked)
        found = estimate_design(design(people, asked), asked).where(
            estimand="risk", time=90, statistic="estimate", cause="relapse"
        )
        for arm, row in found.table.set_index("arm").iterrows():
            misses[interval, arm] = (row["estimate"] - true[str(arm)]) / row["std_error"]
    assert all(abs(miss) < 2.5 for (interval, _), miss in misses.items() if interval == "imputed")
    # Dated to the call, relapses before the landmark count after it, and those found late are missed.
    assert any(abs(miss) > 3 for (interval, _), miss in misses.items() if interval == "detected")

"""The test of curves by influence: by hand, against R, laws, level under the null, degenerate input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival import contrast, curve_test, risk
from support_size import quick_or_long
from support_survival import draw
from tools.agreement.plain_forms import aalen_johansen, kaplan_meier, rmst, rmtl

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "cohort_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")


def test_by_hand():
    # Days free by day 3 of A (1, 3+): (1 + 3) / 2 = 2, influence (1 - 2) / 2 and (3 - 2) / 2; of B (2, 3+): 2.5, 1/4 each.
    cohort = draw("1 3+ 2 3+")
    found = curve_test(rmst(cohort.days, cohort.event, tau=3, arm=["A", "A", "B", "B"]))
    assert found.statistic == pytest.approx(0.5**2 / (2 * 0.5**2 + 2 * 0.25**2))
    assert (found.df, found.note) == (1, "")
    assert found.p == pytest.approx(stats.chi2.sf(0.25 / 0.625, 1))
    assert found.table["estimate"].tolist() == [2, 2.5]
    # One client in both arms: influence of the pairs adds up before it is squared.
    both = curve_test(rmst(cohort.days, cohort.event, tau=3, arm=["A", "A", "B", "B"], cluster=[1, 2, 1, 2]))
    assert both.statistic == pytest.approx(0.5**2 / (2 * (0.5 - 0.25) ** 2))


def test_two_arms_on_one_day_are_the_difference_of_r():
    two = COHORT[COHORT["arm"] != "C"]
    curves = kaplan_meier(
        two["day"], two["cause"] > 0, arm=two["arm"], weights=two["weight"], cluster=two["site"]
    )
    estimate, se = R["risk_difference"]
    assert curve_test(risk(curves, 24)).statistic == pytest.approx((estimate / se) ** 2, rel=1e-8)


def test_three_arms_without_weights_are_independent_means():
    # sum over arms of (mean - weighted mean)^2 / se^2, on R's means; their standard errors by influence.
    found = rmst(COHORT["day"], COHORT["cause"] > 0, tau=24, arm=COHORT["arm"])
    means = np.array([R["rmst24"][arm][0] for arm in "ABC"])
    spread = [float((found.influence[(COHORT["arm"] == arm).to_numpy(), 0] ** 2).sum()) for arm in "ABC"]
    common = np.average(means, weights=1 / np.array(spread))
    test = curve_test(found)
    assert test.df == 2
    assert test.statistic == pytest.approx(((means - common) ** 2 / spread).sum(), rel=1e-8)


def test_several_days_and_causes_count_together():
    curves = aalen_johansen(
        COHORT["day"], COHORT["cause"], arm=COHORT["arm"], weights=COHORT["weight"], cluster=COHORT["site"]
    )
    together = curve_test(risk(curves, 6, 9, 12, 18, 24, 27))
    assert together.df == 24
    assert COHORT["site"].nunique() <= 24
    assert together.note == "too few clusters for this many arms"
    one = curve_test(risk(curves, 9, 24), cause=2)
    assert one.df == 4
    assert set(one.table["cause"]) == {2}
    assert one.statistic == pytest.approx(_slowly(risk(curves, 9, 24), cause=2), rel=1e-8)


def _slowly(estimands, cause):
    """Person by person, with a dictionary of clusters."""
    table = estimands.table.reset_index(names="row")
    table = table[table["cause"] == cause]
    arms = list(estimands.arms)
    clusters: dict[int, np.ndarray] = {}
    for person, (arm, cluster) in enumerate(zip(estimands.sample.arm, estimands.sample.cluster, strict=True)):
        vector = clusters.setdefault(cluster, np.zeros(len(table)))
        for place, row in enumerate(table["row"]):
            if row % len(arms) == arm:
                vector[place] += estimands.influence[person, row // len(arms)]
    spread = sum(np.outer(vector, vector) for vector in clusters.values())
    last = {row["time"]: place for place, (_, row) in enumerate(table.iterrows()) if row["arm"] == arms[-1]}
    rows = []
    for place, (_, row) in enumerate(table.iterrows()):
        if row["arm"] != arms[-1]:
            signs = np.zeros(len(table))
            signs[place], signs[last[row["time"]]] = 1, -1
            rows.append(signs)
    differences = np.array(rows)
    score = differences @ table["estimate"].to_numpy()
    return score @ np.linalg.inv(differences @ spread @ differences.T) @ score


@settings(max_examples=quick_or_long(10, 25), deadline=None)
@given(st.integers(0, 10_000), st.permutations(["A", "B", "C"]))
def test_names_order_of_rows_and_scale_of_weights_change_nothing(seed, names):
    rng = np.random.default_rng(seed)
    days, cause = rng.integers(1, 9, 60), rng.integers(0, 3, 60)
    arm, weight, cluster = rng.integers(0, 3, 60), rng.uniform(0.5, 2, 60), rng.integers(0, 20, 60)

    def statistic(order, labels, scale):
        found = rmtl(
            days[order], cause[order], tau=6, arm=labels[arm[order]],
            weights=scale * weight[order], cluster=cluster[order],
        )  # fmt: skip
        return curve_test(found, cause=1)

    first = statistic(np.arange(60), np.array(["A", "B", "C"]), 1.0)
    other = statistic(rng.permutation(60), np.array(names), 1000.0)
    assert other.note == first.note
    assert other.statistic == pytest.approx(first.statistic, rel=1e-7, nan_ok=True)


def test_two_arms_give_the_square_of_their_contrast():
    two = COHORT[COHORT["arm"] != "A"]
    found = rmst(two["day"], two["cause"] > 0, tau=24, arm=two["arm"], cluster=two["site"])
    z = contrast(found, measures=["difference"]).table["z"].item()
    assert curve_test(found).statistic == pytest.approx(z**2)


@pytest.mark.parametrize("clustered", [False, True])
def test_level_under_the_null(clustered):
    """200 cohorts without a difference, weighted; clients of a site share a frailty, and span arms."""
    rng = np.random.default_rng(20260102)
    rejected = 0
    for _ in range(200):
        site = np.repeat(np.arange(50), 5)
        pace = rng.gamma(2, 0.5, 50)[site] if clustered else 1.0
        days = np.ceil(rng.exponential(60 / pace, 250)).clip(max=120)
        event = (days < 120) & (rng.random(250) < 0.8)
        arm, weight = rng.integers(0, 3, 250), rng.uniform(0.4, 2.5, 250)
        found = rmst(days, event, tau=90, arm=arm, weights=weight, cluster=site if clustered else None)
        rejected += curve_test(found).p < 0.05
    # 200 draws at 5%: 10 expected, standard deviation 3.1.
    assert 3 <= rejected <= 19


def test_what_cannot_be_tested_has_a_note():
    with pytest.raises(EstimateError, match="There is only one arm, so nothing to test"):
        curve_test(rmst([1, 2], [1, 1], tau=2))
    with pytest.raises(EstimateError, match="cause is not one of those estimated"):
        curve_test(rmst([1, 2, 3, 4], [1, 1, 1, 1], tau=2, arm=[0, 0, 1, 1]), cause=2)
    none = curve_test(rmst([1, 3, 3, 4], [1, 0, 0, 0], tau=3, arm=[0, 0, 1, 1]))
    assert np.isnan([none.statistic, none.p]).all()
    assert none.note == "no events"
    same = curve_test(rmst([1, 3, 1, 3], [1, 0, 1, 0], tau=3, arm=[0, 0, 1, 1], cluster=[1, 2, 1, 2]))
    assert same.note == "no variance of the differences: no test"

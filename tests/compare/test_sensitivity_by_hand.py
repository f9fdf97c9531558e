"""E-values, strengths of covariates, and informative loss: published numbers, and cases worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.compare.sensitivity import (
    Copies,
    covariate_strengths,
    e_value,
    explained_away,
    risk_if_lost,
    risk_ratio_of,
    strength_needed,
    tipping_point,
    without_cluster,
)
from stepdown.errors import EstimateError
from stepdown.survival import aalen_johansen, risk


# Printed by R's EValue (version 2.0.0): its vignette on unmeasured confounding, and the example of evalues.RR.
@pytest.mark.parametrize(
    ("ratio", "low", "high", "estimate", "limit", "digits"),
    [
        (10.73, 8.02, 14.36, 20.94777, 15.52336, 5),  # smoking and lung cancer (Hammond and Horn)
        (3.9, 1.8, 8.7, 7.26, 3.0, 2),  # VanderWeele and Ding (2017), breastfeeding and respiratory death
        (0.80, 0.71, 0.91, 1.81, 1.43, 2),  # the same, leukemia
    ],
)
def test_published_e_values(
    ratio: float, low: float, high: float, estimate: float, limit: float, digits: int
) -> None:
    found = e_value(ratio, low, high)
    assert (round(found.estimate, digits), round(found.limit, digits)) == (estimate, limit)


def test_published_e_value_of_a_hazard_ratio() -> None:
    # evalues.HR(0.56, 0.46, 0.69, rare = FALSE) prints RR 0.670084 0.585935 0.7735267, E-values 2.349531 and
    # 1.9080039.
    ratios = [risk_ratio_of(one) for one in (0.56, 0.46, 0.69)]
    assert [round(one, 6) for one in ratios[:2]] == [0.670084, 0.585935]
    assert round(ratios[2], 7) == 0.7735267
    found = e_value(*ratios)
    assert (round(found.estimate, 6), round(found.limit, 7)) == (2.349531, 1.9080039)


def test_an_interval_that_holds_1_has_a_limit_of_1() -> None:
    assert e_value(0.8, 0.6, 1.1).limit == 1
    assert e_value(1.2, 0.9, 1.6).limit == 1
    assert math.isnan(e_value(0.8).limit)


@pytest.mark.parametrize("ratio", [0.0, -1.0, math.nan, math.inf])
def test_a_ratio_that_is_none_is_refused(ratio: float) -> None:
    words = "A ratio of risks or hazards is above 0. Nothing can be said of another number."
    for function in (e_value, risk_ratio_of):
        with pytest.raises(EstimateError) as error:
            function(ratio)
        assert str(error.value) == words


def test_limits_on_one_side_are_refused() -> None:
    with pytest.raises(EstimateError) as error:
        e_value(0.8, 0.9, 1.1)
    assert str(error.value) == "A ratio lies between its limits. Correct low and high."


def test_the_second_strength_by_hand() -> None:
    # 2 (4 - 1) / (4 - 2) = 3, and 4 * 3 / (4 + 3 - 1) = 2.
    assert strength_needed(2.0, 4.0) == 3.0
    assert strength_needed(0.5, 4.0) == 3.0
    assert explained_away(4.0, 3.0) == 2.0
    assert strength_needed(2.0, 2.0) == math.inf
    assert strength_needed(1.0, 1.5) == 1.0


@given(st.floats(0.05, 20).filter(lambda ratio: abs(ratio - 1) > 1e-3), st.floats(1.01, 50))
def test_strengths_agree(ratio: float, other: float) -> None:
    both = e_value(ratio).estimate
    assert e_value(1 / ratio).estimate == pytest.approx(both)
    assert strength_needed(ratio, both) == pytest.approx(both)
    needed = strength_needed(ratio, other)
    if math.isfinite(needed):
        assert explained_away(other, needed) == pytest.approx(max(ratio, 1 / ratio))


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(1, 8))
def test_a_cause_without_any_effect_of_care_makes_no_larger_ratio(
    first: float, last: float, likely: float
) -> None:
    # Shares with the cause in two arms, whose risk without it is the same: the ratio is confounding alone.
    seen = (1 + first * (likely - 1)) / (1 + last * (likely - 1))
    exposure = max(first / last, (1 - first) / (1 - last), last / first, (1 - last) / (1 - first))
    assert max(seen, 1 / seen) <= explained_away(exposure, likely) * (1 + 1e-12)


# Ten people on days 1 to 3: relapses on day 1 (2), 2 (1), 3 (1); deaths on day 2 (1); lost on day 1 (2);
# the end of the data on day 2 (1); two followed beyond day 3.
DAYS = np.array([1, 1, 2, 3, 2, 1, 1, 2, 9, 9], dtype=float)
EVENT = np.array([1, 1, 1, 1, 2, 0, 0, 0, 0, 0])
LOST = np.array([0, 0, 0, 0, 0, 1, 1, 0, 0, 0], dtype=bool)
PEOPLE = Copies(days=DAYS, event=EVENT, lost=LOST)


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        # Day 1: 2 of 10 relapse, 2 of the 8 left are lost: P = 0.8 * 6 / 8 = 0.6, Q = 0.2, F = 0.2.
        # Day 2: of 6 at risk 1 relapses and 1 dies: F = 0.2 + 0.6 / 6 + 0.2 d / 6, P = 0.6 * 4 / 6 = 0.4,
        # Q = 0.2 (1 - d / 6 - 1 / 6). Day 3: of 3 at risk 1 relapses: F + 0.4 / 3 + Q d / 3.
        (0.0, 0.3 + 0.4 / 3),
        (1.0, 0.3 + 0.2 / 6 + 0.4 / 3 + 0.2 * (4 / 6) / 3),
        (2.0, 0.3 + 0.4 / 6 + 0.4 / 3 + 0.2 * (3 / 6) * 2 / 3),
        # At once: on day 2 all but those who die of the 0.2, on day 3 nobody is left of them.
        (math.inf, 0.3 + 0.2 * 5 / 6 + 0.4 / 3),
    ],
)
def test_informative_loss_by_hand(delta: float, expected: float) -> None:
    assert risk_if_lost(PEOPLE, delta, 3) == pytest.approx(expected, abs=1e-12)


def test_days_count_from_the_start() -> None:
    later = Copies(days=DAYS + 14, event=EVENT, lost=LOST, start=14)
    assert risk_if_lost(later, 2.0, 17) == risk_if_lost(PEOPLE, 2.0, 3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_the_same_rate_is_the_aalen_johansen_estimate(seed: int) -> None:
    draw = np.random.default_rng(seed)
    days, event = draw.integers(1, 40, 60).astype(float), draw.integers(0, 3, 60)
    people = Copies(days=days, event=event, lost=(event == 0) & (draw.random(60) < 0.5))
    curve = risk(aalen_johansen(days, event), 30, cause=1).table["estimate"].iloc[0]
    assert risk_if_lost(people, 1.0, 30) == pytest.approx(curve, abs=1e-12)
    by_delta = [risk_if_lost(people, delta, 30) for delta in (0.0, 0.5, 1.0, 2.0, math.inf)]
    assert by_delta == sorted(by_delta)


def test_the_true_risk_comes_back_where_those_lost_relapse_faster() -> None:
    # Daily chances of 1% of relapse, 2% of loss, and 3% of relapse after it.
    draw, size = np.random.default_rng(11), 40_000
    relapse, lost, later = (draw.geometric(chance, size) for chance in (0.01, 0.02, 0.03))
    days = np.minimum(relapse, lost).astype(float)
    event = (relapse <= lost).astype(int)
    true = np.where(event == 1, relapse, lost + later)
    seen = Copies(days=days, event=event, lost=event == 0)
    # The standard error of a share of 40,000 is at most 0.0025.
    assert risk_if_lost(seen, 3.0, 60) == pytest.approx((true <= 60).mean(), abs=0.006)
    assert risk_if_lost(seen, 1.0, 60) < (true <= 60).mean() - 0.05


def test_tipping_points() -> None:
    assert tipping_point(lambda delta: 0.5 * delta - 2) == pytest.approx(4.0, abs=1e-5)
    assert tipping_point(lambda delta: 0.1 - 0.2 * delta) == pytest.approx(0.5, abs=1e-5)
    assert tipping_point(lambda _: 0.0) == 1.0
    assert math.isnan(tipping_point(lambda delta: delta + 1))


def test_strengths_of_covariates_by_hand() -> None:
    # First arm: 60 have it (30 relapse), 40 lack it (10 relapse). Last: 30 have it (15), 70 lack it (14).
    has = np.repeat([True, False, True, False], [60, 40, 30, 70])
    arm = np.repeat([1, 0], [100, 100])
    event = np.concatenate(
        [np.arange(many) < hit for many, hit in ((60, 30), (40, 10), (30, 15), (70, 14))]
    ).astype(int)
    found = covariate_strengths(
        pd.DataFrame({"flag": has}), np.where(event == 1, 5.0, 90.0), event, arm, day=90
    )
    # Shares 0.6 and 0.3. Weights 60 * 40 / 100 = 24 and 21: (0.5 * 24 + 0.5 * 21) / (0.25 * 24 + 0.2 * 21).
    row = found.iloc[0]
    assert (row["covariate"], row["value"], row["n"]) == ("flag", "", 200)
    assert row["exposure"] == pytest.approx(2.0)
    assert row["outcome"] == pytest.approx(22.5 / 10.2)
    assert row["factor"] == pytest.approx(2 * 22.5 / 10.2 / (1 + 22.5 / 10.2))


def test_properties_of_covariates() -> None:
    draw = np.random.default_rng(3)
    size = 800
    arm, number = draw.integers(0, 2, size), draw.normal(size=size)
    days = np.where(draw.random(size) < 0.2 + 0.4 * (number > 0), 10.0, 90.0)
    columns = pd.DataFrame(
        {
            "number": number,
            "kind": pd.Categorical(
                np.where(draw.random(size) < 0.01, "rare", np.where(number > 0, "b", "c"))
            ),
            "flag": pd.array(draw.random(size) < 0.5, dtype="boolean"),
            "rare": draw.random(size) < 0.01,
        }
    )
    columns.loc[columns.index[:50], "number"] = np.nan
    found = covariate_strengths(columns, days, (days < 90).astype(int), arm, day=90)
    assert dict(zip(found["covariate"], found["value"], strict=True)) == {
        "number": "above the median", "kind": found["value"][found["covariate"] == "kind"].item(), "flag": "",
    }  # fmt: skip
    assert found["n"][found["covariate"] == "number"].item() == size - 50
    assert (found[["exposure", "outcome", "factor"]] >= 1).all(axis=None)
    assert list(found["factor"]) == sorted(found["factor"], reverse=True)


def test_without_one_site_a_mean_is_exact() -> None:
    # 1, 2, 6, 7 with sites a, a, b and none: without a the mean is 6.5, without b 10 / 3.
    values = np.array([1.0, 2.0, 6.0, 7.0])
    found = without_cluster(4.0, (values - 4) / 4, pd.Series(["a", "a", "b", None]))
    assert found.to_dict() == pytest.approx({"a": 6.5, "b": 10 / 3})

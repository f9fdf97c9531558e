"""Nelson-Aalen: by hand, against R, laws."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from support_size import quick_or_long
from support_survival import draw
from tools.agreement.plain_forms import kaplan_meier, nelson_aalen

FEW = "fewer than 10 at risk on the last day with an event"

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "hazard_reference.json").read_text())
COHORT = pd.read_csv(HERE / "cohort.csv")
CASES = {
    "plain": {},
    "entry": {"entry": "entry"},
    "weight": {"weights": "weight"},
    "wide": {"weights": "wide"},
    "cluster": {"cluster": "site"},
    "all": {"entry": "entry", "weights": "weight", "cluster": "site"},
}


@pytest.mark.parametrize("arm", ["A", "B", "C"])
@pytest.mark.parametrize("case", CASES)
def test_equals_r(case, arm):
    given = {name: COHORT[column] for name, column in CASES[case].items()}
    table = nelson_aalen(COHORT["day"], COHORT["cause"] > 0, arm=COHORT["arm"], **given).table
    found = table[table["arm"] == arm].iloc[1:]
    expected = {name: np.array(values, float) for name, values in R[case][arm].items()}
    np.testing.assert_allclose(found["time"], expected["time"])
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-10)
    known = found["std_error"].notna().to_numpy()
    assert known.sum() >= len(found) - 1
    np.testing.assert_allclose(found["std_error"][known], expected["std_error"][known], rtol=1e-8)
    # survfit 3.5-3 divides a robust se by S once more for the limits of this kind of curve.
    limits = ("conf_low", "conf_high") if case in ("plain", "entry") else ()
    for name in limits:
        np.testing.assert_allclose(found[name][known], expected[name][known], rtol=1e-8)


def test_ties_share_one_risk_set_and_aalens_variance():
    # Day 1: two of four; day 3: one of one, after a censoring on day 2.
    cohort = draw("1 1 2+ 3")
    found = nelson_aalen(cohort.days, cohort.event).at(1, 3)
    assert found["estimate"].tolist() == pytest.approx([2 / 4, 2 / 4 + 1])
    assert found["std_error"].tolist() == pytest.approx([np.sqrt(2 / 16), np.sqrt(2 / 16 + 1)])
    ratio = np.exp(1.959963984540054 * np.sqrt(2 / 16) / 0.5)
    assert found[["conf_low", "conf_high"]].iloc[0].tolist() == pytest.approx([0.5 / ratio, 0.5 * ratio])
    assert found["remaining"].tolist() == [2, 0]


def test_plain_limits_do_not_pass_zero():
    row = nelson_aalen([1, 2, 3], [1, 0, 0], conf="plain").at(1).iloc[0]
    assert row["conf_low"] == 0
    assert row["conf_high"] == pytest.approx(1 / 3 + 1.959963984540054 / 3)


@pytest.mark.parametrize(
    ("text", "day", "estimate", "note"),
    [
        ("1 5+", 6, np.nan, "beyond the last follow-up"),
        ("1 5", 6, np.nan, "beyond the last follow-up"),
        ("4 5+", 3, 0.0, "no events by then"),
        ("4>6 4>9+", 3, np.nan, "before the first entry"),
        ("1>3 5>9 5>7", 6, np.nan, "after a day that left nobody at risk"),
        ("1 5", 5, 1.5, ""),
    ],
)
def test_what_is_undefined_has_a_note(text, day, estimate, note):
    cohort = draw(text)
    row = nelson_aalen(cohort.days, cohort.event, entry=cohort.entry).at(day).iloc[0]
    assert row["note"].removesuffix(FEW) == note
    assert row["estimate"] == pytest.approx(estimate, nan_ok=True)
    assert np.isnan(row["std_error"]) == (note != "")


def test_one_cluster_has_no_standard_error():
    row = nelson_aalen([1, 2, 3], [1, 1, 0], cluster=[7, 7, 7]).at(2).iloc[0]
    assert row["note"] == "only one cluster; " + FEW


def test_a_scale_of_survival_is_refused():
    with pytest.raises(
        EstimateError, match=r"^conf must be one of small-sample, log, plain\. The default is small-sample\."
    ):
        nelson_aalen([1], [1], conf="log-log")


@st.composite
def cohorts(draw_):
    size = draw_(st.integers(5, 30))
    column = lambda values: np.array(draw_(st.lists(values, min_size=size, max_size=size)))  # noqa: E731
    days = column(st.integers(1, 12))
    entry = np.minimum(column(st.integers(0, 6)), days - 1)
    weights = column(st.sampled_from([0.25, 1.0, 2.0]))
    return days, column(st.integers(0, 1)), entry, weights, column(st.integers(0, 6))


law = settings(max_examples=quick_or_long(10, 25), deadline=None)


@law
@given(cohorts())
def test_it_is_the_sum_of_the_steps_of_kaplan_meier(cohort):
    days, event, _, weights, _ = cohort
    hazard = nelson_aalen(days, event, weights=weights).table["estimate"]
    survival = kaplan_meier(days, event, weights=weights).table["estimate"].to_numpy()
    before, after = survival[:-1], survival[1:]
    steps = 1 - after[before > 0] / before[before > 0]
    assert hazard.iloc[-1] == pytest.approx(steps.sum())


@law
@given(cohorts(), st.sampled_from([1e-5, 1e4]))
def test_influence_squares_to_the_variance_at_any_scale_of_weights(cohort, scale):
    days, event, entry, weights, cluster = cohort
    curves = nelson_aalen(days, event, entry=entry, weights=weights * scale, cluster=cluster)
    row = curves.at(6).iloc[0]
    if np.isnan(row["std_error"]):
        assert row["note"]
        return
    sums = np.bincount(cluster, weights=curves.influence_at(6)[:, 0])
    assert row["std_error"] == pytest.approx(np.sqrt(sums @ sums), rel=1e-7)
    plain = nelson_aalen(days, event, entry=entry, weights=weights, cluster=cluster).at(6).iloc[0]
    assert (row["estimate"], row["std_error"]) == pytest.approx(
        (plain["estimate"], plain["std_error"]), rel=1e-7
    )


@law
@given(cohorts())
def test_weight_two_is_two_rows(cohort):
    days, event, entry, weights, cluster = cohort
    twice = np.repeat(np.arange(len(days)), 1 + (weights > 1))
    one = nelson_aalen(days, event, entry=entry, weights=1.0 + (weights > 1), cluster=cluster).table
    two = nelson_aalen(days[twice], event[twice], entry=entry[twice], cluster=cluster[twice]).table
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-8)

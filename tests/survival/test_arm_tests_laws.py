"""Tests of arms: by hand, under the null hypothesis, and laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival.curve_tests.pairwise_tests import holm
from support_size import quick_or_long
from support_survival import draw
from tools.agreement.plain_forms import gray, logrank, pairwise

pytestmark = pytest.mark.slow

FOUR = draw("1 3 2 4+")
FOUR_ARMS = ["a", "a", "b", "b"]


def test_weighted_days_by_hand():
    # S before days 1, 2, 3 is 1, 3/4, 1/2; observed less expected in a: 1/2, -1/3, 1/2; variances 1/4, 2/9, 1/4.
    early = logrank(FOUR.days, FOUR.event, FOUR_ARMS, rho=1)
    assert early.statistic == pytest.approx((1 / 2) ** 2 / (1 / 4 + 1 / 8 + 1 / 16))
    assert early.table["observed"].tolist() == pytest.approx([1 + 1 / 2, 3 / 4])
    late = logrank(FOUR.days, FOUR.event, FOUR_ARMS, gamma=1)
    assert late.statistic == pytest.approx((1 / 6) ** 2 / (1 / 72 + 1 / 16))
    both = logrank(FOUR.days, FOUR.event, FOUR_ARMS, rho=1, gamma=1)
    assert both.statistic == pytest.approx((-1 / 16 + 1 / 8) ** 2 / ((3 / 16) ** 2 * 2 / 9 + 1 / 64))


def test_robust_form_by_hand():
    # Influence on a's score, in 72nds: 27, -7 (a), -7, 35 (b).
    expected = (27 - 7 - 7 + 35) ** 2 / (27**2 + 7**2 + 7**2 + 35**2)
    found = logrank(FOUR.days, FOUR.event, FOUR_ARMS, weights=[5, 5, 5, 5])
    assert found.statistic == pytest.approx(expected)
    assert logrank(FOUR.days, FOUR.event, FOUR_ARMS, cluster=[9, 8, 7, 6]).statistic == pytest.approx(
        expected
    )
    pairs = logrank(FOUR.days, FOUR.event, FOUR_ARMS, cluster=["x", "y", "x", "y"])
    assert pairs.statistic == pytest.approx(48**2 / (20**2 + 28**2))


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, np.nan, 0.03])), [0.03, 0.06, np.nan, 0.06])
    np.testing.assert_allclose(holm(np.array([0.6, 0.5])), [1.0, 1.0])


def test_gray_scores_by_hand():
    # Day 1: a's 2 of 4 at risk; day 2, a competing event; day 3: a has R = 1 / (1/2) * 1/2 = 1, b 1 / (1/2) = 2.
    drawn = draw("1 3 2:2 4+")
    table = gray(drawn.days, drawn.event, FOUR_ARMS).table
    assert table["observed"].tolist() == [2, 0]
    assert table["expected"].tolist() == pytest.approx([1 / 2 + 1 / 3, 1 / 2 + 2 / 3])


SIZES = (0.04, 0.06)


def test_size_with_inverse_probability_weights():
    # A confounder moves treatment and hazard; weighted, the arms have one hazard. Unweighted, the test breaks.
    rng = np.random.default_rng(20260301)
    p, plain = np.empty(2000), np.empty(100)
    for number in range(2000):
        sick = rng.random(250) < 0.5
        chance = np.where(sick, 0.7, 0.35)
        arm = (rng.random(250) < chance).astype(int)
        days = np.ceil(rng.exponential(np.where(sick, 40, 110)))
        event, days = days <= 90, np.minimum(days, 90)
        weights = np.where(arm == 1, 1 / chance, 1 / (1 - chance))
        p[number] = logrank(days, event, arm, weights=weights).p
        if number < len(plain):
            plain[number] = logrank(days, event, arm).p
    assert SIZES[0] <= np.mean(p < 0.05) <= SIZES[1]
    assert np.mean(plain < 0.05) > 0.5


def test_size_with_clusters():
    # Whole sites are in one arm and share a frailty.
    rng = np.random.default_rng(20260302)
    p, plain = np.empty(4000), np.empty(400)
    site = np.repeat(np.arange(60), 5)
    arm = site % 2
    for number in range(4000):
        days = np.ceil(rng.exponential(60 * np.exp(rng.normal(0, 0.7, 60))[site]))
        event, days = days <= 90, np.minimum(days, 90)
        p[number] = logrank(days, event, arm, cluster=site, gamma=1).p
        if number < len(plain):
            plain[number] = logrank(days, event, arm, gamma=1).p
    assert SIZES[0] <= np.mean(p < 0.05) <= SIZES[1]
    assert np.mean(plain < 0.05) > 0.1


law = settings(max_examples=quick_or_long(10, 25), deadline=None)


@st.composite
def cohorts(draw):
    size = draw(st.integers(12, 40))
    column = lambda values: np.array(draw(st.lists(values, min_size=size, max_size=size)))  # noqa: E731
    arm = column(st.sampled_from(["a", "b", "c"]))
    arm[:3] = ["a", "b", "c"]
    return {
        "days": column(st.integers(0, 9)),
        "event": column(st.integers(0, 2)),
        "arm": arm,
        "strata": column(st.integers(0, 2)),
        "weights": column(st.sampled_from([0.5, 1.0, 3.0])),
        "cluster": column(st.integers(0, 9)),
    }


def assert_same_test(one, other):
    assert one.df == other.df
    assert one.note == other.note
    np.testing.assert_allclose(one.statistic, other.statistic, rtol=1e-7, atol=1e-9)


def forms(c, rows=slice(None)):
    """Every form of the tests, on the rows chosen."""
    base = c["days"][rows], c["event"][rows] > 0, c["arm"][rows]
    part = {name: c[name][rows] for name in ("strata", "weights", "cluster")}
    return [
        logrank(*base, rho=1, gamma=0.5, strata=part["strata"]),
        logrank(*base, **part),
        gray(c["days"][rows], c["event"][rows], c["arm"][rows], cause=1),
        gray(c["days"][rows], c["event"][rows], c["arm"][rows], cause=2, strata=part["strata"], rho=1),
    ]


@law
@given(cohorts())
def test_order_units_scale_and_names_change_nothing(c):
    other = c | {
        "days": c["days"] * 7 / 3,
        "weights": c["weights"] * 1e4,
        "arm": np.array([{"a": "z", "b": "y", "c": "x"}[name] for name in c["arm"]]),
        "strata": -c["strata"],
        "cluster": c["cluster"].astype(str),
    }
    backwards = np.arange(len(c["days"]))[::-1]
    for one, two in zip(forms(c), forms(other, backwards), strict=True):
        assert_same_test(one, two)


@law
@given(cohorts())
def test_observed_and_expected_have_one_sum(c):
    for found in forms(c):
        assert found.table["observed"].sum() == pytest.approx(found.table["expected"].sum(), abs=1e-8)


@law
@given(cohorts())
def test_one_stratum_is_none_and_a_person_each_is_no_cluster(c):
    base = c["days"], c["event"] > 0, c["arm"]
    one = np.zeros(len(c["days"]))
    assert_same_test(logrank(*base, strata=one, rho=1), logrank(*base, rho=1))
    assert_same_test(gray(c["days"], c["event"], c["arm"], strata=one), gray(c["days"], c["event"], c["arm"]))
    each = np.arange(len(c["days"]))
    weighted = logrank(*base, weights=c["weights"])
    assert_same_test(weighted, logrank(*base, weights=c["weights"], cluster=each))


@law
@given(cohorts())
def test_scores_of_strata_add_up(c):
    found = gray(c["days"], c["event"], c["arm"], strata=c["strata"]).table.set_index("arm")["expected"]
    total = dict.fromkeys("abc", 0.0)
    for stratum in set(c["strata"]):
        rows = c["strata"] == stratum
        if len(set(c["arm"][rows])) > 1:
            part = gray(c["days"][rows], c["event"][rows], c["arm"][rows]).table
            alone = dict(zip(part["arm"], part["expected"], strict=True))
        else:
            alone = {c["arm"][rows][0]: float((c["event"][rows] == 1).sum())}
        total = {arm: total[arm] + alone.get(arm, 0.0) for arm in total}
    assert found.to_dict() == pytest.approx(total)


def test_what_cannot_be_tested_has_a_note():
    assert logrank([1, 2], [0, 0], ["a", "b"]).note == "no events"
    assert gray([1, 2, 3, 4], [2, 2, 0, 2], FOUR_ARMS).note == "no events"
    assert gray([1, 2, 3, 4], [2, 2, 0, 2], FOUR_ARMS, cause=9).note == "no events"
    alone = logrank(FOUR.days, FOUR.event, FOUR_ARMS, cluster=[1, 1, 1, 1])
    assert alone.note == "too few clusters for this many arms"
    assert np.isnan(alone.p)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: gray([1, 2], [1, 1], ["a", "a"]),
            "There is only one arm, so nothing to test. Give at least two.",
        ),
        (
            lambda: gray([1], [1], ["a"], cause=0),
            "There is only one arm, so nothing to test. Give at least two.",
        ),
        (
            lambda: gray([1, 2], [1, 1], ["a", "b"], cause=0),
            "cause must be a whole number from 1 up. Use the code of the event compared.",
        ),
        (
            lambda: gray([1, 2], [1, 1], ["a", "b"], rho=-1),
            "rho must be zero or above. 0 weights all days equally.",
        ),
        (
            lambda: logrank([1, 2], [1, 1], ["a", "b"], gamma=np.nan),
            "rho and gamma must be zero or above. 0 and 0 give the log-rank test.",
        ),
        (
            lambda: pairwise([1, 2], [1, 1], ["a", "b"], cause=1, weights=[1, 2]),
            "Gray's test takes no entry, gamma, weights or cluster. Leave them out, or leave cause out.",
        ),
        (
            lambda: logrank([1, 2], [1, 1], ["a", "b"], strata=[1]),
            "strata has 1 rows where days has 2. Give one value per row.",
        ),
    ],
)
def test_faults_are_named(call, message):
    with pytest.raises(EstimateError) as error:
        call()
    assert str(error.value) == message

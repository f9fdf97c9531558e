"""Laws of Cox regression that hold for every cohort."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival import proportional_hazards
from support_size import quick_or_long
from tools.agreement.plain_forms import cox

pytestmark = pytest.mark.slow

law = settings(max_examples=quick_or_long(10, 25), deadline=None)
NUMBERS = ["coef", "std_error", "conf_low", "conf_high"]


@st.composite
def cohorts(draw):
    """Tied days, two covariates, weights, clusters, entries, strata; such that the likelihood has a peak."""
    seed = draw(st.integers(0, 10**6))
    size = draw(st.integers(25, 60))
    r = np.random.default_rng(seed)
    days = r.integers(2, 12, size).astype(float)
    cohort = {
        "days": days,
        "event": (r.random(size) < 0.7).astype(int),
        "X": np.column_stack([r.normal(size=size), r.integers(0, 2, size)]),
        "entry": np.minimum(r.integers(0, 6, size), days - 1),
        "weights": r.choice([0.25, 1.0, 3.0, 40.0], size),
        "cluster": r.integers(0, 9, size),
        "strata": r.integers(0, 2, size),
        "ties": draw(st.sampled_from(["efron", "breslow"])),
    }
    assume(fits(cohort))
    return cohort


def fits(cohort):
    try:
        fit = cox(**cohort)
    except EstimateError:
        return False
    return not fit.optimum.monotone.any() and fit.optimum.converged and abs(fit.coef).max() < 4


def alter(cohort, **changes):
    return {name: value for name, value in {**cohort, **changes}.items() if value is not None}


def assert_same_fit(one, other, columns=NUMBERS):
    left, right = cox(**one), cox(**other)
    np.testing.assert_allclose(left.summary[columns], right.summary[columns], rtol=1e-8, atol=1e-9)
    return left, right


@given(cohorts())
@law
def test_order_of_rows(cohort):
    order = np.random.default_rng(0).permutation(len(cohort["days"]))
    moved = {name: value if name == "ties" else value[order] for name, value in cohort.items()}
    left, right = assert_same_fit(cohort, moved)
    np.testing.assert_allclose(left.influence()[order], right.influence(), rtol=1e-7, atol=1e-9)
    assert left.concordance.estimate == pytest.approx(right.concordance.estimate, rel=1e-12)


@given(cohorts(), st.sampled_from([1e-3, 7.0, 1e5]))
@law
def test_scale_of_weights(cohort, factor):
    left, right = assert_same_fit(cohort, alter(cohort, weights=cohort["weights"] * factor))
    np.testing.assert_allclose(left.summary["se_model"], right.summary["se_model"] * factor**0.5, rtol=1e-8)
    for transform in ("km", "rank"):
        tests = [proportional_hazards(fit, transform=transform).table["statistic"] for fit in (left, right)]
        np.testing.assert_allclose(*tests, rtol=1e-6)


@given(cohorts())
@law
def test_weight_two_is_two_rows_with_breslow(cohort):
    counts = np.random.default_rng(1).integers(1, 4, len(cohort["days"]))
    base = alter(cohort, ties="breslow", weights=None, cluster=np.arange(len(counts)))
    assume(fits(base))
    twice = {
        name: value if name == "ties" else np.repeat(value, counts, axis=0) for name, value in base.items()
    }
    left, right = assert_same_fit(alter(base, weights=counts), twice, [*NUMBERS, "se_model"])
    assert left.loglik == pytest.approx(right.loglik, rel=1e-12)


@given(cohorts(), st.sampled_from([-3.0, 1e4]), st.sampled_from([0.01, 250.0]))
@law
def test_shift_and_scale_of_a_covariate(cohort, shift, scale):
    moved = cohort["X"].copy()
    moved[:, 0] = moved[:, 0] * scale + shift
    left, right = cox(**cohort), cox(**alter(cohort, X=moved))
    factor = np.array([[1 / scale], [1.0]])
    np.testing.assert_allclose(left.summary[NUMBERS] * factor, right.summary[NUMBERS], rtol=1e-7, atol=1e-9)
    new = np.array([[0.3, 1.0]])
    curves = [
        left.predict(new, [6], strata=[1]),
        right.predict(new * [scale, 1] + [shift, 0], [6], strata=[1]),
    ]
    np.testing.assert_allclose(curves[0]["estimate"], curves[1]["estimate"], rtol=1e-8)
    np.testing.assert_allclose(curves[0]["std_error"], curves[1]["std_error"], rtol=1e-6)


@given(cohorts())
@law
def test_entry_at_zero_is_no_entry_and_one_stratum_none(cohort):
    plain = alter(cohort, entry=None, strata=None)
    assume(fits(plain))
    assert_same_fit(
        plain, alter(plain, entry=np.zeros(len(cohort["days"])), strata=["one"] * len(cohort["days"]))
    )


@given(cohorts())
@law
def test_strata_are_separate_risk_sets(cohort):
    fit = cox(**cohort)
    # Strata pushed apart in time, with entry, have the same risk sets.
    later = cohort["strata"] * 100.0
    apart = alter(cohort, days=cohort["days"] + later, entry=cohort["entry"] + later, strata=None)
    np.testing.assert_allclose(fit.summary[NUMBERS], cox(**apart).summary[NUMBERS], rtol=1e-7, atol=1e-9)


@given(cohorts(), st.integers(1, 10))
@law
def test_splitting_rows_changes_nothing(cohort, day):
    crossed = np.flatnonzero((cohort["entry"] < day) & (cohort["days"] > day))
    twice = {n: v if n == "ties" else np.concatenate([v, v[crossed]]) for n, v in cohort.items()}
    size = len(cohort["days"])
    twice["days"][crossed], twice["event"][crossed] = day, 0
    twice["entry"][size:] = day
    left, right = assert_same_fit(cohort, twice)
    assert left.loglik == pytest.approx(right.loglik, rel=1e-11)
    np.testing.assert_allclose(left.influence("cluster"), right.influence("cluster"), rtol=1e-7, atol=1e-9)
    assert left.concordance.estimate == pytest.approx(right.concordance.estimate, rel=1e-11)


@given(cohorts())
@law
def test_a_covariate_that_only_strata_hold_is_refused(cohort):
    with pytest.raises(EstimateError, match="does not vary among those at risk together"):
        cox(**alter(cohort, X=np.column_stack([cohort["X"], cohort["strata"] * 2.5])))


@given(cohorts())
@law
def test_influence_is_the_derivative_by_weight(cohort):
    fit = cox(**cohort)
    row = int(np.argmax(np.abs(fit.influence()[:, 0])))
    ends = []
    for change in (1e-5, -1e-5):
        weights = cohort["weights"].copy()
        weights[row] *= 1 + change
        ends.append(cox(**alter(cohort, weights=weights)).coef)
    np.testing.assert_allclose((ends[0] - ends[1]) / 2e-5, fit.influence()[row], rtol=1e-5, atol=1e-7)


@given(cohorts())
@settings(max_examples=3, deadline=None)
def test_variance_of_predictions_is_that_of_their_influence(cohort):
    new, when = np.array([[0.5, 1.0]]), [7]
    expected = cox(**cohort).predict(new, when, strata=[1])
    alone = cox(**alter(cohort, cluster=np.arange(len(cohort["days"])))).predict(new, when, strata=[1])
    assume(np.isfinite(expected["std_error"][0]))
    slopes = []
    for row in range(len(cohort["days"])):
        ends = []
        for change in (1e-5, -1e-5):
            weights = cohort["weights"].copy()
            weights[row] *= 1 + change
            fit = cox(**alter(cohort, weights=weights))
            ends.append(fit.predict(new, when, strata=[1])["estimate"][0])
        slopes.append((ends[0] - ends[1]) / 2e-5)
    assert np.linalg.norm(slopes) == pytest.approx(alone["std_error"][0], rel=1e-5)
    by_cluster = np.bincount(cohort["cluster"], slopes)
    assert np.linalg.norm(by_cluster) == pytest.approx(expected["std_error"][0], rel=1e-5)

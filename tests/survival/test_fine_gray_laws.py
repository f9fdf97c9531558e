"""Laws of Fine-Gray regression that hold for every cohort."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from tools.agreement.plain_forms import cox, fine_gray

pytestmark = pytest.mark.slow

law = settings(max_examples=10, deadline=None)
NUMBERS = ["coef", "std_error", "conf_low", "conf_high"]


@st.composite
def cohorts(draw, late=True, largest=70):
    """Tied days, two causes, two covariates, weights, clusters, entries, strata; with a finite estimate."""
    r = np.random.default_rng(draw(st.integers(0, 10**6)))
    size = draw(st.integers(40, largest))
    days = r.integers(2, 14, size).astype(float)
    cohort = {
        "days": days,
        "event": r.choice([0, 1, 2, 3], size, p=[0.3, 0.4, 0.2, 0.1]),
        "X": np.column_stack([r.normal(size=size), r.integers(0, 2, size)]),
        "cause": 1,
        "entry": np.minimum(r.choice([0, 0, 0, 1, 4], size), days - 1) if late else None,
        "weights": r.choice([0.25, 1.0, 3.0, 40.0], size),
        "cluster": r.integers(0, 11, size),
        "strata": r.integers(0, 2, size),
        "ties": draw(st.sampled_from(["efron", "breslow"])),
        "convention": "day" if late else draw(st.sampled_from(["day", "crr"])),
    }
    assume(fits(cohort))
    return cohort


def fits(cohort):
    try:
        fit = fine_gray(**cohort)
    except EstimateError:
        return False
    return not fit.optimum.monotone.any() and fit.optimum.converged and abs(fit.coef).max() < 4


def alter(cohort, **changes):
    return {name: value for name, value in {**cohort, **changes}.items() if value is not None}


def rows(cohort, pick):
    return {
        name: value[pick] if isinstance(value, np.ndarray) else value
        for name, value in cohort.items()
        if value is not None
    }


def assert_same_fit(one, other, columns=NUMBERS):
    left, right = fine_gray(**one), fine_gray(**other)
    np.testing.assert_allclose(left.summary[columns], right.summary[columns], rtol=1e-7, atol=1e-9)
    return left, right


@given(cohorts())
@law
def test_order_of_rows(cohort):
    order = np.random.default_rng(0).permutation(len(cohort["days"]))
    left, right = assert_same_fit(cohort, rows(cohort, order))
    np.testing.assert_allclose(left.influence()[order], right.influence(), rtol=1e-7, atol=1e-9)


@given(cohorts(), st.sampled_from([1e-3, 7.0, 1e5]))
@law
def test_scale_of_weights(cohort, factor):
    left, right = assert_same_fit(cohort, alter(cohort, weights=cohort["weights"] * factor))
    np.testing.assert_allclose(left.summary["se_model"], right.summary["se_model"] * factor**0.5, rtol=1e-7)


@given(cohorts())
@law
def test_weight_two_is_two_rows_with_breslow(cohort):
    counts = np.random.default_rng(1).integers(1, 4, len(cohort["days"]))
    base = alter(cohort, ties="breslow", weights=None, cluster=np.arange(len(counts)))
    assume(fits(base))
    twice = rows(base, np.repeat(np.arange(len(counts)), counts))
    left, right = assert_same_fit(alter(base, weights=counts), twice, [*NUMBERS, "se_model"])
    assert left.loglik == pytest.approx(right.loglik, rel=1e-12)
    new = {"X": [[0.2, 1.0]], "times": [6], "strata": [1]}
    np.testing.assert_allclose(
        *(fit.predict(**new)[["estimate", "std_error"]] for fit in (left, right)), rtol=1e-7
    )


@given(cohorts())
@law
def test_without_competing_events_it_is_cox(cohort):
    alone = alter(cohort, event=np.where(cohort["event"] > 1, 0, cohort["event"]))
    assume(fits(alone))
    fit = fine_gray(**alone)
    other = {name: value for name, value in alone.items() if name not in ("cause", "convention")}
    expected = cox(**other)
    assert (fit.competing, fit.events) == (0, expected.events)
    np.testing.assert_allclose(fit.summary, expected.summary, rtol=1e-9, atol=1e-12)
    assert fit.loglik == pytest.approx(expected.loglik, rel=1e-12)
    np.testing.assert_allclose(fit.influence(), expected.influence(), rtol=1e-9, atol=1e-12)
    found, survival = (one.predict([[0.2, 1.0]], [3, 8], strata=[1]) for one in (fit, expected))
    np.testing.assert_allclose(found["estimate"], 1 - survival["estimate"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        found[["std_error", "conf_low"]],
        survival.assign(conf_low=1 - survival["conf_high"])[["std_error", "conf_low"]],
        rtol=1e-8,
    )


@given(cohorts(late=False))
@law
def test_nobody_lost_means_competing_events_last_for_ever(cohort):
    everyone = alter(cohort, event=np.where(cohort["event"] == 0, 2, cohort["event"]))
    assume(fits(everyone))
    # With nobody lost before the end, weights are 1: Cox with competing events censored after the last day.
    other = {name: value for name, value in everyone.items() if name not in ("cause", "convention")}
    ended = np.where(everyone["event"] > 1, 99.0, everyone["days"])
    expected = cox(**{**other, "days": ended, "event": everyone["event"] == 1})
    np.testing.assert_allclose(fine_gray(**everyone).summary, expected.summary, rtol=1e-8, atol=1e-10)


@given(cohorts(late=False))
@law
def test_entry_at_zero_is_no_entry_and_one_stratum_none(cohort):
    plain = alter(cohort, strata=None, convention="day")
    assume(fits(plain))
    size = len(cohort["days"])
    assert_same_fit(plain, alter(plain, entry=np.zeros(size), strata=["one"] * size))


@given(cohorts())
@law
def test_strata_are_apart(cohort):
    fit = fine_gray(**cohort)
    # Strata pushed apart in time, with entry, have the same risk sets and curves.
    later = cohort["strata"] * 100.0
    gap = alter(cohort, days=cohort["days"] + later, strata=cohort["strata"], entry=cohort["entry"] + later)
    np.testing.assert_allclose(fit.summary, fine_gray(**gap).summary, rtol=1e-7, atol=1e-9)
    one = alter(rows(cohort, cohort["strata"] == 1), strata=None)
    assume(fits(one))
    alone = fine_gray(**one)
    table = fit.censoring[fit.censoring["stratum"] == 1]
    columns = ["time", "at_risk", "lost", "estimate"]
    np.testing.assert_allclose(table[columns], alone.censoring[columns], rtol=1e-12)


@given(cohorts(), st.sampled_from([1 / 30.4375, 24.0, 0.1]))
@law
def test_unit_of_time(cohort, unit):
    left, right = assert_same_fit(
        cohort, alter(cohort, days=cohort["days"] * unit, entry=cohort["entry"] * unit)
    )
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    found = [fit.predict([[0.2, 1]], [7 * u], strata=[0])[columns] for fit, u in ((left, 1), (right, unit))]
    np.testing.assert_allclose(*found, rtol=1e-7)


@given(cohorts(), st.booleans())
@law
def test_everyone_twice_within_clusters(cohort, names):
    twice = rows(cohort, np.tile(np.arange(len(cohort["days"])), 2))
    if names:
        twice["cluster"] = np.array([f"c{code:02}" for code in twice["cluster"]])
    assert_same_fit(alter(cohort, ties="breslow"), alter(twice, ties="breslow"))


@given(cohorts(), st.sampled_from([-3.0, 1e4]), st.sampled_from([0.01, 250.0]))
@law
def test_shift_and_scale_of_a_covariate(cohort, shift, scale):
    moved = cohort["X"] * [scale, 1] + [shift, 0]
    left, right = fine_gray(**cohort), fine_gray(**alter(cohort, X=moved))
    factor = np.array([[1 / scale], [1.0]])
    np.testing.assert_allclose(left.summary[NUMBERS] * factor, right.summary[NUMBERS], rtol=1e-6, atol=1e-9)


@given(cohorts())
@law
def test_influence_is_the_derivative_by_weight(cohort):
    fit = fine_gray(**cohort)
    both = fit.influence()
    # The row whose influence hangs most on the curves, and the most influential one.
    picked = {
        int(np.argmax(np.abs(both - fit.influence(curves=False)).max(axis=1))),
        int(np.argmax(np.abs(both[:, 0]))),
    }
    for row in picked:
        ends = []
        for change in (1e-5, -1e-5):
            weights = cohort["weights"].copy()
            weights[row] *= 1 + change
            ends.append(fine_gray(**alter(cohort, weights=weights)).coef)
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-5, both[row], rtol=1e-5, atol=1e-7)


@given(cohorts(largest=42))
@settings(max_examples=2, deadline=None)
def test_variance_of_predictions_is_that_of_their_influence(cohort):
    new, when = np.array([[0.5, 1.0]]), [7]
    expected = fine_gray(**cohort, correction="none").predict(new, when, strata=[1])
    assume(not expected["estimate"].isna()[0])
    slopes = []
    for row in range(len(cohort["days"])):
        ends = []
        for change in (1e-5, -1e-5):
            weights = cohort["weights"].copy()
            weights[row] *= 1 + change
            fit = fine_gray(**alter(cohort, weights=weights))
            ends.append(fit.predict(new, when, strata=[1])["estimate"][0])
        slopes.append((ends[0] - ends[1]) / 2e-5)
    alone = fine_gray(**alter(cohort, cluster=np.arange(len(cohort["days"]))), correction="none")
    assert np.linalg.norm(slopes) == pytest.approx(
        alone.predict(new, when, strata=[1])["std_error"][0], rel=1e-5
    )
    by_cluster = np.bincount(cohort["cluster"], slopes)
    assert np.linalg.norm(by_cluster) == pytest.approx(expected["std_error"][0], rel=1e-5)

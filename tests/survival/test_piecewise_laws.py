"""Piecewise-exponential regression: laws, and recovery of a known truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_size import quick_or_long
from tools.agreement.plain_forms import piecewise_exponential, window_hazard

pytestmark = pytest.mark.slow

INF = math.inf
CUTS = [0, 3, 6]
law = settings(max_examples=quick_or_long(10, 20), deadline=None)


@st.composite
def cohorts(draw):
    """Intervals, exact days and losses between 0 and 12, each of them in every band: all rates are identifiable."""
    size = draw(st.integers(6, 25))
    column = lambda values: np.array(draw(st.lists(values, min_size=size, max_size=size)), float)  # noqa: E731
    entry = column(st.sampled_from([0, 0, 0, 1, 2]))
    low = entry + column(st.integers(0, 6))
    high = low + column(st.sampled_from([0, 1, 2, 4, INF]))
    high[low == 0] = np.maximum(high[low == 0], 1)
    low, high = np.append(low, [2, 5, 8, 12, 12, 12]), np.append(high, [2, 5, 8, INF, INF, INF])
    tail = np.zeros(6)
    return {
        "low": low, "high": np.maximum(high, np.append(entry, tail) + 1), "entry": np.append(entry, tail),
        "weights": np.append(column(st.sampled_from([0.02, 0.5, 1.0, 3.0, 50.0])), tail + 1),
        "cluster": np.append(column(st.integers(0, 5)), [0, 1, 2, 3, 4, 5]),
    }  # fmt: skip


def numbers(fit):
    risk = fit.window_risk(3, 8, horizon=10).table
    names = ["std_error", "conf_low", "conf_high"]
    return np.concatenate(
        [fit.rates[["rate", *names]].to_numpy().ravel(), risk[["estimate", *names]].to_numpy().ravel()]
    )


def fitted(c, **changed):
    return piecewise_exponential(cuts=CUTS, **(c | changed))


@law
@given(cohorts(), st.sampled_from([1e-4, 30.0]))
def test_scale_of_weights_and_order_of_rows_change_nothing(c, factor):
    expected = numbers(fitted(c))
    np.testing.assert_allclose(numbers(fitted(c, weights=c["weights"] * factor)), expected, rtol=1e-7)
    turned = {name: values[::-1] for name, values in c.items()}
    np.testing.assert_allclose(numbers(fitted(turned)), expected, rtol=1e-7)


@law
@given(cohorts())
def test_a_row_given_twice_is_a_row_of_weight_two(c):
    twice = {name: np.concatenate([values, values]) for name, values in c.items()}
    np.testing.assert_allclose(
        numbers(fitted(twice)), numbers(fitted(c, weights=2 * c["weights"])), rtol=1e-7
    )
    # Without clusters or weights two rows are two people: the model's variance halves.
    plain = {name: c[name] for name in ("low", "high", "entry")}
    double = {name: np.concatenate([values, values]) for name, values in plain.items()}
    one, two = (piecewise_exponential(cuts=CUTS, **rows).rates for rows in (plain, double))
    np.testing.assert_allclose(two["rate"], one["rate"], rtol=1e-7)
    np.testing.assert_allclose(two["std_error"], one["std_error"] / 2**0.5, rtol=1e-6)


@law
@given(cohorts())
def test_weeks_are_sevenths_of_days(c):
    weeks = {name: c[name] / 7 for name in ("low", "high", "entry")}
    short = piecewise_exponential(cuts=np.array(CUTS) / 7, per=1 / 7, **(c | weeks))
    days = fitted(c)
    for name in ("rate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(short.rates[name], days.rates[name], rtol=1e-7)
    assert short.window_risk(3 / 7, 8 / 7).table["estimate"].iloc[0] == pytest.approx(
        days.window_risk(3, 8).table["estimate"].iloc[0], rel=1e-8
    )


@law
@given(cohorts())
def test_entry_on_day_zero_is_none_and_uninformative_rows_change_nothing(c):
    bare = c | {"entry": np.zeros(len(c["low"]))}
    none = {name: values for name, values in bare.items() if name != "entry"}
    np.testing.assert_array_equal(numbers(fitted(bare)), numbers(fitted(none)))
    silent = {
        "low": np.append(c["low"], 0), "high": np.append(c["high"], INF), "entry": np.append(c["entry"], 0),
        "weights": np.append(c["weights"], 7), "cluster": np.append(c["cluster"], 99),
    }  # fmt: skip
    np.testing.assert_allclose(numbers(fitted(silent)), numbers(fitted(c)), rtol=1e-7)


@law
@given(cohorts())
def test_an_arm_alone_is_its_part_of_the_whole_and_covariates_may_be_recoded(c):
    arm = np.arange(len(c["low"])) % 2
    arm[-6:] = 1
    whole = fitted(c, arm=arm).rates
    alone = fitted({name: values[arm == 1] for name, values in c.items()}).rates
    np.testing.assert_allclose(whole[whole["arm"] == 1]["rate"], alone["rate"], rtol=1e-8)
    x = np.arange(len(c["low"])) % 3 + np.sin(np.arange(len(c["low"])))
    one, two = (fitted(c, X=values) for values in (x, 10 - 4 * x))
    if one.fits["converged"].item() and not one.warnings:
        assert one.summary["coef"].item() == pytest.approx(
            -4 * two.summary["coef"].item(), rel=1e-6, abs=1e-9
        )
        risks = (one.risk(8, at=[2]), two.risk(8, at=[10 - 4 * 2]))
        np.testing.assert_allclose(risks[0].table["std_error"], risks[1].table["std_error"], rtol=1e-6)


@law
@given(cohorts())
def test_a_cut_between_equal_rates_leaves_the_fit_as_it_is_and_a_finer_fit_is_never_worse(c):
    coarse, fine = (piecewise_exponential(cuts=cuts, **c) for cuts in ([0], CUTS))
    assert fine.loglik >= coarse.loglik - 1e-9 * abs(coarse.loglik)
    # Relapse by day 3 and in (3, 6] given none by then equally likely: equal rates, merged or not.
    equal = {"low": [0, 0, 3, 6, 6], "high": [3, 3, 6, INF, INF], "weights": [4, 4, 4, 2, 2]}
    split = piecewise_exponential(cuts=CUTS, **equal)
    merged = piecewise_exponential(cuts=[0], **equal)
    assert split.rates["rate"].iloc[0] == pytest.approx(split.rates["rate"].iloc[1])
    assert merged.rates["rate"].item() == pytest.approx(split.rates["rate"].iloc[0])
    assert merged.loglik == pytest.approx(split.loglik)


@law
@given(st.integers(0, 10**6))
def test_exact_days_are_window_hazard(seed):
    rng = np.random.default_rng(seed)
    entry, days = rng.integers(0, 4, 40), rng.integers(4, 15, 40)
    event, arm = rng.integers(0, 2, 40), rng.integers(0, 2, 40)
    given_rows = {
        "entry": entry,
        "arm": arm,
        "weights": rng.choice([0.1, 1, 9], 40),
        "cluster": rng.integers(0, 9, 40),
    }
    mine = piecewise_exponential(days, np.where(event, days, INF), cuts=[0, 5, 9, 15], **given_rows).rates
    bands = window_hazard(days, event, cuts=[0, 5, 9, 15], **given_rows).table
    assert mine["note"].tolist() == bands["note"].str.replace(r"(no events);.*", r"\1", regex=True).tolist()
    for name in ("rate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(mine[name], bands[name], rtol=1e-8, atol=1e-14)


def test_known_rates_come_back_from_contacts_alone():
    # Rates 0.012 to day 30, 0.006 to day 90, 0.003 after; hazard ratio 1.5; phone contacts near 30, 90, 180.
    truth, effect = np.array([0.012, 0.006, 0.003]), np.log(1.5)
    window = np.exp(-0.012 * 30) * (1 - np.exp(-0.006 * 60))
    rng = np.random.default_rng(20260107)
    held, off = np.zeros(5), np.zeros(5)
    runs, size = 200, 400
    for _ in range(runs):
        client = np.repeat(np.arange(size // 2), 2)
        x = np.repeat(rng.integers(0, 2, size // 2), 2)
        target = rng.exponential(size=size) / np.exp(effect * x)
        day = np.interp(target, [0, 0.36, 0.72, 3.72], [0, 30, 90, 1090])
        low, high = np.zeros(size), np.full(size, INF)
        for center in (30, 90, 180):
            contact, seen = center + rng.integers(-5, 10, size), rng.random(size) < 0.75
            hit = seen & (day <= contact) & np.isinf(high)
            high[hit] = contact[hit]
            low = np.where(seen & (day > contact), contact, low)
        fit = piecewise_exponential(low, high, cuts=[0, 30, 90], X=x, cluster=client)
        row = fit.window_risk(30, 90, at=[0]).table.iloc[0]
        limits = np.vstack(
            [
                fit.rates[["conf_low", "conf_high"]],
                fit.summary[["conf_low", "conf_high"]],
                [row[["conf_low", "conf_high"]]],
            ]
        )
        target_values = np.array([*truth, effect, window])
        held += (limits[:, 0] <= target_values) & (target_values <= limits[:, 1])
        found = np.array([*fit.rates["rate"], fit.summary["coef"].item(), row["estimate"]])
        off += (found - target_values) / target_values / runs
    assert (held / runs >= 0.91).all()
    assert (held / runs <= 0.985).all()
    assert (np.abs(off) < 0.04).all()

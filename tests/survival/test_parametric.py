"""Parametric fits: closed forms, R, lifelines' own curves, and what happens when a model fails."""

import json
import math
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from stepdown.errors import EstimateError
from stepdown.survival import parametric
from stepdown.survival.interval_censored import parametric_models

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
R = json.loads((HERE / "parametric_reference.json").read_text())
INF = math.inf
FITTERS = {
    "exponential": "ExponentialFitter", "weibull": "WeibullFitter", "lognormal": "LogNormalFitter",
    "loglogistic": "LogLogisticFitter", "generalized_gamma": "GeneralizedGammaFitter", "spline": "SplineFitter",
}  # fmt: skip
SIMPLE = ("exponential", "weibull", "lognormal", "loglogistic")


def read(kind):
    if kind == "interval":
        data = pd.read_csv(HERE / "intervals.csv").replace("Inf", INF).astype(float)
        return data["low"], data["high"]
    data = pd.read_csv(HERE / "cohort.csv")
    return data["day"], np.where(data["cause"] > 0, data["day"], INF)


@pytest.mark.parametrize("kind", ["right", "interval"])
def test_against_r(kind):
    # survreg was run to 1e-14.
    found = parametric(*read(kind), models=SIMPLE)
    risks = found.risk(30, 90).query("measure == 'window_risk'").set_index("model")
    for name in SIMPLE:
        expected = R[kind][name]
        assert found.summary.loc[name, "loglik"] == pytest.approx(expected["loglik"], rel=1e-10)
        assert risks.loc[name, "estimate"] == pytest.approx(expected["risk"], rel=1e-6)
        assert risks.loc[name, "std_error"] == pytest.approx(expected["std_error"], rel=1e-6)


def test_exponential_has_a_closed_form():
    # 3 people each with 4 events: mean 2 x 60 / 8 days from entry, standard error mean / sqrt(8).
    low, high = [10.0, 20, 30, 12], [10.0, 20, INF, INF]
    found = parametric(low, high, entry=[2, 0, 5, 5], weights=[4, 4, 4, 4], models=["exponential"])
    mean = (8 + 20 + 25 + 7) * 4 / 8
    row = found.params.iloc[0]
    assert row["estimate"] == pytest.approx(mean, rel=1e-5)
    assert row["std_error"] == pytest.approx(mean / math.sqrt(8), rel=1e-5)
    assert found.summary["loglik"].item() == pytest.approx(-8 * math.log(mean) - 8, rel=1e-8)
    assert found.summary["aic"].item() == pytest.approx(2 - 2 * (-8 * math.log(mean) - 8), rel=1e-8)
    risk = found.risk(5, 15).set_index("measure")
    stay = [math.exp(-day / mean) for day in (5, 15)]
    slope = (5 * stay[0] - 15 * stay[1]) / mean**2
    assert risk.loc["window_risk", "estimate"] == pytest.approx(stay[0] - stay[1], rel=1e-5)
    assert risk.loc["window_risk", "std_error"] == pytest.approx(abs(slope) * mean / math.sqrt(8), rel=1e-4)
    assert risk.loc["conditional_risk", "estimate"] == pytest.approx(1 - stay[1] / stay[0], rel=1e-5)
    assert (
        risk.loc["conditional_risk", "conf_low"]
        < 1 - stay[1] / stay[0]
        < risk.loc["conditional_risk", "conf_high"]
    )


def test_one_interval_split_in_half_has_a_closed_form():
    # Half of all in (0, 30]: S(30) = 1/2.
    found = parametric([0, 30], [30, INF], models=["exponential"])
    assert found.params["estimate"].item() == pytest.approx(30 / math.log(2), rel=1e-5)


@pytest.mark.parametrize("name", list(parametric_models.MODELS))
def test_our_curves_are_lifelines_curves(name):
    low, high = read("right")
    found = parametric(low, high, models=[name])
    params = found.params["estimate"].to_numpy()
    maker = getattr(lifelines, FITTERS[name])
    fitter = maker(found.knots) if name == "spline" else maker()
    days = np.array([1.0, 9, 24, 40])
    expected = np.exp(-np.asarray(fitter._cumulative_hazard(params, days), float))
    ours = [parametric_models.survival(name, params, day, np.log(found.knots)) for day in days]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_spline_within_and_beyond_its_knots():
    knots, params = np.array([3.0, 7, 20, 60]), np.array([-3.0, 0.9, 0.05, -0.04])
    days = np.array([1.0, 5, 10, 30, 90, 200])
    expected = np.exp(-np.asarray(lifelines.SplineFitter(knots)._cumulative_hazard(params, days), float))
    ours = [parametric_models.survival("spline", params, day, np.log(knots)) for day in days]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


@pytest.mark.parametrize("sign", [-0.5, 0.5])
def test_generalized_gamma_on_both_sides(sign):
    days, params = np.array([1.0, 9, 24, 40]), np.array([3.0, 0.2, sign])
    expected = np.exp(-np.asarray(lifelines.GeneralizedGammaFitter()._cumulative_hazard(params, days + 0.0)))
    ours = [parametric_models.survival("generalized_gamma", params, day, np.empty(0)) for day in days]
    np.testing.assert_allclose(ours, expected, rtol=1e-7)


def test_generalized_gamma_passes_through_the_lognormal():
    at = [
        parametric_models.survival("generalized_gamma", np.array([3.0, 0.2, shape]), 24, np.empty(0))
        for shape in (-1e-3, 0.0, 1e-3)
    ]
    lognormal = parametric_models.survival("lognormal", np.array([3.0, math.exp(0.2)]), 24, np.empty(0))
    assert at[1] == pytest.approx(lognormal, rel=1e-14)
    assert (at[0] + at[2]) / 2 == pytest.approx(at[1], rel=1e-6)


def test_best_comes_first_and_wider_models_are_no_worse():
    found = parametric(*read("right"))
    assert found.best == found.summary.index[0]
    assert found.summary["aic"].is_monotonic_increasing
    loglik = found.summary["loglik"]
    assert loglik["weibull"] >= loglik["exponential"]
    assert min(loglik["spline"], loglik["generalized_gamma"]) >= loglik["weibull"] - 1e-4
    assert found.summary["note"].tolist() == [""] * 6


def test_counts_are_copies_and_fractions_have_no_standard_error():
    low, high = (np.asarray(column, float) for column in read("right"))
    count = 1 + np.arange(len(low)) % 2
    weighted = parametric(low, high, weights=count, models=["weibull"])
    copied = parametric(np.repeat(low, count), np.repeat(high, count), models=["weibull"])
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(weighted.params[name], copied.params[name], rtol=1e-4)
    half = parametric(low, high, weights=count + 0.5, models=["weibull"])
    assert half.summary["note"].tolist() == ["weights are not counts"]
    assert half.risk(30, 90)[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert half.risk(30, 90)["estimate"].notna().all()


def test_interval_censored_weibull_finds_the_truth():
    rng = np.random.default_rng(20260401)
    day = 80 * rng.weibull(0.8, 3000)
    low, high = np.zeros(3000), np.full(3000, INF)
    for contact in (30, 90, 180):
        seen = rng.random(3000) < 0.8
        high[seen & (day <= contact) & np.isinf(high)] = contact
        low[seen & (day > contact)] = contact
    row = parametric(low, high, models=["weibull"]).risk(30, 90).iloc[0]
    truth = math.exp(-((30 / 80) ** 0.8)) - math.exp(-((90 / 80) ** 0.8))
    assert abs(row["estimate"] - truth) < 3 * row["std_error"] < 0.05


def test_a_model_that_fails_has_a_note():
    none = parametric([5, 9], [INF, INF], models=["weibull", "exponential"])
    assert none.summary["note"].tolist() == ["no events", "no events"]
    assert none.best == ""
    assert none.risk(0, 5)["estimate"].isna().all()
    few = parametric([5, 9, 9, 5], [5, 9, INF, 5], models=["spline", "exponential"])
    assert few.summary["note"].to_dict() == {
        "exponential": "",
        "spline": "too few distinct times for the knots",
    }


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: parametric([0, 5], [0, 5]),
            "low is an exact day 0: 1 row, at position 0. "
            "Day 0 has probability 0 in these models: give the row as an interval, or leave it out.",
        ),
        (
            lambda: parametric([3, 5], [4, 5], entry=[4, 0]),
            "entry is missing, negative or after low: 1 row, at position 0. People are at risk after entry.",
        ),
        (
            lambda: parametric([3, 5], [4, 5], models=["gompertz"]),
            "models may hold exponential, weibull, lognormal, loglogistic, generalized_gamma, spline. "
            "Check their spelling.",
        ),
        (
            lambda: parametric([3, 5], [4, 5], knots=2),
            "knots must be a whole number from 3 up. Two would be the Weibull model.",
        ),
        (
            lambda: parametric([3, 5], [4, 5], models=["exponential"]).risk(9, 9),
            "a must be before b. The window is (a, b].",
        ),
    ],
)
def test_faults_are_named(call, message):
    with pytest.raises(EstimateError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize("unit", [1e-6, 1e7])
def test_units_of_time_change_nothing_with_late_entry(unit):
    rng = np.random.default_rng(4)
    entry = np.where(rng.random(25) < 0.6, rng.exponential(30, 25), 0.0)
    days = entry + rng.lognormal(4, 1, 25)
    low = np.maximum(np.floor(days / 20) * 20, entry)
    high = np.where(rng.random(25) < 0.2, INF, np.floor(days / 20) * 20 + 20)
    one = parametric(low, high, entry=entry)
    other = parametric(low * unit, high * unit, entry=entry * unit)
    assert (one.summary["note"] == "").all()
    # Of intervals the likelihood is that of shares, which have no unit.
    np.testing.assert_allclose(other.summary["loglik"], one.summary["loglik"], rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", SIMPLE)
def test_nothing_nearby_or_from_other_starts_is_higher(name):
    rng = np.random.default_rng(6)
    entry = np.where(rng.random(12) < 0.7, rng.exponential(40, 12), 0.0)
    days = entry + rng.weibull(0.7, 12) * 50
    high = np.where(rng.random(12) < 0.3, INF, days)
    laws = {
        "exponential": lambda p: stats.expon(scale=np.exp(p[0])),
        "weibull": lambda p: stats.weibull_min(np.exp(p[1]), scale=np.exp(p[0])),
        "lognormal": lambda p: stats.lognorm(np.exp(p[1]), scale=np.exp(p[0])),
        "loglogistic": lambda p: stats.fisk(np.exp(p[1]), scale=np.exp(p[0])),
    }

    def minus(p):
        law = laws[name](p)
        return -(np.where(np.isinf(high), law.logsf(days), law.logpdf(days)) - law.logsf(entry)).sum()

    size = 1 if name == "exponential" else 2
    starts = [np.array([a, b])[:size] for a in (2.0, 4.0, 6.0) for b in (-0.5, 0.7)]
    best = max(-optimize.minimize(minus, start, method="Nelder-Mead").fun for start in starts)
    found = parametric(days, high, entry=entry, models=[name]).summary["loglik"].item()
    assert found >= best - 1e-6
    assert found == pytest.approx(best, abs=1e-3)

"""Cohorts on which estimators fail: each gives an error that states what is wrong, or numbers with a note."""

import numpy as np
import pandas as pd
import pytest

import stepdown.survival as engine
from stepdown.errors import EstimateError

pytestmark = pytest.mark.slow

N = 24
RNG = np.random.default_rng(20260104)
DAYS = RNG.integers(1, 12, N).astype(float)
EVENT = RNG.integers(0, 2, N)
ARM = np.where(np.arange(N) % 2, "a", "b")
Z = RNG.normal(size=N).round(2)


def x(c):
    return pd.DataFrame({"arm": (np.asarray(c["arm"]) == "a").astype(float), "z": Z[: len(c["arm"])]})


def ids(c):
    return np.arange(len(c["days"]))


def ends(c):
    return np.where(np.asarray(c["event"]) > 0, c["days"], np.inf)


def options(c):
    return {"weights": ids(c) + 1.0, "cluster": ids(c) % 5}


def fitted(fit):
    """Coefficients; a missing standard error must be explained by a warning."""
    missing = bool(fit.summary["std_error"].isna().any())
    return fit.summary.assign(note="; ".join(fit.warnings) if missing else "")


def of_test(test):
    numbers = {"statistic": test.statistic, "p": test.p, "df": test.df, "note": test.note}
    return test.table.assign(**numbers)


def models(c):
    fit = engine.parametric(c["days"], ends(c), models=["weibull", "lognormal"])
    return fit.summary


E = engine
CURVES = {
    "kaplan_meier": lambda c: E.kaplan_meier(c["days"], c["event"], arm=c["arm"]),
    "aalen_johansen": lambda c: E.aalen_johansen(c["days"], c["event"], arm=c["arm"], **options(c)),
    "nelson_aalen": lambda c: E.nelson_aalen(c["days"], c["event"], arm=c["arm"]),
    "mean_cumulative": lambda c: E.mean_cumulative(c["days"], c["event"], id=ids(c), arm=c["arm"]),
}
REGRESSIONS = {
    "cox": lambda c: E.cox(c["days"], c["event"], x(c)),
    "cox, clusters": lambda c: E.cox(c["days"], c["event"], x(c), correction="md", cluster=ids(c) % 5),
    "fine_gray": lambda c: E.fine_gray(c["days"], c["event"], x(c), cause=1),
    "andersen_gill": lambda c: E.andersen_gill(c["days"], c["event"], x(c), id=ids(c)),
}
ESTIMATORS = {
    **{name: lambda c, f=f: f(c).at(0, 5, 11) for name, f in CURVES.items()},
    "pool_curves": lambda c: E.pool_curves([CURVES["kaplan_meier"](c)] * 2, 5).table,
    "risk": lambda c: E.risk(CURVES["kaplan_meier"](c), 5, 11).table,
    "window_risk": lambda c: E.window_risk(CURVES["aalen_johansen"](c), 3, 9, horizon=11).table,
    "rmst": lambda c: E.rmst(c["days"], c["event"], tau=9, arm=c["arm"]).table,
    "rmtl": lambda c: E.rmtl(c["days"], c["event"], tau=9, arm=c["arm"], **options(c)).table,
    "contrast": lambda c: E.contrast(E.risk(CURVES["kaplan_meier"](c), 5)).table,
    "pool_estimands": lambda c: E.pool_estimands([E.risk(CURVES["kaplan_meier"](c), 5)] * 2).table,
    "window_hazard": lambda c: (
        E.window_hazard(c["days"], c["event"], cuts=[0, 4, 12], arm=c["arm"], **options(c)).table
    ),
    "smooth_hazard": lambda c: E.smooth_hazard(c["days"], c["event"], arm=c["arm"], **options(c)).table,
    "logrank": lambda c: of_test(E.logrank(c["days"], c["event"], c["arm"])),
    "logrank, robust": lambda c: of_test(E.logrank(c["days"], c["event"], c["arm"], **options(c))),
    "gray": lambda c: of_test(E.gray(c["days"], c["event"], c["arm"])),
    "curve_test": lambda c: of_test(
        E.curve_test(E.rmst(c["days"], c["event"], tau=9, arm=c["arm"], **options(c)))
    ),
    "pairwise": lambda c: E.pairwise(c["days"], c["event"], c["arm"]).table,
    **{name: lambda c, f=f: fitted(f(c)) for name, f in REGRESSIONS.items()},
    "pool_fits": lambda c: E.pool_fits([REGRESSIONS["cox"](c)] * 2).table,
    "proportional_hazards": lambda c: E.proportional_hazards(REGRESSIONS["cox"](c)).table,
    "cox predict": lambda c: REGRESSIONS["cox"](c).predict([[0, 0], [1, 1]], [5, 11]),
    "fine_gray predict": lambda c: REGRESSIONS["fine_gray"](c).predict([[0, 0], [1, 1]], [5, 11]),
    "total_incidence": lambda c: E.total_incidence([REGRESSIONS["fine_gray"](c)], [[0, 0]], [5]),
    "window_hazard_ratios": lambda c: (
        E.window_hazard_ratios(c["days"], c["event"], x(c), cuts=[0, 4, 12]).table
    ),
    "split_at": lambda c: fitted(E.split_at(c["days"], c["event"], x(c), term="z", cuts=6)),
    "nested_test": lambda c: E.nested_test(
        E.cox(c["days"], c["event"], x(c)[["z"]]), E.cox(c["days"], c["event"], x(c))
    ),
    "pseudo_regression": lambda c: fitted(
        E.pseudo_regression(c["days"], c["event"], x(c), time=5, cause=1)
    ),
    "accelerated_failure": lambda c: E.accelerated_failure(c["days"], ends(c), x(c)).summary,
    "non_inferiority": lambda c: E.non_inferiority(
        E.contrast(E.risk(CURVES["kaplan_meier"](c), 5)), 0.1
    ).drop(columns=["limit", "non_inferior"]),
    "turnbull_limits": lambda c: E.turnbull_limits(
        c["days"], ends(c), c["arm"], times=[5], seed=1, replicates=100
    ),
    "turnbull": lambda c: E.turnbull(c["days"], ends(c), arm=c["arm"]).at(0, 5, 11),
    "piecewise_exponential": lambda c: (
        E.piecewise_exponential(c["days"], ends(c), cuts=[0, 4], arm=c["arm"]).rates
    ),
    "piecewise_exponential, covariates": lambda c: fitted(
        E.piecewise_exponential(c["days"], ends(c), cuts=[0, 4], X=x(c))
    ),
    "parametric": models,
    "pseudo_values": lambda c: E.pseudo_values(c["days"], c["event"], times=5, cause=1).table,
    "pseudo_values, loss": lambda c: (
        E.pseudo_values(c["days"], c["event"], times=5, cause=1, loss=x(c)).table
    ),
    "bootstrap": lambda c: (
        E.bootstrap(CURVES["kaplan_meier"](c), times=[5], tau=9, replicates=100, seed=1).table
    ),
    "confidence_band": lambda c: (
        E.confidence_band(CURVES["kaplan_meier"](c), 3, 9, seed=1, draws=1000).table
    ),
    "multi_state": lambda c: E.multi_state(
        np.zeros(len(c["days"])), c["days"], ["in"] * len(c["days"]),
        np.where(np.asarray(c["event"]) > 0, "out", None), ids(c), arm=c["arm"],
    ).at(5, 11),
}  # fmt: skip
NUMBERS_ONLY = {
    "pool", "pool_numbers", "pool_tests", "first_time", "size_for_risks", "size_for_means", "size_for_logrank",
}  # fmt: skip
NO_CODES = ("turnbull", "piecewise", "parametric", "multi_state", "accelerated")
WITHOUT_ARM = {
    *REGRESSIONS, "pool_fits", "proportional_hazards", "cox predict", "fine_gray predict", "total_incidence",
    "window_hazard_ratios", "piecewise_exponential, covariates", "parametric", "pseudo_values",
    "pseudo_values, loss", "split_at", "nested_test", "pseudo_regression", "accelerated_failure",
}  # fmt: skip


def hears_of(name, case):
    """Whether an estimator is given what is wrong in a case."""
    if "arm" in case:
        return name not in WITHOUT_ARM
    return not ("code" in case and name.startswith(NO_CODES))


def put(values, place, value):
    changed = np.array(values, dtype=float)
    changed[place] = value
    return changed


def cohort(days=DAYS, event=EVENT, arm=ARM):
    return {"days": days, "event": event, "arm": arm}


BAD = {
    "nan": cohort(put(DAYS, 2, np.nan)),
    "infinite": cohort(put(DAYS, [2, 7], np.inf)),
    "negative": cohort(put(DAYS, 2, -777)),
    "text": cohort(np.array(["x777"] * N, dtype=object)),
    "dates": cohort(pd.Series(pd.date_range("2026-01-01", periods=N))),
    "masked": cohort(np.ma.array(DAYS, mask=np.arange(N) == 3)),
    "empty": cohort(DAYS[:0], EVENT[:0], ARM[:0]),
    "half a code": cohort(event=put(EVENT, 2, 0.5)),
    "negative code": cohort(event=put(EVENT, 2, -777)),
    "missing code": cohort(event=put(EVENT, 2, np.nan)),
    "unknown code": cohort(event=put(EVENT, 2, 777)),
    "empty arm": cohort(arm=pd.Categorical(ARM, categories=["a", "b", "c"])),
    "missing arm": cohort(arm=np.array(["a", None] * (N // 2), dtype=object)),
}
ODD = {
    "as usual": cohort(),
    "no events": cohort(event=np.zeros(N, int)),
    "all events on one day": cohort(np.where(EVENT > 0, 4.0, DAYS)),
    "everyone on one day": cohort(np.full(N, 4.0), np.ones(N, int)),
    "day 0 only": cohort(np.zeros(N)),
    "some on day 0": cohort(put(DAYS, [2, 3], 0.0)),
    "an arm without events": cohort(event=np.where(ARM == "a", 0, EVENT)),
    "one person": cohort(DAYS[:1], np.array([1]), ARM[:1]),
    "two people": cohort(DAYS[:2], np.array([1, 1]), ARM[:2]),
    "nobody lost": cohort(event=np.ones(N, int)),
}


def test_no_public_function_is_left_out():
    functions = {name for name in engine.__all__ if name.islower()}
    covered = {name.split(",")[0].split()[0] for name in ESTIMATORS}
    assert functions - covered <= NUMBERS_ONLY
    assert covered <= functions


@pytest.mark.parametrize(("name", "case"), [(n, c) for n in ESTIMATORS for c in BAD if hears_of(n, c)])
def test_impossible_input_is_refused_without_its_values(name, case):
    intervals = ("turnbull", "piecewise", "parametric", "accelerated")
    if case in ("text", "dates") and name.startswith(intervals):
        low = BAD[case]["days"]
        function = getattr(engine, name.split(",")[0])
        more = {"turnbull_limits": {"times": [5], "seed": 1}, "accelerated_failure": {"X": Z[:N]}}
        with pytest.raises(EstimateError, match=r"low holds"):
            function(low, np.full(N, np.inf), **more.get(name, {}))
        return
    with pytest.raises(EstimateError) as refused:
        ESTIMATORS[name](BAD[case])
    text = str(refused.value)
    assert "777" not in text
    assert text[-1] in ".)"


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_odd_cohorts_get_numbers_with_notes_or_an_error(name, case):
    try:
        table = ESTIMATORS[name](ODD[case])
    except EstimateError:
        # Refused; nothing else may be raised, and warnings are errors.
        assert case != "as usual"
        return
    assert len(table)
    opening = table["time"] == 0 if "time" in table else pd.Series(False, index=table.index)
    if "std_error" in table:
        assert not np.isinf(table["std_error"]).any()
        # A standard error of 0 would suggest certainty: there is none except at the start.
        assert opening[table["std_error"] == 0].all()
        known = table["std_error"] > 0
        assert (table["conf_low"] < table["conf_high"])[known].all()
    if "note" in table:
        for column in set(table) & {"std_error", "p", "statistic", "aic"}:
            silent = table[column].isna() & (table["note"] == "")
            # Exact intervals of rates need no standard error.
            assert not (silent & table.get("conf_high", table[column]).isna()).any(), column


def test_dates_as_covariates_are_refused():
    dates = pd.Series(pd.date_range("2026-01-01", periods=N))
    for given in (dates, dates.to_numpy(), dates.to_frame("a")):
        with pytest.raises(EstimateError, match=r"dates|not numeric"):
            engine.cox(DAYS, EVENT, given)

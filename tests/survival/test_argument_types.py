"""No wrong type ends in a TypeError from within, and no misaligned or categorical column is read as it stands."""

import inspect

import numpy as np
import pandas as pd
import pytest

from stepdown import survival
from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import COLUMNS

N = 24
DAYS = np.r_[3, 5, 5, 8, 9, 12, 20, 31, 33, 40, 41, 60, 4, 6, 6, 9, 10, 13, 21, 32, 34, 41, 42, 61].astype(
    float
)
EVENT, CAUSE = np.tile([1, 1, 0, 1, 0, 1], 4), np.tile([1, 2, 0, 1, 0, 1], 4)
ARM, X = np.array(list("ab") * 12), np.random.default_rng(3).normal(size=N)
LOW, HIGH = DAYS - 2, np.where(EVENT, DAYS, np.inf)
STRATA, CLUSTER, ID = np.tile([0, 0, 1], 8), np.tile(np.arange(8), 3), np.arange(N)
TWO = pd.DataFrame({"x": X, "z": (ARM == "a") * 1.0})

ROWS = {"days": DAYS, "event": EVENT, "arm": ARM}
COMPETING = ROWS | {"event": CAUSE}
FOLLOWED = {"entry": (DAYS > 6) * 1.0, "weights": np.linspace(1, 2, N), "cluster": CLUSTER}
OPTIONS = {"correction": "t", "conf": "log", "level": 0.95}
MODEL = {
    "days": DAYS,
    "event": EVENT,
    "X": X,
    "strata": STRATA,
    "offset": X / 9,
    "ridge": 0.0,
    "ties": "efron",
}
FIT = {"correction": None, "level": 0.95, **FOLLOWED}
BETWEEN = {"low": LOW, "high": HIGH, "weights": np.linspace(1, 2, N)}
ONES = np.ones(N, dtype=int)

CURVES = survival.kaplan_meier(DAYS, EVENT, ARM)
RISKS = survival.risk(CURVES, 10, 30)
CONTRASTS = survival.contrast(RISKS)
SMALL, LARGE = survival.cox(DAYS, EVENT, TWO[["x"]]), survival.cox(DAYS, EVENT, TWO)
COMPETE = survival.fine_gray(DAYS, CAUSE, X, cause=1)
PIECES = survival.piecewise_exponential(LOW, HIGH, cuts=[0, 10, 30])
PLAN = {"n": None, "power": 0.8, "followed": 1.0, "level": 0.95}
POOLING = {"df_complete": None, "level": 0.95}
COUNT = survival.mean_cumulative(DAYS, EVENT, id=ID)
STATES = {"start": np.zeros(N), "stop": DAYS, "state_from": ["in"] * N, "id": ID}
STATES["state_to"] = np.where(EVENT, "out", None)

CALLS = {
    survival.aalen_johansen: COMPETING | FOLLOWED | OPTIONS | {"counts": None},
    survival.accelerated_failure: BETWEEN | {"X": X, "model": "weibull", "level": 0.95},
    survival.andersen_gill: MODEL | FIT | {"id": ID, "clock": "total"},
    survival.bootstrap: {"curves": CURVES, "times": [9], "tau": 20, "replicates": 100, "seed": 1, "level": 0.95},
    survival.confidence_band: {"curves": CURVES, "first": 5, "last": 30, "seed": 1, "draws": 1000, "level": 0.9},
    survival.contrast: {"estimands": RISKS, "reference": None, "measures": ["difference"]},
    survival.cox: MODEL | FIT | {"firth": False, "counts": None},
    survival.curve_test: {"estimands": RISKS, "cause": None},
    survival.fine_gray: MODEL | FIT | {"event": CAUSE, "cause": 1, "convention": "day", "counts": None},
    survival.first_time: {"times": [1.0, 2], "rising": [0.2, 0.6], "p": 0.5},
    survival.gray: COMPETING | {"cause": 1, "strata": STRATA, "rho": 0.0, "exact": None, "counts": ONES},
    survival.kaplan_meier: ROWS | FOLLOWED | OPTIONS | {"counts": ONES},
    survival.logrank: ROWS | FOLLOWED | {"strata": STRATA, "rho": 0.0, "gamma": 0.0, "exact": None, "counts": None},
    survival.mean_cumulative: ROWS | FOLLOWED | OPTIONS | {"id": ID, "terminal": None},
    survival.multi_state: STATES | {"states": ["in", "out"], "arm": ARM, "cluster": CLUSTER, "level": 0.95},
    survival.nelson_aalen: ROWS | FOLLOWED | OPTIONS | {"counts": None},
    survival.nested_test: {"smaller": SMALL, "larger": LARGE},
    survival.non_inferiority: {"contrasts": CONTRASTS, "margin": 0.1, "worse": "higher"},
    survival.pairwise: ROWS | FOLLOWED | {"cause": None, "strata": STRATA, "rho": 0.0, "gamma": 0.0, "exact": None},
    survival.parametric: BETWEEN | {"entry": None, "models": ["exponential"], "knots": 3, "level": 0.95},
    survival.piecewise_exponential: BETWEEN | {"cuts": [0, 9], "X": X, "entry": None, "cluster": CLUSTER, "per": 1.0},
    survival.pool: {"estimates": [1.0, 2], "variances": [1.0, 1], "terms": ["a"], **POOLING},
    survival.pool_curves: {"curves": [CURVES, CURVES], **POOLING},
    survival.pool_estimands: {"estimands": [RISKS, RISKS], **POOLING},
    survival.pool_fits: {"fits": [SMALL, SMALL], **POOLING},
    survival.pool_numbers: {"estimates": [[0.1], [0.2]], "errors": [[0.1], [0.1]], "scale": "risk", **POOLING},
    survival.pool_tests: {"statistics": [1.0, 2], "df": 1},
    survival.proportional_hazards: {"fit": SMALL, "transform": "km", "robust": None},
    survival.pseudo_regression: {"days": DAYS, "event": EVENT, "X": X, "time": 20, "estimand": "risk", "cause": None,
                                 "link": "identity", "strata": None, "loss": X, "cluster": CLUSTER, "level": 0.95},
    survival.pseudo_values: {"days": DAYS, "event": EVENT, "times": [20], "estimand": "risk", "cause": None,
                             "strata": STRATA, "loss": None, "entry": None},
    survival.risk: {"curves": CURVES, "cause": None},
    survival.rmst: ROWS | FOLLOWED | OPTIONS | {"tau": 20, "start": 0, "counts": None},
    survival.rmtl: ROWS | FOLLOWED | OPTIONS | {"tau": 20, "start": 0, "counts": None},
    survival.size_for_logrank: {"risk": 0.3, "hazard_ratio": 0.7, **PLAN},
    survival.size_for_means: {"difference": 5, "spread": (20, 20), "n": None, "power": 0.8, "level": 0.95},
    survival.size_for_risks: {"risk": 0.3, "difference": 0.1, **PLAN},
    survival.smooth_hazard: ROWS | {"method": "spline", "bandwidth": None, "df": 3, "days_grid": None, "level": 0.95},
    survival.split_at: {"days": DAYS, "event": EVENT, "X": TWO, "term": "z", "cuts": [20], "strata": STRATA, **FIT},
    survival.total_incidence: {"fits": [COMPETE], "X": [[0.5]], "times": [10], "strata": None},
    survival.turnbull: BETWEEN | {"arm": ARM},
    survival.turnbull_limits: {"low": LOW, "high": HIGH, "times": [10], "seed": 1, "replicates": 100, "level": 0.95},
    survival.window_hazard: ROWS | FOLLOWED | OPTIONS | {"cuts": [0, 10, 30], "per": 1.0, "counts": None},
    survival.window_hazard_ratios: {"days": DAYS, "event": EVENT, "X": X, "cuts": [0, 99], "strata": STRATA, **FIT},
    survival.window_risk: {"curves": CURVES, "a": 5, "b": 20, "horizon": None, "cause": None},
    SMALL.influence: {"by": "row"},
    SMALL.predict: {"X": [[0.5]], "times": [10], "strata": None, "offset": None, "conf": "log"},
    SMALL.profile: {"level": 0.9},
    SMALL.residuals: {"kind": "martingale"},
    COMPETE.influence: {"by": "row", "curves": True},
    COMPETE.predict: {"X": [[0.5]], "times": [10], "strata": None, "offset": None, "conf": "log"},
    CURVES.quantile: {"p": 0.5},
    PIECES.window_risk: {"a": 5, "b": 20, "horizon": None, "at": (), "others": ()},
    COUNT.estimands: {"start": 0.0},
    survival.multi_state(**STATES).mean_time: {"tau": 10},
    survival.parametric(LOW, HIGH, models=["exponential"]).risk: {"a": 5, "b": 20},
    survival.smooth_hazard(DAYS, EVENT, method="spline", df=3).peak: {"seed": 1, "draws": 50},
}  # fmt: skip
BY_TIME = {
    "risk": lambda *t: survival.risk(CURVES, *t), "pool_curves": lambda *t: survival.pool_curves([CURVES] * 2, *t),
    "curves": CURVES.at, "influence": CURVES.influence_at, "pieces": PIECES.risk, "mean": COUNT.at,
    "estimands": COUNT.estimands, "mean influence": COUNT.influence_at, "states": survival.multi_state(**STATES).at,
    "turnbull": survival.turnbull(LOW, HIGH).at, "nelson_aalen": survival.nelson_aalen(DAYS, EVENT).at,
}  # fmt: skip
WRONG = {"mapping": {"a": 1}, "object": object(), "ragged": [[1], [2, 3]], "missing": pd.NA}
NAMES = [call.__qualname__ for call in CALLS]


def test_every_public_function_is_here():
    public = {getattr(survival, name) for name in survival.__all__}
    assert {one for one in public if inspect.isfunction(one)} <= set(CALLS)


@pytest.mark.parametrize("call", CALLS, ids=NAMES)
def test_a_wrong_type_is_refused_in_words(call):
    for name in CALLS[call]:
        for wrong in WRONG.values():
            with pytest.raises(EstimateError):
                call(**CALLS[call] | {name: wrong})


@pytest.mark.parametrize("wrong", [*WRONG.values(), "x", None, float("nan"), -1, 10**400])
@pytest.mark.parametrize("call", BY_TIME.values(), ids=list(BY_TIME))
def test_a_wrong_day_is_refused_in_words(call, wrong):
    with pytest.raises(EstimateError):
        call(wrong)


LABELS = ("arm", "cluster", "strata", "id", "state_from", "state_to")
MISALIGNED = [(call, name) for call in CALLS for name in CALLS[call] if name in COLUMNS]


def indexed(call) -> dict:
    """Arguments of a call with every column as a series or frame of one index."""
    labels = pd.Index([f"client {row}" for row in range(N)])
    given = CALLS[call]
    return {
        name: value if name not in COLUMNS or np.ndim(value) == 0 or np.shape(value)[0] != N
        else TWO.set_axis(labels) if value is TWO else pd.Series(np.asarray(value), labels)
        for name, value in given.items()
    }  # fmt: skip


@pytest.mark.parametrize("call", {call: 0 for call, _ in MISALIGNED if call.__name__ != "predict"})
def test_columns_in_another_order_are_refused(call):
    given = indexed(call)
    for name in given:
        if isinstance(given[name], pd.Series | pd.DataFrame):
            with pytest.raises(EstimateError, match="have different indexes"):
                call(**given | {name: given[name].iloc[::-1]})


@pytest.mark.parametrize("call", {call: 0 for call, _ in MISALIGNED if call.__name__ != "predict"})
def test_a_categorical_column_of_numbers_is_not_read_as_numbers(call):
    given = indexed(call)
    for name in set(given) & set(COLUMNS) - {*LABELS, "X", "loss"}:
        if isinstance(given[name], pd.Series):
            with pytest.raises(EstimateError, match=f"{name} holds categories, not numbers"):
                call(**given | {name: given[name].astype("category")})


SITE = pd.Series(pd.Categorical(np.tile([0, 1, 2], 8)), name="site")


@pytest.mark.parametrize(
    "summary",
    [
        lambda: survival.cox(DAYS, EVENT, SITE).summary,
        lambda: survival.fine_gray(DAYS, CAUSE, SITE, cause=1).summary,
        lambda: survival.andersen_gill(DAYS, EVENT, SITE, id=ID).summary,
        lambda: survival.accelerated_failure(LOW, HIGH, SITE).summary,
        lambda: survival.pseudo_regression(DAYS, EVENT, SITE, time=20).summary.drop("Intercept"),
        lambda: survival.piecewise_exponential(LOW, HIGH, X=SITE).summary,
    ],
    ids=["cox", "fine_gray", "andersen_gill", "accelerated_failure", "pseudo_regression", "piecewise"],
)
def test_sites_as_a_category_have_an_effect_each(summary):
    assert list(summary().index) == ["site[T.1]", "site[T.2]"]


def test_new_rows_keep_their_strata():
    fit = survival.cox(DAYS, EVENT, TWO[["x"]], strata=STRATA)
    rows = pd.DataFrame({"x": [0.1, 0.2]}, index=["a", "b"])
    with pytest.raises(EstimateError, match="X and strata have different indexes"):
        fit.predict(rows, [30], strata=pd.Series([1, 0], index=["b", "a"]))


def test_text_that_looks_like_numbers_is_not_read_as_numbers():
    with pytest.raises(EstimateError, match="weights holds something that is not a number"):
        survival.kaplan_meier(DAYS, EVENT, weights=["1", "2"] * 12)
